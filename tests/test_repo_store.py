# SPDX-License-Identifier: GPL-2.0-only
"""Commits, diffs and patches: the same bytes whatever the user has configured."""

from __future__ import annotations

import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

import seed
import userrepo
from afugen import git
from afugen.errors import TreeError

FILE, HEADER = "drivers/misc/cxl/file.c", "include/misc/cxl.h"
DATA = git.CommitData(
    "Jörg Müller",
    "joerg@example.com",
    datetime(2015, 8, 19, 14, 19, 31, tzinfo=timezone(timedelta(hours=10))),
    "cxl: Add mechanism for delivering AFU driver specific events, and a subject that folds\n\n"
    "Bödy.\n\nSigned-off-by: Jörg Müller <joerg@example.com>\n",
)


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def user(tmp_path) -> Path:
    return userrepo.make(tmp_path / "user")


def _files(base: git.TreeFiles) -> dict[str, bytes | None]:
    return {
        FILE: base.read(FILE).replace(b"return 4", b"return 44").replace(b"return 8", b"return 88"),
        "scripts/run.sh": b"#!/bin/sh\necho\n",
        "drivers/misc/cxl/new ä.c": b"int new;\r\n",
        HEADER: None,
        "Kconfig": base.read("Kconfig").rstrip(),
    }


def _commit(user: Path) -> tuple[git.Store, str, str]:
    tree = git.open_tree(user)
    assert isinstance(tree, git.Repository)
    base, store = tree.files(), tree.store()
    return store, base.commit_id, store.commit(base.commit_id, _files(base), DATA)


def _as_git_has_it(user: Path, tmp_path: Path) -> tuple[Path, str, str]:
    """The same change by hand, in a clone of a user without any configuration."""
    clone = tmp_path / "by-hand"
    userrepo.git(tmp_path, "clone", "-q", str(user), str(clone))
    for path, content in _files(git.DirectoryFiles(clone)).items():
        if content is None:
            (clone / path).unlink()
        else:
            (clone / path).write_bytes(content)
    # Attributes would choose the names after @@; without them git's own heuristics do.
    userrepo.write(clone, {".git/info/attributes": "* !diff\n"})
    diff = userrepo.git(clone, "add", "-A", "-f") + userrepo.git(
        clone, "diff", "--cached", "--abbrev=7"
    )
    date = f"{DATA.date.timestamp():.0f} {DATA.date:%z}"
    author = f"--author={DATA.author_name} <{DATA.author_email}>"
    userrepo.git(clone, "commit", "-q", author, f"--date={date}", "-F", "-", stdin=DATA.message)
    pins = ("--zero-commit", "--no-signature", "--abbrev=7", "--stdout")
    mail = userrepo.git(clone, "format-patch", *pins, "-N", "--subject-prefix=PATCH 1/2", "-1")
    return clone, diff, mail


def _tree(store: git.Store, commit: str) -> str:
    return store.git.run("rev-parse", f"{commit}^{{tree}}").decode().strip()


def test_tree_of_a_commit_is_what_git_makes_of_the_same_files(user, tmp_path):
    store, _, commit = _commit(user)
    clone, _, _ = _as_git_has_it(user, tmp_path)
    by_hand = userrepo.git(clone, "rev-parse", "HEAD^{tree}").strip()
    assert _tree(store, commit) == by_hand
    assert store.files(commit).mode("scripts/run.sh") == "100755"
    store.git.run("fsck", "--strict", "--no-dangling", commit)


def test_commit_holds_what_it_was_given_and_nothing_else(user):
    store, base, commit = _commit(user)
    raw = store.git.run("cat-file", "commit", commit).decode()
    who = "Jörg Müller <joerg@example.com> 1439957971 +1000"
    head = f"tree {_tree(store, commit)}\nparent {base}\nauthor {who}\ncommitter {who}\n\n"
    assert raw == head + DATA.message
    assert store.changed(base, commit) == tuple(sorted(_files(store.files(base))))


def test_diff_is_what_git_diff_prints_by_default(user, tmp_path):
    store, base, commit = _commit(user)
    _, by_hand, _ = _as_git_has_it(user, tmp_path)
    assert store.diff(base, commit) == by_hand
    # With the tree's own `*.c diff=cpp` it would say `static int f3(void)`.
    assert "@@ -25,7 +25,7 @@ out:\n" in by_hand


def test_mail_is_what_git_format_patch_prints_by_default(user, tmp_path):
    store, _, commit = _commit(user)
    _, _, by_hand = _as_git_has_it(user, tmp_path)
    assert store.format_patch(commit, subject_prefix="PATCH 1/2") == by_hand


def test_hostile_user_gets_the_same_bytes(user, tmp_path, monkeypatch):
    store, base, commit = _commit(user)
    diff, mail = store.diff(base, commit), store.format_patch(commit, base_commit=base)
    evil = tmp_path / "evil"
    userrepo.make_hostile(evil, user / ".git", monkeypatch)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other-cache"))
    before = userrepo.snapshot(user)
    hostile_store, hostile_base, hostile_commit = _commit(user)
    assert hostile_store.directory != store.directory
    assert (hostile_base, hostile_commit) == (base, commit)
    assert hostile_store.diff(base, commit) == diff
    assert hostile_store.format_patch(commit, base_commit=base) == mail
    worktree = hostile_store.checkout(commit, "build")
    assert (worktree / "drivers/misc/cxl/new ä.c").read_bytes() == b"int new;\r\n"
    assert (worktree / FILE).read_bytes() == _files(store.files(base))[FILE]
    assert not userrepo.triggered_traps(evil)
    assert userrepo.snapshot(user) == before


def test_hostile_configuration_does_bite_git_itself(user, tmp_path, monkeypatch):
    """The test above proves something only if git alone obeys the configuration."""
    _, base, commit = _commit(user)
    diff = _commit(user)[0].diff(base, commit)
    userrepo.make_hostile(tmp_path / "evil", user / ".git", monkeypatch)
    for name in ("DIR", "WORK_TREE", "INDEX_FILE", "OBJECT_DIRECTORY", "COMMON_DIR"):
        monkeypatch.delenv(f"GIT_{name}")
    plain = subprocess.run(
        ["git", "-C", str(user), "diff", "HEAD~1", "HEAD"], capture_output=True, check=False
    )
    assert plain.stdout.decode() != diff
    assert userrepo.triggered_traps(tmp_path / "evil")


def test_seed_diff_is_printed_as_it_was(tmp_path):
    files = seed.base_files()
    work = tmp_path / "work"
    userrepo.write(work, {path: content.decode() for path, content in files.items()})
    userrepo.git(work, "init", "-q")
    userrepo.git(work, "apply", "-", stdin=seed.diff())
    after = {path: (work / path).read_bytes() for path in files}
    userrepo.write(work, {path: content.decode() for path, content in files.items()})
    store = git.Store.scratch()
    base = store.root_commit(git.DirectoryFiles(work), files, DATA)
    diff = store.diff(base, store.commit(base, after, DATA))
    assert seed.without_index(diff) == seed.without_index(seed.diff())


def test_index_lines_have_as_many_digits_as_asked_for_even_if_ambiguous(user):
    store, base, commit = _commit(user)
    full = store.diff(base, commit, abbrev=40)
    blob = next(line for line in full.split("\n") if line.startswith("index "))[6:46]
    # An object whose id begins alike, by its file name; git then lengthens abbreviations.
    twin = store.git.git_dir / "objects" / blob[:2] / (blob[2:20] + blob[20:][::-1])
    twin.parent.mkdir(exist_ok=True)
    twin.write_bytes(b"")
    assert f"index {blob[:20]}" in store.git.run("diff", "--abbrev=7", base, commit).decode()
    assert store.diff(base, commit) == _abbreviated(full, 7)
    assert store.diff(base, commit, abbrev=12) == _abbreviated(full, 12)
    assert f"\nindex {blob[:7]}.." in store.format_patch(commit)


def _abbreviated(diff: str, digits: int) -> str:
    lines = []
    for line in diff.split("\n"):
        words = line.split(" ")
        if words[0] == "index":
            words[1] = "..".join(name[:digits] for name in words[1].split(".."))
        lines.append(" ".join(words))
    return "\n".join(lines)


def test_message_that_looks_like_an_index_line_is_left_alone(user):
    store, base, _ = _commit(user)
    line = f"index {'a' * 40}..{'b' * 40} 100644"
    data = git.CommitData("A", "a@b", DATA.date, f"subject\n\n{line}\n")
    commit = store.commit(base, {"Kconfig": f"x\n{line}\n".encode()}, data)
    mail = store.format_patch(commit)
    assert mail.count(line) == 2


def test_base_commit_is_named_only_when_asked_for(user, tmp_path):
    userrepo.git(tmp_path, "clone", "-q", "--depth", "1", user.as_uri(), "shallow")
    store, base, commit = _commit(tmp_path / "shallow")
    assert "base-commit" not in store.format_patch(commit)
    assert store.format_patch(commit, base_commit=base).endswith(f"\nbase-commit: {base}\n")


def test_planted_files_give_the_patch_of_the_whole_tree(user):
    store, base, commit = _commit(user)
    files = _files(store.files(base))
    scratch = git.Store.scratch()
    planted = scratch.root_commit(git.DirectoryFiles(user), files, DATA)
    assert scratch.format_patch(scratch.commit(planted, files, DATA)) == store.format_patch(commit)


def test_commit_leaves_no_ref_and_no_lock(user):
    store, _, _ = _commit(user)
    assert store.git.run("for-each-ref") == b""
    assert not list(store.git.git_dir.rglob("*.lock"))


def test_commit_refuses_to_replace_a_directory(user):
    store, base, _ = _commit(user)
    with pytest.raises(TreeError, match="drivers is not a regular file"):
        store.commit(base, {"drivers": b"x"}, DATA)


@pytest.mark.parametrize("name", ["A <b>", "A\nB", " A", "A\0"])
def test_author_cannot_break_out_of_the_commit(user, name):
    store, base, _ = _commit(user)
    with pytest.raises(TreeError, match="cannot be part of a commit's author"):
        store.commit(base, {"Kconfig": b"x"}, git.CommitData(name, "a@b", DATA.date, "x\n"))


def test_objects_that_the_user_lost_are_made_again(user):
    store, base, commit = _commit(user)
    blob = store.git.run("rev-parse", f"{commit}:{FILE}").decode().strip()
    (store.git.git_dir / "objects" / blob[:2] / blob[2:]).unlink()
    assert _commit(user)[2] == commit
    assert store.files(commit).read(FILE) == _files(store.files(base))[FILE]


def test_sha256_repository_gets_sha256_commits(tmp_path):
    store, base, commit = _commit(userrepo.make(tmp_path / "user", object_format="sha256"))
    assert len(commit) == 64
    assert "index " in store.diff(base, commit)
    assert all(
        len(line.split(" ")[1]) == 16
        for line in store.diff(base, commit).split("\n")
        if line.startswith("index ")
    )
