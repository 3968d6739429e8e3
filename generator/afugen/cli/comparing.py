# SPDX-License-Identifier: GPL-2.0-only
"""The command that compares: diff."""

from __future__ import annotations

import argparse
import sys

from afugen.cli.output import uses_color, write_json, write_text
from afugen.cli.screen import Screen
from afugen.compare import listing, page, plain
from afugen.compare.inputs import Where
from afugen.pipeline import comparison


def diff(arguments: argparse.Namespace) -> int:
    """Two versions compared: a listing, and files for browsers and programs."""
    request = comparison.Request(
        arguments.before,
        arguments.after,
        Where(arguments.tree, arguments.base),
        builds=not arguments.no_build,
    )
    with Screen() as screen:
        whole = comparison.compare(request, screen.progress)
    sys.stdout.write(listing.to_text(whole, color=uses_color(sys.stdout)))
    if arguments.html is not None:
        write_text(arguments.html, page.to_html(whole))
    write_json(arguments, plain.to_plain(whole))
    return 0
