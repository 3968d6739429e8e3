# SPDX-License-Identifier: GPL-2.0-only
"""Linked worktrees of afugen's own repository, for builds.

The user's repository does not know them. After a kill, the next checkout repairs or replaces a
worktree with an index.lock, a locked entry or an incomplete checkout.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from afugen import cache
from afugen.command import Progress, ProgressEvent
from afugen.errors import TreeError
from afugen.git.process import Git, GitResult

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def worktree_path(directory: Path, name: str) -> Path:
    """Return the path of the worktree `name` of the store in `directory`."""
    if not _NAME.fullmatch(name) or name.endswith(".lock"):
        raise ValueError(f"not a worktree's name: {name!r}")
    return directory / "work" / name


def checkout(store: Git, path: Path, commit: str, progress: Progress) -> None:
    """Check out a commit in the worktree at `path`, whose lock the caller holds."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    if cache.is_complete(path) and not _switch(store, path, commit, unfinished, progress):
        progress(ProgressEvent("checkout", f"the worktree {path} is broken, making it again"))
        cache.remove(path)
    if not cache.is_complete(path):
        cache.create_once(path, lambda new: _add(store, new, commit, progress), progress)
        unfinished.unlink(missing_ok=True)


def _switch(store: Git, path: Path, commit: str, unfinished: Path, progress: Progress) -> bool:
    """Check out another commit and return whether that worked."""
    admin = _admin(store, path)
    # The caller holds the lock, which every git inherits: no living process made these.
    (admin / "index.lock").unlink(missing_ok=True)
    (admin / "HEAD.lock").unlink(missing_ok=True)
    was_interrupted = unfinished.exists()
    unfinished.touch()
    if _checkout(path, commit, progress).status:
        return False
    if was_interrupted and Git(path / ".git", path).try_run("clean", "-ffdxq").status:
        return False
    unfinished.unlink()
    return True


def add_empty(store: Git, path: Path, commit: str) -> Path:
    """Add a worktree at a commit, without any file, and return its directory in the repository."""
    shutil.rmtree(_admin(store, path), ignore_errors=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    store.run("worktree", "add", "--quiet", "--no-checkout", "--detach", str(path), commit)
    return _admin(store, path)


def _add(store: Git, path: Path, commit: str, progress: Progress) -> None:
    add_empty(store, path, commit)
    result = _checkout(path, commit, progress)
    if result.status:
        raise TreeError(f"{path}: git checkout: {result.error_message}")


def _admin(store: Git, path: Path) -> Path:
    return store.git_dir / "worktrees" / path.name


def _checkout(path: Path, commit: str, progress: Progress) -> GitResult:
    def report(fraction: float) -> None:
        progress(ProgressEvent("checkout", "writing the source tree", fraction=fraction))

    options = ("--progress", "--force", "--detach")
    return Git(path / ".git", path).run_with_progress(report, "checkout", *options, commit)
