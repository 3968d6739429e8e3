# SPDX-License-Identifier: GPL-2.0-only
"""Commands that build and boot: run, build, boot, parse."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from afugen import boot, report, results, run, version
from afugen.cli.output import uses_color, write_json, write_text
from afugen.cli.screen import Screen
from afugen.results import Verdict


def _request(arguments: argparse.Namespace) -> run.Request:
    return run.Request(
        version=version.find(arguments.spec),
        tree=arguments.tree,
        base=arguments.base,
        machine=getattr(arguments, "machine", "powernv9"),
        timeout_seconds=getattr(arguments, "timeout", None),
    )


def build(arguments: argparse.Namespace) -> int:
    """The kernel and modules, in the cache."""
    with Screen() as screen:
        built = run.build(_request(arguments), screen.progress)
    for line in built.lines:
        print(line)
    write_json(arguments, built.as_json())
    return results.exit_code(built.outcome)


def run_all(arguments: argparse.Namespace) -> int:
    """Spec to verdict."""
    with Screen() as screen:
        verdict = run.run(_request(arguments), screen.progress)
    return _show(arguments, verdict)


def parse(arguments: argparse.Namespace) -> int:
    """The verdict of a saved console log."""
    expected = version.find(arguments.spec).expected if arguments.spec else ()
    source: Path | bytes = arguments.log
    if str(arguments.log) == "-":
        source = sys.stdin.buffer.read()
    return _show(arguments, boot.parse_log(source, expected))


def _show(arguments: argparse.Namespace, verdict: Verdict) -> int:
    to_stdout = str(arguments.json) == "-"
    stream = sys.stderr if to_stdout else sys.stdout
    print(report.to_text(verdict, color=uses_color(stream)), file=stream, end="")
    write_text(arguments.json, report.to_json(verdict))
    write_text(arguments.junit, report.to_junit(verdict))
    return results.exit_code(verdict.outcome)
