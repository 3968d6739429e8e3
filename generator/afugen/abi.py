# SPDX-License-Identifier: GPL-2.0-only
"""What a header promises to userspace, as measured values, and whether a change keeps it.

What a program that was compiled against the old header may rely on: every structure's size and
alignment, every member's place, every value that has a name. read() takes a buffer of
CXL_READ_MIN_SIZE bytes and header.size tells how much of it an event filled, so a new kind of
event disturbs nobody; a larger `struct cxl_event` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Member:
    """A member; `offset` and `size` are in bytes from the start of the whole structure.

    Members of an anonymous union or struct stand under their own names, as C reaches them.
    `size` is 0 where `is_flexible`: an array that the structure ends in.
    """

    name: str
    type: str
    offset: int
    size: int
    is_flexible: bool = False


@dataclass(frozen=True, slots=True)
class Struct:
    """A struct or union, as the compiler lays it out; `line` is where the header defines it."""

    name: str
    size: int
    align: int
    members: tuple[Member, ...]
    line: int = 0

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Enum:
    """An enum's constants, in their order."""

    name: str
    values: tuple[tuple[str, int], ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Define:
    """A macro that is a number."""

    name: str
    value: int
    line: int = 0


Item = Struct | Enum | Define


@dataclass(frozen=True, slots=True)
class Layout:
    """All of a header, in its order, for one target; names are as in C: `struct cxl_event`."""

    target: str
    structs: tuple[Struct, ...]
    enums: tuple[Enum, ...]
    defines: tuple[Define, ...]


class Verdict(StrEnum):
    """What a change means to a program that is there already."""

    UNCHANGED = "unchanged"
    NEW = "new"
    EXTENDED = "extended compatibly"
    BREAK = "ABI BREAK"


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one name; `reasons` say it in words, one thing each.

    `before` is None for what is new, `after` for what is gone.
    """

    name: str
    verdict: Verdict
    reasons: tuple[str, ...]
    before: Item | None
    after: Item | None


def compare(before: Layout, after: Layout) -> tuple[Change, ...]:
    """Every struct, enum and macro of either header: those of `after` in its order, then gone."""
    raise NotImplementedError


def breaks(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """The changes that an old program would notice."""
    return tuple(change for change in changes if change.verdict is Verdict.BREAK)
