# SPDX-License-Identifier: GPL-2.0-only
"""Two texts, word by word: what stayed, what went, what came."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import groupby

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
# Below this share of common words a text is another text, and word marks would be confetti.
KINSHIP = 0.35
PROSE_KINSHIP = 0.6


class Mark(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text and what became of it."""

    mark: Mark
    text: str


def words(before: str, after: str) -> tuple[Piece, ...]:
    """The pieces of both texts in reading order; texts that have little in common stay whole."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    is_prose = "\n" in before and "\n" in after
    if kinship(before, after) < KINSHIP or (is_prose and matcher.ratio() < PROSE_KINSHIP):
        whole = (Piece(Mark.GONE, before), Piece(Mark.NEW, after))
        return tuple(piece for piece in whole if piece.text)
    found: list[Piece] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            found.append(Piece(Mark.SAME, "".join(old[a:b])))
            continue
        found += [Piece(Mark.GONE, "".join(old[a:b])), Piece(Mark.NEW, "".join(new[c:d]))]
    return tuple(_joined([piece for piece in found if piece.text]))


def _joined(pieces: list[Piece]) -> list[Piece]:
    """The pieces without lone spaces between changes: `a b` to `c d` is one change, not two."""
    changes: list[Piece] = []
    for is_same, run in groupby(_spaces_taken(pieces), key=lambda piece: piece.mark is Mark.SAME):
        group = list(run)
        if is_same:
            changes += group
            continue
        for mark in (Mark.GONE, Mark.NEW):
            text = "".join(piece.text for piece in group if piece.mark is mark)
            changes += [Piece(mark, text)] if text else []
    return changes


def _spaces_taken(pieces: list[Piece]) -> list[Piece]:
    taken: list[Piece] = []
    for index, piece in enumerate(pieces):
        is_between = 0 < index < len(pieces) - 1
        if is_between and piece.mark is Mark.SAME and piece.text.isspace():
            taken += [Piece(Mark.GONE, piece.text), Piece(Mark.NEW, piece.text)]
        else:
            taken.append(piece)
    return taken


def side(pieces: tuple[Piece, ...], mark: Mark) -> tuple[Piece, ...]:
    """One text of the two: the common pieces, and those of one mark."""
    return tuple(piece for piece in pieces if piece.mark in (Mark.SAME, mark))


def kinship(before: str, after: str) -> float:
    """The share, 0 to 1, of words that two texts have in common, in whatever order."""
    old, new = (Counter(t for t in _TOKEN.findall(x) if t.strip()) for x in (before, after))
    total = old.total() + new.total()
    return 2 * (old & new).total() / total if total else 1.0
