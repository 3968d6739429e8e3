# SPDX-License-Identifier: GPL-2.0-only
"""The C selftest's own tools, compiled for this machine: its harness and its reading of kmsg."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "selftest"
SELFTEST = Path(__file__).parents[1] / "qemu" / "selftest"


def compiled(program: Path, *sources: Path) -> Path:
    warnings = ("-Wall", "-Wextra", "-Werror")
    command = ["gcc", "-O2", *warnings, f"-I{SELFTEST}", "-o", str(program), *map(str, sources)]
    subprocess.run(command, check=True)
    return program


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What the harness printed for each case of case_harness.c, in the order it ran them."""
    sources = [SELFTEST / name for name in ("harness.c", "init.c", "kmsg.c")]
    program = compiled(
        tmp_path_factory.mktemp("harness") / "harness", HERE / "case_harness.c", *sources
    )
    done = subprocess.run([program], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1, "a program of failing cases says so"
    lines = done.stdout.splitlines()
    assert lines[:2] == ["KTAP version 1", "1..11"]
    assert lines[-1] == "# afugen: done"
    found: dict[str, list[str]] = {}
    for line in lines[2:-1]:
        if line.startswith("# start: "):
            found[line.removeprefix("# start: ")] = []
        else:
            found[list(found)[-1]].append(re.sub(r"_ms: \d+", "_ms: N", line))
    return found


def test_cases_run_in_order_of_place_and_line(cases: dict[str, list[str]]) -> None:
    assert list(cases)[:3] == ["ends.first", "ends.well", "ends.failed"]
    assert list(cases)[-1] == "ends.last"


def test_passed_case_says_only_how_long_it_took(cases: dict[str, list[str]]) -> None:
    assert cases["ends.well"] == ["# duration_ms: N", "ok 2 ends.well"]


def test_failed_case_says_what_was_observed_and_expected_and_where(
    cases: dict[str, list[str]],
) -> None:
    where, *rest = cases["ends.failed"]
    assert re.fullmatch(r"# at: case_harness\.c:\d+", where)
    assert rest == [
        "# expected: 1",
        "# observed: read: EAGAIN",
        "# duration_ms: N",
        "not ok 3 ends.failed",
    ]


@pytest.mark.parametrize(
    ("case", "observed"),
    [
        ("ends.killed", "killed by SIGSEGV"),
        ("ends.exited", "exit status 3"),
        ("ends.never", "timeout"),
        ("ends.never_and_ignores_signals", "timeout"),
        ("ends.without_promised_warning", "the promised warning did not come"),
    ],
)
def test_case_that_does_not_end_well_is_a_failure_and_not_the_last(
    cases: dict[str, list[str]], case: str, observed: str
) -> None:
    assert f"# observed: {observed}" in cases[case]
    assert cases[case][-1].startswith("not ok ")


def test_case_that_hangs_says_where_it_was(cases: dict[str, list[str]]) -> None:
    assert re.fullmatch(r"# at: case_harness\.c:\d+", cases["ends.never"][0])


def test_what_a_case_leaves_behind_is_killed(cases: dict[str, list[str]]) -> None:
    assert cases["ends.while_its_child_sleeps"][-1].startswith("ok ")


def test_guard_time_is_told_apart_from_the_rest(cases: dict[str, list[str]]) -> None:
    assert cases["ends.after_waiting"][:2] == ["# guard_ms: N", "# duration_ms: N"]


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = tmp_path_factory.mktemp("kmsg") / "complaints"
    return compiled(program, HERE / "complaints.c", SELFTEST / "kmsg.c")


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
    assert done.stdout.splitlines() == [CUT, AFU_READ, *REGISTERS[3:5], END, "after"]
