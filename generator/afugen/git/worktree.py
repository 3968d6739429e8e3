# SPDX-License-Identifier: GPL-2.0-only
"""Linked worktrees of afugen's own repository, for builds.

They are registered there and nowhere else. What a kill leaves (index.lock, a locked entry, files
of half a checkout) is known and mended.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from afugen import cache
from afugen.command import Progress, ProgressEvent
from afugen.errors import TreeError
from afugen.git.process import Git

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def worktree_path(directory: Path, name: str) -> Path:
    """Where the worktree `name` of the store in `directory` is."""
    if not _NAME.fullmatch(name) or name.endswith(".lock"):
        raise ValueError(f"not a worktree's name: {name!r}")
    return directory / "work" / name


def checkout(store: Git, path: Path, commit: str, progress: Progress) -> None:
    """Bring the worktree at `path` to a commit; the caller holds its lock."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    if cache.is_made(path) and not _switch(store, path, commit, unfinished, progress):
        progress(ProgressEvent("checkout", f"the worktree {path} is broken, making it again"))
        cache.unmake(path)
    if not cache.is_made(path):
        cache.made(path, lambda new: _add(store, new, commit, progress), progress)
        unfinished.unlink(missing_ok=True)


def _switch(store: Git, path: Path, commit: str, unfinished: Path, progress: Progress) -> bool:
    """Check out another commit; False if the worktree is beyond that."""
    admin = _admin(store, path)
    # We hold the lock, and so does every git we start: whoever made this one is dead.
    (admin / "index.lock").unlink(missing_ok=True)
    (admin / "HEAD.lock").unlink(missing_ok=True)
    interrupted = unfinished.exists()
    unfinished.touch()
    git = Git(path / ".git", path)
    done = git.watch(
        _said(progress), "checkout", "--progress", "--force", "--detach", commit
    ).status == 0 and (not interrupted or git.ask("clean", "-ffdxq").status == 0)
    if done:
        unfinished.unlink()
    return done


def add_empty(store: Git, path: Path, commit: str) -> Path:
    """Register a worktree whose HEAD is the commit, with no file in it; its admin directory."""
    shutil.rmtree(_admin(store, path), ignore_errors=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    store.run("worktree", "add", "--quiet", "--no-checkout", "--detach", str(path), commit)
    return _admin(store, path)


def _add(store: Git, path: Path, commit: str, progress: Progress) -> None:
    add_empty(store, path, commit)
    git = Git(path / ".git", path)
    answer = git.watch(_said(progress), "checkout", "--progress", "--force", "--detach", commit)
    if answer.status:
        raise TreeError(f"{path}: git checkout: {answer.complaint}")


def _admin(store: Git, path: Path) -> Path:
    return store.git_dir / "worktrees" / path.name


def _said(progress: Progress) -> Callable[[float], None]:
    return lambda fraction: progress(
        ProgressEvent("checkout", "writing the source tree", fraction=fraction)
    )
