# SPDX-License-Identifier: GPL-2.0-only
"""Expressions and small templates over a spec, in the templates' own language, sandboxed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import jinja2
from jinja2.sandbox import SandboxedEnvironment


@cache
def _environment() -> SandboxedEnvironment:
    return SandboxedEnvironment(undefined=jinja2.StrictUndefined, trim_blocks=True)


@cache
def _compiled(text: str) -> Callable[..., Any]:
    return _environment().compile_expression(text, undefined_to_none=False)


@cache
def _template(text: str) -> jinja2.Template:
    return _environment().from_string(text)


def flaw(text: str, *, is_template: bool) -> str:
    """Return why a text is no expression, or no template; "" if it is one."""
    try:
        _environment().parse(text if is_template else f"{{{{ {text} }}}}")
    except jinja2.TemplateSyntaxError as error:
        return f"not {'a template' if is_template else 'an expression'}: {error.message}"
    return ""


def value(text: str, **names: object) -> Any:  # noqa: ANN401 - whatever the expression is
    """Return the value of an expression; jinja2.UndefinedError for a name that is not there."""
    return _compiled(text)(names)


def filled(text: str, **names: object) -> str:
    """Return a template's text in one line of single spaces."""
    return " ".join(_template(text).render(names).split())
