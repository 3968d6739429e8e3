# SPDX-License-Identifier: GPL-2.0-only
"""The same on a whole kernel: 79,000 files, and the time it takes."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

import userrepo
from afugen import repo, trees

pytestmark = pytest.mark.kernel

_APPLY = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from afugen import repo
tree = repo.open_tree(Path(sys.argv[1]))
base, store = tree.base("imported"), tree.store()
paths = ("drivers/misc/cxl/Kconfig", "drivers/misc/cxl/api.c", "drivers/misc/cxl/cxl.h",
         "drivers/misc/cxl/file.c", "include/misc/cxl.h", "include/uapi/misc/cxl.h")
files = {path: base.read(path) + b"/* more */\\n" for path in paths}
data = repo.CommitData("A", "a@example.com", datetime(2015, 8, 19, tzinfo=UTC), "cxl: more\\n")
commit = store.commit(base.commit_id, files, data)
assert store.diff(base.commit_id, commit).count("\\n+/* more */\\n") == 6
print(tree.update_branch(store, sys.argv[2], commit, reason="afugen apply").old)
"""


@pytest.fixture
def full_repository(tmp_path) -> Path:
    """A user's repository of the whole kernel; its objects are the imported ones."""
    stored = repo.import_tarball(trees.default_tarball())
    userrepo.git(tmp_path, "clone", "-q", "-s", "--bare", str(stored.store.git.git_dir), "user.git")
    return tmp_path / "user.git"


def test_apply_to_a_whole_kernel_takes_less_than_a_second(full_repository, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    spent = []
    for number in range(5):
        start = time.monotonic()
        subprocess.run(
            [sys.executable, "-c", _APPLY, str(full_repository), f"topic{number}"], check=True
        )
        spent.append(time.monotonic() - start)
    assert min(spent) < 1.0
    userrepo.git(full_repository, "rev-parse", "topic0", "topic4")


def test_imported_kernel_has_the_tree_that_is_on_disk():
    stored = repo.import_tarball(trees.default_tarball())
    listed = stored.store.git.run("ls-tree", "-r", "--name-only", stored.commit_id)
    assert listed.count(b"\n") > 70_000
    worktree = stored.store.directory / "work" / repo.BUILD_WORKTREE
    base = stored.base()
    for path in ("Makefile", "MAINTAINERS", "drivers/misc/cxl/Makefile", "scripts/checkpatch.pl"):
        assert base.read(path) == (worktree / path).read_bytes()
    assert base.mode("scripts/checkpatch.pl") == "100755"
