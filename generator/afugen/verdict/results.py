# SPDX-License-Identifier: GPL-2.0-only
"""Outcomes, and the values that carry them from a test or a stage to the reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self


class Outcome(StrEnum):
    """The outcome of a test or of a whole run, in ascending order of severity.

    `meaning` is the sentence that the documentation prints.
    """

    meaning: str

    def __new__(cls, value: str, meaning: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_, member.meaning = value, meaning
        return member

    SKIP = "skip", "The test was not run, and says why. A run that skipped every test exits with 1."
    PASS = "pass", "Every test passed."
    XFAIL = (
        "xfail",
        "A test failed exactly as `expected.yaml` of this version says: with the same observation "
        "and the same kernel warnings.",
    )
    XPASS = "xpass", "A failure that `expected.yaml` lists did not occur: the file is out of date."
    WARN = "warn", "Every test passed, but the kernel logged a warning that nothing expects."
    FAIL = (
        "fail",
        "A test failed, or failed in another way than `expected.yaml` says, or did not report.",
    )
    TIMEOUT = "timeout", "The whole boot, or one test, took longer than its limit."
    HANG = (
        "hang",
        "The console printed no line for longer than the machine's limit, or the kernel reported "
        "a stall.",
    )
    OOPS = "oops", "The kernel reported an oops."
    PANIC = "panic", "The kernel panicked."
    NO_BOOT = "no-boot", "The kernel never ran `/init`; the reason says how far the boot came."
    BUILD_FAIL = (
        "build-fail",
        "The generated code does not build; the messages of the compiler follow.",
    )
    INFRA = "infra", "This machine could not do the work: QEMU failed, or a disk was full."


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
