# SPDX-License-Identifier: GPL-2.0-only
"""The report of `afugen diff` for programs: plain data under the names of the report's fields.

A missing section is {"absent": why}. Lines of code are left out: the two commits have them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from afugen.compare import summary
from afugen.compare.model import AnnotatedHunk, DiffReport, MissingSection

FORMAT = 1
# Programs read these names, which the format keeps where the code has others.
_KEYS = {
    "program_effects": "seen", "rating": "mood", "side": "party", "state": "fate",
    "status": "fate", "transition": "turn",
}  # fmt: skip


def to_json(report: DiffReport) -> dict[str, Any]:
    """Return the report as data for json.dumps."""
    data = _plain(report)
    del data["terms"]
    return {"format": FORMAT, "answers": _plain(summary.answers(report)), **data}


def _plain(value: Any) -> Any:  # noqa: ANN401 - a field of the report
    if isinstance(value, MissingSection):
        return {"absent": value.why}
    if isinstance(value, AnnotatedHunk):
        return _hunk(value)
    if is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in fields(value)]
        return {_KEYS.get(name, name): _plain(getattr(value, name)) for name in names}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return str(value) if isinstance(value, Path | BaseModel) else value


def _hunk(annotated: AnnotatedHunk) -> dict[str, Any]:
    lines = annotated.hunk.lines(right=True)
    return {
        "heading": annotated.hunk.heading,
        "first_line": lines.start,
        "last_line": lines.stop - 1,
        "provenance": _plain(annotated.provenance),
        "comments": [comment.id for comment in annotated.comments],
    }
