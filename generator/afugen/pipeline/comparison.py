# SPDX-License-Identifier: GPL-2.0-only
"""Two versions joined to one comparison: each section from whoever knows, or why there is none."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from afugen import abi, checks
from afugen.abi import Exports, Layout
from afugen.checks import Delta, Remark
from afugen.command import Progress, ignore_progress
from afugen.compare import annotations as views
from afugen.compare import cost, outcomes, ranges, specs
from afugen.compare.inputs import Kind, Side, Where, resolve
from afugen.compare.model import Abi, Absent, Comment, Party, Symbols, Whole
from afugen.errors import AfugenError
from afugen.git import Stored, history
from afugen.pipeline import run
from afugen.review import (
    LEDGER_FILE,
    NO_REVIEWER,
    CheckedEntry,
    check_ledger,
    load_ledger,
    render_series,
)
from afugen.series import commits as changes
from afugen.series.commits import Made
from afugen.series.trees import DEFAULT_PACKAGE, package_of
from afugen.series.version import NOBODY as NOBODY_SENDS
from afugen.series.version import Version, stock
from afugen.spec import interface
from afugen.spec.interface import Interface
from afugen.verdict import Outcome, TestResult, Verdict, worst

_T = TypeVar("_T")
_RELEASE = re.compile(r"^(VERSION|PATCHLEVEL|SUBLEVEL) = (\d+)$", re.MULTILINE)
NO_SPEC = "patches and branches have no spec"
NOTHING = "there is only one spec: nothing to compare it with"
NOT_BUILT = "left out: it is not in the cache, and nothing was to be built"


@dataclass(frozen=True, slots=True)
class Request:
    """What to compare; without `builds` only what the cache has is told of tests.

    `verdict` is that of the later version, when it was just run: then it is shown alone.
    """

    before: str
    after: str
    where: Where = field(default_factory=Where)
    builds: bool = True
    verdict: Verdict | None = None


def compare(request: Request, progress: Progress = ignore_progress) -> Whole:
    """The whole comparison; InputError's children if a side names nothing."""
    before, after = resolve((request.before, request.after), request.where, progress)
    return _Sections(before, after, request, progress).whole()


@dataclass(frozen=True, slots=True)
class _Sections:
    """The two sides, and what is asked about them."""

    before: Side
    after: Side
    request: Request
    progress: Progress

    @property
    def interface(self) -> Interface:
        """The interface that the later side is of, else the earlier, else the default one."""
        version = self.after.version or self.before.version
        return version.spec.interface if version else interface.default()

    def whole(self) -> Whole:
        """Every section; one that fails does not take the others with it."""
        fields = self.spec()
        review = self.review()
        tests = self.tests()
        return Whole(
            before=_party(self.before),
            after=_party(self.after),
            base=_base(self.before, self.request.where),
            spec=fields,
            commits=self.commits(),
            files=views.files(
                self.before,
                self.after,
                () if isinstance(fields, Absent) else fields,
                () if isinstance(review, Absent) else review,
            ),
            abi=self.abi(),
            symbols=self.symbols(),
            remarks=self.remarks(),
            tests=tests,
            mainline=self.mainline(tests),
            review=review,
            costs=self.costs(),
            stock=DEFAULT_PACKAGE,
            seen=self.seen(),
            notes=tuple(f"{s.name}: {s.note}" for s in (self.before, self.after) if s.note),
        )

    def spec(self) -> tuple[specs.FieldChange, ...] | Absent:
        """The specs by meaning."""
        old, new = self.before, self.after
        if not (old.made and old.source and new.made and new.source):
            return Absent(NO_SPEC if Kind.TREE not in (old.kind, new.kind) else NOTHING)
        return specs.changes(
            old.made.version.spec,
            new.made.version.spec,
            old.source.positions,
            new.source.positions,
        )

    def costs(self) -> tuple[cost.Cost, ...] | Absent:
        """What a driver written for one has to do for the other."""
        if self.before.kind is Kind.TREE and self.after.version:
            return Absent("it is a new interface: nothing uses it yet")
        if not (self.before.version and self.after.version):
            return Absent(f"{NO_SPEC}; see the files under include/")
        return cost.costs(self.before.version.spec, self.after.version.spec)

    def seen(self) -> tuple[str, ...]:
        """What programs notice, beside layouts."""
        if not (self.before.version and self.after.version):
            return ()
        return cost.programs_notice(self.before.version.spec, self.after.version.spec)

    def commits(self) -> tuple[ranges.Pair, ...] | Absent:
        """git's range-diff."""
        old, new = ((side.base, side.stored.commit_id) for side in (self.before, self.after))
        if not (self.before.commits and self.after.commits):
            return Absent("one of the two has no commits of its own")
        return ranges.parse(history.range_diff(self.after.stored.store, old, new))

    def review(self) -> tuple[Comment, ...] | Absent:
        """The ledger of the later version, each claim checked against what it makes."""
        made = self.after.made
        if made is None:
            return Absent(NO_SPEC)
        if not (made.version.path.parent / LEDGER_FILE).is_file():
            return Absent(f"{self.after.name} answers no review: no {LEDGER_FILE} beside its spec")
        return _tried(lambda: _comments(made))

    def abi(self) -> Abi | Absent:
        """The uapi header, measured."""
        if not self._on_a_tree():
            return Absent("patches that stand on no tree show no whole header")
        if self.interface.data.build.header is None:
            return Absent(f"{self.interface.label} names no uapi header")
        return _tried(self._abi)

    def _layout(self, stored: Stored) -> Layout:
        header = self.interface.data.build.header
        return abi.measure(stored.base().read(header), header)

    def _abi(self) -> Abi:
        after = self._layout(self.after.stored)
        base = Stored(self.after.stored.store, self.after.base)
        return Abi(
            abi.compare_layouts(self._layout(self.before.stored), after),
            abi.compare_layouts(self._layout(base), after),
            self._with_mainline(lambda stock: abi.compare_layouts(self._layout(stock), after)),
        )

    def symbols(self) -> Symbols | Absent:
        """CRCs of exported symbols, and whether a module built for mainline still fits."""
        unbuilt = self._unbuilt()
        return _tried(self._symbols) if unbuilt is None else unbuilt

    def _symbols(self) -> Symbols:
        old, new = (self._exports(side.stored) for side in (self.before, self.after))
        mainline = self._with_mainline(lambda stock: abi.compare_exports(self._exports(stock), new))
        return Symbols(abi.compare_exports(old, new), mainline)

    def _exports(self, stored: Stored) -> Exports:
        return abi.exported(stored, self.interface, self.progress)

    def _with_mainline(self, section: Callable[[Stored], _T]) -> _T | Absent:
        """A section about the tree with the feature as it was merged, where that is at hand."""
        if self.request.where.tree is not None:
            return Absent("the tree is not the default one")
        stock = changes.base_of(None, "HEAD", self.progress, is_stock=True)
        return _tried(lambda: section(stock))

    def remarks(self) -> Delta | Absent:
        """What the compiler, sparse and checkpatch say newly, and no more."""
        unbuilt = self._unbuilt()
        return _tried(self._remarks) if unbuilt is None else unbuilt

    def _remarks(self) -> Delta:
        old, new = (self._remarks_of(side) for side in (self.before, self.after))
        return checks.compare_commits(self.before.stored, old, self.after.stored, new)

    def _remarks_of(self, side: Side) -> tuple[Remark, ...]:
        # Signed, for checkpatch: by nobody, as nothing is sent.
        signed = (NOBODY_SENDS.name, NOBODY_SENDS.email)
        mails = changes.outgoing(side.made, lambda: signed) if side.made else ()
        return checks.remarks_on(
            side.stored, self.interface, tuple(m.text for m in mails), self.progress
        )

    def tests(self) -> outcomes.Tests | Absent:
        """The selftest's results, from the cache where the commit was tested before."""
        if self.request.verdict is not None:
            return outcomes.compare(None, self.request.verdict)
        if self.interface.data.test is None:
            return Absent(f"{self.interface.label} has no test")
        if not all(side.version or side.kind is Kind.TREE for side in (self.before, self.after)):
            return Absent("the selftest takes its names from a spec")
        old = _tried(lambda: self._verdict(self.before))
        new = _tried(lambda: self._verdict(self.after))
        if isinstance(old, Absent):
            return old
        return new if isinstance(new, Absent) else outcomes.compare(old, new)

    def mainline(self, tests: outcomes.Tests | Absent) -> outcomes.Tests | Absent:
        """The later party's tests against what is committed of the feature as it was merged."""
        if self.request.where.tree is not None or isinstance(tests, Absent):
            return Absent("mainline was not tested beside it")
        return outcomes.compare(_tested(stock(), DEFAULT_PACKAGE), tests.after)

    def _verdict(self, side: Side) -> Verdict | Absent:
        request = run.Request(
            side.version,
            self.request.where.tree,
            self.request.where.base or "HEAD",
            is_whole=False,
            is_stock=side.kind is Kind.STOCK,
        )
        saved = run.saved(request, side.made)
        if saved is None and not self.request.builds:
            return Absent(f"{side.name}: {NOT_BUILT}", is_gap=True)
        return saved or run.run(request, self.progress).verdict

    def _unbuilt(self) -> Absent | None:
        if not self._on_a_tree():
            return Absent("patches that stand on no tree cannot be compiled")
        return None if self.request.builds else Absent("left out: nothing was to be built")

    def _on_a_tree(self) -> bool:
        return self.before.is_on_a_tree and self.after.is_on_a_tree


def _tested(tested: Version, tree: str) -> Verdict:
    """What `afugen matrix` saw, as a verdict that knows why tests fail."""
    reasons = {failure.test: failure.reason for failure in tested.expected}
    results = tested.results.get(tree, {})
    found = (TestResult(name, end, reasons.get(name, "")) for name, end in results.items())
    return Verdict(worst((Outcome.SKIP, *results.values())), tests=tuple(found))


def _comments(made: Made) -> tuple[Comment, ...]:
    """The entries of a ledger with what their claims were found to be."""
    series = render_series(made.version, made.stored.base(), made.patches)
    return tuple(_comment(entry) for entry in check_ledger(load_ledger(made.version), series))


def _comment(checked: CheckedEntry) -> Comment:
    entry = checked.entry
    answer = entry.answer
    return Comment(
        id=entry.id,
        who=None if entry.who == NO_REVIEWER else entry.who,
        quotes=tuple(quote.quote.strip("\n") for quote in entry.said),
        answer=(answer.who, answer.quote.strip("\n")) if answer else None,
        decision=entry.decision,
        why=" ".join(entry.why.split()),
        evidence=checked.results,
    )


def _tried(section: Callable[[], _T]) -> _T | Absent:
    """The section, or the reason why this machine or this code does not give it."""
    try:
        return section()
    except AfugenError as error:
        return Absent(str(error).partition("\n")[0], is_gap=True)


def _party(side: Side) -> Party:
    spec = views.shown_path(side.made.version.path) if side.made else None
    commits = tuple((commit.id, commit.subject) for commit in side.commits)
    about = {
        Kind.SPEC: f"spec {spec}",
        Kind.PATCHES: "patches",
        Kind.REVISION: "revision",
        Kind.TREE: "the tree as it is",
        Kind.STOCK: "the tree with the feature as it was merged",
    }[side.kind]
    is_unsent = side.made is not None and side.made.version.spec.series.author is None
    return Party(side.name, about, commits, spec, is_unsent)


def _base(side: Side, where: Where) -> str:
    """The commit that both stand on, by the release that its Makefile tells."""
    files = side.stored.store.base(side.base)
    made = files.read("Makefile").decode(errors="replace") if files.exists("Makefile") else ""
    parts = dict(_RELEASE.findall(made))
    release = ".".join(parts[key] for key in ("VERSION", "PATCHLEVEL", "SUBLEVEL") if key in parts)
    name = f"Linux {release}" if release else "commit"
    without = " without the feature as it was merged" if package_of(where.tree) else ""
    return f"{name}{without} ({files.label})"
