# SPDX-License-Identifier: GPL-2.0-only
"""Where things are in one Kconfig file.

kconfiglib says where a symbol is defined; it keeps no lines for properties, so those are looked up
within the definition. Nothing is executed and no other file is read: macros stand for `n`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import kconfiglib

from afugen.anchors.canchor import nearest
from afugen.anchors.place import Place
from afugen.errors import KconfigError

_ENTRY = re.compile(
    r"\s*(config|menuconfig|choice|endchoice|comment|menu|endmenu|if|endif|mainmenu"
    r"|[or]{0,2}source)\b"
)
_SOURCE = re.compile(r"^\s*[or]{0,2}source\b.*$", re.M)
_MACRO = re.compile(r"\$\([^()]*\)")


class _OneFile(kconfiglib.Kconfig):  # type: ignore[misc]
    """Parses a text instead of a tree."""

    def __init__(self, text: str) -> None:
        self._text = _SOURCE.sub("", text)
        while (plain := _MACRO.sub("n", self._text)) != self._text:
            self._text = plain
        super().__init__("Kconfig", warn=False)

    def _open(self, filename: str, mode: str) -> Any:  # noqa: ANN401
        self._functions["shell"] = (lambda *_: "", 1, 1)
        return io.StringIO(self._text)


@lru_cache(maxsize=16)
def _definitions(source: bytes) -> dict[str, tuple[int, ...]]:
    """Return the line numbers, from 1, at which each symbol is defined."""
    try:
        parsed = _OneFile(source.decode(errors="replace"))
    except kconfiglib.KconfigError as error:
        raise KconfigError(str(error).strip()) from None
    return {
        symbol.name: tuple(node.linenr for node in symbol.nodes)
        for symbol in parsed.unique_defined_syms
    }


def _block(lines: list[str], head: int) -> int:
    """Return the index after the last line of the definition whose `config` line is `head`."""
    end, help_indent = head + 1, None
    for index in range(head + 1, len(lines)):
        line = lines[index].expandtabs()
        if not line.strip():
            continue
        indent = len(line) - len(line.lstrip())
        if help_indent == -1:
            help_indent = indent
        if help_indent is not None and indent >= help_indent:
            end = index + 1
            continue
        help_indent = None
        if _ENTRY.match(line):
            break
        if re.match(r"\s*(---help---|help)\s*$", line):
            help_indent = -1
        if not line.startswith("#"):
            end = index + 1
    return end


def _properties(lines: list[str], head: int) -> Iterator[tuple[str, int]]:
    """Return the first word of each property of a definition, and the index after its end."""
    index, end = head + 1, _block(lines, head)
    while index < end:
        word = (lines[index].split() or [""])[0]
        if word in ("help", "---help---"):
            return
        while lines[index].rstrip().endswith("\\"):
            index += 1
        index += 1
        yield word, index


def _offset(lines: list[str], index: int) -> int:
    return len("\n".join(lines[:index]).encode()) + (1 if index else 0)


def _heads(source: bytes, symbol: str) -> list[int]:
    return [line - 1 for line in _definitions(source).get(symbol, ())]


@dataclass(frozen=True, slots=True)
class Config:
    """A symbol's definition, with the comment lines above it."""

    symbol: str

    def __str__(self) -> str:
        return f'config("{self.symbol}")'

    def places(self, source: bytes) -> list[Place]:
        """Return each match as whole lines."""
        lines = source.decode(errors="replace").split("\n")
        found = []
        for head in _heads(source, self.symbol):
            first = head
            while first and lines[first - 1].startswith("#"):
                first -= 1
            found.append(Place(_offset(lines, first), _offset(lines, _block(lines, head))))
        return found

    def candidates(self, source: bytes) -> list[str]:
        """Return the symbols of the file."""
        return nearest(self.symbol, _definitions(source))


@dataclass(frozen=True, slots=True)
class Selects:
    """A symbol's list of selects; where it has none, what they would follow."""

    symbol: str

    def __str__(self) -> str:
        return f'selects("{self.symbol}")'

    def places(self, source: bytes) -> list[Place]:
        """Return the end of the list."""
        lines = source.decode(errors="replace").split("\n")
        found = []
        for head in _heads(source, self.symbol):
            ends = dict(_properties(lines, head))
            kinds = ("select", "depends", "prompt", "tristate", "bool", "def_bool", "def_tristate")
            end = _offset(lines, next((ends[kind] for kind in kinds if kind in ends), head + 1))
            found.append(Place(end, end, inside=end))
        return found

    def candidates(self, source: bytes) -> list[str]:
        """Return the symbols of the file."""
        return Config(self.symbol).candidates(source)


@dataclass(frozen=True, slots=True)
class Select:
    """The line with which a symbol selects another one."""

    symbol: str
    selected: str

    def __str__(self) -> str:
        return f'select("{self.symbol}", "{self.selected}")'

    def places(self, source: bytes) -> list[Place]:
        """Return each match as whole lines."""
        lines = source.decode(errors="replace").split("\n")
        return [
            Place(_offset(lines, index), _offset(lines, end))
            for head in _heads(source, self.symbol)
            for index, end in _selects(lines, head, self.selected)
        ]

    def candidates(self, source: bytes) -> list[str]:
        """Return the symbols of the file."""
        return Config(self.symbol).candidates(source)


def _selects(lines: list[str], head: int, selected: str) -> Iterator[tuple[int, int]]:
    """Return the first line of each `select` of a symbol, and the index after its last."""
    for word, end in _properties(lines, head):
        first = end - 1
        while lines[first - 1].rstrip().endswith("\\"):
            first -= 1
        if word == "select" and lines[first].split()[1:2] == [selected]:
            yield first, end
