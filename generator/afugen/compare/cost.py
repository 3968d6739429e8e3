# SPDX-License-Identifier: GPL-2.0-only
"""What a driver that uses one version's interface has to do to use the other's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from afugen.spec import ctype
from afugen.spec.model import (
    ApiVersion,
    Callback,
    Close,
    Delivery,
    IncompleteOps,
    NullOps,
    Priority,
    Role,
    SizeCheck,
    Spec,
    expand,
)


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
        ("payload.words", _length(before), _length(after), "the payload"),
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
    yield from (
        Cost(Kind.BEHAVIOUR, f"{new}; it was: {old}", "", field)
        for field, old, new in _turned(_DRIVERS_SEE, before, after)
    )
    if " ".join(before.ops.locking.split()) != " ".join(after.ops.locking.split()):
        text = " ".join(expand(after.ops.locking, after).split())
        yield Cost(Kind.BEHAVIOUR, "the locking rules are others", text, "ops.locking")


def seen_by_programs(before: Spec, after: Spec) -> tuple[str, ...]:
    """What userspace notices of the later spec, beside the layout of its events."""
    turned = _turned(_PROGRAMS_SEE, before, after)
    return tuple(f"{new}; it was: {old}" for _, old, new in turned)


_Ways = dict[str, Callable[[Spec], str]]


def _turned(ways: _Ways, before: Spec, after: Spec) -> Iterator[tuple[str, str, str]]:
    for field, way in ways.items():
        if (old := way(before)) != (new := way(after)):
            yield field, old, new


def _sizes(spec: Spec) -> str:
    if spec.delivery is Delivery.COUNTER:
        return (
            "an event that does not fit into CXL_READ_MIN_SIZE with its header is refused, and "
            "both sides get EINVAL"
        )
    return {
        SizeCheck.TRUST: "header.size is trusted",
        SizeCheck.WARN: "header.size is trusted, and one that is too large is warned of",
        SizeCheck.BOUND: "header.size is bounded, and a reader gets EIO for an impossible one",
    }[spec.size_check]


def _length(spec: Spec) -> str:
    words = spec.payload.words
    return (
        f"{words} words"
        if isinstance(words, int)
        else "as many bytes as CXL_READ_MIN_SIZE has room for"
    )


def _read(spec: Spec) -> str:
    """What read() gives of a driver event: not all that its struct has."""
    data = "" if isinstance(spec.payload.words, int) else "its data, without data_size, "
    return f"behind the header of a driver event read() puts {data}{_length(spec)}"


# What a spec's choices mean to the two who meet them, by the field that makes the choice.
_DRIVERS_SEE: _Ways = {
    "delivery": lambda spec: {
        Delivery.CALLBACK: "the cxl driver asks for events whenever a reader looks",
        Delivery.COUNTER: "the AFU driver counts events that are ready, and gets each one back",
    }[spec.delivery],
    "setter.incomplete_ops": lambda spec: {
        IncompleteOps.UNCHECKED: "ops that lack a callback are taken",
        IncompleteOps.ERROR: "ops that lack a callback are refused with an error",
        IncompleteOps.REFUSE: "ops that lack a callback draw a warning, and are not taken",
    }[spec.setter.incomplete_ops],
    "setter.null_ops": lambda spec: {
        NullOps.ACCEPT: "NULL takes a context's ops away",
        NullOps.REFUSE: "NULL is refused",
    }[spec.setter.null_ops],
    "size_check": _sizes,
}
_PROGRAMS_SEE: _Ways = {
    "delivery": lambda spec: {
        Delivery.CALLBACK: "a driver event wakes nobody who sleeps in poll() or read()",
        Delivery.COUNTER: "a driver event wakes whoever sleeps in poll() or read()",
    }[spec.delivery],
    "payload.words": _read,
    "size_check": _sizes,
    "close": lambda spec: {
        Close.LEAVE: "closing a context that was never started wakes nobody",
        Close.WAKE: "closing a context wakes its readers, also if it was never started",
    }[spec.close],
    "priority": lambda spec: {
        Priority.BEFORE_GENERIC: "driver events are read before generic ones",
        Priority.AFTER_GENERIC: "driver events are read after generic ones",
    }[spec.priority],
    "api_version": lambda spec: {
        ApiVersion.BUMP: "CXL_API_VERSION is one more than the tree's",
        ApiVersion.NONE: "CXL_API_VERSION is the tree's",
    }[spec.api_version],
}
