# SPDX-License-Identifier: GPL-2.0-only
"""Spec files: from YAML to a checked model, with complaints that point at the line and column."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from afugen.errors import Complaint, SpecError
from afugen.spec import protocol, yamlsource
from afugen.spec.mailtext import cut_of
from afugen.spec.model import (
    NAMES,
    PLACEHOLDER,
    RESULTS,
    SELF,
    Callback,
    Cover,
    IncompleteOps,
    Patch,
    Spec,
    expand,
    field,
)
from afugen.spec.protocol import Contradiction
from afugen.spec.yamlsource import Key, Source

M = TypeVar("M", bound=BaseModel)


def load(path: Path) -> Spec:
    """Read and check a spec file; raises SpecError with every complaint about it."""
    return check(yamlsource.read(path))


def check(source: Source) -> Spec:
    """Make the model of parsed YAML; raises SpecError with every complaint about it."""
    complaints = list(source.complaints)
    spec = _model(source, complaints)
    if spec is not None:
        complaints += [source.complaint(path, text) for path, text in _contradictions(spec)]
        if not complaints:
            return spec
    raise SpecError(tuple(sorted(set(complaints), key=lambda c: (c.line, c.column, c.message))))


def _model(source: Source, complaints: list[Complaint]) -> Spec | None:
    """The model, if need be without the keys that it does not know; None where there is none."""
    try:
        return Spec.model_validate(source.value)
    except ValidationError as error:
        details = error.errors()
        complaints += [translate(source, detail) for detail in details]
    try:
        return Spec.model_validate(source.value, extra="ignore")
    except ValidationError:
        return None


def model_of(source: Source, model: type[M]) -> M:
    """The model of another file than a spec; SpecError with every complaint about it."""
    try:
        return model.model_validate(source.value)
    except ValidationError as error:
        raise SpecError(tuple(translate(source, detail) for detail in error.errors())) from None


def translate(source: Source, detail: Any) -> Complaint:  # noqa: ANN401 - pydantic's ErrorDetails
    path: tuple[Key, ...] = detail["loc"]
    name = path[-1] if path else "the file"
    if detail["type"] == "missing":
        return source.complaint(path[:-1], f"{name!r} is missing")
    if detail["type"] == "extra_forbidden":
        return source.complaint((*path, "<key>"), f"unknown key {name!r}")
    if detail["type"] == "value_error":
        return source.complaint(path, f"{name}: {detail['ctx']['error']}")
    message = str(detail["msg"])
    return source.complaint(path, f"{name}: {message[:1].lower()}{message[1:]}")


def _contradictions(spec: Spec) -> Iterator[Contradiction]:
    """What no single field shows: roles, arguments, clashing names, placeholders."""
    last = spec.series.position + (spec.test is not None)
    if last > spec.series.total:
        yield ("series", "position"), f"position {last} of {spec.series.total}"
    yield from protocol.contradictions(spec)
    for index, op in enumerate(spec.ops.callbacks):
        for path, problem in _parameter_contradictions(op):
            yield ("ops", "callbacks", index, *path), problem
    if spec.setter.incomplete_ops is IncompleteOps.ERROR and spec.setter.returns != "int":
        yield ("setter", "returns"), "incomplete_ops: error needs a setter that returns int"
    if spec.event.size not in (None, size := _event_size(spec)):
        words = spec.payload.words
        yield ("event", "size"), f"struct cxl_event is {size} bytes with payload.words: {words}"
    yield from _clashes(spec)
    yield from _placeholder_contradictions(spec)


HEADER_SIZE = 8
LARGEST_GENERIC = 32


def _event_size(spec: Spec) -> int:
    """The bytes of struct cxl_event; its other members' are guarded in cxl_file_init()."""
    words = spec.payload.words
    return HEADER_SIZE + max(LARGEST_GENERIC, 8 * words if isinstance(words, int) else 0)


def _parameter_contradictions(op: Callback) -> Iterator[Contradiction]:
    for place, parameter in enumerate(op.parameters):
        where = ("parameters", place)
        if parameter.name in [earlier.name for earlier in op.parameters[:place]]:
            yield (*where, "name"), f"second {parameter.name!r}"
        if parameter.name in " ".join(later.type for later in op.parameters[place:]).split():
            yield (*where, "name"), f"{parameter.name!r} is the name of a type here"
        if parameter.type == "void":
            yield (*where, "type"), "nothing has the type 'void'"


# Names of the spec that stand in functions, beside what templates call their own variables.
OUTSIDE_OPS: tuple[tuple[Key, ...], ...] = (
    ("helpers", "pending", "name"),
    ("helpers", "pending_or_closed", "name"),
    ("helpers", "copy_event"),
    ("event", "name"),
)


def _clashes(spec: Spec) -> Iterator[Contradiction]:
    """Names of one C name space that are used twice."""
    spaces: tuple[tuple[tuple[Key, ...], ...], ...] = (
        (("ops", "struct"), ("payload", "struct")),
        (("setter", "name"), ("notify", "name"), *OUTSIDE_OPS),
        (("context", "field"), ("context", "counter")),
        tuple(("ops", "callbacks", i, "name") for i in range(len(spec.ops.callbacks))),
    )  # fmt: skip
    for space in spaces:
        seen: dict[object, str] = {}
        for path in space:
            if (name := field(spec, path)) is None:
                continue
            if name in seen:
                yield path, f"{name!r} is already the name of {seen[name]}"
            seen.setdefault(name, ".".join(map(str, path[:-1])))
    for path in OUTSIDE_OPS:
        if (name := field(spec, path)) in protocol.of(spec).variables:
            yield path, f"{name!r} is the name of a variable where this is used"
    if spec.kconfig and spec.kconfig.symbol == spec.kconfig.selected_by:
        yield ("kconfig", "selected_by"), "a symbol cannot select itself"


def _texts(spec: Spec) -> Iterator[tuple[tuple[Key, ...], str, tuple[str, ...]]]:
    """Every text that may hold placeholders, and those that mean something in it alone."""
    cover = ("series", "cover", "message")
    for path, text in _mail_texts(spec):
        yield path, text, (RESULTS,) if path == cover else ()
    yield ("ops", "doc"), spec.ops.doc, ()
    yield ("ops", "locking"), spec.ops.locking, ()
    yield ("setter", "doc"), spec.setter.doc, ()
    if spec.notify:
        yield ("notify", "doc"), spec.notify.doc, ()
    yield ("context", "comment"), spec.context.comment, ()
    yield ("payload", "doc"), spec.payload.doc, ()
    for index, op in enumerate(spec.ops.callbacks):
        yield ("ops", "callbacks", index, "promise"), op.promise, (SELF,)


def _mail_texts(spec: Spec) -> Iterator[tuple[tuple[Key, ...], str]]:
    """What is said in mail, the subjects among it."""
    parts: tuple[tuple[tuple[Key, ...], Patch | Cover | None], ...] = (
        (("series",), spec.series),
        (("series", "cover"), spec.series.cover),
        (("test",), spec.test),
    )
    for path, part in parts:
        for name in ("subject", "message", "changelog"):
            if text := getattr(part, name, None):
                yield (*path, name), text


def _placeholder_contradictions(spec: Spec) -> Iterator[Contradiction]:
    """Placeholders that mean nothing, and mail that breaks once they are replaced."""
    if not protocol.of(spec).calls.keys() <= {op.role for op in spec.ops.callbacks}:
        return
    known = [name for name, value in NAMES.items() if value(spec) is not None]
    unknown = list(_unknown_placeholders(spec, known))
    yield from unknown
    for path, text in () if unknown else _mail_texts(spec):
        if path[-1] != "subject" and (line := cut_of(expand(text, spec))):
            yield path, f"git am would take the line {line!r} for no message of yours"


def _unknown_placeholders(spec: Spec, known: list[str]) -> Iterator[Contradiction]:
    for path, text, own in _texts(spec):
        allowed = [*known, *own]
        for match in PLACEHOLDER.finditer(text):
            if match.group(1) not in allowed:
                there_are = ", ".join(allowed)
                yield path, f"unknown placeholder {match.group()}; there are: {there_are}"
