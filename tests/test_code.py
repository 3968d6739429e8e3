# SPDX-License-Identifier: GPL-2.0-only
"""The code keeps its own rules: types, lint, layers, licence lines, nothing of a machine."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        ("lint-imports", "--no-cache"),
    ],
    ids=" ".join,
)
def test_the_code_passes(command):
    result = subprocess.run(
        [BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [ROOT / name.decode() for name in listed.stdout.split(b"\0") if name]


# Files that are other people's words, are generated, or are data; JSON has no comments.
UNMARKED = ("COPYING", "requirements.lock", "tests/data/")


def test_every_file_of_ours_names_its_licence():
    unmarked = [
        path.relative_to(ROOT).as_posix()
        for path in tracked()
        if not path.relative_to(ROOT).as_posix().startswith(UNMARKED)
        and path.suffix not in (".patch", ".json")
        and b"SPDX-License-Identifier: GPL-2.0-only" not in path.read_bytes()[:400]
    ]
    assert unmarked == []


def test_no_file_names_a_machine():
    pattern = re.compile(rb"/(?:work|root|home/\w+)/|/opt/(?:wheels|pypi)")
    named = [path.name for path in tracked() if pattern.search(path.read_bytes())]
    assert named == []
