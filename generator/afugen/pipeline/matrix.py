# SPDX-License-Identifier: GPL-2.0-only
"""The selftest on every version of the series, and on kernels with the merged feature."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from afugen.command import Progress, ProgressEvent, ignore_progress
from afugen.pipeline.run import Request, run
from afugen.series import tally, trees, version
from afugen.series.tally import Column, Results
from afugen.series.version import Version
from afugen.verdict import Outcome, worst

# Releases of Debian's linux-source packages that have the feature.
STOCK = ("linux-source-6.1", "linux-source-6.12")
RUN = "run"
BEGIN, END = "<!-- afugen matrix: begin -->\n", "<!-- afugen matrix: end -->\n"


@dataclass(frozen=True, slots=True)
class Subject:
    """A column of the table: a version and the tree it is tested on."""

    name: str
    version: Version
    tree: str
    is_stock: bool = False


def subjects() -> Iterator[Subject]:
    """Return the versions on the default tree, then the stock kernels."""
    for name in version.known():
        yield Subject(name, version.find(name), trees.DEFAULT_PACKAGE)
    for tree in STOCK:
        release = tree.removeprefix("linux-source-")
        yield Subject(f"stock {release}", version.stock(), tree, is_stock=True)


def require() -> None:
    """Raise MissingToolError if a package whose tree is measured is not installed."""
    for tree in {subject.tree for subject in subjects()}:
        trees.default_tarball(tree)


def measure(subject: Subject, progress: Progress = ignore_progress) -> Column:
    """Build, boot and test a subject.

    A run that ended worse than its tests, or came to none, is one more test, named `run`.
    """
    progress(ProgressEvent("matrix", subject.name))
    request = Request(
        subject.version, Path(subject.tree), is_stock=subject.is_stock, is_whole=False
    )
    verdict = run(request, progress).verdict
    results = {test.name: test.outcome for test in verdict.tests}
    if worst((Outcome.SKIP, verdict.outcome, *results.values())) not in results.values():
        results[RUN] = verdict.outcome
    return Column(subject.name, results)


def committed() -> Iterator[Column]:
    """Return the columns of the committed results; a subject without results is left out."""
    for subject in subjects():
        if results := subject.version.results.get(subject.tree):
            yield Column(subject.name, results)


def files(measured: Iterable[tuple[Subject, Column]]) -> Iterator[tuple[Path, str]]:
    """Return the result files and their new texts."""
    by_directory: defaultdict[Path, dict[str, Results]] = defaultdict(dict)
    for subject, column in measured:
        by_directory[subject.version.path.parent][subject.tree] = column.results
    for directory, results in by_directory.items():
        yield directory / tally.FILE, tally.to_json(results)


def renewed(text: str, table: str) -> str | None:
    """Return a text with the table between its marks; None if it has no such marks."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    return f"{head}{begin}\n{table}\n{end}{tail}" if begin and end else None
