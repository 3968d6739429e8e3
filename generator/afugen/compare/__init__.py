# SPDX-License-Identifier: GPL-2.0-only
"""Two versions of a series compared, and the report as text, HTML and JSON."""

from afugen.compare.annotations import annotated_files, display_path
from afugen.compare.costs import Cost, effects_on_programs, find_costs
from afugen.compare.html_report import to_html
from afugen.compare.inputs import NO_SERIES, Side, SideKind, TreeOptions, resolve_sides
from afugen.compare.json_report import to_json
from afugen.compare.model import (
    AbiChanges,
    DiffReport,
    InterfaceTerms,
    MissingSection,
    ReviewComment,
    SideSummary,
    SymbolChanges,
)
from afugen.compare.outcomes import TestComparison, compare_runs
from afugen.compare.range_diff import CommitPair, parse_range_diff
from afugen.compare.spec_changes import FieldChange, compare_specs
from afugen.compare.text_report import to_text

__all__ = [
    "NO_SERIES",
    "AbiChanges",
    "CommitPair",
    "Cost",
    "DiffReport",
    "FieldChange",
    "InterfaceTerms",
    "MissingSection",
    "ReviewComment",
    "Side",
    "SideKind",
    "SideSummary",
    "SymbolChanges",
    "TestComparison",
    "TreeOptions",
    "annotated_files",
    "compare_runs",
    "compare_specs",
    "display_path",
    "effects_on_programs",
    "find_costs",
    "parse_range_diff",
    "resolve_sides",
    "to_html",
    "to_json",
    "to_text",
]
