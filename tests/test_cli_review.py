# SPDX-License-Identifier: GPL-2.0-only
"""`afugen review` as people and scripts use it."""

from __future__ import annotations

import json
import shutil

import pytest

from test_cli import V2, afugen, linux  # noqa: F401 - a fixture


@pytest.mark.kernel
def test_the_ledger_of_v2_holds_and_fits_a_terminal(tmp_path):
    told = afugen("review", "v2", "--json", tmp_path / "review.json", cwd=tmp_path).stdout
    assert max(map(len, told.splitlines())) <= 100
    assert "| What's an AFU driver? Give me an example.\n" in told
    result = json.loads((tmp_path / "review.json").read_text())
    entries = {entry["id"]: entry for entry in result["entries"]}
    assert all(entry["holds"] for entry in entries.values())
    assert told.splitlines()[-1].startswith("all ")
    (claim,) = entries["size-does-not-change"]["claims"]
    assert f"       {claim['file']}:{claim['line']}\n" in told
    assert claim["kind"] == "argument"
    assert claim["text"].startswith("cxl_file_init() has BUILD_BUG_ON(")


@pytest.mark.kernel
def test_a_place_is_where_the_result_has_it(tmp_path):
    told = afugen("review", "v2", "--json", "-", cwd=tmp_path).stdout
    entries = {entry["id"]: entry for entry in json.loads(told)["entries"]}
    patches = "".join(p.read_text() for p in (V2).glob("*0001*"))
    (claim,) = entries["size-does-not-change"]["claims"]
    hunk = patches.split("+	BUILD_BUG_ON(sizeof(struct cxl_event) != 40);")[0].rsplit(
        "\n@@ ", 1
    )[1]
    first = int(hunk.split("+", 1)[1].split(",", 1)[0])
    before = [line for line in hunk.split("\n")[1:-1] if line[:1] != "-"]
    assert claim["line"] == first + len(before)


def test_a_claim_that_does_not_hold_is_told_and_is_exit_1(linux):  # noqa: F811
    mine = linux.parent / "mine"
    shutil.copytree(V2, mine)
    text = (mine / "spec.yaml").read_text()
    (mine / "spec.yaml").write_text(text.replace("size_check: bound", "size_check: trust"))
    done = afugen("review", mine / "spec.yaml", "--tree", linux, cwd=linux, code=1)
    assert done.stdout.count("WRONG  ") == 1
    assert "WRONG  size-from-the-driver: accepted (found without a reviewer)\n" in done.stdout
    assert done.stdout.count("does NOT hold: ") == 3
    assert "no if statement does all of that" in " ".join(done.stdout.split())
    assert done.stdout.splitlines()[-1].startswith("3 of ")


def test_a_wrong_ledger_is_exit_2_with_its_place(linux):  # noqa: F811
    mine = linux.parent / "mine"
    shutil.copytree(V2, mine)
    text = (mine / "review.yaml").read_text()
    (mine / "review.yaml").write_text(text.replace("kind: unchanged", "kind: unchangd"))
    line = text.split("\n").index("      - kind: unchanged") + 1
    told = afugen("review", mine / "spec.yaml", "--tree", linux, cwd=linux, code=2).stderr
    assert f"{mine}/review.yaml:{line}:9: " in told
    assert "unchangd" in told


def test_a_version_without_a_ledger_is_exit_2(linux):  # noqa: F811
    told = afugen("review", "v1", "--tree", linux, cwd=linux, code=2).stderr
    assert told.endswith("review.yaml: no such file: v1 answers no review\n")


def test_a_base_without_a_tree_is_exit_2(tmp_path):
    told = afugen("review", "v2", "--base", "main", cwd=tmp_path, code=2).stderr
    assert "--base names a commit of --tree" in told
