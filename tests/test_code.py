# SPDX-License-Identifier: GPL-2.0-only
"""The code keeps its own rules: types, lint, layers, licence lines, nothing of a machine."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import grimp
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
UNMARKED = (
    "COPYING",
    "requirements.lock",
    "tests/data/",
    "tests/interfaces/ringlog/tree/MAINTAINERS",
)


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


GENERATOR = ROOT / "generator" / "afugen"
# Names of drivers, of their functions and members, and of what they are about.
DRIVERS = re.compile(r"\b_?cxl|softafu|\bafu(?!gen)|pending_(?:irq|fault)|\bpsl", re.IGNORECASE)
# commands.py has examples for the help texts.
NAMING = {"cli/commands.py"}


def test_the_engine_names_no_driver():
    named = {
        path.relative_to(GENERATOR).as_posix()
        for path in tracked()
        if path.is_relative_to(GENERATOR) and DRIVERS.search(path.read_text())
    }
    assert named - NAMING == set()


# Folders of which the others use what `__init__.py` exports, and nothing else.
DOORS = ("abi", "boot", "build", "checks", "compare", "git", "render", "review", "verdict")


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("afugen")


@pytest.mark.parametrize("folder", DOORS)
def test_other_folders_use_only_the_door_of(folder, imports):
    inside = {f"afugen.{folder}", *imports.find_descendants(f"afugen.{folder}")}
    users = {
        (importer, module)
        for module in inside - {f"afugen.{folder}"}
        for importer in imports.find_modules_that_directly_import(module) - inside
    }
    assert users == set()
