# SPDX-License-Identifier: GPL-2.0-only
"""Patch files and mailboxes as values: authors, messages, and the changed lines of each file.

Headers and messages are decoded as the mail declares; a diff keeps the bytes of its files. A
binary patch is refused; changes of modes, and new files without lines, are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime

from afugen.errors import InputError

EPOCH = datetime(2005, 4, 16, tzinfo=UTC)
_MAX_LINE = 1_000_000
_ENVELOPE = re.compile(rb"^From (?:[0-9a-f]{40} |\S+ .*\d\d:\d\d).*\n", re.MULTILINE)
_HEADERS = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]*:[^\n]*\n(?:[ \t][^\n]*\n)*)+\n")
_SUBJECT_PREFIX = re.compile(r"^\s*(?:\[[^\]]*\]\s*)+")
_NUMBER = re.compile(r"\[[^\]]*?\b(\d+)/(\d+)\]")
_FILE = re.compile(
    r"^(?:(?P<binary>GIT binary patch)"
    r"|(?P<verb>rename|copy) from (?P<source>.+)\n(?P=verb) to (?P<target>.+)(?:\n|\Z)"
    r"(?:index .*\n--- .*\n\+\+\+ .*\n)?"
    r"|--- (?P<old>.+)\n\+\+\+ (?P<new>.+)\n)",
    re.MULTILINE,
)
_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@.*(?:\n|\Z)")
_NO_NEWLINE = "\\ No newline"
# Mailers drop the space of an empty context line.
_HUNK_LINE = re.compile(
    r"(?:(?P<sign>[ +-])(?P<text>.*)|(?P<no_newline>\\ No newline.*)|(?=\n))(?:\n|\Z)"
)
_DAMAGED = "the patch is damaged: a hunk does not have the lines that its head counts"


@dataclass(frozen=True, slots=True)
class PatchHunk:
    """The lines of a hunk, each as its sign (" ", "-" or "+") and its text with the newline."""

    old_start: int
    new_start: int
    lines: tuple[tuple[str, str], ...]

    @property
    def before(self) -> tuple[str, ...]:
        """Return the lines that the file has to have."""
        return tuple(text for sign, text in self.lines if sign != "+")


@dataclass(frozen=True, slots=True)
class FilePatch:
    """The change of one file; `old` is None for a new file, `new` for a removed one.

    Where the names differ the file is renamed, or copied if `is_copy`.
    """

    old: str | None
    new: str | None
    hunks: tuple[PatchHunk, ...]
    is_copy: bool = False


@dataclass(frozen=True, slots=True)
class MailedPatch:
    """One patch as it was mailed; `number` is its place in the series, None if it has none."""

    subject: str
    author_name: str
    author_email: str
    date: datetime
    message: str
    files: tuple[FilePatch, ...]
    number: int | None = None


def parse_mails(files: Mapping[str, bytes]) -> tuple[MailedPatch, ...]:
    """Return the patches of one series in order; InputError if there are none, or damaged ones.

    `files` are patches and mailboxes by name. Cover letters and replies have no diff and are left
    out.
    """
    patches = [
        patch
        for name, raw in files.items()
        for mail in _split_mailbox(raw)
        if (patch := _patch(mail, name)).files
    ]
    names = ", ".join(files)
    if not patches:
        raise InputError(f"{names}: neither a spec nor a patch: there is no diff in it")
    if all(patch.number for patch in patches):
        patches.sort(key=lambda patch: patch.number or 0)
        numbers = [patch.number for patch in patches]
        twice = next((n for n in numbers if numbers.count(n) > 1), None)
        if twice:
            raise InputError(f"{names}: there are two patches {twice}: name one series only")
    return tuple(patches)


def _split_mailbox(raw: bytes) -> Iterator[bytes]:
    raw = raw.replace(b"\r\n", b"\n")
    starts = [match.start() for match in _ENVELOPE.finditer(raw)]
    if not starts or raw[: starts[0]].strip():
        starts.insert(0, 0)
    for start, end in zip(starts, [*starts[1:], len(raw)], strict=True):
        envelope = _ENVELOPE.match(raw, start)
        yield raw[envelope.end() if envelope else start : end]


def _patch(raw: bytes, name: str) -> MailedPatch:
    if not _HEADERS.match(raw):
        files = tuple(_file_patches(_decode(raw), name))
        return MailedPatch(name, "afugen", "afugen@localhost", EPOCH, "", files)
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    content = _content(mail)
    subject = " ".join(_readable(str(mail["subject"] or name)).split())
    number = _NUMBER.search(subject)
    message, sender = _message(_readable(content, mail.get_content_charset("utf-8")))
    author, address = parseaddr(sender or _readable(str(mail["from"] or "")))
    return MailedPatch(
        subject=_SUBJECT_PREFIX.sub("", subject),
        author_name=author or address or "unknown",
        author_email=address or "unknown",
        date=_date(mail),
        message=message,
        files=tuple(_file_patches(content, name)),
        number=int(number.group(1)) if number else None,
    )


def _decode(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _readable(text: str, charset: str = "utf-8") -> str:
    """Return text decoded from the declared charset, or else from one that accepts any byte."""
    raw = text.encode("utf-8", "surrogateescape")
    for name in (charset, "utf-8"):
        try:
            return raw.decode(name)
        except (LookupError, UnicodeDecodeError):
            continue
    return raw.decode("latin-1")


def _content(mail: EmailMessage) -> str:
    """Return the text parts of a mail, with the transfer encoding removed."""
    parts = [part for part in mail.walk() if part.get_content_maintype() == "text"]
    raw = b"".join(bytes(part.get_payload(decode=True) or b"") for part in parts)
    return _decode(raw.replace(b"\r\n", b"\n"))


def _date(mail: EmailMessage) -> datetime:
    try:
        date = parsedate_to_datetime(str(mail["date"]))
    except ValueError:
        return EPOCH
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _message(content: str) -> tuple[str, str]:
    """Return the commit message, and the author that a `From:` at its head names."""
    message = re.split(r"^(?:---$|diff -)", content, maxsplit=1, flags=re.MULTILINE)[0].strip("\n")
    if not message.startswith("From: "):
        return message, ""
    author, _, message = message.removeprefix("From: ").partition("\n")
    return message.strip("\n"), author


def _file_patches(content: str, name: str) -> Iterator[FilePatch]:
    position = 0
    while head := _FILE.search(content, position):
        if head["binary"]:
            raise InputError(f"{name}: has a binary patch, which cannot be compared")
        hunks, position = _hunks(content, head.end(), name)
        if head["verb"]:
            yield FilePatch(head["source"], head["target"], hunks, head["verb"] == "copy")
        elif hunks:
            yield FilePatch(_path(head["old"]), _path(head["new"]), hunks)


def _path(name: str) -> str | None:
    path = name.split("\t", 1)[0].strip().strip('"')
    return None if path == "/dev/null" else path.partition("/")[2] or path


def _hunks(content: str, position: int, name: str) -> tuple[tuple[PatchHunk, ...], int]:
    """Return the hunks at a position, and the position behind them."""
    hunks = []
    while head := _HUNK.match(content, position):
        old_start, old, new_start, new = (int(n) if n else 1 for n in head.groups())
        if max(old_start, new_start) > _MAX_LINE:
            place = _place(content, position, name)
            raise InputError(f"{place}: no file has a line {max(old_start, new_start)}")
        lines, position = _hunk_lines(content, head.end(), old, new, name)
        hunks.append(PatchHunk(old_start, new_start, lines))
    return tuple(hunks), position


def _hunk_lines(
    content: str, position: int, old: int, new: int, name: str
) -> tuple[tuple[tuple[str, str], ...], int]:
    """Return as many lines as a hunk's head counts; the signature of a mail is not among them."""
    lines: list[tuple[str, str]] = []
    while old > 0 or new > 0 or content.startswith(_NO_NEWLINE, position):
        line = _HUNK_LINE.match(content, position)
        if line is None or (line["no_newline"] and not lines):
            raise InputError(f"{_place(content, position, name)}: {_DAMAGED}")
        if line["no_newline"]:
            sign, text = lines[-1]
            lines[-1] = (sign, text.removesuffix("\n"))
        else:
            sign = line["sign"] or " "
            lines.append((sign, f"{line['text'] or ''}\n"))
            old, new = old - (sign != "+"), new - (sign != "-")
        if old < 0 or new < 0:
            raise InputError(f"{_place(content, position, name)}: {_DAMAGED}")
        position = line.end()
    return tuple(lines), position


def _place(content: str, position: int, name: str) -> str:
    return f"{name}:{content.count(chr(10), 0, position) + 1}"
