# SPDX-License-Identifier: GPL-2.0-only
"""Results on standard output and in files, and colours."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from afugen import cache
from afugen.errors import InputError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

# Options that name a file for a result, and what standard output is called there.
_RESULTS = ("json", "junit", "html")
_STDOUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
# Where files are no files: what is renamed to there takes the place of a device.
_SPECIAL = ("/dev/", "/proc/")
_stdout: TextIO | None = None


class _Stdout(io.FileIO):
    """Standard output that drops what is written after its reader has closed the pipe.

    A command then still writes its files and ends with its own exit code, as in `run | head`.
    """

    def write(self, data: Buffer, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self.fileno())
            os.close(null)
            return super().write(data)


def open_stdout() -> None:
    """Prepare the process' standard output for kernel text and for a reader that stops early."""
    if sys.stdout is not sys.__stdout__ or not isinstance(sys.stdout, io.TextIOWrapper):
        return
    raw = _Stdout(sys.stdout.fileno(), "wb", closefd=False)
    # A diff quotes kernel files as they are, whatever bytes those are.
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(raw), "utf-8", "surrogateescape", line_buffering=raw.isatty()
    )


@contextmanager
def results_apart(arguments: argparse.Namespace) -> Iterator[None]:
    """Send everything else that is printed to stderr, if a result goes to standard output."""
    global _stdout  # noqa: PLW0603 - there is one standard output
    if not any(str(path) in _STDOUT for path in _paths(arguments)):
        yield
        return
    _stdout = sys.stdout
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        _stdout = None


def _paths(arguments: argparse.Namespace) -> list[Path]:
    return [path for name in _RESULTS if (path := getattr(arguments, name, None)) is not None]


def refuse_lost_results(arguments: argparse.Namespace) -> None:
    """Raise InputError for a result file that cannot be written, before the work begins."""
    paths = _paths(arguments)
    if sum(str(path) in _STDOUT for path in paths) > 1:
        raise InputError("standard output takes one result: name a file for the other")
    for path in paths:
        if str(path) not in _STDOUT:
            refuse_unwritable(path)


def refuse_unwritable(path: Path) -> None:
    """Raise InputError for a file that cannot be made or replaced."""
    if path.is_dir() or not path.parent.is_dir():
        raise InputError(f"{path}: there is no directory for this file, or it is one")
    place = path if _is_special(path) else path.resolve().parent
    if not os.access(place, os.W_OK):
        raise InputError(f"{path}: {place} cannot be written to")


def _is_special(path: Path) -> bool:
    """Return whether a path is a device, a pipe or a descriptor."""
    places = (path.absolute(), path.resolve())
    is_below = any(one.as_posix().startswith(_SPECIAL) for one in places)
    return path.exists() and (is_below or not path.is_file())


def write_text(path: Path | None, text: str) -> None:
    """Write a result whole or not at all; None: nowhere.

    A symlink stays one, a device or pipe is written to, and a file keeps its mode.
    """
    if path is None:
        return
    if str(path) in _STDOUT:
        (_stdout or sys.stdout).write(text)
        return
    try:
        _write_to(path, text.encode())
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None


def _write_to(path: Path, content: bytes) -> None:
    if _is_special(path):
        path.write_bytes(content)
    else:
        place = path.resolve()
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
    """Return whether to use colours: on a terminal without NO_COLOR (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR")
