# SPDX-License-Identifier: GPL-2.0-only
"""Which edit put which lines into a file: the template's line, and the fields of the spec."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from afugen.render import Edit, resolve
from afugen.spec.yamlsource import Key

_STEP = re.compile(r"(\w+)|\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Origin:
    """An edit and the lines of the result that it made; `removes` if it left none of its own."""

    template: str
    fields: tuple[str, ...]
    lines: range
    removes: bool


def origins(before: bytes | None, after: bytes, edits: Sequence[Edit]) -> tuple[Origin, ...]:
    """The origin of each changed place of a file, in the order of its lines."""
    if before is None:
        whole = range(1, after.count(b"\n") + 1)
        return tuple(Origin(edit.origin, edit.fields, whole, removes=False) for edit in edits)
    return tuple(_origins(before, edits))


def _origins(before: bytes, edits: Sequence[Edit]) -> Iterator[Origin]:
    splices = sorted(
        (splice for edit in edits for splice in resolve(edit, before)),
        key=lambda splice: (splice.start, splice.end),
    )
    line, position = 1, 0
    for splice in splices:
        line += before.count(b"\n", position, splice.start)
        last = line + splice.text.count(b"\n")
        ends_line = splice.text.endswith(b"\n")
        lines = range(line, last if ends_line else last + 1)
        yield Origin(splice.edit.origin, splice.edit.fields, lines, removes=not splice.text)
        line, position = last, splice.end


def of_lines(found: Sequence[Origin], wanted: set[int]) -> tuple[Origin, ...]:
    """The origins of these lines; what removes is also of the lines next to its place."""
    return tuple(
        origin
        for origin in found
        if any(line in wanted for line in origin.lines)
        or (origin.removes and {origin.lines.start - 1, origin.lines.start} & wanted)
    )


def key_of(field: str) -> tuple[Key, ...]:
    """A leaf's name, `ops.callbacks[0].name`, as a path in its YAML file."""
    return tuple(
        int(step.group(2)) if step.group(2) else step.group(1) for step in _STEP.finditer(field)
    )
