# SPDX-License-Identifier: GPL-2.0-only
"""One commit from values, in one process, without an index, a worktree or a ref."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from afugen.errors import TreeError
from afugen.repo.base import inside
from afugen.repo.process import Git

# A ref that fast-import wants while it works; reset to nothing, it is never written.
_NOWHERE = "refs/afugen/nowhere"


@dataclass(frozen=True, slots=True)
class CommitData:
    """All that shapes a commit but its tree; `date` is aware and also the committer's."""

    author_name: str
    author_email: str
    date: datetime
    message: str


def fast_import(
    git: Git,
    parent: str | None,
    files: Mapping[str, tuple[str, bytes] | None],
    data: CommitData,
) -> str:
    """The id of a commit: the parent's tree with files (mode, content) put in or taken out."""
    message = data.message.encode()
    lines = [
        b"commit %s" % _NOWHERE.encode(),
        b"mark :1",
        b"author " + _ident(data),
        b"committer " + _ident(data),
        b"data %d\n%s" % (len(message), message),
    ]
    if parent is not None:
        lines.append(b"from " + parent.encode())
    for path, file in sorted(files.items()):
        name = _quoted(path)
        if file is None:
            lines.append(b"D " + name)
        else:
            lines.append(b"M %s inline %s" % (file[0].encode(), name))
            lines.append(b"data %d\n%s" % (len(file[1]), file[1]))
    lines += [b"", b"get-mark :1", b"reset " + _NOWHERE.encode(), b"", b"done", b""]
    stdin = b"\n".join(lines)
    return git.run("fast-import", "--quiet", "--done", "--force", stdin=stdin).decode().strip()


def _ident(data: CommitData) -> bytes:
    """As in a commit object: git would clean these up, and two machines might differ in how."""
    if data.date.tzinfo is None:
        raise ValueError("a commit's date needs a time zone")
    for text in (data.author_name, data.author_email):
        if text != text.strip() or any(c in "<>\n\0" for c in text):
            raise TreeError(f"{text!r} cannot be part of a commit's author")
    who = f"{data.author_name} <{data.author_email}>"
    return f"{who} {int(data.date.timestamp())} {data.date:%z}".encode()


def _quoted(path: str) -> bytes:
    escaped = os.fsencode(inside(path)).replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return b'"%s"' % escaped
