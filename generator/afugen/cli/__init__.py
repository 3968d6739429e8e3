# SPDX-License-Identifier: GPL-2.0-only
"""The command `afugen`: prints, draws progress and picks exit codes; nothing else does."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from afugen.cli.arguments import parser
from afugen.cli.output import open_stdout, refuse_lost_results, results_apart
from afugen.errors import AfugenError, InfraError

INTERRUPTED = 130

_FUNCTIONS = {
    "render": ("changes", "render"),
    "apply": ("changes", "apply"),
    "baseline": ("changes", "baseline"),
    "series": ("changes", "write_series"),
    "check": ("changes", "check"),
    "review": ("reviewing", "ledger"),
    "run": ("kernels", "run_all"),
    "build": ("kernels", "build"),
    "boot": ("kernels", "run_all"),
    "matrix": ("tables", "matrix_of_results"),
    "diff": ("comparing", "diff"),
    "parse": ("kernels", "parse"),
    "interfaces": ("about", "interfaces"),
    "interface": ("about", "describe_interface"),
    "schema": ("about", "schema"),
    "doctor": ("about", "diagnose"),
    "completion": ("completion", "completion"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit codes are those of docs/reference/outcomes.md."""
    arguments = parser().parse_args(argv)
    open_stdout()
    try:
        refuse_lost_results(arguments)
        # Imported when it is known what is needed: a render should not wait for what a boot needs.
        module, function = _FUNCTIONS[arguments.command]
        command = getattr(importlib.import_module(f"afugen.cli.{module}"), function)
        with results_apart(arguments):
            return int(command(arguments))
    except AfugenError as error:
        print(f"afugen: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("afugen: interrupted", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:
        # The disk is full, the cache cannot be written: the machine's, not the series' fault.
        print(f"afugen: {error.filename or 'system'}: {error.strerror}", file=sys.stderr)
        return InfraError.exit_code
