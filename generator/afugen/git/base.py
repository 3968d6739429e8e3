# SPDX-License-Identifier: GPL-2.0-only
"""The files of a tree, read-only: of a commit, or of a directory as it is now."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Protocol

from afugen.errors import TreeError
from afugen.git.process import Git, Objects, fields

# One of these at the top makes a tree a kernel's: the trees of tests are small.
KERNEL_TOP = ("Kconfig", "Kbuild", "drivers", "include")


def inside(path: str) -> str:
    """The path, if it is one that a tree can have."""
    parts = path.split("/")
    if not path or "\n" in path or "\0" in path or {"", ".", "..", ".git"} & set(parts):
        raise TreeError(f"{path!r} is not a path inside a kernel tree")
    return path


def modes(git: Git, commit: str, paths: tuple[str, ...]) -> dict[str, str]:
    """git's mode of each path that is in the commit; directories are 040000."""
    listed = git.run("ls-tree", "-z", "--full-tree", commit, "--", *map(inside, paths))
    entries = (entry.partition("\t") for entry in fields(listed))
    return {path: info.split(" ", 1)[0] for info, _, path in entries}


class Readable(Protocol):
    """Files of a tree; `label` is for messages."""

    @property
    def label(self) -> str: ...
    def read(self, path: str) -> bytes: ...
    def exists(self, path: str) -> bool: ...
    def mode(self, path: str) -> str | None: ...


class GitBase:
    """The files of a commit, read from objects."""

    def __init__(self, git: Git, commit_id: str, label: str) -> None:
        self.commit_id, self.label = commit_id, label
        self._git = git

    @cached_property
    def _objects(self) -> Objects:
        return self._git.objects()

    def read(self, path: str) -> bytes:
        """TreeError if the commit has no such file."""
        found = self._objects.find(f"{self.commit_id}:{inside(path)}")
        if found is not None and found[1] == "blob":
            return found[2]
        if found is not None:
            raise TreeError(f"{self.label}: {path} is not a file")
        if self.mode(path) is None:
            raise TreeError(f"{self.label}: there is no {path}")
        raise TreeError(f"{self.label}: the content of {path} is missing (a partial clone?)")

    def exists(self, path: str) -> bool:
        """Whether the commit has such a file."""
        found = self._objects.find(f"{self.commit_id}:{inside(path)}")
        return found is not None and found[1] == "blob"

    def mode(self, path: str) -> str | None:
        """git's mode of whatever is there."""
        return modes(self._git, self.commit_id, (path,)).get(path)

    def mentioning(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """The files, of the whole tree, that have one of these as a whole word."""
        patterns = (argument for word in words for argument in ("-e", word))
        options = ("--files-with-matches", "--null", "--word-regexp", "--fixed-strings", "-a")
        answer = self._git.ask("grep", *options, *patterns, self.commit_id)
        if answer.status > 1 or answer.stderr.strip():
            # A partial clone lacks files: git tells so, and looks at the others only.
            raise TreeError(f"{self.label}: git grep: {answer.complaint}")
        return tuple(name.partition(":")[2] for name in fields(answer.stdout))

    def has_any(self, paths: tuple[str, ...]) -> bool:
        """Whether one of these, file or directory, is there."""
        return bool(modes(self._git, self.commit_id, paths))


class DirBase:
    """The files of a directory, as they are now."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.label = str(path)

    def read(self, path: str) -> bytes:
        """TreeError if the file is not there, or is no regular file."""
        place = self._place(path)
        try:
            if not stat.S_ISREG(place.lstat().st_mode):
                raise TreeError(f"{self.label}: {path} is not a regular file")
            return place.read_bytes()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise TreeError(f"{self.label}: there is no {path}") from error
        except OSError as error:
            raise TreeError(f"{self.label}: {path}: {error.strerror}") from error

    def exists(self, path: str) -> bool:
        """Whether there is such a regular file."""
        return self.mode(path) is not None

    def mode(self, path: str) -> str | None:
        """git's mode of a regular file, None if it is not there."""
        try:
            mode = self._place(path).lstat().st_mode
        except OSError:
            return None
        if not stat.S_ISREG(mode):
            return None
        return "100755" if mode & stat.S_IXUSR else "100644"

    def _place(self, path: str) -> Path:
        return self.path / PurePosixPath(inside(path))


class Overlay:
    """The files of a tree, but for some that are given here (None: it has no such file)."""

    def __init__(self, base: Readable, files: Mapping[str, bytes | None]) -> None:
        self.label = base.label
        self._base, self._files = base, files

    def read(self, path: str) -> bytes:
        """TreeError if there is no such file."""
        if path not in self._files:
            return self._base.read(path)
        content = self._files[path]
        if content is None:
            raise TreeError(f"{self.label}: there is no {path}")
        return content

    def exists(self, path: str) -> bool:
        """Whether there is such a file."""
        return self.mode(path) is not None if path in self._files else self._base.exists(path)

    def mode(self, path: str) -> str | None:
        """git's mode: that of the tree below, or of a plain file for a new one."""
        if path in self._files and self._files[path] is None:
            return None
        below = self._base.mode(path)
        return below or ("100644" if path in self._files else None)
