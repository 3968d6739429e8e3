# SPDX-License-Identifier: GPL-2.0-only
"""What programs and modules rely on, measured: uapi layouts, and CRCs of exported symbols."""

from afugen.abi.directory import Compiled, checked, compiled, compiled_w1, exported
from afugen.abi.exports import Exports, SymbolChange, SymbolState, compare_exports
from afugen.abi.layout import (
    Compatibility,
    EnumValues,
    Item,
    Layout,
    LayoutChange,
    MacroValue,
    MemberLayout,
    StructLayout,
    breaks,
    compare_layouts,
)
from afugen.abi.uapi import TARGETS, measure

__all__ = [
    "TARGETS",
    "Compatibility",
    "Compiled",
    "EnumValues",
    "Exports",
    "Item",
    "Layout",
    "LayoutChange",
    "MacroValue",
    "MemberLayout",
    "StructLayout",
    "SymbolChange",
    "SymbolState",
    "breaks",
    "checked",
    "compare_exports",
    "compare_layouts",
    "compiled",
    "compiled_w1",
    "exported",
    "measure",
]
