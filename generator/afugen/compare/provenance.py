# SPDX-License-Identifier: GPL-2.0-only
"""The origin of a file's lines: the template line of each edit, and the fields that it read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from afugen.render import Edit, resolve
from afugen.series.commits import Patched
from afugen.spec.yamlsource import Key

_STEP = re.compile(r"(\w+)|\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class EditedLines:
    """An edit and the lines of the result that it wrote; `removes` if it only removed lines."""

    template: str
    fields: tuple[str, ...]
    lines: range
    removes: bool

    def covers(self, lines: set[int]) -> bool:
        """Return whether the edit wrote one of the lines, or removed lines next to one."""
        around = {self.lines.start - 1, self.lines.start} if self.removes else set()
        return not lines.isdisjoint(self.lines) or not lines.isdisjoint(around)


def edits_by_file(patches: Sequence[Patched]) -> dict[str, tuple[EditedLines, ...]]:
    """Return the edited lines of each file after all patches of a series."""
    found: dict[str, tuple[EditedLines, ...]] = {}
    for patch in patches:
        for change in patch.changes:
            earlier = found.get(change.path, ())
            if change.before is not None:
                earlier = _moved(earlier, change.before, change.after)
            found[change.path] = (
                *earlier,
                *edited_lines(change.before, change.after, change.edits),
            )
    return found


def edited_lines(
    before: bytes | None, after: bytes, edits: Sequence[Edit]
) -> tuple[EditedLines, ...]:
    """Return the edited lines of a file, in order; those of a new file are all of its lines."""
    if before is None:
        lines = range(1, after.count(b"\n") + 1)
        return tuple(EditedLines(edit.origin, edit.fields, lines, removes=False) for edit in edits)
    return tuple(_edited_lines(before, edits))


def _edited_lines(before: bytes, edits: Sequence[Edit]) -> Iterator[EditedLines]:
    splices = sorted(
        (splice for edit in edits for splice in resolve(edit, before)),
        key=lambda splice: (splice.start, splice.end),
    )
    line, position = 1, 0
    for splice in splices:
        line += before.count(b"\n", position, splice.start)
        last = line + splice.text.count(b"\n")
        lines = range(line, last if splice.text.endswith(b"\n") else last + 1)
        yield EditedLines(splice.edit.origin, splice.edit.fields, lines, removes=not splice.text)
        line, position = last, splice.end


def _moved(edits: Sequence[EditedLines], before: bytes, after: bytes) -> tuple[EditedLines, ...]:
    """Return the edits with the lines to which a later patch moved theirs."""
    if not edits:
        return ()
    old, new = before.split(b"\n"), after.split(b"\n")
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    moved_to = {a + i + 1: b + i + 1 for a, b, size in blocks for i in range(size)}
    kept = ((edit, [moved_to[line] for line in edit.lines if line in moved_to]) for edit in edits)
    return tuple(replace(edit, lines=range(to[0], to[-1] + 1)) for edit, to in kept if to)


def yaml_path(field: str) -> tuple[Key, ...]:
    """Return the YAML path of a field's name such as `ops.callbacks[0].name`."""
    return tuple(int(index) if index else key for key, index in _STEP.findall(field))
