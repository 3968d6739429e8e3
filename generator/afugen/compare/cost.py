# SPDX-License-Identifier: GPL-2.0-only
"""What a driver that uses one version's interface has to do to use the other's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from afugen import ctype
from afugen.spec import Callback, Role, Spec, expand


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
    """What a driver written for `before` meets in `after`, what it must do first."""
    found = [*_ops(before, after), *_names(before, after), *_manners(before, after)]
    return tuple(sorted(found, key=lambda cost: cost.kind is Kind.BEHAVIOUR))


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


def _role(op: Callback) -> str:
    return op.name if op.role is Role.NONE else str(op.role)


def _renamed(old: Callback, new: Callback) -> str:
    if old.name == new.name:
        return f"{new.name}() has another type; it was {signature(old)}"
    return f"{old.name}() is now {new.name}(); it was {signature(old)}"


def signature(op: Callback) -> str:
    """The op as a C declaration."""
    declared = (ctype.declare(p.type, p.name) for p in op.parameters)
    return f"{ctype.declare(op.returns, op.name)}({', '.join(declared) or 'void'})"


def _names(before: Spec, after: Spec) -> Iterator[Cost]:
    pairs = (
        ("ops.struct", before.ops.struct, after.ops.struct, "the ops struct"),
        ("setter.name", before.setter.name, after.setter.name, "the setter"),
        ("event.name", before.event.name, after.event.name, "the event"),
        ("event.value", before.event.value, after.event.value, "the event's number"),
        ("payload.struct", before.payload.struct, after.payload.struct, "the payload"),
        ("payload.words", before.payload.words, after.payload.words, "the payload's words"),
        ("payload.member", before.payload.member, after.payload.member, "the union's member"),
        ("setter.returns", before.setter.returns, after.setter.returns, "the setter's return type"),
        ("kconfig", _symbol(before), _symbol(after), "the Kconfig symbol to depend on"),
    )
    for field, old, new, what in pairs:
        if old != new:
            yield Cost(Kind.SOURCE, f"{what}: {old} is now {new}", "", field)
    yield from _notify(before, after)


def _notify(before: Spec, after: Spec) -> Iterator[Cost]:
    old, new = before.notify, after.notify
    if new is not None and old is None:
        doc = " ".join(expand(new.doc, after).split())
        text = f"call {new.name}() when there are events"
        yield Cost(Kind.SOURCE, text, doc, "notify")
    elif new is None and old is not None:
        yield Cost(Kind.SOURCE, f"{old.name}() is gone", "", "notify")


def _symbol(spec: Spec) -> str:
    return spec.kconfig.symbol if spec.kconfig else "none"


def _manners(before: Spec, after: Spec) -> Iterator[Cost]:
    pairs = (
        ("delivery", before.delivery, after.delivery, "how events are delivered"),
        ("setter.incomplete_ops", before.setter.incomplete_ops, after.setter.incomplete_ops,
         "ops that lack a callback are"),
        ("setter.null_ops", before.setter.null_ops, after.setter.null_ops, "no ops at all are"),
        ("size_check", before.size_check, after.size_check, "the size that the driver says"),
        ("priority", before.priority, after.priority, "its events are read"),
        ("api_version", before.api_version, after.api_version, "CXL_API_VERSION"),
    )  # fmt: skip
    for field, old, new, what in pairs:
        if old != new:
            yield Cost(Kind.BEHAVIOUR, f"{what}: {old} is now {new}", "", field)
    if " ".join(before.ops.locking.split()) != " ".join(after.ops.locking.split()):
        text = " ".join(expand(after.ops.locking, after).split())
        yield Cost(Kind.BEHAVIOUR, "the locking rules read otherwise", text, "ops.locking")
