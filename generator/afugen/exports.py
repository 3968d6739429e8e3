# SPDX-License-Identifier: GPL-2.0-only
"""Exported symbols with the CRCs that MODVERSIONS gives them, and why a CRC changed.

genksyms makes a symbol's CRC of its prototype and of every type that can be reached from it.
A module loads only where the CRCs of all symbols it uses are those it was built with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Exports:
    """The symbols that a directory exports.

    `crcs` are hexadecimal, as in Module.symvers, by symbol in alphabetic order. `prototypes` and
    `types` are what genksyms made them of; types are named as it names them, `s#cxl_context`.
    """

    crcs: Mapping[str, str]
    types: Mapping[str, Mapping[str, str]]


class Fate(StrEnum):
    """What became of a symbol."""

    EQUAL = "equal"
    CHANGED = "changed"
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class SymbolChange:
    """A symbol before and after; a CRC is None where there is no such symbol.

    `why` names the first type that differs and how, in one line; empty unless CHANGED. `cause`
    is that type in C, such as `struct cxl_context`, or the symbol itself for its prototype:
    changes with one cause can be told together.
    """

    name: str
    fate: Fate
    before: str | None
    after: str | None
    cause: str = ""
    why: str = ""


def compare(before: Exports, after: Exports) -> tuple[SymbolChange, ...]:
    """Every symbol of either, in alphabetic order."""
    raise NotImplementedError
