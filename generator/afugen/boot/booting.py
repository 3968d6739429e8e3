# SPDX-License-Identifier: GPL-2.0-only
"""Boot a kernel under QEMU, watch its console, and say how that went.

While it runs, the console is watched only to tell how far it is and when there is nothing more
to wait for. The verdict is then read from the log, as `parse_log` reads a saved one: the last
line of the log is afugen's own and holds what a console cannot tell (how it ended, times).
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from afugen import command
from afugen.boot.machine import Limits, Machine
from afugen.command import Progress, ProgressEvent, ignore_progress
from afugen.errors import InputError
from afugen.verdict import cases, reading, verdict
from afugen.verdict.console import Phase
from afugen.verdict.expected import ExpectedFailure
from afugen.verdict.ktap import Started, Test
from afugen.verdict.results import Stage, Verdict
from afugen.verdict.verdict import Ending, How

# How often limits are looked at, and how long a machine may take to go after its last words.
_TICK_SECONDS = 0.2
_LAST_WORDS_SECONDS = 3.0
_FLOOD_BYTES = 32 << 20
_STAGES = ("firmware", "kernel", "selftest", "power-off")
_FOOTER = b"afugen-log: "


@dataclass(frozen=True, slots=True)
class BootRequest:
    """What to boot on which machine; `log` is written anew, line by line as they come.

    `append` is added to the machine's kernel command line; `limits` replace the machine's.
    """

    machine: Machine
    vmlinux: Path
    initramfs: Path
    log: Path
    expected: tuple[ExpectedFailure, ...] = ()
    append: str = ""
    limits: Limits | None = None


def command_line(request: BootRequest) -> tuple[str, ...]:
    """QEMU's command line, as a user could type it."""
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


def boot(request: BootRequest, progress: Progress = ignore_progress) -> Verdict:
    """Boot, watch, judge. MissingTool without QEMU; how the boot went is never an exception.

    InputError if a file is missing, or a failure is expected of a test that does not exist.
    """
    for file in (request.vmlinux, request.initramfs):
        if not file.is_file():
            raise InputError(f"{file}: there is no such file to boot")
    request.log.parent.mkdir(parents=True, exist_ok=True)
    watch = _Watch(request, progress)
    how, status = How.INTERRUPTED, None
    try:
        with command.Process(command_line(request), log=request.log) as process:
            how, status = watch.until_over(process)
    finally:
        if request.log.exists():
            _append_footer(request.log, watch.ending(how, status))
    return parse_log(request.log, request.expected)


def parse_log(source: Path | bytes, expected: tuple[ExpectedFailure, ...] = ()) -> Verdict:
    """The verdict of a saved console, the same as when it was booted."""
    log = source if isinstance(source, Path) else None
    try:
        raw = source.read_bytes() if isinstance(source, Path) else source
    except OSError as error:
        raise InputError(f"{source!s}: {error.strerror}") from None
    console, ending = _split_footer(raw)
    lines = console.decode(errors="replace").split("\n")
    return verdict.judge(reading.read(lines), ending, expected, log)


class _Watch:
    """What is known of a running boot: how far, since when, and whether to go on waiting."""

    def __init__(self, request: BootRequest, progress: Progress) -> None:
        self._request, self._progress = request, progress
        self._limits = request.limits or request.machine.limits
        self._expected = {failure.test: failure for failure in request.expected}
        self._reader = reading.Reader()
        self._start = self._last = time.monotonic()
        self._ended: dict[str, float] = {}
        self._over_at: float | None = None

    def until_over(self, process: command.Process) -> tuple[How, int | None]:
        """Watch until the machine is off or there is nothing more to wait for."""
        self._tell("firmware")
        with self._request.log.open("rb") as log:
            rest = b""
            while True:
                for _ in process.lines(_TICK_SECONDS):
                    # Whole lines only: a tick may have cut one in two.
                    *lines, rest = (rest + log.read()).split(b"\n")
                    for line in lines:
                        self._take(line.decode(errors="replace"))
                    if self._reader.done and self._reader.powered_down:
                        return How.STOPPED, None
                if process.returncode is not None:
                    return How.EXITED, process.returncode
                if how := self._out_of_patience():
                    return how, None

    def ending(self, how: How, status: int | None) -> Ending:
        """How it ended, for the log's last line."""
        limits = self._limits
        late = limits.total if self._reader.seen else limits.boot
        seconds = {How.SILENT: limits.silence, How.LATE: min(late, limits.total)}.get(how, 0)
        return Ending(how, status, seconds, self._request.machine.name, self._stages())

    def _take(self, line: str) -> None:
        self._last = time.monotonic()
        event = self._reader.feed(line)
        past = (self._reader.phase >= Phase.KERNEL, self._reader.seen, self._reader.done)
        for index, (stage, next_stage) in enumerate(pairwise(_STAGES)):
            if any(past[index:]) and stage not in self._ended:
                self._ended[stage] = self._last
                self._tell(next_stage)
        if self._over_at is None and (self._reader.panicked or self._reader.done):
            self._over_at = self._last + _LAST_WORDS_SECONDS
        if event is not None:
            self._tell_event(event)

    def _tell_event(self, event: Started | Test) -> None:
        if isinstance(event, Started):
            return self._tell(event.name)
        for result in cases.results(event, self._expected, {}):
            self._tell(f"{result.name}: {result.outcome}")
        return None

    def _tell(self, message: str) -> None:
        self._progress(ProgressEvent("boot", message))

    def _out_of_patience(self) -> How | None:
        now = time.monotonic()
        total = now - self._start
        if self._over_at is not None and now > self._over_at:
            return How.STOPPED
        if total > self._limits.total:
            return How.LATE
        if not self._reader.seen:
            return How.LATE if total > self._limits.boot else None
        if now - self._last > self._limits.silence:
            return How.SILENT
        return How.FLOOD if self._request.log.stat().st_size > _FLOOD_BYTES else None

    def _stages(self) -> tuple[Stage, ...]:
        """Seconds of each part of the boot that was reached; the last one lasts until now."""
        until = [*self._ended.values(), time.monotonic()]
        since = [self._start, *self._ended.values()]
        return tuple(
            Stage(name, round(end - begin, 3))
            for name, begin, end in zip(_STAGES, since, until, strict=False)
        )


def _append_footer(log: Path, ending: Ending) -> None:
    """Write how it ended as the last line of the log, on a line of its own."""
    value = {
        "machine": ending.machine,
        "how": ending.how,
        "status": ending.status,
        "seconds": ending.seconds,
        "stages": [[stage.name, stage.seconds] for stage in ending.stages],
    }
    with log.open("ab") as file:
        file.write(b"\n" + _FOOTER + json.dumps(value).encode() + b"\n")


def _split_footer(raw: bytes) -> tuple[bytes, Ending]:
    """A log's console and its ending; UNKNOWN if the last line is not afugen's."""
    console, mark, footer = raw.rpartition(b"\n" + _FOOTER)
    if not mark or footer.strip().count(b"\n"):
        return raw, Ending()
    try:
        value = json.loads(footer)
        ending = Ending(
            how=How(value["how"]),
            status=value["status"],
            seconds=float(value["seconds"]),
            machine=value["machine"],
            stages=tuple(Stage(str(name), float(s)) for name, s in value["stages"]),
        )
    except (ValueError, KeyError, TypeError):
        return raw, Ending()
    return console, ending
