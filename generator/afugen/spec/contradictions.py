# SPDX-License-Identifier: GPL-2.0-only
"""What no single field of a spec shows: rules of its interface, clashing names, placeholders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from afugen.spec import calls, evaluation, schema, texts
from afugen.spec.calls import Contradiction
from afugen.spec.formats import WITH_PLACEHOLDERS
from afugen.spec.mailtext import cut_of
from afugen.spec.model import Spec, dotted, field
from afugen.spec.texts import PLACEHOLDER, RESULTS, SELF
from afugen.spec.yamlsource import Key

Path = tuple[Key, ...]
_COVER = ("series", "cover", "message")


def contradictions(spec: Spec) -> Iterator[Contradiction]:
    """Return every contradiction in a spec whose fields are sound, one by one."""
    last = spec.series.position + (spec.test is not None)
    if last > spec.series.total:
        yield ("series", "position"), f"position {last} of {spec.series.total}"
    yield from calls.contradictions(spec)
    yield from _conditional_fields(spec, spec.interface.fields, ())
    for rule in spec.interface.data.rules:
        if not evaluation.value(spec, rule.require):
            yield dotted(rule.at), evaluation.filled(spec, rule.message)
    yield from _clashes(spec)
    yield from _placeholders(spec)


def _conditional_fields(spec: Spec, node: Any, path: Path) -> Iterator[Contradiction]:  # noqa: ANN401
    """Return the fields that are there without what their `when` asks for, or missing beside it."""
    for name, inner in schema.properties(node).items():
        here = (*path, name)
        if condition := inner.get("when"):
            is_there, told = field(spec, here) is not None, ".".join(map(str, here))
            if is_there and not calls.holds(condition, spec):
                yield here, f"{told} belongs to {calls.words(condition)}"
            if not is_there and calls.holds(condition, spec):
                yield dotted(next(iter(condition))), f"{calls.words(condition)} needs {told}"
        yield from _conditional_fields(spec, inner, here)


def _clashes(spec: Spec) -> Iterator[Contradiction]:
    """Return names of one C name space that are used twice, and those of the templates' own."""
    data = spec.interface.data
    ops: list[Path] = [("ops", "callbacks", i, "name") for i in range(len(spec.ops.callbacks))]
    for space in (*([*map(dotted, names)] for names in data.namespaces), ops):
        seen: dict[object, str] = {}
        for path in space:
            if (name := field(spec, path)) is None:
                continue
            if name in seen:
                yield path, f"{name!r} is already the name of {seen[name]}"
            seen.setdefault(name, ".".join(map(str, path[:-1])))
    variables = [one.name for one in data.variables if calls.holds(one.when, spec)]
    for declared in data.declares:
        path = dotted(declared.function or declared.enumerator or "")
        if declared.local_to and (name := field(spec, path)) in variables:
            yield path, f"{name!r} is the name of a variable where this is used"


def _placeholders(spec: Spec) -> Iterator[Contradiction]:
    """Return placeholders that mean nothing, and mail that breaks once they are replaced."""
    if not {*calls.called_roles(spec)} <= {op.role for op in spec.ops.callbacks}:
        return
    found = [
        (path, node["format"], text)
        for path, node, text in schema.leaves(spec.interface.fields, spec)
        if node.get("format") in WITH_PLACEHOLDERS
    ]
    unknown = list(_unknown_placeholders(spec, [(path, text) for path, _, text in found]))
    yield from unknown
    for path, kind, text in () if unknown else found:
        if kind == "text" and (line := cut_of(texts.expand(text, spec))):
            yield path, f"git am would take the line {line!r} for no message of yours"


def _unknown_placeholders(spec: Spec, found: list[tuple[Path, str]]) -> Iterator[Contradiction]:
    known: list[str] | None = None
    for path, text in found:
        for match in PLACEHOLDER.finditer(text):
            known = texts.placeholders(spec) if known is None else known
            own = [SELF] if path[-1] == "promise" else [RESULTS] if path == _COVER else []
            if match.group(1) not in (*known, *own):
                there_are = ", ".join([*known, *own])
                yield path, f"unknown placeholder {match.group()}; there are: {there_are}"
