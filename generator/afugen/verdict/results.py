# SPDX-License-Identifier: GPL-2.0-only
"""Outcomes, and the values that carry them from a test or a stage to the reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Outcome(StrEnum):
    """The outcome of a test or of a whole run, in ascending order of severity."""

    SKIP = "skip"
    PASS = "pass"
    XFAIL = "xfail"
    XPASS = "xpass"
    WARN = "warn"
    FAIL = "fail"
    TIMEOUT = "timeout"
    HANG = "hang"
    OOPS = "oops"
    PANIC = "panic"
    NO_BOOT = "no-boot"
    BUILD_FAIL = "build-fail"
    INFRA = "infra"


_SEVERITY = {outcome: rank for rank, outcome in enumerate(Outcome)}
# The outcomes that need no attention.
GOOD = frozenset({Outcome.SKIP, Outcome.PASS, Outcome.XFAIL})


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the most severe outcome; SKIP only if there is no other."""
    return max(outcomes, key=_SEVERITY.__getitem__)


def exit_code(outcome: Outcome) -> int:
    """Return the exit code of the process; 1 for SKIP, because nothing was tested."""
    if outcome in (Outcome.PASS, Outcome.XFAIL):
        return 0
    return 3 if outcome is Outcome.INFRA else 1


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a run, and its duration in seconds."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class TestResult:
    """The result of a test case.

    `observed` and `warnings` are quoted from the test case and the kernel; `reason` is afugen's.
    """

    __test__ = False  # for pytest: this is not a test class

    name: str
    outcome: Outcome
    reason: str = ""
    observed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a whole run.

    `reason` explains `outcome` in one line; it is empty for a pass. `last_lines` are the lines of
    the console or the compiler that explain it: a splat if there is one, else the last lines;
    empty for a good outcome. `boot_warnings` are kernel warnings outside of test cases.
    """

    outcome: Outcome
    reason: str = ""
    tests: tuple[TestResult, ...] = ()
    stages: tuple[Stage, ...] = ()
    boot_warnings: tuple[str, ...] = ()
    last_lines: tuple[str, ...] = ()
    log: Path | None = None
    machine: str | None = None
