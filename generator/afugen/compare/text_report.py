# SPDX-License-Identifier: GPL-2.0-only
"""A comparison for a terminal of 100 columns: the answers first, then what they rest on."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from functools import singledispatchmethod

from rich.console import Console
from rich.text import Text

from afugen import abi
from afugen.abi import SymbolChange, SymbolState
from afugen.checks import Delta
from afugen.compare import columns, summary
from afugen.compare.model import Abi, Absent, Comment, FileView, HunkView, Symbols, Whole
from afugen.compare.outcomes import Tests
from afugen.compare.ranges import Pair
from afugen.compare.side_by_side import Change
from afugen.compare.specs import FieldChange
from afugen.compare.summary import Answer, Mood

WIDTH = 100
_MOODS = {Mood.GOOD: "green", Mood.KNOW: "yellow", Mood.BAD: "bold red", Mood.NONE: "dim"}
_SHOWN_POINTS = 30
# Of a range-diff a terminal shows so much; the HTML has all of it.
_SHOWN_RANGE = 40


def to_text(whole: Whole, *, width: int = WIDTH, color: bool = False) -> str:
    """The whole as text; without colour every mark is a sign, too."""
    console = Console(
        file=io.StringIO(), width=width, force_terminal=color, no_color=not color, highlight=False
    )
    with console.capture() as capture:
        for line in _Listing(width).lines(whole):
            console.print(line, soft_wrap=True)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().split("\n")[:-1])


class _Listing:
    """Lines of at most `width` columns."""

    def __init__(self, width: int) -> None:
        self._width = width

    def lines(self, whole: Whole) -> Iterator[Text]:
        """All lines."""
        yield from self._wrap(f"{whole.before.name} → {whole.after.name}", "bold")
        yield from self._wrap(f"on {whole.base}: {summary.changed_in_short(whole)}")
        for note in whole.notes:
            yield from self._wrap(note, "yellow")
        for answer in summary.answers(whole):
            yield Text()
            yield from self._answer(answer)
        for title, lines in self._sections(whole):
            yield Text()
            yield columns.text(f"── {title} ".ljust(self._width, "─"), "bold")
            yield from lines

    def _answer(self, answer: Answer) -> Iterator[Text]:
        yield from self._wrap(answer.question, "bold")
        yield from self._wrap(answer.text, _MOODS[answer.mood], indent=2)
        for point in answer.points[:_SHOWN_POINTS]:
            place = f"  {point.place[0]}:{point.place[1]}" if point.place else ""
            colon = "" if point.text.startswith("and ") else ":"
            yield from self._wrap(f"- {point.head}{colon} {point.text}{place}", indent=4, hang=2)
        if (more := len(answer.points) - _SHOWN_POINTS) > 0:
            yield columns.text(f"    and {more} more, below", "dim")

    def _sections(self, whole: Whole) -> Iterator[tuple[str, Iterable[Text]]]:
        yield "spec", self._section(whole.spec)
        yield "commits (git range-diff)", self._section(whole.commits)
        for file in whole.files:
            yield f"{file.path}  +{file.new} -{file.gone}", self._file(file)
        yield "userspace ABI", self._section(whole.abi)
        yield "exported symbols", self._section(whole.symbols)
        yield "compiler, sparse, checkpatch", self._section(whole.remarks)
        yield "tests", self._section(whole.tests)
        yield "review", self._section(whole.review)

    def _section(self, section: object) -> Iterator[Text]:
        """What a section has to tell; a tuple tells it one by one."""
        if not isinstance(section, tuple):
            yield from self._lines(section)
            return
        for one in section:
            yield from self._lines(one)
        if not section:
            yield columns.text("no difference", "dim")

    @singledispatchmethod
    def _lines(self, section: object) -> Iterator[Text]:
        raise NotImplementedError(type(section).__name__)

    @_lines.register
    def _(self, absent: Absent) -> Iterator[Text]:
        yield from self._wrap(absent.why, "dim")

    @_lines.register
    def _(self, field: FieldChange) -> Iterator[Text]:
        sign = {Change.NEW: "+", Change.GONE: "-"}.get(field.change, "~")
        lines = " → ".join(f"line {n}" for n in (field.old_line, field.new_line) if n)
        head = columns.text(f"{sign} {field.path}", "bold")
        if field.is_text:
            yield from columns.wrapped(head + columns.text(f"  ({lines})", "dim"), self._width)
            if len(field.pieces) == 2 and field.change is Change.CHANGED:
                yield from self._replaced(field)
                return
            yield from columns.wrapped(columns.marked(field.pieces), self._width, 4)
        else:
            said = [text for text in (field.before, field.after) if text]
            whole = (
                head + columns.text(f": {' → '.join(said)}") + columns.text(f"  ({lines})", "dim")
            )
            yield from columns.wrapped(whole, self._width, 0, 4)

    def _replaced(self, field: FieldChange) -> Iterator[Text]:
        """A text that has little in common with what stands in its place now."""
        for sign, said, style in (("-", field.before, "red"), ("+", field.after, "green")):
            for line in said.split("\n"):
                yield from self._wrap(f"{sign} {line}", style, indent=4, hang=2)

    @_lines.register
    def _(self, pair: Pair) -> Iterator[Text]:
        yield from self._wrap(pair.head, "bold")
        for line in pair.diff[:_SHOWN_RANGE]:
            style = {"+": "green", "-": "red"}.get(line[:1], "")
            yield from self._wrap(line, style, indent=4)
        if (more := len(pair.diff) - _SHOWN_RANGE) > 0:
            yield columns.text(f"    and {more} more lines; --html has them", "dim")

    def _file(self, file: FileView) -> Iterator[Text]:
        if file.change is not Change.CHANGED:
            yield columns.text(f"a file that is {file.change}; --html shows it", "dim")
            return
        for view in file.hunks:
            yield from self._wrap(f"@@ {view.hunk.heading.expandtabs()}".rstrip(), "cyan", hang=3)
            yield from columns.beside(view.hunk.rows, self._width)
            yield from self._origins(view)

    def _origins(self, view: HunkView) -> Iterator[Text]:
        for one in view.provenance:
            differing = [f"{field.name} ({field.file}:{field.line})" for field in one.fields
                         if field.differs]  # fmt: skip
            by = f" by {', '.join(differing)}" if differing else ""
            yield from self._wrap(f"{one.party}: {one.template}{by}", "dim", indent=2, hang=4)
        for comment in view.comments:
            quote = comment.quotes[0] if comment.quotes else comment.why
            said = " ".join(quote.split())
            text = f"{comment.by}, {comment.id} ({comment.became}): {said}"
            yield from self._wrap(text, "magenta", indent=2, hang=4)

    @_lines.register
    def _(self, measured: Abi) -> Iterator[Text]:
        titles = ("against the other", "against the tree that both stand on", "against mainline")
        for title, changes in zip(
            titles, (measured.changes, measured.base, measured.mainline), strict=True
        ):
            yield columns.text(title, "bold")
            if isinstance(changes, Absent):
                yield from self._lines(changes)
                continue
            differing = [one for one in changes if one.verdict is not abi.Compatibility.UNCHANGED]
            yield from self._section(tuple(differing))
            yield columns.text(f"{len(changes) - len(differing)} names are unchanged", "dim")

    @_lines.register
    def _(self, change: abi.LayoutChange) -> Iterator[Text]:
        style = {abi.Compatibility.BREAK: "bold red", abi.Compatibility.UNCHANGED: ""}.get(
            change.verdict, "green"
        )
        sizes = " → ".join(dict.fromkeys(_measured(item) for item in (change.before, change.after)))
        yield from self._wrap(f"{change.verdict:22}{change.name}  {sizes}", style, hang=24)
        for reason in change.reasons:
            yield from self._wrap(reason, indent=24)

    @_lines.register
    def _(self, symbols: Symbols) -> Iterator[Text]:
        yield from self._symbols("before", symbols.changes)
        if isinstance(symbols.mainline, Absent):
            yield from self._wrap(f"against mainline: {symbols.mainline.why}", "dim")
        else:
            yield from self._symbols("mainline", symbols.mainline)

    def _symbols(self, against: str, changes: tuple[SymbolChange, ...]) -> Iterator[Text]:
        equal = sum(change.state is SymbolState.EQUAL for change in changes)
        yield from self._wrap(f"against {against}: {equal} of {len(changes)} have the same CRC")
        causes = dict.fromkeys(c.cause for c in changes if c.state is SymbolState.CHANGED)
        for cause in causes:
            same = [c for c in changes if c.state is SymbolState.CHANGED and c.cause == cause]
            which = same[0].name if len(same) == 1 else f"{len(same)} symbols"
            yield from self._wrap(f"changed: {which}: {same[0].why}", indent=2, hang=2)
        for state in (SymbolState.NEW, SymbolState.GONE):
            names = [change.name for change in changes if change.state is state]
            if names:
                yield from self._wrap(f"{state}: {', '.join(names)}", indent=2, hang=2)

    @_lines.register
    def _(self, delta: Delta) -> Iterator[Text]:
        yield columns.text(
            f"{len(delta.new)} new, {len(delta.gone)} gone, {len(delta.kept)} as before"
        )
        for sign, remarks, style in (("+", delta.new, "red"), ("-", delta.gone, "green")):
            for remark in remarks:
                yield from self._wrap(f"{sign} {remark}", style, hang=2)

    @_lines.register
    def _(self, tests: Tests) -> Iterator[Text]:
        if not tests.turned:
            yield columns.text("every test ends as it did", "dim")
        for change in tests.turned:
            outcomes = [t.outcome if t else "not run" for t in (change.before, change.after)]
            head = f"{outcomes[0]:>8} → {outcomes[1]:8} {change.name}"
            yield from self._wrap(
                head, {"mended": "green", "broken": "bold red"}.get(change.turn, "")
            )
            for sign, test in (("was", change.before), ("is", change.after)):
                for said in test.observed if test else ():
                    yield from self._wrap(f"{sign}: {said}", indent=20, hang=2)
            yield from self._wrap(summary.reason_of(change), "dim", indent=20)

    @_lines.register
    def _(self, comment: Comment) -> Iterator[Text]:
        style = "" if comment.holds else "bold red"
        yield from self._wrap(f"{comment.id} ({comment.by}): {comment.became}", style)
        yield from self._wrap(comment.why, "dim", indent=4)
        for one in comment.evidence:
            wrong = "" if one.holds else f": NOT so: {one.why}"
            yield from self._wrap(f"{one.file}:{one.line}: {one.claim}{wrong}", indent=4, hang=2)

    def _wrap(self, text: str, style: str = "", indent: int = 0, hang: int = 0) -> Iterator[Text]:
        if text:
            yield from columns.wrapped(columns.text(text, style), self._width, indent, hang)


def _measured(item: abi.Item | None) -> str:
    match item:
        case abi.Struct():
            return f"{item.size} bytes, aligned to {item.align}"
        case abi.Enum():
            return f"{len(item.values)} values"
        case abi.Define():
            return str(item.value)
        case _:
            return "not there"
