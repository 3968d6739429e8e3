# SPDX-License-Identifier: GPL-2.0-only
"""What a run can end in: one vocabulary, and the values that carry it to every report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from afugen.errors import Complaint, InputError, SpecError
from afugen.spec import yamlsource


class Outcome(StrEnum):
    """How a test or a whole run ended; from harmless to severe, which is the order of `worst`."""

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
# The outcomes nobody has to look into.
GOOD = frozenset({Outcome.SKIP, Outcome.PASS, Outcome.XFAIL})


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The most severe one. A skipped test counts for nothing unless all are skipped."""
    return max(outcomes, key=_SEVERITY.__getitem__)


def exit_code(outcome: Outcome) -> int:
    """What the process ends with. A run that skipped everything has shown nothing: 1."""
    if outcome in (Outcome.PASS, Outcome.XFAIL):
        return 0
    return 3 if outcome is Outcome.INFRA else 1


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the way and the seconds it took."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test case: `observed` and `warnings` are in its own words, `reason` is in ours."""

    __test__ = False  # for pytest: this is not a test class

    name: str
    outcome: Outcome
    reason: str = ""
    observed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a run ended as a whole.

    `reason` says why `outcome` is what it is, in one line; empty for a pass. `last_lines` are
    the console (or compiler) lines that tell why: the kernel's complaint if there is one, else
    the last lines; empty when every outcome is a good one. `boot_warnings` are the kernel's
    warnings that belong to no test.
    """

    outcome: Outcome
    reason: str = ""
    tests: tuple[TestResult, ...] = ()
    stages: tuple[Stage, ...] = ()
    boot_warnings: tuple[str, ...] = ()
    last_lines: tuple[str, ...] = ()
    log: Path | None = None
    machine: str | None = None


@dataclass(frozen=True, slots=True)
class ExpectedFailure:
    """A test that a version is known to fail, with the exact observation and warnings."""

    test: str
    observed: str
    warnings: tuple[str, ...] = ()
    reason: str = ""


def load_expected(path: Path) -> tuple[ExpectedFailure, ...]:
    """Read a version's `expected.yaml`; every complaint about the file in one SpecError.

    The file has one key, `expected_failures`, a list of mappings with the keys `test`,
    `observed` and `reason` (text) and, if there are any, `warnings` (a list of text). Tests are
    named once each.
    """
    return _expected(yamlsource.read_sound(path))


def _expected(source: yamlsource.Source) -> tuple[ExpectedFailure, ...]:
    complaints: list[Complaint] = []
    top = source.value
    if not isinstance(top, dict) or set(top) != {"expected_failures"}:
        message = "the one key of this file must be expected_failures"
        raise SpecError((source.complaint((), message),))
    entries = top["expected_failures"]
    if not isinstance(entries, list):
        raise SpecError((source.complaint(("expected_failures",), "must be a list"),))
    found: dict[str, ExpectedFailure] = {}
    for index, entry in enumerate(entries):
        path: tuple[yamlsource.Key, ...] = ("expected_failures", index)
        wrong = _wrong_with(entry, path)
        complaints.extend(source.complaint(where, message) for where, message in wrong)
        if not wrong and isinstance(entry, dict):
            failure = _failure(entry)
            if failure.test in found:
                message = f"{failure.test} is already expected to fail"
                complaints.append(source.complaint((*path, "test"), message))
            found[failure.test] = failure
    if complaints:
        raise SpecError(tuple(complaints))
    return tuple(found.values())


def _wrong_with(
    entry: yamlsource.Value, path: tuple[yamlsource.Key, ...]
) -> list[tuple[tuple[yamlsource.Key, ...], str]]:
    """The complaints about one entry, each with its place."""
    if not isinstance(entry, dict):
        return [(path, "must be a mapping with test, observed, warnings, reason")]
    wrong: list[tuple[tuple[yamlsource.Key, ...], str]] = []
    wrong.extend(
        ((*path, key, "<key>"), f"unknown key {key!r}")
        for key in entry
        if key not in ("test", "observed", "warnings", "reason")
    )
    for key in ("test", "observed", "reason"):
        if key not in entry:
            wrong.append((path, f"{key} is missing"))
        elif not _is_line(entry[key]):
            wrong.append(((*path, key), "must be one line of text (a number needs quotes)"))
    warnings = entry.get("warnings", [])
    if not isinstance(warnings, list) or not all(map(_is_line, warnings)):
        wrong.append(((*path, "warnings"), "must be a list of lines of text"))
    return wrong


def _is_line(value: yamlsource.Value) -> bool:
    return isinstance(value, str) and value.strip() != "" and value.strip().isprintable()


def _failure(entry: dict[str, yamlsource.Value]) -> ExpectedFailure:
    warnings = entry.get("warnings", [])
    assert isinstance(warnings, list)
    return ExpectedFailure(
        test=str(entry["test"]),
        observed=str(entry["observed"]).strip(),
        warnings=tuple(str(warning).strip() for warning in warnings),
        reason=str(entry["reason"]).strip(),
    )


def check_expected(expected: Iterable[ExpectedFailure], reported: Iterable[str]) -> None:
    """InputError if a failure is expected of a test that a complete run does not have."""
    names = tuple(reported)
    unknown = [failure.test for failure in expected if failure.test not in names]
    if unknown:
        raise InputError(
            f"expected to fail, but not in the test plan: {', '.join(unknown)}; "
            f"the plan has {', '.join(names) or 'no tests'}"
        )
