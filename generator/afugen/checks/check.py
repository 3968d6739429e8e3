# SPDX-License-Identifier: GPL-2.0-only
"""Whether the kernel's own tools have anything new to say of a series."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from afugen.checks import gates, remarks
from afugen.checks.remarks import Known, Remark
from afugen.command import Progress, ignore_progress
from afugen.git import Stored
from afugen.series import commits
from afugen.series.commits import Made
from afugen.series.version import NOBODY


@dataclass(frozen=True, slots=True)
class Gated:
    """What gcc, sparse and checkpatch say of a series and did not say of its base.

    `unknown` is to be mended; `missing` are entries of known-remarks.yaml that have outlived what
    they excuse; `gone` is what the base drew and the series does not.
    """

    unknown: tuple[Remark, ...]
    known: tuple[Remark, ...]
    missing: tuple[Known, ...]
    gone: tuple[Remark, ...]

    @property
    def is_good(self) -> bool:
        """Whether everything that is new is known, and the other way round."""
        return not (self.unknown or self.missing)

    @property
    def summary(self) -> str:
        """In one line."""
        tools = Counter(f"{one.tool}: {one.severity}" for one in self.known)
        said = ", ".join(f"{count} {what}" for what, count in tools.items())
        known = f"; known: {said}" if said else ""
        new = f"{len(self.unknown)} new remarks" if self.unknown else "nothing new"
        stale = f", {len(self.missing)} known ones no longer made" if self.missing else ""
        return f"gcc, sparse and checkpatch have {new} to say{stale}{known}"


def gated(made: Made, progress: Progress = ignore_progress) -> Gated:
    """Each commit of a series against the one before it, and each mail."""
    new: list[Remark] = []
    gone: list[Remark] = []
    before = made.stored
    said = gates.messages(before, progress=progress)
    for commit in made.commit_ids:
        after = Stored(made.stored.store, commit)
        now = gates.messages(after, progress=progress)
        delta = gates.compare(before, said, after, now)
        new += delta.new
        gone += delta.gone
        before, said = after, now
    # Unsigned mail is not what will be sent; checkpatch only wants somebody to have signed.
    for mail in commits.outgoing(made, lambda: (NOBODY.name, NOBODY.email)):
        new += gates.checkpatch(before, mail.text, progress)
    unknown, missing = remarks.judge(new, remarks.known_beside(made.version.path))
    left = Counter(unknown)
    known: list[Remark] = []
    for remark in new:
        if left[remark]:
            left[remark] -= 1
        else:
            known.append(remark)
    return Gated(unknown, tuple(known), missing, tuple(gone))
