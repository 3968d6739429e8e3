# SPDX-License-Identifier: GPL-2.0-only
"""What the original files declare, and which of them see each other."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from posixpath import dirname, join, normpath

from tree_sitter import Node

from afugen.csource.cfile import parse
from afugen.strip.syntax import (
    CONDITIONALS,
    SPECIFIERS,
    declarators,
    field,
    is_function,
    is_static,
    name_in,
    nodes_of,
    parts,
    text_of,
    tokens,
    within,
)

SOURCES = (".c", ".h")


@dataclass(frozen=True, slots=True)
class Declared:
    """A name that a file declares outside of functions.

    `type` is a struct's tag, or `typedef NAME`, or empty; an enumerator's is its enum's tag.
    `local` names are the file's own: another file may have the same for something else.
    """

    path: str
    name: str
    kind: str  # function, variable, enumerator, typedef, macro
    type: str = ""
    local: bool = False
    tokens: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything declared in a set of files."""

    names: Mapping[str, tuple[Declared, ...]]
    members: Mapping[str, Mapping[str, str]]  # tag -> member -> type
    places: Mapping[str, frozenset[str]]  # tag -> the files that define it
    sees: Mapping[str, frozenset[str]]  # file -> itself and what it includes, transitively
    includes: Mapping[str, Mapping[str, str]]  # file -> what its include says -> the file meant
    declares: Mapping[str, frozenset[tuple[str, str]]]  # file -> ("tag" or "name", word)

    def resolved(self, type_: str) -> str:
        """The tag behind typedefs; empty when it is not known."""
        for _ in range(8):
            if not type_.startswith("typedef "):
                break
            known = [d for d in self.names.get(type_[8:], ()) if d.kind == "typedef"]
            type_ = known[0].type if known else ""
        return type_

    def without_include(self, path: str, said: str) -> Tables:
        """As if one file did not have one of its includes."""
        fewer = {other: meant for other, meant in self.includes[path].items() if other != said}
        includes = {**self.includes, path: fewer}
        return replace(
            self, includes=includes, sees={file: _closure(file, includes) for file in includes}
        )

    def visible(self, path: str, name: str) -> list[Declared]:
        """The declarations of a name that a file sees: its own, and of what it includes."""
        sees = self.sees[path]
        return [declared for declared in self.names.get(name, ()) if declared.path in sees]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What one file says by itself."""

    names: tuple[Declared, ...]
    members: tuple[tuple[str, Mapping[str, str]], ...]
    tags: frozenset[str]
    includes: tuple[str, ...]


def tables_of(files: Mapping[str, bytes], owners: Mapping[str, str]) -> Tables:
    """Read the declarations of C files; other files are passed over.

    `owners` gives for some enumerators the enum they are meant in: the same name in another
    enum is that file's own.
    """
    meant = frozenset(owners.items())
    facts = {p: _facts(p, source, meant) for p, source in files.items() if p.endswith(SOURCES)}
    names: dict[str, list[Declared]] = {}
    members: dict[str, dict[str, str]] = {}
    places: dict[str, set[str]] = {}
    for path, fact in facts.items():
        for declared in fact.names:
            names.setdefault(declared.name, []).append(declared)
        for tag, known in fact.members:
            members.setdefault(tag, {}).update(known)
        for tag in fact.tags:
            places.setdefault(tag, set()).add(path)
    includes = {
        path: {said: meant_by(path, said, files) for said in fact.includes}
        for path, fact in facts.items()
    }
    return Tables(
        {name: tuple(found) for name, found in names.items()},
        members,
        {tag: frozenset(found) for tag, found in places.items()},
        {path: _closure(path, includes) for path in includes},
        includes,
        {path: _words(fact) for path, fact in facts.items()},
    )


def _words(facts: _Facts) -> frozenset[tuple[str, str]]:
    names = {("name", declared.name) for declared in facts.names}
    return frozenset(names | {("tag", tag) for tag in facts.tags})


@lru_cache(maxsize=512)
def _facts(path: str, source: bytes, owners: frozenset[tuple[str, str]]) -> _Facts:
    root = parse(source).root_node
    members, tags = [], set()
    for node in nodes_of(source):
        if node.type in SPECIFIERS and field(node, "body"):
            tags.add(tag_of(node))
            if node.type != "enum_specifier":
                members.append((tag_of(node), _members(node)))
    said = tuple(
        text_of(field(node, "path")) for node in outer_nodes(root) if node.type == "preproc_include"
    )
    names = (*_declared(path, root), *_enumerators(path, source, dict(owners)))
    return _Facts(names, tuple(members), frozenset(tags), said)


def tag_of(specifier: Node) -> str:
    """The tag of a struct; one without a tag is known by what it declares, or as its parent's."""
    name = field(specifier, "name")
    if name is not None:
        return text_of(name)
    parent = specifier.parent
    outer = within(parent, *SPECIFIERS)
    if parent is None or not declarators(parent):
        return tag_of(outer) if outer is not None else ""
    declared = text_of(name_in(declarators(parent)[0]))
    if parent.type == "field_declaration" and outer is not None:
        return f"{tag_of(outer)}.{declared}"
    return f"{parent.type} {declared}"


def type_of_specifier(specifier: Node | None) -> str:
    """How `Declared.type` writes a type specifier."""
    if specifier is None:
        return ""
    if specifier.type in SPECIFIERS:
        return tag_of(specifier)
    if specifier.type == "type_identifier":
        return f"typedef {text_of(specifier)}"
    return ""


def _members(specifier: Node) -> dict[str, str]:
    known: dict[str, str] = {}
    for member in member_declarations(specifier):
        below = field(member, "type")
        type_ = type_of_specifier(below)
        flattened = below is not None and field(below, "body") and not declarators(member)
        if not declarators(member) and not flattened:
            known[f"?{len(known)}"] = type_  # a macro that declares something
        for declarator in declarators(member):
            known[text_of(name_in(declarator))] = type_
    return known


def member_declarations(specifier: Node) -> Iterator[Node]:
    """The member declarations of a struct, those in #ifdef too."""
    body = field(specifier, "body")
    pending = parts(body) if body is not None else []
    while pending:
        node = pending.pop(0)
        if node.type in CONDITIONALS:
            pending = parts(node) + pending
        elif node.type == "field_declaration":
            yield node


def outer_nodes(root: Node) -> Iterator[Node]:
    """What stands outside of functions, those in #ifdef and extern "C" too."""
    pending = list(root.named_children)
    while pending:
        node = pending.pop(0)
        if node.type in (*CONDITIONALS, "linkage_specification", "declaration_list", "ERROR"):
            pending = list(node.named_children) + pending
        else:
            yield node


def _declared(path: str, root: Node) -> Iterator[Declared]:
    own = path.endswith(".c")
    for node in outer_nodes(root):
        if node.type in ("preproc_def", "preproc_function_def"):
            value = field(node, "value")
            words = frozenset(tokens(value)) if value is not None else frozenset()
            yield Declared(path, text_of(field(node, "name")), "macro", "", own, words)
        elif node.type in ("declaration", "function_definition", "type_definition"):
            yield from _of_declaration(path, node, own)


def _enumerators(path: str, source: bytes, owners: Mapping[str, str]) -> Iterator[Declared]:
    for node in nodes_of(source):
        if node.type == "enumerator":
            owner = within(node, "enum_specifier")
            tag, name = tag_of(owner) if owner is not None else "", text_of(field(node, "name"))
            another = owners.get(name, tag) != tag
            yield Declared(path, name, "enumerator", tag, path.endswith(".c") or another)


def _of_declaration(path: str, node: Node, own: bool) -> Iterator[Declared]:  # noqa: FBT001
    type_ = type_of_specifier(field(node, "type"))
    for declarator in declarators(node):
        name = text_of(name_in(declarator))
        if node.type == "type_definition":
            yield Declared(path, name, "typedef", type_, own)
        else:
            kind = "function" if is_function(declarator) else "variable"
            yield Declared(path, name, kind, type_, is_static(node))


def meant_by(path: str, said: str, files: Container[str]) -> str:
    """The file that an #include names, as the kernel's include paths have it; empty: not there."""
    bare = said.strip('"<>')
    places = [join("include", bare), join("include/uapi", bare)]
    if said.startswith('"'):
        places.insert(0, normpath(join(dirname(path), bare)))
    elif path.startswith("arch/"):
        arch = "/".join(path.split("/")[:2])
        places[:0] = [join(arch, "include", bare), join(arch, "include/uapi", bare)]
    return next((place for place in places if place in files), "")


def _closure(path: str, includes: Mapping[str, Mapping[str, str]]) -> frozenset[str]:
    seen, pending = {path}, [path]
    while pending:
        for other in includes.get(pending.pop(), {}).values():
            if other and other not in seen:
                seen.add(other)
                pending.append(other)
    return frozenset(seen)
