# SPDX-License-Identifier: GPL-2.0-only
"""The rules from a console to a verdict, on real consoles and on small made ones."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import afugen.verdict
from afugen.errors import InputError
from afugen.verdict import (
    Ending,
    EndingKind,
    ExpectedFailure,
    Outcome,
    TestResult,
    Verdict,
    load_expected,
    parse_log,
)
from afugen.verdict.run_outcome import judge
from afugen.verdict.transcript import parse_transcript

PACKAGE = Path(__file__).parent.parent / "generator" / "afugen"
PATCHES = Path(__file__).parent.parent / "kernel-patches" / "cxl"
LOGS = Path(__file__).parent / "data" / "boot-logs"
WARNING = "Buffer overflow detected (N < N)! at trouble_init"
CLAIMED = ExpectedFailure("size.oversized", "EFAULT", (WARNING,), "sizes are trusted")


def verdict_of(*lines: str, ending: Ending | None = None, expect: tuple[ExpectedFailure, ...] = ()):
    """The verdict of a made console whose lines are those of the tests."""
    transcript = parse_transcript(
        ("Linux version 6.1", "Run /init as init process", "KTAP version 1", *lines)
    )
    return judge(transcript, ending or Ending(EndingKind.EXITED, 0), expect)


def case(name: str, number: int, *diagnostics: str, ok: str = "ok") -> tuple[str, ...]:
    return (f"# start: {name}", *(f"# {text}" for text in diagnostics), f"{ok} {number} {name}")


def one_case(*diagnostics: str, ok: str = "ok", expect: tuple[ExpectedFailure, ...] = ()):
    verdict = verdict_of(
        "1..1", *case("a.b", 1, *diagnostics, ok=ok), "# afugen: done", expect=expect
    )
    (test,) = verdict.tests
    assert isinstance(test, TestResult)
    assert verdict.outcome is test.outcome
    return test


# --- real consoles ------------------------------------------------------------------------------

PANIC = "Kernel panic - not syncing: Attempted to kill init! exitcode="
NULL = "BUG: Kernel NULL pointer dereference on read at 0x00000000 in trouble_init [trouble]"


@pytest.mark.parametrize(
    ("log", "outcome", "reason"),
    [
        ("pass", "pass", ""),
        ("powernv8", "pass", ""),
        ("powernv10", "pass", ""),
        ("stays-on", "pass", ""),
        ("fail", "fail", "size.oversized: read returned 8; expected EINVAL (case_sizes.c:30)"),
        ("panic", "panic", f"{PANIC}0x00000300"),
        ("panic-module", "panic", "Kernel panic - not syncing: trouble was asked for a panic"),
        ("oops-of-init", "panic", f"{PANIC}0x0000000b (after {NULL})"),
        ("no-init", "panic", "Kernel panic - not syncing: No working init found."),
        ("oops", "oops", f"size.oversized: {NULL}"),
        ("bug", "oops", "size.oversized: kernel BUG at trouble/trouble.c:19! in trouble_init"),
        ("hang", "hang", "no output for 3 s while size.oversized ran"),
        ("mute", "hang", "/init runs, but announced no tests within 12 s"),
        ("timeout", "timeout", "not done after 6 s, while size.oversized ran"),
        ("no-plan", "fail", "/init runs, but announced no tests"),
        ("truncated", "fail", "1 of 3 planned tests have no result"),
        ("warn", "warn", "size.oversized: kernel: WARNING: CPU: 0 PID: 22 at trouble/trouble.c:15"),
        (
            "warn-text",
            "warn",
            "size.oversized: kernel: Buffer overflow detected (40 < 65535)! WARN",
        ),
        ("warn-quiet", "warn", "kernel: the kernel is tainted (4608), but no warning was seen"),
        ("warn-claimed", "fail", "size.oversized: EFAULT"),
        ("garbage-kernel", "no-boot", "the firmware started, the kernel never said anything (the "),
        ("truncated-kernel", "no-boot", "the firmware started, the kernel never said anything wi"),
        ("refused-argument", "infra", "QEMU: Invalid RAM size, should be bigger than 1 GiB"),
    ],
)
def test_each_real_console_has_its_outcome_and_says_why(
    log: str, outcome: str, reason: str
) -> None:
    verdict = parse_log(LOGS / f"{log}.log")
    assert (verdict.outcome, verdict.reason[: len(reason)]) == (outcome, reason)
    assert bool(verdict.reason) is bool(reason)
    assert bool(verdict.last_lines) is (outcome != "pass")


@pytest.mark.parametrize(
    ("log", "first"),
    [
        ("panic", "Kernel panic - not syncing"),
        ("oops", "BUG: Kernel NULL pointer"),
        ("warn", "------------[ cut here ]"),
        ("garbage-kernel", "[    0.4"),
    ],
)
def test_the_last_lines_begin_with_the_complaint(log: str, first: str) -> None:
    lines = parse_log(LOGS / f"{log}.log").last_lines
    assert lines[0].startswith(first)
    assert len(lines) <= 20
    assert not any(line.startswith("GPR") for line in lines)


def test_the_last_lines_of_a_hang_end_where_it_hangs() -> None:
    lines = parse_log(LOGS / "hang.log").last_lines
    assert lines[-1] == "# start: size.oversized"
    assert len(lines) == 12


@pytest.mark.parametrize("log", ["hang", "panic", "timeout"])
def test_the_case_that_ran_gets_the_outcome_and_the_rest_are_not_lost(log: str) -> None:
    verdict = parse_log(LOGS / f"{log}.log")
    assert [(t.name, str(t.outcome)) for t in verdict.tests] == [
        ("poll.nothing_pending", "pass"),
        ("size.oversized", log),
        ("#3", "fail"),
    ]


def expected_of(name: str) -> tuple[ExpectedFailure, ...]:
    return load_expected(PATCHES / name / "expected.yaml")


@pytest.mark.parametrize(
    ("log", "of", "counts"),
    [("kselftest-6.1", "v1", "42 16"), ("kselftest-6.12", "stock", "49 17")],
)
def test_a_real_run_of_the_test_in_the_tree_fails_exactly_as_expected(
    log: str, of: str, counts: str
) -> None:
    verdict = parse_log(LOGS / f"{log}.log", expected_of(of))
    outcomes = [str(test.outcome) for test in verdict.tests]
    assert f"{outcomes.count('pass')} {outcomes.count('xfail')}" == counts
    assert verdict.outcome is Outcome.XFAIL
    assert all(test.seconds is not None for test in verdict.tests)
    names = [test.name for test in verdict.tests]
    assert (names[0], names[-1]) == ("module.loads", "module.unloads")


def test_of_two_oopses_in_two_cases_each_is_its_cases() -> None:
    verdict = parse_log(LOGS / "kselftest-6.12.log")
    oopses = [test.name for test in verdict.tests if test.outcome is Outcome.OOPS]
    assert oopses == ["ops.without_delivered", "ops.without_fetch", "ops.null"]
    size = next(test for test in verdict.tests if test.name == "size.largest")
    assert size.reason == (
        "read: EFAULT; expected read: an error that is not the reader's (driver_sizes.c:110)"
    )


def test_a_case_of_the_harness_that_hangs_is_known_and_so_is_what_went_before() -> None:
    verdict = parse_log(LOGS / "kselftest-oops-hang.log")
    assert [(test.name, str(test.outcome)) for test in verdict.tests] == [
        ("module.loads", "pass"),
        ("lock.free", "pass"),
        ("lock.taken_by_the_dead", "oops"),
        ("#3", "fail"),
    ]
    assert verdict.reason == (
        "lock.taken_by_the_dead: no output for 6 s while lock.taken_by_the_dead ran"
    )
    assert any("Unable to handle kernel" in line for line in verdict.last_lines)


@pytest.mark.parametrize("log", ["noisy", "noisy-names"])
def test_a_console_that_two_processors_tear_keeps_every_result(log: str) -> None:
    outcomes = [str(test.outcome) for test in parse_log(LOGS / f"{log}.log").tests]
    assert outcomes == ["pass", "pass", "fail"] * 10


def test_a_failure_as_expected_is_an_xfail_and_nothing_else_is() -> None:
    verdict = parse_log(LOGS / "warn-claimed.log", (CLAIMED,))
    assert (verdict.outcome, verdict.last_lines) == (Outcome.XFAIL, ())
    assert verdict.tests[1] == TestResult(
        "size.oversized", Outcome.XFAIL, "sizes are trusted", ("EFAULT",), (WARNING,), 0.012
    )


def test_a_warning_is_told_in_the_kernels_words_and_nothing_else() -> None:
    (warning,) = parse_log(LOGS / "warn.log").tests[1].warnings
    assert warning == (
        "WARNING: CPU: 0 PID: 22 at trouble/trouble.c:15 trouble_init+0x44/0xfe4 [trouble]"
    )


def test_expected_failures_are_counted_not_listed() -> None:
    verdict = parse_log(LOGS / "warn-claimed.log", (CLAIMED,))
    assert verdict.reason == "1 of 3 tests fail, each exactly as expected"


def test_a_log_without_the_last_line_is_judged_by_what_it_says() -> None:
    raw = (LOGS / "hang.log").read_bytes()
    console, _, _ = raw.rpartition(b"\nafugen-log: ")
    verdict = parse_log(console)
    assert verdict.outcome is Outcome.FAIL
    assert verdict.reason == "the console ends while size.oversized ran"


@pytest.mark.parametrize(
    ("phase", "outcome"),
    [((), "infra"), (("[    0.035134421,5] OPAL v7.0 starting...",), "no-boot")],
)
def test_without_the_last_line_qemu_is_blamed_only_before_anything_ran(phase, outcome) -> None:
    lines = (*phase, "qemu-system-ppc64: Could not load kernel 'x'")
    assert judge(parse_transcript(lines), Ending()).outcome == outcome


def test_a_warning_of_qemus_is_not_a_failure_of_it() -> None:
    lines = ("qemu-system-ppc64: warning: TCG lacks something",)
    assert judge(parse_transcript(lines), Ending()).outcome is Outcome.NO_BOOT


# --- one case -----------------------------------------------------------------------------------


def test_ok_with_the_observation_of_a_failure_has_failed() -> None:
    test = one_case("observed: read returned 0")
    assert (test.outcome, test.reason) == (
        Outcome.FAIL,
        "says ok and yet observed: read returned 0",
    )


def test_a_warning_on_a_passing_case_is_warn() -> None:
    test = one_case("warning: WARNING at afu_read", "warning: another", "duration_ms: 1500")
    assert (test.outcome, test.reason) == (
        Outcome.WARN,
        "kernel: WARNING at afu_read (and 1 more)",
    )
    assert (test.warnings, test.seconds) == (("WARNING at afu_read", "another"), 1.5)


def test_a_warning_that_the_case_promised_is_none() -> None:
    assert one_case("promised-warning: WARNING at afu_read").outcome is Outcome.PASS


def test_a_case_without_a_result_says_that_whatever_it_observed() -> None:
    verdict = verdict_of(
        "1..2", "# start: a.b", "# observed: EIO", *case("c.d", 2), "# afugen: done"
    )
    assert verdict.tests[0].reason == "it started and never reported"
    assert verdict.tests[0].observed == ("EIO",)


def test_a_case_that_timed_out_says_so() -> None:
    assert one_case("observed: timeout", ok="not ok").outcome is Outcome.TIMEOUT


EXPECTED = ExpectedFailure("a.b", "EFAULT", ("WARNING at afu_read",), "as it was")


@pytest.mark.parametrize(
    ("diagnostics", "ok", "outcome", "reason"),
    [
        (("observed: EFAULT", "warning: WARNING at afu_read"), "not ok", "xfail", "as it was"),
        ((), "ok", "xpass", "expected to fail, and passes"),
        (
            ("warning: WARNING at afu_read",),
            "ok",
            "xpass",
            "expected to fail, and passes; kernel: WARNING at afu_read",
        ),
        (
            ("observed: EIO", "warning: WARNING at afu_read"),
            "not ok",
            "fail",
            "EIO; it is expected to fail with: EFAULT",
        ),
        (
            ("observed: EFAULT",),
            "not ok",
            "fail",
            "fails as expected, but the warnings differ: none; expected: WARNING at afu_read",
        ),
        (
            ("observed: EFAULT", "warning: WARNING at afu_read", "warning: more"),
            "not ok",
            "fail",
            "fails as expected, but the warnings differ: WARNING at afu_read, more; "
            "expected: WARNING at afu_read",
        ),
        ((), "not ok", "fail", "not ok"),
        (
            ("observed: timeout",),
            "not ok",
            "timeout",
            "timeout; it is expected to fail with: EFAULT",
        ),
        (
            ("observed: EFAULT", "observed: EFAULT", "warning: WARNING at afu_read"),
            "not ok",
            "fail",
            "EFAULT; EFAULT; it is expected to fail with: EFAULT",
        ),
    ],
)
def test_an_expected_failure_is_exact(diagnostics, ok, outcome, reason) -> None:
    test = one_case(*diagnostics, ok=ok, expect=(EXPECTED,))
    assert (test.outcome, test.reason) == (outcome, reason)


def test_a_skipped_expected_failure_is_a_failure() -> None:
    verdict = verdict_of("1..1", "ok 1 a.b # SKIP no card", expect=(EXPECTED,))
    assert verdict.tests[0].outcome is Outcome.FAIL
    assert verdict.tests[0].reason == "expected to fail, and was skipped; no card"


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("ok 1 a", "pass"),
        ("not ok 1 a", "fail"),
        ("ok 1 a # SKIP x", "skip"),
        ("not ok 1 a # SKIP x", "skip"),
        ("not ok 1 a # TODO x", "xfail"),
        ("ok 1 a # TODO x", "xpass"),
        ("not ok 1 a # XFAIL x", "xfail"),
        ("ok 1 a # XFAIL x", "xfail"),
        ("not ok 1 a # TIMEOUT 45 seconds", "timeout"),
        ("not ok 1 a # ERROR x", "fail"),
        ("ok 1 a # ERROR x", "fail"),
    ],
)
def test_directives_have_their_outcome(line: str, outcome: str) -> None:
    assert verdict_of("1..1", line).outcome == outcome


def test_the_results_of_subtests_are_the_results() -> None:
    verdict = verdict_of("1..1", "  1..2", "  ok 1 a", "  not ok 2 b", "not ok 1 suite")
    assert [(t.name, str(t.outcome)) for t in verdict.tests] == [
        ("suite.a", "pass"),
        ("suite.b", "fail"),
    ]


def test_a_suite_that_fails_though_its_subtests_pass_is_a_result() -> None:
    verdict = verdict_of("1..1", "  1..1", "  ok 1 a", "not ok 1 suite # exit=139")
    assert [(t.name, str(t.outcome), t.reason) for t in verdict.tests] == [
        ("suite.a", "pass", ""),
        ("suite", "fail", "exit=139"),
    ]


# --- warnings, console against cases ------------------------------------------------------------

WARN_ON = ("------------[ cut here ]------------", "WARNING: CPU: 0 PID: 7 at x.c:1 f+0x4/0x8 [m]")
DONE = "# afugen: done"


def test_a_warning_on_the_console_that_its_case_did_not_report_is_warn() -> None:
    verdict = verdict_of("1..1", "# start: a.b", *WARN_ON, "ok 1 a.b", DONE)
    assert (verdict.outcome, verdict.tests[0].outcome) == (Outcome.WARN, Outcome.WARN)
    assert verdict.tests[0].warnings == (WARN_ON[1],)


def test_one_more_warning_than_expected_on_the_console_is_a_failure() -> None:
    lines = case("a.b", 1, "observed: EFAULT", "warning: WARNING at afu_read", ok="not ok")
    verdict = verdict_of("1..1", lines[0], *WARN_ON, *WARN_ON, *lines[1:], DONE, expect=(EXPECTED,))
    assert verdict.outcome is Outcome.FAIL


def test_warnings_promised_reported_and_at_boot_account_for_as_many_on_the_console() -> None:
    boot_warning = (*WARN_ON, "# boot-warning: WARNING at f")
    lines = case("a.b", 1, "observed: EFAULT", "warning: WARNING at afu_read", ok="not ok")
    promised = "# promised-warning: WARNING at f"
    tests = ("1..1", lines[0], *WARN_ON, *WARN_ON, promised, *lines[1:], DONE)
    verdict = verdict_of(*boot_warning, *tests, expect=(EXPECTED,))
    assert verdict.boot_warnings == ("WARNING at f",)
    assert str(verdict.tests[0].outcome) == "xfail"
    one_more = verdict_of(
        *boot_warning, tests[0], tests[1], *WARN_ON, *tests[2:], expect=(EXPECTED,)
    )
    assert str(one_more.tests[0].outcome) == "fail"


def test_the_warnings_of_subtests_are_accounted_for_too() -> None:
    lines = ("  1..1", *WARN_ON, "  # promised-warning: WARNING at f", "  ok 1 a", "ok 1 suite")
    assert verdict_of("1..1", *lines).outcome is Outcome.PASS


def test_a_reported_warning_may_reach_the_console_late() -> None:
    first = case("a.b", 1, "observed: EFAULT", "warning: WARNING at afu_read", ok="not ok")
    verdict = verdict_of(
        "1..2", *first, "# start: c.d", *WARN_ON, "ok 2 c.d", DONE, expect=(EXPECTED,)
    )
    assert [str(t.outcome) for t in verdict.tests] == ["xfail", "pass"]
    assert verdict.outcome is Outcome.XFAIL


def test_what_a_case_quotes_of_the_kernel_is_not_another_warning() -> None:
    test = one_case(f"kmsg: {WARN_ON[1]}", "kmsg: Kernel panic - not syncing: no")
    assert test.outcome is Outcome.PASS


def test_a_warning_before_the_first_case_is_warn() -> None:
    verdict = verdict_of("# boot-warning: WARNING at setup", "1..1", *case("a.b", 1), DONE)
    assert (verdict.outcome, verdict.boot_warnings) == (Outcome.WARN, ("WARNING at setup",))
    assert verdict.tests[0].outcome is Outcome.PASS


def test_a_warning_at_boot_that_nobody_reported_is_warn_and_a_reported_one_counts_once() -> None:
    transcript = parse_transcript((*WARN_ON, "KTAP version 1", "1..1", *case("a.b", 1), DONE))
    assert judge(transcript, Ending()).boot_warnings == (WARN_ON[1],)
    reported = ("KTAP version 1", "# boot-warning: WARNING at f", "1..1", *case("a.b", 1), DONE)
    transcript = parse_transcript((*WARN_ON, *reported))
    assert judge(transcript, Ending()).boot_warnings == ("WARNING at f",)


def test_without_starts_a_warning_belongs_to_the_next_result() -> None:
    verdict = verdict_of("1..2", "ok 1 a", *WARN_ON, "ok 2 b")
    assert [str(t.outcome) for t in verdict.tests] == ["pass", "warn"]


@pytest.mark.parametrize("flags", [1 << 9, 1 << 7])
def test_taint_flags_that_nothing_explains_are_warn(flags: int) -> None:
    verdict = verdict_of("1..1", *case("a.b", 1), f"# taint: {flags | 4096}", DONE)
    assert verdict.outcome is Outcome.WARN


def test_taint_flags_of_an_out_of_tree_module_are_fine() -> None:
    assert verdict_of("1..1", *case("a.b", 1), "# taint: 4096", DONE).outcome is Outcome.PASS


def test_an_oops_that_is_claimed_exactly_is_an_xfail() -> None:
    text = "BUG: Kernel NULL pointer dereference on read at N"
    expect = ExpectedFailure("a.b", "killed by SIGSEGV", (text,), "as it was")
    lines = (
        "# start: a.b",
        "BUG: Kernel NULL pointer dereference on read at 0x00000000",
        "Oops: Kernel access of bad area, sig: 11 [#1]",
        f"# warning: {text}",
        "# observed: killed by SIGSEGV",
        "not ok 1 a.b",
        DONE,
    )
    assert verdict_of("1..1", *lines, expect=(expect,)).outcome is Outcome.XFAIL
    assert verdict_of("1..1", *lines).outcome is Outcome.OOPS


def test_a_long_list_of_failures_is_cut() -> None:
    def failing(count: int) -> str:
        return verdict_of(f"1..{count}", *(f"not ok {n} t{n}" for n in range(1, count + 1))).reason

    assert failing(5) == "5 of 5 tests: t1, t2, t3, t4, t5"
    assert failing(6) == "6 of 6 tests: t1, t2, t3, t4, t5, ..."


# --- plans and endings ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "outcome", "reason"),
    [
        (("ok 1 a",), "fail", "there is no test plan"),
        (("1..0",), "fail", "the test plan is empty"),
        (("1..0 # SKIP no card",), "skip", "all skipped: no card"),
        (("1..2", "ok 1 a"), "fail", "1 of 2 planned tests have no result"),
        (("1..2", "ok 1 a", "Bail out! no card"), "fail", "the tests bailed out: no card"),
        (
            ("1..1", *case("a.b", 1)),
            "fail",
            "the selftest ended without saying that it was done",
        ),
    ],
)
def test_a_plan_must_be_kept(lines: tuple[str, ...], outcome: str, reason: str) -> None:
    verdict = verdict_of(*lines)
    assert (verdict.outcome, verdict.reason) == (outcome, reason)


RUNNING = ("1..1", "# start: a.b")
COMPLETE = ("1..1", *case("a.b", 1), DONE)


@pytest.mark.parametrize(
    ("ending", "outcome", "reason"),
    [
        (Ending(EndingKind.SILENT, limit_seconds=30), "hang", "no output for 30 s while a.b ran"),
        (
            Ending(EndingKind.LATE, limit_seconds=300),
            "timeout",
            "not done after 300 s, while a.b ran",
        ),
        (Ending(EndingKind.FLOOD), "hang", "the console does not stop talking, while a.b ran"),
        (Ending(EndingKind.INTERRUPTED), "fail", "interrupted while a.b ran"),
        (Ending(EndingKind.EXITED, 0), "fail", "the console ends while a.b ran"),
        (Ending(EndingKind.EXITED, 1), "infra", "QEMU exited with 1"),
        (Ending(EndingKind.EXITED, -9), "infra", "QEMU was killed by signal 9"),
    ],
)
def test_an_end_in_the_middle_is_told_apart(ending: Ending, outcome: str, reason: str) -> None:
    verdict = verdict_of(*RUNNING, ending=ending)
    assert (verdict.outcome, verdict.reason) == (outcome, reason)
    if outcome != "infra":
        assert verdict.tests[0].outcome == outcome


@pytest.mark.parametrize(
    "kind",
    [
        EndingKind.SILENT,
        EndingKind.LATE,
        EndingKind.STOPPED,
        EndingKind.EXITED,
        EndingKind.INTERRUPTED,
    ],
)
def test_once_all_is_done_nothing_about_the_end_matters(kind: EndingKind) -> None:
    assert verdict_of(*COMPLETE, ending=Ending(kind, 1)).outcome is Outcome.PASS


def test_a_stalled_processor_that_never_recovers_is_a_hang_however_much_it_says() -> None:
    stall = "rcu: INFO: rcu_sched self-detected stall on CPU"
    verdict = verdict_of(*RUNNING, stall, ending=Ending(EndingKind.LATE, limit_seconds=9))
    assert (verdict.outcome, verdict.reason) == (
        Outcome.HANG,
        f"{stall}; not done after 9 s, while a.b ran",
    )


def test_a_panic_while_powering_off_is_still_a_panic() -> None:
    assert verdict_of(*COMPLETE, "Kernel panic - not syncing: late").outcome is Outcome.PANIC


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ((), "nothing came on the console"),
        (
            ("[    0.035134421,5] OPAL v7.0 starting...",),
            "the firmware started, the kernel never said anything",
        ),
        (("Linux version 6.1.192",), "the kernel started, but never ran /init"),
    ],
)
def test_no_boot_says_how_far_it_came(lines: tuple[str, ...], reason: str) -> None:
    verdict: Verdict = judge(parse_transcript(lines), Ending(EndingKind.LATE, limit_seconds=60))
    assert (verdict.outcome, verdict.reason) == (Outcome.NO_BOOT, f"{reason} within 60 s")


def test_a_failure_expected_of_no_test_is_an_input_error_only_when_all_tests_are_known() -> None:
    expect = (ExpectedFailure("no.such", "x"),)
    with pytest.raises(InputError, match=r"no\.such"):
        verdict_of(*COMPLETE, expect=expect)
    assert verdict_of(*RUNNING, expect=expect).outcome is Outcome.FAIL


# --- the package's exports ------------------------------------------------------------------------

IMPORTS = """
import sys
import afugen.verdict

print(*sorted(name for name in sys.modules if name.startswith("afugen.verdict.")))
"""


def test_importing_the_outcomes_imports_neither_parsers_nor_reports() -> None:
    command = [sys.executable, "-c", IMPORTS]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["afugen.verdict.expected", "afugen.verdict.results"]


def test_every_exported_name_is_there_and_no_other() -> None:
    assert all(hasattr(afugen.verdict, name) for name in afugen.verdict.__all__)
    with pytest.raises(ImportError, match="cannot import name 'no_such'"):
        from afugen.verdict import no_such  # noqa: F401, PLC0415


@pytest.mark.parametrize("package", ["boot", "verdict"])
def test_other_packages_import_only_what_a_package_exports(package: str) -> None:
    inner = re.compile(rf"(?:from|import) afugen\.{package}\.")
    users = [
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if path.parent.name != package and inner.search(path.read_text())
    ]
    assert users == []
