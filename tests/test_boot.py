# SPDX-License-Identifier: GPL-2.0-only
"""Booting for real: every way a boot can end, told apart, and nothing left behind."""

from __future__ import annotations

import math
import os
import pty
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from afugen import resources
from afugen.boot import BootRequest, boot, load_machine, qemu
from afugen.boot.machine import Limits, machine_names, read_machine
from afugen.build.initramfs import initramfs
from afugen.command import ProgressEvent
from afugen.errors import InputError, MissingToolError, SpecError
from afugen.verdict import (
    Ending,
    EndingKind,
    ExpectedFailure,
    Outcome,
    Stage,
    Verdict,
    parse_log,
)
from afugen.verdict.log import append_ending, split_ending

LOGS = Path(__file__).parent / "data" / "boot-logs"
PATIENT = Limits(boot=60, silence=60, total=120)
Request = Callable[..., BootRequest]


@pytest.fixture(scope="session")
def init(tmp_path_factory) -> Path:
    """An initramfs whose /init behaves as told on the kernel's command line."""
    directory = tmp_path_factory.mktemp("init")
    compiler = "powerpc64le-linux-gnu-gcc"
    source = str(LOGS / "behave.c")
    argv = [compiler, "-static", "-O2", "-Wall", "-Werror", "-o", "init", source]
    subprocess.run(argv, cwd=directory, check=True)
    packed = directory / "init.cpio"
    packed.write_bytes(initramfs({"init": (directory / "init").read_bytes()}))
    return packed


@pytest.fixture
def request_for(kernel, init, tmp_path) -> Request:
    """A request to boot the default kernel with an /init that behaves as told."""

    def make(behaviour: str, *, limits: Limits = PATIENT, on: str = "powernv9") -> BootRequest:
        return BootRequest(
            machine=load_machine(on),
            vmlinux=kernel.vmlinux,
            initramfs=init,
            log=tmp_path / "boot.log",
            append=f"-- {behaviour}",
            limits=limits,
        )

    return make


def garbage(tmp_path: Path, **changes: object) -> BootRequest:
    """A request whose kernel is none, for what goes wrong before a kernel matters."""
    file = tmp_path / "garbage"
    file.write_bytes(b"not a kernel at all\n" * 1000)
    what = {"machine": load_machine("powernv9"), "vmlinux": file, "initramfs": file, **changes}
    return BootRequest(log=tmp_path / "boot.log", limits=PATIENT, **what)  # type: ignore[arg-type]


def processes_with(path: Path) -> list[int]:
    """Processes that have the path in their command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if str(path).encode() in arguments and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


# --- machines are data ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["powernv8", "powernv9", "powernv10"])
def test_a_machine_is_a_record_of_that_name(name: str) -> None:
    found = load_machine(name)
    assert name in machine_names()
    assert (found.name, found.arguments[found.arguments.index("-machine") + 1]) == (name, name)


def test_an_unknown_machine_is_answered_with_those_there_are() -> None:
    with pytest.raises(InputError, match=r"no machine 'pseries'; .*powernv10, powernv8, powernv9"):
        load_machine("pseries")


def test_what_is_wrong_with_a_machine_is_told_with_its_place(tmp_path: Path) -> None:
    good = (resources.qemu() / "machines" / "powernv9.yaml").read_text()
    file = tmp_path / "powernv9.yaml"
    file.write_text(good.replace("boot: 120", "boot: 0").replace("qemu: ", "qume: "))
    with pytest.raises(SpecError) as caught:
        read_machine(file)
    lines = good.splitlines()
    places = {complaint.line for complaint in caught.value.complaints}
    assert lines.index("  boot: 120") + 1 in places
    assert lines.index("qemu: qemu-system-ppc64") + 1 in places


def test_a_machine_is_named_as_its_file(tmp_path: Path) -> None:
    file = tmp_path / "powernv11.yaml"
    file.write_bytes((resources.qemu() / "machines" / "powernv9.yaml").read_bytes())
    with pytest.raises(SpecError, match=r"powernv11\.yaml:2:\d+: the file is named powernv11"):
        read_machine(file)


def test_the_command_line_is_the_record_and_the_request(tmp_path: Path) -> None:
    line = qemu.command_line(garbage(tmp_path, append="-- hang"))
    record = load_machine("powernv9")
    assert line[0] == "qemu-system-ppc64"
    assert line[1 : 1 + len(record.arguments)] == record.arguments
    assert line[-6:] == (
        "-kernel", str(tmp_path / "garbage"), "-initrd", str(tmp_path / "garbage"),
        "-append", f"{record.append} -- hang",
    )  # fmt: skip


# --- logs -----------------------------------------------------------------------------------------


def test_a_log_holds_how_it_ended() -> None:
    verdict = parse_log(LOGS / "pass.log")
    assert (verdict.machine, verdict.log) == ("powernv9", LOGS / "pass.log")
    assert [stage.name for stage in verdict.stages] == [
        "firmware", "kernel", "selftest", "power-off",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "footer",
    [b"", b"no json", b"{}", b'{"how": "bored"}', b"[1]", b'{"how": "silent"}\nafter it\n'],
)
def test_a_log_with_another_last_line_is_judged_without_it(footer: bytes) -> None:
    console = b"KTAP version 1\n1..1\nok 1 a.b\n"
    verdict = parse_log(console + b"\nafugen-log: " + footer)
    assert (verdict.outcome, verdict.machine, verdict.stages) == (Outcome.PASS, None, ())


def test_the_last_line_survives_being_written(tmp_path: Path) -> None:
    log = tmp_path / "boot.log"
    log.write_bytes(b"some text without an end")
    ending = Ending(EndingKind.SILENT, None, 2.5, "powernv8", (Stage("firmware", 0.25),))
    append_ending(log, ending)
    assert split_ending(log.read_bytes()) == (b"some text without an end", ending)


def test_a_log_that_is_not_there_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.log: No such file"):
        parse_log(tmp_path / "gone.log")


def test_bytes_that_are_not_text_do_not_matter() -> None:
    assert parse_log(b"\xff\xfe\x00KTAP version 1\r\n1..1\r\nok 1 a.b\x1b[0m\r\n").outcome == "pass"


# --- before a kernel matters ----------------------------------------------------------------------


def test_a_missing_kernel_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone: there is no such file to boot"):
        boot(garbage(tmp_path, vmlinux=tmp_path / "gone"))


def test_a_missing_qemu_names_what_to_install(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingToolError, match="apt-get install qemu-system-ppc"):
        boot(garbage(tmp_path))


@pytest.mark.boot
def test_what_qemu_refuses_is_infra_in_qemus_own_words(tmp_path: Path) -> None:
    record = load_machine("powernv9")
    small = replace(record, arguments=(*record.arguments, "-m", "512M"))
    verdict = boot(garbage(tmp_path, machine=small))
    assert (verdict.outcome, verdict.tests) == (Outcome.INFRA, ())
    assert verdict.reason == "QEMU: Invalid RAM size, should be bigger than 1 GiB"


@pytest.mark.boot
def test_a_kernel_that_is_none_is_no_boot_though_qemu_exits_with_0(tmp_path: Path) -> None:
    request = garbage(tmp_path)
    verdict = boot(request)
    assert verdict.outcome is Outcome.NO_BOOT
    assert "the firmware crashed: Fatal Exception" in verdict.reason
    assert b'"how": "exited", "status": 0' in request.log.read_bytes()


# --- real boots -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def pace(kernel, init, tmp_path_factory) -> int:
    """The seconds a boot takes here and now, which is what impatience has to be measured by."""
    log = tmp_path_factory.mktemp("pace") / "boot.log"
    start = time.monotonic()
    boot(BootRequest(load_machine("powernv9"), kernel.vmlinux, init, log, limits=PATIENT))
    return math.ceil(time.monotonic() - start)


@pytest.mark.boot
@pytest.mark.parametrize(
    ("behaviour", "outcome", "reason"),
    [
        ("pass", "pass", ""),
        ("fail", "fail", "size.oversized: read returned 8; expected EINVAL (case_sizes.c:30)"),
        ("exit", "panic", "Kernel panic - not syncing: Attempted to kill init! exitcode=0x000003"),
        ("no-plan", "fail", "/init runs, but announced no tests"),
        ("truncated", "fail", "1 of 3 planned tests have no result"),
    ],
)
def test_a_boot_that_ends_by_itself_is_told_as_what_it_was(
    request_for, behaviour, outcome, reason
) -> None:
    expect_end(request_for(behaviour), outcome, reason)


@pytest.mark.boot
def test_silence_in_a_case_is_a_hang(request_for, pace) -> None:
    limits = Limits(boot=60, silence=pace, total=120)
    reason = f"no output for {pace} s while size.oversized ran"
    expect_end(request_for("hang", limits=limits), "hang", reason)


@pytest.mark.boot
def test_talking_beyond_the_total_is_a_timeout(request_for, pace) -> None:
    limits = Limits(boot=60, silence=60, total=2 * pace)
    reason = f"not done after {2 * pace} s, while size.oversized ran"
    expect_end(request_for("chatter", limits=limits), "timeout", reason)


@pytest.mark.boot
def test_an_init_that_announces_no_tests_is_a_hang(request_for, pace) -> None:
    limits = Limits(boot=2 * pace, silence=60, total=120)
    reason = f"/init runs, but announced no tests within {2 * pace} s"
    expect_end(request_for("mute", limits=limits), "hang", reason)


def expect_end(request: BootRequest, outcome: str, reason: str) -> None:
    """Boot; the outcome is this, a saved log says the same, and QEMU is gone."""
    verdict = boot(request)
    assert (verdict.outcome, verdict.reason[: len(reason)]) == (outcome, reason)
    assert parse_log(request.log) == verdict
    assert verdict.machine == "powernv9"
    assert processes_with(request.initramfs) == []


@pytest.mark.boot
@pytest.mark.parametrize("name", ["powernv8", "powernv10"])
def test_the_other_machines_boot_too(request_for, name: str) -> None:
    verdict = boot(request_for("pass", on=name))
    assert (verdict.outcome, verdict.machine, len(verdict.tests)) == (Outcome.PASS, name, 3)


@pytest.mark.boot
def test_expected_failures_are_judged_live_as_they_are_later(request_for) -> None:
    expected = (ExpectedFailure("size.oversized", "read returned 8", (), "as it was"),)
    request = replace(request_for("fail"), expected=expected)
    messages: list[str] = []
    verdict = boot(request, lambda event: messages.append(event.message))
    assert verdict.outcome is Outcome.XFAIL
    assert "size.oversized: xfail" in messages
    assert parse_log(request.log, expected) == verdict


@pytest.mark.boot
def test_progress_is_told_while_it_happens(request_for) -> None:
    events: list[ProgressEvent] = []
    boot(request_for("pass"), events.append)
    assert {event.stage for event in events} == {"boot"}
    assert [event.message for event in events] == [
        "firmware",
        "kernel",
        "selftest",
        "poll.nothing_pending",
        "poll.nothing_pending: pass",
        "size.oversized",
        "size.oversized: pass",
        "read.short",
        "read.short: pass",
        "power-off",
    ]


@pytest.mark.boot
def test_a_machine_that_stays_on_after_its_last_words_is_switched_off(request_for) -> None:
    request = request_for("stays")
    start = time.monotonic()
    verdict = boot(request)
    assert verdict.outcome is Outcome.PASS
    assert b'"how": "stopped"' in request.log.read_bytes()
    assert time.monotonic() - start < PATIENT.silence


@pytest.mark.boot
def test_a_console_that_never_stops_talking_is_a_hang(request_for, monkeypatch) -> None:
    monkeypatch.setattr(qemu, "_FLOOD_BYTES", 1000)
    verdict = boot(request_for("chatter"))
    assert (verdict.outcome, verdict.reason) == (
        Outcome.HANG,
        "the console does not stop talking, while size.oversized ran",
    )


@pytest.mark.boot
def test_a_qemu_that_someone_kills_is_infra(request_for) -> None:
    request = request_for("hang")

    def kill(event: ProgressEvent) -> None:
        if event.message == "size.oversized":
            for pid in processes_with(request.initramfs):
                os.kill(pid, signal.SIGKILL)

    verdict: Verdict = boot(request, kill)
    assert (verdict.outcome, verdict.reason) == (Outcome.INFRA, "QEMU was killed by signal 9")
    assert [str(test.outcome) for test in verdict.tests] == ["pass", "infra", "fail"]


CTRL_C = """
import sys
from pathlib import Path
from afugen.boot import BootRequest, boot, load_machine

vmlinux, initramfs, log = map(Path, sys.argv[1:])
record = load_machine("powernv9")
request = BootRequest(record, vmlinux, initramfs, log, append="-- hang")
boot(request, lambda event: print(event.message, flush=True))
"""


@pytest.mark.boot
def test_ctrl_c_leaves_no_qemu_and_a_sane_terminal(request_for) -> None:
    request = request_for("hang")
    child, terminal = pty.fork()
    if child == 0:
        paths = [str(request.vmlinux), str(request.initramfs), str(request.log)]
        os.execv(sys.executable, [sys.executable, "-c", CTRL_C, *paths])
    before = termios.tcgetattr(terminal)
    said = b""
    while b"size.oversized" not in said:
        said += os.read(terminal, 1000)
    os.write(terminal, b"\x03")
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGINT
    assert termios.tcgetattr(terminal) == before
    os.close(terminal)
    assert processes_with(request.initramfs) == []
    verdict = parse_log(request.log)
    assert verdict.reason == "interrupted while size.oversized ran"
