# SPDX-License-Identifier: GPL-2.0-only
"""`afugen baseline` on a user's repository: what it prints, commits and refuses."""

from __future__ import annotations

import pytest

import merged
import specs
from afugen.cli.commands import COMMANDS
from afugen.render.rendering import paths_of_removal
from merged import Tree
from rendering import API, FILE
from test_cli import afugen, git
from test_without_users import DRIVER

EXAMPLE = next(command.example for command in COMMANDS if command.name == "baseline").split()[1:]
# Read before a test has a cache of its own.
SMALL = merged.small()


@pytest.fixture
def linux(tmp_path, monkeypatch):
    """A directory with a small git tree `linux` that has the feature as it was merged."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    return tmp_path / "linux"


def _committed(linux, tree: Tree):
    for path, source in tree.files.items():
        (linux / path).parent.mkdir(parents=True, exist_ok=True)
        (linux / path).write_bytes(source)
    (linux / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 0\n")
    (linux / "Kconfig").write_text("")
    git(linux, "init", "-q", "-b", "main")
    git(linux, "add", "-A")
    git(linux, "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-q", "-m", "base",
        "--date=2016-07-08T11:00:00+10:00")  # fmt: skip
    return linux


def test_the_example_works(linux):
    _committed(linux, SMALL)
    told = afugen(*EXAMPLE, cwd=linux.parent).stdout
    assert f"changed {FILE}\n" in told
    assert f"reshaped {FILE}: if (ctx->pending_irq) {{\n" in told
    made = git(linux, "show", "--format=%B", "--stat", "no-afu-driver-ops")
    assert made.startswith(
        "Remove the AFU driver ops\n\nEverything that hangs on its identifiers is gone; nothing "
        "else is changed, but for\nlines that had to be reshaped:\n\n"
        "  drivers/misc/cxl/file.c: if (ctx->pending_irq) {\n\n"
    )
    for path, source in SMALL.without().files.items():
        assert git(linux, "show", f"no-afu-driver-ops:{path}") == source.decode()
    again = afugen(*EXAMPLE, cwd=linux.parent).stdout
    assert "is already there" in again
    nothing = afugen(
        *EXAMPLE, "--base", "no-afu-driver-ops", "--force", cwd=linux.parent, code=2
    ).stderr
    assert "nothing to remove" in nothing


def test_a_user_is_named_and_nothing_is_committed_unless_it_is_to_be_left(linux):
    tree = SMALL.with_files(drivers__vendor__a_DOT_c=DRIVER)
    tree = tree.with_files(Documentation__a_DOT_rst="See cxl_set_driver_ops().\n")
    _committed(linux, tree)
    refused = afugen(*EXAMPLE, cwd=linux.parent, code=2)
    assert refused.stdout == ""
    assert "still uses the AFU driver ops" in refused.stderr
    assert "\n  drivers/vendor/a.c:11: cxl_set_driver_ops(ctx, &ops);\n" in refused.stderr
    assert "Documentation" not in refused.stderr
    assert git(linux, "branch", "--list", "no-afu-driver-ops") == ""
    told = afugen(*EXAMPLE, "--leave-users", cwd=linux.parent).stdout
    assert "still uses it: drivers/vendor/a.c:11: cxl_set_driver_ops(ctx, &ops);\n" in told
    assert "mentioned in a comment or a text: Documentation/a.rst:1: See cxl_set" in told
    assert git(linux, "show", "no-afu-driver-ops:drivers/vendor/a.c") == DRIVER
    assert "\n  drivers/vendor/a.c:11\n" in git(
        linux, "log", "-1", "--format=%B", "no-afu-driver-ops"
    )


def test_half_of_the_feature_is_refused_with_file_and_anchor(linux):
    half = {API: SMALL.without().files[API]}
    _committed(linux, Tree(SMALL.files | half))
    refused = afugen(*EXAMPLE, cwd=linux.parent, code=2).stderr
    assert f'{API}: anchor function("cxl_set_driver_ops"): not found' in refused
    assert git(linux, "branch", "--list", "no-afu-driver-ops") == ""


def test_files_that_cannot_be_searched_are_no_files_without_users(linux):
    """As in a partial clone, where git grep looks at the other files and says it found nothing."""
    tree = SMALL.with_files(drivers__vendor__a_DOT_c=DRIVER)
    _committed(linux, tree)
    blob = git(linux, "rev-parse", "HEAD:drivers/vendor/a.c").strip()
    (linux / ".git/objects" / blob[:2] / blob[2:]).unlink()
    refused = afugen(*EXAMPLE, "--leave-users", cwd=linux.parent, code=2).stderr
    assert "drivers/vendor/a.c" in refused
    assert git(linux, "branch", "--list", "no-afu-driver-ops") == ""


def test_the_small_tree_is_of_the_files_that_there_are_templates_for():
    assert set(merged.TOUCHED) == set(paths_of_removal(specs.CXL))
