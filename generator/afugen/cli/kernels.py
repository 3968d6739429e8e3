# SPDX-License-Identifier: GPL-2.0-only
"""The commands run, build, boot and parse."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from afugen.cli.output import uses_color, write_json, write_text
from afugen.cli.screen import Screen
from afugen.pipeline import run
from afugen.series import version
from afugen.verdict import Verdict, exit_code, parse_log, to_json, to_junit, to_text


def _version(word: str) -> version.Version | None:
    return None if word == "none" else version.find(word)


def _request(arguments: argparse.Namespace) -> run.Request:
    return run.Request(
        version=_version(arguments.spec),
        tree=arguments.tree,
        base=arguments.base,
        is_stock=version.is_stock(arguments.spec),
    )


def build(arguments: argparse.Namespace) -> int:
    """Build the kernel, its modules and the test programs in the cache."""
    with Screen() as screen:
        built = run.build_only(_request(arguments), screen.progress)
    record = built.log.parent
    for path in (built.vmlinux, *built.modules, built.initramfs, record / "reproduce.sh"):
        if path is not None:
            print(path)
    for message in built.messages:
        print(message, file=sys.stderr)
    if built.reason:
        print(f"{built.outcome}: {built.reason} (log: {built.log})", file=sys.stderr)
    write_json(arguments, json.loads((record / "metadata.json").read_text()))
    return exit_code(built.outcome)


def run_all(arguments: argparse.Namespace) -> int:
    """Go from a spec to a verdict."""
    request = replace(
        _request(arguments),
        machine=arguments.machine,
        timeout_seconds=arguments.timeout,
        is_whole=arguments.command == "run",
    )
    with Screen() as screen:
        result = run.run(request, screen.progress)
    for patch in result.patches:
        print(f"patch: {patch}", file=sys.stderr)
    code = _show(arguments, result.verdict)
    if getattr(arguments, "html", None) is not None:
        write_page(arguments, result.verdict)
    return code


def write_page(arguments: argparse.Namespace, verdict: Verdict) -> None:
    """Write the report of one version: its changes to the tree, and its verdict."""
    # Only those who want a page wait for what makes one.
    from afugen.compare import NO_SERIES, TreeOptions, to_html  # noqa: PLC0415
    from afugen.pipeline.comparison import DiffRequest, make_report  # noqa: PLC0415

    options = TreeOptions(arguments.tree, None if arguments.tree is None else arguments.base)
    request = DiffRequest(NO_SERIES, arguments.spec, options, verdict=verdict)
    with Screen() as screen:
        write_text(arguments.html, to_html(make_report(request, screen.progress)))


def parse(arguments: argparse.Namespace) -> int:
    """Print the verdict on a saved console log."""
    chosen = _version(arguments.spec) if arguments.spec else None
    expected = chosen.expected if chosen else ()
    source: Path | bytes = arguments.log
    if str(arguments.log) == "-":
        source = sys.stdin.buffer.read()
    return _show(arguments, parse_log(source, expected))


def _show(arguments: argparse.Namespace, verdict: Verdict) -> int:
    print(to_text(verdict, color=uses_color(sys.stdout)), end="")
    write_text(arguments.json, to_json(verdict))
    write_text(arguments.junit, to_junit(verdict))
    return exit_code(verdict.outcome)
