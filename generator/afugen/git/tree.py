# SPDX-License-Identifier: GPL-2.0-only
"""The user's kernel tree: a git repository or an unpacked tarball."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from afugen import cache
from afugen.command import Progress, ignore_progress
from afugen.errors import TreeError
from afugen.git.branch import Branch, BranchUpdate
from afugen.git.files import KERNEL_TOP, CommitFiles, DirectoryFiles
from afugen.git.importing import import_directory
from afugen.git.process import Git
from afugen.git.store import Store, StoredCommit


class Directory:
    """An unpacked tarball, which is only read, also by an import."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def files(self, rev: str = "HEAD") -> DirectoryFiles:
        """Return the directory's files; the only revision is HEAD."""
        if rev != "HEAD":
            raise TreeError(f"{self.path} is not a git repository: it has no revision {rev!r}")
        return DirectoryFiles(self.path)

    def stored_commit(
        self, rev: str = "HEAD", progress: Progress = ignore_progress
    ) -> StoredCommit:
        """Return the directory as a commit; later imports read only the files that changed."""
        self.files(rev)
        return import_directory(self.path, progress)


class Repository:
    """The user's git repository: a worktree, a linked worktree, bare or shallow."""

    def __init__(self, path: Path, git_dir: Path) -> None:
        self.path = path
        self._git = Git(git_dir)
        result = self._git.try_run(
            "rev-parse", "--path-format=absolute", "--git-common-dir",
            "--git-path", "objects", "--git-path", "shallow", "--show-object-format",
        )  # fmt: skip
        if result.status:
            message = f"{path} is not a git repository that git can read: {result.error_message}"
            raise TreeError(message)
        *paths, self._object_format = os.fsdecode(result.stdout).rstrip("\n").split("\n")
        if len(paths) != 3:
            raise TreeError(f"{path}: git cannot borrow from a path with a line break")
        self.common_dir, self._objects, self._shallow = map(Path, paths)

    def resolve(self, rev: str = "HEAD") -> str:
        """Return the commit id of a revision."""
        result = self._git.try_run("rev-parse", "--verify", "--end-of-options", f"{rev}^{{commit}}")
        commit = result.stdout.decode().strip()
        if result.status == 0 and commit:
            return commit
        if not self._git.try_run("rev-list", "--all", "--max-count=1").stdout:
            raise TreeError(f"{self.path}: the repository is empty, it has no commit yet")
        if self._git.try_run("rev-parse", "--verify", "-q", "--end-of-options", rev).status == 0:
            raise TreeError(f"{self.path}: {rev!r} is not a commit")
        raise TreeError(f"{self.path}: there is no revision {rev!r}")

    def store(self, progress: Progress = ignore_progress) -> Store:
        """Return the store that borrows this repository's objects."""
        name = hashlib.sha256(os.fsencode(self.common_dir.resolve())).hexdigest()[:16]
        return Store.open(
            cache.root() / "repos" / name,
            objects=self._objects,
            shallow=self._shallow,
            object_format=self._object_format,
            progress=progress,
        )

    def files(self, rev: str = "HEAD") -> CommitFiles:
        """Return the files of a revision, from its objects and not from the worktree."""
        commit = self.resolve(rev)
        short = commit[:12]
        revision = short if commit.startswith(rev) else f"{rev} ({short})"
        files = self.store().files(commit, label=f"{self.path} at {revision}")
        if not files.has_any(*KERNEL_TOP):
            raise TreeError(f"{files.label} is not a kernel tree: no {' or '.join(KERNEL_TOP)}")
        return files

    def stored_commit(
        self, rev: str = "HEAD", progress: Progress = ignore_progress
    ) -> StoredCommit:
        """Return the revision as a commit in the store, without copying anything."""
        return StoredCommit(self.store(progress), self.files(rev).commit_id)

    def branch(self, name: str) -> Branch:
        """Return a branch; raise TreeError if its name is invalid or any worktree uses it."""
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
        """Copy a commit of the store and set a branch to it atomically.

        This is the only write to the user's repository. Raise TreeError for a branch at another
        commit, unless `force` is set.
        """
        with cache.locked(store.directory / "branches.lock", progress):
            return self.branch(name).update(store.git, commit, reason=reason, force=force)


def open_tree(path: Path) -> Repository | Directory:
    """Return the tree at `path` itself; parent directories are not searched for a repository."""
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
