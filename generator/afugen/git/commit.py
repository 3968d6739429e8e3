# SPDX-License-Identifier: GPL-2.0-only
"""New commits, made by one `git fast-import` without an index, a worktree or a ref."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from afugen.errors import TreeError
from afugen.git.files import tree_path
from afugen.git.process import Git

# fast-import needs a ref while it runs; a reset at the end keeps it from being written.
_TEMPORARY_REF = "refs/afugen/nowhere"


@dataclass(frozen=True, slots=True)
class CommitData:
    """A commit without its tree; `date` has a time zone, and is the committer's, too."""

    author_name: str
    author_email: str
    date: datetime
    message: str


@dataclass(frozen=True, slots=True)
class NewCommit:
    """A commit to make: its data, and its files as (mode, content), or None to remove one."""

    files: Mapping[str, tuple[str, bytes] | None]
    data: CommitData


def fast_import(git: Git, parent: str | None, commits: Sequence[NewCommit]) -> tuple[str, ...]:
    """Make a chain of commits, the first on `parent`, and return their ids."""
    lines: list[bytes] = []
    for mark, commit in enumerate(commits, 1):
        lines += _commit_lines(commit, mark, f":{mark - 1}" if mark > 1 else parent)
    lines += [b"get-mark :%d" % mark for mark in range(1, len(commits) + 1)]
    lines += [b"reset " + _TEMPORARY_REF.encode(), b"", b"done", b""]
    stdin = b"\n".join(lines)
    # Without deltas: the search for them in a large file takes longer than all the rest.
    output = git.run("fast-import", "--quiet", "--done", "--force", "--depth=0", stdin=stdin)
    return tuple(output.decode().split())


def _commit_lines(commit: NewCommit, mark: int, parent: str | None) -> Iterator[bytes]:
    data = commit.data
    message = data.message.encode()
    yield b"commit %s" % _TEMPORARY_REF.encode()
    yield b"mark :%d" % mark
    yield b"author " + _ident(data)
    yield b"committer " + _ident(data)
    yield b"data %d\n%s" % (len(message), message)
    if parent is not None:
        yield b"from " + parent.encode()
    for path, file in sorted(commit.files.items()):
        name = _quoted(path)
        if file is None:
            yield b"D " + name
        else:
            yield b"M %s inline %s" % (file[0].encode(), name)
            yield b"data %d\n%s" % (len(file[1]), file[1])
    yield b""


def _ident(data: CommitData) -> bytes:
    """Return name, address and date; raise TreeError for a name that git would change."""
    if data.date.tzinfo is None:
        raise ValueError("a commit's date needs a time zone")
    for text in (data.author_name, data.author_email):
        if text != text.strip() or any(c in "<>\n\0" for c in text):
            raise TreeError(f"{text!r} cannot be part of a commit's author")
    author = f"{data.author_name} <{data.author_email}>"
    return f"{author} {int(data.date.timestamp())} {data.date:%z}".encode()


def _quoted(path: str) -> bytes:
    escaped = os.fsencode(tree_path(path)).replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return b'"%s"' % escaped
