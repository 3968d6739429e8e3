# SPDX-License-Identifier: GPL-2.0-only
"""Two states of a file side by side: rows of lines that belong together, in hunks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import groupby

from afugen.compare.words import KINSHIP, Mark, Piece, kinship, side, words

CONTEXT = 3
# Larger blocks of changed lines are paired in order: comparing all with all would take long.
_PAIRED = 120
_HEADING = re.compile(r"[A-Za-z_$]")


class Change(StrEnum):
    """What a row, or a whole file, has to tell."""

    SAME = "same"
    CHANGED = "changed"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of one side; `number` counts from 1."""

    number: int
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The whole line."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Row:
    """Lines that stand beside each other; one of them may be missing."""

    change: Change
    left: Line | None
    right: Line | None


@dataclass(frozen=True, slots=True)
class Hunk:
    """Rows without a gap; `heading` is the function, or what else begins at the margin above."""

    heading: str
    rows: tuple[Row, ...]

    @property
    def changed(self) -> bool:
        """Whether anything differs; if not, the rows are shown for something said about them."""
        return any(row.change is not Change.SAME for row in self.rows)

    def lines(self, *, right: bool) -> range:
        """The line numbers that one side of it spans; empty if it has no line there."""
        sides = (row.right if right else row.left for row in self.rows)
        numbers = [line.number for line in sides if line is not None]
        return range(numbers[0], numbers[-1] + 1) if numbers else range(0)


@dataclass(frozen=True, slots=True)
class Shown:
    """What to show of a file: hunks; `change` NEW or GONE where one side has no such file."""

    path: str
    change: Change
    hunks: tuple[Hunk, ...]

    def count(self, change: Change) -> int:
        """How many lines came (NEW) or went (GONE)."""
        sides = (
            row.right if change is Change.NEW else row.left
            for hunk in self.hunks
            for row in hunk.rows
            if row.change is not Change.SAME
        )
        return sum(line is not None for line in sides)


def beside(
    path: str, before: bytes | None, after: bytes | None, also: Iterable[int] = ()
) -> Shown | None:
    """A file's hunks, None if there is nothing to show; `also` are lines of `after` to show."""
    change = Change.NEW if before is None else Change.GONE if after is None else Change.CHANGED
    old, new = (_text_lines(source) for source in (before, after))
    rows = list(_rows(old, new))
    wanted = set(also)
    marked = [
        index
        for index, row in enumerate(rows)
        if row.change is not Change.SAME or (row.right is not None and row.right.number in wanted)
    ]
    hunks = tuple(_hunk(rows, span) for span in _spans(marked, len(rows)))
    return Shown(path, change, hunks) if hunks or change is not Change.CHANGED else None


def _text_lines(source: bytes | None) -> list[str]:
    text = (source or b"").decode("utf-8", "replace")
    lines = text.split("\n")
    return lines if lines[-1] else lines[:-1]


def _rows(old: Sequence[str], new: Sequence[str]) -> Iterator[Row]:
    head, tail = _common(old, new)
    inner = SequenceMatcher(
        None, old[head : len(old) - tail], new[head : len(new) - tail], autojunk=False
    )
    yield from _same(old, range(head), new, range(head))
    for tag, *places in inner.get_opcodes():
        a, b, c, d = (head + place for place in places)
        pair = _same if tag == "equal" else _block
        yield from pair(old, range(a, b), new, range(c, d))
    ends = (range(len(lines) - tail, len(lines)) for lines in (old, new))
    yield from _same(old, next(ends), new, next(ends))


def _common(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many lines two files share at their heads and at their tails; some files are long."""
    shortest = min(len(old), len(new))
    pairs = zip(old, new, strict=False)
    head = next((n for n, (a, b) in enumerate(pairs) if a != b), shortest)
    ends = zip(reversed(old[head:]), reversed(new[head:]), strict=False)
    tail = next((n for n, (a, b) in enumerate(ends) if a != b), shortest - head)
    return head, tail


def _same(old: Sequence[str], left: range, new: Sequence[str], right: range) -> Iterator[Row]:
    for one, other in zip(left, right, strict=True):
        yield Row(Change.SAME, _plain(old, one), _plain(new, other))


def _plain(lines: Sequence[str], index: int, mark: Mark = Mark.SAME) -> Line:
    return Line(index + 1, (Piece(mark, lines[index]),) if lines[index] else ())


def _block(old: Sequence[str], left: range, new: Sequence[str], right: range) -> Iterator[Row]:
    """A block of changed lines: lines that are kin stand beside each other, in their order."""
    a, c = left.start, right.start
    for i, j in [*_pairs(old, left, new, right), (left.stop, right.stop)]:
        for index in range(a, i):
            yield Row(Change.GONE, _plain(old, index, Mark.GONE), None)
        for index in range(c, j):
            yield Row(Change.NEW, None, _plain(new, index, Mark.NEW))
        if i < left.stop and j < right.stop:
            pieces = words(old[i], new[j])
            before, after = side(pieces, Mark.GONE), side(pieces, Mark.NEW)
            yield Row(Change.CHANGED, Line(i + 1, before), Line(j + 1, after))
        a, c = i + 1, j + 1


def _pairs(
    old: Sequence[str], left: range, new: Sequence[str], right: range
) -> list[tuple[int, int]]:
    """The pairs, rising on both sides, whose kinship is largest in all."""
    if not left or not right or max(len(left), len(right)) > _PAIRED:
        return []
    width = len(right) + 1
    best = [[0.0] * width for _ in range(len(left) + 1)]
    gain = [[kinship(old[i], new[j]) for j in right] for i in left]
    for i in range(len(left) - 1, -1, -1):
        for j in range(len(right) - 1, -1, -1):
            paired = best[i + 1][j + 1] + gain[i][j] if gain[i][j] >= KINSHIP else 0.0
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    pairs, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            pairs.append((left[i], right[j]))
            i, j = i + 1, j + 1
    return pairs


def _spans(marked: Sequence[int], length: int) -> Iterator[range]:
    """The rows to show: the marked ones with context, one range where these touch."""
    near = sorted({n for m in marked for n in range(m - CONTEXT, m + CONTEXT + 1)})
    inside = [number for number in near if 0 <= number < length]
    for _, run in groupby(enumerate(inside), key=lambda pair: pair[1] - pair[0]):
        numbers = [number for _, number in run]
        yield range(numbers[0], numbers[-1] + 1)


def _hunk(rows: Sequence[Row], span: range) -> Hunk:
    heading = ""
    for row in reversed(rows[: span.start]):
        line = row.right or row.left
        if line is not None and _HEADING.match(line.text):
            heading = line.text
            break
    return Hunk(heading, tuple(rows[index] for index in span))
