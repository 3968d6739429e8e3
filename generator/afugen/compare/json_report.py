# SPDX-License-Identifier: GPL-2.0-only
"""A comparison for programs: plain values, named as the fields of `Whole` are.

A section that is absent is {"absent": why}. Lines of code are left out: the two commits that the
file names have them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from afugen.compare import summary
from afugen.compare.model import Absent, FileView, HunkView, Whole

FORMAT = 1


def to_plain(whole: Whole) -> dict[str, Any]:
    """What json.dumps takes."""
    answers = [_plain(answer) for answer in summary.answers(whole)]
    sections = {field.name: _plain(getattr(whole, field.name)) for field in fields(whole)}
    return {"format": FORMAT, "answers": answers, **sections}


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a section holds
    if isinstance(value, Absent):
        return {"absent": value.why}
    if isinstance(value, FileView):
        return {"path": value.path, "change": value.change, "new": value.new, "gone": value.gone,
                "hunks": [_hunk(view) for view in value.hunks]}  # fmt: skip
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return str(value) if isinstance(value, Path | BaseModel) else value


def _hunk(view: HunkView) -> dict[str, Any]:
    lines = view.hunk.lines(right=True)
    return {
        "heading": view.hunk.heading,
        "first_line": lines.start,
        "last_line": lines.stop - 1,
        "provenance": [asdict(one) for one in view.provenance],
        "comments": [comment.id for comment in view.comments],
    }
