# SPDX-License-Identifier: GPL-2.0-only
"""Recognition of firmware, kernel and QEMU messages in the lines of a console.

Messages are those of Linux 6.1 and 6.12 on powerpc (kernel/panic.c, kernel/rcu/tree_stall.h,
kernel/watchdog.c, arch/powerpc/kernel/traps.c, arch/powerpc/mm/fault.c, lib/bug.c) and of skiboot
7 (core/init.c).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class BootPhase(IntEnum):
    """The last phase that a boot reached."""

    NOTHING = 0
    FIRMWARE = 1
    KERNEL = 2
    INIT = 3


class SplatKind(StrEnum):
    """The kinds of splats.

    FIRMWARE is a crash of skiboot, which is how skiboot reacts to a file that is not a kernel.
    STALL is a processor or a task that makes no progress.
    """

    FIRMWARE = "firmware"
    WARN = "warn"
    STALL = "stall"
    OOPS = "oops"
    PANIC = "panic"


@dataclass(frozen=True, slots=True)
class Splat:
    """One error report of the kernel or the firmware.

    `line` is the index of its first line. `case` is the name of the test case that ran; it is
    None or "" outside of test cases.
    """

    kind: SplatKind
    text: str
    line: int
    case: str | None = None


_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b.|[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")
# The kernel's prefix of a line: level, seconds since boot, thread or processor.
_TIMESTAMP = re.compile(r"^(?:<\d+>)?\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?")
_FIRMWARE = re.compile(r"^\[ *\d+\.\d{9},\d\] ")
_FIRMWARE_CRASH = re.compile(r"Fatal (?:Exception|MCE) .*")
_KERNEL = re.compile(r"Linux version \d")
_INIT = re.compile(r"Run \S+ as init process")
_POWER_DOWN = re.compile(r"reboot: Power down|OPAL: (?:Shutdown|Reboot) request")
_QEMU = re.compile(r"^qemu(?:-system-\w+)?: (?!terminating on signal|warning:)(?P<text>.+)$")

_PANIC = re.compile(r"Kernel panic - not syncing: ?(?P<text>.*)")
_OOPS = re.compile(r"Oops: .*\[#\d+\]")
_NIP = re.compile(r"^NIP \[[0-9a-f]+\] (?P<where>[A-Za-z_][\w.]*)\+\S+(?P<module> \[\w+\])?")
_OOPS_CAUSE = re.compile(
    r"BUG: (?:Kernel|kernel|Unable)|Unable to handle kernel|kernel BUG at|Bad kernel"
)
_WARN = re.compile(
    r"WARNING: CPU: \d+ PID: \d+ at |^WARNING: (?=\S+:\d+ at )|"
    r"^WARNING: (?:possible|suspicious|inconsistent|bad|held)|^INFO: (?:possible|inconsistent)|"
    r"^UBSAN: |^BUG: (?:KASAN|KFENCE|KCSAN|KMSAN|sleeping|scheduling|workqueue|spinlock|Bad page|"
    r"Bad rss|unable to allocate)"
)
_STALL = re.compile(
    r"rcu: INFO: \S+ (?:self-)?detected (?:expedited )?stall|BUG: soft lockup|(?:Hard|hard) LOCKUP|"
    r"INFO: task .* blocked for more than|self-detected stall on CPU"
)
# A diagnostic of a test that quotes a kernel message is not a second message.
_DIAGNOSTIC = re.compile(r"# [a-z][a-z_-]*: .*|^\s*# .*")
_CUT_HERE = re.compile(r"-+\[ cut here \]-+")


def clean_line(line: str) -> str:
    """Return the line without escape sequences, control characters and trailing whitespace."""
    return strip_control(line).rstrip()


def strip_control(text: str) -> str:
    """Return the text without escape sequences and control characters."""
    return _CONTROL.sub("", text)


def strip_timestamp(line: str) -> str:
    """Return the line without the level, timestamp and thread that the kernel puts before it."""
    return _TIMESTAMP.sub("", line)


def qemu_error(line: str) -> str | None:
    """Return the text of an error message of QEMU, or None for any other line."""
    match = _QEMU.match(line)
    return match["text"] if match else None


def is_power_down(line: str) -> bool:
    """Return whether the line announces that the kernel or the firmware powers off or reboots."""
    return _POWER_DOWN.search(line) is not None


def oops_location(line: str) -> str:
    """Return " in function [module]" for the NIP line of an oops, or "" for any other line."""
    match = _NIP.search(line)
    return f" in {match['where']}{match['module'] or ''}" if match else ""


class SplatParser:
    """A parser that receives console lines in order and keeps the boot phase in `phase`."""

    def __init__(self) -> None:
        self.phase = BootPhase.NOTHING
        self._next_line = 0
        self._cut_here: tuple[int, str] | None = None
        self._oops_cause: tuple[int, str] | None = None

    def feed(self, line: str) -> Splat | None:
        """Return the splat whose identifying line this is, or None."""
        number, self._next_line = self._next_line, self._next_line + 1
        self._update_phase(line)
        if _FIRMWARE.match(line):
            crash = _FIRMWARE_CRASH.search(line)
            return Splat(SplatKind.FIRMWARE, crash.group(), number) if crash else None
        text = _DIAGNOSTIC.sub("", strip_timestamp(line))
        if match := _PANIC.search(text):
            return Splat(SplatKind.PANIC, match.group(), number)
        if match := _OOPS.search(text):
            start, cause = self._oops_cause or (number, match.group())
            self._oops_cause = None
            return Splat(SplatKind.OOPS, cause, start)
        if match := _STALL.search(text):
            return Splat(SplatKind.STALL, text.strip(), number)
        if match := _WARN.search(text):
            return self._warn(number, text[match.start() :].strip())
        self._remember_context(number, text)
        return None

    def _warn(self, number: int, text: str) -> Splat:
        """Return a WARN with its message, which stands between `cut here` and the WARNING line."""
        start, message = self._cut_here or (number, "")
        self._cut_here = None
        return Splat(SplatKind.WARN, f"{message} {text}".strip(), start)

    def _remember_context(self, number: int, text: str) -> None:
        if _CUT_HERE.search(text):
            self._cut_here = (number, "")
        elif self._cut_here is not None and number == self._cut_here[0] + 1:
            self._cut_here = (self._cut_here[0], text.strip())
        elif self._cut_here is not None and number > self._cut_here[0] + 1:
            self._cut_here = None
        if match := _OOPS_CAUSE.search(text):
            self._oops_cause = (number, text[match.start() :].strip())

    def _update_phase(self, line: str) -> None:
        if self.phase is BootPhase.NOTHING and _FIRMWARE.match(line):
            self.phase = BootPhase.FIRMWARE
        if self.phase < BootPhase.KERNEL and _KERNEL.search(line):
            self.phase = BootPhase.KERNEL
        if self.phase < BootPhase.INIT and _INIT.search(line):
            self.phase = BootPhase.INIT
