# SPDX-License-Identifier: GPL-2.0-only
"""A file while parts of it are taken out: every byte still knows where it came from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from afugen.csource.cfile import blank_annotations

_DIRECTIVE = re.compile(rb"[ \t]*#[ \t]*(if|el|endif)")


@dataclass(frozen=True, slots=True)
class Cut:
    """Bytes to take out of a file, and what little may have to stand there instead."""

    start: int
    end: int
    text: bytes = b""


@dataclass(frozen=True, slots=True)
class Reshaped:
    """A line that could not simply stay or go; `line` counts from 1 in the original file."""

    path: str
    line: int
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.before.strip()} -> {self.after.strip()}"


@dataclass(frozen=True, slots=True)
class Text:
    """Bytes and, for each, its offset in the original file (-1: it was not there)."""

    source: bytes
    origin: tuple[int, ...]

    @classmethod
    def of(cls, source: bytes) -> Text:
        """An original file."""
        return cls(source, tuple(range(len(source))))

    def without(self, cuts: Iterable[Cut]) -> Text:
        """The text after the cuts; a cut inside another one is covered by it."""
        source, origin, position = bytearray(), list[int](), 0
        for cut in sorted(cuts, key=lambda cut: (cut.start, -cut.end)):
            if cut.end <= position and cut.end > cut.start:
                continue
            source += self.source[position : cut.start] + cut.text
            origin += self.origin[position : cut.start]
            origin += [-1] * len(cut.text)
            position = max(position, cut.end)
        source += self.source[position:]
        origin += self.origin[position:]
        return Text(bytes(source), tuple(origin))


def whole_lines(source: bytes, start: int, end: int) -> tuple[int, int]:
    """The range, grown to full lines when nothing but blanks shares its first and last line.

    Otherwise grown over the blanks on one side, so that none are left doubled or trailing.
    """
    blanked = blank_annotations(source)
    left = start
    while left > 0 and blanked[left - 1] in b" \t":
        left -= 1
    right = end
    while right < len(source) and blanked[right] in b" \t":
        right += 1
    opens = left == 0 or source[left - 1] == ord("\n")
    closes = right == len(source) or source[right] == ord("\n")
    if opens and closes:
        return left, min(right + 1, len(source))
    if closes:
        return left, end
    return start, right


def tidy(original: bytes, text: Text) -> Text:
    """The text without the blank lines that taking things out has left too many."""
    before = original.split(b"\n")
    lines = _lines(original, text)
    cuts: list[Cut] = []
    index = 0
    while index < len(lines):
        if not lines[index].blank:
            index += 1
            continue
        run = index
        while run < len(lines) and lines[run].blank:
            run += 1
        upper = lines[index - 1] if index else None
        lower = lines[run] if run < len(lines) else None
        keep = _blanks_to_keep(before, upper, lower, run - index)
        cuts += [Cut(line.start, line.end) for line in lines[index + keep : run]]
        index = run
    return text.without(cuts)


def reshaped(path: str, original: bytes, text: Text) -> tuple[Reshaped, ...]:
    """The lines of the text that are no line of the original."""
    before = original.split(b"\n")
    found = []
    for line in _lines(original, text):
        content = text.source[line.start : line.end].rstrip(b"\n")
        if line.blank or any(before[number] == content for number in line.numbers):
            continue
        number = line.main
        found.append(Reshaped(path, number + 1, _shown(before[number]), _shown(content)))
    return tuple(found)


def unmatched(source: bytes) -> tuple[int, ...]:
    """The lines, from 1, of #if and #endif that have no other half.

    An #ifdef may cut through a statement, where the parser cannot see it for what it is.
    """
    open_, lost = list[int](), list[int]()
    for number, line in enumerate(source.split(b"\n"), 1):
        directive = _DIRECTIVE.match(line)
        if directive is None:
            continue
        if directive[1] == b"if":
            open_.append(number)
        elif not open_:
            lost.append(number)
        elif directive[1] == b"endif":
            open_.pop()
    return (*lost, *open_)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a text: its bytes, and the lines of the original that these come from."""

    start: int
    end: int
    blank: bool
    numbers: tuple[int, ...]
    main: int  # the line that most of it comes from


def _lines(original: bytes, text: Text) -> list[_Line]:
    number_of = _line_numbers(original)
    lines: list[_Line] = []
    start = 0
    for content in re.findall(rb"[^\n]*\n|[^\n]+", text.source):
        end = start + len(content)
        shares: dict[int, int] = {}
        for offset in range(start, end):
            where = text.origin[offset]
            if where >= 0:
                visible = text.source[offset] not in b" \t\n"
                shares[number_of[where]] = shares.get(number_of[where], 0) + visible
        numbers = tuple(sorted(shares)) or (lines[-1].main if lines else 0,)
        main = max(numbers, key=lambda number: shares.get(number, 0))
        lines.append(_Line(start, end, not content.strip(), numbers, main))
        start = end
    return lines


def _line_numbers(original: bytes) -> list[int]:
    """For each offset the line it is on, from 0."""
    lines = original.split(b"\n")
    return [number for number, line in enumerate(lines) for _ in range(len(line) + 1)]


def _blanks_to_keep(
    before: list[bytes], upper: _Line | None, lower: _Line | None, present: int
) -> int:
    """How many of the `present` blank lines between two lines stay.

    Where nothing was taken out all stay. Else one stays if one was between the two
    before, but a block neither begins nor ends with a blank line unless it did so before.
    """
    first = upper.numbers[-1] + 1 if upper else 0
    last = lower.numbers[0] if lower else len(before)
    between = before[first:last]
    if not any(line.strip() for line in between):
        return present
    above = _leading_blanks(between)
    below = _leading_blanks(between[::-1])
    opening = before[upper.main].rstrip().endswith((b"{", b":")) if upper else True
    closing = before[lower.main].lstrip().startswith(b"}") if lower else True
    parted = any(not line.strip() for line in between)
    wanted = below if closing else above if opening else int(parted)
    return min(wanted, 1, present)


def _leading_blanks(lines: list[bytes]) -> int:
    count = 0
    for line in lines:
        if line.strip():
            break
        count += 1
    return count


def _shown(line: bytes) -> str:
    return line.decode("utf-8", "replace")
