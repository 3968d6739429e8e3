# SPDX-License-Identifier: GPL-2.0-only
"""Anchors at the statements of a function."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tree_sitter import Node

from afugen.anchors.canchor import Callee, Chain, Condition, lines_of, nearest
from afugen.anchors.place import Place
from afugen.csource.cfile import walk
from afugen.csource.names import text
from afugen.csource.statements import (
    assigns_to,
    bodies,
    called,
    calls_of,
    conditions,
    mentions,
    reads,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """The statement of a function's outermost block that makes a call, or has it within.

    `mentions` is a variable or a type among the arguments of the call.
    """

    function: str
    calls: str
    mentions: str | None = None

    def __str__(self) -> str:
        mentions = f', mentions="{self.mentions}"' if self.mentions else ""
        return f'statement("{self.function}", calls="{self.calls}"{mentions})'

    def places(self, source: bytes) -> list[Place]:
        """Return whole lines."""
        return [
            lines_of(source, node)
            for body in bodies(source, self.function)
            for node in body.named_children
            if self._matches(node)
        ]

    def _matches(self, node: Node) -> bool:
        return (
            self.calls in called(node)
            if self.mentions is None
            else any(mentions(call, self.mentions) for call in calls_of(node, self.calls))
        )

    def candidates(self, source: bytes) -> list[str]:
        """Return the calls of that function, or else the functions that are called there."""
        found = [
            text(call)
            for body in bodies(source, self.function)
            for call in calls_of(body, self.calls)
        ]
        called_there = {n for b in bodies(source, self.function) for n in called(b)}
        return found or nearest(self.calls, called_there)


@dataclass(frozen=True, slots=True)
class ConditionOn:
    """The condition in a function that calls `to` and reads no members but `reads`."""

    function: str
    to: Callee
    reads: tuple[str, ...]

    def __str__(self) -> str:
        return f'condition("{self.function}", calls={self.to}, reads={list(self.reads)})'

    def places(self, source: bytes) -> list[Place]:
        """Return the bytes between the parentheses."""
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
        """Return the conditions in the function."""
        return conditions(source, self.function)


def condition(
    function: str, *, assigns: str = "", calls: Callee | None = None, reads: Sequence[str] = ()
) -> Condition | ConditionOn:
    """The condition of a chain's first `if`, or the one that makes a call and reads only `reads`.

    `assigns` selects the chain, as in `chain`; `calls` is the function that is called.
    """
    if calls is not None:
        return ConditionOn(function, calls, tuple(reads))
    return Condition(Chain(function, assigns))


@dataclass(frozen=True, slots=True)
class CriticalSection:
    """The statements from taking a lock to releasing it, with one that assigns `assigns`."""

    function: str
    assigns: str

    def __str__(self) -> str:
        return f'critical_section("{self.function}", assigns="{self.assigns}")'

    def places(self, source: bytes) -> list[Place]:
        """Return each match as whole lines, with the calls that take and release the lock."""
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
        """Return the locks that are taken there."""
        return [text(taken) for taken, _, _ in self._sections(source)]


def _sections(statements: list[Node]) -> Iterator[tuple[Node, list[Node], Node]]:
    """Return the statements from `…_lock…(x)` to the next `…_unlock…(x)` of the same block."""
    for place, taken in enumerate(statements):
        is_release, lock = _locking(taken)
        if lock and not is_release:
            for end in range(place + 1, len(statements)):
                if _locking(statements[end]) == (True, lock):
                    yield taken, statements[place + 1 : end], statements[end]
                    break


def _locking(statement: Node) -> tuple[bool, str]:
    """Return whether a statement releases a lock or takes it, and which lock; "" for none."""
    call = statement.named_children[0] if statement.type == "expression_statement" else None
    found = re.match(r"\w*_(un)?lock(?:_\w+)?\((.*?)[,)]", text(call).replace(" ", ""))
    return (bool(found[1]), found[2]) if found else (False, "")
