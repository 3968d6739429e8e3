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

# Annotation macros. tree-sitter's C grammar does not know them; `afugen.csource.cfile` blanks them.
ANNOTATIONS = (
    "__user", "__iomem", "__force", "__rcu", "__percpu", "__init", "__exit", "__initdata",
    "__exitdata", "__initconst", "__must_check", "__always_unused", "__maybe_unused",
    "__read_mostly", "__ro_after_init", "__packed", "__aligned", "__weak", "__cold", "__ref",
    "__refdata", "__sched", "noinline", "__always_inline",
)  # fmt: skip

# Type names of the whole kernel, and macros that a chosen name could not stand beside. The rest
# of what a tree has taken is for the tree to say.
_KERNEL_WORDS = frozenset(
    re.findall(
        r"\w+",
        """u8 u16 u32 u64 s8 s16 s32 s64 __u8 __u16 __u32 __u64 __s8 __s16 __s32 __s64 size_t
        ssize_t loff_t pid_t dev_t gfp_t irqreturn_t uint ulong ushort u_char __poll_t
        current min max clamp swap abs container_of offsetof likely unlikely barrier linux unix
        _Bool _Static_assert static_assert asmlinkage errno typeof_member""",
    )
)
RESERVED = KEYWORDS | frozenset(ANNOTATIONS) | _KERNEL_WORDS

_NAME = r"[A-Za-z_]\w*"
_TYPE = re.compile(
    rf"(?P<const>const )?(?P<base>(?P<tag>struct|union|enum) (?P<name>{_NAME})"
    rf"|{_NAME}(?: {_NAME})*)(?P<stars> \*+)?",
    re.ASCII,
)
# The arithmetic types as the kernel spells them.
_BASIC = re.compile(r"void|bool|(?:(?:un)?signed )?(?:char|short|int|long|long long)")


def check_type(text: str) -> str:
    """Return the type, spaces normalised (`struct foo *`); raises ValueError when it is not one."""
    words = " ".join(text.split())
    bare = words.rstrip("* ")
    stars = words[len(bare) :].replace(" ", "")
    plain = f"{bare} {stars}" if stars else bare
    found = _TYPE.fullmatch(plain)
    if found is None or not _is_base(found):
        raise ValueError(f"{text!r} is not a type such as 'size_t' or 'struct device *'")
    return plain


def _is_base(found: re.Match[str]) -> bool:
    if found["tag"]:
        return found["name"] not in KEYWORDS
    base = found["base"]
    return bool(_BASIC.fullmatch(base)) or (" " not in base and base not in KEYWORDS)


def tag(text: str) -> str | None:
    """`struct foo` or `union foo`, where a checked type names one."""
    found = _TYPE.fullmatch(text)
    if found is None or found["tag"] not in ("struct", "union"):
        return None
    return found["base"]


def declare(type_text: str, name: str) -> str:
    """`type name`, with no space after a `*`."""
    return f"{type_text}{name}" if type_text.endswith("*") else f"{type_text} {name}"
