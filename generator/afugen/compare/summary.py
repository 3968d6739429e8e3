# SPDX-License-Identifier: GPL-2.0-only
"""The answers to a reviewer's five questions, each with the points that it rests on.

Which comments were answered, and where? Did the ABI of userspace change? Which tests changed
outcome, and why? What does it cost an existing user of the interface? What is left open?
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from afugen import abi
from afugen.abi import SymbolChange, SymbolState
from afugen.compare.costs import CostKind
from afugen.compare.model import AbiChanges, DiffReport, MissingSection, ReviewComment
from afugen.compare.outcomes import TestChange, TestComparison, Transition, outcome_counts
from afugen.compare.word_diff import ChangeKind
from afugen.review import FOUND_WITHOUT_REVIEWER, MAIL_TEXTS, Decision
from afugen.verdict import GOOD, Outcome, TestResult

# The version whose test lacks a case.
_LACKING = {Transition.NEW: "the earlier", Transition.GONE: "the later"}
# The order of importance to a reader.
_TRANSITIONS = (
    Transition.BROKEN, Transition.OTHER, Transition.MENDED, Transition.NEW, Transition.GONE,
)  # fmt: skip


class Rating(StrEnum):
    """Whether an answer is good news, worth knowing, bad news, or none of these."""

    GOOD = "good"
    KNOW = "know"
    BAD = "bad"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Point:
    """One line of an answer: its subject and what there is to say about it.

    `anchor` is where the report has more, `place` the line of code that it rests on.
    """

    head: str
    text: str
    anchor: str
    place: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A question, its answer in one line, and the points that it rests on."""

    question: str
    rating: Rating
    text: str
    points: tuple[Point, ...] = ()
    anchor: str = ""


def answers(report: DiffReport) -> tuple[Answer, ...]:
    """Return the five answers, in the order in which reviewers ask."""
    return (
        answer_on_review(report),
        answer_on_abi(report),
        answer_on_tests(report),
        answer_on_costs(report),
        answer_on_open_points(report),
    )


def answer_on_review(report: DiffReport) -> Answer:
    """Return which comments were answered, and where."""
    question, anchor = "Which comments were answered, and where?", "review"
    if isinstance(report.review, MissingSection):
        return Answer(question, Rating.NONE, report.review.why, anchor=anchor)
    comments = [comment for comment in report.review if comment.who]
    others = [comment for comment in report.review if not comment.who]
    wrong = sum(not comment.holds for comment in report.review)
    claims = sum(len(comment.evidence) for comment in report.review)
    text = f"all {len(comments)} have an answer: {_counted_outcomes(comments)}"
    text += f"; {wrong} do NOT hold" if wrong else f"; all {claims} claims hold"
    points = [
        Point(
            comment.id,
            comment.outcome + ("" if comment.holds else ", but does NOT hold"),
            f"comment-{comment.id}",
            next(((e.file, e.line) for e in comment.evidence), None),
        )
        for comment in report.review
        if comment.who or not comment.holds
    ]
    if others:
        found = f"{FOUND_WITHOUT_REVIEWER}: {_counted_outcomes(others)}"
        points.append(Point(f"{len(others)} more", found, f"comment-{others[0].id}"))
    return Answer(question, Rating.BAD if wrong else Rating.GOOD, text, tuple(points), anchor)


def _counted_outcomes(comments: Iterable[ReviewComment]) -> str:
    counted = Counter(comment.outcome for comment in comments)
    return ", ".join(f"{number} {outcome}" for outcome, number in counted.items())


def answer_on_abi(report: DiffReport) -> Answer:
    """Return whether the ABI of userspace changed."""
    question, anchor = "Did the ABI of userspace change?", "abi"
    if isinstance(report.abi, MissingSection):
        return Answer(question, _rating(report.abi), report.abi.why, anchor=anchor)
    before = report.before.name
    against = _trees(report.abi)
    # Programs are built for trees. What was only ever mailed has no programs to break.
    broken = [name for name, changes in against.items() if abi.breaks(changes)]
    text = "no program that exists breaks"
    if broken:
        text = f"YES: programs break that were built for {' or '.join(broken)}"
    elif abi.breaks(report.abi.changes):
        text += f"; only programs that were built for {before} would"
    against[before] = report.abi.changes
    points = [
        Point(f"against {name}", _abi_in_short(changes), anchor)
        for name, changes in against.items()
    ]
    points += [Point(f"since {before}", effect, anchor) for effect in report.program_effects]
    return Answer(question, Rating.BAD if broken else Rating.GOOD, text, tuple(points), anchor)


def _trees(measured: AbiChanges) -> dict[str, tuple[abi.LayoutChange, ...]]:
    """Return the changes against the trees for which programs are built."""
    trees = {"the tree before it": measured.base}
    if not isinstance(measured.mainline, MissingSection):
        trees["mainline"] = measured.mainline
    return trees


def _abi_in_short(changes: tuple[abi.LayoutChange, ...]) -> str:
    if broken := abi.breaks(changes):
        named = (f"{one.name} ({'; '.join(one.reasons)})" for one in broken)
        return f"{len(broken)} of {len(changes)} names break: {', '.join(named)}"
    if changed := abi_differences(changes):
        named = (f"{one.name} ({one.verdict})" for one in changed)
        return f"only additions: {', '.join(named)}"
    return f"all {len(changes)} names are the same"


def abi_differences(changes: Iterable[abi.LayoutChange]) -> tuple[abi.LayoutChange, ...]:
    """Return the names of a header that are not unchanged."""
    return tuple(one for one in changes if one.verdict is not abi.Compatibility.UNCHANGED)


def answer_on_tests(report: DiffReport) -> Answer:
    """Return which tests changed outcome, and why."""
    question, anchor = "Which tests changed outcome, and why?", "tests"
    tests = report.tests
    if isinstance(tests, MissingSection):
        return Answer(question, _rating(tests), tests.why, anchor=anchor)
    if tests.before is None:
        rating = Rating.GOOD if tests.after.outcome in GOOD else Rating.BAD
        text = f"{tests.after.outcome}: {outcome_counts(tests.after)}"
        points = tuple(_not_passed(tests))
        return Answer("What did the tests say?", rating, text, points, anchor)
    counts = {transition: tests.count(transition) for transition in Transition}
    parts = [f"{n} {one}" for one, n in counts.items() if n and one is not Transition.SAME]
    runs = (tests.before, tests.after)
    ends = [outcome_counts(run) if run.tests else run.outcome for run in runs]
    text = f"{', '.join(parts) or 'none'}; {ends[0]} → {ends[1]}"
    rating = Rating.BAD if counts[Transition.BROKEN] else Rating.GOOD
    changed = sorted(tests.differing, key=lambda one: _TRANSITIONS.index(one.transition))
    points = tuple(_grouped((one.name, _test_change(one)) for one in changed))
    return Answer(question, rating, text, points, anchor)


def _is_passed(test: TestResult | None) -> bool:
    return test is None or test.outcome in (Outcome.PASS, Outcome.SKIP)


def _not_passed(tests: TestComparison) -> Iterator[Point]:
    results = (change.after for change in tests.changes)
    yield from _grouped(
        (test.name, f"{test.outcome}: {test.reason}".removesuffix(": "))
        for test in results
        if test is not None and not _is_passed(test)
    )


def _test_change(change: TestChange) -> str:
    """Return both outcomes of a test and the reason of their difference."""
    before, after = change.outcomes
    text = f"{before} → {after}"
    if reason := reason_of(change):
        was = "was: " if change.transition in (Transition.MENDED, Transition.GONE) else ""
        text += f"; {was}{reason}"
    if change.transition in _LACKING:
        text += f"; the test of {_LACKING[change.transition]} version has no such case"
    return text


def _grouped(tests: Iterable[tuple[str, str]]) -> Iterator[Point]:
    """Return a point for each text, under the first test with it; the text names the others."""
    names: dict[str, list[str]] = {}
    for name, text in tests:
        names.setdefault(text, []).append(name)
    for text, (first, *others) in names.items():
        more = f"and {', '.join(others)}: " if others else ""
        yield Point(first, f"{more}{text}", f"test-{first}")


def reason_of(change: TestChange) -> str:
    """Return why a test fails, as the later run that failed explains it."""
    for test in (change.after, change.before):
        if test is not None and not _is_passed(test):
            return test.reason or "; ".join(test.observed)
    return ""


def answer_on_costs(report: DiffReport) -> Answer:
    """Return what the later side costs an existing user of the interface."""
    after, before, user = report.after.name, report.before.name, report.terms.user
    question, anchor = f"What does {after} cost an existing {user}?", "drivers"
    points, parts = [], []
    if isinstance(report.costs, MissingSection):
        parts.append(report.costs.why)
    else:
        sources = sum(cost.kind is CostKind.SOURCE for cost in report.costs)
        change = _count(sources, "change") if sources else "no change"
        parts.append(f"written for {before}: {change} of source")
        points += [Point(str(cost.kind), cost.text, anchor) for cost in report.costs]
    loading = list(_loading(report))
    parts += loading
    if mended := mended_since_mainline(report):
        passes = "passes" if len(mended) == 1 else "pass"
        parts.append(f"{_count(len(mended), 'test')} that mainline fails {passes}")
    points += [
        Point(f"mainline fails {point.head}", point.text, anchor)
        for point in _grouped((one.name, reason_of(one)) for one in mended)
    ]
    has_cost = bool(points) or any("differ" in part for part in loading)
    rating = Rating.KNOW if has_cost else Rating.GOOD
    return Answer(question, rating, "; ".join(parts), tuple(points), anchor)


def _loading(report: DiffReport) -> Iterator[str]:
    """Return whether modules load that were built for mainline and for the earlier side."""
    symbols, before = report.symbols, report.before.name
    if isinstance(symbols, MissingSection):
        yield f"symbol CRCs: {symbols.why}"
        return
    built = [(f"built for {before}", symbols.changes, "has to be rebuilt")]
    if not isinstance(symbols.mainline, MissingSection):
        mainline = f"built for mainline (that of {report.stock})"
        built.insert(0, (mainline, symbols.mainline, "does not load"))
    for name, changes, failure in built:
        lost = len(lost_symbols(changes))
        yield f"{name}: {failure}, {lost} symbols differ" if lost else f"{name}: loads unchanged"


def mended_since_mainline(report: DiffReport) -> tuple[TestChange, ...]:
    """Return the tests that the feature as it was merged fails, and the later side does not.

    None where a module built for mainline does not load: it cannot meet them.
    """
    symbols = () if isinstance(report.symbols, MissingSection) else report.symbols.mainline
    if isinstance(report.mainline, MissingSection) or isinstance(symbols, MissingSection):
        return ()
    if not symbols or lost_symbols(symbols):
        return ()
    changes = report.mainline.changes
    return tuple(one for one in changes if one.transition is Transition.MENDED)


def lost_symbols(changes: tuple[SymbolChange, ...]) -> tuple[SymbolChange, ...]:
    """Return the symbols for which a module that was built earlier fails to load."""
    return tuple(one for one in changes if one.state in (SymbolState.CHANGED, SymbolState.GONE))


def answer_on_open_points(report: DiffReport) -> Answer:
    """Return what is left open."""
    points = tuple(_open_points(report))
    sources = "decisions, tests, messages of the tools, signatures"
    text = _count(len(points), "point") if points else f"nothing in {sources}"
    rating = Rating.KNOW if points else Rating.GOOD
    return Answer("What is left open?", rating, text, points, "open")


def _open_points(report: DiffReport) -> Iterator[Point]:
    yield from _disputable(() if isinstance(report.review, MissingSection) else report.review)
    if report.after.is_unsent:
        text = "and no author: whoever sends it with afugen series becomes both"
        yield Point("no Signed-off-by", text, "commits")
    if not isinstance(report.tests, MissingSection):
        yield from _not_passed(report.tests)
    if not isinstance(report.remarks, MissingSection):
        for remark in report.remarks.new:
            yield Point("new message", str(remark), "remarks")
        if kept := len(report.remarks.kept):
            text = "of compiler, sparse and checkpatch, as before it"
            yield Point(_count(kept, "message"), text, "remarks")
    for name in ("review", "abi", "symbols", "tests", "remarks", "spec", "commits"):
        section = getattr(report, name)
        if isinstance(section, MissingSection) and section.is_gap:
            yield Point(name, section.why, name)


def _disputable(comments: Sequence[ReviewComment]) -> Iterator[Point]:
    """Return the comments whose answer a reviewer may not accept."""
    for comment in comments:
        if not comment.holds:
            yield Point(comment.id, "a claim does not hold", f"comment-{comment.id}")
        elif comment.decision is Decision.DECLINED:
            yield Point(comment.id, f"declined: {comment.why}", f"comment-{comment.id}")
    for comment in comments:
        if comment.who and comment.decision is Decision.OTHER_FORM:
            text = "answered in another form than was asked for"
            yield Point(comment.id, text, f"comment-{comment.id}")


def size_in_short(report: DiffReport) -> str:
    """Return how many fields, commits, files and lines changed, in one line."""
    parts = []
    if not isinstance(report.spec, MissingSection):
        parts.append(_count(len(report.spec), "spec field"))
    if not isinstance(report.commits, MissingSection):
        statuses = Counter(pair.status for pair in report.commits)
        counted = ", ".join(f"{n} {kind}" for kind in ChangeKind if (n := statuses[kind]))
        parts.append(f"{_count(len(report.commits), 'commit')} ({counted})")
    files = [
        file
        for file in report.files
        if (file.new or file.gone or file.change is not ChangeKind.CHANGED)
        and not file.path.startswith(tuple(MAIL_TEXTS.values()))
    ]
    new, gone = sum(file.new for file in files), sum(file.gone for file in files)
    parts.append(f"{_count(len(files), 'file')} (+{new} -{gone})")
    return ", ".join(parts)


def measure(item: abi.Item | None) -> str:
    """Return the size of a struct or enum, or the value of a macro; empty for None."""
    match item:
        case abi.StructLayout():
            return f"{item.size} bytes, aligned to {item.align}"
        case abi.EnumValues():
            return f"{len(item.values)} constants"
        case abi.MacroValue():
            return str(item.value)
        case _:
            return ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _rating(missing: MissingSection) -> Rating:
    return Rating.KNOW if missing.is_gap else Rating.NONE
