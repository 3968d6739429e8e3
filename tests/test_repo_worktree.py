# SPDX-License-Identifier: GPL-2.0-only
"""Worktrees for builds: only files that differ are written, and damage is repaired."""

from __future__ import annotations

import shutil
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

import userrepo
from afugen import git

DATA = git.CommitData("A", "a@example.com", datetime(2015, 8, 19, tzinfo=UTC), "cxl: change\n")


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def user(tmp_path) -> Path:
    return userrepo.make(tmp_path / "user")


def _two(user: Path) -> tuple[git.Store, str, str]:
    """The store, its base, and a commit that changes, adds and removes a file."""
    tree = git.open_tree(user)
    assert isinstance(tree, git.Repository)
    store, base = tree.store(), tree.resolve()
    files = {"Kconfig": b"new\n", "drivers/new.c": b"int new;\n", "include/misc/cxl.h": None}
    return store, base, store.commit(base, files, DATA)


def _assert_checked_out(worktree: Path, store: git.Store, commit: str) -> None:
    """Assert that the worktree has every file of the commit, and no other."""
    listed = store.git.run("ls-tree", "-r", "-z", "--name-only", commit).decode()
    paths = {path for path in listed.split("\0") if path}
    found = {str(p.relative_to(worktree)) for p in worktree.rglob("*") if not p.is_dir()}
    assert found - {".git"} == paths
    base = store.files(commit)
    assert all((worktree / path).read_bytes() == base.read(path) for path in paths)


def test_only_files_that_differ_are_written(user):
    store, base, commit = _two(user)
    worktree = store.checkout(base, "build")
    _assert_checked_out(worktree, store, base)
    before = {p: p.stat() for p in worktree.rglob("*") if p.is_file()}
    assert store.checkout(commit, "build") == worktree
    _assert_checked_out(worktree, store, commit)
    touched = {
        str(path.relative_to(worktree))
        for path, status in before.items()
        if not path.exists() or path.stat().st_mtime_ns != status.st_mtime_ns
    }
    assert touched == {"Kconfig", "include/misc/cxl.h"}
    store.checkout(base, "build")
    _assert_checked_out(worktree, store, base)


def test_nothing_is_registered_in_the_users_repository(user):
    before = userrepo.snapshot(user)
    store, _, commit = _two(user)
    store.checkout(commit, "build")
    assert userrepo.snapshot(user) == before


def test_edited_and_deleted_files_are_put_right(user):
    store, base, commit = _two(user)
    worktree = store.checkout(base, "build")
    (worktree / "Makefile").write_text("edited\n")
    (worktree / "drivers/misc/cxl/file.c").unlink()
    store.checkout(commit, "build")
    _assert_checked_out(worktree, store, commit)


def _index_lock(store: git.Store, worktree: Path) -> None:
    (store.git.git_dir / "worktrees/build/index.lock").touch()


def _no_gitfile(store: git.Store, worktree: Path) -> None:
    (worktree / ".git").unlink()


def _bad_index(store: git.Store, worktree: Path) -> None:
    (store.git.git_dir / "worktrees/build/index").write_bytes(b"DIRC" + bytes(100))


def _no_registration(store: git.Store, worktree: Path) -> None:
    shutil.rmtree(store.git.git_dir / "worktrees/build")


def _no_directory(store: git.Store, worktree: Path) -> None:
    shutil.rmtree(worktree)


def _half_added(store: git.Store, worktree: Path) -> None:
    """As a kill during the first checkout leaves it: locked, and without the marker."""
    (store.git.git_dir / "worktrees/build/locked").write_text("initializing")
    worktree.with_name("build.complete").unlink()
    (worktree / "stray").touch()


def _half_switched(store: git.Store, worktree: Path) -> None:
    """As a kill leaves it that came after files were written and before the index was."""
    worktree.with_name("build.unfinished").touch()
    (worktree / "drivers/stray.c").touch()


@pytest.mark.parametrize(
    "break_it",
    [_index_lock, _no_gitfile, _bad_index, _no_registration, _no_directory, _half_added,
     _half_switched],
)  # fmt: skip
def test_broken_worktree_is_mended_or_made_again(user, break_it):
    store, base, commit = _two(user)
    break_it(store, store.checkout(base, "build"))
    _assert_checked_out(store.checkout(commit, "build"), store, commit)


def test_worktree_of_a_user_who_rewrote_history_is_made_again(user):
    """The base is gone from the user's objects, and so from the store's."""
    store, base, _ = _two(user)
    worktree = store.checkout(base, "build")
    shutil.rmtree(user)
    userrepo.make(user, commits=1)
    store, base, commit = _two(user)
    store.checkout(commit, "build")
    _assert_checked_out(worktree, store, commit)


def test_progress_is_reported(user):
    userrepo.write(user, {f"drivers/many/{n}.c": f"int x{n};\n" for n in range(200)})
    userrepo.git(user, "add", "-f", ".")
    userrepo.git(user, "commit", "-q", "-m", "many")
    store, base, _ = _two(user)
    events: list[float | None] = []
    store.checkout(base, "build", lambda event: events.append(event.fraction))
    assert events[-1] == 1.0


def test_users_attributes_do_not_reach_a_worktree(user):
    userrepo.write(user, {".gitattributes": "*.c text eol=crlf ident\nKconfig filter=x\n"})
    userrepo.git(user, "commit", "-q", "-a", "-m", "attributes")
    store, base, _ = _two(user)
    _assert_checked_out(store.checkout(base, "build"), store, base)


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a b", "x.lock", "-x"])
def test_worktree_needs_a_plain_name(user, name):
    store, base, _ = _two(user)
    with pytest.raises(ValueError, match="not a worktree's name"):
        store.checkout(base, name)


def test_worktree_in_use_stays_as_it_assert_checked_out(user):
    store, base, commit = _two(user)
    messages: list[str] = []
    with store.checked_out(base, "build") as worktree:
        other = threading.Thread(
            target=lambda: store.checkout(
                commit, "build", lambda event: messages.append(event.message)
            )
        )
        other.start()
        time.sleep(0.3)
        _assert_checked_out(worktree, store, base)
        assert messages[0].startswith("waiting for another afugen")
    other.join(10)
    _assert_checked_out(worktree, store, commit)


_SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import test_repo_worktree
store, base, commit = test_repo_worktree._two(Path({user!r}))
print("started", flush=True)
for _ in range(50):
    store.checkout(base, "build")
    store.checkout(commit, "build")
"""


@pytest.mark.slow
def test_kill_at_any_moment_of_a_checkout_is_recovered_from(user):
    userrepo.write(user, {f"drivers/many/{n}.c": f"int x{n};\n" for n in range(600)})
    userrepo.git(user, "add", "-f", ".")
    userrepo.git(user, "commit", "-q", "-m", "many")
    store, base, commit = _two(user)
    script = _SCRIPT.format(tests=str(Path(__file__).parent), user=str(user))
    for n, wanted in enumerate((base, commit, base, commit, base)):
        assert userrepo.killed_after(n * 0.1, script)
        _assert_checked_out(store.checkout(wanted, "build"), store, wanted)
