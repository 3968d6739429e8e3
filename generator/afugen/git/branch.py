# SPDX-License-Identifier: GPL-2.0-only
"""The only write to a user's repository: new objects, then one atomic update of a branch."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from afugen.errors import TreeError
from afugen.git.process import Git

# The files in which git keeps the branch of an operation that checked out a detached HEAD.
_OPERATIONS = {
    "rebase-merge/head-name": "is being rebased",
    "rebase-apply/head-name": "is being rebased",
    "rebase-merge/update-refs": "is being rebased along",
    "BISECT_START": "is where a bisect will return to",
}


@dataclass(frozen=True, slots=True)
class BranchUpdate:
    """The tips of a branch before and after an update; `old` is None for a new branch."""

    name: str
    old: str | None
    new: str

    @property
    def is_unchanged(self) -> bool:
        """Return whether the branch was at the commit already."""
        return self.old == self.new


class Branch:
    """A branch of the user's repository that may be updated."""

    def __init__(self, git: Git, label: Path, name: str) -> None:
        self.name, self.ref = name, f"refs/heads/{name}"
        self._git, self._label = git, label

    @classmethod
    def open(cls, git: Git, label: Path, common_dir: Path, name: str) -> Branch:
        """Return a branch; raise TreeError if its name is invalid or any worktree uses it."""
        branch = cls(git, label, name)
        is_invalid = name.startswith("-") or name == "HEAD" or "\0" in name
        if is_invalid or git.try_run("check-ref-format", branch.ref).status:
            raise TreeError(f"{name!r} is not a valid branch name (see git check-ref-format)")
        target = git.try_run("symbolic-ref", "-q", branch.ref).stdout.decode().strip()
        if target:
            raise TreeError(f"{label}: branch {name} is a symbolic ref to {target}; name that one")
        conflict = _conflicting_branch(git, name)
        if conflict:
            raise TreeError(
                f"{label}: branch {name} cannot be made: there is a branch {conflict}, and git "
                "does not let a name be a directory of another; choose another name"
            )
        use = _checkout(git, branch.ref) or _operation(common_dir, branch.ref)
        if use:
            raise TreeError(f"{label}: branch {name} {use}; choose another branch")
        return branch

    def tip(self) -> str | None:
        """Return the branch's commit, None if there is no such branch."""
        result = self._git.try_run("rev-parse", "--verify", "-q", "--end-of-options", self.ref)
        return result.stdout.decode().strip() or None

    def update(self, store: Git, commit: str, *, reason: str, force: bool) -> BranchUpdate:
        """Set the branch to a commit of the store, after copying the objects that it needs.

        A kill leaves the branch as it was, perhaps with unreachable objects, or updated.
        """
        old = self.tip()
        update = BranchUpdate(self.name, old, commit)
        if update.is_unchanged:
            return update
        if old is not None and not force:
            raise TreeError(
                f"{self._label}: branch {self.name} holds another commit, {old[:12]}; "
                "--force replaces it"
            )
        _copy_objects(store, self._git, commit)
        expected = old or "0" * len(commit)
        result = self._git.try_run("update-ref", "-m", reason, self.ref, commit, expected)
        if result.status:
            raise TreeError(f"{self._label}: branch {self.name}: {_update_error(result.stderr)}")
        return update


def _copy_objects(store: Git, user: Git, commit: str) -> None:
    """Copy to the user's repository what it lacks of a commit, its ancestors and their files."""
    revisions, commits = [commit], [commit]
    while commits:
        current = commits.pop()
        if user.try_run("cat-file", "-e", current).status == 0:
            revisions.append(f"^{current}")
        else:
            ids = store.run("rev-list", "--parents", "--max-count=1", current).decode().split()
            commits += ids[1:]
    # --local leaves out the objects that the store borrows from the user's repository, --sparse
    # does not read the trees that did not change.
    options = ("--revs", "--local", "--sparse", "--stdout", "-q")
    pack = store.run("pack-objects", *options, stdin="\n".join(revisions).encode() + b"\n")
    user.run("unpack-objects", "-q", stdin=pack)


def _checkout(git: Git, ref: str) -> str | None:
    """Return in which worktree a branch is checked out, for a message."""
    worktree = ""
    for line in os.fsdecode(git.run("worktree", "list", "--porcelain")).split("\n"):
        if line.startswith("worktree "):
            worktree = line.removeprefix("worktree ")
        elif line == f"branch {ref}":
            return f"is checked out in {worktree}"
    return None


def _operation(common_dir: Path, ref: str) -> str | None:
    """Return which unfinished operation needs a branch, for a message."""
    for git_dir in (common_dir, *sorted((common_dir / "worktrees").glob("*"))):
        for file, operation in _OPERATIONS.items():
            try:
                lines = (git_dir / file).read_text(errors="replace").split("\n")
            except OSError:
                continue
            if ref in lines or ref.removeprefix("refs/heads/") in lines[:1]:
                return operation
    return None


def _conflicting_branch(git: Git, name: str) -> str | None:
    """Return a branch whose name is a parent directory of `name`, or below it."""
    directories = [name[:end] for end, char in enumerate(name) if char == "/"]
    patterns = (f"refs/heads/{prefix}" for prefix in (name, *directories))
    branches = git.run("for-each-ref", "--format=%(refname:lstrip=2)", *patterns)
    for other in os.fsdecode(branches).splitlines():
        if other in directories or other.startswith(f"{name}/"):
            return other
    return None


def _update_error(stderr: str) -> str:
    if "but expected" in stderr or "reference already exists" in stderr:
        return "someone else changed it just now; run again"
    lines = [line.removeprefix("fatal: ") for line in stderr.splitlines() if line.strip()]
    locks = [line for line in lines if ".lock" in line]
    return f"another git has it locked: {locks[0]}" if locks else "; ".join(lines)
