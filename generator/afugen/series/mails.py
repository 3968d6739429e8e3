# SPDX-License-Identifier: GPL-2.0-only
"""Patches as mails, and the comparison of the committed mails with fresh ones.

The golden copy is made from a commit that holds nothing but the touched files, so that nothing
else of the tree can be in it. What does name the tree, `base-commit:`, is for mail that is sent.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.header import Header

from afugen.errors import InputError
from afugen.git import CommitData, Store, TreeFiles
from afugen.spec.mailtext import cut_of

# Where git's cover letter asks for words.
_SUBJECT_MARK = "*** SUBJECT HERE ***"
_BLURB_MARK = "*** BLURB HERE ***"
# git's limit for the names that format-patch gives to files, `.patch` included.
_NAME_LENGTH = 64
_SUFFIX = ".patch"
_PLANTED = CommitData("afugen", "afugen@localhost", datetime(2005, 4, 16, tzinfo=UTC), "Base\n")
_HEADER = re.compile(
    r"^diff --git a/(?P<path>.+) b/(?P=path)\n(?:[a-z].*\n)*?index (?P<before>[0-9a-f]+)\.\.",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class PatchData:
    """The texts of a patch; `date` has a UTC offset, `version` is the number of the reroll.

    `changelog` is for the mail only: it stands below the `---` that ends the message.
    """

    subject: str
    author_name: str
    author_email: str
    date: datetime
    body: str
    trailers: tuple[str, ...] = ()
    changelog: str = ""
    position: int = 1
    total: int = 1
    version: int = 1

    @property
    def commit(self) -> CommitData:
        """Return the commit that `git am` makes of the mail."""
        message = commit_message(self.subject, self.body, self.trailers)
        return CommitData(self.author_name, self.author_email, self.date, message)

    @property
    def mail_commit(self) -> CommitData:
        """Return the commit that `git format-patch` makes the mail of."""
        if not self.changelog:
            return self.commit
        return replace(self.commit, message=f"{self.commit.message}---\n{_tidy(self.changelog)}\n")

    @property
    def subject_prefix(self) -> str:
        """Return the text in brackets, in the form of `format-patch -v` and `-n`."""
        version = f" v{self.version}" if self.version > 1 else ""
        width = len(str(self.total))
        number = f" {self.position:0{width}}/{self.total}" if self.total > 1 else ""
        return f"PATCH{version}{number}"

    def signed_by(self, name: str, email: str) -> PatchData:
        """Return the patch with another author, whose Signed-off-by is added."""
        signed = (*self.trailers, f"Signed-off-by: {name} <{email}>")
        return replace(self, author_name=name, author_email=email, trailers=signed)


@dataclass(frozen=True, slots=True)
class Step:
    """One commit of a series: the new contents of files (None: removed), and its texts."""

    files: Mapping[str, bytes | None]
    data: PatchData


@dataclass(frozen=True, slots=True)
class Cover:
    """The text of the cover letter."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Patch:
    """A mail that `git am` accepts, and the name of its file."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Fresh:
    """The committed mails are equal to fresh ones."""


@dataclass(frozen=True, slots=True)
class Stale:
    """The committed mails are not those of the spec; `diff` leads to fresh ones."""

    diff: str


@dataclass(frozen=True, slots=True)
class BaseMoved:
    """The committed mails were made on other versions of these files of the tree."""

    files: tuple[str, ...]
    diff: str


Comparison = Fresh | Stale | BaseMoved


def commit_message(subject: str, body: str, trailers: tuple[str, ...] = ()) -> str:
    """Join the parts to a commit message, with white space as `git stripspace` leaves it."""
    paragraphs = [subject, body, "\n".join(trailers)]
    text = _tidy("\n\n".join(part.strip("\n") for part in paragraphs if part.strip()))
    # Filling paragraphs may bring a word to the start of a line, so the result is looked at.
    cut = cut_of(text.partition("\n\n")[2])
    if cut is not None:
        raise InputError(f"the commit message has a line that ends it in mail: {cut!r}")
    return f"{text}\n"


def _tidy(text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.strip("\n").split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n")


def mails(
    store: Store, base: str, steps: Sequence[Step], cover: Cover | None, *, tells_base: bool
) -> tuple[Patch, ...]:
    """Return the mails of a series, the cover letter first; `tells_base` adds `base-commit:`."""
    said = [step.data for step in steps]
    commits = store.commits(base, [(step.files, step.data.mail_commit) for step in steps])
    subjects = store.sanitized_subjects(base, commits[-1])
    named = base if tells_base else None
    letters = (_cover_letter(store, (base, commits[-1]), said, cover, named),) if cover else ()
    return letters + tuple(
        Patch(
            file_name(subject, data),
            mail(store, commit, data, base_commit=None if index or cover else named),
        )
        for index, (commit, subject, data) in enumerate(zip(commits, subjects, said, strict=True))
    )


def mail(store: Store, commit: str, data: PatchData, *, base_commit: str | None = None) -> str:
    """Return the mail of a commit of the store; `base_commit` is named in it, if given."""
    return store.format_patch(commit, subject_prefix=data.subject_prefix, base_commit=base_commit)


def _cover_letter(
    store: Store,
    ends: tuple[str, str],
    said: Sequence[PatchData],
    cover: Cover,
    base_commit: str | None,
) -> Patch:
    """Return git's cover letter with its subject and text filled in."""
    data = replace(said[0], position=0)
    is_ascii = all(one.mail_commit.message.isascii() for one in said)
    text = store.cover_letter(
        *ends,
        subject_prefix=data.subject_prefix,
        sender=data.commit,
        declare_8bit=is_ascii and not cover.body.isascii(),
        base_commit=base_commit,
    )
    subject = Header(f"[{data.subject_prefix}]", header_name="Subject")
    subject.append(cover.subject)
    text = text.replace(f"[{data.subject_prefix}] {_SUBJECT_MARK}", subject.encode(), 1)
    text = text.replace(_BLURB_MARK, _tidy(cover.body), 1)
    version = f"v{data.version}-" if data.version > 1 else ""
    return Patch(f"{version}0000-cover-letter{_SUFFIX}", text)


def golden(base: TreeFiles, steps: Sequence[Step], cover: Cover | None = None) -> tuple[Patch, ...]:
    """Return the mails of a series on `base`, the same bytes on any machine."""
    store = Store.scratch()
    touched = {path for step in steps for path in step.files}
    planted = store.root_commit(base, touched, _PLANTED)
    return mails(store, planted, steps, cover, tells_base=False)


def file_name(sanitized_subject: str, data: PatchData) -> str:
    """Return the name that `git format-patch` gives to the file."""
    version = f"v{data.version}-" if data.version > 1 else ""
    name = f"{version}{data.position:04}-{sanitized_subject}"
    return name[: _NAME_LENGTH - len(_SUFFIX) - 1] + _SUFFIX


def compare(committed: Mapping[str, str], fresh: Sequence[Patch], base: TreeFiles) -> Comparison:
    """Compare committed mails, by the names of their files, with fresh ones."""
    wanted = {patch.name: patch.text for patch in fresh}
    if dict(committed) == wanted:
        return Fresh()
    names = sorted(committed.keys() | wanted.keys())
    diff = "".join(_diff(name, committed.get(name, ""), wanted.get(name, "")) for name in names)
    # A later patch may be made on what an earlier one of the series did to a file.
    blobs: dict[str, str] = {}
    for name in sorted(committed):
        blobs = preimages(committed[name]) | blobs
    moved = tuple(
        path for path, blob in blobs.items() if not blob_id(base, path, len(blob)).startswith(blob)
    )
    return BaseMoved(tuple(sorted(moved)), diff) if moved else Stale(diff)


def preimages(patch: str) -> dict[str, str]:
    """Return the abbreviated blob ids that a patch was made on, by path; zeros for a new file."""
    return {found["path"]: found["before"] for found in _HEADER.finditer(patch)}


def blob_id(base: TreeFiles, path: str, digits: int) -> str:
    """Return git's id of a file; zeros if there is no such file."""
    if not base.exists(path):
        return "0" * digits
    content = base.read(path)
    blob = b"blob %d\0%s" % (len(content), content)
    return hashlib.sha1(blob, usedforsecurity=False).hexdigest()


def _diff(name: str, committed: str, fresh: str) -> str:
    before, after = (text.splitlines(keepends=True) for text in (committed, fresh))
    lines = difflib.unified_diff(before, after, f"{name} (committed)", f"{name} (fresh)")
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
