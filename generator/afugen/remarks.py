# SPDX-License-Identifier: GPL-2.0-only
"""What compilers and checkers say of a commit, as values that can be compared with another's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

# Where a line of the base is in the commit: None if the commit changed or removed it.
LineMap = Callable[[str, int], int | None]


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing a tool said.

    `tool` is gcc, gcc W=1 (what only W=1 adds), sparse or checkpatch; `severity` is error,
    warning or check; `kind` is checkpatch's type (LONG_LINE) or the compiler's option
    (-Wunused-variable), empty if it names none. `line` counts from 1, 0 is none.
    """

    tool: str
    severity: str
    file: str
    line: int
    text: str
    kind: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part)
        kind = f" [{self.kind}]" if self.kind else ""
        return f"{self.tool}: {place}: {self.severity}: {self.text}{kind}"


@dataclass(frozen=True, slots=True)
class Delta:
    """What was said of one and of another; `kept` as the latter has it, on its lines."""

    new: tuple[Remark, ...]
    gone: tuple[Remark, ...]
    kept: tuple[Remark, ...]


def compare(
    before: tuple[Remark, ...], after: tuple[Remark, ...], moved: LineMap | None = None
) -> Delta:
    """Tell new from kept, where a remark on another line but else the same is the same.

    Of several alike, `moved` tells which is the new one.
    """
    raise NotImplementedError
