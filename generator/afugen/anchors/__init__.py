# SPDX-License-Identifier: GPL-2.0-only
"""Where an edit goes: nodes of C, Kconfig and list files, named by their role."""

from collections.abc import Callable

from afugen.anchors import canchor, cdecl, cguard, cstatement, kconfigfile, listfile
from afugen.anchors.place import Anchor, Place

# What templates and interfaces call the kinds of anchors.
ANCHORS: dict[str, Callable[..., Anchor]] = {
    "function": canchor.Function,
    "callee": canchor.callee,
    "call": canchor.Call,
    "argument": canchor.Argument,
    "chain": canchor.Chain,
    "condition": cstatement.condition,
    "statement": cstatement.Statement,
    "branch": canchor.ElseIfBranch,
    "declarations": canchor.Declarations,
    "critical_section": cstatement.CriticalSection,
    "guarded": cguard.guarded,
    "variable": cguard.Variable,
    "declaration": cdecl.Declaration,
    "struct": cdecl.Struct,
    "enum": cdecl.Enum,
    "enumerator": cdecl.Enumerator,
    "member": cdecl.Member,
    "union_member": cdecl.UnionMember,
    "union": cdecl.Union,
    "define": cdecl.Define,
    "include": cdecl.Include,
    "header_guard_end": cdecl.HeaderGuard,
    "config": kconfigfile.Config,
    "select": kconfigfile.Select,
    "selects": kconfigfile.Selects,
    "assignment": listfile.Assignment,
    "sorted_assignment": listfile.SortedAssignment,
    "maintained": listfile.Maintained,
}

__all__ = ["ANCHORS", "Anchor", "Place"]
