# SPDX-License-Identifier: GPL-2.0-only
"""The ABI of a uapi header as measured values, and whether a change is compatible.

A program that was compiled with the old header relies on every struct's size and alignment, every
member's offset, and every constant. A struct may grow only inside of another that keeps its size,
such as a new member of a union: programs allocate the outermost one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class MemberLayout:
    """A member; `offset` and `size` are in bytes, from the start of the outermost struct.

    Members of an anonymous union or struct have their own names, as in C.
    `size` is 0 where `is_flexible`: an array that the structure ends in.
    """

    name: str
    type: str
    offset: int
    size: int
    is_flexible: bool = False


@dataclass(frozen=True, slots=True)
class StructLayout:
    """A struct or union, as the compiler lays it out; `line` is that of its definition."""

    name: str
    size: int
    align: int
    members: tuple[MemberLayout, ...]
    line: int = 0

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class EnumValues:
    """An enum and its constants, in their order."""

    name: str
    values: tuple[tuple[str, int], ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class MacroValue:
    """A macro whose value is an integer."""

    name: str
    value: int
    line: int = 0


Item = StructLayout | EnumValues | MacroValue


@dataclass(frozen=True, slots=True)
class Layout:
    """All of a header, in its order, for one target; names are as in C: `struct pollfd`."""

    target: str
    structs: tuple[StructLayout, ...]
    enums: tuple[EnumValues, ...]
    defines: tuple[MacroValue, ...]


class Compatibility(StrEnum):
    """What a change means to a program that was compiled before it."""

    UNCHANGED = "unchanged"
    NEW = "new"
    EXTENDED = "extended compatibly"
    BREAK = "ABI BREAK"


@dataclass(frozen=True, slots=True)
class LayoutChange:
    """One name of a header, before and after; `reasons` are the differences in words.

    `before` is None for a new name, `after` for one that is gone.
    """

    name: str
    verdict: Compatibility
    reasons: tuple[str, ...]
    before: Item | None
    after: Item | None


def compare_layouts(before: Layout, after: Layout) -> tuple[LayoutChange, ...]:
    """Return every struct, enum and macro: those of `after` in its order, then those gone."""
    old, new = _items(before), _items(after)
    return tuple(
        _change(name, old.get(name), new.get(name), before, after)
        for name in dict.fromkeys((*new, *old))
    )


def breaks(changes: tuple[LayoutChange, ...]) -> tuple[LayoutChange, ...]:
    """Return the changes that break a program compiled before them."""
    return tuple(change for change in changes if change.verdict is Compatibility.BREAK)


def _items(layout: Layout) -> dict[str, Item]:
    items: tuple[Item, ...] = (*layout.structs, *layout.enums, *layout.defines)
    return {item.name: item for item in items}


def _change(
    name: str, old: Item | None, new: Item | None, before: Layout, after: Layout
) -> LayoutChange:
    if old is None:
        return LayoutChange(name, Compatibility.NEW, (), old, new)
    match old, new:
        case StructLayout(), StructLayout():
            broken, extended = _struct_reasons(old, new, before, after)
        case EnumValues(), EnumValues():
            broken, extended = _enum_reasons(old, new)
        case MacroValue(), MacroValue():
            broken, extended = _define_reasons(old, new), []
        case _:
            what = "is gone" if new is None else "is of another kind"
            broken, extended = [f"{name} {what}"], []
    added = Compatibility.EXTENDED if extended else Compatibility.UNCHANGED
    verdict = Compatibility.BREAK if broken else added
    return LayoutChange(name, verdict, (*broken, *extended), old, new)


def _define_reasons(old: MacroValue, new: MacroValue) -> list[str]:
    if old.value == new.value:
        return []
    return [f"{old.name} was {_number(old.value)}, is {_number(new.value)}"]


def _enum_reasons(old: EnumValues, new: EnumValues) -> tuple[list[str], list[str]]:
    was, now = dict(old.values), dict(new.values)
    broken = [f"{name} = {value} is gone" for name, value in old.values if name not in now]
    broken += [
        f"{name} was {value}, is {now[name]}"
        for name, value in old.values
        if now.get(name, value) != value
    ]
    return broken, [f"gains {name} = {value}" for name, value in new.values if name not in was]


def _struct_reasons(
    old: StructLayout, new: StructLayout, before: Layout, after: Layout
) -> tuple[list[str], list[str]]:
    """Return what breaks programs, and what is a compatible addition."""
    broken, extended = _size_reasons(old, new, before, after)
    if old.align != new.align:
        broken.append(f"alignment was {old.align}, is {new.align}")
    now = {member.name: member for member in new.members}
    known = {member.name for member in old.members}
    added = [member for member in new.members if member.name not in known]
    for member in old.members:
        same = now.get(member.name)
        if same is not None:
            broken += _member_reasons(member, same, before, after)
        elif _is_put_to_use(member, added):
            extended.append(f"{member.name} is put to use")
        else:
            broken.append(f"member {member.name} (offset {member.offset}) is gone")
    extended += [f"gains {_place(member)}" for member in added]
    return broken, extended


def _size_reasons(
    old: StructLayout, new: StructLayout, before: Layout, after: Layout
) -> tuple[list[str], list[str]]:
    """Return the same for the size, which may grow only within structs that keep theirs."""
    if old.size == new.size:
        return [], []
    grown = f"size was {old.size}, is {new.size}"
    if new.size < old.size:
        return [grown], []
    later = {struct.name: struct.size for struct in after.structs}
    holders = [holder for holder in before.structs if _holds(holder, old.name)]
    if holders and all(later.get(holder.name) == holder.size for holder in holders):
        room = ", ".join(holder.name for holder in holders)
        return [], [f"{grown}, within the size that {room} has"]
    return [f"{grown}: an old program has no room for it"], []


def _holds(holder: StructLayout, name: str) -> bool:
    return any(member.type == name for member in holder.members)


def _member_reasons(
    old: MemberLayout, new: MemberLayout, before: Layout, after: Layout
) -> list[str]:
    """Return what breaks programs in a member that both have."""
    if old.offset != new.offset:
        return [f"member {old.name} was at offset {old.offset}, is at {new.offset}"]
    defined = {struct.name for layout in (before, after) for struct in layout.structs}
    if {old.type, new.type} <= defined:
        return []  # The structs are compared under their own names.
    if old.size != new.size:
        return [f"member {old.name} had {old.size} bytes, has {new.size}"]
    if old.type != new.type:
        return [f"member {old.name} was {old.type}, is {new.type}"]
    return []


def _is_put_to_use(member: MemberLayout, added: list[MemberLayout]) -> bool:
    """Return whether a new member is within the bytes of a member that was reserved."""
    if not member.name.rpartition(".")[2].startswith(("reserved", "__reserved", "pad", "__pad")):
        return False
    end = member.offset + member.size
    return any(member.offset <= one.offset and one.offset + one.size <= end for one in added)


def _place(member: MemberLayout) -> str:
    size = "flexible" if member.is_flexible else f"{member.size} bytes"
    return f"{member.name} ({member.type}, offset {member.offset}, {size})"


def _number(value: int) -> str:
    return hex(value) if value > 9 else str(value)
