# SPDX-License-Identifier: GPL-2.0-only
"""Exported symbols with their CRCs of MODVERSIONS, and why a CRC changed.

genksyms makes a symbol's CRC of its prototype and of every type that can be reached from it.
A module loads only where the CRCs of all symbols it uses are those it was built with.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

# kbuild notes these in `.NAME.o.cmd` (scripts/Makefile.build, cmd_gen_symversions).
_VERSION = re.compile(r"^#SYMVER (\w+) (0x[0-9a-f]+)$", re.MULTILINE)
# How genksyms names a type (scripts/genksyms/genksyms.c, symbol_types).
_REFERENCE = re.compile(r"\b([tseuE])#(\w+)")
_IN_C = {"t": "", "s": "struct ", "e": "enum ", "u": "union ", "E": ""}
_UNKNOWN = "{ UNKNOWN }"


@dataclass(frozen=True, slots=True)
class Exports:
    """The symbols that a directory exports.

    `crcs` are hexadecimal, as in Module.symvers, by symbol in alphabetic order; `homes` are the
    objects that define the symbols. `types` are, by object, all that genksyms computed CRCs from:
    the text of each type by genksyms' name for it (`s#file`), and the prototypes by symbol.
    """

    crcs: Mapping[str, str]
    homes: Mapping[str, str]
    types: Mapping[str, Mapping[str, str]]

    def types_of(self, symbol: str) -> Mapping[str, str]:
        """Return the types as they are defined in the object of that symbol."""
        return self.types.get(self.homes.get(symbol, ""), {})


class SymbolState(StrEnum):
    """The difference between a symbol before and after."""

    EQUAL = "equal"
    CHANGED = "changed"
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class SymbolChange:
    """A symbol's CRC before and after; None where there is no such symbol.

    `why` names the first type that differs and how, in one line; empty unless CHANGED. `cause`
    is that type in C, such as `struct file`, or the symbol itself for its prototype: changes
    with the same cause can be reported together.
    """

    name: str
    state: SymbolState
    before: str | None
    after: str | None
    cause: str = ""
    why: str = ""


def read_versions(command_file: str) -> dict[str, str]:
    """Return the CRCs in a `.NAME.o.cmd`, by symbol."""
    return dict(_VERSION.findall(command_file))


def read_symtypes(dump: str) -> dict[str, str]:
    """Return the types and prototypes in genksyms' dump; each line is a name and its text."""
    pairs = (line.partition(" ") for line in dump.splitlines())
    return {name: text.strip() for name, _, text in pairs}


def compare_exports(before: Exports, after: Exports) -> tuple[SymbolChange, ...]:
    """Return every symbol of either, in alphabetic order."""
    return tuple(
        _change(symbol, before, after) for symbol in sorted(before.crcs.keys() | after.crcs.keys())
    )


def _change(symbol: str, before: Exports, after: Exports) -> SymbolChange:
    was, now = before.crcs.get(symbol), after.crcs.get(symbol)
    if was == now:
        return SymbolChange(symbol, SymbolState.EQUAL, was, now)
    if was is None or now is None:
        return SymbolChange(symbol, SymbolState.NEW if was is None else SymbolState.GONE, was, now)
    differing = _differing(symbol, before.types_of(symbol), after.types_of(symbol))
    if differing is None:
        return SymbolChange(symbol, SymbolState.CHANGED, was, now)
    name, old, new = differing
    return SymbolChange(
        symbol, SymbolState.CHANGED, was, now, in_c(name), _difference(name, old, new)
    )


def _differing(
    symbol: str, before: Mapping[str, str], after: Mapping[str, str]
) -> tuple[str, str, str] | None:
    """Return the nearest type to the symbol whose own text differs: its name, and both texts."""
    seen, waiting = {symbol}, deque([symbol])
    while waiting:
        name = waiting.popleft()
        old, new = before.get(name, ""), after.get(name, "")
        if old != new:
            return name, old, new
        # The same text on both sides leads to the same types.
        further = dict.fromkeys(match[0] for match in _REFERENCE.finditer(old))
        waiting.extend(reference for reference in further if reference not in seen)
        seen.update(further)
    return None


def in_c(text: str) -> str:
    """Return genksyms' notation as C: `s#file *` is `struct file *`."""
    return _REFERENCE.sub(lambda match: _IN_C[match[1]] + match[2], text)


def _difference(name: str, old: str, new: str) -> str:
    """Return how two texts of a type differ, in one line."""
    what = in_c(name)
    if _UNKNOWN in old or _UNKNOWN in new:
        seen, unseen = ("is", "was") if _UNKNOWN in old else ("was", "is")
        return f"the definition of {what} {seen} seen by the code that exports, and {unseen} not"
    if "{" not in old + new:
        return f"{what}: was `{in_c(old)}`, is `{in_c(new)}`"
    was, now = _members(old), _members(new)
    gone, added = Counter(was) - Counter(now), Counter(now) - Counter(was)
    parts = [
        f"{verb} {', '.join(f'`{member}`' for member in members)}"
        for verb, members in (("loses", gone), ("gains", added))
        if members
    ]
    return f"{what} {' and '.join(parts) or 'has its members in another order'}"


def _members(text: str) -> tuple[str, ...]:
    """Return the members of a struct or union, or the constants of an enum.

    A nested struct or union is one member.
    """
    inner = text[text.index("{") + 1 : text.rindex("}")] if "{" in text else text
    separator = "," if text.startswith("enum") else ";"
    members, depth, current = [], 0, ""
    for token in inner.split():
        depth += (token in "{(") - (token in "})")
        if token == separator and depth == 0:
            members.append(current)
            current = ""
        else:
            current += f" {token}" if current else token
    return tuple(in_c(member) for member in (*members, current) if member)
