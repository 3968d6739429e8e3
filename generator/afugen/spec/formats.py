# SPDX-License-Identifier: GPL-2.0-only
"""The formats of the schemas' strings: what each accepts, and the value it makes of the text.

A format is a function from the text to its value, which raises ValueError with what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from afugen.spec import ctype
from afugen.spec.mailtext import cut_of, lost_of_subject
from afugen.spec.yamlsource import refused


def identifier(text: str) -> str:
    """Accept a name that a driver may give to something of its own."""
    if not re.fullmatch(r"[A-Za-z_]\w*", text, re.ASCII):
        raise ValueError(f"{text!r} is not a C identifier")
    if text in ctype.RESERVED:
        raise ValueError(f"{text!r} is a word of C or of the whole kernel")
    if len(text) > 63:
        raise ValueError(f"{text[:20]}… is longer than 63 characters")
    return text


def symbol(text: str) -> str:
    """Accept the name of a Kconfig symbol, without CONFIG_."""
    if text.startswith("CONFIG_"):
        raise ValueError(f"{text!r}: a Kconfig file names symbols without CONFIG_")
    if not re.fullmatch(r"[A-Z][A-Z0-9_]*", text):
        raise ValueError(f"{text!r} is not a Kconfig symbol (capitals, digits and _)")
    if len(text) > 63:
        raise ValueError(f"{text[:20]}… is longer than 63 characters")
    return text


def text(value: str) -> str:
    """Accept any text but an empty one and one with invisible characters."""
    for character in value:
        if why := refused(character):
            raise ValueError(why)
    if not value.strip():
        raise ValueError("is empty")
    return value


def line(value: str) -> str:
    """Accept one line; white space in it becomes one space."""
    value = text(value)
    if "\n" in value.strip("\n"):
        raise ValueError("must be one line")
    return " ".join(value.split())


def comment(value: str) -> str:
    """Accept the text of a C comment."""
    value = text(value)
    for mark in ("*/", "/*"):
        if mark in value:
            raise ValueError(f"{mark!r} would end or nest the C comment it goes into")
    return value.strip("\n")


def comment_line(value: str) -> str:
    """Accept the text of a C comment of one line."""
    return comment(line(value))


def type_name(value: str) -> str:
    """Accept a C type such as `struct foo *`."""
    return ctype.check_type(line(value))


def subject(value: str) -> str:
    """Accept a subject that git am keeps whole."""
    value = line(value)
    if lost := lost_of_subject(value):
        raise ValueError(f"git am would drop {lost!r} from the subject")
    return value


def trailer(value: str) -> str:
    """Accept a line such as `Signed-off-by: Name <mail>`."""
    value = line(value)
    if not re.fullmatch(r"[A-Za-z][A-Za-z-]*: \S.*", value):
        raise ValueError(f"{value!r} is not a trailer such as 'Signed-off-by: Name <mail>'")
    if cut_of(value):
        raise ValueError(f"{value!r} would cut the mail short")
    return value


def person_name(value: str) -> str:
    """Accept the name of an author."""
    value = line(value)
    if re.search(r"[<>]", value):
        raise ValueError("must not contain < or >")
    if not re.search(r"\w", value):
        raise ValueError(f"{value!r} is not a name")
    return value


def date(value: str) -> datetime:
    """Accept a date with time and UTC offset, as ISO 8601 has it and git keeps it."""
    try:
        found = datetime.fromisoformat(value.strip())
    except ValueError:
        raise ValueError(f"{value!r} is not a valid datetime") from None
    offset = found.utcoffset()
    if offset is None:
        raise ValueError("needs a timezone, such as +00:00")
    if not 1970 <= found.year <= 2099:
        raise ValueError("git dates commits from 1970 to 2099 here")
    if found.microsecond or offset.total_seconds() % 60:
        raise ValueError("git keeps whole seconds, and offsets of whole minutes")
    return found


def mail_address(value: str) -> str:
    """Accept one plain address."""
    value = line(value)
    if not re.fullmatch(r"[^\s<>@,;:\"()]+@[^\s<>@,;:\"()]+", value):
        raise ValueError(f"{value!r} is not a mail address")
    return value


FORMATS: dict[str, Callable[[str], object]] = {
    "c-identifier": identifier,
    "c-type": type_name,
    "c-comment": comment,
    "c-comment-line": comment_line,
    "kconfig-symbol": symbol,
    "mail-address": mail_address,
    "person-name": person_name,
    "subject": subject,
    "trailer": trailer,
    "date": date,
    "line": line,
    "text": text,
}
# The formats of texts that may hold ${...}.
WITH_PLACEHOLDERS = frozenset({"text", "subject", "c-comment", "c-comment-line"})
