# SPDX-License-Identifier: GPL-2.0-only
"""C's words and types, as far as a spec names them."""

from __future__ import annotations

import re

KEYWORDS = frozenset(
    re.findall(
        r"\w+",
        """auto break case char const continue default do double else enum extern float for goto if
        inline int long register restrict return short signed sizeof static struct switch typedef
        union unsigned void volatile while asm typeof bool true false NULL""",
    )
)

_TYPE = re.compile(
    r"(?:const )?(?:(?:struct|union|enum) [A-Za-z_]\w*|[A-Za-z_]\w*(?: [A-Za-z_]\w*)*)(?: \*+)?",
    re.ASCII,
)
_TAGGED = ("struct ", "union ", "enum ")
_INTEGERS = frozenset(
    {"size_t", "unsigned int", "unsigned long", "int", "long", "u16", "u32", "u64", "ssize_t"}
)


def check_type(text: str) -> str:
    """The type, spaces normalised (`struct foo *`); raises ValueError when it is not one."""
    plain = re.sub(r"\s*(\*+)$", r" \1", " ".join(text.split()).replace("* *", "**"))
    if not _TYPE.fullmatch(plain):
        raise ValueError(f"{text!r} is not a type such as 'size_t' or 'struct cxl_context *'")
    base = plain.rstrip("* ").removeprefix("const ")
    for tag in _TAGGED:
        if base.startswith(tag) and base.removeprefix(tag) in KEYWORDS:
            raise ValueError(f"{text!r} names no {tag.strip()}")
    return plain


def argument_kind(text: str) -> str | None:
    """What the cxl driver has for a parameter of this type: context, event, size, or nothing."""
    pointee = text.removeprefix("const ")
    if pointee == "struct cxl_context *":
        return "context"
    if text == "struct cxl_event *":
        return "event"
    return "size" if text in _INTEGERS else None


def declare(type_text: str, name: str) -> str:
    """`type name`, with no space after a `*`."""
    return f"{type_text}{name}" if type_text.endswith("*") else f"{type_text} {name}"
