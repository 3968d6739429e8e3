# SPDX-License-Identifier: GPL-2.0-only
"""Where things are in files that are lists of lines: makefiles, and MAINTAINERS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from afugen.anchors.canchor import nearest
from afugen.anchors.place import Place

_ASSIGNMENT = re.compile(r"^(?P<variable>[^\s:+?=#]+)\s*(?:[:+?]?=)\s*(?P<value>.*?)\s*$")

_BLANK = re.compile(rb"^\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a file: what it assigns or lists, and its bytes."""

    name: str
    value: str
    place: Place


def _lines(source: bytes) -> Iterator[tuple[str, Place]]:
    start = 0
    for line in source.splitlines(keepends=True):
        yield line.decode(errors="replace").rstrip("\n"), Place(start, start + len(line))
        start += len(line)


def _assignments(source: bytes) -> list[_Line]:
    matches = ((_ASSIGNMENT.match(line), place) for line, place in _lines(source))
    return [_Line(m["variable"], m["value"], place) for m, place in matches if m]


@dataclass(frozen=True, slots=True)
class Assignment:
    """The line of a makefile that gives a value to a variable, or adds it."""

    variable: str
    value: str

    def __str__(self) -> str:
        return f'assignment("{self.variable}", "{self.value}")'

    def places(self, source: bytes) -> list[Place]:
        """Return each match as whole lines."""
        wanted = (self.variable, self.value)
        return [line.place for line in _assignments(source) if (line.name, line.value) == wanted]

    def candidates(self, source: bytes) -> list[str]:
        """Return the lines of the file."""
        found = (f"{line.name} {line.value}" for line in _assignments(source))
        return nearest(f"{self.variable} {self.value}", found)


@dataclass(frozen=True, slots=True)
class SortedAssignment:
    """In a makefile's sorted list, the line that comes just before where a value belongs.

    A list need not be in order throughout: the value that would be the last before it is meant.
    """

    variable: str
    value: str

    def __str__(self) -> str:
        return f'sorted_assignment("{self.variable}", "{self.value}")'

    def places(self, source: bytes) -> list[Place]:
        """Return the match as a whole line; none where the list has nothing that comes before."""
        listed = [line for line in _assignments(source) if line.name == self.variable]
        before = [line for line in listed if line.value < self.value]
        return [max(before, key=lambda line: line.value).place] if before else []

    def candidates(self, source: bytes) -> list[str]:
        """Return the variables of the file."""
        return nearest(self.variable, (line.name for line in _assignments(source)))


def _last_pattern(source: bytes, offset: int) -> Place:
    """Return the line of the last file pattern in the entry around a line that is one."""
    end = next((blank.start() for blank in _BLANK.finditer(source, offset)), len(source))
    start = source.rfind(b"\nF:\t", max(offset - 1, 0), end) + 1
    line_end = source.find(b"\n", start) + 1
    return Place(start, line_end or len(source))


@dataclass(frozen=True, slots=True)
class Maintained:
    """The last file pattern of the MAINTAINERS entry that names a path."""

    path: str

    def __str__(self) -> str:
        return f'maintained("{self.path}")'

    def places(self, source: bytes) -> list[Place]:
        """Return each match as whole lines, one for each entry that has it."""
        # Of 20,000 lines only those of entries that speak of the path are looked at.
        found = re.finditer(rb"^F:\t%s$" % re.escape(self.path.encode()), source, re.MULTILINE)
        return list(dict.fromkeys(_last_pattern(source, match.start()) for match in found))

    def candidates(self, source: bytes) -> list[str]:
        """Return the file patterns there are."""
        patterns = (line[3:] for line, _ in _lines(source) if line.startswith("F:\t"))
        return nearest(self.path, patterns)
