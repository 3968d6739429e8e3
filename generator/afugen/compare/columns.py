# SPDX-License-Identifier: GPL-2.0-only
"""Text in columns: wrapped, marked word by word, and two files beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest

from rich.text import Text

from afugen.compare.side_by_side import Change, Line, Row
from afugen.compare.words import Mark, Piece
from afugen.verdict import strip_control

_STYLES = {Mark.SAME: "", Mark.GONE: "red", Mark.NEW: "green"}
_BRACKETS = {Mark.SAME: ("", ""), Mark.GONE: ("[-", "-]"), Mark.NEW: ("{+", "+}")}
_SIGNS = {Change.SAME: " ", Change.CHANGED: "~", Change.GONE: "<", Change.NEW: ">"}
_TINTS = {Change.SAME: "", Change.CHANGED: "yellow", Change.GONE: "red", Change.NEW: "green"}
_NUMBER = 4
_TAB = 4


def text(said: str, style: str = "") -> Text:
    """Text that is nothing but text: no markup, no escape sequences."""
    return Text(strip_control(said), style=style)


def marked(pieces: Iterable[Piece]) -> Text:
    """A paragraph with its changes marked as `git diff --word-diff` marks them."""
    whole = Text()
    for piece in pieces:
        left, right = _BRACKETS[piece.mark]
        said = "\n".join(map(strip_control, piece.text.split("\n")))
        whole.append(f"{left}{said}{right}", _STYLES[piece.mark])
    return whole


def wrapped(whole: Text, width: int, indent: int = 0, hang: int = 0) -> Iterator[Text]:
    """Lines of at most `width` columns; those after the first of a paragraph hang further in."""
    for paragraph in whole.split("\n", allow_blank=True):
        rest, margin = paragraph, indent
        while True:
            head, rest = _cut(rest, width - margin)
            yield Text(" " * margin) + head
            margin = indent + hang
            if not rest.plain:
                break


def _cut(line: Text, room: int) -> tuple[Text, Text]:
    """What fits into so many columns, broken at a space if there is one, and what is left."""
    plain = line.plain
    if len(plain) <= room:
        return line, Text()
    place = plain.rfind(" ", room // 3, room + 1)
    if place < 0 or not plain[:place].strip():
        return line[:room], line[room:]
    return line[:place], line[place + 1 :]


def beside(rows: Iterable[Row], width: int) -> Iterator[Text]:
    """Rows of two files: number, line, sign, number, line; long lines go on below."""
    room = (width - 2 * (_NUMBER + 1) - 3) // 2
    for row in rows:
        left, right = _cells(row.left, room, row.change), _cells(row.right, room, row.change)
        for place, (one, other) in enumerate(zip_longest(left, right)):
            sign = f" {_SIGNS[row.change] if place == 0 else ' '} "
            yield Text.assemble(
                *_cell(one, row.left if place == 0 else None, room),
                (sign, _TINTS[row.change]),
                *_cell(other, row.right if place == 0 else None, room),
            )


def _cells(line: Line | None, room: int, change: Change) -> list[Text]:
    if line is None:
        return []
    whole = Text()
    for piece in line.pieces:
        style = _STYLES[piece.mark] if change is not Change.SAME else ""
        whole.append(strip_control(piece.text.expandtabs(_TAB)), style)
    lines = list(wrapped(whole, room, 0, 2))
    return lines or [Text()]


def _cell(content: Text | None, line: Line | None, room: int) -> tuple[Text, Text]:
    number = Text(f"{line.number if line else '':>{_NUMBER}} ", style="dim")
    content = content or Text()
    return number, content + Text(" " * (room - len(content.plain)))
