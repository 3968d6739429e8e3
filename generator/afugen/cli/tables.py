# SPDX-License-Identifier: GPL-2.0-only
"""The command matrix."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from afugen.cli.output import refuse_unwritable, write_json, write_text
from afugen.cli.screen import Screen
from afugen.errors import InputError
from afugen.pipeline import matrix
from afugen.series import commits, tally
from afugen.spec import interface
from afugen.verdict import exit_code, worst


def matrix_of_results(arguments: argparse.Namespace) -> int:
    """Run the selftest on every version and stock kernel, and print the table."""
    matrix.require()
    if arguments.update is not None:
        _with_table(arguments.update, "")
        refuse_unwritable(arguments.update)
    with Screen() as screen:
        measured = [(one, matrix.measure(one, screen.progress)) for one in matrix.subjects()]
        columns = [column for _, column in measured]
        amiss = [column.name for column in columns if matrix.RUN in column.results]
        if arguments.update is not None and not amiss:
            _update(arguments.update, measured, screen)
    print(tally.plain(columns, interface.default().data.rows), end="")
    if arguments.update is not None and amiss:
        print(f"nothing is updated: see what became of {', '.join(amiss)}", file=sys.stderr)
    write_json(arguments, {column.name: column.results for column in columns})
    return exit_code(worst(outcome for column in columns for outcome in column.results.values()))


def _update(
    readme: Path, measured: list[tuple[matrix.Subject, tally.Column]], screen: Screen
) -> None:
    """Renew everything that is made of the results."""
    renewed = _with_table(
        readme, tally.markdown([column for _, column in measured], interface.default().data.rows)
    )
    for path, text in matrix.files(measured):
        write_text(path, text)
    write_text(readme, renewed)
    base = commits.golden_base(interface.default(), screen.progress)
    for subject, _ in measured:
        if not subject.is_stock:
            commits.renew_golden(subject.version, base)


def _with_table(path: Path, table: str) -> str:
    """Return a file with its table renewed; InputError if it has no table."""
    try:
        text = matrix.renewed(path.read_text(encoding="utf-8"), table)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {getattr(error, 'strerror', 'not UTF-8')}") from None
    if text is None:
        raise InputError(f"{path}: there is no table between {matrix.BEGIN.strip()} and its end")
    return text
