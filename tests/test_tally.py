# SPDX-License-Identifier: GPL-2.0-only
"""The tables of test results, in the README and in cover letters."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from afugen import resources
from afugen.cli import main
from afugen.errors import InputError, SpecError
from afugen.pipeline import matrix
from afugen.pipeline.run import Result
from afugen.series import tally, version
from afugen.series.tally import Column
from afugen.spec import interface
from afugen.verdict import Outcome, TestResult, Verdict

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
AFUGEN = Path(sys.executable).parent / "afugen"
ROWS = interface.find("cxl").data.rows
PASS, XFAIL = Outcome.PASS, Outcome.XFAIL
ONE = Column("v1", {"module.loads": PASS, "driver.read": PASS, "driver.poll": XFAIL, "new": PASS})
OTHER = Column("stock 6.1", {"run": Outcome.NO_BOOT})


@pytest.fixture
def patches(tmp_path, monkeypatch) -> Path:
    """A copy of kernel-patches that is the one afugen has."""
    copy = tmp_path / "kernel-patches"
    shutil.copytree(resources.kernel_patches(), copy)
    monkeypatch.setattr(resources, "kernel_patches", lambda: copy)
    return copy


def test_a_row_counts_its_tests_and_a_test_without_a_row_is_shown():
    assert tally.table([ONE, OTHER], ROWS) == [
        ["what is tested", "v1", "stock 6.1"],
        ["module loads and unloads", "1 pass", "-"],
        ["driver events, their order", "1 of 2 fail", "-"],
        ["other tests", "1 pass", "1 of 1 no-boot"],
        ["all tests", "1 of 4 fail", "1 of 1 no-boot"],
    ]


def test_a_test_belongs_to_the_row_that_knows_it_best():
    name = "driver.failed_copy_is_told"
    ((title, *_),) = tally.table([Column("v3", {name: PASS})], ROWS)[1:-1]
    assert title == "what the AFU driver is told"


def test_the_worst_of_a_row_is_told():
    bad = Column("x", {"driver.a": XFAIL, "driver.b": Outcome.OOPS, "driver.c": Outcome.SKIP})
    assert tally.table([bad], ROWS)[1][1] == "2 of 3 oops"


def test_readme_and_mail_have_the_same_cells():
    assert tally.markdown([ONE], ROWS).splitlines()[:3] == [
        "| what is tested | v1 |", "| --- | --- |", "| module loads and unloads | 1 pass |",
    ]  # fmt: skip
    assert tally.plain([ONE], ROWS).splitlines() == [
        "  what is tested              v1",
        "  module loads and unloads    1 pass",
        "  driver events, their order  1 of 2 fail",
        "  other tests                 1 pass",
        "  all tests                   1 of 4 fail",
    ]


def test_results_are_read_as_they_were_written(tmp_path):
    trees = {"linux-source-6.1": ONE.results, "linux-source-6.12": OTHER.results}
    (tmp_path / "results.json").write_text(tally.to_json(trees))
    assert tally.load(tmp_path) == trees
    assert tally.load(tmp_path / "none") == {}


@pytest.mark.parametrize("text", ["", "[]", "[" * 100_000, '{"a": 3}', '{"a": {"b": "good"}}'])
def test_results_that_are_none_are_refused_with_the_command_that_makes_them(tmp_path, text):
    (tmp_path / "results.json").write_text(text)
    with pytest.raises(InputError, match=r"results\.json: not what afugen matrix --update writes"):
        tally.load(tmp_path)


def test_a_table_is_put_between_its_marks():
    text = f"before\n{matrix.BEGIN}old\n{matrix.END}after\n"
    assert matrix.renewed(text, "new\n") == f"before\n{matrix.BEGIN}\nnew\n\n{matrix.END}after\n"
    assert matrix.renewed("no marks\n", "new\n") is None
    assert matrix.renewed(f"{matrix.BEGIN} only\n", "new\n") is None


def test_readme_has_the_committed_results_of_every_subject():
    columns = list(matrix.committed())
    names = ["v1", "v2", "v3", "stock 6.1", "stock 6.12"]
    assert [column.name for column in columns] == names
    assert matrix.renewed(README.read_text(), tally.markdown(columns, ROWS)) == README.read_text()
    assert tally.REST not in {row[0] for row in tally.table(columns, ROWS)}


@pytest.mark.parametrize("subject", list(matrix.subjects()), ids=lambda subject: subject.name)
def test_committed_failures_are_the_expected_ones(subject):
    results = subject.version.results[subject.tree]
    expected = {failure.test for failure in subject.version.expected}
    assert {name for name, outcome in results.items() if outcome is not PASS} == expected


def test_a_cover_letter_has_the_results_up_to_its_version(patches):
    body = version.find("v2").cover.body
    (head,) = (line for line in body.splitlines() if line.startswith("  what is tested"))
    assert head.split() == ["what", "is", "tested", "v1", "v2"]
    assert "\n  all tests                   16 of 58 fail  10 of 58 fail" in body
    (patches / "cxl" / "v2" / "results.json").unlink()
    assert "\n  all tests                   16 of 58 fail\n" in version.find("v2").cover.body


def test_results_are_for_cover_letters_only(patches):
    spec = patches / "cxl" / "v2" / "spec.yaml"
    spec.write_text(spec.read_text().replace("  message: |\n", "  message: |\n    ${results}\n", 1))
    with pytest.raises(SpecError, match=r"unknown placeholder \$\{results\}"):
        version.find("v2")


def test_a_directory_with_another_name_is_no_version(patches):
    shutil.copytree(patches / "cxl" / "v2", patches / "cxl" / "v2-mine")
    shutil.copytree(patches / "cxl" / "v3", patches / "cxl" / "v10")
    assert version.known() == ("v1", "v2", "v3", "v10")
    assert "v2-mine" not in version.find("v3").cover.body


SUBJECT = matrix.Subject("v1", version.find("v1"), "linux-source-6.1")


@pytest.mark.parametrize(
    ("outcome", "ends", "seen"),
    [
        (Outcome.WARN, {"a": PASS}, {"a": PASS, "run": Outcome.WARN}),
        (Outcome.NO_BOOT, {}, {"run": Outcome.NO_BOOT}),
        (XFAIL, {"a": PASS, "b": XFAIL}, {"a": PASS, "b": XFAIL}),
        (PASS, {"a": PASS, "b": Outcome.SKIP}, {"a": PASS, "b": Outcome.SKIP}),
    ],
)
def test_a_run_that_ended_worse_than_its_tests_is_told(monkeypatch, outcome, ends, seen):
    tests = tuple(TestResult(name, end) for name, end in ends.items())
    result = Result(Verdict(outcome, tests=tests), Path())
    monkeypatch.setattr(matrix, "run", lambda *_: result)
    assert matrix.measure(SUBJECT).results == seen


def test_nothing_is_kept_of_runs_that_went_amiss(monkeypatch, tmp_path, capsys):
    readme = tmp_path / "README.md"
    readme.write_text(f"{matrix.BEGIN}old\n{matrix.END}")
    monkeypatch.setattr(matrix, "subjects", lambda: iter([SUBJECT]))
    hung = Column("v1", {"a": PASS, "run": Outcome.HANG})
    monkeypatch.setattr(matrix, "measure", lambda *_: hung)
    before = (resources.kernel_patches() / "cxl" / "v1" / "results.json").read_bytes()
    assert main(["matrix", "--update", str(readme)]) == 1
    assert "nothing is updated: see what became of v1" in capsys.readouterr().err
    assert "old" in readme.read_text()
    assert (resources.kernel_patches() / "cxl" / "v1" / "results.json").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "complaint"),
    [("none.md", "No such file"), ("plain.md", "there is no table between"), (".", "directory")],
)
def test_a_readme_without_a_table_is_told_before_all_the_work(name, complaint, tmp_path):
    (tmp_path / "plain.md").write_text("# nothing\n")
    done = subprocess.run(
        [AFUGEN, "matrix", "--update", tmp_path / name], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.kernel
@pytest.mark.boot
def test_every_subject_still_does_what_is_committed(tmp_path):
    found = tmp_path / "matrix.json"
    done = subprocess.run(
        [AFUGEN, "matrix", "--json", found], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    columns = list(matrix.committed())
    assert json.loads(found.read_text()) == {column.name: column.results for column in columns}
    assert done.stdout == tally.plain(columns, ROWS)
