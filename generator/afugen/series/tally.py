# SPDX-License-Identifier: GPL-2.0-only
"""The results of the tests on each version and kernel, and tables of them.

`results.json` beside a spec is what `afugen matrix --update` saw. The table of the README and those
of cover letters are made of these files, so that no table says anything else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TypeAlias

from afugen.errors import InputError
from afugen.verdict import Outcome, worst

# Test by test; and that by the name of the tree, as `--tree` has it.
Results: TypeAlias = Mapping[str, Outcome]

FILE = "results.json"
ALL, REST = "all tests", "other tests"
_DONE = frozenset({Outcome.PASS, Outcome.SKIP})


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: what was tested, and the outcome of each test."""

    name: str
    results: Results


def load(directory: Path) -> Mapping[str, Results]:
    """Read the results beside a spec, by tree; none if there is no such file."""
    path = directory / FILE
    try:
        trees = json.loads(path.read_bytes())
        return {
            tree: {name: Outcome(word) for name, word in results.items()}
            for tree, results in trees.items()
        }
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except (AttributeError, RecursionError, ValueError):
        raise InputError(f"{path}: not what afugen matrix --update writes; run it again") from None


def to_json(trees: Mapping[str, Results]) -> str:
    """Return the text of `results.json`."""
    return json.dumps(trees, indent=2) + "\n"


def table(columns: Sequence[Column], rows: Sequence[Any]) -> list[list[str]]:
    """Return the cells: a head, the interface's rows that have tests, and a row of all tests."""
    titles = {name: _title(name, rows) for column in columns for name in column.results}
    shown = [*(row.title for row in rows), REST]
    body = [
        [title, *(_cell(o for n, o in c.results.items() if titles[n] == title) for c in columns)]
        for title in shown
        if title in titles.values()
    ]
    return [
        ["what is tested", *(column.name for column in columns)],
        *body,
        [ALL, *(_cell(column.results.values()) for column in columns)],
    ]


def _title(test: str, rows: Sequence[Any]) -> str:
    fitting = (
        (len(pattern), row.title)
        for row in rows
        for pattern in row.tests
        if fnmatchcase(test, pattern)
    )
    return max(fitting, default=(0, REST))[1]


def _cell(outcomes: Iterable[Outcome]) -> str:
    """Return `7 pass`, `3 of 7 fail` or the like; an expected failure counts as a failure."""
    ended = tuple(outcomes)
    if not ended:
        return "-"
    bad = [outcome for outcome in ended if outcome not in _DONE]
    if not bad:
        return f"{len(ended)} pass"
    word = worst(bad)
    return f"{len(bad)} of {len(ended)} {'fail' if word is Outcome.XFAIL else word}"


def markdown(columns: Sequence[Column], rows: Sequence[Any]) -> str:
    """Return the table as Markdown."""
    head, *body = table(columns, rows)
    lines = [head, ["---"] * len(head), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def plain(columns: Sequence[Column], rows: Sequence[Any]) -> str:
    """Return the table as plain text, indented so that no mail program fills its lines."""
    cells = table(columns, rows)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )
    return "".join(f"  {line}\n" for line in lines)
