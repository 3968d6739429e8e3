# SPDX-License-Identifier: GPL-2.0-only
"""What firmware and kernel say on a console, apart from test results: how far, and what trouble.

Messages are those of Linux 6.1 and 6.12 on powerpc (kernel/panic.c, kernel/rcu/tree_stall.h,
kernel/watchdog.c, arch/powerpc/kernel/traps.c, arch/powerpc/mm/fault.c, lib/bug.c) and of skiboot
7 (core/init.c).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Phase(IntEnum):
    """How far a boot came."""

    NOTHING = 0
    FIRMWARE = 1
    KERNEL = 2
    INIT = 3


class Kind(StrEnum):
    """What the console complains of. A stall is a processor or a task that does not get on.

    FIRMWARE is skiboot's own crash, which is how it meets a kernel that is not one.
    """

    FIRMWARE = "firmware"
    WARN = "warn"
    STALL = "stall"
    OOPS = "oops"
    PANIC = "panic"


@dataclass(frozen=True, slots=True)
class Trouble:
    """One complaint. `line` is where its report begins, counting from 0."""

    kind: Kind
    text: str
    line: int


_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b.|[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")
_STAMP = re.compile(r"^(?:<\d+>)?\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?")
_FIRMWARE = re.compile(r"^\[ *\d+\.\d{9},\d\] ")
_FIRMWARE_CRASH = re.compile(r"Fatal (?:Exception|MCE) .*")
_KERNEL = re.compile(r"Linux version \d")
_INIT = re.compile(r"Run \S+ as init process")
_POWER_DOWN = re.compile(r"reboot: Power down|OPAL: (?:Shutdown|Reboot) request")
_QEMU = re.compile(r"^qemu(?:-system-\w+)?: (?!terminating on signal|warning:)(?P<text>.+)$")

_PANIC = re.compile(r"Kernel panic - not syncing: ?(?P<text>.*)")
_OOPS = re.compile(r"Oops: .*\[#\d+\]")
_NIP = re.compile(r"^NIP \[[0-9a-f]+\] (?P<where>[A-Za-z_][\w.]*)\+\S+(?P<module> \[\w+\])?")
_CAUSE = re.compile(
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
# What a test says of the kernel's messages is not another message.
_SAID_BY_TEST = re.compile(r"# [a-z][a-z_-]*: .*|^\s*# .*")
_CUT = re.compile(r"-+\[ cut here \]-+")


def clean(line: str) -> str:
    """The line without escape sequences and control characters; nobody's terminal needs those."""
    return plain(line).rstrip()


def plain(part: str) -> str:
    """A part of a line, cleaned likewise but for the spaces at its end."""
    return _CONTROL.sub("", part)


def qemu_complaint(line: str) -> str | None:
    """What QEMU itself complains of, if this line is one of its own."""
    match = _QEMU.match(line)
    return match["text"] if match else None


def is_power_down(line: str) -> bool:
    """True once the kernel has handed the machine back."""
    return _POWER_DOWN.search(line) is not None


def function(line: str) -> str:
    """Where an oops happened, as " in function [module]", if this line of it says so."""
    match = _NIP.search(line)
    return f" in {match['where']}{match['module'] or ''}" if match else ""


class Scanner:
    """Takes lines one at a time and keeps what they tell about the machine."""

    def __init__(self) -> None:
        self.phase = Phase.NOTHING
        self.count = 0
        self._cut: tuple[int, str] | None = None
        self._cause: tuple[int, str] | None = None

    def feed(self, line: str) -> Trouble | None:
        """The complaint that this line completes, if any."""
        number, self.count = self.count, self.count + 1
        self._advance(line)
        if _FIRMWARE.match(line):
            crash = _FIRMWARE_CRASH.search(line)
            return Trouble(Kind.FIRMWARE, crash.group(), number) if crash else None
        text = _SAID_BY_TEST.sub("", _STAMP.sub("", line))
        if match := _PANIC.search(text):
            return Trouble(Kind.PANIC, match.group(), number)
        if match := _OOPS.search(text):
            start, cause = self._cause or (number, match.group())
            self._cause = None
            return Trouble(Kind.OOPS, cause, start)
        if match := _STALL.search(text):
            return Trouble(Kind.STALL, text.strip(), number)
        if match := _WARN.search(text):
            return self._warning(number, text[match.start() :].strip())
        self._remember(number, text)
        return None

    def _warning(self, number: int, text: str) -> Trouble:
        """A WARN's own text, if it has one, is the line between `cut here` and WARNING."""
        start, said = self._cut or (number, "")
        self._cut = None
        return Trouble(Kind.WARN, f"{said} {text}".strip(), start)

    def _remember(self, number: int, text: str) -> None:
        if _CUT.search(text):
            self._cut = (number, "")
        elif self._cut is not None and number == self._cut[0] + 1:
            self._cut = (self._cut[0], text.strip())
        elif self._cut is not None and number > self._cut[0] + 1:
            self._cut = None
        if match := _CAUSE.search(text):
            self._cause = (number, text[match.start() :].strip())

    def _advance(self, line: str) -> None:
        if self.phase is Phase.NOTHING and _FIRMWARE.match(line):
            self.phase = Phase.FIRMWARE
        if self.phase < Phase.KERNEL and _KERNEL.search(line):
            self.phase = Phase.KERNEL
        if self.phase < Phase.INIT and _INIT.search(line):
            self.phase = Phase.INIT
