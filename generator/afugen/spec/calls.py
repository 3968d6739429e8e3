# SPDX-License-Identifier: GPL-2.0-only
"""How the driver calls the ops of a spec: by role, with the arguments that it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from afugen.spec.model import Spec, dotted, field
from afugen.spec.yamlsource import Key

# The role of an op that the driver never calls.
NO_ROLE = "none"

Contradiction = tuple[tuple[Key, ...], str]


def holds(condition: Mapping[str, str], spec: Any) -> bool:  # noqa: ANN401 - a Spec or a view of one
    """Return whether the fields of a `when` have the values that it gives them."""
    return all(field(spec, dotted(name)) == value for name, value in condition.items())


def words(condition: Mapping[str, str]) -> str:
    """Return a `when` in words."""
    return " and ".join(f"the {name} {value}" for name, value in condition.items())


def called_roles(spec: Spec) -> list[str]:
    """Return the roles of the ops that the driver calls under a spec."""
    return [role for role, call in spec.interface.data.calls.items() if holds(call.when, spec)]


def argument_kinds(spec: Any, op: Any) -> list[str | None]:  # noqa: ANN401
    """Return what the driver passes for each parameter of an op; None where it has nothing."""
    data = spec.interface.data
    call = data.calls.get(op.role)
    passed = call.passes if call else tuple(data.arguments)
    order = [*passed, *(kind for kind in data.arguments if kind not in passed)]
    return [
        next((kind for kind in order if _suits(spec, kind, parameter.type)), None)
        for parameter in op.parameters
    ]


def _suits(spec: Any, kind: str, type_name: str) -> bool:  # noqa: ANN401
    return type_name in _types(spec, spec.interface.data.arguments[kind].types)


def _types(spec: Any, types: tuple[str, ...]) -> list[str]:  # noqa: ANN401
    """Return types with the names of the spec in place."""
    from afugen.spec.texts import expand  # noqa: PLC0415 - texts name parameters, these name types

    return [expand(one, spec) if "$" in one else one for one in types]


def contradictions(spec: Spec) -> Iterator[Contradiction]:
    """Return what is wrong with the ops: roles that are not there, arguments that nobody has."""
    calls = spec.interface.data.calls
    roles = called_roles(spec)
    for role in roles:
        count = sum(op.role == role for op in spec.ops.callbacks)
        if count != 1:
            yield ("ops", "callbacks"), f"{count} callbacks have the role {role}, not one"
    for index, op in enumerate(spec.ops.callbacks):
        where = ("ops", "callbacks", index)
        if op.role in roles:
            for path, problem in _call(spec, op, calls[op.role]):
                yield (*where, *path), problem
        elif op.role in calls:
            chosen = words({name: field(spec, dotted(name)) for name in calls[op.role].when})
            yield (*where, "role"), f"{chosen} has no role {op.role}"
        for path, problem in _parameters(op):
            yield (*where, *path), problem


def _call(spec: Spec, op: Any, call: Any) -> Iterator[Contradiction]:  # noqa: ANN401
    """Return what the driver, which calls the op, could not do."""
    returns = _types(spec, call.returns)
    if op.returns not in returns:
        yield ("returns",), f"an op with the role {op.role} returns {' or '.join(returns)}"
    kinds = argument_kinds(spec, op)
    for place, kind in enumerate(kinds):
        if kind not in call.passes or kind in kinds[:place]:
            problem = f"the driver has nothing to pass as {op.parameters[place].type!r} here"
            yield ("parameters", place, "type"), problem
    for kind in call.needs:
        if kind not in kinds:
            example = _types(spec, spec.interface.data.arguments[kind].types)[0]
            article = "an" if example[0] in "aeiou" else "a"
            yield ("parameters",), f"an op with the role {op.role} needs {article} {example!r}"


def _parameters(op: Any) -> Iterator[Contradiction]:  # noqa: ANN401
    for place, parameter in enumerate(op.parameters):
        where = ("parameters", place)
        if parameter.name in [earlier.name for earlier in op.parameters[:place]]:
            yield (*where, "name"), f"second {parameter.name!r}"
        if parameter.name in " ".join(later.type for later in op.parameters[place:]).split():
            yield (*where, "name"), f"{parameter.name!r} is the name of a type here"
        if parameter.type == "void":
            yield (*where, "type"), "nothing has the type 'void'"
