# SPDX-License-Identifier: GPL-2.0-only
"""Questions to C code that the claims of a review need, answered from its syntax tree."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from afugen.csource.cfile import walk
from afugen.csource.names import declared_name, functions, nodes, text

_JUMPS = ("goto_statement", "break_statement", "continue_statement")
# Macros that return the value of their only argument.
_WRAPPERS = ("WARN_ON", "WARN_ON_ONCE", "likely", "unlikely")


def find_function(source: bytes, name: str) -> Node | None:
    """Return the definition of a function."""
    return next((node for found, node in functions(source) if found == name), None)


def find_struct(source: bytes, name: str) -> Node | None:
    """Return the definition of a struct."""
    for node in nodes(source, "struct_specifier"):
        if text(_child(node, "name")) == name and _child(node, "body") is not None:
            return node
    return None


def find_prototype(source: bytes, name: str) -> Node | None:
    """Return the declaration of a function."""
    found = (n for n in nodes(source, "function_declarator") if declared_name(n) == name)
    parents = (node.parent for node in found)
    return next((node for node in parents if node is not None and node.type == "declaration"), None)


def _child(node: Node, field: str) -> Node | None:
    return node.child_by_field_name(field)


def without_spaces(code: str) -> str:
    """Return code without white space, for comparison."""
    return re.sub(r"\s+", "", code)


def line_of(node: Node) -> int:
    """Return the line where a node starts, from 1."""
    return node.start_point[0] + 1


def calls_in(node: Node, name: str | None = None) -> list[Node]:
    """Return the calls in a node, in order, or only those of one function or function pointer."""
    found = [inner for inner in walk(node) if inner.type == "call_expression"]
    return [call for call in found if name in (None, callee(call))]


def callee(call: Node) -> str:
    """Return the name of the called function, or of the struct member that points to it."""
    target = _child(call, "function")
    member = _child(target, "field") if target is not None else None
    return text(member if member is not None else target)


def member_accesses(node: Node, member: str) -> list[Node]:
    """Return the expressions in a node that access a struct member."""
    accesses = (inner for inner in walk(node) if inner.type == "field_expression")
    return [access for access in accesses if text(_child(access, "field")) == member]


def is_callee(access: Node) -> bool:
    """Return whether an access to a member calls the function that the member points to."""
    parent = access.parent
    return (
        parent is not None
        and parent.type == "call_expression"
        and _child(parent, "function") == access
    )


def callback_parameters(body: Node) -> Iterator[tuple[str, list[tuple[str, str, Node]]]]:
    """Return each function pointer of a struct: its name; type, name and node per parameter."""
    for member in body.named_children:
        declarator = _child(member, "declarator")
        while declarator is not None and declarator.type == "pointer_declarator":
            declarator = _child(declarator, "declarator")  # skip the `*` of the return type
        if declarator is None or declarator.type != "function_declarator":
            continue
        name = text(next(n for n in walk(declarator) if n.type == "field_identifier"))
        parameters = _child(declarator, "parameters")
        children = parameters.named_children if parameters is not None else []
        yield name, [_parameter(p) for p in children if p.type == "parameter_declaration"]


def _parameter(node: Node) -> tuple[str, str, Node]:
    name = declared_name(_child(node, "declarator"))
    return re.sub(rf"\s*\b{name}$", "", text(node)) if name else text(node), name, node


def comments_of(source: bytes, node: Node) -> list[Node]:
    """Return the comments right above a definition, and those within it."""
    found, first = [n for n in walk(node) if n.type == "comment"], node
    while (above := first.prev_sibling) is not None and above.type == "comment":
        if source[above.end_byte : first.start_byte].count(b"\n") != 1:
            break
        found.insert(0, above)
        first = above
    return found


# Conditions that hold where a node is evaluated.


def known_conditions(node: Node, value: bool) -> Iterator[Node]:  # noqa: FBT001
    """Return the operands of conditions that have this value where the node is evaluated.

    They belong to the operators and statements around the node, and to earlier `if` statements
    that leave the function or the block.
    """
    while (parent := node.parent) is not None and node.type != "function_definition":
        for condition, known in _guards(parent, node):
            yield from _implied_operands(condition, known, value)
        node = parent


def _guards(parent: Node, child: Node) -> Iterator[tuple[Node, bool]]:
    """Return the conditions that guard a child of a node, with the value they have there."""
    condition = _child(parent, "condition")
    if parent.type == "binary_expression" and child == _child(parent, "right"):
        operator, left = text(_child(parent, "operator")), parent.named_children[0]
        if operator in ("&&", "||"):
            yield left, operator == "&&"
    elif parent.type in ("if_statement", "conditional_expression", "while_statement"):
        if condition is not None and child != condition:
            yield condition, child != _child(parent, "alternative")
    elif parent.type == "compound_statement":
        for sibling in parent.named_children:
            if sibling == child:
                break
            if sibling.type == "if_statement" and _always_leaves(sibling):
                yield _child(sibling, "condition") or sibling, False


def _always_leaves(branch: Node) -> bool:
    return _child(branch, "alternative") is None and (
        returned_value(branch) is not None or _last_statement(branch).type in _JUMPS
    )


def _last_statement(branch: Node) -> Node:
    body = _child(branch, "consequence") or branch
    inner = [child for child in body.named_children if child.type != "comment"]
    return inner[-1] if body.type == "compound_statement" and inner else body


def returned_value(branch: Node) -> str | None:
    """Return what an `if` branch returns at its end: empty for a bare `return`, None for none."""
    last = _last_statement(branch)
    if last.type != "return_statement":
        return None
    return text(last.named_children[0]) if last.named_children else ""


def _implied_operands(condition: Node, known: bool, value: bool) -> Iterator[Node]:  # noqa: FBT001
    """Return the operands that must have a value where the condition has the known one."""
    node = _unwrapped(condition)
    operator = text(_child(node, "operator"))
    if node.type == "unary_expression" and operator == "!":
        yield from _implied_operands(node.named_children[0], not known, value)
    elif node.type == "binary_expression" and operator == ("&&" if known else "||"):
        for side in _operands(node):
            yield from _implied_operands(side, known, value)
    elif known is value:
        yield node


def _operands(node: Node) -> list[Node]:
    sides = (_child(node, side) for side in ("left", "right"))
    return [side for side in sides if side is not None]


def _unwrapped(node: Node) -> Node:
    """Return a condition without parentheses and without macros that return its value."""
    while True:
        if node.type == "parenthesized_expression":
            node = node.named_children[0]
        elif node.type == "call_expression" and callee(node) in _WRAPPERS:
            arguments = _child(node, "arguments")
            if arguments is None or len(arguments.named_children) != 1:
                return node
            node = arguments.named_children[0]
        else:
            return node


def clauses(condition: Node) -> list[set[str]]:
    """Return the `||` operands of each `&&` operand of a condition, without white space."""
    return [
        {without_spaces(text(operand)) for operand in _split(clause, "||")}
        for clause in _split(condition, "&&")
    ]


def _split(condition: Node, operator: str) -> Iterator[Node]:
    node = _unwrapped(condition)
    if node.type == "binary_expression" and text(_child(node, "operator")) == operator:
        for side in _operands(node):
            yield from _split(side, operator)
    else:
        yield node


def member_name(node: Node, body: Node) -> str:
    """Return the member that an expression reads, also through a local variable of the function."""
    if node.type == "field_expression":
        return text(_child(node, "field"))
    for inner in walk(body):
        target, value = _assignment(inner)
        if target == text(node) and value is not None and value.type == "field_expression":
            return text(_child(value, "field"))
    return text(node)


def _assignment(node: Node) -> tuple[str, Node | None]:
    if node.type == "init_declarator":
        return declared_name(node), _child(node, "value")
    if node.type == "assignment_expression":
        return text(_child(node, "left")), _child(node, "right")
    return "", None


def enclosing_statement(node: Node) -> Node:
    """Return the statement of a block that a node is part of."""
    while node.parent is not None and node.parent.type != "compound_statement":
        node = node.parent
    return node


def longest_paragraph(source: bytes, block: Node) -> int:
    """Return the largest number of statements of a block without a blank line between them."""
    longest = current = 0
    end = block.start_byte
    for child in block.named_children:
        between = source[end : child.start_byte]
        current = current + 1 if between.count(b"\n") < 2 else 1
        longest, end = max(longest, current), child.end_byte
    return longest
