# SPDX-License-Identifier: GPL-2.0-only
"""The names that a header defines: structs, enums and macros, for a compiler to measure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from afugen.csource import cfile
from afugen.errors import CompileError

_MARKER = re.compile(r'^# (\d+) "([^"]*)"')
_SPECIFIERS = ("struct_specifier", "union_specifier")


@dataclass(frozen=True, slots=True)
class MemberNames:
    """A member; `path` is offsetof's argument, `type` is in C without the name: `__u64[4]`."""

    path: str
    type: str
    is_flexible: bool


@dataclass(frozen=True, slots=True)
class StructNames:
    """A struct or union; `name` is sizeof's argument."""

    name: str
    members: tuple[MemberNames, ...]
    line: int


@dataclass(frozen=True, slots=True)
class EnumNames:
    """An enum, and each constant with its line."""

    name: str
    constants: tuple[tuple[str, int], ...]
    line: int


@dataclass(frozen=True, slots=True)
class DefineNames:
    """A macro without parameters whose value may be an expression."""

    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Names:
    """All of a header, in its order."""

    structs: tuple[StructNames, ...]
    enums: tuple[EnumNames, ...]
    defines: tuple[DefineNames, ...]


class _BitFieldError(Exception):
    def __init__(self, line: int) -> None:
        self.line = line


def names_of(preprocessed: str, file: str, shown: str) -> Names:
    """Return the names that `file` itself defines, from the output of `gcc -E -dD`.

    CompileError, with the file's name as `shown`, for a bit-field.
    """
    try:
        return _names(preprocessed, file)
    except _BitFieldError as error:
        raise CompileError(f"{shown}:{error.line}: a bit-field has no offset in bytes") from None


def _names(preprocessed: str, file: str) -> Names:
    source = own_lines(preprocessed, file).encode()
    nodes = cfile.by_type(source)
    specifiers = sorted(
        (node for kind in _SPECIFIERS for node in nodes.get(kind, ())),
        key=lambda node: node.start_byte,
    )
    return Names(
        tuple(_struct(node) for node in specifiers if _body(node) is not None and _name(node)),
        tuple(_enum(node) for node in nodes.get("enum_specifier", ()) if _body(node) is not None),
        tuple(_defines(nodes.get("preproc_def", ()))),
    )


def own_lines(preprocessed: str, file: str) -> str:
    """Return the lines that are from `file`, each with its line number there."""
    lines: dict[int, str] = {}
    number, is_ours = 0, False
    for line in preprocessed.splitlines():
        if marker := _MARKER.match(line):
            number, is_ours = int(marker[1]), marker[2].rpartition("/")[2] == file
            continue
        if is_ours:
            lines[number] = f"{lines.get(number, '')} {line}".strip()
        number += 1
    return "".join(f"{lines.get(n, '')}\n" for n in range(1, max(lines, default=0) + 1))


def _text(node: Node | None) -> str:
    return node.text.decode(errors="replace") if node is not None and node.text else ""


def _line(node: Node) -> int:
    return node.start_point.row + 1


def _body(node: Node) -> Node | None:
    return node.child_by_field_name("body")


def _name(node: Node) -> str:
    """Return the name of a struct, union or enum: its tag or its typedef; empty without."""
    tag = node.child_by_field_name("name")
    if tag is not None:
        return f"{node.type.removesuffix('_specifier')} {_text(tag)}"
    if node.parent is not None and node.parent.type == "type_definition":
        return _text(node.parent.child_by_field_name("declarator"))
    return ""


def _struct(node: Node) -> StructNames:
    return StructNames(_name(node), tuple(_members(node, "")), _line(node))


def _members(struct: Node, prefix: str) -> Iterator[MemberNames]:
    """Return the members, with those of anonymous unions and structs."""
    body = _body(struct)
    for field in body.named_children if body is not None else ():
        if field.type != "field_declaration":
            continue
        type_ = field.child_by_field_name("type")
        inner = type_ if type_ is not None and _body(type_) is not None else None
        declarators = field.children_by_field_name("declarator")
        if any(child.type == "bitfield_clause" for child in field.named_children):
            raise _BitFieldError(_line(field))
        if not declarators and inner is not None and inner.type in _SPECIFIERS:
            yield from _members(inner, prefix)
        for declarator in declarators:
            member = _member(declarator, type_, prefix)
            yield member
            if inner is not None and inner.type in _SPECIFIERS and member.type == _tag(inner):
                yield from _members(inner, f"{member.path}.")


def _tag(node: Node | None) -> str:
    """Return a type in C; `struct` or `union` alone for one without a name."""
    if node is not None and _body(node) is not None:
        return _name(node) or node.type.removesuffix("_specifier")
    return " ".join(_text(node).split())


def _member(declarator: Node, type_: Node | None, prefix: str) -> MemberNames:
    name, stars, shape = declarator, "", ""
    is_flexible = False
    while name.type not in ("field_identifier", "identifier"):
        if name.type == "array_declarator":
            size = name.child_by_field_name("size")
            is_flexible = size is None
            shape = f"[{_text(size)}]{shape}"
        elif name.type == "pointer_declarator":
            stars = f"{stars or ' '}*"
        elif name.type == "function_declarator":
            shape = f"(){shape}"
        inner = name.child_by_field_name("declarator")
        name = inner if inner is not None else name.named_children[0]
    return MemberNames(prefix + _text(name), _tag(type_) + stars + shape, is_flexible)


def _enum(node: Node) -> EnumNames:
    body = _body(node)
    entries = [one for one in body.named_children if one.type == "enumerator"] if body else []
    constants = tuple((_text(one.child_by_field_name("name")), _line(one)) for one in entries)
    # An enum without a name is known by its first constant.
    name = _name(node) or f"enum with {constants[0][0] if constants else 'nothing'}"
    return EnumNames(name, constants, _line(node))


def _defines(nodes: tuple[Node, ...]) -> Iterator[DefineNames]:
    for node in nodes:
        if _may_be_expression(_text(node.child_by_field_name("value"))):
            yield DefineNames(_text(node.child_by_field_name("name")), _line(node))


def _may_be_expression(value: str) -> bool:
    """Return whether a macro's value may be an expression that can be compiled in a function."""
    return bool(value.strip()) and not re.search(r"[{};#\"]", value)
