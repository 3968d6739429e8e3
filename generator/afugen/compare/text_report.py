# SPDX-License-Identifier: GPL-2.0-only
"""The report of `afugen diff` for a terminal: the answers first, then what they rest on."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from functools import singledispatchmethod

from rich.console import Console
from rich.text import Text

from afugen import abi
from afugen.abi import SymbolChange, SymbolState
from afugen.checks import Delta
from afugen.compare import columns, model, summary
from afugen.compare.outcomes import TestComparison
from afugen.compare.range_diff import CommitPair
from afugen.compare.spec_changes import FieldChange
from afugen.compare.summary import Answer, Rating
from afugen.compare.word_diff import ChangeKind

WIDTH = 100
# A terminal shows so much of an answer and of a range-diff; the HTML has all of it.
_MAX_POINTS = 30
_MAX_RANGE_DIFF = 40
_RATING_STYLES = {
    Rating.GOOD: "green", Rating.KNOW: "yellow", Rating.BAD: "bold red", Rating.NONE: "dim",
}  # fmt: skip
_TRANSITION_STYLES = {"mended": "green", "broken": "bold red"}
_ABI_STYLES = {abi.Compatibility.BREAK: "bold red", abi.Compatibility.UNCHANGED: ""}


def to_text(report: model.DiffReport, *, width: int = WIDTH, color: bool = False) -> str:
    """Return the report as text; without colour every mark is a sign, too."""
    console = Console(
        file=io.StringIO(), width=width, force_terminal=color, no_color=not color, highlight=False
    )
    with console.capture() as capture:
        for line in _TextReport(width).lines(report):
            console.print(line, soft_wrap=True)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().split("\n")[:-1])


class _TextReport:
    """Lines of at most `width` columns."""

    def __init__(self, width: int) -> None:
        self._width = width

    def lines(self, report: model.DiffReport) -> Iterator[Text]:
        """Return all lines of a report."""
        yield from self._wrap(f"{report.before.name} → {report.after.name}", "bold")
        yield from self._wrap(f"on {report.base}: {summary.size_in_short(report)}")
        for note in report.notes:
            yield from self._wrap(note, "yellow")
        for answer in summary.answers(report):
            yield Text()
            yield from self._answer(answer)
        for title, lines in self._sections(report):
            yield Text()
            yield columns.literal(f"── {title} ".ljust(self._width, "─"), "bold")
            yield from lines

    def _wrap(self, text: str, style: str = "", indent: int = 0, hang: int = 0) -> Iterator[Text]:
        if text:
            yield from columns.wrapped(columns.literal(text, style), self._width, indent, hang)

    def _answer(self, answer: Answer) -> Iterator[Text]:
        yield from self._wrap(answer.question, "bold")
        yield from self._wrap(answer.text, _RATING_STYLES[answer.rating], indent=2)
        for point in answer.points[:_MAX_POINTS]:
            place = f"  {point.place[0]}:{point.place[1]}" if point.place else ""
            colon = "" if point.text.startswith("and ") else ":"
            yield from self._wrap(f"- {point.head}{colon} {point.text}{place}", indent=4, hang=2)
        if (more := len(answer.points) - _MAX_POINTS) > 0:
            yield columns.literal(f"    and {more} more, below", "dim")

    def _sections(self, report: model.DiffReport) -> Iterator[tuple[str, Iterable[Text]]]:
        yield "spec", self._section(report.spec)
        yield "commits (git range-diff)", self._section(report.commits)
        for file in report.files:
            yield f"{file.path}  +{file.new} -{file.gone}", self._file(file)
        yield "userspace ABI", self._section(report.abi)
        yield "exported symbols", self._section(report.symbols)
        yield "compiler, sparse, checkpatch", self._section(report.remarks)
        yield "tests", self._section(report.tests)
        yield "review", self._section(report.review)

    def _section(self, section: object) -> Iterator[Text]:
        for part in section if isinstance(section, tuple) else (section,):
            yield from self._lines(part)
        if section == ():
            yield columns.literal("no difference", "dim")

    @singledispatchmethod
    def _lines(self, part: object) -> Iterator[Text]:
        """Return the lines of a section, or of one entry of it."""
        raise NotImplementedError(type(part).__name__)

    @_lines.register
    def _(self, missing: model.MissingSection) -> Iterator[Text]:
        yield from self._wrap(missing.why, "dim")

    @_lines.register
    def _(self, field: FieldChange) -> Iterator[Text]:
        sign = {ChangeKind.NEW: "+", ChangeKind.GONE: "-"}.get(field.change, "~")
        numbers = " → ".join(f"line {n}" for n in (field.old_line, field.new_line) if n)
        title = columns.literal(f"{sign} {field.path}", "bold")
        lines = columns.literal(f"  ({numbers})", "dim")
        if not field.is_text:
            values = " → ".join(value for value in (field.before, field.after) if value)
            text = title + columns.literal(f": {values}") + lines
            yield from columns.wrapped(text, self._width, 0, 4)
            return
        yield from columns.wrapped(title + lines, self._width)
        if len(field.pieces) == 2 and field.change is ChangeKind.CHANGED:
            # The texts have little in common: both are shown whole.
            for sign, value, style in (("-", field.before, "red"), ("+", field.after, "green")):
                for line in value.split("\n"):
                    yield from self._wrap(f"{sign} {line}", style, indent=4, hang=2)
        else:
            yield from columns.wrapped(columns.marked(field.pieces), self._width, 4)

    @_lines.register
    def _(self, pair: CommitPair) -> Iterator[Text]:
        yield from self._wrap(pair.title, "bold")
        for line in pair.diff[:_MAX_RANGE_DIFF]:
            style = {"+": "green", "-": "red"}.get(line[:1], "")
            yield from self._wrap(line, style, indent=4)
        if (more := len(pair.diff) - _MAX_RANGE_DIFF) > 0:
            yield columns.literal(f"    and {more} more lines; --html has them", "dim")

    def _file(self, file: model.AnnotatedFile) -> Iterator[Text]:
        if file.change is not ChangeKind.CHANGED:
            yield columns.literal(f"a file that is {file.change}; --html shows it", "dim")
            return
        for hunk in file.hunks:
            heading = f"@@ {hunk.hunk.heading.expandtabs()}".rstrip()
            yield from self._wrap(heading, "cyan", hang=3)
            yield from columns.side_by_side(hunk.hunk.rows, self._width)
            yield from self._annotations(hunk)

    def _annotations(self, hunk: model.AnnotatedHunk) -> Iterator[Text]:
        for one in hunk.provenance:
            fields = [f"{f.name} ({f.file}:{f.line})" for f in one.fields if f.differs]
            by = f" by {', '.join(fields)}" if fields else ""
            yield from self._wrap(f"{one.side}: {one.template}{by}", "dim", indent=2, hang=4)
        for comment in hunk.comments:
            quote = " ".join((comment.quotes[0] if comment.quotes else comment.why).split())
            text = f"{comment.author}, {comment.id} ({comment.outcome}): {quote}"
            yield from self._wrap(text, "magenta", indent=2, hang=4)

    @_lines.register
    def _(self, measured: model.AbiChanges) -> Iterator[Text]:
        for against, changes in (
            ("the earlier side", measured.changes),
            ("the common base", measured.base),
            ("mainline", measured.mainline),
        ):
            yield columns.literal(f"against {against}", "bold")
            if isinstance(changes, model.MissingSection):
                yield from self._lines(changes)
                continue
            differing = summary.abi_differences(changes)
            yield from self._section(differing)
            yield columns.literal(f"{len(changes) - len(differing)} names are unchanged", "dim")

    @_lines.register
    def _(self, change: abi.LayoutChange) -> Iterator[Text]:
        style = _ABI_STYLES.get(change.verdict, "green")
        measured = (summary.measure(one) or "not there" for one in (change.before, change.after))
        sizes = " → ".join(dict.fromkeys(measured))
        yield from self._wrap(f"{change.verdict:22}{change.name}  {sizes}", style, hang=24)
        for reason in change.reasons:
            yield from self._wrap(reason, indent=24)

    @_lines.register
    def _(self, symbols: model.SymbolChanges) -> Iterator[Text]:
        yield from self._symbols("before", symbols.changes)
        if isinstance(symbols.mainline, model.MissingSection):
            yield from self._wrap(f"against mainline: {symbols.mainline.why}", "dim")
        else:
            yield from self._symbols("mainline", symbols.mainline)

    def _symbols(self, against: str, changes: tuple[SymbolChange, ...]) -> Iterator[Text]:
        by_state = {state: [one for one in changes if one.state is state] for state in SymbolState}
        equal = len(by_state[SymbolState.EQUAL])
        yield from self._wrap(f"against {against}: {equal} of {len(changes)} have the same CRC")
        for cause in dict.fromkeys(one.cause for one in by_state[SymbolState.CHANGED]):
            same = [one for one in by_state[SymbolState.CHANGED] if one.cause == cause]
            which = same[0].name if len(same) == 1 else f"{len(same)} symbols"
            yield from self._wrap(f"changed: {which}: {same[0].why}", indent=2, hang=2)
        for state in (SymbolState.NEW, SymbolState.GONE):
            if names := ", ".join(one.name for one in by_state[state]):
                yield from self._wrap(f"{state}: {names}", indent=2, hang=2)

    @_lines.register
    def _(self, delta: Delta) -> Iterator[Text]:
        yield columns.literal(
            f"{len(delta.new)} new, {len(delta.gone)} gone, {len(delta.kept)} as before"
        )
        for sign, remarks, style in (("+", delta.new, "red"), ("-", delta.gone, "green")):
            for remark in remarks:
                yield from self._wrap(f"{sign} {remark}", style, hang=2)

    @_lines.register
    def _(self, tests: TestComparison) -> Iterator[Text]:
        if not tests.differing:
            yield columns.literal("every test ends as it did", "dim")
        for change in tests.differing:
            before, after = change.outcomes
            style = _TRANSITION_STYLES.get(change.transition, "")
            yield from self._wrap(f"{before:>8} → {after:8} {change.name}", style)
            for verb, test in (("was", change.before), ("is", change.after)):
                for observed in test.observed if test else ():
                    yield from self._wrap(f"{verb}: {observed}", indent=20, hang=2)
            yield from self._wrap(summary.reason_of(change), "dim", indent=20)

    @_lines.register
    def _(self, comment: model.ReviewComment) -> Iterator[Text]:
        style = "" if comment.holds else "bold red"
        yield from self._wrap(f"{comment.id} ({comment.author}): {comment.outcome}", style)
        yield from self._wrap(comment.why, "dim", indent=4)
        for one in comment.evidence:
            wrong = "" if one.holds else f": does NOT hold: {one.why}"
            yield from self._wrap(f"{one.file}:{one.line}: {one.claim}{wrong}", indent=4, hang=2)
