# SPDX-License-Identifier: GPL-2.0-only
"""The files of a kernel tree, read-only: of a commit, of a directory, or of an edited tree."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import NamedTuple, Protocol

from afugen.errors import TreeError
from afugen.git.process import Git, ObjectReader, split_nul

# One of these at the top makes a tree a kernel tree: the trees of the tests are small.
KERNEL_TOP = ("Kconfig", "Kbuild", "drivers", "include")


def tree_path(path: str) -> str:
    """Return the path; raise TreeError if no git tree can have it."""
    parts = path.split("/")
    if not path or "\n" in path or "\0" in path or {"", ".", "..", ".git"} & set(parts):
        raise TreeError(f"{path!r} is not a path inside a kernel tree")
    return path


class TreeEntry(NamedTuple):
    """git's mode and object id of a file or a directory, whose mode is 040000."""

    mode: str
    id: str


def list_tree(git: Git, tree: str, *paths: str) -> dict[str, TreeEntry]:
    """Return the entries of a tree: those of the paths that it has, or all at its top."""
    output = git.run("ls-tree", "-z", "--full-tree", tree, "--", *map(tree_path, paths))
    lines = (line.partition("\t") for line in split_nul(output))
    entries = ((path, info.split(" ")) for info, _, path in lines)
    return {path: TreeEntry(mode, id_) for path, (mode, _, id_) in entries}


class TreeFiles(Protocol):
    """The files of a tree; `label` names the tree in messages."""

    @property
    def label(self) -> str: ...
    def read(self, path: str) -> bytes: ...
    def exists(self, path: str) -> bool: ...
    def mode(self, path: str) -> str | None: ...


class CommitFiles:
    """The files of a commit, read from git's objects."""

    def __init__(self, git: Git, commit_id: str, label: str) -> None:
        self.commit_id, self.label = commit_id, label
        self._git = git

    @cached_property
    def _objects(self) -> ObjectReader:
        return self._git.object_reader()

    def read(self, path: str) -> bytes:
        """Return a file's content; raise TreeError if the commit has no such file."""
        found = self._objects.read(f"{self.commit_id}:{tree_path(path)}")
        if found is not None and found[0] == "blob":
            return found[1]
        if found is not None:
            raise TreeError(f"{self.label}: {path} is not a file")
        if self.mode(path) is None:
            raise TreeError(f"{self.label}: there is no {path}")
        raise TreeError(f"{self.label}: the content of {path} is missing (a partial clone?)")

    def exists(self, path: str) -> bool:
        """Return whether the commit has such a file."""
        found = self._objects.read(f"{self.commit_id}:{tree_path(path)}")
        return found is not None and found[0] == "blob"

    def mode(self, path: str) -> str | None:
        """Return git's mode of a file or directory, None if there is neither."""
        entry = list_tree(self._git, self.commit_id, path).get(path)
        return entry and entry.mode

    def paths_with_words(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """Return the paths of all files of the tree that hold one of the whole words."""
        patterns = (argument for word in words for argument in ("-e", word))
        options = ("--files-with-matches", "--null", "--word-regexp", "--fixed-strings", "-a")
        result = self._git.try_run("grep", *options, *patterns, self.commit_id)
        if result.status > 1 or result.stderr.strip():
            # In a partial clone git reports the files that it lacks, and searches the others.
            raise TreeError(f"{self.label}: git grep: {result.error_message}")
        return tuple(name.partition(":")[2] for name in split_nul(result.stdout))

    def has_any(self, *paths: str) -> bool:
        """Return whether the commit has one of these files or directories."""
        return bool(list_tree(self._git, self.commit_id, *paths))


class DirectoryFiles:
    """The files of a directory, as they are when they are read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.label = str(path)

    def read(self, path: str) -> bytes:
        """Return a file's content; raise TreeError if there is no such regular file."""
        file = self._file(path)
        try:
            if not stat.S_ISREG(file.lstat().st_mode):
                raise TreeError(f"{self.label}: {path} is not a regular file")
            return file.read_bytes()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise TreeError(f"{self.label}: there is no {path}") from error
        except OSError as error:
            raise TreeError(f"{self.label}: {path}: {error.strerror}") from error

    def exists(self, path: str) -> bool:
        """Return whether there is such a regular file."""
        return self.mode(path) is not None

    def mode(self, path: str) -> str | None:
        """Return git's mode of a regular file, None if there is no such file."""
        try:
            mode = self._file(path).lstat().st_mode
        except OSError:
            return None
        if not stat.S_ISREG(mode):
            return None
        return "100755" if mode & stat.S_IXUSR else "100644"

    def _file(self, path: str) -> Path:
        return self.path / PurePosixPath(tree_path(path))


class Overlay:
    """The files of a tree, of which some are replaced, added or (None) removed."""

    def __init__(self, tree: TreeFiles, files: Mapping[str, bytes | None]) -> None:
        self.label = tree.label
        self._tree, self._files = tree, files

    def read(self, path: str) -> bytes:
        """Return a file's content; raise TreeError if there is no such file."""
        if path not in self._files:
            return self._tree.read(path)
        content = self._files[path]
        if content is None:
            raise TreeError(f"{self.label}: there is no {path}")
        return content

    def exists(self, path: str) -> bool:
        """Return whether there is such a file."""
        return self.mode(path) is not None if path in self._files else self._tree.exists(path)

    def mode(self, path: str) -> str | None:
        """Return git's mode of a file; a new file's is 100644."""
        if path in self._files and self._files[path] is None:
            return None
        mode = self._tree.mode(path)
        return mode or ("100644" if path in self._files else None)
