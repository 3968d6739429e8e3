# SPDX-License-Identifier: GPL-2.0-only
"""The command line as scripts use it: whole processes, their output and exit codes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import pytest

from afugen import resources
from afugen.cli import main
from afugen.cli.about import spec_schema
from afugen.cli.commands import COMMANDS
from afugen.series import version
from afugen.spec import interface, yamlsource
from seed import base_files, diff, without_index

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent
AFUGEN = Path(sys.executable).parent / "afugen"
V1 = ROOT / "kernel-patches" / "cxl" / "v1" / "spec.yaml"
V2 = ROOT / "kernel-patches" / "cxl" / "v2"


@pytest.fixture
def linux(tmp_path, monkeypatch):
    """A directory with a small git tree `linux` that the patch of 2015 applies to."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    tree = tmp_path / "linux"
    for path, content in base_files().items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_bytes(content)
    (tree / "Makefile").write_text("VERSION = 4\nPATCHLEVEL = 2\nSUBLEVEL = 0\n")
    (tree / "Kconfig").write_text("")
    git(tree, "init", "-q", "-b", "main")
    git(tree, "add", "-A")
    git(tree, "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-q", "-m", "base")
    return tree


def git(tree: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=tree, check=True, capture_output=True, text=True
    ).stdout


def afugen(
    *arguments: str | Path, cwd: Path, code: int = 0, **options
) -> subprocess.CompletedProcess:
    done = subprocess.run(
        [AFUGEN, *arguments], cwd=cwd, capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_render_prints_what_git_diff_prints(linux):
    printed = afugen("render", "v1", "--tree", linux, cwd=linux).stdout
    assert without_index(printed) == without_index(diff())
    index = re.findall(r"^index (\w+)\.\.(\w+) 100644$", printed, re.M)
    assert len(index) == 6
    assert {len(blob) for pair in index for blob in pair} == {7}


def test_render_abbreviates_ids_as_asked(linux):
    printed = afugen("render", "v1", "--tree", linux, "--abbrev", "12", cwd=linux).stdout
    assert re.search(r"^index \w{12}\.\.\w{12} 100644$", printed, re.M)


def test_render_reads_an_unpacked_tarball(linux, tmp_path):
    plain = tmp_path / "plain"
    linux.rename(plain)
    subprocess.run(["rm", "-rf", plain / ".git"], check=True)
    printed = afugen("render", "v1", "--tree", plain, cwd=tmp_path).stdout
    assert without_index(printed) == without_index(diff())


def test_a_file_that_is_not_utf_8_is_quoted_as_it_is(linux, tmp_path):
    api = linux / "drivers/misc/cxl/api.c"
    api.write_bytes(api.read_bytes().replace(b"EXPORT_SYMBOL", b"/* \xe9 */\nEXPORT_SYMBOL", 1))
    git(linux, "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qam", "latin")
    done = subprocess.run(
        [AFUGEN, "render", "v1", "--tree", linux], capture_output=True, check=True, cwd=linux
    )
    assert b"\n /* \xe9 */\n" in done.stdout
    afugen("series", "v1", "--tree", linux, "--output", tmp_path / "out", cwd=linux)
    assert b"\n /* \xe9 */\n" in next((tmp_path / "out").iterdir()).read_bytes()


def test_apply_twice_is_one_commit_and_touches_no_worktree(linux):
    before = git(linux, "status", "--porcelain"), git(linux, "rev-parse", "HEAD")
    first = afugen("apply", "v1", "--tree", linux, "--branch", "afu", cwd=linux).stdout
    commit = git(linux, "rev-parse", "afu").strip()
    assert first == f"{commit} is now afu in {linux}, a new branch\n"
    again = afugen("apply", "v1", "--tree", linux, "--branch", "afu", cwd=linux).stdout
    assert again == f"{commit} is already there: afu in {linux}\n"
    assert (git(linux, "status", "--porcelain"), git(linux, "rev-parse", "HEAD")) == before
    assert without_index(git(linux, "diff", "main", "afu")) == without_index(diff())


def test_apply_moves_a_foreign_branch_only_by_force(linux):
    git(linux, "branch", "afu")
    old = git(linux, "rev-parse", "afu").strip()
    refused = afugen("apply", "v1", "--tree", linux, "--branch", "afu", cwd=linux, code=2)
    assert "--force" in refused.stderr
    assert git(linux, "rev-parse", "afu").strip() == old
    forced = afugen("apply", "v1", "--tree", linux, "--branch", "afu", "--force", cwd=linux)
    assert f"it was {old}" in forced.stdout


def test_apply_refuses_the_branch_that_is_checked_out(linux):
    refused = afugen("apply", "v1", "--tree", linux, "--branch", "main", cwd=linux, code=2)
    assert "main" in refused.stderr
    assert git(linux, "log", "--oneline", "main").count("\n") == 1


def test_a_base_with_the_feature_is_refused(linux):
    afugen("apply", "v1", "--tree", linux, "--branch", "afu", cwd=linux)
    again = afugen("render", "v1", "--tree", linux, "--base", "afu", cwd=linux, code=2)
    assert "already there" in again.stderr
    assert "include/misc/cxl.h:" in again.stderr
    assert again.stdout == ""


def test_wrong_specs_are_told_with_line_and_caret(linux, tmp_path):
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        V1.read_text().replace("value: 4", "value: four").replace("words: 4", "wrods: 4")
    )
    told = afugen("render", spec, "--tree", linux, cwd=linux, code=2).stderr
    assert re.search(r"spec\.yaml:\d+:\d+: value: .*\n +value: four\n +\^", told)
    assert re.search(r"spec\.yaml:\d+:\d+: unknown key 'wrods'\n", told)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("render", "v99", "--tree", "linux"), "v99: no such file, and the versions there are: v1"),
        (("render", "v1", "--tree", "nowhere"), "nowhere does not exist"),
        (("render", "v1", "--tree", "linux", "--base", "nope"), "there is no revision 'nope'"),
        (("apply", "v1", "--tree", "linux", "--branch", "a..b"), "not a valid branch name"),
        (("parse", "nothing.log"), "No such file"),
        (("run", "v1", "--base", "main"), "--base names a commit of --tree"),
    ],
)
def test_wrong_input_is_one_line_and_exit_2(linux, arguments, message):
    told = afugen(*arguments, cwd=linux.parent, code=2).stderr
    assert message in told
    assert told.startswith("afugen: ")
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("render", "v1", "--tree", "linux", "--abbrev", "3"), "must be from 4 to 40"),
        (("boot", "v1", "--timeout", "-1"), "must be more than 0"),
        (("boot", "v1", "--json", "nowhere/result.json"), "nowhere/result.json: there is no dir"),
    ],
)
def test_wrong_options_are_told_before_any_work(linux, arguments, message):
    assert message in afugen(*arguments, cwd=linux.parent, code=2).stderr


def test_a_cache_that_cannot_be_written_is_the_machines_fault(linux, tmp_path):
    (tmp_path / "file").touch()
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "file")}
    told = afugen("render", "v1", "--tree", linux, cwd=linux, code=3, env=environment).stderr
    assert told == f"afugen: {tmp_path}/file/afugen: Not a directory\n"


def test_the_committed_schema_is_the_interfaces():
    committed = (ROOT / "kernel-patches" / "cxl" / "spec.schema.json").read_text()
    assert committed == spec_schema(interface.find("cxl"))


@pytest.mark.parametrize(
    ("file", "path"),
    [("spec", "kernel-patches/cxl/spec.schema.json"),
     ("review", "kernel-patches/review.schema.json"),
     ("interface", "templates/interface.schema.json")],
)  # fmt: skip
def test_each_schema_is_printed_as_it_is_committed(file, path, tmp_path):
    assert afugen("schema", file, cwd=tmp_path).stdout == (ROOT / path).read_text()
    jsonschema.Draft202012Validator.check_schema(json.loads((ROOT / path).read_text()))


def test_the_schema_accepts_v1_and_names_what_is_wrong():
    value = yamlsource.read(V1).value
    schema = json.loads(spec_schema(interface.default()))
    jsonschema.validate(value, schema)
    assert isinstance(value, dict)
    with pytest.raises(jsonschema.ValidationError, match="surprise"):
        jsonschema.validate(value | {"surprise": 1}, schema)


def test_v1_names_the_schema_for_editors():
    line = V1.read_text().splitlines()[1]
    assert line == "# yaml-language-server: $schema=../spec.schema.json"


def test_the_version_is_that_of_the_package(tmp_path):
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert afugen("--version", cwd=tmp_path).stdout == f"afugen {wanted}\n"
    sections = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert wanted in [section.partition(" ")[0] for section in sections]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_help_has_its_example(tmp_path, command):
    told = afugen(command.name, "--help", cwd=tmp_path, env={**os.environ, "COLUMNS": "100"}).stdout
    assert f"example: {command.example}" in told


QUICK = ("render", "apply", "schema", "completion")


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.name in QUICK], ids=lambda c: c.name)
def test_the_example_of_a_quick_command_works(linux, command):
    afugen(*command.example.split()[1:], cwd=linux.parent)


def test_the_example_of_series_works(linux):
    example = next(command.example for command in COMMANDS if command.name == "series")
    afugen(*example.split()[1:], cwd=linux.parent)
    (patch,) = (linux.parent / "outgoing").iterdir()
    git(linux, "checkout", "-q", "-b", "received")
    git(linux, "-c", "user.name=A", "-c", "user.email=a@b", "am", "-q", str(patch))
    assert without_index(git(linux, "diff", "main", "received")) == without_index(diff())


def test_doctor_says_what_this_machine_has(tmp_path):
    told = afugen("doctor", "--json", tmp_path / "doctor.json", cwd=tmp_path).stdout
    assert re.search(r"^ok +gcc-powerpc64le-linux-gnu: ", told, re.M)
    assert json.loads((tmp_path / "doctor.json").read_text())["ok"] is True


@pytest.mark.kernel
def test_the_committed_patches_are_what_their_specs_make(tmp_path):
    told = afugen("check", "--regen", cwd=tmp_path).stdout
    assert told == "".join(
        f"{name}: the committed patches are what the spec makes\n" for name in version.known()
    )


@pytest.mark.kernel
def test_a_spec_that_was_changed_alone_is_told_with_a_diff(tmp_path):
    for path in V1.parent.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    spec = tmp_path / "spec.yaml"
    spec.write_text(spec.read_text().replace("value: 4", "value: 5"))
    done = afugen("check", "--regen", spec, "--json", "-", cwd=tmp_path, code=1)
    lines = "\n-+\tCXL_EVENT_AFU_DRIVER    = 4,\n++\tCXL_EVENT_AFU_DRIVER    = 5,\n"
    assert lines in done.stderr
    (found,) = json.loads(done.stdout)["checks"]
    assert found["outcome"] == "stale"
    assert lines in found["diff"]


@pytest.mark.kernel
def test_renewing_mails_leaves_alone_what_is_none_of_them(tmp_path):
    v2 = V2
    for name in ("spec.yaml", "expected.yaml"):
        (tmp_path / name).write_text((v2 / name).read_text())
    stale = tmp_path / "v2-0003-cxl-Gone-since.patch"
    stale.write_text((v2 / "v2-0000-cover-letter.patch").read_text())
    kept = {"precious.patch": "precious", "0009-of-mine.patch": "From 1234 precious"}
    for name, text in kept.items():
        (tmp_path / name).write_text(text)
    afugen("series", tmp_path / "spec.yaml", "--update", cwd=tmp_path)
    assert not stale.exists()
    assert {name: (tmp_path / name).read_text() for name in kept} == kept
    assert len(list(tmp_path.glob("v2-000[012]-*.patch"))) == 3


def test_a_list_of_known_remarks_that_is_none_is_told_before_all_the_work(linux, tmp_path):
    (tmp_path / "known-remarks.yaml").write_text("known_remarks: 5\n")
    (tmp_path / "spec.yaml").write_text(V1.read_text())
    done = afugen("check", "--gates", tmp_path / "spec.yaml", cwd=linux, code=2)
    assert "known-remarks.yaml:1:1: the one key" in done.stderr
    assert not (tmp_path / "cache" / "afugen" / "trees").exists()


def test_a_tree_that_moved_is_told_apart_from_a_stale_patch(tmp_path):
    for path in V1.parent.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (patch,) = tmp_path.glob("*.patch")
    patch.write_text(re.sub(r"^(index )\w{7}", r"\g<1>0123456", patch.read_text(), flags=re.M))
    told = afugen("check", "--regen", tmp_path, cwd=tmp_path, code=1).stdout
    assert "base moved: drivers/misc/cxl/Kconfig, " in told


def test_a_reader_that_goes_away_is_no_error(linux):
    command = f"{AFUGEN} render v1 --tree linux | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=linux.parent, capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("\n0\n")
    assert done.stderr == ""


def test_the_wheel_holds_what_afugen_reads(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    listed = subprocess.run(
        [sys.executable, "-m", "zipfile", "-l", next(tmp_path.glob("*.whl"))],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for path in ("templates/cxl/include/misc/cxl.h.j2", "qemu/packages.toml",
                 "kernel-patches/cxl/v1/spec.yaml", "templates/cxl/interface.yaml",
                 "qemu/machines/powernv9.yaml"):  # fmt: skip
        assert f"afugen/_data/{path}" in listed
    assert "afugen/py.typed" in listed


# What a git does that ends while objects are still asked for, and what the user is told.
_DEATHS = {
    "kill -9 $$": "git cat-file --batch was killed by SIGKILL",
    "echo 'fatal: Out of memory, malloc failed' >&2; exit 128": "Out of memory, malloc failed",
    "exit 0": "git cat-file --batch ended early",
}


@pytest.mark.parametrize("death", _DEATHS)
@pytest.mark.parametrize("command", ["render", "apply --branch new"])
def test_a_git_that_dies_is_named_and_ends_in_3(linux, tmp_path, death, command):
    real = subprocess.run(["which", "git"], check=True, capture_output=True, text=True).stdout
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text(
        f'#!/bin/sh\ncase " $* " in *" --batch "*) {death};; esac\nexec {real.strip()} "$@"\n'
    )
    fake.chmod(0o755)
    path = f"{fake.parent}:{os.environ['PATH']}"
    name, *options = command.split()
    done = afugen(
        name, "v1", "--tree", linux, *options, cwd=linux, code=3, env=os.environ | {"PATH": path}
    )
    assert _DEATHS[death] in done.stderr
    assert not done.stdout


def test_a_reader_that_leaves_changes_neither_status_nor_files(tmp_path):
    log = ROOT / "tests" / "data" / "boot-logs" / "panic.log"
    command = f"{AFUGEN} parse {log} --json result.json | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("1\n", "")
    assert json.loads((tmp_path / "result.json").read_text())["outcome"] == "panic"


@pytest.mark.kernel
@pytest.mark.parametrize("tree", [(), ("--tree", "linux-source-6.12")], ids=["default", "package"])
def test_render_and_review_accept_the_trees_that_other_commands_do(tmp_path, tree):
    printed = afugen("render", "v2", *tree, cwd=tmp_path).stdout
    assert printed.startswith("diff --git a/MAINTAINERS b/MAINTAINERS\n")
    assert "+config CXL_AFU_DRIVER_OPS\n" in printed
    assert afugen("review", "v2", *tree, cwd=tmp_path).stdout.splitlines()[-1].startswith("all ")


@pytest.mark.parametrize("command", ["apply v1", "baseline"])
def test_a_package_has_no_branch_to_write_to(tmp_path, command):
    arguments = (*command.split(), "--tree", "linux-source-6.1", "--branch", "x")
    told = afugen(*arguments, cwd=tmp_path, code=2).stderr
    assert told == (
        "afugen: linux-source-6.1 is a package's tarball: there is no branch to write to\n"
    )


def test_an_installed_copy_has_nothing_to_update(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(resources, "is_installed", lambda: True)
    before = {path: path.read_bytes() for path in V1.parent.iterdir()}
    assert main(["series", "v1", "--update"]) == 2
    assert "there is nothing to update" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in V1.parent.iterdir()} == before


# What docs/explanation/threat-model.md says.


@pytest.fixture
def trapped(linux, tmp_path):
    """The tree with code in every place that a build, or a careless git, would run it from."""
    trap = f"touch {tmp_path / 'ran'}"
    (linux / "Makefile").write_text(
        f"VERSION = 4\nPATCHLEVEL = 2\nSUBLEVEL = 0\nRAN := $(shell {trap})\nall:\n\t{trap}\n"
    )
    (linux / "Kconfig").write_text(f"ran := $(shell,{trap})\nsource drivers/misc/cxl/Kconfig\n")
    kconfig = linux / "drivers/misc/cxl/Kconfig"
    kconfig.write_text(
        f"{kconfig.read_text()}\nconfig RAN\n\tdef_bool $(success,true)$(shell,{trap})\n"
    )
    (linux / "scripts").mkdir()
    (linux / "scripts/checkpatch.pl").write_text(f"system('{trap}');\n")
    (linux / ".gitattributes").write_text("* filter=trap diff=trap\n")
    git(linux, "add", "-A")
    git(linux, "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", "traps")
    for key in ("filter.trap.smudge", "filter.trap.clean", "diff.trap.textconv", "core.fsmonitor"):
        git(linux, "config", key, trap)
    for hook in ("reference-transaction", "post-checkout", "post-commit"):
        path = linux / ".git/hooks" / hook
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{trap}\n")
        path.chmod(0o755)
    return linux


def test_commands_that_only_read_a_tree_run_none_of_its_code(trapped, tmp_path):
    done = [
        afugen(*command.split(), "--tree", trapped, cwd=tmp_path)
        for command in (
            "render v1", "apply v1 --branch with", "series v1 --output out",
            "diff none v1 --no-build",
        )
    ]  # fmt: skip
    # There is nothing to take out, which takes a look at the whole tree to say.
    told = afugen("baseline", "--branch", "x", "--tree", trapped, cwd=tmp_path, code=2).stderr
    assert "nothing to remove" in told
    assert "CXL_AFU_DRIVER_OPS" in done[0].stdout
    review = subprocess.run(
        [AFUGEN, "review", "v2", "--tree", trapped], capture_output=True, text=True, check=False
    )
    assert "claims" in review.stdout
    assert not (tmp_path / "ran").exists()


def test_checking_kconfig_runs_code_of_the_tree(trapped, tmp_path):
    subprocess.run(
        [AFUGEN, "check", "--kconfig", "v1", "--tree", trapped], capture_output=True, check=False
    )
    assert (tmp_path / "ran").exists()
