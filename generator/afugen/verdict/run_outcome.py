# SPDX-License-Identifier: GPL-2.0-only
"""The verdict on a whole run: from a parsed console, and how the boot ended.

QEMU's exit status matters only if the tests did not complete. The outcomes, the most severe
first: the emulator failed (infra); the kernel did not reach /init (no-boot); it panicked (panic),
or a task was killed for a fault of the kernel (oops); the console went silent (hang), or the boot
exceeded its total time (timeout); a test case failed, had no result, or did not fail exactly as
expected (fail); the kernel warned of something that no expected failure names (warn); an expected
failure did not happen (xpass).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TypeAlias

from afugen.verdict import diagnostics
from afugen.verdict.case_outcome import case_results
from afugen.verdict.console import BootPhase, Splat, SplatKind
from afugen.verdict.diagnostics import CaseDiagnostics
from afugen.verdict.expected import ExpectedFailure, check_expected
from afugen.verdict.results import GOOD, Outcome, Stage, TestResult, Verdict, worst
from afugen.verdict.transcript import Transcript


class EndingKind(StrEnum):
    """The ways in which a boot ends.

    EXITED: QEMU exited. STOPPED: the tests were done. SILENT: no line came for too long. LATE: the
    boot or the run took too long. FLOOD: the console wrote too much. INTERRUPTED: the user pressed
    Ctrl-C. UNKNOWN: the log does not record it.
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
    """The end of a boot: `qemu_status` if QEMU exited, `limit_seconds` if a limit was exceeded."""

    kind: EndingKind = EndingKind.UNKNOWN
    qemu_status: int | None = None
    limit_seconds: float = 0.0
    machine: str | None = None
    stages: tuple[Stage, ...] = ()


# The outcome of a whole run and its reason.
_Cause: TypeAlias = tuple[Outcome, str]

# Documentation/admin-guide/tainted-kernels.rst
_TAINT_DIE, _TAINT_WARN = 1 << 7, 1 << 9
_EXCERPT_LINES, _LAST_LINES = 20, 12
_NAMES = 5
# Register dumps stay in the log; an excerpt without them has room for the call trace.
_REGISTERS = ("GPR", "MSR:", "CFAR:", "REGS:", "IRQMASK:", "NIP: ", "Hardware name:")


def judge(
    transcript: Transcript,
    ending: Ending,
    expected: Sequence[ExpectedFailure] = (),
    log: Path | None = None,
) -> Verdict:
    """Return the verdict.

    Raises InputError if a failure is expected of a test that a complete run did not report.
    """
    splats = _splats_by_case(transcript)
    failures = {failure.test: failure for failure in expected}
    tests = [
        result for test in transcript.ktap.tests for result in case_results(test, failures, splats)
    ]
    cause = _cause(transcript, ending)
    if cause is None:
        check_expected(expected, [test.name for test in tests])
    else:
        tests = [_with_cause(test, cause, transcript.running_case) for test in tests]
    warnings = _boot_warnings(transcript, splats)
    outcome, reason = _worst_cause(tests, cause, warnings)
    return Verdict(
        outcome=outcome,
        reason=reason,
        tests=tuple(tests),
        stages=ending.stages,
        boot_warnings=warnings,
        last_lines=() if outcome in GOOD else _excerpt(transcript, outcome),
        log=log,
        machine=ending.machine,
    )


def _with_cause(test: TestResult, cause: _Cause, running_case: str | None) -> TestResult:
    """Return the result of the test case that ran at the end with the cause of the end."""
    if test.name != running_case or test.outcome in GOOD:
        return test
    return replace(test, outcome=worst((cause[0], test.outcome)), reason=cause[1])


def _splats_by_case(transcript: Transcript) -> dict[str, list[Splat]]:
    """Return the WARNs and oopses of each test case, oldest first; the key "" is outside of cases.

    If the test cases report all splats of the console, only oopses are returned: two processors
    write to a console in any order, so a splat may stand in the lines of another test case.
    """
    splats = [s for s in transcript.splats if s.kind in (SplatKind.WARN, SplatKind.OOPS)]
    if len(splats) <= _reported_splats(transcript) + len(_values(transcript, "boot-warning")):
        splats = [s for s in splats if s.kind is SplatKind.OOPS and s.case]
    by_case: dict[str, list[Splat]] = {}
    for splat in splats:
        by_case.setdefault(splat.case or "", []).append(splat)
    return by_case


def _reported_splats(transcript: Transcript) -> int:
    """Return the number of splats that all test cases report."""
    cases = chain.from_iterable(test.walk() for test in transcript.ktap.tests)
    return sum(CaseDiagnostics.parse(case).splat_count for case in cases)


def _values(transcript: Transcript, key: str) -> tuple[str, ...]:
    """Return the values of a diagnostic, inside and outside of test cases."""
    cases = chain.from_iterable(test.walk() for test in transcript.ktap.tests)
    inside = chain.from_iterable(case.diagnostics for case in cases)
    return diagnostics.values(chain(transcript.ktap.diagnostics, inside), key)


def _boot_warnings(
    transcript: Transcript, splats: Mapping[str, Sequence[Splat]]
) -> tuple[str, ...]:
    """Return the splats outside of test cases, and a taint flag that no splat explains."""
    reported = _values(transcript, "boot-warning")
    outside = [splat.text for splat in splats.get("", ())][len(reported) :]
    is_explained = reported or transcript.splats or _reported_splats(transcript)
    taint = max((int(t) for t in _values(transcript, "taint") if t.isdecimal()), default=0)
    if taint & (_TAINT_WARN | _TAINT_DIE) and not is_explained:
        outside.append(f"the kernel is tainted ({taint}), but no warning was seen")
    return (*reported, *outside)


def _cause(transcript: Transcript, ending: Ending) -> _Cause | None:
    """Return why the run is not complete, or None for a complete run."""
    if panics := transcript.splat_texts(SplatKind.PANIC):
        oopses = transcript.splat_texts(SplatKind.OOPS)
        return Outcome.PANIC, f"{panics[0]} (after {oopses[-1]})" if oopses else panics[0]
    if emulator := _emulator_failure(transcript, ending):
        return Outcome.INFRA, emulator
    if not transcript.ktap.has_version_line:
        return _without_ktap(transcript, ending)
    aborted = None if transcript.is_done else _aborted(transcript, ending)
    return aborted or _incomplete(transcript)


def _incomplete(transcript: Transcript) -> _Cause | None:
    """Return what is missing of the test plan, or None."""
    ktap = transcript.ktap
    missing = [test.name for test in ktap.tests if test.ok is None]
    outcome, why = Outcome.FAIL, ""
    if ktap.bail_out is not None:
        why = f"the tests bailed out: {ktap.bail_out}"
    elif ktap.planned is None:
        why = "there is no test plan"
    elif ktap.skip_all is not None:
        outcome, why = Outcome.SKIP, f"all skipped: {ktap.skip_all}"
    elif ktap.planned == 0:
        why = "the test plan is empty"
    elif missing:
        why = f"{len(missing)} of {ktap.planned} planned tests have no result"
    elif transcript.has_case_starts and not transcript.is_done:
        why = "the selftest ended without saying that it was done"
    return (outcome, why) if why else None


def _emulator_failure(transcript: Transcript, ending: Ending) -> str:
    """Return how QEMU failed before the tests were done, or ""."""
    status, error = ending.qemu_status, transcript.qemu_error
    is_failed = ending.kind is EndingKind.EXITED and status != 0
    is_unknown = ending.kind is EndingKind.UNKNOWN and transcript.phase is BootPhase.NOTHING
    if transcript.is_done or not (is_failed or (is_unknown and error)):
        return ""
    exited = f"was killed by signal {-status}" if status and status < 0 else f"exited with {status}"
    return f"QEMU: {error}" if error else f"QEMU {exited}"


def _without_ktap(transcript: Transcript, ending: Ending) -> _Cause:
    """Return the cause of a run whose console holds no KTAP at all."""
    is_limit = ending.kind in (EndingKind.SILENT, EndingKind.LATE)
    waited = f" within {ending.limit_seconds:g} s" if is_limit else ""
    if transcript.phase is BootPhase.INIT:
        why = f"/init runs, but announced no tests{waited}"
        return (Outcome.HANG if waited else Outcome.FAIL), why
    why = {
        BootPhase.NOTHING: "nothing came on the console",
        BootPhase.FIRMWARE: "the firmware started, the kernel never said anything",
        BootPhase.KERNEL: "the kernel started, but never ran /init",
    }[transcript.phase]
    crashes = transcript.splat_texts(SplatKind.FIRMWARE)
    crashed = f" (the firmware crashed: {crashes[0]})" if crashes else ""
    return Outcome.NO_BOOT, why + waited + crashed


def _aborted(transcript: Transcript, ending: Ending) -> _Cause | None:
    """Return the cause of a run that was stopped from outside, or whose console just ends."""
    case, limit = transcript.running_case, f"{ending.limit_seconds:g} s"
    where = f"while {case} ran" if case else "between tests"
    stalls = transcript.splat_texts(SplatKind.STALL)
    match ending.kind:
        case EndingKind.SILENT:
            return Outcome.HANG, f"no output for {limit} {where}"
        case EndingKind.LATE if stalls:
            return Outcome.HANG, f"{stalls[0]}; not done after {limit}, {where}"
        case EndingKind.LATE:
            return Outcome.TIMEOUT, f"not done after {limit}, {where}"
        case EndingKind.FLOOD:
            return Outcome.HANG, f"the console does not stop talking, {where}"
        case EndingKind.INTERRUPTED:
            return Outcome.FAIL, f"interrupted {where}"
    return (Outcome.FAIL, f"the console ends {where}") if case else None


def _worst_cause(
    tests: Sequence[TestResult], cause: _Cause | None, warnings: Sequence[str]
) -> _Cause:
    """Return the most severe outcome of the run and its tests, and its reason."""
    causes = [cause] if cause else []
    causes += [(Outcome.WARN, f"kernel: {warnings[0]}")] if warnings else []
    outcome = worst([outcome for outcome, _ in causes] + [test.outcome for test in tests])
    reason = next((why for other, why in causes if other is outcome), "")
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


def _excerpt(transcript: Transcript, outcome: Outcome) -> tuple[str, ...]:
    """Return the console lines from the splat of the outcome on, else the last lines."""
    kinds = {
        Outcome.PANIC: (SplatKind.PANIC, SplatKind.OOPS),
        Outcome.OOPS: (SplatKind.OOPS,),
        Outcome.WARN: (SplatKind.WARN,),
        Outcome.NO_BOOT: (SplatKind.FIRMWARE,),
    }.get(outcome, ())
    starts = [splat.line for splat in transcript.splats if splat.kind in kinds]
    lines = [line for line in transcript.lines[min(starts, default=0) :] if line.strip()]
    if not starts:
        return tuple(lines[-_LAST_LINES:])
    return tuple([line for line in lines if not line.startswith(_REGISTERS)][:_EXCERPT_LINES])
