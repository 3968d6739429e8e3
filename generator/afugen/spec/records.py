# SPDX-License-Identifier: GPL-2.0-only
"""YAML files whose shape the engine knows, such as machines and ledgers, as pydantic models."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ValidationError

from afugen.errors import Complaint, SpecError
from afugen.spec import formats
from afugen.spec.yamlsource import Key, Source

M = TypeVar("M", bound=BaseModel)
Line = Annotated[str, AfterValidator(formats.line)]
Text = Annotated[str, AfterValidator(formats.text)]


def model_of(source: Source, model: type[M]) -> M:
    """Return the model of a parsed file; SpecError with every complaint about it."""
    try:
        return model.model_validate(source.value)
    except ValidationError as error:
        raise SpecError(tuple(complaint(source, detail) for detail in error.errors())) from None


def complaint(source: Source, detail: Any) -> Complaint:  # noqa: ANN401 - pydantic's ErrorDetails
    """Return an error of pydantic's as a complaint with its place."""
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
