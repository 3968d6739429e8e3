# SPDX-License-Identifier: GPL-2.0-only
"""Progress on stderr: one line that is redrawn on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from types import TracebackType
from typing import Self, TextIO

from afugen.command import ProgressEvent

REDRAW_SECONDS = 0.1
REPORT_SECONDS = 15.0


class Screen:
    """A context manager that shows progress events and leaves no half line behind."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._redraws = self._stream.isatty()
        self._stage = ""
        self._shown_at = 0.0
        self._is_dirty = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.clear()

    def progress(self, event: ProgressEvent) -> None:
        """Show an event, unless the last one was shown less than a moment ago."""
        now = time.monotonic()
        is_new = event.stage != self._stage
        if not is_new and now - self._shown_at < (
            REDRAW_SECONDS if self._redraws else REPORT_SECONDS
        ):
            return
        self._stage, self._shown_at = event.stage, now
        if self._redraws:
            columns = shutil.get_terminal_size().columns
            self._write(f"\r\x1b[K{line(event)[: columns - 1]}")
            self._is_dirty = True
        else:
            self._write(f"afugen: {line(event)}\n")

    def clear(self) -> None:
        """Remove the line that is being redrawn."""
        if self._is_dirty:
            self._write("\r\x1b[K")
            self._is_dirty = False

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def line(event: ProgressEvent) -> str:
    """Return an event in one line: stage, share done, time left, message."""
    parts = [event.stage]
    if event.fraction is not None:
        parts.append(f"{event.fraction:4.0%}")
    if event.eta_seconds is not None:
        parts.append(f"about {duration(event.eta_seconds)} left")
    return " ".join(parts) + (f": {event.message}" if event.message else "")


def duration(seconds: float) -> str:
    """Return seconds in words, such as `2 min 10 s`."""
    whole = round(seconds)
    return f"{whole} s" if whole < 90 else f"{whole // 60} min {whole % 60:02} s"
