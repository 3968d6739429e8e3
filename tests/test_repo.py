# SPDX-License-Identifier: GPL-2.0-only
"""The trees that `--tree` accepts, and the files that are read from them."""

from __future__ import annotations

from pathlib import Path

import pytest

import userrepo
from afugen import git
from afugen.errors import TreeError


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def user(tmp_path) -> Path:
    return userrepo.make(tmp_path / "user repo ä")


def test_worktree_is_read_at_head_however_dirty_it_is(user):
    committed = (user / "Kconfig").read_bytes()
    userrepo.write(user, {"Kconfig": "dirty\n", "drivers/new.c": "x\n"})
    userrepo.git(user, "add", "-f", "Kconfig")
    base = git.open_tree(user).files()
    assert base.read("Kconfig") == committed
    assert base.exists("Kconfig")
    assert not base.exists("drivers/new.c")
    assert not base.exists("drivers")


def test_any_revision_can_be_the_base(user):
    base = git.open_tree(user).files("HEAD~1")
    assert base.commit_id == userrepo.git(user, "rev-parse", "HEAD~1").strip()
    assert base.read("Kconfig") == b"config OLD1\n"
    assert base.commit_id[:12] in base.label
    assert str(user) in base.label


def test_tag_is_peeled_to_its_commit(user):
    userrepo.git(user, "tag", "-a", "-m", "tag", "v6.1", "HEAD")
    commit = git.open_tree(user).files("v6.1").commit_id
    assert commit == userrepo.git(user, "rev-parse", "HEAD").strip()


def test_bare_repository_is_a_tree(user, tmp_path):
    userrepo.git(tmp_path, "clone", "-q", "--bare", str(user), "bare.git")
    tree = git.open_tree(tmp_path / "bare.git")
    assert tree.files().read("Makefile") == (user / "Makefile").read_bytes()


def test_git_directory_of_a_worktree_is_a_tree(user):
    assert git.open_tree(user / ".git").files().exists("Kconfig")


def test_linked_worktree_has_its_own_head_and_the_common_objects(user, tmp_path):
    userrepo.git(user, "worktree", "add", "-q", "--detach", str(tmp_path / "linked"), "HEAD~1")
    linked = git.open_tree(tmp_path / "linked")
    assert linked.files().read("Kconfig") == b"config OLD1\n"
    assert linked.store().directory == git.open_tree(user).store().directory


def test_alternates_of_the_user_are_followed(user, tmp_path):
    userrepo.git(tmp_path, "clone", "-q", "-s", str(user), "borrower")
    alternates = tmp_path / "borrower/.git/objects/info/alternates"
    assert not list((tmp_path / "borrower/.git/objects").glob("??"))
    alternates.write_text("../../../user repo ä/.git/objects\n")
    base = git.open_tree(tmp_path / "borrower").files()
    assert base.read("Makefile") == (user / "Makefile").read_bytes()


@pytest.mark.parametrize("name", ['"quoted"', "#hash", "back\\slash", "tab\tb", "ünï", "a:b"])
def test_any_path_can_be_borrowed_from(tmp_path, name):
    user = userrepo.make(tmp_path / name)
    assert git.open_tree(user).files().exists("Kconfig")


def test_path_with_a_line_break_is_refused_clearly(tmp_path):
    with pytest.raises(TreeError, match="a path with a line break"):
        git.open_tree(userrepo.make(tmp_path / "line\nbreak"))


def test_relative_path_names_the_same_store(user, monkeypatch):
    monkeypatch.chdir(user.parent)
    store = git.open_tree(Path(user.name)).store()
    assert store.directory == git.open_tree(user).store().directory


def test_sha256_repository_is_a_tree(tmp_path):
    user = userrepo.make(tmp_path / "user", object_format="sha256")
    base = git.open_tree(user).files()
    assert len(base.commit_id) == 64
    assert base.read("Makefile") == (user / "Makefile").read_bytes()


def test_shallow_clone_has_its_boundary_in_the_store(user, tmp_path):
    for number in range(3):
        userrepo.git(user, "commit", "-q", "--allow-empty", "-m", f"more {number}")
    userrepo.git(tmp_path, "clone", "-q", "--depth", "2", user.as_uri(), "shallow")
    tree = git.open_tree(tmp_path / "shallow")
    log = tree.store().git.run("rev-list", tree.resolve()).decode().split()
    assert len(log) == 2
    userrepo.git(tmp_path / "shallow", "fetch", "-q", "--unshallow")
    assert len(tree.store().git.run("rev-list", tree.resolve()).decode().split()) == 5


def test_unpacked_tarball_is_a_tree_even_inside_another_repository(user):
    userrepo.write(user / "sub", userrepo.FILES | {"Kconfig": "unpacked\n"})
    tree = git.open_tree(user / "sub")
    base = tree.files()
    assert base.read("Kconfig") == b"unpacked\n"
    assert base.mode("scripts/run.sh") == "100755"
    assert not base.exists("drivers")
    assert not base.exists("drivers/none.c")
    with pytest.raises(TreeError, match=r"not a git repository: it has no revision 'v1'"):
        tree.files("v1")


def test_missing_file_is_named_with_its_tree(user):
    for base in (git.open_tree(user).files(), git.DirectoryFiles(user)):
        with pytest.raises(TreeError, match=r"user repo ä.*: there is no drivers/misc/cxl/api\.c"):
            base.read("drivers/misc/cxl/api.c")
        with pytest.raises(TreeError, match=r"there is no Kconfig/below"):
            base.read("Kconfig/below")
        with pytest.raises(TreeError, match=r"drivers is not a"):
            base.read("drivers")
        assert base.read("Kconfig") == userrepo.FILES["Kconfig"].encode()


@pytest.mark.parametrize(
    "path", ["../x", "/etc/passwd", "a//b", "", "a/../b", ".git/config", "a\nb"]
)
def test_paths_outside_the_tree_are_refused(user, path):
    for base in (git.open_tree(user).files(), git.DirectoryFiles(user)):
        with pytest.raises(TreeError, match="not a path inside"):
            base.read(path)


def test_content_that_a_partial_clone_lacks_is_not_fetched(user, tmp_path):
    userrepo.git(user, "config", "uploadpack.allowFilter", "true")
    userrepo.git(
        tmp_path, "clone", "-q", "--bare", "--filter=blob:none", user.as_uri(), "partial.git"
    )
    before = userrepo.snapshot(tmp_path / "partial.git")
    with pytest.raises(TreeError, match="content of Kconfig is missing"):
        git.open_tree(tmp_path / "partial.git").files().read("Kconfig")
    assert userrepo.snapshot(tmp_path / "partial.git") == before


def test_words_are_found_in_the_whole_commit(user):
    base = git.open_tree(user).files()
    assert base.paths_with_words(("f3", "SUBLEVEL")) == ("Makefile", "drivers/misc/cxl/file.c")
    assert base.paths_with_words(("SUBLEVE",)) == ()


def _not_there(path: Path) -> None:
    """Nothing to prepare."""


def _file(path: Path) -> None:
    path.write_text("x")


def _broken_gitfile(path: Path) -> None:
    userrepo.write(path, userrepo.FILES | {".git": "gitdir: /nowhere\n"})


def _other_sources(path: Path) -> None:
    userrepo.write(path, {"main.c": "int main;\n"})


def _other_repository(path: Path) -> None:
    path.mkdir()
    userrepo.git(path, "init", "-q")
    userrepo.write(path, {"main.c": "int main;\n"})
    userrepo.git(path, "add", ".")
    userrepo.git(path, "commit", "-q", "-m", "x")


def _empty_repository(path: Path) -> None:
    path.mkdir()
    userrepo.git(path, "init", "-q")


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (_not_there, r"/here does not exist"),
        (_file, r"/here is not a directory: name a git repository or an unpacked tarball"),
        (_other_sources, r"/here is neither a git repository nor an unpacked kernel"),
        (_broken_gitfile, r"/here is not a git repository that git can read: .*/nowhere"),
        (_other_repository, r"/here at HEAD \(\w{12}\) is not a kernel tree"),
        (_empty_repository, r"/here: the repository is empty"),
    ],
)
def test_what_is_no_kernel_tree_is_refused_in_one_line(tmp_path, prepare, message):
    prepare(tmp_path / "here")
    with pytest.raises(TreeError, match=message) as caught:
        git.open_tree(tmp_path / "here").files()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("rev", "message"),
    [
        ("v9.9", r"there is no revision 'v9\.9'"),
        ("--all", r"there is no revision '--all'"),
        ("", r"there is no revision ''"),
        ("HEAD:Kconfig", r"'HEAD:Kconfig' is not a commit"),
        ("HEAD..HEAD~1", r"there is no revision"),
    ],
)
def test_unknown_revision_is_named(user, rev, message):
    with pytest.raises(TreeError, match=message):
        git.open_tree(user).files(rev)


def test_reading_leaves_no_trace_and_springs_no_trap(user, tmp_path, monkeypatch):
    evil = tmp_path / "evil"
    userrepo.make_hostile(evil, user / ".git", monkeypatch)
    before = userrepo.snapshot(user)
    base = git.open_tree(user).files()
    assert base.read("drivers/misc/cxl/file.c") == (user / "drivers/misc/cxl/file.c").read_bytes()
    assert userrepo.snapshot(user) == before
    assert not userrepo.triggered_traps(evil)
