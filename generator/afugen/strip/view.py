# SPDX-License-Identifier: GPL-2.0-only
"""What is gone, and how one file sees it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tree_sitter import Node

from afugen.strip.feature import Feature, Kind
from afugen.strip.syntax import declarators, field, inner, name_in, nodes_of, parts, text_of, within
from afugen.strip.tables import Declared, Tables, type_of_specifier
from afugen.strip.text import Text

LOCAL_SCOPES = ("compound_statement", "for_statement", "case_statement", "function_definition")


@dataclass(frozen=True, slots=True)
class Gone:
    """Everything that no longer exists.

    `names` are (file, name), file empty for what all files share. `locals`, `unread` and
    `labels` are (file, offset of the name in the original file).
    """

    tags: frozenset[str] = frozenset()
    names: frozenset[tuple[str, str]] = frozenset()
    members: frozenset[tuple[str, str]] = frozenset()
    locals: frozenset[tuple[str, int]] = frozenset()
    unread: frozenset[tuple[str, int]] = frozenset()
    labels: frozenset[tuple[str, int]] = frozenset()
    includes: frozenset[tuple[str, str]] = frozenset()

    def joined(self, other: Gone) -> Gone:
        """What is gone by either."""
        return Gone(
            self.tags | other.tags,
            self.names | other.names,
            self.members | other.members,
            self.locals | other.locals,
            self.unread | other.unread,
            self.labels | other.labels,
            self.includes | other.includes,
        )


def key_of(declared: Declared) -> tuple[str, str]:
    """How `Gone.names` names a declaration."""
    return (declared.path if declared.local else "", declared.name)


def gone_with(feature: Feature, tables: Tables) -> Gone:
    """What the feature's list says, where the files bear it out, and what is of these types."""
    tags, names, members = set[str](), set[tuple[str, str]](), set[tuple[str, str]]()
    for item in feature.identifiers:
        if item.kind is Kind.STRUCT:
            tags.add(item.name)
        elif item.kind is Kind.MEMBER:
            if item.name in tables.members.get(item.of, {}):
                members.add((item.of, item.name))
        elif item.kind is Kind.CONFIG:
            names |= {("", f"CONFIG_{item.name}"), ("", f"CONFIG_{item.name}_MODULE")}
        else:
            names.add(("", item.name))
        if item.kind is Kind.ENUMERATOR:
            found = tables.names.get(item.name, ())
            names |= {key_of(d) for d in found if d.kind == "macro" or d.type == item.of}
    return follow(Gone(frozenset(tags), frozenset(names), frozenset(members)), tables)


def follow(gone: Gone, tables: Tables) -> Gone:
    """With all that is declared with a type, or as a macro for a name, that is gone."""
    while True:
        names, members = set(gone.names), set(gone.members)
        for declared in (d for found in tables.names.values() for d in found):
            if declared.kind == "macro":
                if _mentions(declared, gone, tables):
                    names.add(key_of(declared))
            elif tables.resolved(declared.type) in gone.tags or _is_gone_type(declared, gone):
                names.add(key_of(declared))
        for tag, known in tables.members.items():
            members |= {
                (tag, m) for m, type_ in known.items() if tables.resolved(type_) in gone.tags
            }
            members |= {(tag, m) for m in known if tag in gone.tags}
        tags = gone.tags | _emptied(names, members, tables)
        grown = replace(gone, tags=tags, names=frozenset(names), members=frozenset(members))
        if grown == gone:
            return gone
        gone = grown


def _emptied(
    names: set[tuple[str, str]], members: set[tuple[str, str]], tables: Tables
) -> frozenset[str]:
    """The structs and enums of which nothing is left."""
    left, enums = set[str](), set[str]()
    for declared in (d for found in tables.names.values() for d in found):
        if declared.kind == "enumerator" and declared.type:
            enums.add(declared.type)
            if key_of(declared) not in names:
                left.add(declared.type)
    structs = {
        tag
        for tag, known in tables.members.items()
        if known and all((tag, member) in members for member in known)
    }
    return frozenset(structs | (enums - left))


def _is_gone_type(declared: Declared, gone: Gone) -> bool:
    return declared.type.startswith("typedef ") and ("", declared.type[8:]) in gone.names


def _mentions(macro: Declared, gone: Gone, tables: Tables) -> bool:
    for before, word in macro.tokens:
        if before:
            if member_is_gone(gone, tables, macro.path, "", word):
                return True
        elif word in gone.tags or name_is_gone(gone, tables, macro.path, word):
            return True
    return False


def name_is_gone(gone: Gone, tables: Tables, path: str, name: str) -> bool:
    """Whether a name outside of any function's scope means something that is gone."""
    seen = tables.visible(path, name)
    if not seen:
        return ("", name) in gone.names
    return any(key_of(declared) in gone.names for declared in seen)


def member_is_gone(gone: Gone, tables: Tables, path: str, tag: str, member: str) -> bool:
    """Whether a member is gone; of a struct that is not known (empty tag) it is

    if a struct that lost it is in sight and no other one in sight has a member of that name.
    """
    if tag:
        return (tag, member) in gone.members
    owners = [
        owner
        for owner, known in tables.members.items()
        if member in known and tables.places[owner] & tables.sees[path]
    ]
    return bool(owners) and all((owner, member) in gone.members for owner in owners)


@dataclass(frozen=True, slots=True)
class View:
    """One file, as its names and types are understood in it."""

    path: str
    text: Text
    tables: Tables
    gone: Gone
    words: frozenset[str] = frozenset()  # the names that may mean something gone in this file
    parameters: frozenset[tuple[str, str, int]] = frozenset()  # (file, function, index)

    @classmethod
    def of(
        cls,
        path: str,
        text: Text,
        tables: Tables,
        gone: Gone,
        parameters: frozenset[tuple[str, str, int]] = frozenset(),
    ) -> View:
        """The file as it is when all that is gone so far is known."""
        words = {name for _, name in gone.names} | {member for _, member in gone.members}
        view = cls(path, text, tables, gone, frozenset(words), parameters)
        for node in nodes_of(text.source):
            if node.type in ("declaration", "parameter_declaration"):
                of_gone_type = view.type_is_gone(field(node, "type"))
                for name in map(name_in, declarators(node)):
                    if name and (of_gone_type or view.local(name) in gone.locals):
                        words.add(text_of(name))
        return replace(view, words=frozenset(words))

    def local(self, name: Node) -> tuple[str, int]:
        """How `Gone.locals` names a declared name."""
        return (self.path, self.text.origin[name.start_byte])

    def parameter_is_gone(self, function: str, index: int) -> bool:
        """Whether a function, or what a member points to, has lost its parameter of that index."""
        own = [d for d in self.tables.visible(self.path, function) if d.local]
        return (self.path if own else "", function, index) in self.parameters

    def type_is_gone(self, specifier: Node | None) -> bool:
        """Whether a type specifier names a type that is gone."""
        type_ = type_of_specifier(specifier)
        if type_.startswith("typedef ") and ("", type_[8:]) in self.gone.names:
            return True
        return self.tables.resolved(type_) in self.gone.tags

    def name_is_gone(self, identifier: Node) -> bool:
        """Whether an identifier in an expression means something that is gone."""
        name = text_of(identifier)
        if name not in self.words:
            return False
        declaration = declared_at(identifier)
        if declaration is not None:
            own = declared_name(declaration, name)
            if own is not None and self.local(own) in self.gone.locals:
                return True
            return self.type_is_gone(field(declaration, "type"))
        return name_is_gone(self.gone, self.tables, self.path, name)

    def member_is_gone(self, expression: Node) -> bool:
        """Whether the member that a field_expression selects is gone."""
        member = text_of(field(expression, "field"))
        if member not in self.words:
            return False
        tag = self.type_of(field(expression, "argument"))
        return member_is_gone(self.gone, self.tables, self.path, tag, member)

    def type_of(self, node: Node | None) -> str:
        """The tag of what an expression is or points to; empty when it cannot be told."""
        if node is None:
            return ""
        node = inner(node)
        match node.type:
            case "identifier":
                type_ = self._type_of_name(node)
            case "field_expression":
                owner = self.type_of(field(node, "argument"))
                type_ = self.tables.members.get(owner, {}).get(text_of(field(node, "field")), "")
            case "call_expression":
                type_ = self._type_of_call(node)
            case "cast_expression" | "compound_literal_expression":
                described = field(node, "type") or node
                type_ = type_of_specifier(field(described, "type"))
            case _:
                ways = (field(node, name) for name in ("argument", "left", "consequence"))
                type_ = self.type_of(next((way for way in ways if way is not None), None))
        # a type that no file at hand defines is still another one than those that are gone
        return self.tables.resolved(type_) or type_

    def _type_of_name(self, node: Node) -> str:
        declaration = declared_at(node)
        if declaration is not None:
            return type_of_specifier(field(declaration, "type"))
        seen = self.tables.visible(self.path, text_of(node))
        return seen[0].type if seen else ""

    def _type_of_call(self, node: Node) -> str:
        arguments = field(node, "arguments")
        if text_of(field(node, "function")) == "container_of" and arguments is not None:
            words = text_of(arguments).replace(",", " ").split()
            return words[words.index("struct") + 1] if "struct" in words[:-1] else ""
        return self.type_of(field(node, "function"))


def declared_at(identifier: Node) -> Node | None:
    """The declaration or parameter inside a function that an identifier refers to."""
    name = identifier.text
    scope: Node | None = identifier
    while scope is not None:
        scope = within(scope.parent, *LOCAL_SCOPES)
        if scope is None:
            return None
        for declaration in _declarations_in(scope):
            if declaration.start_byte > identifier.start_byte:
                continue
            if any(d.text == name for d in map(name_in, declarators(declaration)) if d):
                return declaration
    return None


def declared_name(declaration: Node, name: str) -> Node | None:
    """The identifier by which a declaration declares a name."""
    for declarator in declarators(declaration):
        own = name_in(declarator)
        if own is not None and text_of(own) == name:
            return own
    return None


def _declarations_in(scope: Node) -> Iterator[Node]:
    if scope.type == "function_definition":
        for node in _parameter_lists(field(scope, "declarator")):
            yield from (p for p in parts(node) if p.type == "parameter_declaration")
        return
    for node in scope.named_children:
        if node.type == "declaration":
            yield node
        elif node.type.startswith("preproc"):
            yield from (below for below in node.named_children if below.type == "declaration")


def _parameter_lists(declarator: Node | None) -> Iterator[Node]:
    while declarator is not None:
        if declarator.type == "function_declarator":
            below = field(declarator, "parameters")
            if below is not None:
                yield below
        declarator = field(declarator, "declarator")


def returns(function: Node | None) -> str:
    """The value for nothing that a function's return type has."""
    if function is None:
        return "0"
    declarator = field(function, "declarator")
    if declarator is not None and declarator.type == "pointer_declarator":
        return "NULL"
    return "false" if text_of(field(function, "type")) in ("bool", "_Bool") else "0"
