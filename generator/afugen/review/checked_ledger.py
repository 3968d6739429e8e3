# SPDX-License-Identifier: GPL-2.0-only
"""The review ledger of a version, each claim checked against what the version's spec renders."""

from __future__ import annotations

from dataclasses import dataclass

from afugen.errors import InputError
from afugen.git import TreeFiles
from afugen.render import kernel_paths, render
from afugen.review import claimcheck, ledger
from afugen.review.claimcheck import ClaimResult, RenderedSeries
from afugen.review.ledger import Ledger, LedgerEntry
from afugen.series.commits import Patched
from afugen.series.version import Version

LEDGER_FILE = "review.yaml"


@dataclass(frozen=True, slots=True)
class CheckedEntry:
    """An entry of a ledger with the results of its claims."""

    entry: LedgerEntry
    results: tuple[ClaimResult, ...]

    @property
    def holds(self) -> bool:
        """Return whether all claims are true."""
        return all(result.holds for result in self.results)


def load_ledger(version: Version) -> Ledger:
    """Return the ledger beside a spec; InputError if it is missing or wrong."""
    path = version.path.parent / LEDGER_FILE
    if not path.exists():
        raise InputError(f"{path}: no such file: {version.name} answers no review")
    return ledger.load(path, version.spec)


def render_series(
    version: Version, base: TreeFiles, patches: tuple[Patched, ...] | None = None
) -> RenderedSeries:
    """Return the files and texts that claims are about; `patches` are the rendered ones, if any."""
    paths = kernel_paths(version.spec.interface)
    base_files = {path: base.read(path) for path in paths if base.exists(path)}
    first = version.mails[0]
    # The review is of the first patch; the patch with the test was written later.
    made = (Patched(first, render(version.spec, base)),) if patches is None else patches
    changes = [change for patch in made for change in patch.changes]
    return RenderedSeries(
        files=base_files | {change.path: change.after for change in changes},
        base_files=base_files,
        messages={
            "patch": first.commit.message,
            "changelog": first.changelog,
            "cover": version.cover.body if version.cover else "",
        },
    )


def check_ledger(checked: Ledger, series: RenderedSeries) -> tuple[CheckedEntry, ...]:
    """Return every entry of a ledger with the results of its claims."""
    return tuple(
        CheckedEntry(entry, tuple(claimcheck.check(claim, series) for claim in entry.claims))
        for entry in checked.entries
    )
