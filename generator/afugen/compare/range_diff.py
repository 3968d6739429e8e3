# SPDX-License-Identifier: GPL-2.0-only
"""The output of git range-diff as values: the pairs of corresponding commits of two series."""

from __future__ import annotations

import re
from dataclasses import dataclass

from afugen.compare.word_diff import ChangeKind

_PAIR = re.compile(
    r"^ *(?P<left>-|\d+): +(?P<old>-+|[0-9a-f]+) (?P<sign>[=!<>])"
    r" +(?P<right>-|\d+): +(?P<new>-+|[0-9a-f]+) (?P<subject>.*)\n(?P<diff>(?:    .*\n)*)",
    re.MULTILINE,
)
_STATUS = {
    "=": ChangeKind.SAME, "!": ChangeKind.CHANGED, "<": ChangeKind.GONE, ">": ChangeKind.NEW,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CommitPair:
    """A commit of one series and its counterpart; `diff` is the diff of their diffs.

    `left` and `right` are the numbers in the series, `old` and `new` the abbreviated ids; None and
    empty where there is no counterpart.
    """

    status: ChangeKind
    left: int | None
    right: int | None
    old: str
    new: str
    subject: str
    diff: tuple[str, ...]

    @property
    def title(self) -> str:
        """Return the pair in one line, as git prints it but with words for its signs."""
        numbers = [str(n) if n is not None else "-" for n in (self.left, self.right)]
        return f"{numbers[0]} → {numbers[1]}  {self.status:7}  {self.subject}"


def parse_range_diff(text: str) -> tuple[CommitPair, ...]:
    """Return the pairs in git's order."""
    return tuple(map(_pair, _PAIR.finditer(f"{text}\n")))


def _pair(match: re.Match[str]) -> CommitPair:
    left, right = (int(n) if n != "-" else None for n in match.group("left", "right"))
    old, new = (commit.strip("-") for commit in match.group("old", "new"))
    diff = tuple(line.removeprefix("    ") for line in match["diff"].split("\n")[:-1])
    return CommitPair(_STATUS[match["sign"]], left, right, old, new, match["subject"], diff)
