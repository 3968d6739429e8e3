# SPDX-License-Identifier: GPL-2.0-only
"""What is left of a Kconfig file without some of its symbols.

Only what is about such a symbol and nothing else goes: its own entry, and `select`, `imply` and
`depends on` lines that name no other. The grammar: Documentation/kbuild/kconfig-language.rst.
"""

from __future__ import annotations

import re

from afugen.strip.text import Cut, Text

_ENTRY = re.compile(rb"(?:menu)?config[ \t]+(\w+)[ \t]*(?:#.*)?$")
_USE = re.compile(rb"[ \t]+(?:select|imply|depends[ \t]+on)[ \t]+(\w+)(?:[ \t]+if\b.*)?[ \t]*$")


def without_symbols(text: Text, symbols: frozenset[bytes]) -> Text:
    """The file without the entries of the symbols, and the lines elsewhere that choose them."""
    cuts: list[Cut] = []
    offset, inside, pending = 0, False, 0
    for line in text.source.splitlines(keepends=True):
        end = offset + len(line)
        entry, use = _ENTRY.match(line.rstrip()), _USE.match(line.rstrip())
        if line.strip() and not line[:1].isspace():
            comment = line.startswith(b"#")
            inside = entry is not None and entry[1] in symbols
            if inside:
                cuts.append(Cut(pending, end))
            pending = pending if comment else end
        elif (inside and line.strip()) or (use is not None and use[1] in symbols):
            cuts.append(Cut(offset, end))
        if line[:1].isspace():
            pending = end
        offset = end
    return text.without(cuts)
