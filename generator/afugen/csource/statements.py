# SPDX-License-Identifier: GPL-2.0-only
"""Statements of C functions: calls, conditions, branches, and the struct members they read."""

from __future__ import annotations

from tree_sitter import Node

from afugen.csource.cfile import walk
from afugen.csource.names import functions, text


def reads(node: Node) -> set[str]:
    """Return the struct members that are accessed below the node."""
    found = (n.child_by_field_name("field") for n in walk(node) if n.type == "field_expression")
    return {text(field) for field in found}


def called(node: Node) -> set[str]:
    """Return the names that are called below the node."""
    calls = (n for n in walk(node) if n.type == "call_expression")
    return {text(call.child_by_field_name("function")) for call in calls}


def bodies(source: bytes, function: str) -> list[Node]:
    """Return the body of the function of that name; two where an #ifdef decides."""
    found = (n.child_by_field_name("body") for name, n in functions(source) if name == function)
    return [body for body in found if body is not None]


def calls_of(node: Node, name: str) -> list[Node]:
    """Return the calls of a function below a node."""
    return [
        below
        for below in walk(node)
        if below.type == "call_expression" and text(below.child_by_field_name("function")) == name
    ]


def mentions(call: Node, name: str) -> bool:
    """Return whether a variable or a type of that name is among the arguments of a call."""
    arguments = call.child_by_field_name("arguments")
    return arguments is not None and any(
        below.type.endswith("identifier") and text(below) == name for below in walk(arguments)
    )


def branches(head: Node) -> list[Node]:
    """Return the if statements of an else-if chain, the head first."""
    chain = [head]
    while (alternative := chain[-1].child_by_field_name("alternative")) is not None:
        following = [child for child in alternative.named_children if child.type == "if_statement"]
        if not following:
            break
        chain.append(following[0])
    return chain


def assigns_to(node: Node, target: str) -> bool:
    """Return whether anything is assigned to `target` below the node."""
    return any(
        below.type == "assignment_expression" and text(below.child_by_field_name("left")) == target
        for below in walk(node)
    )


def conditions(source: bytes, function: str) -> list[str]:
    """Return the conditions of a function's if statements."""
    return [
        text(node.child_by_field_name("condition"))
        for body in bodies(source, function)
        for node in walk(body)
        if node.type == "if_statement"
    ]
