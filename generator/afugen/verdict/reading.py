# SPDX-License-Identifier: GPL-2.0-only
"""A console read from one end to the other: its test results, and the kernel's complaints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from afugen.verdict import console, ktap
from afugen.verdict.console import Phase, Trouble

# The last line of afugen's /init before it powers off.
_DONE = "# afugen: done"
# The case of a complaint whose case is known only when its result comes.
_PENDING = ""
# An oops names its function within this many lines.
_OOPS_LINES = 60


@dataclass(frozen=True, slots=True)
class Found:
    """A complaint of the kernel, and the case that ran when it came; falsy outside of cases."""

    trouble: Trouble
    case: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a whole console said. `open_case` is the case that ran when the lines ended."""

    lines: tuple[str, ...]
    suite: ktap.Suite
    troubles: tuple[Found, ...]
    phase: Phase
    open_case: str | None
    starts: bool
    done: bool
    powered_down: bool
    qemu_complaint: str | None


class Reader:
    """Takes lines as they come; the public attributes are up to date after each."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.troubles: list[Found] = []
        self.open_case: str | None = None
        self.starts = self.done = self.powered_down = False
        self.qemu_complaint: str | None = None
        self._scanner = console.Scanner()
        self._parser = ktap.Parser()

    @property
    def phase(self) -> Phase:
        """How far the boot has come."""
        return self._scanner.phase

    @property
    def seen(self) -> bool:
        """True once test results have begun."""
        return self._parser.seen

    @property
    def panicked(self) -> bool:
        """True once the kernel has given up."""
        return any(found.trouble.kind is console.Kind.PANIC for found in self.troubles)

    def feed(self, line: str) -> ktap.Started | ktap.Test | None:
        """Take one line; returns what it says about a test of the top level."""
        line = console.clean(line)
        self.lines.append(line)
        self.qemu_complaint = console.qemu_complaint(line) or self.qemu_complaint
        self.powered_down = self.powered_down or console.is_power_down(line)
        self.done = self.done or _DONE in line
        trouble = self._scanner.feed(line)
        if trouble is not None:
            pending = _PENDING if self._parser.seen and not self.starts else None
            self.troubles.append(Found(trouble, self.open_case or pending))
        event = self._parser.feed(line)
        if isinstance(event, ktap.Started):
            self.starts, self.open_case = True, event.name
        elif event is not None:
            self._ended(event)
        return event

    def finish(self) -> Reading:
        """Everything, once the last line has come."""
        return Reading(
            lines=tuple(self.lines),
            suite=self._parser.finish(),
            troubles=tuple(self._located(found) for found in self.troubles),
            phase=self.phase,
            open_case=self.open_case,
            starts=self.starts,
            done=self.done,
            powered_down=self.powered_down,
            qemu_complaint=self.qemu_complaint,
        )

    def _located(self, found: Found) -> Found:
        """An oops with the function it happened in, which the kernel says after the registers."""
        trouble = found.trouble
        if trouble.kind is not console.Kind.OOPS:
            return found
        report = self.lines[trouble.line : trouble.line + _OOPS_LINES]
        where = next(filter(None, map(console.function, report)), "")
        return replace(found, trouble=replace(trouble, text=f"{trouble.text}{where}"))

    def _ended(self, test: ktap.Test) -> None:
        """Where tests do not say that they start, what came before a result belongs to it."""
        self.troubles = [
            Found(found.trouble, test.name) if found.case == _PENDING else found
            for found in self.troubles
        ]
        self.open_case = None


def read(lines: Iterable[str]) -> Reading:
    """All of a console's lines at once."""
    reader = Reader()
    for line in lines:
        reader.feed(line)
    return reader.finish()
