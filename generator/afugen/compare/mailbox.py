# SPDX-License-Identifier: GPL-2.0-only
"""Patch files and mailboxes as values: who says what, and which lines of which files change.

What is said is decoded as the mail tells; a diff's bytes are those of its files. A binary patch, a
copy and a mode without lines are refused or left out, as said where it happens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime

from afugen.errors import InputError

_ENVELOPE = re.compile(rb"^From (?:[0-9a-f]{40} |\S+ .*\d\d:\d\d).*\n", re.MULTILINE)
_HEADERS = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]*:[^\n]*\n(?:[ \t][^\n]*\n)*)+\n")
_PREFIX = re.compile(r"^\s*(?:\[[^\]]*\]\s*)+")
_NUMBER = re.compile(r"\[[^\]]*?\b(\d+)/(\d+)\]")
_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)")
EPOCH = datetime(2005, 4, 16, tzinfo=UTC)
_MOST_LINES = 1_000_000
NO_NEWLINE = "\\ No newline"


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines of a diff; each is (" ", "-" or "+", text with its line end)."""

    old_start: int
    new_start: int
    lines: tuple[tuple[str, str], ...]

    @property
    def before(self) -> tuple[str, ...]:
        """The lines it expects to find."""
        return tuple(text for tag, text in self.lines if tag != "+")


@dataclass(frozen=True, slots=True)
class FilePatch:
    """What a patch does to one file; no `old`: it is new, no `new`: it is removed."""

    old: str | None
    new: str | None
    hunks: tuple[Hunk, ...]


@dataclass(frozen=True, slots=True)
class Mail:
    """One patch as it was mailed; `number` is its place in the series, None if it does not say."""

    subject: str
    author_name: str
    author_email: str
    date: datetime
    message: str
    files: tuple[FilePatch, ...]
    number: int | None = None


def parse(raw: bytes, name: str) -> tuple[Mail, ...]:
    """The patches of a file in their order; InputError if it has none, or cannot be read.

    Cover letters and replies, which have no diff, are left out.
    """
    found = [mail for text in _mails(raw) if (mail := _mail(text, name)).files]
    if not found:
        raise InputError(f"{name}: neither a spec nor a patch: there is no diff in it")
    if all(mail.number for mail in found):
        found.sort(key=lambda mail: mail.number or 0)
        numbers = [mail.number for mail in found]
        twice = next((n for n in numbers if numbers.count(n) > 1), None)
        if twice:
            raise InputError(f"{name}: patch {twice} is there twice: name a file with one series")
    return tuple(found)


def _mails(raw: bytes) -> Iterator[bytes]:
    raw = raw.replace(b"\r\n", b"\n")
    starts = [match.start() for match in _ENVELOPE.finditer(raw)]
    if not starts or raw[: starts[0]].strip():
        starts.insert(0, 0)
    for start, end in zip(starts, [*starts[1:], len(raw)], strict=True):
        envelope = _ENVELOPE.match(raw, start)
        yield raw[envelope.end() if envelope else start : end]


def _mail(text: bytes, name: str) -> Mail:
    if not _HEADERS.match(text):
        content = _text(text)
        return Mail(name, "afugen", "afugen@localhost", EPOCH, "", _files(content, name))
    message = message_from_bytes(text, policy=policy.default)
    assert isinstance(message, EmailMessage)
    content = _content(message)
    subject = " ".join(_readable(str(message["subject"] or name)).split())
    number = _NUMBER.search(subject)
    author, address = parseaddr(_readable(str(message["from"] or "")))
    charset = message.get_content_charset("utf-8")
    body, in_body = _body(_readable(content, charset))
    if in_body:
        author, address = parseaddr(in_body)
    return Mail(
        subject=_PREFIX.sub("", subject),
        author_name=author or address or "unknown",
        author_email=address or "unknown",
        date=_date(message),
        message=body,
        files=_files(content, name),
        number=int(number.group(1)) if number else None,
    )


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _readable(text: str, charset: str = "utf-8") -> str:
    """What people read, in the charset that the mail says, or else one that takes any byte."""
    raw = text.encode("utf-8", "surrogateescape")
    for name in (charset, "utf-8"):
        try:
            return raw.decode(name)
        except (LookupError, UnicodeDecodeError):
            continue
    return raw.decode("latin-1")


def _content(message: EmailMessage) -> str:
    """The text of a mail, its transfer encoding undone; of several parts those that are text."""
    parts = [part for part in message.walk() if part.get_content_maintype() == "text"]
    raw = b"".join(bytes(part.get_payload(decode=True) or b"") for part in parts)
    return _text(raw.replace(b"\r\n", b"\n"))


def _date(message: EmailMessage) -> datetime:
    try:
        date = parsedate_to_datetime(str(message["date"]))
    except ValueError:
        return EPOCH
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _body(content: str) -> tuple[str, str | None]:
    """The commit message, and the author that a `From:` at its head names."""
    body = re.split(r"^(?:---$|diff -)", content, maxsplit=1, flags=re.MULTILINE)[0].strip("\n")
    if body.startswith("From: "):
        author, _, body = body.removeprefix("From: ").partition("\n")
        return body.strip("\n"), author
    return body, None


def _files(content: str, name: str) -> tuple[FilePatch, ...]:
    lines = content.split("\n")
    return tuple(_file_patches(lines, name))


def _file_patches(lines: Sequence[str], name: str) -> Iterator[FilePatch]:
    old: str | None = None
    index, moved = 0, ("", "")
    while index < len(lines):
        line = lines[index]
        if line.startswith("GIT binary patch"):
            raise InputError(f"{name}: has a binary patch, which cannot be compared")
        if line.startswith("rename from "):
            moved = (line.removeprefix("rename from "), "")
        elif line.startswith("rename to ") and moved[0]:
            moved = (moved[0], line.removeprefix("rename to "))
        elif line.startswith("diff --git ") and moved[1]:
            yield FilePatch(*moved, ())
            moved = ("", "")
        elif (
            line.startswith("--- ")
            and lines[index + 1 : index + 2]
            and (lines[index + 1].startswith("+++ "))
        ):
            old, new = _path(line), _path(lines[index + 1])
            hunks, index = _hunks(lines, index + 2, name)
            moved = ("", "")
            if hunks:
                yield FilePatch(old, new, hunks)
            continue
        index += 1
    if moved[1]:
        yield FilePatch(*moved, ())


def _path(line: str) -> str | None:
    path = line[4:].split("\t", 1)[0].strip().strip('"')
    return None if path == "/dev/null" else path.partition("/")[2] or path


def _hunks(lines: Sequence[str], index: int, name: str) -> tuple[tuple[Hunk, ...], int]:
    found: list[Hunk] = []
    while index < len(lines) and (head := _HUNK.match(lines[index])):
        old_start, old_count, new_start, new_count = (
            int(text) if text is not None else 1 for text in head.groups()[:4]
        )
        if max(old_start, new_start) > _MOST_LINES:
            raise InputError(f"{name}:{index + 1}: no file has a line {max(old_start, new_start)}")
        body, index = _hunk_lines(lines, index + 1, old_count, new_count, name)
        found.append(Hunk(old_start, new_start, body))
    return tuple(found), index


def _hunk_lines(
    lines: Sequence[str], index: int, old: int, new: int, name: str
) -> tuple[tuple[tuple[str, str], ...], int]:
    """The lines that a hunk's head counted, so that a mail's signature is none of them."""
    found: list[tuple[str, str]] = []
    while old > 0 or new > 0 or (index < len(lines) and lines[index].startswith(NO_NEWLINE)):
        # Mailers drop the space of an empty context line.
        is_last = index >= len(lines) - 1
        line = lines[index] or ("" if is_last else " ") if index < len(lines) else ""
        if line.startswith(NO_NEWLINE) and found:
            found[-1] = (found[-1][0], found[-1][1].removesuffix("\n"))
        elif line[:1] in (" ", "-", "+"):
            found.append((line[0], line[1:] + "\n"))
            old, new = old - (line[0] != "+"), new - (line[0] != "-")
        else:
            raise InputError(f"{name}:{index + 1}: the patch is damaged: a hunk is cut short")
        index += 1
    return tuple(found), index
