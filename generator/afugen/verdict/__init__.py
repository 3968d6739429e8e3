# SPDX-License-Identifier: GPL-2.0-only
"""From a console to one outcome.

The values are imported at once. The functions that parse, judge and report are imported when they
are first used: `afugen render` needs the outcomes, but neither rich, junitparser nor the parsers.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from afugen.verdict.expected import ExpectedFailure, load_expected
from afugen.verdict.results import GOOD, Outcome, Stage, TestResult, Verdict, exit_code, worst

if TYPE_CHECKING:
    from afugen.verdict.case_outcome import case_results
    from afugen.verdict.console import strip_control
    from afugen.verdict.ktap import CaseStart
    from afugen.verdict.log import append_ending, parse_log
    from afugen.verdict.report import to_json, to_junit, to_text
    from afugen.verdict.run_outcome import Ending, EndingKind
    from afugen.verdict.transcript import TranscriptParser

__all__ = [
    "GOOD",
    "CaseStart",
    "Ending",
    "EndingKind",
    "ExpectedFailure",
    "Outcome",
    "Stage",
    "TestResult",
    "TranscriptParser",
    "Verdict",
    "append_ending",
    "case_results",
    "exit_code",
    "load_expected",
    "parse_log",
    "strip_control",
    "to_json",
    "to_junit",
    "to_text",
    "worst",
]

_MODULES = {
    "CaseStart": "ktap",
    "Ending": "run_outcome",
    "EndingKind": "run_outcome",
    "TranscriptParser": "transcript",
    "append_ending": "log",
    "case_results": "case_outcome",
    "parse_log": "log",
    "strip_control": "console",
    "to_json": "report",
    "to_junit": "report",
    "to_text": "report",
}


def __getattr__(name: str) -> object:
    """Import the module of a name on its first use."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
