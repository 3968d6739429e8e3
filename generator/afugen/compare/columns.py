# SPDX-License-Identifier: GPL-2.0-only
"""Text in columns for a terminal: wrapped paragraphs, word diffs, and two files side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest

from rich.text import Text

from afugen.compare.side_by_side import Row, SideLine
from afugen.compare.word_diff import ChangeKind, TextPiece
from afugen.verdict import strip_control

_STYLES = {ChangeKind.SAME: "", ChangeKind.GONE: "red", ChangeKind.NEW: "green"}
_BRACKETS = {
    ChangeKind.SAME: ("", ""), ChangeKind.GONE: ("[-", "-]"), ChangeKind.NEW: ("{+", "+}"),
}  # fmt: skip
# Between two rows: a sign and its style.
_SIGNS = {
    ChangeKind.SAME: (" ", ""), ChangeKind.CHANGED: ("~", "yellow"),
    ChangeKind.GONE: ("<", "red"), ChangeKind.NEW: (">", "green"),
}  # fmt: skip
_NUMBER_WIDTH = 4
_TAB = 4


def literal(text: str, style: str = "") -> Text:
    """Return text without markup and without escape sequences."""
    return Text(strip_control(text), style=style)


def marked(pieces: Iterable[TextPiece]) -> Text:
    """Return a word diff with marks as `git diff --word-diff` prints them."""
    text = Text()
    for piece in pieces:
        left, right = _BRACKETS[piece.mark]
        lines = "\n".join(map(strip_control, piece.text.split("\n")))
        text.append(f"{left}{lines}{right}", _STYLES[piece.mark])
    return text


def wrapped(text: Text, width: int, indent: int = 0, hang: int = 0) -> Iterator[Text]:
    """Return lines of at most `width` columns; continuation lines are indented by `hang` more."""
    for paragraph in text.split("\n", allow_blank=True):
        rest, margin = paragraph, indent
        while True:
            head, rest = _split_at(rest, width - margin)
            yield Text(" " * margin) + head
            margin = indent + hang
            if not rest.plain:
                break


def _split_at(line: Text, room: int) -> tuple[Text, Text]:
    """Return what fits into the columns, up to a space if there is one, and the rest."""
    text = line.plain
    if len(text) <= room:
        return line, Text()
    place = text.rfind(" ", room // 3, room + 1)
    if place < 0 or not text[:place].strip():
        return line[:room], line[room:]
    return line[:place], line[place + 1 :]


def side_by_side(rows: Iterable[Row], width: int) -> Iterator[Text]:
    """Return rows of two files as lines: number, line, sign, number, line; long lines wrap."""
    room = (width - 2 * (_NUMBER_WIDTH + 1) - 3) // 2
    for row in rows:
        sign, style = _SIGNS[row.change]
        cells = (_cell(line, room, row.change) for line in (row.left, row.right))
        blank = (Text(" " * (_NUMBER_WIDTH + 1), style="dim"), Text(" " * room))
        for place, (left, right) in enumerate(zip_longest(*cells, fillvalue=blank)):
            yield Text.assemble(*left, (f" {sign if place == 0 else ' '} ", style), *right)


def _cell(line: SideLine | None, room: int, change: ChangeKind) -> Iterator[tuple[Text, Text]]:
    """Return the number and the text of each terminal line that a line of a file needs."""
    if line is None:
        return
    text = Text()
    for piece in line.pieces:
        style = _STYLES[piece.mark] if change is not ChangeKind.SAME else ""
        text.append(strip_control(piece.text.expandtabs(_TAB)), style)
    for place, part in enumerate(wrapped(text, room, 0, 2)):
        number = Text(f"{line.number if place == 0 else '':>{_NUMBER_WIDTH}} ", style="dim")
        yield number, part + Text(" " * (room - len(part.plain)))
