# SPDX-License-Identifier: GPL-2.0-only
"""The word diff of two texts: what is the same, gone and new."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import groupby

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
# Below these shares of common words the marks would be confetti: the texts are shown whole.
MIN_SIMILARITY = 0.35
_MIN_PROSE_SIMILARITY = 0.6


class ChangeKind(StrEnum):
    """How a piece of text, a line, a file or a commit differs between the two sides."""

    SAME = "same"
    CHANGED = "changed"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A piece of a word diff; `mark` is SAME, GONE or NEW."""

    mark: ChangeKind
    text: str


def word_diff(before: str, after: str) -> tuple[TextPiece, ...]:
    """Return the pieces of both texts in reading order; a dissimilar text is one piece."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    is_prose = "\n" in before and "\n" in after
    if similarity(before, after) < MIN_SIMILARITY or (
        is_prose and matcher.ratio() < _MIN_PROSE_SIMILARITY
    ):
        return _replacement(before, after)
    pieces: list[TextPiece] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            pieces.append(TextPiece(ChangeKind.SAME, "".join(old[a:b])))
        else:
            pieces += _replacement("".join(old[a:b]), "".join(new[c:d]))
    return tuple(_joined(pieces))


def _replacement(before: str, after: str) -> tuple[TextPiece, ...]:
    pieces = (TextPiece(ChangeKind.GONE, before), TextPiece(ChangeKind.NEW, after))
    return tuple(piece for piece in pieces if piece.text)


def _joined(pieces: Sequence[TextPiece]) -> list[TextPiece]:
    """Join changes that only white space separates: from `a b` to `c d` is one change."""

    def is_changed(index: int) -> bool:
        is_between = 0 < index < len(pieces) - 1
        piece = pieces[index]
        return piece.mark is not ChangeKind.SAME or (is_between and piece.text.isspace())

    joined: list[TextPiece] = []
    for changed, indices in groupby(range(len(pieces)), key=is_changed):
        run = [pieces[index] for index in indices]
        if changed:
            sides = (one_side(run, mark) for mark in (ChangeKind.GONE, ChangeKind.NEW))
            joined += _replacement(*("".join(piece.text for piece in side) for side in sides))
        else:
            joined += run
    return joined


def one_side(pieces: Sequence[TextPiece], mark: ChangeKind) -> tuple[TextPiece, ...]:
    """Return the pieces of one text: the same ones, and those with the mark GONE or NEW."""
    return tuple(piece for piece in pieces if piece.mark in (ChangeKind.SAME, mark))


def similarity(before: str, after: str) -> float:
    """Return the share, 0 to 1, of words that two texts have in common, in any order."""
    old, new = (Counter(t for t in _TOKEN.findall(x) if t.strip()) for x in (before, after))
    total = old.total() + new.total()
    return 2 * (old & new).total() / total if total else 1.0
