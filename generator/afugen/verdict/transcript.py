# SPDX-License-Identifier: GPL-2.0-only
"""A whole console, parsed: its KTAP and its splats, each splat with the test case that ran."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from afugen.verdict import console
from afugen.verdict.console import BootPhase, Splat, SplatKind, SplatParser
from afugen.verdict.ktap import CaseStart, KtapOutput, KtapParser, TestCase

# The last line that afugen's /init prints before it powers off.
_DONE = "# afugen: done"
# The case of a splat while no test case has announced its start: the next result names it.
_NEXT_CASE = ""
# The NIP line of an oops is among this many lines.
_OOPS_LINES = 60


@dataclass(frozen=True, slots=True)
class Transcript:
    """A parsed console.

    `running_case` is the test case that ran when the console ended. `has_case_starts` is True if
    test cases announced their start, `is_done` if afugen's /init completed.
    """

    lines: tuple[str, ...]
    ktap: KtapOutput
    splats: tuple[Splat, ...]
    phase: BootPhase
    running_case: str | None
    has_case_starts: bool
    is_done: bool
    qemu_error: str | None

    def splat_texts(self, kind: SplatKind) -> list[str]:
        """Return the texts of all splats of one kind, oldest first."""
        return [splat.text for splat in self.splats if splat.kind is kind]


class TranscriptParser:
    """A parser that receives console lines in order; its attributes are current after each line."""

    def __init__(self) -> None:
        self.running_case: str | None = None
        self.is_done = self.is_powered_down = self.has_panicked = False
        self._lines: list[str] = []
        self._splats: list[Splat] = []
        self._has_case_starts = False
        self._qemu_error: str | None = None
        self._splat_parser = SplatParser()
        self._ktap_parser = KtapParser()

    @property
    def has_kernel(self) -> bool:
        """Return whether the kernel has written a line."""
        return self._splat_parser.phase >= BootPhase.KERNEL

    @property
    def has_version_line(self) -> bool:
        """Return whether a KTAP version line was parsed."""
        return self._ktap_parser.has_version_line

    def feed(self, line: str) -> CaseStart | TestCase | None:
        """Parse one line; return the test case that it starts or, at the top level, ends."""
        line = console.clean_line(line)
        self._lines.append(line)
        self._qemu_error = console.qemu_error(line) or self._qemu_error
        self.is_powered_down |= console.is_power_down(line)
        self.is_done |= _DONE in line
        if splat := self._splat_parser.feed(line):
            self._add_splat(splat)
        event = self._ktap_parser.feed(line)
        if isinstance(event, CaseStart):
            self._has_case_starts, self.running_case = True, event.name
        elif event is not None:
            self._end_case(event.name)
        return event

    def finish(self) -> Transcript:
        """Return the parsed console, once the last line was fed."""
        return Transcript(
            lines=tuple(self._lines),
            ktap=self._ktap_parser.finish(),
            splats=tuple(map(self._with_location, self._splats)),
            phase=self._splat_parser.phase,
            running_case=self.running_case,
            has_case_starts=self._has_case_starts,
            is_done=self.is_done,
            qemu_error=self._qemu_error,
        )

    def _add_splat(self, splat: Splat) -> None:
        self.has_panicked |= splat.kind is SplatKind.PANIC
        is_pending = self.has_version_line and not self._has_case_starts
        case = self.running_case or (_NEXT_CASE if is_pending else None)
        self._splats.append(replace(splat, case=case))

    def _end_case(self, name: str) -> None:
        self._splats = [
            replace(splat, case=name) if splat.case == _NEXT_CASE else splat
            for splat in self._splats
        ]
        self.running_case = None

    def _with_location(self, splat: Splat) -> Splat:
        """Return an oops with its function appended, which the kernel prints after the registers.

        Any other splat is returned as it is.
        """
        if splat.kind is not SplatKind.OOPS:
            return splat
        report = self._lines[splat.line : splat.line + _OOPS_LINES]
        location = next(filter(None, map(console.oops_location, report)), "")
        return replace(splat, text=f"{splat.text}{location}")


def parse_transcript(lines: Iterable[str]) -> Transcript:
    """Parse all lines of a console."""
    parser = TranscriptParser()
    for line in lines:
        parser.feed(line)
    return parser.finish()
