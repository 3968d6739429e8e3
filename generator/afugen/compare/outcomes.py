# SPDX-License-Identifier: GPL-2.0-only
"""The tests of two runs compared: which tests end otherwise, and which were not run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from afugen.verdict import GOOD, Outcome, TestResult, Verdict


class Transition(StrEnum):
    """How the outcome of a test differs between two runs."""

    SAME = "same"
    MENDED = "mended"
    BROKEN = "broken"
    OTHER = "other"
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class TestChange:
    """A test in two runs; None where it was not run."""

    __test__ = False  # for pytest: this is not a test class

    name: str
    transition: Transition
    before: TestResult | None
    after: TestResult | None

    @property
    def outcomes(self) -> tuple[str, str]:
        """Return both outcomes, for people."""
        before, after = (t.outcome if t else "not run" for t in (self.before, self.after))
        return before, after


@dataclass(frozen=True, slots=True)
class TestComparison:
    """All tests of two runs; `before` is None where one run is shown alone."""

    __test__ = False

    before: Verdict | None
    after: Verdict
    changes: tuple[TestChange, ...]

    @property
    def differing(self) -> tuple[TestChange, ...]:
        """Return the tests that end otherwise."""
        return tuple(one for one in self.changes if one.transition is not Transition.SAME)

    def count(self, transition: Transition) -> int:
        """Return the number of tests with that transition."""
        return sum(change.transition is transition for change in self.changes)


def compare_runs(before: Verdict | None, after: Verdict) -> TestComparison:
    """Return the tests of the later run in order, then those that only the earlier one has."""
    old = {test.name: test for test in before.tests} if before else {}
    new = {test.name: test for test in after.tests}
    changes = (
        TestChange(name, _transition(old.get(name), new.get(name)), old.get(name), new.get(name))
        for name in dict.fromkeys([*new, *old])
    )
    return TestComparison(before, after, tuple(changes))


def _transition(before: TestResult | None, after: TestResult | None) -> Transition:
    if before is None or after is None:
        return Transition.NEW if before is None else Transition.GONE
    if before.outcome is after.outcome:
        return Transition.SAME if _is_same_observation(before, after) else Transition.OTHER
    old, new = _severity(before.outcome), _severity(after.outcome)
    if old == new:
        return Transition.OTHER
    return Transition.MENDED if old > new else Transition.BROKEN


def _is_same_observation(before: TestResult, after: TestResult) -> bool:
    """Return whether two results with one outcome are equal; passed tests always are."""
    if before.outcome in (Outcome.PASS, Outcome.SKIP):
        return True
    return (before.observed, before.warnings) == (after.observed, after.warnings)


def _severity(outcome: Outcome) -> int:
    """Return 0 for a good outcome, 1 for a failure that is expected, 2 for any other."""
    if outcome is Outcome.XFAIL:
        return 1
    return 0 if outcome in GOOD else 2


def outcome_counts(verdict: Verdict) -> str:
    """Return the number of tests by outcome, as in `42 pass, 11 xfail`, or `no tests`."""
    found = Counter(test.outcome for test in verdict.tests)
    counted = ", ".join(f"{found[outcome]} {outcome}" for outcome in Outcome if found[outcome])
    return counted or "no tests"
