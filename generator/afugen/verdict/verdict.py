# SPDX-License-Identifier: GPL-2.0-only
"""From what a console said, and how it ended, to a verdict.

QEMU's exit code has a say only when the tests did not get to their end. The rules, from the most
severe: the emulator failed (infra); the kernel never got to /init (no-boot); it gave up (panic),
or killed a task for its own fault (oops); nothing more was said (hang), or too much time passed
(timeout); a case failed, never reported, or did not fail exactly as expected (fail); the kernel
warned of something that no expected failure names (warn); an expected failure did not happen
(xpass).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from afugen.verdict import cases
from afugen.verdict.console import Kind, Phase, Trouble
from afugen.verdict.expected import ExpectedFailure, check_expected
from afugen.verdict.ktap import Test
from afugen.verdict.reading import Reading
from afugen.verdict.results import GOOD, Outcome, Stage, TestResult, Verdict, worst


class How(StrEnum):
    """How a boot ended, as the one who watched it saw.

    STOPPED: there was nothing more to wait for. SILENT: no line came for too long. LATE: the
    whole took too long. UNKNOWN: a saved console of which nobody wrote down how it ended.
    """

    EXITED = "exited"
    STOPPED = "stopped"
    SILENT = "silent"
    LATE = "late"
    FLOOD = "flood"
    INTERRUPTED = "interrupted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Ending:
    """What the console itself cannot tell. `status` is QEMU's; `seconds` the limit it ran into."""

    how: How = How.UNKNOWN
    status: int | None = None
    seconds: float = 0.0
    machine: str | None = None
    stages: tuple[Stage, ...] = ()


# Documentation/admin-guide/tainted-kernels.rst
_TAINT_DIE, _TAINT_WARN = 1 << 7, 1 << 9
_EXCERPT_LINES, _LAST_LINES = 20, 12
_NAMES = 5
# Register dumps: they are in the log, and hide the call trace in an excerpt.
_REGISTERS = ("GPR", "MSR:", "CFAR:", "REGS:", "IRQMASK:", "NIP: ", "Hardware name:")


def judge(
    reading: Reading,
    ending: Ending,
    expected: Sequence[ExpectedFailure] = (),
    log: Path | None = None,
) -> Verdict:
    """The verdict; InputError if a failure is expected of a test that a whole run does not have."""
    troubles = _by_case(reading)
    tests = [
        result
        for test in reading.suite.tests
        for result in cases.results(test, {e.test: e for e in expected}, troubles)
    ]
    cause = _cause(reading, ending)
    if cause is None:
        check_expected(expected, [test.name for test in tests])
    elif reading.open_case is not None:
        tests = [_blamed(test, reading.open_case, cause) for test in tests]
    warnings = _boot_warnings(reading, troubles)
    outcome, reason = _overall(tests, cause, warnings)
    return Verdict(
        outcome=outcome,
        reason=reason,
        tests=tuple(tests),
        stages=ending.stages,
        boot_warnings=warnings,
        last_lines=() if outcome in GOOD else _excerpt(reading, outcome),
        log=log,
        machine=ending.machine,
    )


def _blamed(test: TestResult, open_case: str, cause: tuple[Outcome, str]) -> TestResult:
    """The case that ran when everything ended gets the outcome of the end."""
    if test.name != open_case or test.outcome in GOOD:
        return test
    return replace(test, outcome=worst((cause[0], test.outcome)), reason=cause[1])


def _by_case(reading: Reading) -> dict[str, list[Trouble]]:
    """The complaints that came while each case ran, oldest first; under "" those outside.

    When the cases together account for as many as the console shows, it is not asked which came
    when: two processors may write to it in any order.
    """
    counted = [found for found in reading.troubles if found.trouble.kind in (Kind.WARN, Kind.OOPS)]
    found: dict[str, list[Trouble]] = {}
    if len(counted) <= _claims(reading.suite.tests) + len(_reported_at_boot(reading)):
        counted = [found for found in counted if found.trouble.kind is Kind.OOPS and found.case]
    for item in counted:
        found.setdefault(item.case or "", []).append(item.trouble)
    return found


def _claims(tests: Iterable[Test]) -> int:
    return sum(cases.Said.by(test).claims + _claims(test.subtests) for test in tests)


def _diagnostics(tests: Iterable[Test]) -> Iterator[str]:
    for test in tests:
        yield from test.diagnostics
        yield from _diagnostics(test.subtests)


def _said(reading: Reading, key: str) -> tuple[str, ...]:
    """The values of a diagnostic, wherever it stands."""
    suite = reading.suite
    return cases.values((*suite.diagnostics, *_diagnostics(suite.tests)), key)


def _reported_at_boot(reading: Reading) -> tuple[str, ...]:
    return _said(reading, "boot-warning")


def _boot_warnings(reading: Reading, troubles: dict[str, list[Trouble]]) -> tuple[str, ...]:
    """Complaints outside of cases, and what only the kernel's taint flags tell of."""
    reported = _reported_at_boot(reading)
    outside = [trouble.text for trouble in troubles.get("", ())][len(reported) :]
    known = reported or reading.troubles or _claims(reading.suite.tests)
    taint = max((int(t) for t in _said(reading, "taint") if t.isdecimal()), default=0)
    if taint & (_TAINT_WARN | _TAINT_DIE) and not known:
        outside.append(f"the kernel is tainted ({taint}), but no warning was seen")
    return (*reported, *outside)


def _cause(reading: Reading, ending: Ending) -> tuple[Outcome, str] | None:
    """Why the boot as a whole is not a complete test run; None if it is one."""
    panics = [found.trouble.text for found in reading.troubles if found.trouble.kind is Kind.PANIC]
    if panics:
        return Outcome.PANIC, _after_oops(panics[0], reading)
    if emulator := _emulator_failed(reading, ending):
        return Outcome.INFRA, emulator
    if not reading.suite.seen:
        return _never_began(reading, ending)
    cut = None if reading.done else _cut_short(reading, ending)
    return cut or _incomplete(reading)


def _incomplete(reading: Reading) -> tuple[Outcome, str] | None:
    """The plan does not hold what it promised."""
    suite = reading.suite
    missing = [test.name for test in suite.tests if test.ok is None]
    outcome, why = Outcome.FAIL, ""
    if suite.bail_out is not None:
        why = f"the tests bailed out: {suite.bail_out}"
    elif suite.planned is None:
        why = "there is no test plan"
    elif suite.skip_all is not None:
        outcome, why = Outcome.SKIP, f"all skipped: {suite.skip_all}"
    elif suite.planned == 0:
        why = "the test plan is empty"
    elif missing:
        why = f"{len(missing)} of {suite.planned} planned tests have no result"
    elif reading.starts and not reading.done:
        why = "the selftest ended without saying that it was done"
    return (outcome, why) if why else None


def _after_oops(panic: str, reading: Reading) -> str:
    oopses = [found.trouble.text for found in reading.troubles if found.trouble.kind is Kind.OOPS]
    return f"{panic} (after {oopses[-1]})" if oopses else panic


def _emulator_failed(reading: Reading, ending: Ending) -> str:
    """Why QEMU is to blame, if it is: it failed, and before the tests were done."""
    failed = ending.how is How.EXITED and ending.status != 0
    unknown = ending.how is How.UNKNOWN and reading.phase is Phase.NOTHING
    complaint = reading.qemu_complaint
    if reading.done or not (failed or (unknown and complaint)):
        return ""
    status = ending.status
    ended = f"was killed by signal {-status}" if status and status < 0 else f"exited with {status}"
    return f"QEMU: {complaint}" if complaint else f"QEMU {ended}"


def _never_began(reading: Reading, ending: Ending) -> tuple[Outcome, str]:
    """No line of KTAP came."""
    waited = f" within {ending.seconds:g} s" if ending.how in (How.SILENT, How.LATE) else ""
    if reading.phase is Phase.INIT:
        why = f"/init runs, but announced no tests{waited}"
        return (Outcome.HANG if waited else Outcome.FAIL), why
    how_far = {
        Phase.NOTHING: "nothing came on the console",
        Phase.FIRMWARE: "the firmware started, the kernel never said anything",
        Phase.KERNEL: "the kernel started, but never ran /init",
    }
    faults = [f.trouble.text for f in reading.troubles if f.trouble.kind is Kind.FIRMWARE]
    crashed = f" (the firmware crashed: {faults[0]})" if faults else ""
    return Outcome.NO_BOOT, how_far[reading.phase] + waited + crashed


def _cut_short(reading: Reading, ending: Ending) -> tuple[Outcome, str] | None:
    """The boot ended because someone lost patience, or nobody knows why."""
    where = f"while {reading.open_case} ran" if reading.open_case else "between tests"
    stalls = [found.trouble.text for found in reading.troubles if found.trouble.kind is Kind.STALL]
    match ending.how:
        case How.SILENT:
            return Outcome.HANG, f"no output for {ending.seconds:g} s {where}"
        case How.LATE if stalls:
            return Outcome.HANG, f"{stalls[0]}; not done after {ending.seconds:g} s, {where}"
        case How.LATE:
            return Outcome.TIMEOUT, f"not done after {ending.seconds:g} s, {where}"
        case How.FLOOD:
            return Outcome.HANG, f"the console does not stop talking, {where}"
        case How.INTERRUPTED:
            return Outcome.FAIL, f"interrupted {where}"
    return (Outcome.FAIL, f"the console ends {where}") if reading.open_case else None


def _overall(
    tests: Sequence[TestResult], cause: tuple[Outcome, str] | None, warnings: Sequence[str]
) -> tuple[Outcome, str]:
    """The most severe outcome of all, and why."""
    found = [cause] if cause else []
    found += [(Outcome.WARN, f"kernel: {warnings[0]}")] if warnings else []
    outcome = worst([outcome for outcome, _ in found] + [test.outcome for test in tests])
    reason = next((why for other, why in found if other is outcome), "")
    if reason or outcome is Outcome.PASS:
        return outcome, reason
    first, *more = [test for test in tests if test.outcome is outcome]
    if outcome is Outcome.XFAIL:
        return outcome, f"{len(more) + 1} of {len(tests)} tests fail, each exactly as expected"
    if not more:
        return outcome, f"{first.name}: {first.reason}" if first.reason else first.name
    names = ", ".join(test.name for test in (first, *more[: _NAMES - 1]))
    dots = ", ..." if len(more) >= _NAMES else ""
    return outcome, f"{len(more) + 1} of {len(tests)} tests: {names}{dots}"


def _excerpt(reading: Reading, outcome: Outcome) -> tuple[str, ...]:
    """The kernel's complaint from its first line on, if that is what the outcome is about."""
    kinds = {
        Outcome.PANIC: (Kind.PANIC, Kind.OOPS),
        Outcome.OOPS: (Kind.OOPS,),
        Outcome.WARN: (Kind.WARN,),
        Outcome.NO_BOOT: (Kind.FIRMWARE,),
    }.get(outcome, ())
    starts = [found.trouble.line for found in reading.troubles if found.trouble.kind in kinds]
    said = [line for line in reading.lines[min(starts, default=0) :] if line.strip()]
    telling = [line for line in said if not line.startswith(_REGISTERS)]
    return tuple(telling[:_EXCERPT_LINES] if starts else said[-_LAST_LINES:])
