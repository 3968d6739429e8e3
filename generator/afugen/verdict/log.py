# SPDX-License-Identifier: GPL-2.0-only
"""A console log: the console of a boot, then one line of afugen's with what it does not show."""

from __future__ import annotations

import json
from pathlib import Path

from afugen.errors import InputError
from afugen.verdict.expected import ExpectedFailure
from afugen.verdict.results import Stage, Verdict
from afugen.verdict.run_outcome import Ending, EndingKind, judge
from afugen.verdict.transcript import parse_transcript

_PREFIX = b"\nafugen-log: "


def parse_log(source: Path | bytes, expected: tuple[ExpectedFailure, ...] = ()) -> Verdict:
    """Return the verdict on a console log, the same as after the boot itself.

    Raises InputError if the log cannot be read, or as `judge` does.
    """
    log = source if isinstance(source, Path) else None
    try:
        raw = source.read_bytes() if isinstance(source, Path) else source
    except OSError as error:
        raise InputError(f"{source!s}: {error.strerror}") from None
    console, ending = split_ending(raw)
    lines = console.decode(errors="replace").split("\n")
    return judge(parse_transcript(lines), ending, expected, log)


def append_ending(log: Path, ending: Ending) -> None:
    """Append the ending of a boot to its log, as one line."""
    value = {
        "machine": ending.machine,
        "how": ending.kind,
        "status": ending.qemu_status,
        "seconds": ending.limit_seconds,
        "stages": [[stage.name, stage.seconds] for stage in ending.stages],
    }
    with log.open("ab") as file:
        file.write(_PREFIX + json.dumps(value).encode() + b"\n")


def split_ending(raw: bytes) -> tuple[bytes, Ending]:
    """Return the console and the ending of a log; an UNKNOWN ending if the last line has none."""
    console, prefix, text = raw.rpartition(_PREFIX)
    if not prefix or text.strip().count(b"\n"):
        return raw, Ending()
    try:
        value = json.loads(text)
        ending = Ending(
            kind=EndingKind(value["how"]),
            qemu_status=value["status"],
            limit_seconds=float(value["seconds"]),
            machine=value["machine"],
            stages=tuple(Stage(str(name), float(s)) for name, s in value["stages"]),
        )
    except (ValueError, KeyError, TypeError):
        return raw, Ending()
    return console, ending
