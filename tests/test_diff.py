# SPDX-License-Identifier: GPL-2.0-only
"""`afugen diff` as a whole process: everything that it takes for a version."""

from __future__ import annotations

import json
import re

import pytest

import seed
from afugen.cli.commands import COMMANDS
from rendering import git, repository, write
from test_cli import V1, afugen, linux  # noqa: F401 - a fixture

pytestmark = pytest.mark.slow

PATCH = next(V1.parent.glob("*.patch"))


@pytest.fixture
def other(tmp_path):
    """A spec that differs from v1's in a few things."""
    text = V1.read_text()
    for old, new in (
        ("even_pending()", "${self}()"),
        ("size_check: warn", "size_check: bound"),
        ("name: max_size", "name: room"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "spec.yaml").write_text(text)
    return tmp_path / "other" / "spec.yaml"


def diff(*arguments, cwd, code=0) -> str:
    return afugen("diff", *arguments, "--no-build", cwd=cwd, code=code).stdout


def section(told: str, title: str) -> list[str]:
    """The lines under a heading."""
    found = re.search(rf"^── {re.escape(title)}[^\n]*\n(.*?)(?=^── |\Z)", told, re.M | re.S)
    assert found, told
    return found.group(1).strip("\n").split("\n")


def test_two_specs_on_a_tree(linux, other):  # noqa: F811
    told = diff("v1", other, "--tree", linux, cwd=linux)
    spec = "\n".join(section(told, "spec"))
    assert re.search(r"^~ size_check: warn → bound  \(line \d+ → line \d+\)$", spec, re.M)
    assert "size_t [-max_size-]{+room+})" in spec
    assert "[-even_pending-]{+${self}+}()" in spec
    assert section(told, "commits")[0].startswith("1 → 1  changed  cxl: Add mechanism")
    code = section(told, "drivers/misc/cxl/file.c")
    assert any(re.search(r"WARN_ON.* [~<] ", line) for line in code)
    template = r"templates/cxl/delivery/callback/read\.c\.j2:\d+"
    by = rf"other: {template} by size_check \(\S+/spec\.yaml:118\)"
    assert re.search(by, " ".join(" ".join(code).split()))


def test_every_line_fits_into_100_columns(linux, other):  # noqa: F811
    told = diff("none", other, "--tree", linux, cwd=linux)
    assert max(map(len, told.split("\n"))) <= 100
    assert "\x1b" not in told


def test_the_summary_comes_first(linux, other):  # noqa: F811
    told = diff("v1", other, "--tree", linux, cwd=linux)
    head = told[: told.index("── ")]
    assert head.startswith("v1 → other\n")
    assert re.findall(r"^[A-Z].*\?$", head, re.M) == [
        "Which comments were answered, and where?",
        "Did the ABI of userspace change?",
        "Which tests changed outcome, and why?",
        "What does other cost an existing AFU driver?",
        "What is left open?",
    ]
    assert "header.size is bounded" in head


def test_a_version_is_what_its_patch_says(linux):  # noqa: F811
    afugen("series", "v1", "--tree", linux, "--output", linux.parent / "out", cwd=linux)
    told = diff("v1", linux.parent / "out", "--tree", linux, cwd=linux)
    assert section(told, "commits")[0].startswith("1 → 1  same")
    assert "0 files (+0 -0)" in told
    assert "patches and branches have no spec" in told


def test_a_series_with_a_cover_letter_may_be_a_directory(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("v2", "v3"):
        (tmp_path / name).mkdir()
        for patch in (V1.parents[1] / name).glob("*.patch"):
            (tmp_path / name / patch.name).write_bytes(patch.read_bytes())
    told = diff("v2/", "v3/", cwd=tmp_path)
    assert told.startswith("v2/ → v3/\n")
    assert [line.split()[3] for line in section(told, "commits") if "→" in line] == 2 * ["changed"]


def test_a_patch_for_another_tree_is_shown_by_itself_and_says_so(linux, tmp_path):  # noqa: F811
    moved = tmp_path / "moved.patch"
    context = " EXPORT_SYMBOL_GPL(cxl_fops_get_context);"
    moved.write_text(PATCH.read_text().replace(context, " EXPORT_SYMBOL_GPL(cxl_elsewhere);"))
    told = " ".join(diff("v1", moved, "--tree", linux, cwd=linux).split())
    assert f"{moved}: does not apply to the tree" in told
    assert "shown by itself" in told


def test_two_mailboxes_need_no_tree(tmp_path, monkeypatch):
    """git range-diff cannot do this."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name, old, new in (("a.mbox", "", ""), ("b.mbox", "even_pending", "event_pending")):
        text = PATCH.read_text()
        (tmp_path / name).write_text(text.replace(old, new) if old else text)
    told = diff("a.mbox", "b.mbox", cwd=tmp_path)
    assert section(told, "commits")[0].startswith("1 → 1  changed")
    assert [line for line in section(told, "commits") if line.lstrip()[:2] in ("-+", "++")] == [
        "    -+ * even_pending() will be called by the cxl driver to check if an event is",
        "    ++ * event_pending() will be called by the cxl driver to check if an event is",
    ]
    assert "include/misc/cxl.h  +1 -1" in told
    assert "drivers/misc/cxl/file.c" not in told


def test_mailboxes_of_several_patches_that_were_reordered_and_split(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    base = {f"drivers/{name}.c": b"int a;\nint b;\nint c;\n" for name in "xyz"}
    tree = repository(tmp_path / "tree", base)
    for box, names in (("one", "xy"), ("two", "zyx")):
        git(tree, "checkout", "-q", "-B", box, "master")
        for name in names:
            content = base[f"drivers/{name}.c"].replace(b"int b", b"long b")
            write(tree, {f"drivers/{name}.c": content})
            git(tree, "commit", "-qam", f"{name}: widen")
        text = git(tree, "format-patch", "--stdout", "--cover-letter", "master")
        (tmp_path / f"{box}.mbox").write_text(text)
    told = diff("one.mbox", "two.mbox", cwd=tmp_path)
    pairs = [line for line in section(told, "commits") if "→" in line]
    assert pairs == [
        "- → 1  new      z: widen", "2 → 2  same     y: widen", "1 → 3  same     x: widen",
    ]  # fmt: skip
    assert re.findall(r"^── (drivers\S+  \S+ \S+)", told, re.M) == ["drivers/z.c  +1 -1"]


def test_two_branches_are_compared_from_where_they_part(linux, other):  # noqa: F811
    for name, spec in (("one", "v1"), ("two", other)):
        afugen("apply", spec, "--tree", linux, "--branch", name, cwd=linux)
    told = diff("one", "two", "--tree", linux, cwd=linux)
    assert section(told, "commits")[0].startswith("1 → 1  changed")
    assert told == diff("one", "two", "--tree", linux, "--base", "main", cwd=linux)


def test_a_branch_and_a_version(linux, other):  # noqa: F811
    afugen("apply", other, "--tree", linux, "--branch", "two", cwd=linux)
    told = diff("v1", "two", "--tree", linux, cwd=linux)
    assert section(told, "commits")[0].startswith("1 → 1  changed")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("v1", "v99"), "v99: no such file, no version (v1"),
        (("v1", "v99", "--tree", "linux"), "there is no revision 'v99'"),
        (("v1", "linux"), "linux: a directory without spec.yaml or *.patch"),
        (("v1", "linux/Makefile"), "linux/Makefile: neither a spec nor a patch"),
        (("v1", "v1", "--base", "main"), "--base names a commit of --tree"),
        (("v1", "main", "--tree", "linux"), "main: name the commit that its series starts from"),
        (("v1", "v1", "--html", "no/where.html"), "there is no directory for this file"),
    ],
)
def test_wrong_input_is_one_line_and_exit_2(linux, arguments, message):  # noqa: F811
    told = afugen("diff", *arguments, cwd=linux.parent, code=2).stderr
    assert message in told
    assert told.startswith("afugen: ")
    assert told.count("\n") == 1


def test_the_json_has_the_answers_and_the_sections(linux, other):  # noqa: F811
    found = json.loads(diff("v1", other, "--tree", linux, "--json", "-", cwd=linux))
    assert [answer["question"] for answer in found["answers"]][-1] == "What is left open?"
    assert {field["path"]: field["after"] for field in found["spec"]}["size_check"] == "bound"
    assert found["tests"]["absent"]
    (read,) = (f for f in found["files"] if f["path"] == "drivers/misc/cxl/file.c")
    (made,) = (p for p in read["hunks"][0]["provenance"] if p["party"] == "other")
    assert made["template"].startswith("templates/cxl/delivery/callback/read.c.j2:")
    assert [f["name"] for f in made["fields"] if f["differs"]] == ["size_check"]


def test_the_seed_is_a_patch_like_any_other(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "seed.diff").write_text(seed.diff())
    told = diff("seed.diff", PATCH, cwd=tmp_path)
    assert "does not fit" not in told


@pytest.mark.kernel
@pytest.mark.boot
@pytest.mark.boot
def test_v1_and_v2_with_all_that_is_measured(tmp_path):
    page, data = tmp_path / "diff.html", tmp_path / "diff.json"
    afugen("diff", "v1", "v2", "--html", page, "--json", data, cwd=tmp_path)
    assert page.stat().st_size < 1_000_000
    answers = {a["question"]: a["text"] for a in json.loads(data.read_text())["answers"]}
    # Not since v1, but mainline's payload has another layout.
    assert answers["Did the ABI of userspace change?"] == (
        "YES: programs break that were built for mainline"
    )
    assert re.match(r"6 mended; ", answers["Which tests changed outcome, and why?"])
    assert (
        "(that of linux-source-6.1): does not load"
        in answers["What does v2 cost an existing AFU driver?"]
    )
    assert re.search(r"all \d+ claims hold", answers["Which comments were answered, and where?"])


@pytest.mark.kernel
@pytest.mark.boot
@pytest.mark.boot
def test_the_example_of_diff_works(tmp_path):
    example = next(command.example for command in COMMANDS if command.name == "diff")
    afugen(*example.split()[1:], cwd=tmp_path)
    assert (tmp_path / "diff.html").stat().st_size > 0


@pytest.mark.kernel
@pytest.mark.boot
@pytest.mark.parametrize("tree", [(), ("--tree", "linux-source-6.12")], ids=["6.1", "6.12"])
def test_a_version_is_compared_with_the_feature_as_it_was_merged(tree, tmp_path):
    told = diff("v3", "stock", *tree, "--no-build", cwd=tmp_path)
    assert "without the feature as it was merged" in told
    assert "all 31 names are the same" in told
    assert "── drivers/misc/cxl/file.c " in told
