# SPDX-License-Identifier: GPL-2.0-only
"""Errors, warnings and notes of compilers, linkers and kbuild, as values."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `file` is relative to the source tree if it is in it.

    `severity` is error, warning or note. `line` and `column` count from 1; 0 is unknown.
    """

    file: str
    line: int
    column: int
    severity: str
    text: str

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        return ": ".join(part for part in (place, self.severity, self.text) if part)


# GCC, clang and the assembler: `file:line:column: severity: text`, the column being optional.
_COMPILER = re.compile(
    r"^(?P<file>[^\s:][^:]*):(?P<line>\d+):(?:(?P<column>\d+):)?"
    r" ?(?P<severity>fatal error|error|Error|warning|Warning|note): (?P<text>.+)$"
)
# scripts/kconfig: `drivers/foo/Kconfig:12:warning: text` and `…:12: syntax error`.
_KCONFIG = re.compile(
    r"^(?P<file>[^\s:]*Kconfig[^\s:]*):(?P<line>\d+):\s*(?P<severity>warning|error)?:?\s*(?P<text>.+)$"
)
# scripts/mod/modpost: `ERROR: modpost: "name" [drivers/foo/foo.ko] undefined!`.
_MODPOST = re.compile(r"^(?P<severity>ERROR|WARNING): modpost: (?P<text>.+)$")
_MODULE = re.compile(r"\[([^\]\s]+)\]|^(\S+\.o): ")
# GNU ld: `ld: file.o: in function `f': file.c:(.text+0x1): undefined reference to `g'`.
_LINKER = re.compile(r"^(?:\S*ld(?:\.bfd)?: )?(?P<file>\S+\.[coa]):.*?(?P<text>undefined .+)$")
# GNU make, when there is no rule for a file.
_MAKE = re.compile(r"^(?:make(?:\[\d+\])?): \*\*\* (?P<text>No rule to make target .+)$")


def messages_in(
    lines: Iterable[str], tree: Path, directory: Path | None = None
) -> tuple[Message, ...]:
    """Return the messages in the output of a build of `tree`, each once, in their order.

    The lines name files relative to `directory`, by default the top of the tree.
    """
    found = (message_in(line, tree, directory) for line in lines)
    return tuple(dict.fromkeys(message for message in found if message is not None))


def message_in(line: str, tree: Path, directory: Path | None = None) -> Message | None:
    """Return the message in a line; None if there is none."""
    for match in _matches(line):
        parts = match.groupdict()
        severity = (parts.get("severity") or "error").lower().removeprefix("fatal ")
        file = parts.get("file")
        if file is None:
            module = _MODULE.search(parts["text"])
            file = (module[1] or module[2]) if module else ""
        return Message(
            _relative(file, tree, directory or tree),
            int(parts.get("line") or 0),
            int(parts.get("column") or 0),
            severity,
            parts["text"],
        )
    return None


def _matches(line: str) -> Iterator[re.Match[str]]:
    for pattern in (_COMPILER, _KCONFIG, _MODPOST, _LINKER, _MAKE):
        if match := pattern.match(line):
            yield match


def _relative(file: str, tree: Path, directory: Path) -> str:
    """Return a path relative to the tree, with kbuild's `dir/../` and `./` resolved."""
    whole = posixpath.normpath(directory / file)
    return whole.removeprefix(f"{tree}/") if file else ""
