# SPDX-License-Identifier: GPL-2.0-only
"""A base for patches that is made of the lines that the patches show.

A base line that no patch shows is an empty line, so that line numbers hold; a later patch fills in
what earlier ones did not show. That is enough to commit a mailed series in a scratch repository,
and to compare two of them as git compares branches. The same code applies patches to real files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from afugen.compare.mailbox import FilePatch, MailedPatch, PatchHunk
from afugen.errors import InputError

# In a real file, hunks are searched within this many lines of where they should be.
_MAX_OFFSET = 400


@dataclass(slots=True, eq=False)
class _Line:
    """A line that the base and later states share; None if no patch has shown it yet."""

    text: str | None = None


# The files that a patch touches, each as its lines after the patch; None if removed.
TouchedFiles = dict[str, "list[_Line] | None"]


class ApplyError(InputError):
    """A patch expects lines that are not in the base."""


@dataclass(slots=True)
class _File:
    """A file at the base and after the patches so far; `is_whole` if the base has all its lines.

    `states` are all returned states: they grow at their ends when later patches show more lines.
    """

    base: list[_Line] | None = None
    now: list[_Line] | None = None
    is_whole: bool = False
    states: list[list[_Line]] = field(default_factory=list)


@dataclass(slots=True)
class SparseBase:
    """Base files that grow as patches show them, or the real ones where `known` is given."""

    known: Mapping[str, bytes] | None = None
    _files: dict[str, _File] = field(default_factory=dict)

    def apply(self, patches: Sequence[MailedPatch]) -> tuple[TouchedFiles, ...]:
        """Apply a series to the base and return the touched files after each patch.

        Raises ApplyError. May be called again with another series on the same base.
        """
        for file in self._files.values():
            file.now = None if file.base is None else list(file.base)
        return tuple(self._apply(patch) for patch in patches)

    def files(self) -> dict[str, bytes]:
        """Return the base files, as far as the applied patches show them."""
        return {
            path: content(file.base) for path, file in self._files.items() if file.base is not None
        }

    def _apply(self, patch: MailedPatch) -> TouchedFiles:
        touched: TouchedFiles = {}
        for change in patch.files:
            old = self._file(change.old) if change.old else _File(now=[], is_whole=True)
            if old.now is None:
                raise ApplyError(f"{patch.subject!r} changes {change.old}, which does not exist")
            if change.new and change.new != change.old and self._exists(change.new):
                raise ApplyError(f"{patch.subject!r} creates {change.new}, which exists")
            lines = self._apply_hunks(change, old, patch.subject)
            if change.old and change.old != change.new and not change.is_copy:
                old.now = touched[change.old] = None
            if change.new:
                new = self._files.setdefault(change.new, _File(is_whole=old.is_whole))
                # A renamed file shares the lines at its end with its base.
                new.states = old.states
                new.states.append(lines)
                new.now = touched[change.new] = lines
        return touched

    def _exists(self, path: str) -> bool:
        file = self._files.get(path)
        return path in (self.known or ()) if file is None else file.now is not None

    def _file(self, path: str) -> _File:
        if path not in self._files:
            base: list[_Line] | None = []
            if self.known is not None:
                base = _split_lines(self.known[path]) if path in self.known else None
            now = None if base is None else list(base)
            self._files[path] = _File(base, now, self.known is not None)
        return self._files[path]

    def _apply_hunks(self, change: FilePatch, file: _File, subject: str) -> list[_Line]:
        lines, offset = list(file.now or ()), 0
        for hunk in change.hunks:
            expected = hunk.before
            # A hunk that only adds counts from the line before.
            start = hunk.old_start - (1 if expected else 0) + offset
            if file.is_whole:
                found = _nearest(lines, expected, start)
            else:
                _extend(lines, file, start + len(expected))
                found = start if _matches(lines, expected, start) else None
            if found is None:
                where = f"{subject!r} in {change.old or change.new}"
                raise ApplyError(f"{where} does not fit at line {hunk.old_start}")
            result = _apply_hunk(hunk, lines[found : found + len(expected)])
            lines[found : found + len(expected)] = result
            offset += (found - start) + len(result) - len(expected)
        return lines


def _apply_hunk(hunk: PatchHunk, old_lines: Sequence[_Line]) -> list[_Line]:
    result, old = [], iter(old_lines)
    for sign, text in hunk.lines:
        line = _Line() if sign == "+" else next(old)
        line.text = text
        if sign != "-":
            result.append(line)
    return result


def content(lines: list[_Line] | None) -> bytes:
    """Return the bytes of a file; a line that no patch has shown is empty."""
    text = "".join("\n" if line.text is None else line.text for line in lines or ())
    return text.encode("utf-8", "surrogateescape")


def _split_lines(source: bytes) -> list[_Line]:
    text = source.decode("utf-8", "surrogateescape")
    return [_Line(line) for line in re.findall(r"[^\n]*\n|[^\n]+", text)]


def _extend(lines: list[_Line], file: _File, length: int) -> None:
    new = [_Line() for _ in range(length - len(lines))]
    for state in (lines, file.base, *file.states):
        if state is not None:
            state.extend(new)


def _matches(lines: Sequence[_Line], expected: Sequence[str], start: int) -> bool:
    found = lines[start : start + len(expected)]
    return len(found) == len(expected) and all(
        line.text in (None, text) for line, text in zip(found, expected, strict=True)
    )


def _nearest(lines: Sequence[_Line], expected: Sequence[str], start: int) -> int | None:
    """Return where a file has the expected lines, as near to `start` as possible."""
    for distance in range(_MAX_OFFSET):
        for place in dict.fromkeys((start + distance, start - distance)):
            if place >= 0 and _matches(lines, expected, place):
                return place
    return None
