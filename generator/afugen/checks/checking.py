# SPDX-License-Identifier: GPL-2.0-only
"""Whether a series causes remarks of gcc, sparse or checkpatch that its base does not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from afugen.checks import gates, remarks
from afugen.checks.remarks import KnownRemark, Remark
from afugen.command import Progress, ignore_progress
from afugen.git import StoredCommit
from afugen.series import commits
from afugen.series.commits import Made
from afugen.series.version import NOBODY


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The remarks of gcc, sparse and checkpatch on a series, compared with those on its base.

    `unknown` are to be fixed; `missing` are entries of known-remarks.yaml for remarks that are no
    longer made; `gone` are remarks on the base that the series removes.
    """

    unknown: tuple[Remark, ...]
    known: tuple[Remark, ...]
    missing: tuple[KnownRemark, ...]
    gone: tuple[Remark, ...]

    @property
    def is_good(self) -> bool:
        """Return whether the new remarks are exactly the known ones."""
        return not (self.unknown or self.missing)

    @property
    def summary(self) -> str:
        """Return the result in one line."""
        tools = Counter(f"{one.tool}: {one.severity}" for one in self.known)
        listed = ", ".join(f"{count} {name}" for name, count in tools.items())
        known = f"; known: {listed}" if listed else ""
        new = f"{len(self.unknown)} new remarks" if self.unknown else "nothing new"
        stale = f", {len(self.missing)} known ones no longer made" if self.missing else ""
        return f"gcc, sparse and checkpatch have {new} to say{stale}{known}"


def check(made: Made, progress: Progress = ignore_progress) -> CheckResult:
    """Check each commit of a series against the one before it, and each mail."""
    interface = made.version.spec.interface
    new: list[Remark] = []
    gone: list[Remark] = []
    before = made.stored
    old = gates.remarks_on(before, interface, progress=progress)
    for commit in made.commit_ids:
        after = StoredCommit(made.stored.store, commit)
        now = gates.remarks_on(after, interface, progress=progress)
        delta = gates.compare_commits(before, old, after, now)
        new += delta.new
        gone += delta.gone
        before, old = after, now
    # Unsigned mail is not what will be sent; checkpatch only wants somebody to have signed.
    for mail in commits.outgoing(made, lambda: (NOBODY.name, NOBODY.email)):
        new += gates.checkpatch(before, mail.text, progress)
    unknown, missing = remarks.judge(new, remarks.known_beside(made.version.path))
    known = tuple((Counter(new) - Counter(unknown)).elements())
    return CheckResult(unknown, known, missing, tuple(gone))
