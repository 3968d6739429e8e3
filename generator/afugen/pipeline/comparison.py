# SPDX-License-Identifier: GPL-2.0-only
"""The report of two versions: each section from the stage that knows, or why there is none."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from afugen import abi, checks, compare, review
from afugen.abi import Exports
from afugen.checks import Delta, Remark
from afugen.command import Progress, ignore_progress
from afugen.errors import AfugenError
from afugen.git import StoredCommit, range_diff
from afugen.pipeline import run
from afugen.series import commits, version
from afugen.series.commits import Made
from afugen.series.trees import DEFAULT_PACKAGE, package_of
from afugen.series.version import Version
from afugen.spec import interface
from afugen.spec.interface import Interface
from afugen.verdict import Outcome, TestResult, Verdict, worst

_T = TypeVar("_T")
_RELEASE = re.compile(r"^(VERSION|PATCHLEVEL|SUBLEVEL) = (\d+)$", re.MULTILINE)
_NO_SPEC = "patches and branches have no spec"
_NOT_BUILT = "left out: it is not in the cache, and nothing was to be built"


@dataclass(frozen=True, slots=True)
class DiffRequest:
    """The two sides to compare; without `builds` only what the cache has is used.

    `verdict` is that of the later side where it was just run: it is shown alone then.
    """

    before: str
    after: str
    options: compare.TreeOptions = field(default_factory=compare.TreeOptions)
    builds: bool = True
    verdict: Verdict | None = None


def make_report(request: DiffRequest, progress: Progress = ignore_progress) -> compare.DiffReport:
    """Return the whole report; InputError or TreeError if a side names nothing."""
    words = (request.before, request.after)
    before, after = compare.resolve_sides(words, request.options, progress)
    return _Sections(before, after, request, progress).report()


@dataclass(frozen=True, slots=True)
class _Sections:
    """The sections of the report on two sides."""

    before: compare.Side
    after: compare.Side
    request: DiffRequest
    progress: Progress

    def report(self) -> compare.DiffReport:
        """Return every section; one that fails leaves the others."""
        fields, comments, tests = self.spec(), self.review(), self.tests()
        return compare.DiffReport(
            before=_side_summary(self.before),
            after=_side_summary(self.after),
            base=_base(self.before, self.after, self.request.options),
            spec=fields,
            commits=self.commits(),
            files=compare.annotated_files(
                self.before,
                self.after,
                () if isinstance(fields, compare.MissingSection) else fields,
                () if isinstance(comments, compare.MissingSection) else comments,
            ),
            abi=self.abi(),
            symbols=self.symbols(),
            remarks=self.remarks(),
            tests=tests,
            mainline=self.mainline(tests),
            review=comments,
            costs=self.costs(),
            stock=DEFAULT_PACKAGE,
            terms=self.terms(),
            program_effects=self.program_effects(),
            notes=tuple(f"{s.name}: {s.note}" for s in (self.before, self.after) if s.note),
        )

    @property
    def interface(self) -> Interface:
        """Return the interface of the sides, or the default one for bare patches."""
        known = self.after.version or self.before.version
        return known.spec.interface if known else interface.default()

    def terms(self) -> compare.InterfaceTerms:
        """Return the words of the interface."""
        data = self.interface.data
        users = data.users
        return compare.InterfaceTerms(
            users.one, users.many, users.description or "", data.build.header
        )

    def spec(self) -> tuple[compare.FieldChange, ...] | compare.MissingSection:
        """Return the differences of the specs."""
        old, new = self.before, self.after
        if not (old.made and old.source and new.made and new.source):
            kinds = (old.kind, new.kind)
            nothing = "there is only one spec: nothing to compare it with"
            return compare.MissingSection(nothing if compare.SideKind.TREE in kinds else _NO_SPEC)
        specs = (old.made.version.spec, new.made.version.spec)
        return compare.compare_specs(*specs, old.source.positions, new.source.positions)

    def costs(self) -> tuple[compare.Cost, ...] | compare.MissingSection:
        """Return what a user of the earlier interface has to do for the later one."""
        if self.before.kind is compare.SideKind.TREE and self.after.version:
            return compare.MissingSection("it is a new interface: nothing uses it yet")
        if not (self.before.version and self.after.version):
            return compare.MissingSection(f"{_NO_SPEC}; see the files under include/")
        return compare.find_costs(self.before.version.spec, self.after.version.spec)

    def program_effects(self) -> tuple[str, ...]:
        """Return what programs notice, except layouts."""
        if not (self.before.version and self.after.version):
            return ()
        return compare.effects_on_programs(self.before.version.spec, self.after.version.spec)

    def commits(self) -> tuple[compare.CommitPair, ...] | compare.MissingSection:
        """Return the pairs of git range-diff."""
        if not (self.before.commits and self.after.commits):
            return compare.MissingSection("one of the two has no commits of its own")
        old, new = ((side.base, side.stored.commit_id) for side in (self.before, self.after))
        return compare.parse_range_diff(range_diff(self.after.stored.store, old, new))

    def review(self) -> tuple[compare.ReviewComment, ...] | compare.MissingSection:
        """Return the entries of the later side's ledger, each claim checked."""
        made = self.after.made
        if made is None:
            return compare.MissingSection(_NO_SPEC)
        if not (made.version.path.parent / review.LEDGER_FILE).is_file():
            name = self.after.name
            return compare.MissingSection(
                f"{name} answers no review: no {review.LEDGER_FILE} beside its spec"
            )
        return _or_missing(lambda: _comments(made))

    def abi(self) -> compare.AbiChanges | compare.MissingSection:
        """Return the changes of the uapi header, as the compiler measures it."""
        if not self._have_trees():
            return compare.MissingSection("patches without a kernel tree show no whole header")
        header = self.interface.data.build.header
        if header is None:
            return compare.MissingSection(f"{self.interface.label} names no uapi header")
        return _or_missing(lambda: self._abi(header))

    def _abi(self, header: str) -> compare.AbiChanges:
        def layout(stored: StoredCommit) -> abi.Layout:
            return abi.measure(stored.files().read(header), header)

        after = layout(self.after.stored)
        base = StoredCommit(self.after.stored.store, self.after.base)
        return compare.AbiChanges(
            abi.compare_layouts(layout(self.before.stored), after),
            abi.compare_layouts(layout(base), after),
            self._against_mainline(lambda stock: abi.compare_layouts(layout(stock), after)),
        )

    def symbols(self) -> compare.SymbolChanges | compare.MissingSection:
        """Return the changed CRCs of exported symbols."""
        missing = self._not_built()
        return _or_missing(self._symbols) if missing is None else missing

    def _symbols(self) -> compare.SymbolChanges:
        old, new = (self._exports(side.stored) for side in (self.before, self.after))
        mainline = self._against_mainline(
            lambda stock: abi.compare_exports(self._exports(stock), new)
        )
        return compare.SymbolChanges(abi.compare_exports(old, new), mainline)

    def _exports(self, stored: StoredCommit) -> Exports:
        return abi.exported(stored, self.interface, self.progress)

    def _against_mainline(
        self, section: Callable[[StoredCommit], _T]
    ) -> _T | compare.MissingSection:
        """Return a section about the default tree with the feature as it was merged."""
        if self.request.options.tree is not None:
            return compare.MissingSection("the tree is not the default one")
        stock = commits.base_of(None, "HEAD", self.interface, self.progress, is_stock=True)
        return _or_missing(lambda: section(stock))

    def remarks(self) -> Delta | compare.MissingSection:
        """Return the new and gone messages of the compiler, sparse and checkpatch."""
        missing = self._not_built()
        return _or_missing(self._remarks) if missing is None else missing

    def _remarks(self) -> Delta:
        old, new = (self._remarks_of(side) for side in (self.before, self.after))
        return checks.compare_commits(self.before.stored, old, self.after.stored, new)

    def _remarks_of(self, side: compare.Side) -> tuple[Remark, ...]:
        # Signed, for checkpatch: by nobody, as nothing is sent.
        signed = (version.NOBODY.name, version.NOBODY.email)
        mails = commits.outgoing(side.made, lambda: signed) if side.made else ()
        texts = tuple(mail.text for mail in mails)
        return checks.remarks_on(side.stored, self.interface, texts, self.progress)

    def tests(self) -> compare.TestComparison | compare.MissingSection:
        """Return the results of the selftest, from the cache for a commit that was tested."""
        if self.request.verdict is not None:
            return compare.compare_runs(None, self.request.verdict)
        if self.interface.data.test is None:
            return compare.MissingSection(f"{self.interface.label} has no test")
        sides = (self.before, self.after)
        if not all(side.version or side.kind is compare.SideKind.TREE for side in sides):
            return compare.MissingSection("the selftest takes its names from a spec")
        old = _or_missing(lambda: self._verdict(self.before))
        new = _or_missing(lambda: self._verdict(self.after))
        if isinstance(old, compare.MissingSection):
            return old
        return new if isinstance(new, compare.MissingSection) else compare.compare_runs(old, new)

    def mainline(
        self, tests: compare.TestComparison | compare.MissingSection
    ) -> compare.TestComparison | compare.MissingSection:
        """Return the later side's tests against the committed ones of the merged feature."""
        if self.request.options.tree is not None or isinstance(tests, compare.MissingSection):
            return compare.MissingSection("mainline was not tested beside it")
        committed = _committed_verdict(version.stock(), DEFAULT_PACKAGE)
        return compare.compare_runs(committed, tests.after)

    def _verdict(self, side: compare.Side) -> Verdict | compare.MissingSection:
        request = run.Request(
            side.version,
            self.request.options.tree,
            self.request.options.base or "HEAD",
            is_whole=False,
            is_stock=side.kind is compare.SideKind.STOCK,
        )
        saved = run.saved(request, side.made)
        if saved is None and not self.request.builds:
            return compare.MissingSection(f"{side.name}: {_NOT_BUILT}", is_gap=True)
        return saved or run.run(request, self.progress).verdict

    def _not_built(self) -> compare.MissingSection | None:
        if not self._have_trees():
            return compare.MissingSection("patches without a kernel tree cannot be compiled")
        return (
            None
            if self.request.builds
            else compare.MissingSection("left out: nothing was to be built")
        )

    def _have_trees(self) -> bool:
        return self.before.has_tree and self.after.has_tree


def _committed_verdict(tested: Version, tree: str) -> Verdict:
    """Return what `afugen matrix` saw, with the known reasons of failures."""
    reasons = {failure.test: failure.reason for failure in tested.expected}
    results = tested.results.get(tree, {})
    found = (TestResult(name, end, reasons.get(name, "")) for name, end in results.items())
    return Verdict(worst((Outcome.SKIP, *results.values())), tests=tuple(found))


def _comments(made: Made) -> tuple[compare.ReviewComment, ...]:
    series = review.render_series(made.version, made.stored.files(), made.patches)
    return tuple(
        _comment(entry) for entry in review.check_ledger(review.load_ledger(made.version), series)
    )


def _comment(checked: review.CheckedEntry) -> compare.ReviewComment:
    entry = checked.entry
    answer = entry.answer
    return compare.ReviewComment(
        id=entry.id,
        who=None if entry.who == review.NO_REVIEWER else entry.who,
        quotes=tuple(quote.quote.strip("\n") for quote in entry.said),
        answer=(answer.who, answer.quote.strip("\n")) if answer else None,
        decision=entry.decision,
        why=" ".join(entry.why.split()),
        evidence=checked.results,
    )


def _or_missing(section: Callable[[], _T]) -> _T | compare.MissingSection:
    """Return the section, or the reason why this machine or this code cannot make it."""
    try:
        return section()
    except AfugenError as error:
        return compare.MissingSection(str(error).partition("\n")[0], is_gap=True)


def _side_summary(side: compare.Side) -> compare.SideSummary:
    spec = compare.display_path(side.made.version.path) if side.made else None
    about = {
        compare.SideKind.SPEC: f"spec {spec}",
        compare.SideKind.PATCHES: "patches",
        compare.SideKind.REVISION: "revision",
        compare.SideKind.TREE: "the tree as it is",
        compare.SideKind.STOCK: "the tree with the feature as it was merged",
    }[side.kind]
    is_unsent = side.made is not None and side.made.version.spec.series.author is None
    found = tuple((commit.id, commit.subject) for commit in side.commits)
    return compare.SideSummary(side.name, about, found, spec, is_unsent)


def _base(before: compare.Side, after: compare.Side, options: compare.TreeOptions) -> str:
    """Return the common base, by the release that its Makefile names."""
    side = before if before.has_tree else after
    if not side.has_tree:
        return "what the patches show"
    files = side.stored.store.files(side.base)
    makefile = files.read("Makefile").decode(errors="replace") if files.exists("Makefile") else ""
    parts = dict(_RELEASE.findall(makefile))
    release = ".".join(parts[key] for key in ("VERSION", "PATCHLEVEL", "SUBLEVEL") if key in parts)
    name = f"Linux {release}" if release else "commit"
    without = " without the feature as it was merged" if package_of(options.tree) else ""
    return f"{name}{without} ({files.label})"
