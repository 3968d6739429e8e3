# SPDX-License-Identifier: GPL-2.0-only
"""The five answers that a reviewer wants first, each with what it rests on.

Were the comments answered, and where? Did the ABI of userspace change? Which tests end otherwise,
and why? What does it cost an existing AFU driver? What is left open?
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from afugen import abi
from afugen.compare.beside import Change
from afugen.compare.cost import Kind
from afugen.compare.outcomes import TestChange, Turn, counts
from afugen.compare.ranges import Fate
from afugen.compare.whole import Absent, Symbols, Whole
from afugen.exports import Fate as SymbolFate
from afugen.exports import SymbolChange
from afugen.results import GOOD, Outcome
from afugen.reviewfile import Decision


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
    if slips := len(whole.review) - len(said):
        text += f"; {slips} slips mended that nobody mentioned"
    text += f"; {len(wrong)} do NOT hold" if wrong else f"; all {claims} claims hold"
    points = tuple(
        Point(
            comment.id,
            comment.became + ("" if comment.holds else ", but does NOT hold"),
            f"comment-{comment.id}",
            next(((e.file, e.line) for e in comment.evidence), None),
        )
        for comment in whole.review
    )
    return Answer(question, Mood.BAD if wrong else Mood.GOOD, text, points, anchor)


def userspace(whole: Whole) -> Answer:
    """Whether the ABI of userspace changed."""
    question, anchor = "Did the ABI of userspace change?", "abi"
    if isinstance(whole.abi, Absent):
        return Answer(question, _mood(whole.abi), whole.abi.why, anchor=anchor)
    broken = abi.breaks(whole.abi)
    changed = [one for one in whole.abi if one.verdict is not abi.Verdict.UNCHANGED]
    points = tuple(
        Point(one.name, f"{one.verdict}{_because(one.reasons)}", anchor) for one in changed
    )
    if broken:
        text = f"YES: {len(broken)} of {len(whole.abi)} names break old programs"
        return Answer(question, Mood.BAD, text, points, anchor)
    if changed:
        text = f"compatibly: {len(changed)} names are new or extended, none breaks an old program"
        return Answer(question, Mood.GOOD, text, points, anchor)
    text = f"no: all {len(whole.abi)} structs, enums and macros are as they were"
    return Answer(question, Mood.GOOD, text, (), anchor)


def _because(reasons: tuple[str, ...]) -> str:
    return f" ({'; '.join(reasons)})" if reasons else ""


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
    text = f"{', '.join(parts) or 'none'}; {counts(found.before)} → {counts(found.after)}"
    mood = Mood.BAD if found.count(Turn.BROKEN) else Mood.GOOD
    return Answer(question, mood, text, tuple(_test_points(found.turned)), anchor)


def _not_passed(changes: tuple[TestChange, ...]) -> Iterator[Point]:
    for change in changes:
        test = change.after
        if test is not None and test.outcome not in (Outcome.PASS, Outcome.SKIP):
            said = f"{test.outcome}: {test.reason}".removesuffix(": ")
            yield Point(test.name, said, f"test-{test.name}")


def _test_points(changes: tuple[TestChange, ...]) -> Iterator[Point]:
    for change in changes:
        outcomes = [t.outcome if t else "not run" for t in (change.before, change.after)]
        was = "was: " if change.turn is Turn.MENDED else ""
        said = f"; {was}{reason_of(change)}" if reason_of(change) else ""
        yield Point(change.name, f"{outcomes[0]} → {outcomes[1]}{said}", f"test-{change.name}")


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
        parts.append(f"{written}: {len(source)} changes of source" if source
                     else f"{written}: no change of source")  # fmt: skip
        points += [Point(str(cost.kind), cost.text, anchor) for cost in whole.costs]
    parts += _loading(whole.symbols)
    costly = bool(points) or any("differ" in part for part in parts)
    return Answer(
        question, Mood.KNOW if costly else Mood.GOOD, "; ".join(parts), tuple(points), anchor
    )


def _loading(symbols: Symbols | Absent) -> Iterator[str]:
    if isinstance(symbols, Absent):
        yield f"symbol CRCs: {symbols.why}"
        return
    if not isinstance(symbols.mainline, Absent):
        lost = lost_symbols(symbols.mainline)
        yield ("built for mainline: loads unchanged" if not lost
               else f"built for mainline: does not load, {len(lost)} symbols differ")  # fmt: skip
    lost = lost_symbols(symbols.changes)
    yield ("built before: loads unchanged" if not lost
           else f"built before: has to be rebuilt, {len(lost)} symbols differ")  # fmt: skip


def lost_symbols(changes: tuple[SymbolChange, ...]) -> tuple[SymbolChange, ...]:
    """The symbols on which a module that was built before would fail to load."""
    return tuple(one for one in changes if one.fate in (SymbolFate.CHANGED, SymbolFate.GONE))


def open_points(whole: Whole) -> Answer:
    """What is left open."""
    points = tuple(_open(whole))
    text = f"{len(points)} points" if points else "nothing that this comparison can see"
    mood = Mood.KNOW if points else Mood.GOOD
    return Answer("What is left open?", mood, text, points, "open")


def _open(whole: Whole) -> Iterator[Point]:
    for comment in () if isinstance(whole.review, Absent) else whole.review:
        if not comment.holds:
            yield Point(comment.id, "a claim does not hold", f"comment-{comment.id}")
        elif comment.decision is Decision.DECLINED:
            yield Point(comment.id, f"declined: {comment.why}", f"comment-{comment.id}")
    if not isinstance(whole.tests, Absent):
        yield from _not_passed(whole.tests.changes)
    if not isinstance(whole.remarks, Absent):
        for remark in whole.remarks.new:
            yield Point("new message", str(remark), "remarks")
    for name, section in sections(whole):
        if isinstance(section, Absent) and section.is_gap:
            yield Point(name, section.why, name)


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
        file for file in whole.files if file.new or file.gone or file.change is not Change.CHANGED
    ]
    new, gone = sum(file.new for file in files), sum(file.gone for file in files)
    parts.append(f"{_count(len(files), 'file')} (+{new} -{gone})")
    return ", ".join(parts)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _mood(absent: Absent) -> Mood:
    return Mood.KNOW if absent.is_gap else Mood.NONE
