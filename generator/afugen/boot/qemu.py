# SPDX-License-Identifier: GPL-2.0-only
"""QEMU: a kernel is booted, its console is written to a log, and a verdict is read from the log.

While QEMU runs, its console is parsed only for progress and to know when to stop waiting. The
verdict is read from the complete log, so that `afugen parse` returns the same one.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from afugen import command
from afugen.boot.machine import Limits, Machine
from afugen.command import Progress, ProgressEvent, ignore_progress
from afugen.errors import InputError
from afugen.verdict import (
    CaseStart,
    Ending,
    EndingKind,
    ExpectedFailure,
    Stage,
    TranscriptParser,
    Verdict,
    append_ending,
    case_results,
    parse_log,
)

# The interval in which the limits are checked.
_TICK_SECONDS = 0.2
# The time that a machine may take to power off after its tests or a panic.
_POWER_OFF_SECONDS = 3.0
_FLOOD_BYTES = 32 << 20
_STAGES = ("firmware", "kernel", "selftest", "power-off")


@dataclass(frozen=True, slots=True)
class BootRequest:
    """The kernel to boot, and on which machine.

    `log` is overwritten; `append` is added to the machine's kernel command line; `limits` replace
    the machine's.
    """

    machine: Machine
    vmlinux: Path
    initramfs: Path
    log: Path
    expected: tuple[ExpectedFailure, ...] = ()
    append: str = ""
    limits: Limits | None = None


def boot(request: BootRequest, progress: Progress = ignore_progress) -> Verdict:
    """Boot the kernel and return the verdict on its console.

    Raises MissingToolError without QEMU; InputError if a file is missing, or a failure is
    expected of a test that does not exist. A boot that fails is a verdict, never an exception.
    """
    for file in (request.vmlinux, request.initramfs):
        if not file.is_file():
            raise InputError(f"{file}: there is no such file to boot")
    request.log.parent.mkdir(parents=True, exist_ok=True)
    watch = _Watch(request, progress)
    kind, status = EndingKind.INTERRUPTED, None
    try:
        with command.Process(command_line(request), log=request.log) as process:
            kind, status = watch.wait(process)
    finally:
        if request.log.exists():
            append_ending(request.log, watch.ending(kind, status))
    return parse_log(request.log, request.expected)


def command_line(request: BootRequest) -> tuple[str, ...]:
    """Return QEMU's command line."""
    machine = request.machine
    return (
        machine.qemu,
        *machine.arguments,
        "-kernel",
        str(request.vmlinux),
        "-initrd",
        str(request.initramfs),
        "-append",
        f"{machine.append} {request.append}".strip(),
    )


class _Watch:
    """The state of a running boot: the stages it has reached, and when."""

    def __init__(self, request: BootRequest, progress: Progress) -> None:
        self._request, self._progress = request, progress
        self._limits = request.limits or request.machine.limits
        self._expected = {failure.test: failure for failure in request.expected}
        self._parser = TranscriptParser()
        self._start = self._last_line = time.monotonic()
        self._stage_ends: dict[str, float] = {}
        self._stop_at: float | None = None

    def wait(self, process: command.Process) -> tuple[EndingKind, int | None]:
        """Wait until the boot ends; return how, and the status of QEMU if it exited."""
        self._report("firmware")
        with self._request.log.open("rb") as log:
            rest = b""
            while True:
                for _ in process.lines(_TICK_SECONDS):
                    # The log is read by whole lines, because a tick may cut a line in two.
                    *lines, rest = (rest + log.read()).split(b"\n")
                    for line in lines:
                        self._feed(line.decode(errors="replace"))
                    if self._parser.is_done and self._parser.is_powered_down:
                        return EndingKind.STOPPED, None
                if process.returncode is not None:
                    return EndingKind.EXITED, process.returncode
                if kind := self._exceeded_limit():
                    return kind, None

    def ending(self, kind: EndingKind, status: int | None) -> Ending:
        """Return the ending for the log."""
        limits = self._limits
        late = limits.total if self._parser.has_version_line else limits.boot
        seconds = {
            EndingKind.SILENT: limits.silence,
            EndingKind.LATE: min(late, limits.total),
        }.get(kind, 0)
        return Ending(kind, status, seconds, self._request.machine.name, self._stages())

    def _feed(self, line: str) -> None:
        self._last_line = time.monotonic()
        parser = self._parser
        event = parser.feed(line)
        reached = (parser.has_kernel, parser.has_version_line, parser.is_done)
        for index, (stage, next_stage) in enumerate(pairwise(_STAGES)):
            if any(reached[index:]) and stage not in self._stage_ends:
                self._stage_ends[stage] = self._last_line
                self._report(next_stage)
        if self._stop_at is None and (parser.has_panicked or parser.is_done):
            self._stop_at = self._last_line + _POWER_OFF_SECONDS
        if isinstance(event, CaseStart):
            self._report(event.name)
        elif event is not None:
            for result in case_results(event, self._expected, {}):
                self._report(f"{result.name}: {result.outcome}")

    def _report(self, message: str) -> None:
        self._progress(ProgressEvent("boot", message))

    def _exceeded_limit(self) -> EndingKind | None:
        now = time.monotonic()
        total = now - self._start
        if self._stop_at is not None and now > self._stop_at:
            return EndingKind.STOPPED
        if total > self._limits.total:
            return EndingKind.LATE
        if not self._parser.has_version_line:
            return EndingKind.LATE if total > self._limits.boot else None
        if now - self._last_line > self._limits.silence:
            return EndingKind.SILENT
        is_flood = self._request.log.stat().st_size > _FLOOD_BYTES
        return EndingKind.FLOOD if is_flood else None

    def _stages(self) -> tuple[Stage, ...]:
        """Return the stages that the boot reached, the last one until now."""
        ends = [*self._stage_ends.values(), time.monotonic()]
        starts = [self._start, *self._stage_ends.values()]
        return tuple(
            Stage(name, round(end - start, 3))
            for name, start, end in zip(_STAGES, starts, ends, strict=False)
        )
