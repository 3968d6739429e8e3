# SPDX-License-Identifier: GPL-2.0-only
"""Remarks of compilers and checkers on a commit, compared with those on another."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from afugen.errors import Complaint, SpecError
from afugen.spec import yamlsource

# Maps a line of the base to its line in the commit; None if the commit changed or removed it.
LineMap = Callable[[str, int], int | None]

# `path:line: LEVEL:TYPE: text`; a remark on the message of a mail has neither path nor line.
_CHECKPATCH = re.compile(
    r"^(?:(?P<file>[^:\s]*):(?P<line>\d+): )?"
    r"(?P<severity>ERROR|WARNING|CHECK):(?P<kind>\w+): (?P<text>.+)$"
)
_HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_KNOWN_KEYS = ("tool", "file", "kind", "text", "reason")


@dataclass(frozen=True, slots=True)
class Remark:
    """One error or warning of a tool.

    `tool` is gcc, gcc W=1 (what only W=1 adds), sparse or checkpatch; `severity` is error,
    warning or check; `kind` is checkpatch's type (LONG_LINE) or the compiler's option
    (-Wunused-variable), empty if it names none. `line` counts from 1, 0 is none.
    """

    tool: str
    severity: str
    file: str
    line: int
    text: str
    kind: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part)
        kind = f" [{self.kind}]" if self.kind else ""
        parts = (self.tool, place, self.severity, f"{self.text}{kind}")
        return ": ".join(part for part in parts if part)

    @property
    def wording(self) -> tuple[str, ...]:
        """Return all fields but the line, which changes when lines move."""
        return (self.tool, self.severity, self.file, self.kind, self.text)


@dataclass(frozen=True, slots=True)
class Delta:
    """The remarks on two commits compared; `kept` has the lines of the latter."""

    new: tuple[Remark, ...]
    gone: tuple[Remark, ...]
    kept: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class KnownRemark:
    """A remark that a version of the series is known to cause, and why that is accepted."""

    tool: str
    file: str
    kind: str
    text: str
    reason: str

    @property
    def wording(self) -> tuple[str, ...]:
        """Return the fields that a remark has to equal."""
        return (self.tool, self.file, self.kind, self.text)

    def __str__(self) -> str:
        return f"{self.tool}: {self.file}: {self.text} [{self.kind}]"


def read_checkpatch(output: str) -> tuple[Remark, ...]:
    """Return the remarks that `checkpatch.pl --terse --showfile --show-types` printed."""
    matches = map(_CHECKPATCH.match, output.splitlines())
    return tuple(
        Remark(
            "checkpatch", match["severity"].lower(), match["file"] or "", int(match["line"] or 0),
            match["text"], match["kind"],
        )
        for match in matches
        if match
    )  # fmt: skip


def compare(
    before: tuple[Remark, ...], after: tuple[Remark, ...], moved: LineMap | None = None
) -> Delta:
    """Return which remarks are new, gone and kept; the same text on another line is kept.

    Of several with the same text, `moved` finds the new one.
    """
    old: dict[tuple[str, ...], list[Remark]] = defaultdict(list)
    for remark in before:
        old[remark.wording].append(remark)
    unclear: list[int] = []
    for index, remark in enumerate(after):
        alike = old[remark.wording]
        twin = next((one for one in alike if _stayed(one, remark, moved)), None)
        if twin is None:
            unclear.append(index)
        else:
            alike.remove(twin)
    new: set[int] = set()
    for index in unclear:
        alike = old[after[index].wording]
        if alike:
            del alike[0]
        else:
            new.add(index)
    return Delta(
        new=tuple(one for index, one in enumerate(after) if index in new),
        gone=tuple(one for rest in old.values() for one in rest),
        kept=tuple(one for index, one in enumerate(after) if index not in new),
    )


def _stayed(before: Remark, after: Remark, moved: LineMap | None) -> bool:
    line = before.line if moved is None else moved(before.file, before.line)
    return line == after.line


def line_map(diff: str) -> LineMap:
    """Return the map from old to new lines that the output of `git diff` describes."""
    hunks: dict[str, list[_Hunk]] = defaultdict(list)
    file, lines = "", iter(diff.splitlines())
    for line in lines:
        if line.startswith("--- "):
            file = line.removeprefix("--- ").removeprefix("a/")
        elif match := _HUNK.match(line):
            hunks[file].append(_hunk(match, lines))

    def moved(path: str, line: int) -> int | None:
        shift = 0
        for hunk in hunks.get(path, ()):
            if line < hunk.start:
                break
            if line < hunk.end:
                return hunk.kept.get(line)
            shift = hunk.shift
        return line + shift

    return moved


@dataclass(frozen=True, slots=True)
class _Hunk:
    """The old lines from `start` to before `end`; `kept` maps context lines to their new lines."""

    start: int
    end: int
    kept: dict[int, int]
    shift: int


def _hunk(header: re.Match[str], lines: Iterable[str]) -> _Hunk:
    start, old = int(header[1]), int(header[1])
    end = start + int(header[2] or 1)
    new = int(header[3])
    new_end = new + int(header[4] or 1)
    kept: dict[int, int] = {}
    lines = iter(lines)
    while (old, new) != (end, new_end):
        line = next(lines)
        if line.startswith("\\"):
            continue
        if line[:1] in ("", " "):
            kept[old] = new
        old += line[:1] != "+"
        new += line[:1] != "-"
    return _Hunk(start, end, kept, new_end - end)


def judge(
    remarks: Iterable[Remark], known: Iterable[KnownRemark]
) -> tuple[tuple[Remark, ...], tuple[KnownRemark, ...]]:
    """Return the remarks that are not known, and the known ones that were not made."""
    waiting = Counter(one.wording for one in known)
    unknown = []
    for remark in remarks:
        wording = (remark.tool, remark.file, remark.kind, remark.text)
        if waiting[wording]:
            waiting[wording] -= 1
        else:
            unknown.append(remark)
    missing = []
    for one in known:
        if waiting[one.wording]:
            waiting[one.wording] -= 1
            missing.append(one)
    return tuple(unknown), tuple(missing)


def known_beside(spec: Path) -> tuple[KnownRemark, ...]:
    """Return the entries of `known-remarks.yaml` beside a spec; none without the file."""
    path = spec.parent / "known-remarks.yaml"
    return load_known(path) if path.exists() else ()


def load_known(path: Path) -> tuple[KnownRemark, ...]:
    """Read a version's `known-remarks.yaml`; every complaint about the file in one SpecError.

    The file has one key, `known_remarks`, a list of mappings whose keys are those of `KnownRemark`,
    each one line of text. A remark that is made twice is listed twice.
    """
    source = yamlsource.read_sound(path)
    top = source.value
    entries = top.get("known_remarks") if isinstance(top, dict) and len(top) == 1 else None
    if not isinstance(entries, list):
        message = "the one key of this file must be known_remarks, a list"
        raise SpecError((source.complaint((), message),))
    complaints: list[Complaint] = []
    found = []
    for index, entry in enumerate(entries):
        lines = entry if isinstance(entry, dict) else {}
        if set(lines) == set(_KNOWN_KEYS) and all(isinstance(one, str) for one in lines.values()):
            found.append(KnownRemark(**{key: str(lines[key]).strip() for key in _KNOWN_KEYS}))
        else:
            message = f"must be a mapping of {', '.join(_KNOWN_KEYS)} to lines of text"
            complaints.append(source.complaint(("known_remarks", index), message))
    if complaints:
        raise SpecError(tuple(complaints))
    return tuple(found)
