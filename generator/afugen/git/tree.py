# SPDX-License-Identifier: GPL-2.0-only
"""What `--tree` may name: the user's git repository, or an unpacked tarball."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Protocol

from afugen import cache
from afugen.command import Progress, ignore_progress
from afugen.errors import TreeError
from afugen.git.base import KERNEL_TOP, DirBase, GitBase
from afugen.git.branch import Branch, BranchUpdate
from afugen.git.importing import import_directory
from afugen.git.process import Git
from afugen.git.store import Store, Stored


class Tree(Protocol):
    """A kernel tree of the user's; read-only but for `Repository.update_branch`."""

    @property
    def path(self) -> Path:
        """Where it is."""

    def base(self, rev: str = "HEAD") -> GitBase | DirBase:
        """The files of a revision; TreeError if there is no such revision."""

    def stored(self, rev: str = "HEAD", progress: Progress = ignore_progress) -> Stored:
        """The same as a commit in afugen's own store; imports a directory, which takes long."""


class Directory:
    """An unpacked tarball; read only, also when it is imported."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def base(self, rev: str = "HEAD") -> DirBase:
        """The directory's files; the only revision is HEAD."""
        if rev != "HEAD":
            raise TreeError(f"{self.path} is not a git repository: it has no revision {rev!r}")
        return DirBase(self.path)

    def stored(self, rev: str = "HEAD", progress: Progress = ignore_progress) -> Stored:
        """The directory as a commit; later imports read only what changed."""
        self.base(rev)
        return import_directory(self.path, progress)


class Repository:
    """The user's git repository: worktree, linked worktree, bare or shallow."""

    def __init__(self, path: Path, git_dir: Path) -> None:
        self.path = path
        self._git = Git(git_dir)
        asked = ("--git-common-dir", "objects", "shallow")
        answer = self._git.ask(
            "rev-parse", "--path-format=absolute", asked[0],
            *(word for name in asked[1:] for word in ("--git-path", name)), "--show-object-format",
        )  # fmt: skip
        if answer.status:
            raise TreeError(f"{path} is not a git repository that git can read: {answer.complaint}")
        *places, object_format = os.fsdecode(answer.stdout).rstrip("\n").split("\n")
        if len(places) != len(asked):
            raise TreeError(f"{path}: git cannot borrow from a path with a line break")
        self.common_dir, self._objects, self._shallow = map(Path, places)
        self._object_format = object_format

    def resolve(self, rev: str = "HEAD") -> str:
        """The commit id of a revision."""
        answer = self._git.ask("rev-parse", "--verify", "--end-of-options", f"{rev}^{{commit}}")
        commit = answer.stdout.decode().strip()
        if answer.status == 0 and commit:
            return commit
        if not self._git.ask("rev-list", "--all", "--max-count=1").stdout:
            raise TreeError(f"{self.path}: the repository is empty, it has no commit yet")
        if self._git.ask("rev-parse", "--verify", "-q", "--end-of-options", rev).status == 0:
            raise TreeError(f"{self.path}: {rev!r} is not a commit")
        raise TreeError(f"{self.path}: there is no revision {rev!r}")

    def store(self, progress: Progress = ignore_progress) -> Store:
        """afugen's own repository, which borrows this one's objects."""
        name = hashlib.sha256(os.fsencode(self.common_dir.resolve())).hexdigest()[:16]
        return Store.open(
            cache.root() / "repos" / name,
            objects=self._objects,
            shallow=self._shallow,
            object_format=self._object_format,
            progress=progress,
        )

    def base(self, rev: str = "HEAD") -> GitBase:
        """The files of a revision, from its objects: a dirty worktree does not matter."""
        commit = self.resolve(rev)
        base = self.store().base(commit, label=f"{self.path} at {_called(rev, commit)}")
        if not base.has_any(KERNEL_TOP):
            raise TreeError(f"{base.label} is not a kernel tree: no {' or '.join(KERNEL_TOP)}")
        return base

    def stored(self, rev: str = "HEAD", progress: Progress = ignore_progress) -> Stored:
        """The revision as the store sees it; nothing is copied."""
        base = self.base(rev)
        return Stored(self.store(progress), base.commit_id)

    def branch(self, name: str) -> Branch:
        """A branch that may be written: TreeError if its name is bad or it is checked out."""
        return Branch.open(self._git, self.path, self.common_dir, name)

    def update_branch(
        self,
        store: Store,
        name: str,
        commit: str,
        *,
        reason: str,
        force: bool = False,
        progress: Progress = ignore_progress,
    ) -> BranchUpdate:
        """Bring a commit of the store and point a branch at it, atomically.

        The one thing that is ever written to the user's repository. A branch that holds something
        else is left alone unless forced; the update says what it held.
        """
        with cache.locked(store.directory / "branches.lock", progress):
            return self.branch(name).update(store.git, commit, reason=reason, force=force)


def open_tree(path: Path) -> Repository | Directory:
    """What is at `path`. It counts alone: a repository that it lies in is not looked for."""
    path = path.absolute()
    if not path.exists():
        raise TreeError(f"{path} does not exist")
    if not path.is_dir():
        raise TreeError(f"{path} is not a directory: name a git repository or an unpacked tarball")
    if os.path.lexists(path / ".git"):
        return Repository(path, path / ".git")
    if all((path / name).exists() for name in ("HEAD", "objects", "refs")):
        return Repository(path, path)
    if (path / "HEAD").is_file() and (path / "commondir").is_file():
        return Repository(path, path)
    if any((path / name).exists() for name in KERNEL_TOP):
        return Directory(path)
    raise TreeError(
        f"{path} is neither a git repository nor an unpacked kernel: "
        f"no .git, no {' or '.join(KERNEL_TOP)}"
    )


def _called(rev: str, commit: str) -> str:
    return commit[:12] if commit.startswith(rev) else f"{rev} ({commit[:12]})"
