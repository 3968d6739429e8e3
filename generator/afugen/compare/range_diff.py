# SPDX-License-Identifier: GPL-2.0-only
"""What git range-diff prints, as values: which commits of two series belong together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_PAIR = re.compile(
    r"^\s*(?P<left>-|\d+):\s+(?P<old>-+|[0-9a-f]+) (?P<sign>[=!<>])"
    r"\s+(?P<right>-|\d+):\s+(?P<new>-+|[0-9a-f]+) (?P<subject>.*)$"
)


class Fate(StrEnum):
    """What became of a commit."""

    SAME = "same"
    CHANGED = "changed"
    GONE = "gone"
    NEW = "new"


_FATES = {"=": Fate.SAME, "!": Fate.CHANGED, "<": Fate.GONE, ">": Fate.NEW}


@dataclass(frozen=True, slots=True)
class Pair:
    """A commit of one series and its counterpart; `diff` is the diff of their diffs."""

    fate: Fate
    left: int | None
    right: int | None
    old: str
    new: str
    subject: str
    diff: tuple[str, ...]

    @property
    def head(self) -> str:
        """The pair in one line, as git has it but with words for its signs."""
        numbers = [str(n) if n is not None else "-" for n in (self.left, self.right)]
        return f"{numbers[0]} → {numbers[1]}  {self.fate:7}  {self.subject}"


def parse(text: str) -> tuple[Pair, ...]:
    """The pairs in git's order; InputError is git's to raise, before there is a text."""
    heads: list[re.Match[str]] = []
    bodies: list[list[str]] = []
    for line in text.split("\n"):
        if head := _PAIR.match(line):
            heads.append(head)
            bodies.append([])
        elif bodies and line.startswith("    "):
            bodies[-1].append(line.removeprefix("    "))
    return tuple(_pair(head, body) for head, body in zip(heads, bodies, strict=True))


def _pair(head: re.Match[str], body: list[str]) -> Pair:
    left, right = (None if head[side] == "-" else int(head[side]) for side in ("left", "right"))
    old, new = ("" if head[side].startswith("-") else head[side] for side in ("old", "new"))
    return Pair(_FATES[head["sign"]], left, right, old, new, head["subject"], tuple(body))
