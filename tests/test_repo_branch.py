# SPDX-License-Identifier: GPL-2.0-only
"""The only write to a user's repository: new objects, then one branch."""

from __future__ import annotations

import subprocess
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

import userrepo
from afugen import cache, git
from afugen.errors import TreeError
from afugen.git.branch import Branch

DATA = git.CommitData("A", "a@example.com", datetime(2015, 8, 19, tzinfo=UTC), "cxl: change\n")
REASON = "afugen: apply v1"


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def user(tmp_path) -> Path:
    return userrepo.make(tmp_path / "user")


def _apply(user: Path, name: str = "topic", text: str = "new\n", *, force: bool = False):
    tree = git.open_tree(user)
    assert isinstance(tree, git.Repository)
    base, store = tree.files(), tree.store()
    files = {"Kconfig": text.encode(), "drivers/misc/cxl/new.c": b"int new;\n", "Makefile": None}
    commit = store.commit(base.commit_id, files, DATA)
    return tree.update_branch(store, name, commit, reason=REASON, force=force)


def _refs(user: Path) -> str:
    return userrepo.git(user, "for-each-ref", "--format=%(refname) %(objectname)")


def _prepare_dirty(user: Path) -> Path:
    userrepo.write(user, {"Kconfig": "dirty\n", "untracked": "x\n", "staged": "x\n"})
    userrepo.git(user, "add", "staged")
    return user


def _prepare_linked(user: Path) -> Path:
    linked = user.parent / "linked ä"
    userrepo.git(user, "worktree", "add", "-q", "-b", "other", str(linked))
    return linked


def _prepare_bare(user: Path) -> Path:
    userrepo.git(user.parent, "clone", "-q", "--bare", str(user), "bare.git")
    return user.parent / "bare.git"


def _prepare_shallow(user: Path) -> Path:
    userrepo.git(user.parent, "clone", "-q", "--depth", "1", user.as_uri(), "shallow")
    return user.parent / "shallow"


def _prepare_borrowing(user: Path) -> Path:
    userrepo.git(user.parent, "clone", "-q", "-s", str(user), "borrower")
    return user.parent / "borrower"


def _prepare_packed(user: Path) -> Path:
    userrepo.git(user, "branch", "old")
    userrepo.git(user, "gc", "-q", "--prune=now")
    return user


def _prepare_hostile(user: Path) -> Path:
    return user


PREPARATIONS = (
    _prepare_dirty, _prepare_linked, _prepare_bare, _prepare_shallow, _prepare_borrowing,
    _prepare_packed, _prepare_hostile,
)  # fmt: skip


@pytest.mark.parametrize("prepare", PREPARATIONS)
def test_nothing_but_objects_and_the_branch_changes(user, tmp_path, monkeypatch, prepare):
    tree = prepare(user)
    evil = tmp_path / "evil"
    everything = [path for path in tmp_path.iterdir() if path.is_dir()]
    common = Path(
        userrepo.git(tree, "rev-parse", "--path-format=absolute", "--git-common-dir")[:-1]
    )
    if prepare is _prepare_hostile:
        userrepo.make_hostile(evil, common, monkeypatch)
    before = {root: userrepo.snapshot(root) for root in everything}
    update = _apply(tree)
    assert update.old is None
    assert not update.is_unchanged
    assert not userrepo.triggered_traps(evil)
    changed = {
        root / path
        for root in everything
        for path in userrepo.changed_paths(before[root], userrepo.snapshot(root))
    }
    logs = {common / "logs/refs/heads/topic"} if prepare is not _prepare_bare else set()
    objects = {path for path in changed if path.is_relative_to(common / "objects")}
    assert changed - objects == {common / "refs/heads/topic"} | logs
    # The commit, its root tree, drivers, drivers/misc, drivers/misc/cxl and two blobs.
    assert len(objects) == 7
    assert not any(str(path.relative_to(root)) in before[root] for path in objects
                   for root in everything if path.is_relative_to(root))  # fmt: skip


def test_branch_can_be_used_by_git(user):
    update = _apply(user)
    userrepo.git(user, "fsck", "--full", "--strict")
    userrepo.git(user, "checkout", "-q", "topic")
    assert (user / "Kconfig").read_text() == "new\n"
    assert not (user / "Makefile").exists()
    assert userrepo.git(user, "rev-parse", "topic~1", "master").split()[0] == (
        userrepo.git(user, "rev-parse", "master").strip()
    )
    assert update.new == userrepo.git(user, "rev-parse", "topic").strip()
    assert "status" not in userrepo.git(user, "status", "--porcelain")


def test_reflog_says_who_moved_the_branch_and_why(user):
    new = _apply(user).new
    log = (user / ".git/logs/refs/heads/topic").read_text()
    assert log.startswith(f"{'0' * 40} {new} afugen <afugen@localhost> ")
    assert log.endswith(f"\t{REASON}\n")
    written = int(log.split("> ")[1].split(" ")[0])
    assert abs(written - time.time()) < 100


def test_second_time_is_already_there_and_writes_nothing(user):
    first = _apply(user)
    before = userrepo.snapshot(user)
    second = _apply(user)
    assert second.is_unchanged
    assert (second.old, second.new) == (first.new, first.new)
    assert userrepo.snapshot(user) == before


def test_other_content_needs_force_and_the_old_tip_is_told(user):
    old = _apply(user).new
    before = userrepo.snapshot(user)
    with pytest.raises(TreeError, match=rf"branch topic holds another commit, {old[:12]}.*--force"):
        _apply(user, text="other\n")
    assert userrepo.changed_paths(before, userrepo.snapshot(user)) == set()
    update = _apply(user, text="other\n", force=True)
    assert update.old == old
    assert userrepo.git(user, "rev-parse", "topic").strip() == update.new != old


def _as_it_is(user: Path) -> str:
    return "master"


def _in_linked_worktree(user: Path) -> str:
    userrepo.git(user, "worktree", "add", "-q", "-b", "topic", str(user.parent / "li nked"))
    return "topic"


def _in_vanished_worktree(user: Path) -> str:
    linked = user.parent / "gone"
    userrepo.git(user, "worktree", "add", "-q", "-b", "topic", str(linked))
    linked.rename(user.parent / "moved")
    return "topic"


def _in_rebase(user: Path) -> str:
    userrepo.git(user, "checkout", "-q", "-b", "topic", "HEAD~1")
    userrepo.write(user, {"Kconfig": "conflict\n"})
    userrepo.git(user, "commit", "-q", "-a", "-m", "conflict")
    with pytest.raises(subprocess.CalledProcessError):
        userrepo.git(user, "rebase", "master")
    return "topic"


def _in_apply_rebase(user: Path) -> str:
    userrepo.git(user, "checkout", "-q", "-b", "topic", "HEAD~1")
    userrepo.write(user, {"Kconfig": "conflict\n"})
    userrepo.git(user, "commit", "-q", "-a", "-m", "conflict")
    with pytest.raises(subprocess.CalledProcessError):
        userrepo.git(user, "rebase", "--apply", "master")
    return "topic"


def _in_bisect(user: Path) -> str:
    userrepo.git(user, "checkout", "-q", "-b", "topic")
    userrepo.git(user, "bisect", "start", "HEAD", "HEAD~1")
    userrepo.git(user, "checkout", "-q", "--detach")
    return "topic"


def _unborn_here(user: Path) -> str:
    userrepo.git(user, "symbolic-ref", "HEAD", "refs/heads/topic")
    return "topic"


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (_as_it_is, r"branch master is checked out in .*/user;"),
        (_in_linked_worktree, r"branch topic is checked out in .*/li nked;"),
        (_in_vanished_worktree, r"branch topic is checked out in .*/gone;"),
        (_in_rebase, r"branch topic is being rebased;"),
        (_in_apply_rebase, r"branch topic is being rebased;"),
        (_in_bisect, r"branch topic is where a bisect will return to;"),
        (_unborn_here, r"branch topic is checked out in .*/user;"),
    ],
)
def test_branch_in_use_is_refused_even_with_force(user, prepare, message):
    master = userrepo.git(user, "rev-parse", "HEAD").strip()
    name = prepare(user)
    before = userrepo.snapshot(user)
    tree = git.open_tree(user)
    assert isinstance(tree, git.Repository)
    store = tree.store()
    commit = store.commit(master, {"Kconfig": b"x"}, DATA)
    with pytest.raises(TreeError, match=message):
        tree.update_branch(store, name, commit, reason=REASON, force=True)
    assert userrepo.snapshot(user) == before


def test_head_branch_of_a_bare_repository_is_not_checked_out(user):
    update = _apply(_prepare_bare(user), "master", force=True)
    assert update.old == userrepo.git(user, "rev-parse", "HEAD").strip()


@pytest.mark.parametrize(
    "name",
    ["", "a..b", "a b", "-x", "a.lock", "/a", "a/", "a~1", "HEAD", "@{-1}", "a\nb", "a\\b", "a\0"],
)
def test_invalid_branch_name_is_refused(user, name):
    before = userrepo.snapshot(user)
    with pytest.raises(TreeError, match="is not a valid branch name"):
        _apply(user, name)
    assert userrepo.snapshot(user) == before


@pytest.mark.parametrize(("there", "wanted"), [("a", "a/b"), ("a/b", "a"), ("a/b/c", "a")])
def test_branch_and_directory_of_one_name_is_one_clear_error(user, there, wanted):
    userrepo.git(user, "branch", there)
    refs = _refs(user)
    with pytest.raises(
        TreeError, match=rf"branch {wanted} cannot be made: .*branch {there}"
    ) as error:
        _apply(user, wanted)
    assert "\n" not in str(error.value)
    assert _refs(user) == refs


def test_branch_that_is_a_symbolic_ref_is_refused(user):
    userrepo.git(user, "symbolic-ref", "refs/heads/alias", "refs/heads/master")
    with pytest.raises(TreeError, match="alias is a symbolic ref to refs/heads/master"):
        _apply(user, "alias", force=True)


def test_change_by_someone_else_in_between_is_not_overwritten(user, monkeypatch):
    """The other one comes between our look at the tip and our update."""
    _apply(user)
    master = userrepo.git(user, "rev-parse", "master").strip()
    real_tip = Branch.tip

    def tip_then_race(self: Branch) -> str | None:
        tip = real_tip(self)
        userrepo.git(user, "update-ref", "refs/heads/topic", master)
        return tip

    monkeypatch.setattr(Branch, "tip", tip_then_race)
    with pytest.raises(TreeError, match="someone else changed it just now; run again"):
        _apply(user, text="other\n", force=True)
    assert userrepo.git(user, "rev-parse", "topic").strip() == master


def test_ref_locked_by_another_git_is_said(user):
    (user / ".git/refs/heads/topic.lock").touch()
    with pytest.raises(TreeError, match=r"another git has it locked: .*topic\.lock"):
        _apply(user)


def test_commit_on_a_base_that_only_the_store_has_brings_both(user):
    tree = git.open_tree(user)
    assert isinstance(tree, git.Repository)
    store = tree.store()
    stripped = store.commit(tree.resolve(), {"Makefile": b"stripped\n"}, DATA)
    commit = store.commit(stripped, {"Kconfig": b"x\n"}, DATA)
    tree.update_branch(store, "topic", commit, reason=REASON)
    userrepo.git(user, "fsck", "--full", "--strict")
    assert userrepo.git(user, "show", "topic~1:Makefile") == "stripped\n"


def test_commit_of_a_planted_tree_is_brought_whole(user):
    tree = git.open_tree(user)
    assert isinstance(tree, git.Repository)
    store = tree.store()
    commit = store.root_commit(git.DirectoryFiles(user), ["Kconfig", "include/misc/cxl.h"], DATA)
    tree.update_branch(store, "topic", commit, reason=REASON)
    userrepo.git(user, "fsck", "--full", "--strict")


def test_second_writer_waits_and_says_so(user):
    messages: list[str] = []
    _apply(user)
    tree = git.open_tree(user)
    assert isinstance(tree, git.Repository)
    store = tree.store()
    commit = store.commit(tree.resolve(), {"Kconfig": b"x\n"}, DATA)
    done = threading.Event()

    def second() -> None:
        tree.update_branch(
            store,
            "second",
            commit,
            reason=REASON,
            progress=lambda event: messages.append(event.message),
        )
        done.set()

    with cache.locked(store.directory / "branches.lock"):
        thread = threading.Thread(target=second)
        thread.start()
        assert not done.wait(0.3)
    thread.join(10)
    assert done.is_set()
    assert messages[0].startswith("waiting for another afugen")


_SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import test_repo_branch
print("started", flush=True)
test_repo_branch._apply(Path({user!r}))
"""


@pytest.mark.slow
def test_kill_at_any_moment_leaves_the_repository_unchanged_or_complete(user):
    script = _SCRIPT.format(tests=str(Path(__file__).parent), user=str(user))
    worktree = {p: c for p, c in userrepo.snapshot(user).items() if not p.startswith(".git/")}
    index, refs = (user / ".git/index").read_bytes(), _refs(user)
    userrepo.seconds_of(script)
    userrepo.git(user, "update-ref", "-d", "refs/heads/topic")
    whole = userrepo.seconds_of(script)
    userrepo.git(user, "update-ref", "-d", "refs/heads/topic")
    killed = 0
    for n in range(9):
        killed += userrepo.killed_after(whole * n / 8, script)
        now = _refs(user)
        if now != refs:
            assert now.startswith(refs.split("\n")[0])
            userrepo.git(user, "fsck", "--full", "--strict")
            userrepo.git(user, "update-ref", "-d", "refs/heads/topic")
        assert {
            p: c for p, c in userrepo.snapshot(user).items() if not p.startswith(".git/")
        } == worktree
        assert (user / ".git/index").read_bytes() == index
        assert not list((user / ".git").rglob("*.lock"))
    assert killed
    assert not _apply(user).is_unchanged
    userrepo.git(user, "fsck", "--full", "--strict")
