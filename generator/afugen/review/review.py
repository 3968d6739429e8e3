# SPDX-License-Identifier: GPL-2.0-only
"""A version of the series against the review that it answers."""

from __future__ import annotations

from dataclasses import dataclass

from afugen.errors import InputError
from afugen.git import Readable
from afugen.render import kernel_paths, render
from afugen.review import ledger as reviewfile
from afugen.review.claimcheck import Finding, Rendered, check
from afugen.review.claims import Claim
from afugen.review.ledger import Entry, Ledger
from afugen.series.commits import Patched
from afugen.series.version import Version

LEDGER = "review.yaml"


@dataclass(frozen=True, slots=True)
class Verdict:
    """An entry of the ledger, and what each of its claims turned out to be."""

    entry: Entry
    findings: tuple[tuple[Claim, Finding], ...]

    @property
    def holds(self) -> bool:
        """Whether all of its claims are true."""
        return all(finding.holds for _, finding in self.findings)


def ledger_of(version: Version) -> Ledger:
    """The ledger beside a spec; raises InputError where there is none, or a wrong one."""
    path = version.path.parent / LEDGER
    if not path.exists():
        raise InputError(f"{path}: there is no such file; {version.name} answers no review")
    return reviewfile.load(path, version.spec)


def rendered(
    version: Version, base: Readable, patches: tuple[Patched, ...] | None = None
) -> Rendered:
    """What the claims of a ledger are about; `patches` if they were made already."""
    before = {
        path: base.read(path) for path in kernel_paths(version.spec.interface) if base.exists(path)
    }
    first = version.mails[0]
    # The review is of the first patch; the test in the tree came after it.
    made = (Patched(first, render(version.spec, base)),) if patches is None else patches
    changes = [change for one in made for change in one.changes]
    return Rendered(
        files=before | {change.path: change.after for change in changes},
        before=before,
        messages={
            "patch": first.commit.message,
            "changelog": first.changelog,
            "cover": version.cover.body if version.cover else "",
        },
    )


def verdicts(ledger: Ledger, result: Rendered) -> tuple[Verdict, ...]:
    """Every entry of the ledger with what its claims are found to be."""
    return tuple(
        Verdict(entry, tuple((claim, check(claim, result)) for claim in entry.claims))
        for entry in ledger.entries
    )
