# SPDX-License-Identifier: GPL-2.0-only
"""The command review: comments and slips, what became of each, and where that is to see."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from afugen.cli.output import write_json
from afugen.cli.screen import Screen
from afugen.review import review
from afugen.review.claimcheck import Finding
from afugen.review.ledger import NOBODY, Decision, Said
from afugen.review.review import Verdict
from afugen.series import commits, version

COLUMNS = 100
_INDENT = " " * 7
_DECISIONS = {
    Decision.ACCEPTED: "accepted",
    Decision.OTHER_FORM: "in another form",
    Decision.DECLINED: "declined",
}


def ledger(arguments: argparse.Namespace) -> int:
    """The ledger beside a spec, each claim checked against what the spec makes."""
    chosen = version.find(arguments.spec)
    entries = review.ledger_of(chosen)
    with Screen() as screen:
        base = commits.files_of(
            arguments.tree, arguments.base, chosen.spec.interface, screen.progress
        )
        verdicts = review.verdicts(entries, review.rendered(chosen, base))
    for verdict in verdicts:
        print("\n".join(_lines(verdict)), end="\n\n")
    print(_summary(chosen.name, verdicts))
    write_json(arguments, {
        "spec": chosen.name, "thread": entries.thread, "entries": [_plain(v) for v in verdicts],
    })  # fmt: skip
    return 0 if all(verdict.holds for verdict in verdicts) else 1


def _lines(verdict: Verdict) -> Iterator[str]:
    entry = verdict.entry
    mark = "holds" if verdict.holds else "WRONG"
    who = "nobody mentioned it" if entry.who == NOBODY else entry.who
    yield f"{mark}  {entry.id}: {_DECISIONS[entry.decision]} ({who})"
    for said in entry.said:
        yield from _quoted(said, _where(said))
    if entry.answer is not None:
        yield from _quoted(entry.answer, f"{entry.answer.who} answers, {_where(entry.answer)}")
    yield from _wrapped(entry.why, "")
    for claim, finding in verdict.findings:
        yield f"{_INDENT}{finding.file}:{finding.line}"
        yield from _wrapped(_told(str(claim), finding), "  ")


def _where(said: Said) -> str:
    return f"comment {said.comment}" if said.comment else "the patch"


def _quoted(said: Said, label: str) -> Iterator[str]:
    yield f"{_INDENT}{label}:"
    for line in said.quote.rstrip("\n").split("\n"):
        yield f"{_INDENT}| {line.expandtabs(8)}".rstrip()


def _told(claim: str, finding: Finding) -> str:
    return claim if finding.holds else f"NOT SO: {claim}; {finding.why}"


def _wrapped(text: str, lead: str) -> Iterable[str]:
    return textwrap.wrap(
        text, COLUMNS, initial_indent=_INDENT + lead, subsequent_indent=_INDENT + lead,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _summary(name: str, verdicts: tuple[Verdict, ...]) -> str:
    comments = [v.entry for v in verdicts if v.entry.who != NOBODY]
    parts = [
        f"{count} {word}"
        for decision, word in _DECISIONS.items()
        if (count := sum(entry.decision is decision for entry in comments))
    ]
    findings = [finding for verdict in verdicts for _, finding in verdict.findings]
    wrong = sum(not finding.holds for finding in findings)
    claims = f"all {len(findings)} claims hold"
    if wrong:
        claims = f"{wrong} of {len(findings)} claims do not hold"
    slips = len(verdicts) - len(comments)
    return (
        f"{name}: {len(comments)} comments ({', '.join(parts)}), {slips} that nobody mentioned\n"
        f"{claims}"
    )


def _plain(verdict: Verdict) -> dict[str, Any]:
    """An entry as data, with what its claims turned out to be in place of the claims."""
    return verdict.entry.model_dump(mode="json", exclude={"claims"}) | {
        "holds": verdict.holds,
        "claims": [
            {
                "kind": claim.kind, "text": str(claim), "holds": finding.holds,
                "file": finding.file, "line": finding.line, "why": finding.why,
            }
            for claim, finding in verdict.findings
        ],
    }  # fmt: skip
