# SPDX-License-Identifier: GPL-2.0-only
"""What the original files declare, and which of them see each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from posixpath import dirname, join, normpath

from tree_sitter import Node

from afugen.cfile import parse, walk
from afugen.strip.syntax import (
    CONDITIONALS,
    SPECIFIERS,
    declarators,
    field,
    is_function,
    is_static,
    name_in,
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
        """The declarations of a name that a file sees; another file's own ones are not."""
        return [
            declared
            for declared in self.names.get(name, ())
            if declared.path in self.sees[path]
            and (declared.path == path or not declared.path.endswith(".c"))
        ]


def tables_of(files: Mapping[str, bytes], owners: Mapping[str, str]) -> Tables:
    """Read the declarations of C files; other files are passed over.

    `owners` gives for some enumerators the enum they are meant in: the same name in another
    enum is that file's own.
    """
    names: dict[str, list[Declared]] = {}
    members: dict[str, dict[str, str]] = {}
    places: dict[str, set[str]] = {}
    includes: dict[str, dict[str, str]] = {}
    for path, source in files.items():
        if not path.endswith(SOURCES):
            continue
        root = parse(source).root_node
        includes[path] = dict(_includes(path, root, files))
        for declared in _declared(path, root, owners):
            names.setdefault(declared.name, []).append(declared)
        for node in walk(root):
            if node.type in SPECIFIERS and field(node, "body"):
                if node.type != "enum_specifier":
                    _add_members(node, tag_of(node), members)
                places.setdefault(tag_of(node), set()).add(path)
    return Tables(
        {name: tuple(found) for name, found in names.items()},
        members,
        {tag: frozenset(found) for tag, found in places.items()},
        {path: _closure(path, includes) for path in includes},
        includes,
    )


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


def _add_members(body_owner: Node, tag: str, members: dict[str, dict[str, str]]) -> None:
    known = members.setdefault(tag, {})
    for member in member_declarations(body_owner):
        type_ = type_of_specifier(field(member, "type"))
        specifier = field(member, "type")
        flattened = specifier is not None and field(specifier, "body") and not declarators(member)
        if not declarators(member) and not flattened:
            known[f"?{len(known)}"] = type_  # a macro that declares something
        for declarator in declarators(member):
            known[text_of(name_in(declarator))] = type_


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


def _declared(path: str, root: Node, owners: Mapping[str, str]) -> Iterator[Declared]:
    own = path.endswith(".c")
    for node in outer_nodes(root):
        if node.type in ("preproc_def", "preproc_function_def"):
            value = field(node, "value")
            words = frozenset(tokens(value)) if value is not None else frozenset()
            yield Declared(path, text_of(field(node, "name")), "macro", "", own, words)
        elif node.type in ("declaration", "function_definition", "type_definition"):
            yield from _of_declaration(path, node, own)
        for below in walk(node):
            if below.type == "enumerator":
                owner = below.parent.parent if below.parent is not None else None
                tag = tag_of(owner) if owner is not None and owner.type in SPECIFIERS else ""
                name = text_of(field(below, "name"))
                another = owners.get(name, tag) != tag
                yield Declared(path, name, "enumerator", tag, own or another)


def _of_declaration(path: str, node: Node, own: bool) -> Iterator[Declared]:  # noqa: FBT001
    type_ = type_of_specifier(field(node, "type"))
    for declarator in declarators(node):
        name = text_of(name_in(declarator))
        if node.type == "type_definition":
            yield Declared(path, name, "typedef", type_, own)
        else:
            kind = "function" if is_function(declarator) else "variable"
            yield Declared(path, name, kind, type_, is_static(node))


def _includes(path: str, root: Node, files: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    for node in outer_nodes(root):
        if node.type == "preproc_include":
            said = text_of(field(node, "path"))
            yield said, meant_by(path, said, files)


def meant_by(path: str, said: str, files: Mapping[str, bytes]) -> str:
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
