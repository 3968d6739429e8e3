# SPDX-License-Identifier: GPL-2.0-only
"""What an in-kernel user of one version's interface has to do to use that of another version."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from afugen.compare.spec_changes import parameter_list, role_of
from afugen.spec import ctype, evaluation, schema
from afugen.spec.formats import WITH_PLACEHOLDERS
from afugen.spec.model import Spec, dotted, field
from afugen.spec.texts import expand


class CostKind(StrEnum):
    """Whether a user has to edit source code, or to expect other behaviour."""

    SOURCE = "source"
    BEHAVIOUR = "behaviour"


@dataclass(frozen=True, slots=True)
class Cost:
    """One change that a user meets; `field` names the field of the later spec that causes it."""

    kind: CostKind
    text: str
    detail: str
    field: str


def find_costs(before: Spec, after: Spec) -> tuple[Cost, ...]:
    """Return what a user written for `before` meets in `after`; changes of source are first."""
    changes = after.interface.data.changes
    sources = (cost for change in changes.source for cost in _source_cost(change, before, after))
    behaviour = (
        Cost(CostKind.BEHAVIOUR, text, detail, name)
        for name, text, detail in _changed_meanings(changes.kernel, "kernel", before, after)
    )
    return (*_op_costs(before, after), *sources, *behaviour)


def _op_costs(before: Spec, after: Spec) -> Iterator[Cost]:
    old, new = ({role_of(op): op for op in spec.ops.callbacks} for spec in (before, after))
    for role, op in old.items():
        if role not in new:
            yield Cost(CostKind.SOURCE, f"{op.name}() is no longer an op", signature(op), "ops")
    for role, op in new.items():
        field = f"ops.callbacks[{role}]"
        if role not in old:
            promise = " ".join(expand(op.promise, after, op.name).split())
            yield Cost(CostKind.SOURCE, f"{op.name}() is a new op: {signature(op)}", promise, field)
        elif signature(old[role]) != signature(op):
            name = old[role].name
            change = "has another type" if name == op.name else f"is now {op.name}()"
            text = f"{name}() {change}; it was {signature(old[role])}"
            yield Cost(CostKind.SOURCE, text, signature(op), field)


def signature(op: Any) -> str:  # noqa: ANN401 - a callback of a spec
    """Return an op as a C declaration."""
    return f"{ctype.declare(op.returns, op.name)}{parameter_list(op.parameters)}"


def _source_cost(change: Any, before: Spec, after: Spec) -> Iterator[Cost]:  # noqa: ANN401 - a Section
    """Return the cost that an entry of `changes.source` in an interface.yaml describes, if any."""
    path, name = dotted(change.field), change.told_as or change.field
    old, new = (field(spec, path) if _has(spec, change.field) else None for spec in (before, after))
    if change.new and old is None and new is not None:
        detail = _expanded_field(after, change.detail) if change.detail else ""
        yield Cost(CostKind.SOURCE, evaluation.filled(after, change.new), detail, name)
    elif change.gone and new is None and old is not None:
        yield Cost(CostKind.SOURCE, evaluation.filled(before, change.gone), "", name)
    elif change.name and _has(before, change.field):
        was, now = (_field_value(change, spec) for spec in (before, after))
        if was != now:
            yield Cost(CostKind.SOURCE, f"{change.name}: {was} is now {now}", "", name)


def _has(spec: Spec, name: str) -> bool:
    """Return whether the interface of a spec has a field; that of an earlier spec may be older."""
    return schema.at(spec.interface.fields, dotted(name)) is not None


def _field_value(change: Any, spec: Spec) -> str:  # noqa: ANN401 - a Section
    if change.shown:
        return evaluation.filled(spec, change.shown)
    value = field(spec, dotted(change.field))
    return "none" if value is None else str(value)


def effects_on_programs(before: Spec, after: Spec) -> tuple[str, ...]:
    """Return what programs notice of the later spec, except the layout of its events."""
    names = after.interface.data.changes.programs
    return tuple(text for _, text, _ in _changed_meanings(names, "programs", before, after))


def _changed_meanings(
    names: tuple[str, ...], audience: str, before: Spec, after: Spec
) -> Iterator[tuple[str, str, str]]:
    """Return the fields whose meaning to an audience changed: name, text and detail of each."""
    for name in (name for name in names if _has(before, name)):
        node = schema.at(after.interface.fields, dotted(name)) or {}
        if node.get("format") in WITH_PLACEHOLDERS:
            old, new = (" ".join(field(spec, dotted(name)).split()) for spec in (before, after))
            if old != new:
                yield name, node["means"][audience], _expanded_field(after, name)
            continue
        was, now = (_meaning(spec, name, node, audience) for spec in (before, after))
        if was != now:
            yield name, f"{now}; it was: {was}", ""


def _meaning(spec: Spec, name: str, node: schema.Node, audience: str) -> str:
    """Return what a field's value means to an audience, from the entry of the value or field."""
    value = field(spec, dotted(name))
    entries = (one for one in node.get("oneOf", ()) if one.get("const") == value)
    means = next((one["means"] for one in entries if "means" in one), node.get("means", {}))
    return evaluation.filled(spec, means.get(audience) or means.get("both", str(value)))


def _expanded_field(spec: Spec, name: str) -> str:
    return " ".join(expand(field(spec, dotted(name)), spec).split())
