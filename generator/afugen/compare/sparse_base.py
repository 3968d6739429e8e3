# SPDX-License-Identifier: GPL-2.0-only
"""Patches applied to files of which only the patches know: what they show, where they show it.

A line of the base that no patch shows stands as an empty line, so that line numbers hold. A later
patch fills in what earlier ones did not know. That is enough to commit a mailed series in a
repository of our own, and to compare two of them as git compares branches.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from afugen.compare.mails import FilePatch, Hunk, Mail
from afugen.errors import InputError

# How far from where a hunk says it belongs its lines are looked for in a real file.
_REACH = 400


@dataclass(slots=True, eq=False)
class _Line:
    """A line; None is one that nobody has shown yet. Base and later states share these."""

    text: str | None = None


State = dict[str, "list[_Line] | None"]


class DoesNotFit(InputError):  # noqa: N818 - named for what it says
    """A patch expects lines that are not there."""


@dataclass(slots=True)
class _Shown:
    """What is known of a file at the base, and what it is now.

    `states` are all that were given out: they grow at their ends with what is learned later.
    """

    base: list[_Line] | None = None
    now: list[_Line] | None = None
    is_whole: bool = False
    states: list[list[_Line]] = field(default_factory=list)


@dataclass(slots=True)
class Planting:
    """Base files that grow as patches show them; real ones when `known` gives them."""

    known: Mapping[str, bytes] | None = None
    _files: dict[str, _Shown] = field(default_factory=dict)

    def apply(self, mails: Sequence[Mail]) -> tuple[State, ...]:
        """Apply a series from the base on; gives what each patch leaves of the files it touches.

        Raises DoesNotFit. May be called again with another series on the same base.
        """
        for shown in self._files.values():
            shown.now = None if shown.base is None else list(shown.base)
        states = []
        for mail in mails:
            touched: State = {}
            for patch in mail.files:
                self._patch(patch, touched, mail.subject)
            states.append(touched)
        return tuple(states)

    def base(self) -> dict[str, bytes]:
        """The base files, as far as all that was applied shows them."""
        return {
            path: content(shown.base)
            for path, shown in self._files.items()
            if shown.base is not None
        }

    def _patch(self, patch: FilePatch, touched: State, subject: str) -> None:
        old = self._shown(patch.old) if patch.old else _Shown(now=[], is_whole=True)
        if old.now is None:
            raise DoesNotFit(f"{subject!r} changes {patch.old}, which is not there")
        lines, shift = list(old.now), 0
        for hunk in patch.hunks:
            shift = self._hunk(lines, hunk, shift, old, f"{subject!r} in {patch.old or patch.new}")
        if patch.old and patch.old != patch.new:
            old.now = touched[patch.old] = None
        if patch.new:
            new = self._files.setdefault(patch.new, _Shown(is_whole=old.is_whole))
            # The end of a file that was renamed is still that of its base.
            new.states = old.states
            new.states.append(lines)
            new.now = touched[patch.new] = lines

    def _shown(self, path: str) -> _Shown:
        if path not in self._files:
            if self.known is None:
                base: list[_Line] | None = []
            else:
                base = _lines(self.known[path]) if path in self.known else None
            now = None if base is None else list(base)
            self._files[path] = _Shown(base, now, self.known is not None)
        return self._files[path]

    def _hunk(self, lines: list[_Line], hunk: Hunk, shift: int, shown: _Shown, what: str) -> int:
        """Put one hunk in; gives by how much lines after it have moved, and were found moved."""
        wanted = hunk.before
        # A hunk that only adds counts from the line before.
        start = hunk.old_start - (1 if wanted else 0) + shift
        if shown.is_whole:
            place = _nearest(lines, wanted, start)
        else:
            _extend(lines, shown, start + len(wanted))
            place = start if _agrees(lines, wanted, start) else None
        if place is None:
            raise DoesNotFit(f"{what} does not fit at line {hunk.old_start}")
        result: list[_Line] = []
        taken = iter(lines[place : place + len(wanted)])
        for tag, text in hunk.lines:
            if tag == "+":
                result.append(_Line(text))
                continue
            line = next(taken)
            line.text = text
            if tag == " ":
                result.append(line)
        lines[place : place + len(wanted)] = result
        return shift + (place - start) + len(result) - len(wanted)


def content(lines: list[_Line] | None) -> bytes:
    """The file as bytes; what is not known is empty lines."""
    text = "".join("\n" if line.text is None else line.text for line in lines or ())
    return text.encode("utf-8", "surrogateescape")


def _lines(source: bytes) -> list[_Line]:
    text = source.decode("utf-8", "surrogateescape")
    return [_Line(line) for line in re.findall(r"[^\n]*\n|[^\n]+", text)]


def _extend(lines: list[_Line], shown: _Shown, length: int) -> None:
    new = [_Line() for _ in range(length - len(lines))]
    for state in (lines, shown.base, *shown.states):
        if state is not None:
            state.extend(new)


def _agrees(lines: Sequence[_Line], wanted: Sequence[str], start: int) -> bool:
    there = lines[start : start + len(wanted)]
    return len(there) == len(wanted) and all(
        line.text is None or line.text == text for line, text in zip(there, wanted, strict=True)
    )


def _nearest(lines: Sequence[_Line], wanted: Sequence[str], start: int) -> int | None:
    """Where the lines are that a hunk wants: the nearest place to where it says."""
    for distance in range(_REACH):
        for place in dict.fromkeys((start + distance, start - distance)):
            if place >= 0 and _agrees(lines, wanted, place):
                return place
    return None
