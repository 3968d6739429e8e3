# SPDX-License-Identifier: GPL-2.0-only
"""Kernel configuration as data: fragments merged, and options that were dropped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from afugen.errors import KconfigError

_SET = re.compile(r"^CONFIG_(?P<name>\w+)=(?P<value>.*)$")
_UNSET = re.compile(r"^# CONFIG_(?P<name>\w+) is not set$")


@dataclass(frozen=True, slots=True)
class Option:
    """A configuration option; `value` as in a .config, `n` for one that is not set."""

    name: str
    value: str

    def __str__(self) -> str:
        """Return the line of a .config."""
        if self.value == "n":
            return f"# CONFIG_{self.name} is not set"
        return f"CONFIG_{self.name}={self.value}"


def parse_options(text: str, where: str = "") -> tuple[Option, ...]:
    """Return the options of a fragment or a .config; KconfigError with `where`:line for others."""
    options = []
    for number, line in enumerate(text.splitlines(), 1):
        if match := _SET.match(line) or _UNSET.match(line):
            options.append(Option(match["name"], match.groupdict().get("value", "n")))
        elif line.strip() and not line.startswith("#"):
            raise KconfigError(f"{where}:{number}: not a configuration option: {line.strip()}")
    return tuple(options)


def read(paths: Iterable[Path]) -> tuple[Option, ...]:
    """Return the options of several files, each with its last value."""
    options = (one for path in paths for one in parse_options(path.read_text(), str(path)))
    return merge(options)


def merge(options: Iterable[Option]) -> tuple[Option, ...]:
    """Return each option once, with its last value."""
    return tuple({option.name: option for option in options}.values())


def text(options: Iterable[Option]) -> str:
    """Return the text of a .config."""
    return "".join(f"{option}\n" for option in options)


def dropped(requested: Iterable[Option], config: str) -> tuple[Option, ...]:
    """Return the requested options that a .config does not have."""
    held = {option.name: option.value for option in parse_options(config)}
    return tuple(option for option in requested if held.get(option.name, "n") != option.value)
