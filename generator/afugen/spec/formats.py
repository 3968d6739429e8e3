# SPDX-License-Identifier: GPL-2.0-only
"""The texts that the leaves of a spec hold: what each takes, and what it makes of that."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

from afugen.spec import ctype
from afugen.spec.mailtext import cut_of, lost_of_subject
from afugen.spec.yamlsource import refused


def _identifier(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z_]\w*", text, re.ASCII):
        raise ValueError(f"{text!r} is not a C identifier")
    if text in ctype.RESERVED:
        raise ValueError(f"{text!r} is a word of C or of the whole kernel")
    if len(text) > 63:
        raise ValueError(f"{text[:20]}… is longer than 63 characters")
    return text


def _symbol(text: str) -> str:
    if text.startswith("CONFIG_"):
        raise ValueError(f"{text!r}: a Kconfig file names symbols without CONFIG_")
    if not re.fullmatch(r"[A-Z][A-Z0-9_]*", text):
        raise ValueError(f"{text!r} is not a Kconfig symbol (capitals, digits and _)")
    if len(text) > 63:
        raise ValueError(f"{text[:20]}… is longer than 63 characters")
    return text


def _printable(text: str) -> str:
    for character in text:
        if why := refused(character):
            raise ValueError(why)
    if not text.strip():
        raise ValueError("is empty")
    return text


def _line(text: str) -> str:
    if "\n" in text.strip("\n"):
        raise ValueError("must be one line")
    return " ".join(text.split())


def _comment(text: str) -> str:
    for mark in ("*/", "/*"):
        if mark in text:
            raise ValueError(f"{mark!r} would end or nest the C comment it goes into")
    return text.strip("\n")


def _subject(text: str) -> str:
    if lost := lost_of_subject(text):
        raise ValueError(f"git am would drop {lost!r} from the subject")
    return text


def _trailer(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z-]*: \S.*", text):
        raise ValueError(f"{text!r} is not a trailer such as 'Signed-off-by: Name <mail>'")
    if cut_of(text):
        raise ValueError(f"{text!r} would cut the mail short")
    return text


def _person(text: str) -> str:
    if re.search(r"[<>]", text):
        raise ValueError("must not contain < or >")
    if not re.search(r"\w", text):
        raise ValueError(f"{text!r} is not a name")
    return text


def _date(date: datetime) -> datetime:
    if not 1970 <= date.year <= 2099:
        raise ValueError("git dates commits from 1970 to 2099 here")
    offset = date.utcoffset()
    if date.microsecond or (offset is not None and offset.total_seconds() % 60):
        raise ValueError("git keeps whole seconds, and offsets of whole minutes")
    return date


def _mail(text: str) -> str:
    if not re.fullmatch(r"[^\s<>@,;:\"()]+@[^\s<>@,;:\"()]+", text):
        raise ValueError(f"{text!r} is not a mail address")
    return text


Identifier = Annotated[str, AfterValidator(_identifier)]
Symbol = Annotated[str, AfterValidator(_symbol)]
Text = Annotated[str, AfterValidator(_printable)]
Line = Annotated[Text, AfterValidator(_line)]
CommentText = Annotated[Text, AfterValidator(_comment)]
CommentLine = Annotated[Line, AfterValidator(_comment)]
TypeText = Annotated[Line, AfterValidator(ctype.check_type)]
PersonName = Annotated[Line, AfterValidator(_person)]
MailAddress = Annotated[Line, AfterValidator(_mail)]
Subject = Annotated[Line, AfterValidator(_subject)]
Trailer = Annotated[Line, AfterValidator(_trailer)]
Date = Annotated[AwareDatetime, AfterValidator(_date)]
