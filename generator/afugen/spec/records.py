# SPDX-License-Identifier: GPL-2.0-only
"""Texts and complaints of YAML files that are pydantic models, such as review ledgers."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator

from afugen.errors import Complaint
from afugen.spec import formats
from afugen.spec.yamlsource import Key, Source

Line = Annotated[str, AfterValidator(formats.line)]
Text = Annotated[str, AfterValidator(formats.text)]


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
