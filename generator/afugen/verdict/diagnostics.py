# SPDX-License-Identifier: GPL-2.0-only
"""The diagnostic lines of a test case, as values.

The selftest writes one `# key: value` line each: `observed` and `expected` when a test case fails,
`warning` for each splat, `promised-warning` for a splat that the test case provoked on purpose,
`duration_ms`. Where a failed test case wrote none of them, the lines of kselftest_harness.h are
used: the place, the assertion, how the process of the test case ended.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterable
from dataclasses import dataclass

from afugen.verdict.ktap import TestCase

_ASSERTION = re.compile(r"(?P<location>[\w./-]+\.[ch]:\d+):\w+:(?P<text>Expected .*)")
_END = re.compile(r"\w+: Test (?P<text>terminated .*|exited .*|ended .*|failed.*)")
_TIMEOUT = "terminated by timeout"
_SIGNAL = re.compile(r"terminated unexpectedly by signal (?P<number>\d+)")


def values(diagnostics: Iterable[str], key: str) -> tuple[str, ...]:
    """Return the values of all `key: value` diagnostics with this key, in order."""
    return tuple(
        text[len(key) + 2 :].strip() for text in diagnostics if text.startswith(f"{key}: ")
    )


@dataclass(frozen=True, slots=True)
class CaseDiagnostics:
    """The values in the diagnostics of a test case; `location` is file:line of its failure."""

    observed: tuple[str, ...]
    expected: str
    location: str
    warnings: tuple[str, ...]
    promised_warnings: tuple[str, ...]
    seconds: float | None

    @classmethod
    def parse(cls, test: TestCase) -> CaseDiagnostics:
        """Parse the diagnostics of a test case."""
        lines = test.diagnostics
        duration_ms = values(lines, "duration_ms")
        assertion = next(filter(None, map(_ASSERTION.match, lines)), None)
        asserted = (assertion["text"],) if assertion else ()
        location = (assertion["location"],) if assertion else ()
        warnings = values(lines, "warning")
        observed = values(lines, "observed") or _process_end(lines, asserted)
        return cls(
            # With warnings, the assertion that failed is the check for warnings itself.
            observed=() if warnings and observed == asserted else observed,
            expected="; ".join(values(lines, "expected")),
            location=", ".join(values(lines, "at") or location),
            warnings=warnings,
            promised_warnings=values(lines, "promised-warning"),
            seconds=_seconds(duration_ms[-1]) if duration_ms else None,
        )

    @property
    def splat_count(self) -> int:
        """Return the number of splats that the test case reports."""
        return len(self.warnings) + len(self.promised_warnings)


def _seconds(milliseconds: str) -> float | None:
    return int(milliseconds) / 1000 if milliseconds.isdecimal() else None


def _process_end(lines: Iterable[str], asserted: tuple[str, ...]) -> tuple[str, ...]:
    """Return "timeout" or the signal that killed the process, else the assertion, else its end."""
    ends = [match["text"] for match in map(_END.fullmatch, lines) if match]
    for end in ends:
        if end == _TIMEOUT:
            return ("timeout",)
        if match := _SIGNAL.match(end):
            return (f"killed by {_signal_name(int(match['number']))}",)
    return asserted or tuple(ends[:1])


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
