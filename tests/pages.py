# SPDX-License-Identifier: GPL-2.0-only
"""A page of the documentation as something to follow: its files, its edits, its commands.

A block with a caption is a file to write, a `diff` block is an edit for `patch -p1`, and a
`console` block is commands after `$`, each with what it prints.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(
    r"^```(?:\{code-block\} )?(?P<language>[\w-]+)\n(?::caption: (?P<caption>\S+)\n+)?"
    r"(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_COMMAND = re.compile(r"^\$ (?P<command>(?:.*\\\n)*.*)\n(?P<output>(?:(?!\$ ).*\n)*)", re.MULTILINE)
# What differs from one reader to the next.
_COMMIT = re.compile(r"\b[0-9a-f]{40}\b|\b[0-9a-f]{12}\b")


@dataclass(frozen=True)
class File:
    """A file that the reader writes."""

    path: str
    text: str


@dataclass(frozen=True)
class Edit:
    """An edit that the reader makes, as a diff."""

    text: str


@dataclass(frozen=True)
class Command:
    """A command that the reader runs, and what the page shows of its output."""

    command: str
    output: str


def steps(page: str) -> Iterator[File | Edit | Command]:
    """Return what a reader of the page does, in its order."""
    for block in _BLOCK.finditer(page):
        if block["caption"]:
            yield File(block["caption"], block["text"])
        elif block["language"] == "diff":
            yield Edit(block["text"])
        elif block["language"] == "console":
            for one in _COMMAND.finditer(block["text"]):
                yield Command(one["command"], one["output"])


def follow(page: str, where: Path, environment: Mapping[str, str]) -> Iterator[tuple[Command, str]]:
    """Do what a page says; returns each command with what it really printed."""
    for step in steps(page):
        match step:
            case File(path, text):
                (where / path).parent.mkdir(parents=True, exist_ok=True)
                (where / path).write_text(text)
            case Edit(text):
                _run("patch -p1", where, environment, text)
            case Command(command, _):
                yield step, _run(command, where, environment)


def _run(command: str, where: Path, environment: Mapping[str, str], given: str = "") -> str:
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=where, env=environment, input=given, check=False, timeout=300,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert "Traceback" not in done.stdout, done.stdout
    assert not given or done.returncode == 0, f"{done.stdout}\n{given}"
    return done.stdout


def is_shown(shown: str, real: str) -> bool:
    """Return whether a page's output is that of a run: a line `…` stands for any lines."""
    parts = [
        re.escape(_COMMIT.sub("COMMIT", part)) for part in re.split(r"^…\n", shown, flags=re.M)
    ]
    pattern = r"(?:.*\n)*".join(part.replace("…", r"[^\n]*") for part in parts)
    return re.fullmatch(pattern, _COMMIT.sub("COMMIT", real)) is not None
