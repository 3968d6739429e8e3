# SPDX-License-Identifier: GPL-2.0-only
"""An apply and an import on a whole kernel of 79,000 files."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

import userrepo
from afugen import git
from afugen.series import trees

pytestmark = pytest.mark.kernel

PATHS = ("drivers/misc/cxl/Kconfig", "drivers/misc/cxl/api.c", "drivers/misc/cxl/cxl.h",
         "drivers/misc/cxl/file.c", "include/misc/cxl.h", "include/uapi/misc/cxl.h")  # fmt: skip
_APPLY = (
    f"PATHS = {PATHS!r}"
    """
import sys
from datetime import UTC, datetime
from pathlib import Path
from afugen import git
tree = git.open_tree(Path(sys.argv[1]))
base, store = tree.files("imported"), tree.store()
files = {path: base.read(path) + b"/* more */\\n" for path in PATHS}
data = git.CommitData("A", "a@example.com", datetime(2015, 8, 19, tzinfo=UTC), "cxl: more\\n")
commit = store.commit(base.commit_id, files, data)
assert store.diff(base.commit_id, commit).count("\\n+/* more */\\n") == 6
print(tree.update_branch(store, sys.argv[2], commit, reason="afugen apply").old)
"""
)


def applied(user: Path, branch: str) -> float:
    """Return the CPU seconds of an apply and its git processes; other load does not count."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", _APPLY, str(user), branch], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_apply_does_not_take_longer_on_a_whole_kernel(tmp_path, monkeypatch):
    stored = git.import_tarball(trees.default_tarball())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    whole, few = tmp_path / "whole.git", tmp_path / "few"
    userrepo.git(tmp_path, "clone", "-q", "-s", "--bare", str(stored.store.git.git_dir), str(whole))
    userrepo.make(few)
    userrepo.write(few, {path: stored.files().read(path).decode() for path in PATHS})
    userrepo.git(few, "add", "-A")
    userrepo.git(few, "commit", "-q", "-m", "few files")
    userrepo.git(few, "branch", "imported")
    spent = [(applied(whole, f"topic{number}"), applied(few, f"topic{number}"))
             for number in range(5)]  # fmt: skip
    assert min(whole for whole, _ in spent) < 1.5 * min(few for _, few in spent), spent
    userrepo.git(whole, "rev-parse", "topic0", "topic4")


def test_imported_kernel_has_the_tree_that_is_on_disk():
    stored = git.import_tarball(trees.default_tarball())
    listed = stored.store.git.run("ls-tree", "-r", "--name-only", stored.commit_id)
    assert listed.count(b"\n") > 70_000
    worktree = stored.store.directory / "work" / git.BUILD_WORKTREE
    base = stored.files()
    # No series touches these: which commit the worktree is at does not matter.
    for path in ("Makefile", "CREDITS", "drivers/misc/Makefile", "scripts/checkpatch.pl"):
        assert base.read(path) == (worktree / path).read_bytes()
    assert base.mode("scripts/checkpatch.pl") == "100755"
