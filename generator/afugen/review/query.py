# SPDX-License-Identifier: GPL-2.0-only
"""Questions to C code that claims of a review are made of, answered from its syntax tree."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from afugen.csource.cfile import walk
from afugen.csource.names import declared_name, functions, nodes, text


def function(source: bytes, name: str) -> Node | None:
    """The definition of a function."""
    return next((node for found, node in functions(source) if found == name), None)


def struct(source: bytes, name: str) -> Node | None:
    """The definition of a struct."""
    return next(
        (
            node
            for node in nodes(source, "struct_specifier")
            if text(node.child_by_field_name("name")) == name
            and node.child_by_field_name("body") is not None
        ),
        None,
    )


def prototype(source: bytes, name: str) -> Node | None:
    """The declaration of a function."""
    found = (n for n in nodes(source, "function_declarator") if declared_name(n) == name)
    parents = (node.parent for node in found)
    return next((node for node in parents if node is not None and node.type == "declaration"), None)


def squeezed(code: str) -> str:
    """Code without white space, to be compared."""
    return re.sub(r"\s+", "", code)


def line(node: Node) -> int:
    """The line that a node starts in, from 1."""
    return node.start_point[0] + 1


def calls(node: Node, name: str | None = None) -> list[Node]:
    """The calls below a node, in order; `name` is a function's, or a member's through a pointer."""
    found = [inner for inner in walk(node) if inner.type == "call_expression"]
    return [call for call in found if name in (None, callee(call))]


def callee(call: Node) -> str:
    """The function that is called, or the member that points to it."""
    target = call.child_by_field_name("function")
    field = target.child_by_field_name("field") if target is not None else None
    return text(field if field is not None else target)


def uses(node: Node, member: str) -> list[Node]:
    """The accesses to a member below the node."""
    accesses = (inner for inner in walk(node) if inner.type == "field_expression")
    return [a for a in accesses if text(a.child_by_field_name("field")) == member]


def is_called(access: Node) -> bool:
    """Whether an access to a member is there to call what it points to."""
    parent = access.parent
    return (
        parent is not None
        and parent.type == "call_expression"
        and parent.child_by_field_name("function") == access
    )


def callback_parameters(body: Node) -> Iterator[tuple[str, list[tuple[str, str, Node]]]]:
    """Each function pointer of a struct: its name; type, name and node of its parameters."""
    for member in body.named_children:
        pointer = member.child_by_field_name("declarator")
        while pointer is not None and pointer.type == "pointer_declarator":
            pointer = pointer.child_by_field_name("declarator")  # of what it returns
        if pointer is None or pointer.type != "function_declarator":
            continue
        parameters = pointer.child_by_field_name("parameters")
        found = [p for p in parameters.named_children if p.type == "parameter_declaration"] \
            if parameters is not None else []  # fmt: skip
        name = text(next(n for n in walk(pointer) if n.type == "field_identifier"))
        yield name, [_parameter(node) for node in found]


def _parameter(node: Node) -> tuple[str, str, Node]:
    name = declared_name(node.child_by_field_name("declarator"))
    return re.sub(rf"\s*\b{name}$", "", text(node)) if name else text(node), name, node


def comments(source: bytes, node: Node) -> list[Node]:
    """The comments that lead a definition, and those within it."""
    found, first = [n for n in walk(node) if n.type == "comment"], node
    while (above := first.prev_sibling) is not None and above.type == "comment":
        if source[above.end_byte : first.start_byte].count(b"\n") != 1:
            break
        found.insert(0, above)
        first = above
    return found


# What is known where a node is reached.


def known(node: Node, truth: bool) -> Iterator[Node]:  # noqa: FBT001
    """The operands of conditions that are known to be `truth` where the node is evaluated.

    They come from the operators and statements around it, and from what left the function before.
    """
    while (parent := node.parent) is not None and node.type != "function_definition":
        for condition, value in _before(parent, node):
            yield from operands(condition, value, truth)
        node = parent


def _before(parent: Node, child: Node) -> Iterator[tuple[Node, bool]]:
    """Conditions, and what they were, that lie between the start of a node and its child."""
    condition = parent.child_by_field_name("condition")
    if parent.type == "binary_expression" and child == parent.child_by_field_name("right"):
        operator, left = text(parent.child_by_field_name("operator")), parent.named_children[0]
        if operator in ("&&", "||"):
            yield left, operator == "&&"
    elif parent.type in ("if_statement", "conditional_expression", "while_statement"):
        if condition is not None and child != condition:
            yield condition, child != parent.child_by_field_name("alternative")
    elif parent.type == "compound_statement":
        for sibling in parent.named_children:
            if sibling == child:
                break
            if sibling.type == "if_statement" and _only_leaves(sibling):
                yield sibling.child_by_field_name("condition") or sibling, False


def _only_leaves(branch: Node) -> bool:
    return branch.child_by_field_name("alternative") is None and (
        leaving(branch) is not None or last_statement(branch).type in _JUMPS
    )


_JUMPS = ("goto_statement", "break_statement", "continue_statement")


def last_statement(branch: Node) -> Node:
    """The last statement of what an `if` guards."""
    body = branch.child_by_field_name("consequence") or branch
    inner = [child for child in body.named_children if child.type != "comment"]
    return inner[-1] if body.type == "compound_statement" and inner else body


def leaving(branch: Node) -> str | None:
    """What an `if` returns in the end; empty for a bare `return`."""
    last = last_statement(branch)
    if last.type != "return_statement":
        return None
    return text(last.named_children[0]) if last.named_children else ""


def operands(condition: Node, value: bool, truth: bool) -> Iterator[Node]:  # noqa: FBT001
    """The operands that must be `truth` where the condition is `value`."""
    node = bare(condition)
    operator = text(node.child_by_field_name("operator"))
    if node.type == "unary_expression" and operator == "!":
        yield from operands(node.named_children[0], not value, truth)
    elif node.type == "binary_expression" and operator == ("&&" if value else "||"):
        for side in ("left", "right"):
            inner = node.child_by_field_name(side)
            if inner is not None:
                yield from operands(inner, value, truth)
    elif value is truth:
        yield node


_WRAPPERS = ("WARN_ON", "WARN_ON_ONCE", "likely", "unlikely")


def bare(node: Node) -> Node:
    """A condition without parentheses and without macros that give its value back."""
    while True:
        if node.type == "parenthesized_expression":
            node = node.named_children[0]
        elif node.type == "call_expression" and callee(node) in _WRAPPERS:
            arguments = node.child_by_field_name("arguments")
            if arguments is None or len(arguments.named_children) != 1:
                return node
            node = arguments.named_children[0]
        else:
            return node


def alternatives(condition: Node) -> list[set[str]]:
    """For each operand that all of a condition hangs on: what makes it true, without spaces."""
    node = bare(condition)
    operator = text(node.child_by_field_name("operator"))
    if node.type == "binary_expression" and operator == "&&":
        sides = [node.child_by_field_name(side) for side in ("left", "right")]
        return [found for side in sides if side is not None for found in alternatives(side)]
    return [set(_disjuncts(node))]


def _disjuncts(condition: Node) -> Iterator[str]:
    node = bare(condition)
    sides = [node.child_by_field_name(side) for side in ("left", "right")]
    if node.type == "binary_expression" and text(node.child_by_field_name("operator")) == "||":
        for side in sides:
            if side is not None:
                yield from _disjuncts(side)
    else:
        yield squeezed(text(node))


def member(node: Node, body: Node) -> str:
    """The member that an expression is, be it through a variable of the function's."""
    if node.type == "field_expression":
        return text(node.child_by_field_name("field"))
    for inner in walk(body):
        target, value = _assigned(inner)
        if target == text(node) and value is not None and value.type == "field_expression":
            return text(value.child_by_field_name("field"))
    return text(node)


def _assigned(node: Node) -> tuple[str, Node | None]:
    if node.type == "init_declarator":
        return declared_name(node), node.child_by_field_name("value")
    if node.type == "assignment_expression":
        return text(node.child_by_field_name("left")), node.child_by_field_name("right")
    return "", None


def statement(node: Node) -> Node:
    """The statement of a block that a node is part of."""
    while node.parent is not None and node.parent.type != "compound_statement":
        node = node.parent
    return node


def longest_paragraph(source: bytes, block: Node) -> int:
    """The most statements of a block that stand without a blank line between them."""
    longest = current = 0
    end = block.start_byte
    for child in block.named_children:
        between = source[end : child.start_byte]
        current = current + 1 if between.count(b"\n") < 2 else 1
        longest, end = max(longest, current), child.end_byte
    return longest
