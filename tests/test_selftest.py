# SPDX-License-Identifier: GPL-2.0-only
"""What the selftest says of a case, compiled for this machine, and what afugen makes of it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import intree
from afugen.verdict import TestResult, case_results
from afugen.verdict.transcript import parse_transcript

HERE = Path(__file__).parent / "selftest"


def compiled(where: Path, program: str, *sources: str, version: str = "6.1") -> Path:
    """A program of ours and some of the selftest's own files, with the harness of a kernel."""
    tree = intree.planted(where, None, version)
    own = tree / intree.DIRECTORY
    (own / program).write_text((HERE / program).read_text())
    flags = ("-O2", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Wno-missing-field-initializers",
             "-Wno-clobbered")  # fmt: skip
    command = ["gcc", *flags, "-Werror", "-o", where / "program", program, *sources]
    subprocess.run(command, check=True, cwd=own)
    return where / "program"


@pytest.fixture(scope="module", params=["6.1", "6.12"])
def console(request, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What a program of cases that end in every way says, with the harness of a kernel."""
    where = tmp_path_factory.mktemp("ends")
    program = compiled(where, "ends.c", "watch.c", "kmsg.c", version=request.param)
    done = subprocess.run(
        [program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1, "a program of failing cases says so"
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def results(console: list[str]) -> dict[str, TestResult]:
    """The same as results, by the case's name."""
    suite = parse_transcript(console).ktap
    assert suite.planned == len(suite.tests) == 13
    found = [result for test in suite.tests for result in case_results(test, {}, {})]
    assert all(result.name.startswith("ends.") for result in found)
    return {result.name.removeprefix("ends."): result for result in found}


ENDS = {
    "well": ("pass", ""),
    "failed": ("fail", r"read: EAGAIN; expected 1 \(ends\.c:40\)"),
    "asserted": ("fail", r"Expected 1 \(1\) == getpid\(\) \(\d+\) \(ends\.c:45\)"),
    "given_up": ("fail", "close: EBADF"),
    "killed": ("fail", "killed by SIGSEGV"),
    "exited": ("fail", "failed(?: at step #7)?"),
    "never": ("timeout", "timeout"),
    "skipped": ("skip", "no memory"),
    "without_promised_warning": (
        "fail",
        r"the promised warning did not come; expected WARNING at nobody \(ends\.c:25\)",
    ),
    "with_a_complaint": ("warn", "kernel: BUG: all is lost"),
    "with_a_promised_complaint": ("pass", ""),
    "failed_with_a_complaint": ("fail", r"read: EAGAIN; expected 1 \(ends\.c:\d+\)"),
    "after_waiting": ("pass", ""),
}


@pytest.mark.parametrize(("case", "outcome", "reason"), [(c, *e) for c, e in ENDS.items()])
def test_every_end_of_a_case_is_known(
    results: dict[str, TestResult], case: str, outcome: str, reason: str
) -> None:
    assert results[case].outcome == outcome
    assert re.fullmatch(reason, results[case].reason)


def test_no_end_of_a_case_is_forgotten(results: dict[str, TestResult]) -> None:
    assert list(results) == list(ENDS)


def test_a_failure_keeps_what_the_kernel_said(results: dict[str, TestResult]) -> None:
    assert results["failed_with_a_complaint"].warnings == ("BUG: all is lost",)


def test_a_case_says_how_long_it_took_unless_it_came_to_grief(
    results: dict[str, TestResult],
) -> None:
    lost = {case for case, result in results.items() if result.seconds is None}
    assert lost <= {"killed", "exited", "never", "asserted"}
    assert {"killed", "exited", "never"} <= lost


def test_guard_time_is_told_apart_from_the_rest(console: list[str]) -> None:
    place = console.index("# guard_ms: 1000")
    assert console[place + 1].startswith("# duration_ms: ")


def test_without_its_module_a_program_skips_and_says_what_to_load(tmp_path: Path) -> None:
    assert not Path("/dev/softafu").exists(), "unload cxl_softafu: this is about its absence"
    assert intree.compiled(intree.planted(tmp_path, None)).returncode == 0
    done = subprocess.run(
        [tmp_path / "obj" / "events"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 4
    assert "no /dev/softafu: load the module cxl_softafu" in done.stdout


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("kmsg"), "complaints.c", "kmsg.c")


def complaints_of(program: Path, *log: str) -> list[str]:
    text = "\n".join(log)
    done = subprocess.run([program], input=text, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


CUT = "------------[ cut here ]------------"
END = "---[ end trace 0000000000000000 ]---"
REGISTERS = (
    "Modules linked in: softafu(O) cxl",
    "CPU: 0 PID: 54 Comm: init Tainted: G           O       6.1.192 #1 ",
    "NIP:  c0080000000474fc LR: c0080000000474f8 CTR: 0000000000000000",
    "Call Trace:",
    "[c0000000020f3cd0] [c0000000001465a4] vfs_read+0xc4/0x188",
    "--- interrupt: 3000 at 0x1003bd60",
    "NIP:  000000001003bd60 LR: 000000001003bd60 CTR: 0000000000000000",
    END,
)
AFU_READ = "WARNING: CPU: 0 PID: 57 at drivers/misc/cxl/file.c:450 afu_read+0x2d0/0x3f0 [cxl]"


def test_warning_without_words_is_named_by_its_function(complaints: Path) -> None:
    assert complaints_of(complaints, CUT, AFU_READ, *REGISTERS) == ["WARNING at afu_read"]


def test_warning_with_words_keeps_them_but_no_number(complaints: Path) -> None:
    said = "Buffer overflow detected (40 < 4097)!"
    where = "WARNING: CPU: 0 PID: 58 at mm/maccess.c:228 __copy_overflow.part.0+0x2c/0x40"
    assert complaints_of(complaints, CUT, said, where, *REGISTERS) == [
        "Buffer overflow detected (N < N)! at __copy_overflow"
    ]


def test_two_warnings_are_two_complaints(complaints: Path) -> None:
    log = (CUT, "in words", AFU_READ, *REGISTERS, CUT, AFU_READ, *REGISTERS)
    assert complaints_of(complaints, *log) == ["in words at afu_read", "WARNING at afu_read"]


def test_oops_is_one_complaint_without_addresses(complaints: Path) -> None:
    log = (
        "BUG: Kernel NULL pointer dereference on read at 0x00000008",
        "Faulting instruction address: 0xc0080000000474fc",
        "Oops: Kernel access of bad area, sig: 11 [#1]",
        *REGISTERS,
    )
    assert complaints_of(complaints, *log) == ["BUG: Kernel NULL pointer dereference on read at N"]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("WARNING: possible circular locking dependency detected", None),
        ("INFO: task init:54 blocked for more than 120 seconds.",
         "INFO: task init:N blocked for more than N seconds."),
        ("rcu: INFO: rcu_sched self-detected stall on CPU", None),
        ("BUG: sleeping function called from invalid context at mm/slab.h:274",
         "BUG: sleeping function called from invalid context at mm/slab.h:N"),
        ("Kernel panic - not syncing: Fatal exception", None),
        ("unreferenced object 0xc00000003f987580 (size 128):", "unreferenced object N (size N):"),
        ("BUG: KASAN: slab-out-of-bounds in deadbeef01 of feedface",
         "BUG: KASAN: slab-out-of-bounds in N of feedface"),
    ],
)  # fmt: skip
def test_other_complaints_are_known_by_their_first_words(
    complaints: Path, line: str, complaint: str | None
) -> None:
    assert complaints_of(complaints, "before", line, "after") == [complaint or line]


def test_what_a_driver_logs_is_no_complaint(complaints: Path) -> None:
    log = ("cxl softafu: AFU driver event of 41 bytes dropped", "softafu: loading out-of-tree")
    assert complaints_of(complaints, *log) == []


def test_kernel_log_of_a_failure_has_the_call_trace_but_no_registers(complaints: Path) -> None:
    text = "\n".join((CUT, AFU_READ, *REGISTERS, "after"))
    done = subprocess.run(
        [complaints, "all"], input=text, capture_output=True, text=True, check=True
    )
    assert done.stderr.splitlines() == [CUT, AFU_READ, *REGISTERS[3:5], END, "after"]
