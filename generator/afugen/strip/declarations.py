# SPDX-License-Identifier: GPL-2.0-only
"""What is left of declarations: of variables, prototypes, structs and enums."""

from __future__ import annotations

from tree_sitter import Node

from afugen.strip.fate import GONE, STAYS, Fate, all_of, fate_of_conditional
from afugen.strip.syntax import (
    CONDITIONALS,
    SPECIFIERS,
    declarators,
    field,
    from_list,
    has_effect,
    is_pointer,
    name_in,
    parameters_of,
    parts,
    text_of,
    within,
)
from afugen.strip.tables import tag_of, type_of_specifier
from afugen.strip.text import Cut
from afugen.strip.values import in_commas, left_of, left_of_list
from afugen.strip.view import View, name_is_gone


def fate_of_declaration(view: View, node: Node) -> Fate:
    """What becomes of a declaration, inside a function or outside."""
    specifier = field(node, "type")
    if view.type_is_gone(specifier):
        return GONE
    below = fate_of_specifier(view, specifier) if specifier is not None else STAYS
    items = declarators(node)
    if below.gone and not items:
        return GONE
    doomed = [item for item in items if _declarator_is_gone(view, item)]
    if items and len(doomed) == len(items):
        return GONE
    cuts = below.cuts + tuple(from_list(items, doomed))
    for item in items:
        if item not in doomed:
            cuts += cuts_in_parameters(view, item) + _cuts_in_value(view, node, item)
    return Fate(cuts=cuts)


def _declarator_is_gone(view: View, declarator: Node) -> bool:
    name = name_in(declarator)
    if name is None:
        return False
    if within(name, "compound_statement") is None:
        return name_is_gone(view.gone, view.tables, view.path, text_of(name))
    if view.local(name) in view.gone.unread:
        value = field(declarator, "value")
        return value is None or not has_effect(value)
    return view.local(name) in view.gone.locals


def _cuts_in_value(view: View, declaration: Node, declarator: Node) -> tuple[Cut, ...]:
    value = field(declarator, "value")
    if value is None:
        return ()
    name = name_in(declarator)
    alone = len(declarators(declaration)) == 1
    if alone and name is not None and view.local(name) in view.gone.unread:
        return (Cut(declaration.start_byte, value.start_byte), *left_of(view, value).cuts)
    if value.type == "initializer_list":
        type_ = view.tables.resolved(type_of_specifier(field(declaration, "type")))
        left, nothing = left_of_list(view, value, type_), b"{ }"
    else:
        left, nothing = left_of(view, value), nothing_for(declaration, declarator)
    return left.cuts if left.kept else (Cut(value.start_byte, value.end_byte, nothing),)


def nothing_for(declaration: Node, declarator: Node) -> bytes:
    """The constant that stands for nothing in what is declared."""
    if is_pointer(declarator):
        return b"NULL"
    return b"false" if text_of(field(declaration, "type")) in ("bool", "_Bool") else b"0"


def cuts_in_parameters(view: View, declarator: Node) -> tuple[Cut, ...]:
    """The cuts that take out parameters whose type is gone."""
    listed = parameters_of(declarator)
    if listed is None:
        return ()
    items = parts(listed)
    doomed = [item for item in items if view.type_is_gone(field(item, "type"))]
    if doomed and len(doomed) == len(items):
        return (Cut(items[0].start_byte, items[-1].end_byte, b"void"),)
    return tuple(from_list(items, doomed))


def fate_of_specifier(view: View, specifier: Node) -> Fate:
    """What becomes of the body of a struct, union or enum, if there is one."""
    body = field(specifier, "body") if specifier.type in SPECIFIERS else None
    if body is None:
        return STAYS
    if view.type_is_gone(specifier):
        return GONE
    if specifier.type == "enum_specifier":
        return _fate_of_enumerators(view, body)
    return _fate_of_members(view, parts(body))


def _fate_of_members(view: View, members: list[Node]) -> Fate:
    return all_of(view, members, [_fate_of_member(view, member) for member in members])


def _fate_of_member(view: View, node: Node) -> Fate:
    if node.type in CONDITIONALS:
        return fate_of_conditional(view, node, _fate_of_members)
    if node.type != "field_declaration":
        return STAYS
    specifier = field(node, "type")
    if view.type_is_gone(specifier):
        return GONE
    below = fate_of_specifier(view, specifier) if specifier is not None else STAYS
    if below.gone:
        return GONE
    items = declarators(node)
    tag = tag_of(owner) if (owner := within(node, *SPECIFIERS)) is not None else ""
    doomed = [item for item in items if (tag, text_of(name_in(item))) in view.gone.members]
    if items and len(doomed) == len(items):
        return GONE
    cuts = below.cuts + tuple(from_list(items, doomed))
    for item in items:
        if item not in doomed:
            cuts += cuts_in_parameters(view, item)
    return Fate(cuts=cuts)


def _fate_of_enumerators(view: View, body: Node) -> Fate:
    items = [item for item in parts(body) if item.type == "enumerator"]
    doomed = [item for item in items if _enumerator_is_gone(view, item)]
    if items and len(doomed) == len(items):
        return GONE
    cuts = tuple(in_commas(view.text.source, items, doomed)) if doomed else ()
    return Fate(cuts=cuts + _pinned(items, doomed))


def _enumerator_is_gone(view: View, item: Node) -> bool:
    name = text_of(field(item, "name"))
    if name not in view.words:
        return False
    own = [d for d in view.tables.visible(view.path, name) if d.path == view.path]
    tag = tag_of(owner) if (owner := within(item, "enum_specifier")) is not None else ""
    return any(
        declared.type == tag and (view.path if declared.local else "", name) in view.gone.names
        for declared in own
        if declared.kind == "enumerator"
    )


def _pinned(items: list[Node], doomed: list[Node]) -> tuple[Cut, ...]:
    """The value written out for an enumerator that has none and follows one that goes.

    Other constants keep their values: they may be ABI.
    """
    cuts, following = [], 0
    known, shifted = True, False
    for item in items:
        value, name = field(item, "value"), field(item, "name")
        if value is not None:
            shifted = False
            try:
                following, known = int(text_of(value), 0), True
            except ValueError:
                known = False
        if item in doomed:
            shifted = True
        elif shifted and name is not None:
            if known:
                pin = b" = %d" % following
                cuts.append(Cut(name.end_byte, name.end_byte, pin))
            shifted = False
        following += 1
    return tuple(cuts)
