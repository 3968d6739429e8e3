# SPDX-License-Identifier: GPL-2.0-only
"""What a driver that uses one version's interface has to do to use the other's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from afugen.spec import calls, ctype, evaluation, schema
from afugen.spec.formats import WITH_PLACEHOLDERS
from afugen.spec.model import Spec, dotted, field
from afugen.spec.texts import expand


class Kind(StrEnum):
    """What it takes: another source, or to know that something behaves otherwise."""

    SOURCE = "source"
    BEHAVIOUR = "behaviour"


@dataclass(frozen=True, slots=True)
class Cost:
    """One thing to do or to know; `field` names what says so in the later spec."""

    kind: Kind
    text: str
    detail: str
    field: str


def costs(before: Spec, after: Spec) -> tuple[Cost, ...]:
    """Return what a driver written for `before` meets in `after`, what it must do first."""
    changes = after.interface.data.changes
    sources = (cost for change in changes.source for cost in _source(change, before, after))
    behaviour = (
        Cost(Kind.BEHAVIOUR, text, detail, name)
        for name, text, detail in _meanings(changes.kernel, "kernel", before, after)
    )
    return (*_ops(before, after), *sources, *behaviour)


def _ops(before: Spec, after: Spec) -> Iterator[Cost]:
    old, new = ({_role(op): op for op in spec.ops.callbacks} for spec in (before, after))
    for role, op in old.items():
        if role not in new:
            yield Cost(Kind.SOURCE, f"{op.name}() is no longer an op", signature(op), "ops")
    for role, op in new.items():
        field = f"ops.callbacks[{role}]"
        if role not in old:
            promise = " ".join(expand(op.promise, after, op.name).split())
            yield Cost(Kind.SOURCE, f"{op.name}() is a new op: {signature(op)}", promise, field)
        elif signature(old[role]) != signature(op):
            yield Cost(Kind.SOURCE, _renamed(old[role], op), signature(op), field)


def _role(op: Any) -> str:  # noqa: ANN401 - a callback of a spec
    """Return what an op is known by: its role, or its name where the driver never calls it."""
    return str(op.name if op.role == calls.NO_ROLE else op.role)


def _renamed(old: Any, new: Any) -> str:  # noqa: ANN401
    if old.name == new.name:
        return f"{new.name}() has another type; it was {signature(old)}"
    return f"{old.name}() is now {new.name}(); it was {signature(old)}"


def signature(op: Any) -> str:  # noqa: ANN401
    """Return the op as a C declaration."""
    declared = (ctype.declare(p.type, p.name) for p in op.parameters)
    return f"{ctype.declare(op.returns, op.name)}({', '.join(declared) or 'void'})"


def _source(change: Any, before: Spec, after: Spec) -> Iterator[Cost]:  # noqa: ANN401 - a Section
    """Return what an entry of `changes.source` in an interface.yaml finds."""
    path, name = dotted(change.field), change.told_as or change.field
    old, new = field(before, path), field(after, path)
    if change.new and old is None and new is not None:
        detail = _text(after, change.detail) if change.detail else ""
        yield Cost(Kind.SOURCE, evaluation.filled(after, change.new), detail, name)
    elif change.gone and new is None and old is not None:
        yield Cost(Kind.SOURCE, evaluation.filled(before, change.gone), "", name)
    elif change.name and (was := _shown(change, before)) != (now := _shown(change, after)):
        yield Cost(Kind.SOURCE, f"{change.name}: {was} is now {now}", "", name)


def _shown(change: Any, spec: Spec) -> str:  # noqa: ANN401
    if change.shown:
        return evaluation.filled(spec, change.shown)
    value = field(spec, dotted(change.field))
    return "none" if value is None else str(value)


def programs_notice(before: Spec, after: Spec) -> tuple[str, ...]:
    """Return what userspace notices of the later spec, beside the layout of its events."""
    names = after.interface.data.changes.programs
    return tuple(text for _, text, _ in _meanings(names, "programs", before, after))


def _meanings(
    names: tuple[str, ...], audience: str, before: Spec, after: Spec
) -> Iterator[tuple[str, str, str]]:
    """Return the fields that mean something else to an audience: the field, a line, more text."""
    for name in names:
        node = schema.at(after.interface.fields, dotted(name)) or {}
        if node.get("format") in WITH_PLACEHOLDERS:
            old, new = (" ".join(field(spec, dotted(name)).split()) for spec in (before, after))
            if old != new:
                yield name, node["means"][audience], _text(after, name)
            continue
        was, now = (_meaning(spec, name, node, audience) for spec in (before, after))
        if was != now:
            yield name, f"{now}; it was: {was}", ""


def _meaning(spec: Spec, name: str, node: schema.Node, audience: str) -> str:
    """Return what a field's value means to an audience, from the value's entry or the field's."""
    value = field(spec, dotted(name))
    entries = (one for one in node.get("oneOf", ()) if one.get("const") == value)
    means = next((one["means"] for one in entries if "means" in one), node.get("means", {}))
    return evaluation.filled(spec, means.get(audience) or means.get("both", str(value)))


def _text(spec: Spec, name: str) -> str:
    return " ".join(expand(field(spec, dotted(name)), spec).split())
