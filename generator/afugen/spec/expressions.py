# SPDX-License-Identifier: GPL-2.0-only
"""Expressions and small templates over a spec, in the templates' own language, sandboxed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import jinja2
from jinja2 import meta, nodes
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
        if is_template:
            _environment().compile(text)
        else:
            _compiled(text)
    except jinja2.TemplateSyntaxError as error:
        return f"not {'a template' if is_template else 'an expression'}: {error.message}"
    return ""


def unknown_names(text: str, known: Iterable[str], *, is_template: bool) -> list[str]:
    """Return the variables of a sound expression or template that nobody sets, in their order."""
    parsed = _parsed(text, is_template=is_template)
    missing = meta.find_undeclared_variables(parsed) - {*known}
    used = (node.name for node in parsed.find_all(nodes.Name))
    return [name for name in dict.fromkeys(used) if name in missing]


def attributes(text: str, variable: str, *, is_template: bool) -> list[str]:
    """Return what a sound expression or template reads of a variable: `a.b` of `variable.a.b`."""
    found = (
        _dotted(node, variable)
        for node in _parsed(text, is_template=is_template).find_all(nodes.Getattr)
    )
    return list(dict.fromkeys(path for path in found if path))


def _parsed(text: str, *, is_template: bool) -> nodes.Template:
    return _environment().parse(text if is_template else f"{{{{ {text} }}}}")


def _dotted(node: nodes.Node, variable: str) -> str:
    """Return the attributes that a node reads of a variable; "" if it reads something else."""
    names: list[str] = []
    while isinstance(node, nodes.Getattr):
        names.insert(0, node.attr)
        node = node.node
    is_it = isinstance(node, nodes.Name) and node.name == variable
    return ".".join(names) if is_it else ""


def value(text: str, **names: object) -> Any:  # noqa: ANN401 - whatever the expression is
    """Return the value of an expression; jinja2.UndefinedError for a name that is not there."""
    return _compiled(text)(names)


def filled(text: str, **names: object) -> str:
    """Return a template's text in one line of single spaces."""
    return " ".join(_template(text).render(names).split())
