# SPDX-License-Identifier: GPL-2.0-only
"""The command diff."""

from __future__ import annotations

import argparse
import sys

from afugen.cli.output import uses_color, write_json, write_text
from afugen.cli.screen import Screen
from afugen.compare import TreeOptions, to_html, to_json, to_text
from afugen.pipeline.comparison import DiffRequest, make_report


def diff(arguments: argparse.Namespace) -> int:
    """Print the report of two versions, and write it as HTML and JSON."""
    request = DiffRequest(
        arguments.before,
        arguments.after,
        TreeOptions(arguments.tree, arguments.base),
        builds=not arguments.no_build,
    )
    with Screen() as screen:
        report = make_report(request, screen.progress)
    sys.stdout.write(to_text(report, color=uses_color(sys.stdout)))
    if arguments.html is not None:
        write_text(arguments.html, to_html(report))
    write_json(arguments, to_json(report))
    return 0
