# SPDX-License-Identifier: GPL-2.0-only
"""The code of a file of any language, with comments and prose blanked."""

from __future__ import annotations

import re
from posixpath import basename, splitext

_C = frozenset((".c", ".h", ".S", ".s", ".rs", ".dts", ".dtsi", ".y", ".l", ".cpp", ".cc", ".lds"))
_PROSE = frozenset((".rst", ".txt", ".md", ".tmpl"))
_STRING = rb'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
_C_COMMENT = re.compile(_STRING + rb"|/\*.*?(?:\*/|\Z)|//(?:\\\n|[^\n])*", re.DOTALL)
_HASH_COMMENT = re.compile(_STRING + rb"|(?<![^\s])#[^\n]*")


def is_c(path: str) -> bool:
    """Return whether a file has comments as C has them."""
    return splitext(path)[1] in _C


def is_kconfig(path: str) -> bool:
    """Return whether a file is part of Kconfig's configuration language."""
    return basename(path).startswith("Kconfig")


def code_of(path: str, source: bytes) -> bytes:
    """Return a file with its comments blanked, so that offsets and lines stay; strings are code.

    A file below Documentation/ or with the suffix of a text is blanked as a whole.
    """
    if path.startswith("Documentation/") or splitext(path)[1] in _PROSE:
        return _blank(source)
    pattern = _C_COMMENT if is_c(path) else _HASH_COMMENT
    return pattern.sub(lambda m: m[0] if m[0][:1] in b"\"'" else _blank(m[0]), source)


def _blank(text: bytes) -> bytes:
    return re.sub(rb"[^\n]", b" ", text)
