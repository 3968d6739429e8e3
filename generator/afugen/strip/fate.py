# SPDX-License-Identifier: GPL-2.0-only
"""What becomes of a piece of a file, and of the #ifdef around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tree_sitter import Node

from afugen.strip.syntax import field, owned_end, owned_start, parts
from afugen.strip.text import Cut, whole_lines
from afugen.strip.values import ABSENT, PRESENT, Left, Worth, left_of
from afugen.strip.view import View


@dataclass(frozen=True, slots=True)
class Fate:
    """Nothing is left, or what the cuts leave; `ends`: that now always jumps away."""

    gone: bool = False
    cuts: tuple[Cut, ...] = ()
    ends: bool = False


GONE, STAYS = Fate(gone=True), Fate()

FateOfAll = Callable[[View, list[Node]], Fate]


def fate_by(left: Left) -> Fate:
    """The fate of what an expression is all of."""
    return Fate(cuts=left.cuts) if left.kept else GONE


def cut_of(view: View, node: Node) -> Cut:
    """The cut that takes out a node with its comments, and its lines if they are its own."""
    return Cut(*whole_lines(view.text.source, owned_start(node), owned_end(node)))


def all_of(view: View, nodes: list[Node], fates: list[Fate]) -> Fate:
    """What becomes of nodes that follow each other, by what becomes of each."""
    if nodes and all(fate.gone for fate in fates):
        return GONE
    cuts: list[Cut] = []
    for node, fate in zip(nodes, fates, strict=True):
        cuts += [cut_of(view, node)] if fate.gone else fate.cuts
    return Fate(cuts=tuple(cuts), ends=any(fate.ends for fate in fates))


def fate_of_conditional(view: View, node: Node, fate_of_all: FateOfAll) -> Fate:
    """What becomes of an #ifdef or #if (or of the #else or #elif in one) and what it encloses."""
    left, items = _condition(view, node), _items(node)
    otherwise = field(node, "alternative")
    if left.worth is Worth.ABSENT:
        return _else_only(view, node, otherwise, fate_of_all)
    fate = fate_of_all(view, items)
    if left.worth is Worth.PRESENT:
        return GONE if fate.gone else Fate(cuts=(*_without_directives(view, node), *fate.cuts))
    other = fate_of_conditional(view, otherwise, fate_of_all) if otherwise is not None else GONE
    if other.gone and (fate.gone or not items):
        return GONE if items or otherwise is not None else STAYS
    cuts = left.cuts + (fate.cuts if not fate.gone else tuple(cut_of(view, i) for i in items))
    if otherwise is not None and other.gone:
        end = otherwise.end_byte
        return Fate(cuts=(*cuts, Cut(_line_start(view, otherwise.start_byte), end)))
    return Fate(cuts=cuts + other.cuts)


def _condition(view: View, node: Node) -> Left:
    name = field(node, "name")
    if name is None:
        return left_of(view, field(node, "condition"))
    left = left_of(view, name)
    inverted = node.children[0].type.endswith("ndef")
    return left if left.kept or not inverted else (PRESENT if left == ABSENT else ABSENT)


def _items(node: Node) -> list[Node]:
    heads = [field(node, name) for name in ("name", "condition", "alternative")]
    return [child for child in parts(node) if child not in heads]


def _else_only(view: View, node: Node, otherwise: Node | None, fate_of_all: FateOfAll) -> Fate:
    if otherwise is None:
        return GONE
    fate = fate_of_conditional(view, otherwise, fate_of_all)
    if fate.gone:
        return GONE
    if otherwise.type != "preproc_else":  # #elif becomes #if, or the #elif before it goes on
        if node.type == "preproc_elif":
            return Fate(cuts=(Cut(node.start_byte, otherwise.start_byte), *fate.cuts))
        word = otherwise.children[0]
        return Fate(cuts=(Cut(node.start_byte, word.end_byte, b"#if"), *fate.cuts))
    if node.type == "preproc_elif":
        return Fate(cuts=(Cut(node.start_byte, otherwise.start_byte), *fate.cuts))
    source = view.text.source
    head = Cut(_line_start(view, node.start_byte), _line_end(source, otherwise.start_byte))
    return Fate(cuts=(head, _endif(view, node), *fate.cuts))


def _without_directives(view: View, node: Node) -> tuple[Cut, ...]:
    source = view.text.source
    head = Cut(_line_start(view, node.start_byte), _line_end(source, node.start_byte))
    otherwise = field(node, "alternative")
    if otherwise is None:
        return (head, _endif(view, node))
    tail = Cut(_line_start(view, otherwise.start_byte), _line_end(source, node.end_byte - 1))
    return (head, tail)


def _endif(view: View, node: Node) -> Cut:
    last = next(child for child in reversed(node.children) if child.type == "#endif")
    source = view.text.source
    return Cut(_line_start(view, last.start_byte), _line_end(source, last.start_byte))


def _line_start(view: View, offset: int) -> int:
    return view.text.source.rfind(b"\n", 0, offset) + 1


def _line_end(source: bytes, offset: int) -> int:
    end = source.find(b"\n", offset)
    return len(source) if end < 0 else end + 1
