# SPDX-License-Identifier: GPL-2.0-only
"""Programs are started, watched and stopped as `afugen.command` promises."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from afugen import command
from afugen.errors import MissingToolError


def alive(pid: int) -> bool:
    """Return whether a process runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def gone(pid: int, seconds: float = 5) -> bool:
    """Return whether a process ends within that time."""
    end = time.monotonic() + seconds
    while alive(pid):
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def started(path: Path) -> int:
    """Wait for the pid that a script writes to a file, and return it."""
    end = time.monotonic() + 5
    while not (path.exists() and path.read_text().endswith("\n")):
        assert time.monotonic() < end, "the script never started"
        time.sleep(0.01)
    return int(path.read_text())


def test_run_merges_both_streams_in_the_order_they_came() -> None:
    script = "echo one; sleep 0.05; echo two >&2; sleep 0.05; echo three; exit 4"
    done = command.run(["sh", "-c", script], deadline_seconds=10)
    assert (done.output, done.returncode) == ("one\ntwo\nthree\n", 4)
    assert done.argv == ("sh", "-c", script)
    assert 0.1 <= done.seconds < 5
    assert done.tail(2) == "two\nthree"


def test_run_gives_each_line_while_the_program_still_runs(tmp_path: Path) -> None:
    flag = tmp_path / "seen"
    script = f"echo first; while ! [ -e {flag} ]; do sleep 0.01; done; echo second"
    seen: list[str] = []

    def on_line(line: str) -> None:
        seen.append(line)
        flag.touch()

    command.run(["sh", "-c", script], deadline_seconds=10, on_line=on_line)
    assert seen == ["first", "second"]


def test_output_that_is_not_utf8_does_not_stop_a_run() -> None:
    done = command.run(["printf", r"a\377b\r\nend"], deadline_seconds=10)
    assert done.output == "a\N{REPLACEMENT CHARACTER}b\nend\n"


def test_log_holds_the_bytes_as_they_came(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("of the run before\n")
    command.run(["printf", r"a\377b\r\nend"], deadline_seconds=10, log=log)
    assert log.read_bytes() == b"a\xffb\r\nend"


def test_stdin_is_empty_and_not_ours() -> None:
    program = "from afugen import command; command.run(['cat'], deadline_seconds=10)"
    reader = "import sys; print(sys.stdin.read())"
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\n{reader}"],
        input="still here", capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "still here\n"


def test_environment_and_directory_are_those_asked_for(tmp_path: Path) -> None:
    script = 'echo "$WORD ${HOME-unset}"; pwd'
    done = command.run(
        ["/bin/sh", "-c", script], env={"WORD": "w"}, cwd=tmp_path, deadline_seconds=10
    )
    assert done.output == f"w unset\n{tmp_path.resolve()}\n"


def test_deadline_stops_the_whole_group_and_keeps_what_was_said(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    script = f"echo said; sleep 100 & echo $! > {pid}; wait"
    start = time.monotonic()
    with pytest.raises(command.DeadlineError) as caught:
        command.run(["sh", "-c", script], deadline_seconds=0.5)
    assert time.monotonic() - start < 3
    assert caught.value.output == "said"
    assert "still running after 0.5 s" in str(caught.value)
    assert gone(started(pid))


@pytest.mark.slow
def test_a_program_that_ignores_sigterm_is_killed_all_the_same(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    script = f"trap '' TERM; echo $$ > {pid}; while :; do sleep 0.1; done"
    with pytest.raises(command.DeadlineError):
        command.run(["sh", "-c", script], deadline_seconds=0.3)
    assert gone(started(pid))


def test_a_program_may_clean_up_when_it_is_stopped(tmp_path: Path) -> None:
    cleaned = tmp_path / "cleaned"
    script = f"trap 'touch {cleaned}; exit' TERM; echo up; while :; do sleep 0.05; done"
    with command.Process(["sh", "-c", script]) as process:
        next(process.lines(5))
    assert cleaned.exists()


def test_an_exception_in_the_callback_leaves_no_process_behind(tmp_path: Path) -> None:
    pid = tmp_path / "pid"

    def on_line(line: str) -> None:
        raise KeyboardInterrupt

    script = f"sleep 100 & echo $! > {pid}; echo go; wait"
    with pytest.raises(KeyboardInterrupt):
        command.run(["sh", "-c", script], deadline_seconds=10, on_line=on_line)
    assert gone(started(pid))


def test_a_child_that_keeps_the_pipe_open_does_not_keep_us_waiting(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    done = command.run(["sh", "-c", f"sleep 100 & echo $! > {pid}; echo done"], deadline_seconds=20)
    assert (done.output, done.returncode) == ("done\n", 0)
    assert done.seconds < 5
    assert gone(started(pid))


def test_a_large_output_arrives_whole() -> None:
    done = command.run(["seq", "200000"], deadline_seconds=20)
    assert done.output.splitlines() == [str(number) for number in range(1, 200001)]


def test_lines_can_be_read_in_instalments() -> None:
    with command.Process(["sh", "-c", "printf early; sleep 0.5; echo late"]) as process:
        first = [line for _, line in process.lines(0.2)]
        assert process.returncode is None
        second = [line for _, line in process.lines(10)]
    assert (first, second, process.returncode) == (["early"], ["late"], 0)


def test_lines_carry_the_time_they_came_at() -> None:
    with command.Process(["sh", "-c", "echo a; sleep 0.3; echo b"]) as process:
        (at_a, _), (at_b, _) = process.lines(10)
    assert 0.25 < at_b - at_a < 2


@pytest.mark.parametrize(
    ("signal_", "ends"), [(signal.SIGKILL, "killed"), (signal.SIGINT, "interrupted")]
)
def test_nothing_survives_afugen(tmp_path: Path, signal_: int, ends: str) -> None:
    pid = tmp_path / "pid"
    program = (
        "from afugen import command\n"
        f"command.run(['sh', '-c', 'echo $$ > {pid}; exec sleep 100'], deadline_seconds=None)\n"
    )
    afugen = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE)
    sleeper = started(pid)
    os.kill(afugen.pid, signal_)
    afugen.communicate()
    assert gone(sleeper), f"the program outlived an afugen that was {ends}"


def test_missing_tool_names_the_debian_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingToolError, match="apt-get install qemu-system-ppc"):
        command.run(["qemu-system-ppc64", "--version"], deadline_seconds=10)


def test_a_tool_of_no_known_package_is_missed_too() -> None:
    with pytest.raises(MissingToolError, match="provides no-such-program"):
        command.require("no-such-program")


def test_packages_say_why_and_how() -> None:
    packages = {package.name: package for package in command.packages()}
    assert packages["linux-source-6.1"].install == "apt-get install linux-source-6.1"
    assert all(package.why for package in packages.values())
    assert all(package.tools or package.files for package in packages.values())
