# SPDX-License-Identifier: GPL-2.0-only
"""The one thing afugen writes to a user's repository: objects, then one branch, atomically."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from afugen.errors import TreeError
from afugen.git.process import Git

# Where git keeps the branch of an operation that has it checked out under another name.
_IN_PROGRESS = {
    "rebase-merge/head-name": "is being rebased",
    "rebase-apply/head-name": "is being rebased",
    "rebase-merge/update-refs": "is being rebased along",
    "BISECT_START": "is where a bisect will return to",
}


@dataclass(frozen=True, slots=True)
class BranchUpdate:
    """What became of a branch: `old` is the tip it had (None: new), equal to `new` if unchanged."""

    name: str
    old: str | None
    new: str

    @property
    def already_there(self) -> bool:
        """Whether there was nothing to do."""
        return self.old == self.new


class Branch:
    """A branch of the user's repository that may be written."""

    def __init__(self, git: Git, label: Path, name: str) -> None:
        self.name, self.ref = name, f"refs/heads/{name}"
        self._git, self._label = git, label

    @classmethod
    def open(cls, git: Git, label: Path, common_dir: Path, name: str) -> Branch:
        """TreeError if the name is no branch name, or any worktree is on the branch."""
        branch = cls(git, label, name)
        odd = name.startswith("-") or name == "HEAD" or "\0" in name
        if odd or git.ask("check-ref-format", branch.ref).status:
            raise TreeError(f"{name!r} is not a valid branch name (see git check-ref-format)")
        target = git.ask("symbolic-ref", "-q", branch.ref).stdout.decode().strip()
        if target:
            raise TreeError(f"{label}: branch {name} is a symbolic ref to {target}; name that one")
        in_the_way = _in_the_way(git, name)
        if in_the_way:
            raise TreeError(
                f"{label}: branch {name} cannot be made: there is a branch {in_the_way}, and git "
                "does not let a name be a directory of another; choose another name"
            )
        in_use = _checked_out(git, branch.ref) or _in_progress(common_dir, branch.ref)
        if in_use:
            raise TreeError(f"{label}: branch {name} {in_use}; choose another branch")
        return branch

    def tip(self) -> str | None:
        """The commit the branch is at, None if there is no such branch."""
        answer = self._git.ask("rev-parse", "--verify", "-q", "--end-of-options", self.ref)
        return answer.stdout.decode().strip() or None

    def update(self, store: Git, commit: str, *, reason: str, force: bool) -> BranchUpdate:
        """Point the branch at a commit of the store, whose objects are brought first.

        A kill leaves the branch as it was (and perhaps objects that nothing names), or done.
        """
        old = self.tip()
        update = BranchUpdate(self.name, old, commit)
        if update.already_there:
            return update
        if old is not None and not force:
            raise TreeError(
                f"{self._label}: branch {self.name} holds another commit, {old[:12]}; "
                "--force replaces it"
            )
        bring(store, self._git, commit)
        expected = old or "0" * len(commit)
        answer = self._git.ask("update-ref", "-m", reason, self.ref, commit, expected)
        if answer.status:
            raise TreeError(f"{self._label}: branch {self.name}: {_why(answer.stderr)}")
        return update


def bring(store: Git, user: Git, commit: str) -> None:
    """Copy a commit, and what of its ancestors and files the user lacks, to the user's objects."""
    missing: list[str] = []
    wanted = [commit]
    while wanted:
        current = wanted.pop()
        if user.ask("cat-file", "-e", current).status == 0:
            continue
        told = store.run("rev-list", "--parents", "--max-count=1", current).decode().split()
        parents = told[1:]
        missing += [current, *_own_objects(store, current, parents)]
        wanted += parents
    if missing:
        names = "".join(f"{name}\n" for name in dict.fromkeys(missing)).encode()
        pack = store.run("pack-objects", "--stdout", "-q", stdin=names)
        user.run("unpack-objects", "-q", stdin=pack)


def _own_objects(store: Git, commit: str, parents: list[str]) -> list[str]:
    """The root tree, and all trees and blobs below it that the first parent has not."""
    tree = store.run("rev-parse", f"{commit}^{{tree}}").decode().strip()
    other = parents[0] if parents else store.run("mktree").decode().strip()
    changes = store.run("diff-tree", "-r", "-t", "-z", "--no-renames", "--raw", other, commit)
    infos = (field for field in changes.decode(errors="replace").split("\0") if field[:1] == ":")
    added = [info.split(" ") for info in infos]
    return [tree, *(new[3] for new in added if new[1] not in {"000000", "160000"})]


def _checked_out(git: Git, ref: str) -> str | None:
    place = ""
    for line in os.fsdecode(git.run("worktree", "list", "--porcelain")).split("\n"):
        if line.startswith("worktree "):
            place = line.removeprefix("worktree ")
        elif line == f"branch {ref}":
            return f"is checked out in {place}"
    return None


def _in_progress(common_dir: Path, ref: str) -> str | None:
    for place in (common_dir, *sorted((common_dir / "worktrees").glob("*"))):
        for file, what in _IN_PROGRESS.items():
            try:
                lines = (place / file).read_text(errors="replace").split("\n")
            except OSError:
                continue
            if ref in lines or ref.removeprefix("refs/heads/") in lines[:1]:
                return what
    return None


def _in_the_way(git: Git, name: str) -> str | None:
    """A branch whose name is a directory of this one's, or the other way round."""
    directories = [name[:end] for end, char in enumerate(name) if char == "/"]
    patterns = (f"refs/heads/{place}" for place in (name, *directories))
    listed = git.run("for-each-ref", "--format=%(refname:lstrip=2)", *patterns)
    for other in os.fsdecode(listed).splitlines():
        if other in directories or other.startswith(f"{name}/"):
            return other
    return None


def _why(stderr: str) -> str:
    if "but expected" in stderr or "reference already exists" in stderr:
        return "someone else changed it just now; run again"
    said = [line.removeprefix("fatal: ") for line in stderr.splitlines() if line.strip()]
    locked = [line for line in said if ".lock" in line]
    return f"another git has it locked: {locked[0]}" if locked else "; ".join(said)
