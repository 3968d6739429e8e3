# SPDX-License-Identifier: GPL-2.0-only
"""Anchors at the statements of a function."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from afugen.anchors.canchor import (
    Argument,
    Callee,
    assigns_to,
    bodies,
    called,
    conditions,
    lines_of,
    nearest,
    reads,
)
from afugen.anchors.place import Place
from afugen.csource.cfile import walk
from afugen.csource.names import text


@dataclass(frozen=True, slots=True)
class Statement(Argument):
    """The statement that such a call is."""

    def __str__(self) -> str:
        return f'statement("{self.function}", "{self.callee}", mentions="{self.mentions}")'

    def places(self, source: bytes) -> list[Place]:
        """As whole lines."""
        calls = (arguments.parent for arguments in self.matching(source))
        return [lines_of(source, call.parent) for call in calls if call and call.parent]


@dataclass(frozen=True, slots=True)
class ConditionOn:
    """The condition in `function` that calls `to` and accesses no members but `reads`."""

    function: str
    to: Callee
    reads: tuple[str, ...]

    def __str__(self) -> str:
        return f'condition_on("{self.function}", to={self.to}, reads={list(self.reads)})'

    def places(self, source: bytes) -> list[Place]:
        """The bytes between the parentheses."""
        wanted = set(self.to.names(source))
        return [
            Place(condition.start_byte + 1, condition.end_byte - 1, inline=True)
            for body in bodies(source, self.function)
            for node in walk(body)
            if node.type == "if_statement"
            and (condition := node.child_by_field_name("condition")) is not None
            and wanted & called(condition)
            and reads(condition) <= set(self.reads)
        ]

    def candidates(self, source: bytes) -> list[str]:
        """The conditions in the function."""
        return conditions(source, self.function)


@dataclass(frozen=True, slots=True)
class Enclosing:
    """The statement of `function`'s own block that encloses a call."""

    function: str
    call: str

    def __str__(self) -> str:
        return f'enclosing("{self.function}", call="{self.call}")'

    def places(self, source: bytes) -> list[Place]:
        """As whole lines."""
        return [
            lines_of(source, node)
            for body in bodies(source, self.function)
            for node in body.named_children
            if self.call in called(node)
        ]

    def candidates(self, source: bytes) -> list[str]:
        """The functions that are called there."""
        return nearest(self.call, {n for b in bodies(source, self.function) for n in called(b)})


@dataclass(frozen=True, slots=True)
class CriticalSection:
    """The statements of `function` from taking a lock to releasing it that assign `assigns`."""

    function: str
    assigns: str

    def __str__(self) -> str:
        return f'critical_section("{self.function}", assigns="{self.assigns}")'

    def places(self, source: bytes) -> list[Place]:
        """As whole lines, the call that takes the lock and the one that releases it among them."""
        return [
            lines_of(source, taken, released)
            for taken, inner, released in self._sections(source)
            if any(assigns_to(node, self.assigns) for node in inner)
        ]

    def _sections(self, source: bytes) -> Iterator[tuple[Node, list[Node], Node]]:
        for body in bodies(source, self.function):
            for block in walk(body):
                if block.type == "compound_statement":
                    yield from _sections(block.named_children)

    def candidates(self, source: bytes) -> list[str]:
        """The locks that are taken there."""
        return [text(taken) for taken, _, _ in self._sections(source)]


def _sections(statements: list[Node]) -> Iterator[tuple[Node, list[Node], Node]]:
    """From a call of `…_lock…(x)` to the `…_unlock…(x)` that follows it in the same block."""
    for place, taken in enumerate(statements):
        is_release, lock = _locking(taken)
        if lock and not is_release:
            for end in range(place + 1, len(statements)):
                if _locking(statements[end]) == (True, lock):
                    yield taken, statements[place + 1 : end], statements[end]
                    break


def _locking(statement: Node) -> tuple[bool, str]:
    """Whether a statement releases a lock rather than takes one, and which; "" for neither."""
    call = statement.named_children[0] if statement.type == "expression_statement" else None
    found = re.match(r"\w*_(un)?lock(?:_\w+)?\((.*?)[,)]", text(call).replace(" ", ""))
    return (bool(found[1]), found[2]) if found else (False, "")
