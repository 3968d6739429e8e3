# SPDX-License-Identifier: GPL-2.0-only
"""What a header promises to userspace, as measured values, and whether a change keeps it.

What a program that was compiled against the old header may rely on: every structure's size and
alignment, every member's place, every value that has a name. read() takes a buffer of
CXL_READ_MIN_SIZE bytes and header.size tells how much of it an event filled, so a new kind of
event disturbs nobody; a larger `struct cxl_event` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Member:
    """A member; `offset` and `size` are in bytes from the start of the whole structure.

    Members of an anonymous union or struct stand under their own names, as C reaches them.
    `size` is 0 where `is_flexible`: an array that the structure ends in.
    """

    name: str
    type: str
    offset: int
    size: int
    is_flexible: bool = False


@dataclass(frozen=True, slots=True)
class Struct:
    """A struct or union, as the compiler lays it out; `line` is where the header defines it."""

    name: str
    size: int
    align: int
    members: tuple[Member, ...]
    line: int = 0

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Enum:
    """An enum's constants, in their order."""

    name: str
    values: tuple[tuple[str, int], ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Define:
    """A macro that is a number."""

    name: str
    value: int
    line: int = 0


Item = Struct | Enum | Define


@dataclass(frozen=True, slots=True)
class Layout:
    """All of a header, in its order, for one target; names are as in C: `struct cxl_event`."""

    target: str
    structs: tuple[Struct, ...]
    enums: tuple[Enum, ...]
    defines: tuple[Define, ...]


class Verdict(StrEnum):
    """What a change means to a program that is there already."""

    UNCHANGED = "unchanged"
    NEW = "new"
    EXTENDED = "extended compatibly"
    BREAK = "ABI BREAK"


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one name; `reasons` say it in words, one thing each.

    `before` is None for what is new, `after` for what is gone.
    """

    name: str
    verdict: Verdict
    reasons: tuple[str, ...]
    before: Item | None
    after: Item | None


def compare(before: Layout, after: Layout) -> tuple[Change, ...]:
    """Every struct, enum and macro of either header: those of `after` in its order, then gone."""
    old, new = _items(before), _items(after)
    return tuple(
        _change(name, old.get(name), new.get(name), before, after)
        for name in dict.fromkeys((*new, *old))
    )


def breaks(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """The changes that an old program would notice."""
    return tuple(change for change in changes if change.verdict is Verdict.BREAK)


def _items(layout: Layout) -> dict[str, Item]:
    items: tuple[Item, ...] = (*layout.structs, *layout.enums, *layout.defines)
    return {item.name: item for item in items}


def _change(name: str, old: Item | None, new: Item | None, before: Layout, after: Layout) -> Change:
    if old is None:
        return Change(name, Verdict.NEW, (), old, new)
    match old, new:
        case Struct(), Struct():
            broken, extended = _struct_reasons(old, new, before, after)
        case Enum(), Enum():
            broken, extended = _enum_reasons(old, new)
        case Define(), Define():
            broken, extended = _define_reasons(old, new), []
        case _:
            what = "is gone" if new is None else "is another kind of thing"
            broken, extended = [f"{name} {what}"], []
    verdict = Verdict.BREAK if broken else Verdict.EXTENDED if extended else Verdict.UNCHANGED
    return Change(name, verdict, (*broken, *extended), old, new)


def _define_reasons(old: Define, new: Define) -> list[str]:
    if old.value == new.value:
        return []
    return [f"{old.name} was {_number(old.value)}, is {_number(new.value)}"]


def _enum_reasons(old: Enum, new: Enum) -> tuple[list[str], list[str]]:
    was, now = dict(old.values), dict(new.values)
    broken = [f"{name} = {value} is gone" for name, value in old.values if name not in now]
    broken += [
        f"{name} was {value}, is {now[name]}"
        for name, value in old.values
        if now.get(name, value) != value
    ]
    return broken, [f"gains {name} = {value}" for name, value in new.values if name not in was]


def _struct_reasons(
    old: Struct, new: Struct, before: Layout, after: Layout
) -> tuple[list[str], list[str]]:
    """What breaks, and what is merely added."""
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
    old: Struct, new: Struct, before: Layout, after: Layout
) -> tuple[list[str], list[str]]:
    """A struct may grow only where those that hold it (cxl_event's union) have room for it."""
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


def _holds(holder: Struct, name: str) -> bool:
    return any(member.type == name for member in holder.members)


def _member_reasons(old: Member, new: Member, before: Layout, after: Layout) -> list[str]:
    """What an old program would notice of a member that is still there."""
    if old.offset != new.offset:
        return [f"member {old.name} was at offset {old.offset}, is at {new.offset}"]
    defined = {struct.name for layout in (before, after) for struct in layout.structs}
    if {old.type, new.type} <= defined:
        return []  # The structs are told of under their own names.
    if old.size != new.size:
        return [f"member {old.name} had {old.size} bytes, has {new.size}"]
    if old.type != new.type:
        return [f"member {old.name} was {old.type}, is {new.type}"]
    return []


def _is_put_to_use(member: Member, added: list[Member]) -> bool:
    """Whether new members take the place of bytes that were reserved, and of no others."""
    if not member.name.rpartition(".")[2].startswith(("reserved", "__reserved", "pad", "__pad")):
        return False
    end = member.offset + member.size
    return any(member.offset <= one.offset and one.offset + one.size <= end for one in added)


def _place(member: Member) -> str:
    size = "flexible" if member.is_flexible else f"{member.size} bytes"
    return f"{member.name} ({member.type}, offset {member.offset}, {size})"


def _number(value: int) -> str:
    return hex(value) if value > 9 else str(value)
