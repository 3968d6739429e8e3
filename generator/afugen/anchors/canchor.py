# SPDX-License-Identifier: GPL-2.0-only
"""Anchors in C files: nodes named by the role they play, never by line, ordinal or spelling."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from tree_sitter import Node

from afugen.anchors.place import Place
from afugen.csource.cfile import walk
from afugen.csource.names import functions, text
from afugen.csource.statements import (
    assigns_to,
    bodies,
    branches,
    called,
    calls_of,
    conditions,
    mentions,
    reads,
)


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Return the known names, those most like `name` first."""
    unique = list(dict.fromkeys(known))
    return sorted(unique, key=lambda k: -difflib.SequenceMatcher(None, name, k).ratio())


def lines_of(source: bytes, node: Node, last: Node | None = None) -> Place:
    """Return a node as whole lines, with the comments above and behind it; `last` is its end.

    Where other code shares a line with the node, the place is the bytes of the node alone.
    """
    first, last = node, last or node
    while (comment := first.prev_sibling) is not None and _leads(source, comment, first):
        first = comment
    while (comment := last.next_sibling) is not None and _follows(source, comment, last):
        last = comment
    start = source.rfind(b"\n", 0, first.start_byte) + 1
    end = _line_end(source, last.end_byte)
    shared = source[start : first.start_byte] + source[last.end_byte : end]
    if shared.strip(b" \t\r\n;\\"):
        return Place(node.start_byte, last.end_byte, inline=True, removable=True)
    return Place(start, end)


def _leads(source: bytes, comment: Node, node: Node) -> bool:
    """Return whether a comment stands right above a node, on a line of its own."""
    between = source[comment.end_byte : node.start_byte]
    line_start = source.rfind(b"\n", 0, comment.start_byte) + 1
    alone = not source[line_start : comment.start_byte].strip()
    return comment.type == "comment" and alone and between.count(b"\n") == 1


def _follows(source: bytes, comment: Node, node: Node) -> bool:
    """Return whether a comment begins on the line where a node ends."""
    between = source[node.end_byte : comment.start_byte]
    # tree-sitter ends preprocessor nodes on the next line
    is_same_line = b"\n" not in between and source[node.end_byte - 1 : node.end_byte] != b"\n"
    return comment.type == "comment" and is_same_line


def _line_end(source: bytes, offset: int) -> int:
    if offset and source[offset - 1 : offset] == b"\n":
        return offset  # tree-sitter ends preprocessor nodes on the next line
    newline = source.find(b"\n", offset)
    return len(source) if newline < 0 else newline + 1


def _export(definition: Node, name: str) -> Node | None:
    """Return the EXPORT_SYMBOL line that belongs to a function."""
    following = definition.next_sibling
    while following is not None and following.type == "comment":
        following = following.next_sibling
    if following is not None and re.match(rf"EXPORT_SYMBOL\w* ?\( ?{name}\b", text(following)):
        return following
    return None


@dataclass(frozen=True, slots=True)
class Function:
    """A function definition, with the EXPORT_SYMBOL that belongs to it."""

    name: str

    def __str__(self) -> str:
        return f'function("{self.name}")'

    def places(self, source: bytes) -> list[Place]:
        """Return each match as whole lines."""
        return [
            lines_of(source, node, _export(node, name))
            for name, node in functions(source)
            if name == self.name
        ]

    def candidates(self, source: bytes) -> list[str]:
        """Return the functions of the file."""
        return nearest(self.name, (name for name, _ in functions(source)))


@dataclass(frozen=True, slots=True)
class Callee:
    """The function that `caller` calls and that accesses all these struct members."""

    caller: str
    members: tuple[str, ...]

    def __str__(self) -> str:
        return f'callee("{self.caller}", reads={list(self.members)})'

    def names(self, source: bytes) -> list[str]:
        """Return the names of the functions that match."""
        names = {name for body in bodies(source, self.caller) for name in called(body)}
        return [
            name
            for name, node in functions(source)
            if name in names and set(self.members) <= reads(node)
        ]

    def places(self, source: bytes) -> list[Place]:
        """Return each match as whole lines."""
        return [place for name in self.names(source) for place in Function(name).places(source)]

    def candidates(self, source: bytes) -> list[str]:
        """Return the functions that access any of the members."""
        return [name for name, node in functions(source) if set(self.members) & reads(node)]


def callee(caller: str, reads: Sequence[str]) -> Callee:
    """The function that another one calls and that reads all these struct members."""
    return Callee(caller, tuple(reads))


@dataclass(frozen=True, slots=True)
class Call:
    """The call, in a function, of another one, which is the anchor `to`."""

    function: str
    to: Callee

    def __str__(self) -> str:
        return f'call("{self.function}", to={self.to})'

    def places(self, source: bytes) -> list[Place]:
        """Return the bytes of the call, from its name to its closing parenthesis."""
        return [
            Place(call.start_byte, call.end_byte, inline=True)
            for body in bodies(source, self.function)
            for name in self.to.names(source)
            for call in calls_of(body, name)
        ]

    def candidates(self, source: bytes) -> list[str]:
        """Return the functions that may be meant."""
        return self.to.candidates(source)


@dataclass(frozen=True, slots=True)
class Argument:
    """The arguments of a call in a function, one of which mentions a variable or a type."""

    function: str
    calls: str
    mentions: str

    def __str__(self) -> str:
        return f'argument("{self.function}", calls="{self.calls}", mentions="{self.mentions}")'

    def _calls(self, source: bytes) -> Iterator[Node]:
        for body in bodies(source, self.function):
            yield from calls_of(body, self.calls)

    def places(self, source: bytes) -> list[Place]:
        """Return the bytes between the parentheses."""
        return [
            Place(arguments.start_byte + 1, arguments.end_byte - 1, inline=True)
            for call in self._calls(source)
            if mentions(call, self.mentions)
            and (arguments := call.child_by_field_name("arguments")) is not None
        ]

    def candidates(self, source: bytes) -> list[str]:
        """Return the calls of that function."""
        return [text(call) for call in self._calls(source)]


def _assigns(branch: Node, target: str) -> bool:
    body = branch.child_by_field_name("consequence")
    return body is not None and assigns_to(body, target)


@dataclass(frozen=True, slots=True)
class Chain:
    """The else-if chain in `function` whose branches assign `assigns`."""

    function: str
    assigns: str

    def __str__(self) -> str:
        return f'chain("{self.function}", assigns="{self.assigns}")'

    def heads(self, source: bytes) -> list[Node]:
        """Return the heads of the outermost chains in which any branch assigns it."""
        return [
            node
            for body in bodies(source, self.function)
            for node in walk(body)
            if node.type == "if_statement"
            and (node.parent is None or node.parent.type != "else_clause")
            and any(_assigns(branch, self.assigns) for branch in branches(node))
        ]

    def places(self, source: bytes) -> list[Place]:
        """Return the whole chain, from its `if`."""
        return [Place(n.start_byte, n.end_byte, inline=True) for n in self.heads(source)]

    def candidates(self, source: bytes) -> list[str]:
        """Return the conditions in the function."""
        return conditions(source, self.function)


@dataclass(frozen=True, slots=True)
class Condition:
    """The condition that heads a chain, without its parentheses."""

    chain: Chain

    def __str__(self) -> str:
        return f'condition("{self.chain.function}", assigns="{self.chain.assigns}")'

    def places(self, source: bytes) -> list[Place]:
        """Return the bytes between the parentheses."""
        conditions = (n.child_by_field_name("condition") for n in self.chain.heads(source))
        return [Place(c.start_byte + 1, c.end_byte - 1, inline=True) for c in conditions if c]

    def candidates(self, source: bytes) -> list[str]:
        """Return the conditions in the function."""
        return self.chain.candidates(source)


@dataclass(frozen=True, slots=True)
class ElseIfBranch:
    """The `else if` in `function` whose condition accesses the struct member `reads`."""

    function: str
    reads: str

    def __str__(self) -> str:
        return f'branch("{self.function}", reads="{self.reads}")'

    def places(self, source: bytes) -> list[Place]:
        """Return each match from its `else` to its end."""
        return [
            Place(clause.start_byte, clause.end_byte, inline=True)
            for body in bodies(source, self.function)
            for clause in walk(body)
            if clause.type == "else_clause"
            for node in clause.named_children
            if node.type == "if_statement" and self._matches(node)
        ]

    def _matches(self, node: Node) -> bool:
        condition = node.child_by_field_name("condition")
        return condition is not None and self.reads in reads(condition)

    def candidates(self, source: bytes) -> list[str]:
        """Return the conditions in the function."""
        return conditions(source, self.function)


@dataclass(frozen=True, slots=True)
class Declarations:
    """The declarations that a function's body begins with; text is added at their end."""

    function: str

    def __str__(self) -> str:
        return f'declarations("{self.function}")'

    def places(self, source: bytes) -> list[Place]:
        """Return the bytes from the first to the last of them."""
        found = []
        for body in bodies(source, self.function):
            code = (child for child in body.named_children if child.type != "comment")
            leading = list(takewhile(lambda child: child.type == "declaration", code))
            if leading:
                place = lines_of(source, leading[0], leading[-1])
                found.append(Place(place.start, place.end, inside=place.end))
        return found

    def candidates(self, source: bytes) -> list[str]:
        """Return the functions of the file."""
        return Function(self.function).candidates(source)
