# SPDX-License-Identifier: GPL-2.0-only
"""Two verdicts compared: which tests end otherwise, and in what words each says why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from afugen.verdict import GOOD, Outcome, TestResult, Verdict


class Turn(StrEnum):
    """What became of a test's outcome."""

    SAME = "same"
    MENDED = "mended"
    BROKEN = "broken"
    OTHER = "other"
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class TestChange:
    """A test in one run and in the other; None where it was not run."""

    __test__ = False  # for pytest: this is not a test class

    name: str
    turn: Turn
    before: TestResult | None
    after: TestResult | None


@dataclass(frozen=True, slots=True)
class Tests:
    """All tests of two runs; no `before` verdict: one run that is shown alone."""

    before: Verdict | None
    after: Verdict
    changes: tuple[TestChange, ...]

    @property
    def turned(self) -> tuple[TestChange, ...]:
        """Those that do not end as they did."""
        return tuple(change for change in self.changes if change.turn is not Turn.SAME)

    def count(self, turn: Turn) -> int:
        """How many tests took that turn."""
        return sum(change.turn is turn for change in self.changes)


def compare(before: Verdict | None, after: Verdict) -> Tests:
    """The tests of the later run in its order, then those that only the earlier one has."""
    old = {test.name: test for test in before.tests} if before else {}
    new = {test.name: test for test in after.tests}
    changes = [
        TestChange(name, _turn(old.get(name), new.get(name)), old.get(name), new.get(name))
        for name in dict.fromkeys([*new, *old])
    ]
    return Tests(before, after, tuple(changes))


def _turn(before: TestResult | None, after: TestResult | None) -> Turn:
    if after is None:
        return Turn.GONE
    if before is None:
        return Turn.NEW
    if before.outcome is after.outcome:
        return Turn.SAME if _same_words(before, after) else Turn.OTHER
    ranks = [_rank(test.outcome) for test in (before, after)]
    if ranks[0] == ranks[1]:
        return Turn.OTHER
    return Turn.MENDED if ranks[0] > ranks[1] else Turn.BROKEN


def _same_words(before: TestResult, after: TestResult) -> bool:
    """Of a test that passes nothing more is asked."""
    if before.outcome in (Outcome.PASS, Outcome.SKIP):
        return True
    return (before.observed, before.warnings) == (after.observed, after.warnings)


def _rank(outcome: Outcome) -> int:
    """Good, known to fail, not as it should be."""
    if outcome is Outcome.XFAIL:
        return 1
    return 0 if outcome in GOOD else 2


def counts(verdict: Verdict) -> str:
    """How many tests ended how: `42 pass, 11 xfail`; of a run that came to none: `no tests`."""
    found = Counter(test.outcome for test in verdict.tests)
    told = ", ".join(f"{found[outcome]} {outcome}" for outcome in Outcome if found[outcome])
    return told or "no tests"
