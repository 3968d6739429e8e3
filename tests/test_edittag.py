# SPDX-License-Identifier: GPL-2.0-only
"""Compiled templates are kept, and never in the way of what the templates say now."""

from __future__ import annotations

from pathlib import Path

import pytest

from afugen import cache
from afugen.render import edittag
from afugen.render.vocabulary import Functions

TEMPLATE = "{% edit before anchor %}\nint a;\n{% endedit %}\n"


def edits(templates: Path, kept: Path) -> list[str]:
    """The texts of the edits that a template makes in a process of its own."""
    env = edittag.environment(templates, {})
    edittag.keep_compiled(env, kept)
    edits = edittag.Edits("x.c", Functions(None, {}, "x.c"), edittag.Trace())
    env.get_template("x.c.j2").render({"anchor": Anywhere(), "_edits": edits})
    return [edit.text for edit in edits.found]


class Anywhere:
    def places(self, source: bytes) -> list:
        return []


@pytest.fixture
def templates(tmp_path) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "x.c.j2").write_text(TEMPLATE)
    return tmp_path / "templates"


def compiled(kept: Path) -> list[Path]:
    return [path for path in kept.rglob("*") if path.is_file()]


def test_a_template_that_changed_is_compiled_again(templates, tmp_path):
    assert edits(templates, tmp_path / "kept") == ["int a;\n"]
    assert len(compiled(tmp_path / "kept")) == 1
    (templates / "x.c.j2").write_text(TEMPLATE.replace("int a", "int b"))
    assert edits(templates, tmp_path / "kept") == ["int b;\n"]


def test_what_was_kept_is_used(templates, tmp_path, monkeypatch):
    edits(templates, tmp_path / "kept")
    monkeypatch.setattr(edittag.EditTag, "parse", None)
    assert edits(templates, tmp_path / "kept") == ["int a;\n"]


def test_what_was_spoilt_is_made_again(templates, tmp_path):
    edits(templates, tmp_path / "kept")
    (kept,) = compiled(tmp_path / "kept")
    for spoilt in (b"", kept.read_bytes()[:-20]):
        kept.write_bytes(spoilt)
        assert edits(templates, tmp_path / "kept") == ["int a;\n"]


def test_what_other_tags_compiled_is_left_alone(templates, tmp_path, monkeypatch):
    edits(templates, tmp_path / "kept")
    monkeypatch.setattr(cache, "code_digest", lambda module: f"another {module}")
    edits(templates, tmp_path / "kept")
    assert len(compiled(tmp_path / "kept")) == 2
