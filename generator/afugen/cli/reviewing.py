# SPDX-License-Identifier: GPL-2.0-only
"""The command review: the comments on a series, the decision on each, and the checked claims."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from afugen import review
from afugen.cli.output import write_json
from afugen.cli.screen import Screen
from afugen.series import commits, version

COLUMNS = 100
_INDENT = " " * 7


def ledger(arguments: argparse.Namespace) -> int:
    """Print the ledger beside a spec, each claim checked against the rendered series."""
    chosen = version.find(arguments.spec)
    loaded = review.load_ledger(chosen)
    with Screen() as screen:
        base = commits.files_of(
            arguments.tree, arguments.base, chosen.spec.interface, screen.progress
        )
        entries = review.check_ledger(loaded, review.render_series(chosen, base))
    for entry in entries:
        print("\n".join(_lines(entry)), end="\n\n")
    print(_summary(chosen.name, entries))
    write_json(arguments, {
        "spec": chosen.name, "thread": loaded.thread, "entries": [_json(one) for one in entries],
    })  # fmt: skip
    return 0 if all(entry.holds for entry in entries) else 1


def _lines(checked: review.CheckedEntry) -> Iterator[str]:
    entry = checked.entry
    mark = "holds" if checked.holds else "WRONG"
    who = review.FOUND_WITHOUT_REVIEWER if entry.who == review.NO_REVIEWER else entry.who
    yield f"{mark}  {entry.id}: {entry.decision.label} ({who})"
    for quote in entry.said:
        yield from _quoted(quote, _source(quote))
    if entry.answer is not None:
        yield from _quoted(entry.answer, f"{entry.answer.who} answers, {_source(entry.answer)}")
    yield from _wrapped(entry.why, "")
    for result in checked.results:
        yield f"{_INDENT}{result.file}:{result.line}"
        yield from _wrapped(_claim_text(result), "  ")


def _source(quote: review.Quote) -> str:
    return f"comment {quote.comment}" if quote.comment else "the patch"


def _quoted(quote: review.Quote, label: str) -> Iterator[str]:
    yield f"{_INDENT}{label}:"
    for line in quote.quote.rstrip("\n").split("\n"):
        yield f"{_INDENT}| {line.expandtabs(8)}".rstrip()


def _claim_text(result: review.ClaimResult) -> str:
    text = str(result.claim)
    return text if result.holds else f"does NOT hold: {text}; {result.why}"


def _wrapped(text: str, lead: str) -> Iterable[str]:
    return textwrap.wrap(
        text, COLUMNS, initial_indent=_INDENT + lead, subsequent_indent=_INDENT + lead,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _summary(name: str, entries: tuple[review.CheckedEntry, ...]) -> str:
    decisions = [one.entry.decision for one in entries if one.entry.who != review.NO_REVIEWER]
    parts = [
        f"{count} {decision.label}"
        for decision in review.Decision
        if (count := decisions.count(decision))
    ]
    results = [result for entry in entries for result in entry.results]
    wrong = sum(not result.holds for result in results)
    claims = f"all {len(results)} claims hold"
    if wrong:
        claims = f"{wrong} of {len(results)} claims do not hold"
    others = len(entries) - len(decisions)
    return (
        f"{name}: {len(decisions)} comments ({', '.join(parts)}), "
        f"{others} {review.FOUND_WITHOUT_REVIEWER}\n{claims}"
    )


def _json(checked: review.CheckedEntry) -> dict[str, Any]:
    """Return an entry as data, with the results of its claims in place of the claims."""
    return checked.entry.model_dump(mode="json", exclude={"claims"}) | {
        "holds": checked.holds,
        "claims": [
            {
                "kind": result.claim.kind, "text": str(result.claim), "holds": result.holds,
                "file": result.file, "line": result.line, "why": result.why,
            }
            for result in checked.results
        ],
    }  # fmt: skip
