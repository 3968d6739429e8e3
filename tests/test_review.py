# SPDX-License-Identifier: GPL-2.0-only
"""Ledgers beside specs: quotes are in the thread, claims hold, and each can be made false."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import rendering
import specs
from afugen.review import LEDGER_FILE, NO_REVIEWER, Decision, check_ledger, render_series
from afugen.review.ledger import LedgerEntry, load
from afugen.series import version
from afugen.series.version import Version
from afugen.spec import yamlsource

DATA = Path(__file__).parent / "data"
VERSIONS = [name for name in version.known() if (specs.V1.parents[1] / name / LEDGER_FILE).exists()]
LEDGERS = {name: specs.V1.parents[1] / name / LEDGER_FILE for name in VERSIONS}
UNDOS = {
    name: YAML(typ="safe").load((DATA / "review" / f"{name}.yaml").read_text()) for name in VERSIONS
}
pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def base(stripped_tree) -> rendering.Files:
    return rendering.only_touched(stripped_tree("6.1"))


def _of(raw: dict, name: str = "some") -> Version:
    return Version(name, Path(name) / "spec.yaml", specs.model(raw))


def _wrong(ledger: Path, made: Version, base, change=None) -> list[tuple[str, int]]:
    """The claims, by entry and number, that are false of what a spec makes."""
    series = render_series(made, base)
    if change is not None:
        series = change(series)
    return [
        (checked.entry.id, number)
        for checked in check_ledger(load(ledger, made.spec), series)
        for number, result in enumerate(checked.results, 1)
        if not result.holds
    ]


@pytest.mark.parametrize("kernel_", ["6.1", "6.12"])
@pytest.mark.parametrize("name", VERSIONS)
def test_every_claim_holds(name, kernel_, stripped_tree):
    assert _wrong(LEDGERS[name], version.find(name), stripped_tree(kernel_)) == []


@pytest.mark.parametrize("length", [None, 40])
@pytest.mark.parametrize("name", VERSIONS)
def test_every_claim_holds_of_a_spec_with_other_names(name, length, base):
    raw = specs.renamed(length, lambda: specs.of(name))
    assert _wrong(LEDGERS[name], _of(raw), base) == []


def test_every_claim_of_v2_that_was_accepted_is_false_of_v1(base):
    ledger = load(LEDGERS["v2"], version.find("v1").spec)
    wanted = [
        (entry.id, number)
        for entry in ledger.entries
        if entry.decision is not Decision.DECLINED
        for number, _ in enumerate(entry.claims, 1)
    ]
    wrong = _wrong(LEDGERS["v2"], version.find("v1"), base)
    assert [claim for claim in wanted if claim not in wrong] == []


ROWS = [(name, row) for name in VERSIONS for row in UNDOS[name]]


@pytest.mark.parametrize(
    ("name", "row"), ROWS, ids=[f"{n}-{r['entry']}-{r.get('spec', r.get('old'))}" for n, r in ROWS]
)
def test_undoing_one_decision_makes_just_its_claims_false(name, row, base):
    raw = specs.of(name)
    for change in re.split(r" and (?=\S+ [=~] )", row.get("spec") or ""):
        if change:
            specs.put(raw, *specs.leaf(change, raw))

    def undone(result):
        if "file" not in row:
            return result
        before = result.files[row["file"]]
        assert before.count(row["old"].encode()) == 1, f"not once in {row['file']}"
        after = before.replace(row["old"].encode(), row["new"].encode())
        return replace(result, files={**result.files, row["file"]: after})

    assert _wrong(LEDGERS[name], _of(raw, name), base, undone) == [
        (row["entry"], number) for number in row["wrong"]
    ]


@pytest.mark.parametrize("name", VERSIONS)
def test_every_claim_is_undone_alone(name):
    ledger = load(LEDGERS[name], version.find(name).spec)
    claims = {(e.id, number) for e in ledger.entries for number, _ in enumerate(e.claims, 1)}
    alone = {(r["entry"], *r["wrong"]) for r in UNDOS[name] if len(r["wrong"]) == 1}
    assert claims == alone


# The thread.


def _thread() -> dict[int, list[str]]:
    """The lines of the archive's page by comment; 0 is the patch, before and after the comments."""
    found: dict[int, list[str]] = {0: []}
    number = 0
    for line in (DATA / "seed" / "thread.txt").read_text().split("\n"):
        if head := re.fullmatch(r".* UTC \| #(\d+)", line):
            number = int(head.group(1))
        elif line == "diff mbox":
            number = 0
        found.setdefault(number, []).append(line)
    return found


def _stands_in(quote: str, lines: list[str]) -> bool:
    return f"\n{quote.rstrip()}\n" in "\n".join(["", *lines, ""])


def _entries(name: str) -> tuple[LedgerEntry, ...]:
    return load(LEDGERS[name], version.find(name).spec).entries


@pytest.mark.parametrize("name", VERSIONS)
def test_quotes_are_whole_lines_of_the_comment_that_is_named(name):
    thread = _thread()
    for entry in _entries(name):
        for said in (*entry.said, *([entry.answer] if entry.answer else ())):
            assert _stands_in(said.quote, thread[said.comment]), f"{entry.id}: {said.quote}"


@pytest.mark.parametrize("name", VERSIONS)
def test_comments_are_of_the_one_who_is_named(name):
    thread = _thread()
    for entry in _entries(name):
        for who, said in [(entry.who, one) for one in entry.said] + (
            [(entry.answer.who, entry.answer)] if entry.answer else []
        ):
            assert who == NO_REVIEWER or thread[said.comment][0].startswith(f"{who} "), entry.id
            assert (who == NO_REVIEWER) == (said.comment == 0), entry.id


def _quoted_by(name: str) -> set[str]:
    said = [one for entry in _entries(name) for one in entry.said if one.comment == 1]
    return {line for one in said for line in one.quote.split("\n")}


@pytest.mark.parametrize("name", VERSIONS)
def test_every_line_that_michael_ellerman_wrote_is_in_an_entry(name):
    own = [
        line
        for line in _thread()[1][1:]
        if line.strip() and not re.match(r">|On .* wrote:$|cheers$", line)
    ]
    assert len(own) == 39
    assert [line for line in own if line not in _quoted_by(name)] == []


@pytest.mark.parametrize("name", VERSIONS)
def test_every_line_of_michael_ellerman_that_ian_munsie_answers_is_in_an_entry(name):
    quoted = [line.removeprefix("> ") for line in _thread()[2] if re.match(r"> [^> ]", line)]
    assert len(quoted) > 20
    own = [line for line in quoted if not re.match(r"On .* wrote:$", line)]
    assert [line for line in own if line not in _quoted_by(name)] == []


@pytest.mark.parametrize("name", VERSIONS)
def test_the_thread_is_that_of_the_patch(name):
    ledger = load(LEDGERS[name], version.find(name).spec)
    assert f"Message ID {ledger.thread} " in (DATA / "seed" / "thread.txt").read_text()


def test_a_ledger_names_the_schema_for_editors():
    for path in LEDGERS.values():
        head, _, schema = path.read_text().split("\n")[1].partition("$schema=")
        assert head == "# yaml-language-server: "
        assert (path.parent / schema).is_file()
        yamlsource.read(path)
