# SPDX-License-Identifier: GPL-2.0-only
"""Two specs compared by meaning: ops by role, parameter lists as C declarations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from afugen.compare.word_diff import ChangeKind, TextPiece, word_diff
from afugen.spec import calls, ctype
from afugen.spec.model import Section, Spec, items
from afugen.spec.yamlsource import Key

Positions = Mapping[tuple[Key, ...], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of a spec that is changed, new or gone.

    `path` is its name for people, with ops by role; `pieces` is the word diff of both values;
    `old_line` and `new_line` are its lines in the two files.
    """

    path: str
    change: ChangeKind
    before: str
    after: str
    pieces: tuple[TextPiece, ...]
    old_line: int | None
    new_line: int | None

    @property
    def is_text(self) -> bool:
        """Return whether the value is prose, to be shown as a paragraph."""
        return "\n" in self.before + self.after or len(self.before) + len(self.after) > 70


@dataclass(frozen=True, slots=True)
class _Leaf:
    text: str
    yaml_path: tuple[Key, ...]


def compare_specs(
    before: Spec, after: Spec, old_positions: Positions, new_positions: Positions
) -> tuple[FieldChange, ...]:
    """Return the changed fields in the order of the specs; a new op is all of its fields."""
    old, new = (dict(_leaves(spec, "", ())) for spec in (before, after))
    return tuple(
        _field_change(path, old.get(path), new.get(path), old_positions, new_positions)
        for path in dict.fromkeys([*new, *old])
        if path not in old or path not in new or old[path].text != new[path].text
    )


def _field_change(
    path: str,
    old: _Leaf | None,
    new: _Leaf | None,
    old_positions: Positions,
    new_positions: Positions,
) -> FieldChange:
    before, after = old.text if old else "", new.text if new else ""
    return FieldChange(
        path=path,
        change=(
            ChangeKind.NEW
            if old is None
            else ChangeKind.GONE
            if new is None
            else ChangeKind.CHANGED
        ),
        before=before,
        after=after,
        pieces=word_diff(before, after),
        old_line=line_of(old_positions, old.yaml_path) if old else None,
        new_line=line_of(new_positions, new.yaml_path) if new else None,
    )


def line_of(positions: Positions, yaml_path: tuple[Key, ...]) -> int:
    """Return the line of a key, or of its nearest parent that the file has."""
    while yaml_path:
        for path in ((*yaml_path, "<key>"), yaml_path):
            if path in positions:
                return positions[path][0]
        yaml_path = yaml_path[:-1]
    return 1


def _leaves(value: Any, name: str, path: tuple[Key, ...]) -> Iterator[tuple[str, _Leaf]]:  # noqa: ANN401
    """Return every leaf of a spec with its name for people."""
    if isinstance(value, Section):
        for key, field in items(value):
            inner = f"{name}.{key}" if name else key
            if inner != "interface":
                yield from _leaves(field, inner, (*path, key))
    elif path[-1:] == ("callbacks",):
        roles = [role_of(op) for op in value]
        yield f"{name} order", _Leaf(", ".join(roles), path)
        for index, (role, op) in enumerate(zip(roles, value, strict=True)):
            yield from _leaves(op, f"{name}[{role}]", (*path, index))
    elif path[-1:] == ("parameters",):
        yield name, _Leaf(parameter_list(value), path)
    elif isinstance(value, tuple) and all(isinstance(item, str) for item in value):
        yield name, _Leaf("\n".join(value), path)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{name}[{index}]", (*path, index))
    elif value is not None:
        yield name, _Leaf(str(value).strip("\n"), path)


def role_of(op: Any) -> str:  # noqa: ANN401 - a callback of a spec
    """Return the role of an op, or its name where the driver never calls it."""
    return str(op.name if op.role == calls.NO_ROLE else op.role)


def parameter_list(parameters: Sequence[Any]) -> str:
    """Return parameters as a C declaration has them, with parentheses."""
    declared = (ctype.declare(parameter.type, parameter.name) for parameter in parameters)
    return f"({', '.join(declared) or 'void'})"
