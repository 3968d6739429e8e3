# SPDX-License-Identifier: GPL-2.0-only
"""Where results go: standard output, files, colours."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TextIO

from afugen import cache
from afugen.errors import InputError


def write_text(path: Path | None, text: str) -> None:
    """Write a result whole or not at all; `-` is standard output, None nowhere."""
    if path is None:
        return
    if str(path) == "-":
        sys.stdout.write(text)
        return
    try:
        cache.write_atomically(path, text.encode())
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None


def write_json(arguments: argparse.Namespace, value: object) -> None:
    """Write a command's result where its --json says."""
    if arguments.json is not None:
        write_text(arguments.json, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def uses_color(stream: TextIO) -> bool:
    """Whether colours are wanted: a terminal, and no NO_COLOR (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR")
