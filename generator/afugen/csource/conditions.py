# SPDX-License-Identifier: GPL-2.0-only
"""Conditions: the names that they depend on, and the code that depends on them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from tree_sitter import Node

from afugen.csource.cfile import walk
from afugen.csource.names import text

# These are false for a false argument.
_PASSES = re.compile(
    r"(un)?likely|(READ|ACCESS)_ONCE|rcu_dereference\w*|smp_load_acquire|atomic\w*_read\w*"
)


def holds_only_with(node: Node, names: Collection[str]) -> bool:
    """Return whether an expression reads nothing but these names, and is false without them.

    A name is a member, which is zero without the feature, a constant, which nothing equals then,
    or a function of the feature.
    """
    if node.type == "parenthesized_expression":
        return all(holds_only_with(inner, names) for inner in code_in(node))
    if node.type == "field_expression":
        return text(node.child_by_field_name("field")) in names
    if node.type == "call_expression":
        arguments = code_in(node.child_by_field_name("arguments"))
        function = text(node.child_by_field_name("function"))
        if function in names:
            return True
        return bool(_PASSES.fullmatch(function) and arguments) and all(
            holds_only_with(_pointed_to(argument), names) for argument in arguments
        )
    return node.type == "binary_expression" and _comparison_holds_only_with(node, names)


def _pointed_to(argument: Node) -> Node:
    """Return the operand of an address-of operator, or the argument itself."""
    inner = argument.child_by_field_name("argument")
    is_address = argument.type == "pointer_expression" and text(argument).startswith("&")
    return inner if is_address and inner is not None else argument


def _comparison_holds_only_with(node: Node, names: Collection[str]) -> bool:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    operator = text(node.child_by_field_name("operator"))
    if left is None or right is None:
        return False
    if operator in ("&&", "||"):
        return holds_only_with(left, names) and holds_only_with(right, names)
    if operator == "==":
        return text(left) in names or text(right) in names
    return operator in ("!=", ">") and text(right) in ("0", "NULL") and holds_only_with(left, names)


def code_in(node: Node | None) -> list[Node]:
    """Return the named children of a node that are no comments."""
    return [child for child in node.named_children if child.type != "comment"] if node else []


def conditions_on(body: Node, names: Collection[str]) -> Iterator[Node]:
    """Return the largest expressions that hold only with these names and read all of them."""
    for node in walk(body):
        above = node.parent
        is_largest = above is not None and not holds_only_with(above, names)
        if is_largest and holds_only_with(node, names) and {*names} <= {*map(text, walk(node))}:
            yield node


def guarded_by(condition: Node) -> Node | tuple[int, int] | None:
    """Return the code that never runs, or an operand that never counts, if a condition never holds.

    It is a whole statement, or a range of bytes; None where the rest would not be C, or would not
    do as before.
    """
    above = condition.parent
    if above is not None and above.type == "binary_expression":
        return _operand(condition, above)
    if above is None or above.type != "if_statement":
        return None
    return _branch(above) if above.child_by_field_name("condition") == condition else None


def _operand(node: Node, above: Node) -> tuple[int, int] | None:
    left, right = above.child_by_field_name("left"), above.child_by_field_name("right")
    if text(above.child_by_field_name("operator")) != "||" or left is None or right is None:
        return None
    if any(child.type == "comment" for child in above.children):
        return None
    return (left.start_byte, right.start_byte) if node == left else (left.end_byte, right.end_byte)


def _branch(branch: Node) -> Node | tuple[int, int] | None:
    above, alternative = branch.parent, branch.child_by_field_name("alternative")
    if above is not None and above.type == "else_clause":
        previous = above.parent.child_by_field_name("consequence") if above.parent else None
        own = branch.child_by_field_name("consequence")
        return (previous.end_byte, own.end_byte) if previous and own else None
    if alternative is not None:
        return branch.start_byte, code_in(alternative)[0].start_byte
    return branch if above is not None and above.type == "compound_statement" else None
