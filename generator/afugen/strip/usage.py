# SPDX-License-Identifier: GPL-2.0-only
"""What a file or a function uses, and how often."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from tree_sitter import Node

from afugen.csource.cfile import walk
from afugen.strip.syntax import (
    SPECIFIERS,
    field,
    is_zero,
    name_in,
    nodes_of,
    text_of,
    tokens,
    within,
)
from afugen.strip.view import declared_at

# macros that set the variable they are given by name
_SETS_ITS_ARGUMENT = re.compile(r"for_each|irq_?save|\w*get_user\Z|rdmsr|do_div")


@dataclass(frozen=True, slots=True)
class Uses:
    """How a variable is used: `unknown` are uses that may read and write."""

    reads: int = 0
    writes: int = 0
    unknown: int = 0

    @property
    def any(self) -> bool:
        """Whether it is used at all."""
        return bool(self.reads or self.writes or self.unknown)


def uses_of(function: Node, name: Node) -> Uses:
    """How a variable declared in the function is used there."""
    declaration = within(name, "declaration")
    found = Counter[str]()
    for node in walk(function):
        if node.type != "identifier" or node.text != name.text or node == name:
            continue
        if declared_at(node) == declaration:
            found[_manner(node)] += 1
    initial = within(name, "init_declarator")
    value = field(initial, "value") if initial is not None else None
    writes = found["write"] + (value is not None and not is_zero(value))
    return Uses(found["read"], writes, found["unknown"])


def _manner(node: Node) -> str:
    target, parent = node, node.parent
    while parent is not None and _selects_part_of(parent, target):
        target, parent = parent, parent.parent
    if parent is None:
        return "read"
    if parent.type == "assignment_expression" and field(parent, "left") == target:
        return "write" if _is_statement(parent) else "unknown"
    if parent.type == "update_expression":
        return "write" if _is_statement(parent) else "unknown"
    if parent.type == "pointer_expression" and text_of(parent).startswith("&"):
        return "unknown"
    if parent.type == "argument_list" and parent.parent is not None:
        function = text_of(field(parent.parent, "function"))
        return "unknown" if _SETS_ITS_ARGUMENT.search(function) else "read"
    return "read"


def _is_statement(expression: Node) -> bool:
    parent = expression.parent
    return parent is not None and parent.type == "expression_statement"


def _selects_part_of(parent: Node, target: Node) -> bool:
    if field(parent, "argument") != target:
        return False
    by_dot = parent.type == "field_expression" and text_of(field(parent, "operator")) == "."
    return by_dot or parent.type == "subscript_expression"


def reached(source: bytes, own: frozenset[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of a file's own names, as ("tag" or "name", word), something that others see uses.

    What stands in the definition of one of them counts as used if that one is.
    """
    edges: dict[tuple[str, str] | None, set[tuple[str, str]]] = {}
    for node in nodes_of(source):
        used = _used_by(node) & own
        if used:
            edges.setdefault(_definer(node, own), set()).update(used)
    found, pending = set[tuple[str, str]](), [*edges.get(None, ())]
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += edges.get(name, ())
    return found


def _used_by(node: Node) -> set[tuple[str, str]]:
    if node.type == "preproc_arg":
        words = [word for before, word in tokens(node) if not before]
        return {(space, word) for space in ("name", "tag") for word in words}
    if node.type in ("identifier", "type_identifier") and not _declares(node):
        return {("tag" if _is_tag(node) else "name", text_of(node))}
    return set()


def _definer(node: Node, own: frozenset[tuple[str, str]]) -> tuple[str, str] | None:
    """The outermost of the file's own names that the node helps to define."""
    found, outer = None, node.parent
    while outer is not None:
        for name in _defined_by(outer):
            if name in own:
                found = name
        outer = outer.parent
    return found


def _defined_by(node: Node) -> list[tuple[str, str]]:
    if node.type in ("preproc_def", "preproc_function_def"):
        return [("name", text_of(field(node, "name")))]
    if node.type in SPECIFIERS and field(node, "body") is not None:
        return [("tag", text_of(field(node, "name")))]
    if node.type in ("function_definition", "declaration", "type_definition"):
        declared = node.children_by_field_name("declarator")
        local = within(node, "compound_statement") is not None
        return [] if local else [("name", text_of(name_in(d))) for d in declared]
    return []


def _declares(node: Node) -> bool:
    parent = node.parent
    if parent is None or parent.type in ("preproc_def", "preproc_function_def", "enumerator"):
        return parent is not None and field(parent, "name") == node
    if parent.type in SPECIFIERS:
        return field(parent, "body") is not None
    declaration = within(node, "declaration", "function_definition", "type_definition")
    if declaration is None:
        return False
    return any(name_in(d) == node for d in declaration.children_by_field_name("declarator"))


def _is_tag(node: Node) -> bool:
    return node.parent is not None and node.parent.type in SPECIFIERS


@lru_cache(maxsize=512)
def words_used(source: bytes) -> frozenset[tuple[str, str]]:
    """What a file uses or itself declares again, as ("tag" or "name", word)."""
    found = set()
    for node in nodes_of(source):
        if node.type == "preproc_arg":
            for before, word in tokens(node):
                if not before:
                    found |= {("name", word), ("tag", word)}
        elif node.type in ("identifier", "type_identifier"):
            found.add(("tag" if _is_tag(node) else "name", text_of(node)))
    return frozenset(found)
