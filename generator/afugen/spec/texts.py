# SPDX-License-Identifier: GPL-2.0-only
"""The names of a spec that its texts may use as ${...}."""

from __future__ import annotations

import re
from typing import Any

from afugen.spec import calls, expressions
from afugen.spec.model import Spec, op_with

PLACEHOLDER = re.compile(r"\$\{([^}\n]*)\}")
# What texts may name besides: an op's promise the op, a cover letter how the tests ended.
SELF, RESULTS = "self", "results"


def placeholder(name: str, spec: Spec) -> str | None:
    """Return what `${name}` stands for; None where the spec has no such thing."""
    expression = spec.interface.data.placeholders.get(name)
    if expression is None:
        return None
    value = expressions.value(
        expression,
        spec=spec,
        name_of=lambda role: _name_of(spec, role),
        parameter_of=lambda role, kind: _parameter_of(spec, role, kind),
    )
    return None if value is None else str(value)


def placeholders(spec: Spec) -> list[str]:
    """Return the names that mean something in the texts of a spec."""
    return [name for name in spec.interface.data.placeholders if placeholder(name, spec)]


def _name_of(spec: Spec, role: str) -> str | None:
    op = op_with(spec, role)
    return op.name if op else None


def _parameter_of(spec: Spec, role: str, kind: str) -> str | None:
    """Return the name of an op's parameter for which the driver passes this kind of argument."""
    op = op_with(spec, role)
    kinds = calls.argument_kinds(spec, op) if op else []
    return (
        next((p.name for p, one in zip(op.parameters, kinds, strict=True) if one == kind), None)
        if op
        else None
    )


def expand(text: str, spec: Any, own_name: str = "", results: str = "") -> str:  # noqa: ANN401
    """Return the text with each `${...}` replaced; `own_name` is SELF, `results` is RESULTS."""
    own = {SELF: own_name, RESULTS: results}

    def name(match: re.Match[str]) -> str:
        key = match.group(1)
        return own[key] if key in own else placeholder(key, spec) or ""

    return PLACEHOLDER.sub(name, text)
