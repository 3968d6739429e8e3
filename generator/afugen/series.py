# SPDX-License-Identifier: GPL-2.0-only
"""A patch as it is mailed, and how the committed copy of it compares with a fresh one.

The golden copy is made from a commit that holds nothing but the touched files, so that nothing
else of the tree can be in it. What does name the tree, `base-commit:`, is for mail that is sent.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from afugen.errors import InputError
from afugen.mailtext import cut_of
from afugen.repo import CommitData, Readable, Store

# git's limit for the names that format-patch gives to files, `.patch` included.
_NAME_LENGTH = 64
_SUFFIX = ".patch"
_PLANTED = CommitData("afugen", "afugen@localhost", datetime(2005, 4, 16, tzinfo=UTC), "Base\n")
_HEADER = re.compile(
    r"^diff --git a/(?P<path>.+) b/(?P=path)\n(?:[a-z].*\n)*?index (?P<before>[0-9a-f]+)\.\.",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class SeriesData:
    """What a patch says apart from its diff; `date` is aware, `version` the reroll's."""

    subject: str
    author_name: str
    author_email: str
    date: datetime
    body: str
    trailers: tuple[str, ...] = ()
    position: int = 1
    total: int = 1
    version: int = 1

    @property
    def commit(self) -> CommitData:
        """The commit that becomes the mail."""
        message = commit_message(self.subject, self.body, self.trailers)
        return CommitData(self.author_name, self.author_email, self.date, message)

    @property
    def subject_prefix(self) -> str:
        """What stands in brackets: as `format-patch -v` and `-n` have it."""
        version = f" v{self.version}" if self.version > 1 else ""
        width = len(str(self.total))
        number = f" {self.position:0{width}}/{self.total}" if self.total > 1 else ""
        return f"PATCH{version}{number}"


@dataclass(frozen=True, slots=True)
class Patch:
    """A mail that git am takes, and the name of its file."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Fresh:
    """The committed copy is what would be made now."""


@dataclass(frozen=True, slots=True)
class Stale:
    """Spec or templates and the committed copy disagree; `diff` leads to what is made now."""

    diff: str


@dataclass(frozen=True, slots=True)
class BaseMoved:
    """The committed copy was made on other versions of these files of the tree."""

    files: tuple[str, ...]
    diff: str


Comparison = Fresh | Stale | BaseMoved


def commit_message(subject: str, body: str, trailers: tuple[str, ...] = ()) -> str:
    """The parts as one message, with white space as `git stripspace` leaves it."""
    paragraphs = [subject, body, "\n".join(trailers)]
    text = "\n\n".join(part.strip("\n") for part in paragraphs if part.strip())
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    # Filling paragraphs may bring a word to the start of a line, so the result is looked at.
    cut = cut_of(text.partition("\n\n")[2])
    if cut is not None:
        raise InputError(f"the commit message has a line that ends it in mail: {cut!r}")
    return re.sub(r"\n{3,}", "\n\n", text) + "\n"


def mail(store: Store, commit: str, data: SeriesData, *, base_commit: str | None = None) -> Patch:
    """A commit of the store as mail; `base_commit` is what the receiver may need to know."""
    text = store.format_patch(commit, subject_prefix=data.subject_prefix, base_commit=base_commit)
    return Patch(file_name(store, commit, data), text)


def golden(base: Readable, files: Mapping[str, bytes | None], data: SeriesData) -> Patch:
    """The patch that changes these files of `base`, the same bytes on any machine."""
    store = Store.scratch()
    planted = store.plant(base, files, _PLANTED)
    return mail(store, store.commit(planted, files, data.commit), data)


def file_name(store: Store, commit: str, data: SeriesData) -> str:
    """The name that `git format-patch` gives the file."""
    version = f"v{data.version}-" if data.version > 1 else ""
    name = f"{version}{data.position:04}-{store.sanitized_subject(commit)}"
    return name[: _NAME_LENGTH - len(_SUFFIX) - 1] + _SUFFIX


def compare(committed: str | None, fresh: Patch, base: Readable) -> Comparison:
    """What to say of a committed copy (None: there is none) of a patch."""
    if committed == fresh.text:
        return Fresh()
    diff = _diff(committed or "", fresh)
    moved = tuple(
        path
        for path, blob in preimages(committed or "").items()
        if not blob_id(base, path, len(blob)).startswith(blob)
    )
    return BaseMoved(moved, diff) if moved else Stale(diff)


def preimages(patch: str) -> dict[str, str]:
    """The (short) blob ids that a patch was made on, by path; all zeros: a new file."""
    return {found["path"]: found["before"] for found in _HEADER.finditer(patch)}


def blob_id(base: Readable, path: str, digits: int) -> str:
    """git's id of a file; zeros if there is none."""
    if not base.exists(path):
        return "0" * digits
    content = base.read(path)
    blob = b"blob %d\0%s" % (len(content), content)
    return hashlib.sha1(blob, usedforsecurity=False).hexdigest()


def _diff(committed: str, fresh: Patch) -> str:
    before, after = (text.splitlines(keepends=True) for text in (committed, fresh.text))
    lines = difflib.unified_diff(
        before, after, f"{fresh.name} (committed)", f"{fresh.name} (fresh)"
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
