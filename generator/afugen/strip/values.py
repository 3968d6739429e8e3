# SPDX-License-Identifier: GPL-2.0-only
"""What is left of an expression.

Whatever is gone has no value: it counts as 0, NULL or false, and what is computed from it goes
with it. So `a && gone` is false, `a || gone` is `a`, `!gone` is true, and a call that is given
something gone is not made.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from tree_sitter import Node

from afugen.strip.syntax import (
    field,
    from_list,
    inner,
    is_zero,
    name_in,
    owned_end,
    owned_start,
    parts,
    text_of,
)
from afugen.strip.text import Cut, whole_lines
from afugen.strip.view import View


class Worth(Enum):
    """What an expression is worth without what is gone."""

    KEPT = "kept"
    ABSENT = "absent"  # 0, NULL or false
    PRESENT = "present"  # true: that something gone is not there


@dataclass(frozen=True, slots=True)
class Left:
    """An expression's worth, and if it is kept, the cuts that make it what is left of it."""

    worth: Worth = Worth.KEPT
    cuts: tuple[Cut, ...] = ()

    @property
    def kept(self) -> bool:
        """Whether any of it stays."""
        return self.worth is Worth.KEPT


KEPT, ABSENT, PRESENT = Left(), Left(Worth.ABSENT), Left(Worth.PRESENT)

# `empty(gone)` is true, not false
_EMPTINESS = re.compile(r"(?:\w*_)?(?:is_)?empty(?:_\w+)?\Z|IS_ERR_OR_NULL\Z")
_TAG_ARGUMENT = re.compile(r"\bstruct\s+(\w+)\s*,\s*(\w*)")
_HINTS = ("likely", "unlikely")


def left_of(view: View, node: Node | None) -> Left:
    """What is left of an expression."""
    if node is None:
        return KEPT
    return _LEFT_OF.get(node.type, _all_of)(view, node)


def _all_of(view: View, node: Node) -> Left:
    """An expression that needs each of its parts."""
    cuts: tuple[Cut, ...] = ()
    for child in parts(node):
        left = left_of(view, child)
        if not left.kept:
            return ABSENT
        cuts += left.cuts
    return Left(cuts=cuts)


def _name(view: View, node: Node) -> Left:
    return ABSENT if view.name_is_gone(node) else KEPT


def _type(view: View, node: Node) -> Left:
    return ABSENT if view.type_is_gone(node) else KEPT


def _member(view: View, node: Node) -> Left:
    return ABSENT if view.member_is_gone(node) else left_of(view, field(node, "argument"))


def _parenthesized(view: View, node: Node) -> Left:
    left = _all_of(view, node) if len(parts(node)) != 1 else left_of(view, parts(node)[0])
    nested = node.parent is not None and node.parent.type in (
        "binary_expression",
        "unary_expression",
        "parenthesized_expression",
    )
    if left.cuts and nested and not _still_binary(parts(node)[0], left.cuts):
        edges = (
            Cut(node.start_byte, node.start_byte + 1),
            Cut(node.end_byte - 1, node.end_byte),
        )
        return replace(left, cuts=left.cuts + edges)
    return left


def _still_binary(node: Node, cuts: tuple[Cut, ...]) -> bool:
    """Whether an operator of the expression outlives the cuts at its own level."""
    if node.type != "binary_expression":
        return True
    left, right = field(node, "left") or node, field(node, "right") or node
    for kept, dropped in ((left, right), (right, left)):
        if any(cut.start <= dropped.start_byte and dropped.end_byte <= cut.end for cut in cuts):
            return kept.type == "binary_expression" and _still_binary(kept, cuts)
    return True


def _unary(view: View, node: Node) -> Left:
    left = left_of(view, field(node, "argument"))
    if left.kept or text_of(field(node, "operator")) != "!":
        return left if left.kept else ABSENT
    return PRESENT if left.worth is Worth.ABSENT else ABSENT


def _binary(view: View, node: Node) -> Left:
    operator = text_of(field(node, "operator"))
    left, right = (left_of(view, field(node, side)) for side in ("left", "right"))
    if left.kept and right.kept:
        return Left(cuts=left.cuts + right.cuts)
    worths = (left.worth, right.worth)
    if operator in ("&&", "||"):
        decides = Worth.ABSENT if operator == "&&" else Worth.PRESENT
        if decides in worths:
            return Left(decides)
        return _remaining(node, left, right)
    if operator in ("==", "!=", "<=", ">="):
        return _comparison(node, operator)
    if operator in ("+", "|", "^") or (operator == "-" and left.kept):
        return _remaining(node, left, right)
    return ABSENT


def _remaining(node: Node, left: Left, right: Left) -> Left:
    """The operand that is kept, without the operator; or what both are worth."""
    first, second = field(node, "left") or node, field(node, "right") or node
    if left.kept:
        return Left(cuts=(*left.cuts, Cut(first.end_byte, second.end_byte)))
    if right.kept:
        return Left(cuts=(Cut(first.start_byte, second.start_byte), *right.cuts))
    return left


def _comparison(node: Node, operator: str) -> Left:
    """Nothing equals nothing, and no other value: `type == GONE` is false, `gone == 0` true."""
    with_nothing = is_zero(field(node, "left")) or is_zero(field(node, "right"))
    if operator == "!=":
        return ABSENT if with_nothing else PRESENT
    return PRESENT if with_nothing else ABSENT


def _conditional(view: View, node: Node) -> Left:
    condition = left_of(view, field(node, "condition"))
    yes, no = field(node, "consequence"), field(node, "alternative")
    if no is None:
        return _all_of(view, node)
    if condition.kept:
        left_yes, left_no = left_of(view, yes), left_of(view, no)
        if left_yes.kept and left_no.kept:
            return Left(cuts=condition.cuts + left_yes.cuts + left_no.cuts)
        taken = no if left_no.kept else yes
    else:
        taken = no if condition.worth is Worth.ABSENT else yes
    if taken is None:
        return condition
    left = left_of(view, taken)
    if not left.kept:
        return left
    before = Cut(node.start_byte, taken.start_byte)
    after = Cut(taken.end_byte, node.end_byte)
    return Left(cuts=(before, *left.cuts, *((after,) if after.start < after.end else ())))


def _call(view: View, node: Node) -> Left:
    function, arguments = field(node, "function"), field(node, "arguments")
    called = left_of(view, function)
    if not called.kept or arguments is None:
        return called
    if _names_gone_member(view, arguments):
        return ABSENT
    name = text_of(function if function is None else name_of_called(function))
    items = parts(arguments)
    doomed = [item for i, item in enumerate(items) if view.parameter_is_gone(name, i)]
    cuts = called.cuts + tuple(from_list(items, doomed))
    for item in items:
        if item in doomed:
            continue
        left = left_of(view, item)
        if not left.kept:
            if name in _HINTS:
                return left
            return PRESENT if _EMPTINESS.match(name) else ABSENT
        cuts += left.cuts
    return Left(cuts=cuts)


def _names_gone_member(view: View, arguments: Node) -> bool:
    """Whether arguments are those of container_of or the like: `struct TAG` and its member."""
    for tag, member in _TAG_ARGUMENT.findall(text_of(arguments)):
        if tag in view.gone.tags or (tag, member) in view.gone.members:
            return True
    return False


def _macro(view: View, node: Node) -> Left:
    """What looks like a type made by a macro may be a call that is given a type."""
    return ABSENT if _names_gone_member(view, node) else _all_of(view, node)


def name_of_called(function: Node) -> Node | None:
    """The name of the function or of the member that a call goes through."""
    function = inner(function)
    if function.type == "field_expression":
        return field(function, "field")
    return name_in(function) if function.type == "identifier" else None


def _assignment(view: View, node: Node) -> Left:
    target = left_of(view, field(node, "left"))
    assigned = left_of(view, field(node, "right"))
    if target.kept and assigned.kept:
        return Left(cuts=target.cuts + assigned.cuts)
    return ABSENT


def _comma(view: View, node: Node) -> Left:
    first, second = (left_of(view, field(node, side)) for side in ("left", "right"))
    if first.kept and second.kept:
        return Left(cuts=first.cuts + second.cuts)
    return _remaining(node, first, second)


def _compound_literal(view: View, node: Node) -> Left:
    described = left_of(view, field(node, "type"))
    values = field(node, "value")
    if not described.kept or values is None:
        return described
    return left_of_list(view, values, view.type_of(node))


def _offsetof(view: View, node: Node) -> Left:
    described = field(node, "type")
    specifier = field(described, "type") if described is not None else None
    if view.type_is_gone(specifier):
        return ABSENT
    tag = text_of(field(specifier, "name")) if specifier is not None else ""
    gone = (tag, text_of(field(node, "member"))) in view.gone.members
    return ABSENT if gone else KEPT


def left_of_list(view: View, node: Node, tag: str = "") -> Left:
    """What is left of the values in braces; `tag` is the struct that they initialise, if one."""
    items = parts(node)
    cuts: tuple[Cut, ...] = ()
    doomed = []
    for item in items:
        left = _initializer(view, item, tag)
        if left.kept:
            cuts += left.cuts
        else:
            doomed.append(item)
    if items and len(doomed) == len(items):
        return ABSENT
    return Left(cuts=cuts + tuple(in_commas(view.text.source, items, doomed)))


def in_commas(source: bytes, items: list[Node], doomed: list[Node]) -> list[Cut]:
    """The cuts that take items out of a list that may end in a comma.

    An item with lines of its own goes with its comma and its comments.
    """
    cuts = []
    for item in doomed:
        start, end = whole_lines(source, owned_start(item), owned_end(item))
        opens = start == 0 or source[start - 1 : start] == b"\n"
        if opens and source[end - 1 : end] == b"\n":
            cuts.append(Cut(start, end))
        else:
            index = items.index(item)
            cuts += [cut for cut in from_list(items, doomed) if _touches(cut, items, index)]
    return cuts


def _touches(cut: Cut, items: list[Node], index: int) -> bool:
    return cut.start <= items[index].start_byte and items[index].end_byte <= cut.end


def _initializer(view: View, item: Node, tag: str) -> Left:
    if item.type == "initializer_list":
        return left_of_list(view, item, tag)
    if item.type != "initializer_pair":
        return left_of(view, item)
    for designator in item.children_by_field_name("designator"):
        if designator.type == "field_designator":
            if (tag, text_of(designator).lstrip(". ")) in view.gone.members:
                return ABSENT
        elif not left_of(view, designator).kept:
            return ABSENT
    below = field(item, "value")
    if below is not None and below.type == "initializer_list":
        inner_tag = _tag_of_designated(view, item, tag)
        return left_of_list(view, below, inner_tag)
    return left_of(view, below)


def _tag_of_designated(view: View, item: Node, tag: str) -> str:
    designators = item.children_by_field_name("designator")
    if designators and designators[0].type == "field_designator":
        member = text_of(designators[0]).lstrip(". ")
        return view.tables.resolved(view.tables.members.get(tag, {}).get(member, ""))
    return tag


_LEFT_OF: dict[str, Callable[[View, Node], Left]] = {
    "assignment_expression": _assignment,
    "binary_expression": _binary,
    "call_expression": _call,
    "comma_expression": _comma,
    "compound_literal_expression": _compound_literal,
    "conditional_expression": _conditional,
    "enum_specifier": _type,
    "field_expression": _member,
    "identifier": _name,
    "initializer_list": left_of_list,
    "macro_type_specifier": _macro,
    "offsetof_expression": _offsetof,
    "parenthesized_expression": _parenthesized,
    "struct_specifier": _type,
    "type_identifier": _name,
    "unary_expression": _unary,
    "union_specifier": _type,
}
