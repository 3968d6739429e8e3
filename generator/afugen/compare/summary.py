# SPDX-License-Identifier: GPL-2.0-only
"""The five answers that a reviewer wants first, each with what it rests on.

Were the comments answered, and where? Did the ABI of userspace change? Which tests end otherwise,
and why? What does it cost an existing AFU driver? What is left open?
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from afugen import abi
from afugen.abi import SymbolChange, SymbolState
from afugen.compare.cost import Kind
from afugen.compare.model import Absent, Comment, Whole
from afugen.compare.outcomes import TestChange, Turn, counts
from afugen.compare.ranges import Fate
from afugen.compare.side_by_side import Change
from afugen.review import MAIL_TEXTS, Decision
from afugen.verdict import GOOD, Outcome

# Whose test lacks a case.
_ONE_SIDED = {Turn.NEW: "the earlier", Turn.GONE: "the later"}
# What a reader has to see first.
_TURNS = (Turn.BROKEN, Turn.OTHER, Turn.MENDED, Turn.NEW, Turn.GONE, Turn.SAME)


class Mood(StrEnum):
    """Whether an answer is good news."""

    GOOD = "good"
    KNOW = "know"
    BAD = "bad"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Point:
    """One line of an answer: what it is about, and what is to say of that.

    `anchor` is where the report has more of it, `place` the line of code that it rests on.
    """

    head: str
    text: str
    anchor: str
    place: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A question, its answer in one line, and the points that it rests on."""

    question: str
    mood: Mood
    text: str
    points: tuple[Point, ...] = ()
    anchor: str = ""


def answers(whole: Whole) -> tuple[Answer, ...]:
    """The five, in the order in which people ask."""
    return (comments(whole), userspace(whole), tests(whole), drivers(whole), open_points(whole))


def comments(whole: Whole) -> Answer:
    """Which comments were answered, and where."""
    question, anchor = "Which comments were answered, and where?", "review"
    if isinstance(whole.review, Absent):
        return Answer(question, Mood.NONE, whole.review.why, anchor=anchor)
    said = [comment for comment in whole.review if comment.who]
    decided = Counter(comment.became for comment in said)
    counted = ", ".join(f"{number} {became}" for became, number in decided.items())
    wrong = [comment for comment in whole.review if not comment.holds]
    claims = sum(len(comment.evidence) for comment in whole.review)
    text = f"all {len(said)} have an answer: {counted}"
    slips = [comment for comment in whole.review if not comment.who]
    text += f"; {len(wrong)} do NOT hold" if wrong else f"; all {claims} claims hold"
    points = [
        Point(
            comment.id,
            comment.became + ("" if comment.holds else ", but does NOT hold"),
            f"comment-{comment.id}",
            next(((e.file, e.line) for e in comment.evidence), None),
        )
        for comment in whole.review
        if comment.who or not comment.holds
    ]
    if slips:
        became = Counter(comment.became for comment in slips)
        of_slips = ", ".join(f"{number} {what}" for what, number in became.items())
        found = f"found without a reviewer: {of_slips}"
        points.append(Point(f"{len(slips)} more", found, f"comment-{slips[0].id}"))
    return Answer(question, Mood.BAD if wrong else Mood.GOOD, text, tuple(points), anchor)


def userspace(whole: Whole) -> Answer:
    """Whether the ABI of userspace changed."""
    question, anchor = "Did the ABI of userspace change?", "abi"
    if isinstance(whole.abi, Absent):
        return Answer(question, _mood(whole.abi), whole.abi.why, anchor=anchor)
    measured, before = whole.abi, whole.before.name
    against = {"the tree before it": measured.base}
    if not isinstance(measured.mainline, Absent):
        against["mainline"] = measured.mainline
    # Programs are built for trees. What was only ever mailed has no programs to break.
    broken = [name for name, changes in against.items() if abi.breaks(changes)]
    text = "no program that exists breaks"
    if broken:
        text = f"YES: programs break that were built for {' or '.join(broken)}"
    elif abi.breaks(measured.changes):
        text += f"; only programs that were built for {before} would"
    against[before] = measured.changes
    points = [
        Point(f"against {name}", _verdict(changes), anchor) for name, changes in against.items()
    ]
    points += [Point(f"since {before}", said, anchor) for said in whole.seen]
    return Answer(question, Mood.BAD if broken else Mood.GOOD, text, tuple(points), anchor)


def _verdict(changes: tuple[abi.LayoutChange, ...]) -> str:
    """A comparison of two headers in a few words."""
    changed = [one for one in changes if one.verdict is not abi.Compatibility.UNCHANGED]
    if broken := abi.breaks(changes):
        named = (f"{one.name} ({'; '.join(one.reasons)})" for one in broken)
        return f"{len(broken)} of {len(changes)} names break: {', '.join(named)}"
    if changed:
        named = (f"{one.name} ({one.verdict})" for one in changed)
        return f"only additions: {', '.join(named)}"
    return f"all {len(changes)} names are the same"


def tests(whole: Whole) -> Answer:
    """Which tests end otherwise, and why."""
    question, anchor = "Which tests changed outcome, and why?", "tests"
    found = whole.tests
    if isinstance(found, Absent):
        return Answer(question, _mood(found), found.why, anchor=anchor)
    if found.before is None:
        bad = found.after.outcome not in GOOD
        points = tuple(_not_passed(found.changes))
        text = f"{found.after.outcome}: {counts(found.after)}"
        return Answer(
            "What did the tests say?", Mood.BAD if bad else Mood.GOOD, text, points, anchor
        )
    parts = [f"{n} {turn}" for turn in Turn if turn is not Turn.SAME and (n := found.count(turn))]
    ends = [counts(run) if run.tests else run.outcome for run in (found.before, found.after)]
    text = f"{', '.join(parts) or 'none'}; {ends[0]} → {ends[1]}"
    mood = Mood.BAD if found.count(Turn.BROKEN) else Mood.GOOD
    ordered = sorted(found.turned, key=lambda change: _TURNS.index(change.turn))
    return Answer(question, mood, text, tuple(_test_points(ordered)), anchor)


def _not_passed(changes: Iterable[TestChange]) -> Iterator[Point]:
    said = [
        (test.name, f"{test.outcome}: {test.reason}".removesuffix(": "))
        for test in (change.after for change in changes)
        if test is not None and test.outcome not in (Outcome.PASS, Outcome.SKIP)
    ]
    yield from _together(said)


def _test_points(changes: Iterable[TestChange]) -> Iterator[Point]:
    said = []
    for change in changes:
        outcomes = [t.outcome if t else "not run" for t in (change.before, change.after)]
        was = "was: " if change.turn in (Turn.MENDED, Turn.GONE) else ""
        why = f"; {was}{reason_of(change)}" if reason_of(change) else ""
        if change.turn in _ONE_SIDED:
            why += f"; the test of {_ONE_SIDED[change.turn]} version has no such case"
        said.append((change.name, f"{outcomes[0]} → {outcomes[1]}{why}"))
    yield from _together(said)


def _together(said: Iterable[tuple[str, str]]) -> Iterator[Point]:
    """A point for each thing said, with the first test that it is said of; then the others."""
    names: dict[str, list[str]] = {}
    for name, text in said:
        names.setdefault(text, []).append(name)
    for text, (first, *others) in names.items():
        more = f"and {', '.join(others)}: " if others else ""
        yield Point(first, f"{more}{text}", f"test-{first}")


def reason_of(change: TestChange) -> str:
    """Why a test does not end as it did, in the words of the run where it failed."""
    for test in (change.after, change.before):
        if test is not None and test.outcome not in (Outcome.PASS, Outcome.SKIP):
            return test.reason or "; ".join(test.observed)
    return ""


def drivers(whole: Whole) -> Answer:
    """What it costs an existing AFU driver."""
    question, anchor = f"What does {whole.after.name} cost an existing AFU driver?", "drivers"
    points, parts = [], []
    if isinstance(whole.costs, Absent):
        parts.append(whole.costs.why)
    else:
        source = [cost for cost in whole.costs if cost.kind is Kind.SOURCE]
        written = f"written for {whole.before.name}"
        parts.append(f"{written}: {_count(len(source), 'change')} of source" if source
                     else f"{written}: no change of source")  # fmt: skip
        points += [Point(str(cost.kind), cost.text, anchor) for cost in whole.costs]
    parts += _loading(whole)
    if mended := mended_since_mainline(whole):
        passes = "passes" if len(mended) == 1 else "pass"
        parts.append(f"{_count(len(mended), 'test')} that mainline fails {passes}")
    points += [
        Point(f"mainline fails {point.head}", point.text, anchor)
        for point in _together((one.name, reason_of(one)) for one in mended)
    ]
    costly = bool(points) or any("differ" in part for part in parts)
    return Answer(
        question, Mood.KNOW if costly else Mood.GOOD, "; ".join(parts), tuple(points), anchor
    )


def _loading(whole: Whole) -> Iterator[str]:
    symbols, before = whole.symbols, whole.before.name
    if isinstance(symbols, Absent):
        yield f"symbol CRCs: {symbols.why}"
        return
    if not isinstance(symbols.mainline, Absent):
        lost = lost_symbols(symbols.mainline)
        built = f"built for mainline (that of {whole.stock})"
        yield (f"{built}: loads unchanged" if not lost
               else f"{built}: does not load, {len(lost)} symbols differ")  # fmt: skip
    lost = lost_symbols(symbols.changes)
    yield (f"built for {before}: loads unchanged" if not lost
           else f"built for {before}: has to be rebuilt, {len(lost)} symbols differ")  # fmt: skip


def mended_since_mainline(whole: Whole) -> tuple[TestChange, ...]:
    """The tests that the feature as it was merged fails, and the later party does not.

    None where a driver built for the former does not load: it does not meet them.
    """
    symbols = () if isinstance(whole.symbols, Absent) else whole.symbols.mainline
    if isinstance(whole.mainline, Absent) or isinstance(symbols, Absent) or not symbols:
        return ()
    if lost_symbols(symbols):
        return ()
    return tuple(one for one in whole.mainline.changes if one.turn is Turn.MENDED)


def lost_symbols(changes: tuple[SymbolChange, ...]) -> tuple[SymbolChange, ...]:
    """The symbols on which a module that was built before would fail to load."""
    return tuple(one for one in changes if one.state in (SymbolState.CHANGED, SymbolState.GONE))


def open_points(whole: Whole) -> Answer:
    """What is left open."""
    points = tuple(_open(whole))
    looked_at = "decisions, tests, messages of the tools, signatures"
    text = _count(len(points), "point") if points else f"nothing in {looked_at}"
    mood = Mood.KNOW if points else Mood.GOOD
    return Answer("What is left open?", mood, text, points, "open")


def _open(whole: Whole) -> Iterator[Point]:
    yield from _to_agree_on(() if isinstance(whole.review, Absent) else whole.review)
    if whole.after.is_unsent:
        text = "nor an author, before it is sent: who sends it with afugen series becomes both"
        yield Point("no Signed-off-by", text, "commits")
    if not isinstance(whole.tests, Absent):
        yield from _not_passed(whole.tests.changes)
    if not isinstance(whole.remarks, Absent):
        for remark in whole.remarks.new:
            yield Point("new message", str(remark), "remarks")
        if kept := len(whole.remarks.kept):
            text = "of compiler, sparse and checkpatch, as before it"
            yield Point(_count(kept, "message"), text, "remarks")
    for name, section in sections(whole):
        if isinstance(section, Absent) and section.is_gap:
            yield Point(name, section.why, name)


def _to_agree_on(comments: Sequence[Comment]) -> Iterator[Point]:
    """What a reviewer may not be content with."""
    for comment in comments:
        if not comment.holds:
            yield Point(comment.id, "a claim does not hold", f"comment-{comment.id}")
        elif comment.decision is Decision.DECLINED:
            yield Point(comment.id, f"declined: {comment.why}", f"comment-{comment.id}")
    for comment in comments:
        if comment.who and comment.decision is Decision.OTHER_FORM:
            text = "answered in another form than was asked for"
            yield Point(comment.id, text, f"comment-{comment.id}")


def sections(whole: Whole) -> tuple[tuple[str, object], ...]:
    """The sections that may be absent, by their anchors."""
    return (
        ("review", whole.review), ("abi", whole.abi), ("symbols", whole.symbols),
        ("tests", whole.tests), ("remarks", whole.remarks), ("spec", whole.spec),
        ("commits", whole.commits),
    )  # fmt: skip


def changed_in_short(whole: Whole) -> str:
    """How much changed, in one line."""
    parts = []
    if not isinstance(whole.spec, Absent):
        parts.append(_count(len(whole.spec), "spec field"))
    if not isinstance(whole.commits, Absent):
        fates = Counter(pair.fate for pair in whole.commits)
        counted = ", ".join(f"{number} {fate}" for fate in Fate if (number := fates[fate]))
        parts.append(f"{_count(len(whole.commits), 'commit')} ({counted})")
    files = [
        file
        for file in whole.files
        if (file.new or file.gone or file.change is not Change.CHANGED)
        and not file.path.startswith(tuple(MAIL_TEXTS.values()))
    ]
    new, gone = sum(file.new for file in files), sum(file.gone for file in files)
    parts.append(f"{_count(len(files), 'file')} (+{new} -{gone})")
    return ", ".join(parts)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _mood(absent: Absent) -> Mood:
    return Mood.KNOW if absent.is_gap else Mood.NONE
