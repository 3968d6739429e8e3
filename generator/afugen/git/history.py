# SPDX-License-Identifier: GPL-2.0-only
"""Lists and comparisons of commits; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass

from afugen.errors import TreeError
from afugen.git.store import Store

# Both series add the same feature: a patch is the same one however much was rewritten.
_CREATION_FACTOR = 100
_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit's id and the first line of its message."""

    id: str
    subject: str


def list_commits(store: Store, base: str, tip: str, *, limit: int) -> tuple[Commit, ...]:
    """Return the commits after `base` up to `tip`; raise TreeError for more than `limit`."""
    fmt = f"--format=%H{_SEPARATOR}%s"
    options = ("--reverse", "--topo-order", "--no-show-signature", fmt)
    log = store.git.run("log", *options, f"{base}..{tip}").decode(errors="replace")
    commits = [line.split(_SEPARATOR, 1) for line in log.split("\n") if line]
    if len(commits) > limit:
        raise TreeError(
            f"{len(commits)} commits lead from {base[:12]} to {tip[:12]}, which is no series: "
            "name the commit it starts from with --base"
        )
    return tuple(Commit(id_, subject) for id_, subject in commits)


def merge_base(store: Store, one: str, other: str) -> str:
    """Return the best common ancestor; raise TreeError if there is none."""
    result = store.git.try_run("merge-base", one, other)
    if result.status:
        raise TreeError(f"{one[:12]} and {other[:12]} have no common history")
    return result.stdout.decode().strip()


def range_diff(store: Store, old: tuple[str, str], new: tuple[str, str]) -> str:
    """Return the output of `git range-diff` for two series, each a base and a tip."""
    options = ("--no-color", "--no-notes", f"--creation-factor={_CREATION_FACTOR}")
    ranges = (f"{base}..{tip}" for base, tip in (old, new))
    return store.git.run("range-diff", *options, *ranges).decode(errors="replace")
