# SPDX-License-Identifier: GPL-2.0-only
"""Two specs compared by meaning: ops by the role they play, lists of parameters as C reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from afugen.compare.side_by_side import Change
from afugen.compare.words import Piece, words
from afugen.spec import calls, ctype
from afugen.spec.model import Section, Spec, items
from afugen.spec.yamlsource import Key

Positions = Mapping[tuple[Key, ...], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One thing that a spec says otherwise, or newly, or no more.

    `path` names it for people, ops by role or name; `old_line` and `new_line` say where it stands
    in the two files. `pieces` is what was said and is said, word by word.
    """

    path: str
    change: Change
    before: str
    after: str
    pieces: tuple[Piece, ...]
    old_line: int | None
    new_line: int | None

    @property
    def is_text(self) -> bool:
        """Whether it is prose, to be read as a paragraph."""
        return "\n" in self.before + self.after or len(self.before) + len(self.after) > 70


@dataclass(frozen=True, slots=True)
class _Leaf:
    text: str
    where: tuple[Key, ...]


def changes(
    before: Spec, after: Spec, old_positions: Positions, new_positions: Positions
) -> tuple[FieldChange, ...]:
    """What differs, in the order of the specs; a new or lost op comes with all that it says."""
    old, new = (dict(_leaves(spec, "", ())) for spec in (before, after))
    found = []
    for path in dict.fromkeys([*new, *old]):
        left, right = old.get(path), new.get(path)
        if left is not None and right is not None and left.text == right.text:
            continue
        found.append(_change(path, left, right, old_positions, new_positions))
    return tuple(found)


def _change(
    path: str, left: _Leaf | None, right: _Leaf | None, old: Positions, new: Positions
) -> FieldChange:
    change = Change.NEW if left is None else Change.GONE if right is None else Change.CHANGED
    texts = (left.text if left else "", right.text if right else "")
    return FieldChange(
        path=path,
        change=change,
        before=texts[0],
        after=texts[1],
        pieces=words(*texts),
        old_line=line_of(old, left.where) if left else None,
        new_line=line_of(new, right.where) if right else None,
    )


def line_of(positions: Positions, where: tuple[Key, ...]) -> int:
    """The line of a path's key, or of its nearest parent that the file has."""
    while where:
        for path in ((*where, "<key>"), where):
            if path in positions:
                return positions[path][0]
        where = where[:-1]
    return 1


def _leaves(value: Any, name: str, where: tuple[Key, ...]) -> Iterator[tuple[str, _Leaf]]:  # noqa: ANN401
    """Every thing a spec says, under the name that people call it by."""
    if isinstance(value, Section):
        for key, field in items(value):
            inner = f"{name}.{key}" if name else key
            if inner != "interface":
                yield from _leaves(field, inner, (*where, key))
    elif where[-1:] == ("callbacks",):
        yield f"{name} order", _Leaf(", ".join(_op_names(value)), where)
        for index, (called, op) in enumerate(zip(_op_names(value), value, strict=True)):
            yield from _leaves(op, f"{name}[{called}]", (*where, index))
    elif where[-1:] == ("parameters",):
        yield name, _Leaf(_parameters(value), where)
    elif isinstance(value, tuple) and all(isinstance(item, str) for item in value):
        yield name, _Leaf("\n".join(value), where)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{name}[{index}]", (*where, index))
    elif value is not None:
        yield name, _Leaf(str(value).strip("\n"), where)


def _op_names(ops: Sequence[Any]) -> list[str]:
    """Ops are matched by what they do; those that the driver never calls, by their names."""
    return [op.name if op.role == calls.NO_ROLE else op.role for op in ops]


def _parameters(parameters: Sequence[Any]) -> str:
    declared = (ctype.declare(parameter.type, parameter.name) for parameter in parameters)
    return f"({', '.join(declared) or 'void'})"
