# SPDX-License-Identifier: GPL-2.0-only
"""Expressions and templates of an interface.yaml, evaluated over one spec.

All of them may use the same names. One that fails is a complaint about its line of the file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from afugen.errors import SpecError
from afugen.spec import calls, expressions
from afugen.spec.model import op_with

_T = TypeVar("_T")
# The names that every expression may use.
NAMES = ("spec", "name_of", "parameter_of")


def value(spec: Any, text: str) -> Any:  # noqa: ANN401 - a Spec or a view of one; any value
    """Return the value of an expression of the spec's interface."""
    return _tried(spec, text, lambda: expressions.value(text, **_names(spec)))


def filled(spec: Any, text: str) -> str:  # noqa: ANN401
    """Return the text of a template of the spec's interface, in one line of single spaces."""
    return _tried(spec, text, lambda: expressions.filled(text, **_names(spec)))


def anchor(spec: Any, text: str, anchors: dict[str, Any]) -> Any:  # noqa: ANN401
    """Return the anchor that an expression of the spec's interface makes."""
    return _tried(spec, text, lambda: expressions.value(text, **anchors))


def _tried(spec: Any, text: str, evaluate: Callable[[], _T]) -> _T:  # noqa: ANN401
    try:
        return evaluate()
    except Exception as error:
        problem = f"{type(error).__name__}: {error}"
        raise SpecError((spec.interface.complaint(text, problem),)) from None


def _names(spec: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "spec": spec,
        "name_of": lambda role: _name_of(spec, role),
        "parameter_of": lambda role, kind: _parameter_of(spec, role, kind),
    }


def _name_of(spec: Any, role: str) -> str | None:  # noqa: ANN401
    op = op_with(spec, role)
    return op.name if op else None


def _parameter_of(spec: Any, role: str, kind: str) -> str | None:  # noqa: ANN401
    """Return the name of an op's parameter for which the driver passes this kind of argument."""
    op = op_with(spec, role)
    kinds = calls.argument_kinds(spec, op) if op else []
    parameters = op.parameters if op else ()
    found = (p.name for p, one in zip(parameters, kinds, strict=True) if one == kind)
    return next(found, None)
