# SPDX-License-Identifier: GPL-2.0-only
"""Delivery protocols: which ops the cxl driver calls in each and how, and what only one has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from afugen.spec import ctype
from afugen.spec.model import Callback, Delivery, Role, SizeCheck, Spec, field
from afugen.spec.yamlsource import Key

Path = tuple[Key, ...]
Contradiction = tuple[Path, str]


@dataclass(frozen=True, slots=True)
class Call:
    """How the cxl driver calls an op: the kinds of arguments it has for it, and who it needs."""

    returns: tuple[str, ...]
    takes: tuple[str, ...]
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Protocol:
    """A delivery protocol: its roles, what a spec has for it alone, and the templates' variables.

    `variables` are those that stand beside names of the spec in a function.
    """

    calls: dict[Role, Call]
    own: tuple[Path, ...]
    variables: tuple[str, ...]


PAYLOAD = "struct PAYLOAD *"
PROTOCOLS = {
    Delivery.CALLBACK: Protocol(
        calls={
            Role.PENDING: Call(("bool", "int"), ("context",), ("context",)),
            Role.DELIVER: Call(("void", "int"), ("context", "event", "size"), ("event",)),
        },
        own=(),
        variables=("ctx", "ops"),
    ),
    Delivery.COUNTER: Protocol(
        calls={
            Role.FETCH: Call((PAYLOAD,), ("context",), ("context",)),
            Role.DELIVERED: Call(
                ("void",), ("context", "payload", "status"), ("payload", "status")
            ),
        },
        own=(("notify",), ("context", "counter"), ("helpers", "copy_event")),
        variables=("ctx", "ops", "payload"),
    ),
}
EXAMPLES = {
    "context": "struct cxl_context *",
    "event": "struct cxl_event *",
    "payload": PAYLOAD,
    "status": "int",
}


def of(spec: Spec) -> Protocol:
    """The protocol that a spec picks."""
    return PROTOCOLS[spec.delivery]


def argument_kinds(spec: Spec, op: Callback) -> list[str | None]:
    """What the cxl driver passes for each parameter of an op; None where it has nothing."""
    kinds = (ctype.argument_kind(p.type, spec.payload.struct) for p in op.parameters)
    if op.role is not Role.DELIVERED:
        return list(kinds)
    typed = zip(op.parameters, kinds, strict=True)
    return ["status" if p.type == EXAMPLES["status"] else kind for p, kind in typed]


def contradictions(spec: Spec) -> Iterator[Contradiction]:
    """What a spec says that does not go with its protocol."""
    yield from _roles(spec)
    for delivery, protocol in PROTOCOLS.items():
        for path in protocol.own:
            is_there = field(spec, path) is not None
            if is_there and delivery is not spec.delivery:
                yield path, f"{_words(path)} belongs to the protocol {delivery}"
            if not is_there and delivery is spec.delivery:
                yield ("delivery",), f"the protocol {delivery} needs {_words(path)}"
    if spec.delivery is Delivery.COUNTER:
        yield from _counter(spec)


def _words(path: Path) -> str:
    return ".".join(map(str, path))


def _roles(spec: Spec) -> Iterator[Contradiction]:
    calls = of(spec).calls
    for role in calls:
        count = sum(op.role is role for op in spec.ops.callbacks)
        if count != 1:
            yield ("ops", "callbacks"), f"{count} callbacks have the role {role}, not one"
    for index, op in enumerate(spec.ops.callbacks):
        where = ("ops", "callbacks", index)
        if op.role in calls:
            for path, problem in _call(spec, op, calls[op.role]):
                yield (*where, *path), problem
        elif op.role is not Role.NONE:
            yield (*where, "role"), f"the protocol {spec.delivery} has no role {op.role}"


def _call(spec: Spec, op: Callback, call: Call) -> Iterator[Contradiction]:
    """What the cxl driver, which calls the op, could not do."""
    payload = f"struct {spec.payload.struct} *"
    returns = [payload if text == PAYLOAD else text for text in call.returns]
    if op.returns not in returns:
        yield ("returns",), f"an op with the role {op.role} returns {' or '.join(returns)}"
    kinds = argument_kinds(spec, op)
    for place, kind in enumerate(kinds):
        if kind not in call.takes or kind in kinds[:place]:
            problem = f"the cxl driver has nothing to pass as {op.parameters[place].type!r} here"
            yield ("parameters", place, "type"), problem
    for kind in call.needs:
        if kind not in kinds:
            example = payload if kind == "payload" else EXAMPLES[kind]
            article = "an" if example == "int" else "a"
            yield ("parameters",), f"an op with the role {op.role} needs {article} {example!r}"


def _counter(spec: Spec) -> Iterator[Contradiction]:
    """The AFU driver says how long an event is in the event itself, and is not believed."""
    if spec.payload.words != "flexible":
        yield ("payload", "words"), "an event that is fetched has a size of its own: 'flexible'"
    if spec.size_check is not SizeCheck.BOUND:
        yield ("size_check",), f"the protocol {spec.delivery} copies no more than fits: 'bound'"
