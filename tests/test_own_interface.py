# SPDX-License-Identifier: GPL-2.0-only
"""The page "Your own interface in 30 minutes", followed by someone who does what it says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import pages

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "howto" / "own-interface.md"
FILES = "```{code-block} yaml\n:caption: a/b.yaml\n\nb: 1\n```\n"


@pytest.fixture
def reader(tmp_path):
    """The environment of a reader, whose clone is ~/afugen as the page has it."""
    (tmp_path / "afugen").symlink_to(ROOT)
    (tmp_path / ".gitconfig").write_text("[user]\nname = A Reader\nemail = reader@example.org\n")
    programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    own = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "PATH": programs}
    return os.environ | own


@pytest.mark.slow
def test_the_page_can_be_followed(tmp_path, reader):
    where = tmp_path / "here"
    where.mkdir()
    commands = []
    for step, printed in pages.follow(PAGE.read_text(), where, reader):
        assert pages.is_shown(step.output, printed), f"$ {step.command}\n{printed}"
        commands.append(step.command.split()[:2])
    for name in ("interface", "schema", "render", "apply", "diff", "review", "series", "check",
                 "build", "baseline"):  # fmt: skip
        assert ["afugen", name] in commands
    assert "size_check" in (where / "diff.html").read_text()
    diff = subprocess.run(
        ["git", "-C", where / "linux", "diff", "--stat", "main", "without"],
        check=True, capture_output=True,
    )  # fmt: skip
    assert diff.stdout == b""


def test_a_page_is_files_edits_and_commands():
    text = FILES + "```diff\n--- a\n```\n```console\n$ one \\\n  two\nprinted\n$ three\n```\n"
    assert list(pages.steps(text)) == [
        pages.File("a/b.yaml", "b: 1\n"),
        pages.Edit("--- a\n"),
        pages.Command("one \\\n  two", "printed\n"),
        pages.Command("three", ""),
    ]


@pytest.mark.parametrize(
    ("shown", "real", "is_same"),
    [
        ("a\nb\n", "a\nb\n", True),
        ("a\n", "a\nb\n", False),
        ("…\nb\n", "a\na\nb\n", True),
        ("…\nb\n…\n", "b\n", True),
        ("…\nc\n", "a\nb\n", False),
        ("in …/linux: it\n", "in /tmp/x/linux: it\n", True),
        ("in …/linux: it\n", "in /tmp/x\nlinux: it\n", False),
        (f"{'1' * 40} is new\n", f"{'2' * 40} is new\n", True),
        ("", "a complaint\n", False),
    ],
)
def test_what_a_page_shows_is_compared_with_what_is_printed(shown, real, is_same):
    assert pages.is_shown(shown, real) is is_same
