# SPDX-License-Identifier: GPL-2.0-only
"""Anchors at the code of a function that depends on a few names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tree_sitter import Node

from afugen.anchors.canchor import Callee, lines_of, nearest
from afugen.anchors.place import Place
from afugen.csource.cfile import walk
from afugen.csource.conditions import conditions_on, guarded_by
from afugen.csource.names import text
from afugen.csource.statements import bodies, called, conditions


@dataclass(frozen=True, slots=True)
class Guarded:
    """The code of a function that runs only if a condition on these names, and no other, holds.

    It is an `if`, a branch of an else-if chain, or an operand of a larger condition.
    """

    function: str | Callee
    by: tuple[str, ...]

    def __str__(self) -> str:
        named = f'"{self.function}"' if isinstance(self.function, str) else self.function
        return f"guarded({named}, by={list(self.by)})"

    def _functions(self, source: bytes) -> list[str]:
        if isinstance(self.function, str):
            return [self.function]
        return self.function.names(source)

    def places(self, source: bytes) -> list[Place]:
        """Return each match as whole lines where it is a statement of its own."""
        return [
            _place(source, found)
            for name in self._functions(source)
            for body in bodies(source, name)
            for condition in conditions_on(body, self.by)
            if (found := guarded_by(condition)) is not None
        ]

    def candidates(self, source: bytes) -> list[str]:
        """Return the conditions that mention any of the names, or else those of the function."""
        every = [c for name in self._functions(source) for c in conditions(source, name)]
        return [c for c in every if any(name in c for name in self.by)] or every


def guarded(function: str | Callee, by: Sequence[str]) -> Guarded:
    """The code that runs only if a condition on these names, and no other, holds."""
    return Guarded(function, tuple(by))


def _place(source: bytes, found: Node | tuple[int, int]) -> Place:
    if isinstance(found, tuple):
        return Place(*found, inline=True, removable=True)
    return lines_of(source, found)


@dataclass(frozen=True, slots=True)
class Variable:
    """The declaration of a function's variables of a struct's type, or of pointers to it."""

    function: str
    struct: str

    def __str__(self) -> str:
        return f'variable("{self.function}", struct="{self.struct}")'

    def _declarations(self, source: bytes) -> Iterator[tuple[str, Node]]:
        for body in bodies(source, self.function):
            for node in walk(body):
                kind = node.child_by_field_name("type") if node.type == "declaration" else None
                if kind is not None and kind.type == "struct_specifier":
                    yield text(kind.child_by_field_name("name")), node

    def places(self, source: bytes) -> list[Place]:
        """Return each match as whole lines; none if a call initialises a variable."""
        return [
            lines_of(source, node)
            for struct, node in self._declarations(source)
            if struct == self.struct and not called(node)
        ]

    def candidates(self, source: bytes) -> list[str]:
        """Return the structs that variables of the function are of."""
        return nearest(self.struct, (struct for struct, _ in self._declarations(source)))
