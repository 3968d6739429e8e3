# SPDX-License-Identifier: GPL-2.0-only
"""Commits in their order, and series of them compared; reads only."""

from __future__ import annotations

from dataclasses import dataclass

from afugen.errors import TreeError
from afugen.git.store import Store

# Series of the same feature: however much a patch was rewritten, it is still that patch.
_CREATION_FACTOR = 100
_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit's id and the first line of its message."""

    id: str
    subject: str


def commits(store: Store, base: str, tip: str, *, limit: int) -> tuple[Commit, ...]:
    """The commits from `base` (not included) to `tip`; TreeError if there are more than `limit`."""
    fmt = f"--format=%H{_SEPARATOR}%s"
    options = ("--reverse", "--topo-order", "--no-show-signature", fmt)
    listed = store.git.run("log", *options, f"{base}..{tip}").decode(errors="replace")
    found = [line.split(_SEPARATOR, 1) for line in listed.split("\n") if line]
    if len(found) > limit:
        raise TreeError(
            f"{len(found)} commits lead from {base[:12]} to {tip[:12]}, which is no series: "
            "name the commit it starts from with --base"
        )
    return tuple(Commit(id_, subject) for id_, subject in found)


def merge_base(store: Store, one: str, other: str) -> str:
    """The best common ancestor; TreeError if there is none."""
    answer = store.git.ask("merge-base", one, other)
    if answer.status:
        raise TreeError(f"{one[:12]} and {other[:12]} have no common history")
    return answer.stdout.decode().strip()


def range_diff(store: Store, old: tuple[str, str], new: tuple[str, str]) -> str:
    """What `git range-diff` prints of two series, each from its base to its tip."""
    options = ("--no-color", "--no-notes", f"--creation-factor={_CREATION_FACTOR}")
    ranges = (f"{base}..{tip}" for base, tip in (old, new))
    return store.git.run("range-diff", *options, *ranges).decode(errors="replace")
