# SPDX-License-Identifier: GPL-2.0-only
"""Anchors at declarations and preprocessor lines of C files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tree_sitter import Node

from afugen.anchors.canchor import lines_of, nearest
from afugen.anchors.place import Place
from afugen.csource import names
from afugen.csource.cfile import parse
from afugen.csource.names import declared_name, nodes, prototypes, text


def _named_bodies(source: bytes, kind: str) -> Iterator[tuple[str, Node, Node]]:
    """Structs, unions or enums that are defined in the file: name, node, body."""
    for node in nodes(source, kind):
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is not None and body is not None:
            yield text(name), node, body


def _statement(node: Node) -> Node:
    """Return the definition's last token: its semicolon, or the declaration it is part of."""
    if node.parent is not None and node.parent.type in ("declaration", "type_definition"):
        return node.parent
    following = node.next_sibling
    return following if following is not None and following.type == ";" else node


def _end_inside(source: bytes, body: Node) -> int:
    """Return the offset at which a line is added to the end of a braced list."""
    closing = body.children[-1]
    line_start = source.rfind(b"\n", 0, closing.start_byte) + 1
    if not source[line_start : closing.start_byte].strip():
        return line_start
    before = source[: closing.start_byte].rstrip()
    return len(before)


def _declarator(source: bytes, node: Node) -> Place:
    """Return a declarator's declaration, or the declarator alone if others share that."""
    declaration = node.parent
    assert declaration is not None  # a declarator is a child of its declaration
    if len(declaration.children_by_field_name("declarator")) == 1:
        return lines_of(source, declaration)
    return _item(node)


def _item(node: Node) -> Place:
    """Return an item of a list with the comma behind it, or else the one before it."""
    following, comma = _commas(node)
    if following is not None and (after := following.next_sibling) is not None:
        return Place(node.start_byte, after.start_byte, inline=True, removable=True)
    start = node.start_byte if comma is None else comma.start_byte
    return Place(start, node.end_byte, inline=True, removable=True)


def _commas(node: Node) -> tuple[Node | None, Node | None]:
    """Return the commas behind and before an item of a list, past any comments."""
    found = []
    for step in ("next_sibling", "prev_sibling"):
        near: Node | None = getattr(node, step)
        while near is not None and near.type == "comment":
            near = getattr(near, step)
        found.append(near if near is not None and near.type == "," else None)
    return found[0], found[1]


@dataclass(frozen=True, slots=True)
class Struct:
    """A struct definition; text is added after its last member."""

    name: str

    def __str__(self) -> str:
        return f'struct("{self.name}")'

    def places(self, source: bytes) -> list[Place]:
        """Return each match as whole lines."""
        found = []
        for name, node, body in _named_bodies(source, "struct_specifier"):
            if name == self.name:
                whole = lines_of(source, node, _statement(node))
                found.append(replace(whole, inside=_end_inside(source, body)))
        return found

    def candidates(self, source: bytes) -> list[str]:
        """Return the structs of the file."""
        return nearest(self.name, (n for n, *_ in _named_bodies(source, "struct_specifier")))


@dataclass(frozen=True, slots=True)
class Enum:
    """An enum definition; text is added after its last enumerator."""

    name: str

    def __str__(self) -> str:
        return f'enum("{self.name}")'

    def bodies(self, source: bytes) -> list[tuple[Node, Node]]:
        """Return the definitions of that name, with their enumerator lists."""
        found = _named_bodies(source, "enum_specifier")
        return [(node, body) for name, node, body in found if name == self.name]

    def places(self, source: bytes) -> list[Place]:
        """Return each match as whole lines."""
        found = []
        for node, body in self.bodies(source):
            whole = lines_of(source, node, _statement(node))
            inside, comma = _end_inside(source, body), _missing_comma(body)
            found.append(replace(whole, inside=inside, comma=comma))
        return found

    def candidates(self, source: bytes) -> list[str]:
        """Return the enums of the file."""
        return nearest(self.name, (n for n, *_ in _named_bodies(source, "enum_specifier")))


def _missing_comma(body: Node) -> int | None:
    entries = [child for child in body.children if child.type in ("enumerator", ",")]
    last = entries[-1] if entries else None
    return last.end_byte if last is not None and last.type == "enumerator" else None


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a struct, with the comment above it."""

    struct: str
    name: str

    def __str__(self) -> str:
        return f'member("{self.struct}", "{self.name}")'

    def _members(self, source: bytes) -> Iterator[tuple[str, Node]]:
        for name, _, body in _named_bodies(source, "struct_specifier"):
            for child in body.named_children if name == self.struct else ():
                if child.type == "field_declaration":
                    for declarator in child.children_by_field_name("declarator"):
                        yield declared_name(declarator), declarator

    def places(self, source: bytes) -> list[Place]:
        """Return each match as whole lines, or the declarator if its declaration has others."""
        return [
            _declarator(source, node) for name, node in self._members(source) if name == self.name
        ]

    def candidates(self, source: bytes) -> list[str]:
        """Return the members of the struct, or the structs when there is none of that name."""
        found = nearest(self.name, (name for name, _ in self._members(source)))
        return found or Struct(self.struct).candidates(source)


@dataclass(frozen=True, slots=True)
class Enumerator:
    """A constant of an enum, with its value, its comma and its comment."""

    enum: str
    name: str

    def __str__(self) -> str:
        return f'enumerator("{self.enum}", "{self.name}")'

    def places(self, source: bytes) -> list[Place]:
        """Return each match as whole lines, or the constant alone where others share its line."""
        return [
            whole
            if not (whole := lines_of(source, entry, _commas(entry)[0])).inline
            else _item(entry)
            for _, body in Enum(self.enum).bodies(source)
            for entry in body.named_children
            if entry.type == "enumerator" and text(entry.child_by_field_name("name")) == self.name
        ]

    def candidates(self, source: bytes) -> list[str]:
        """Return the constants of the enum, or the enums where there is none of that name."""
        found = nearest(self.name, (name for name, *_ in enumerators(source, self.enum)))
        return found or Enum(self.enum).candidates(source)


def enumerators(source: bytes, enum: str) -> Iterator[tuple[str, int | None, int]]:
    """Name, value (None where it is no plain number) and offset of each enumerator."""
    for _, body in Enum(enum).bodies(source):
        for entry, value in names.enumerators(body):
            number = int(value) if value.removeprefix("-").isdecimal() else None
            yield text(entry.child_by_field_name("name")), number, entry.start_byte


@dataclass(frozen=True, slots=True)
class Union:
    """The union within a struct; text is added after its last member."""

    struct: str

    def __str__(self) -> str:
        return f'union("{self.struct}")'

    def bodies(self, source: bytes) -> Iterator[tuple[Node, Node]]:
        """Return the unions: the member that holds each, and its braces."""
        for name, _, body in _named_bodies(source, "struct_specifier"):
            for field in body.named_children if name == self.struct else ():
                union = field.child_by_field_name("type")
                inner = union.child_by_field_name("body") if union is not None else None
                if union is not None and union.type == "union_specifier" and inner is not None:
                    yield field, inner

    def places(self, source: bytes) -> list[Place]:
        """Return each match as whole lines."""
        found = []
        for field, inner in self.bodies(source):
            whole = lines_of(source, field)
            found.append(replace(whole, inside=_end_inside(source, inner)))
        return found

    def candidates(self, source: bytes) -> list[str]:
        """Return the structs of the file."""
        return Struct(self.struct).candidates(source)


@dataclass(frozen=True, slots=True)
class UnionMember:
    """A member of the union within a struct."""

    struct: str
    name: str

    def __str__(self) -> str:
        return f'union_member("{self.struct}", "{self.name}")'

    def _members(self, source: bytes) -> Iterator[tuple[str, Node]]:
        for _, body in Union(self.struct).bodies(source):
            for child in body.named_children:
                for declarator in child.children_by_field_name("declarator"):
                    yield declared_name(declarator), declarator

    def places(self, source: bytes) -> list[Place]:
        """Return each match as whole lines, or the declarator if its declaration has others."""
        return [
            _declarator(source, node) for name, node in self._members(source) if name == self.name
        ]

    def candidates(self, source: bytes) -> list[str]:
        """Return the members of the union."""
        return nearest(self.name, (name for name, _ in self._members(source)))


@dataclass(frozen=True, slots=True)
class Declaration:
    """The prototype of a function at file scope, with the comment above it."""

    name: str

    def __str__(self) -> str:
        return f'declaration("{self.name}")'

    def places(self, source: bytes) -> list[Place]:
        """Return each match as whole lines, or the declarator if its declaration has others."""
        return [_declarator(source, node) for name, node in prototypes(source) if name == self.name]

    def candidates(self, source: bytes) -> list[str]:
        """Return the functions that the file declares."""
        return nearest(self.name, (name for name, _ in prototypes(source)))


@dataclass(frozen=True, slots=True)
class Define:
    """The value of a `#define`, without the comment behind it."""

    name: str

    def __str__(self) -> str:
        return f'define("{self.name}")'

    def places(self, source: bytes) -> list[Place]:
        """Return the bytes of the value."""
        found = []
        for node in nodes(source, "preproc_def"):
            value = node.child_by_field_name("value")
            if text(node.child_by_field_name("name")) == self.name and value is not None:
                raw = source[value.start_byte : value.end_byte]
                bare = re.sub(rb"/[*/].*", b"", raw, flags=re.S)
                start = value.start_byte + len(bare) - len(bare.lstrip())
                found.append(Place(start, value.start_byte + len(bare.rstrip()), inline=True))
        return found

    def candidates(self, source: bytes) -> list[str]:
        """Return the macros of the file."""
        defined = (text(n.child_by_field_name("name")) for n in nodes(source, "preproc_def"))
        return nearest(self.name, defined)


@dataclass(frozen=True, slots=True)
class Include:
    """An include of a header, in angle brackets or quotes; `before` names where one would go."""

    header: str
    before: str | None = None

    def __str__(self) -> str:
        return f'include("{self.header}")'

    @property
    def fallback(self) -> Include | None:
        """Return the include before which this one is put where it is missing."""
        return Include(self.before) if self.before else None

    def places(self, source: bytes) -> list[Place]:
        """Return each match as whole lines."""
        return [
            lines_of(source, node)
            for node in nodes(source, "preproc_include")
            if text(node.child_by_field_name("path"))[1:-1] == self.header
        ]

    def candidates(self, source: bytes) -> list[str]:
        """Return the headers that the file includes."""
        paths = (n.child_by_field_name("path") for n in nodes(source, "preproc_include"))
        return nearest(self.header, (text(path)[1:-1] for path in paths))


@dataclass(frozen=True, slots=True)
class HeaderGuard:
    """The `#endif` of the guard that encloses a header."""

    def __str__(self) -> str:
        return "header_guard_end()"

    def places(self, source: bytes) -> list[Place]:
        """Return the line of the `#endif`, with its comment."""
        found = []
        for node in parse(source).root_node.named_children:
            if node.type != "preproc_ifdef" or text(node.children[0]) != "#ifndef":
                continue
            name = text(node.child_by_field_name("name"))
            inner = [child for child in node.named_children if child.type == "preproc_def"]
            endif = node.children[-1]
            if inner and text(inner[0].child_by_field_name("name")) == name:
                start = source.rfind(b"\n", 0, endif.start_byte) + 1
                found.append(Place(start, lines_of(source, endif).end))
        return found

    def candidates(self, source: bytes) -> list[str]:
        """Return the conditional blocks of the file."""
        return [
            text(node.child_by_field_name("name"))
            for node in parse(source).root_node.named_children
            if node.type == "preproc_ifdef"
        ]
