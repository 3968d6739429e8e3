# SPDX-License-Identifier: GPL-2.0-only
"""What git am does not take for what it is: lines that end a message, words it drops.

From git's builtin/mailsplit.c (is_from_line), mailinfo.c (patchbreak, is_scissors_line,
check_inbody_header, cleanup_subject).
"""

from __future__ import annotations

import re

_BREAK = re.compile(r"diff -|Index: |---(?:\s|$)|-- $")
_FROM = re.compile(r"From (?:[0-9a-f]{40}\b|.*\d:\d\d)")
_SCISSORS = re.compile(r"(?=.*(?:>8|8<|>%|%<))[-\s8<>%]*-[-\s8<>%]*$")
_HEADER = re.compile(r"(?:From|Subject|Date):\s|>From\s|\[PATCH\]\s", re.IGNORECASE)
_SUBJECT = re.compile(r"\[|re:|:", re.IGNORECASE)


def cut_of(message: str) -> str | None:
    """Return the line that git am would take for the end of a message, a header or a new mail."""
    lines = message.strip("\n").split("\n")
    if _HEADER.match(lines[0]):
        return lines[0]
    taken = (_BREAK, _FROM, _SCISSORS)
    return next((line for line in lines if any(p.match(line) for p in taken)), None)


def lost_of_subject(subject: str) -> str | None:
    """Return what git am would remove from the front of a subject."""
    found = _SUBJECT.match(subject)
    return found.group() if found else None
