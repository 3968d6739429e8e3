# SPDX-License-Identifier: GPL-2.0-only
"""Two states of a file side by side: hunks of rows, each with similar lines next to each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, takewhile

from afugen.compare.word_diff import (
    MIN_SIMILARITY,
    ChangeKind,
    TextPiece,
    one_side,
    similarity,
    word_diff,
)

CONTEXT = 3
# Lines of larger blocks are not paired: comparing all with all would take long.
_MAX_PAIRED = 120
_HEADING = re.compile(r"[A-Za-z_$]")


@dataclass(frozen=True, slots=True)
class SideLine:
    """A line of one side; `number` counts from 1."""

    number: int
    pieces: tuple[TextPiece, ...]

    @property
    def text(self) -> str:
        """Return the line without marks."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Row:
    """Two lines next to each other; None where a side has no such line."""

    change: ChangeKind
    left: SideLine | None
    right: SideLine | None


@dataclass(frozen=True, slots=True)
class SideBySideHunk:
    """Consecutive rows; `heading` is the last unindented line above, such as a function's."""

    heading: str
    rows: tuple[Row, ...]

    @property
    def is_changed(self) -> bool:
        """Return whether any row differs; a hunk of equal rows is shown for a review comment."""
        return any(row.change is not ChangeKind.SAME for row in self.rows)

    def lines(self, *, right: bool) -> range:
        """Return the line numbers that the hunk spans on one side."""
        sides = (row.right if right else row.left for row in self.rows)
        numbers = [line.number for line in sides if line is not None]
        return range(numbers[0], numbers[-1] + 1) if numbers else range(0)


@dataclass(frozen=True, slots=True)
class FileDiff:
    """The hunks of a file; `change` is NEW or GONE where one side has no such file."""

    path: str
    change: ChangeKind
    hunks: tuple[SideBySideHunk, ...]

    def count(self, change: ChangeKind) -> int:
        """Return the number of added (NEW) or removed (GONE) lines."""
        sides = (
            row.right if change is ChangeKind.NEW else row.left
            for hunk in self.hunks
            for row in hunk.rows
            if row.change is not ChangeKind.SAME
        )
        return sum(line is not None for line in sides)


def diff_file(
    path: str, before: bytes | None, after: bytes | None, shown_lines: Iterable[int] = ()
) -> FileDiff | None:
    """Return the diff of a file, or None without a hunk.

    `shown_lines` are lines of `after` that are in a hunk even if they are the same.
    """
    change = (
        ChangeKind.NEW if before is None
        else ChangeKind.GONE if after is None
        else ChangeKind.CHANGED
    )  # fmt: skip
    rows = list(_rows(_text_lines(before), _text_lines(after)))
    shown = set(shown_lines)
    marked = [
        index
        for index, row in enumerate(rows)
        if row.change is not ChangeKind.SAME
        or (row.right is not None and row.right.number in shown)
    ]
    hunks = tuple(_hunk(rows, span) for span in _with_context(marked, len(rows)))
    return FileDiff(path, change, hunks) if hunks or change is not ChangeKind.CHANGED else None


def _text_lines(source: bytes | None) -> list[str]:
    lines = (source or b"").decode("utf-8", "replace").split("\n")
    return lines if lines[-1] else lines[:-1]


def _rows(old: Sequence[str], new: Sequence[str]) -> Iterator[Row]:
    # SequenceMatcher takes seconds for a long file: equal lines at both ends are cut off first.
    head = _common_length(old, new)
    tail = _common_length(reversed(old[head:]), reversed(new[head:]))
    old_end, new_end = len(old) - tail, len(new) - tail
    inner = SequenceMatcher(None, old[head:old_end], new[head:new_end], autojunk=False)
    yield from _equal_rows(old, range(head), new, range(head))
    for tag, *places in inner.get_opcodes():
        a, b, c, d = (head + place for place in places)
        rows_of = _equal_rows if tag == "equal" else _changed_rows
        yield from rows_of(old, range(a, b), new, range(c, d))
    yield from _equal_rows(old, range(old_end, len(old)), new, range(new_end, len(new)))


def _common_length(old: Iterable[str], new: Iterable[str]) -> int:
    """Return the number of lines at the start that are the same."""
    pairs = zip(old, new, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _equal_rows(old: Sequence[str], left: range, new: Sequence[str], right: range) -> Iterator[Row]:
    for i, j in zip(left, right, strict=True):
        yield Row(ChangeKind.SAME, _line(old, i), _line(new, j))


def _line(lines: Sequence[str], index: int, mark: ChangeKind = ChangeKind.SAME) -> SideLine:
    return SideLine(index + 1, (TextPiece(mark, lines[index]),) if lines[index] else ())


def _changed_rows(
    old: Sequence[str], left: range, new: Sequence[str], right: range
) -> Iterator[Row]:
    """Return the rows of a changed block, with similar lines next to each other."""
    a, c = left.start, right.start
    for i, j in [*_similar_pairs(old, left, new, right), (left.stop, right.stop)]:
        for index in range(a, i):
            yield Row(ChangeKind.GONE, _line(old, index, ChangeKind.GONE), None)
        for index in range(c, j):
            yield Row(ChangeKind.NEW, None, _line(new, index, ChangeKind.NEW))
        if i < left.stop and j < right.stop:
            pieces = word_diff(old[i], new[j])
            before, after = (one_side(pieces, m) for m in (ChangeKind.GONE, ChangeKind.NEW))
            yield Row(ChangeKind.CHANGED, SideLine(i + 1, before), SideLine(j + 1, after))
        a, c = i + 1, j + 1


def _similar_pairs(
    old: Sequence[str], left: range, new: Sequence[str], right: range
) -> list[tuple[int, int]]:
    """Return the pairs of lines, in order on both sides, with the largest total similarity."""
    if not left or not right or max(len(left), len(right)) > _MAX_PAIRED:
        return []
    best = [[0.0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i in reversed(range(len(left))):
        for j in reversed(range(len(right))):
            gain = similarity(old[left[i]], new[right[j]])
            paired = best[i + 1][j + 1] + gain if gain >= MIN_SIMILARITY else 0.0
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


def _with_context(marked: Sequence[int], length: int) -> Iterator[range]:
    """Return the ranges of rows to show: marked rows with context, joined where they touch."""
    near = sorted({n for m in marked for n in range(m - CONTEXT, m + CONTEXT + 1)})
    inside = [number for number in near if 0 <= number < length]
    for _, run in groupby(enumerate(inside), key=lambda pair: pair[1] - pair[0]):
        numbers = [number for _, number in run]
        yield range(numbers[0], numbers[-1] + 1)


def _hunk(rows: Sequence[Row], span: range) -> SideBySideHunk:
    above = (row.right or row.left for row in reversed(rows[: span.start]))
    heading = next((line.text for line in above if line and _HEADING.match(line.text)), "")
    return SideBySideHunk(heading, tuple(rows[span.start : span.stop]))
