# SPDX-License-Identifier: GPL-2.0-only
"""The names of a spec that its texts may use as ${...}."""

from __future__ import annotations

import re
from typing import Any

from afugen.spec import evaluation
from afugen.spec.model import Spec

PLACEHOLDER = re.compile(r"\$\{([^}\n]*)\}")
# What texts may name besides: an op's promise the op, a cover letter how the tests ended.
SELF, RESULTS = "self", "results"


def placeholder(name: str, spec: Spec) -> str | None:
    """Return what `${name}` stands for; None where the spec has no such thing."""
    expression = spec.interface.data.placeholders.get(name)
    if expression is None:
        return None
    value = evaluation.value(spec, expression)
    return None if value is None else str(value)


def placeholders(spec: Spec) -> list[str]:
    """Return the names that mean something in the texts of a spec."""
    return [name for name in spec.interface.data.placeholders if placeholder(name, spec)]


def expand(text: str, spec: Any, own_name: str = "", results: str = "") -> str:  # noqa: ANN401
    """Return the text with each `${...}` replaced; `own_name` is SELF, `results` is RESULTS."""
    own = {SELF: own_name, RESULTS: results}

    def name(match: re.Match[str]) -> str:
        key = match.group(1)
        return own[key] if key in own else placeholder(key, spec) or ""

    return PLACEHOLDER.sub(name, text)
