# SPDX-License-Identifier: GPL-2.0-only
"""Where results go: standard output, files, colours."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TextIO

from afugen import cache
from afugen.errors import InputError

# Options that name a file for a result; `-` is standard output.
_RESULTS = ("json", "junit", "html")
# Where files are no files: what is renamed to there takes the place of a device.
_SPECIAL = ("/dev", "/proc")
_stdout: TextIO | None = None


@contextmanager
def results_apart(arguments: argparse.Namespace) -> Iterator[None]:
    """Let everything else that is printed go to stderr, where a result goes to standard output."""
    global _stdout  # noqa: PLW0603 - there is one standard output
    if all(str(getattr(arguments, name, None)) != "-" for name in _RESULTS):
        yield
        return
    _stdout = sys.stdout
    with redirect_stdout(sys.stderr):
        yield


def refuse_lost_results(arguments: argparse.Namespace) -> None:
    """InputError for a result that could not be written, before minutes go into it."""
    paths = [path for name in _RESULTS if (path := getattr(arguments, name, None)) is not None]
    if sum(str(path) == "-" for path in paths) > 1:
        raise InputError("standard output takes one result: name a file for the other")
    for path in paths:
        if path.is_dir() or not path.parent.is_dir():
            raise InputError(f"{path}: there is no directory for this file, or it is one")


def write_text(path: Path | None, text: str) -> None:
    """Write a result whole or not at all; `-` is standard output, None nowhere.

    A symlink stays one, a device or pipe is written to, and a file keeps its mode.
    """
    if path is None:
        return
    if str(path) == "-":
        (_stdout or sys.stdout).write(text)
        return
    try:
        _write_to(path, text.encode())
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None


def _write_to(path: Path, content: bytes) -> None:
    place = path.resolve()
    if path.exists() and (not path.is_file() or place.as_posix().startswith(_SPECIAL)):
        path.write_bytes(content)
    else:
        mode = place.stat().st_mode & 0o777 if place.exists() else 0o666 & ~_umask()
        cache.write_atomically(place, content, mode=mode)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def write_json(arguments: argparse.Namespace, value: object) -> None:
    """Write a command's result where its --json says."""
    if arguments.json is not None:
        write_text(arguments.json, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def uses_color(stream: TextIO) -> bool:
    """Whether colours are wanted: a terminal, and no NO_COLOR (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR")
