# SPDX-License-Identifier: GPL-2.0-only
"""What is left of a file: of what stands outside of its functions."""

from __future__ import annotations

from collections.abc import Callable

from tree_sitter import Node

from afugen.csource.cfile import parse
from afugen.strip.declarations import cuts_in_parameters, fate_of_declaration, fate_of_specifier
from afugen.strip.fate import GONE, STAYS, Fate, all_of, fate_by, fate_of_conditional
from afugen.strip.statements import fate_of_block
from afugen.strip.syntax import CONDITIONALS, field, name_in, parts, text_of
from afugen.strip.text import Cut
from afugen.strip.values import left_of
from afugen.strip.view import View, name_is_gone

CONTAINERS = ("linkage_specification", "declaration_list", "ERROR")


def cuts_in_file(view: View) -> tuple[Cut, ...]:
    """The cuts that take out of a file what is gone, as far as is known by now."""
    items = parts(parse(view.text.source).root_node)
    fate = _fate_of_items(view, items)
    if not fate.gone:
        return fate.cuts
    return (Cut(items[0].start_byte, items[-1].end_byte),)


def _fate_of_items(view: View, items: list[Node]) -> Fate:
    return all_of(view, items, [_fate_of_item(view, item) for item in items])


def _fate_of_item(view: View, node: Node) -> Fate:
    if node.type in CONDITIONALS:
        return fate_of_conditional(view, node, _fate_of_items)
    if node.type in CONTAINERS:
        fate = _fate_of_items(view, parts(node))
        return fate if parts(node) else STAYS
    return _FATES.get(node.type, _other)(view, node)


def _specifier(view: View, node: Node) -> Fate:
    return GONE if view.type_is_gone(node) else fate_of_specifier(view, node)


def _define(view: View, node: Node) -> Fate:
    return GONE if _is_gone(view, field(node, "name")) else STAYS


def _include(view: View, node: Node) -> Fate:
    said = text_of(field(node, "path"))
    return GONE if (view.path, said) in view.gone.includes else STAYS


def _directive(_view: View, _node: Node) -> Fate:
    return STAYS


def _other(view: View, node: Node) -> Fate:
    return fate_by(left_of(view, node))


def _is_gone(view: View, name: Node | None) -> bool:
    return name_is_gone(view.gone, view.tables, view.path, text_of(name))


def _function(view: View, node: Node) -> Fate:
    declarator, body = field(node, "declarator"), field(node, "body")
    if view.type_is_gone(field(node, "type")) or _is_gone(view, name_in(declarator)):
        return GONE
    if declarator is None or body is None:
        return STAYS
    cuts = cuts_in_parameters(view, declarator)
    statements = parts(body)
    fate = fate_of_block(view, statements)
    if fate.gone:
        emptied = Cut(statements[0].start_byte, statements[-1].end_byte)
        return Fate(cuts=(*cuts, emptied))
    return Fate(cuts=cuts + fate.cuts)


_FATES: dict[str, Callable[[View, Node], Fate]] = {
    "declaration": fate_of_declaration,
    "enum_specifier": _specifier,
    "function_definition": _function,
    "preproc_call": _directive,
    "preproc_def": _define,
    "preproc_function_def": _define,
    "preproc_include": _include,
    "struct_specifier": _specifier,
    "type_definition": fate_of_declaration,
    "union_specifier": _specifier,
}
