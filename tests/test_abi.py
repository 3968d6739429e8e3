# SPDX-License-Identifier: GPL-2.0-only
"""What userspace may rely on, judged on values: which changes of a header break it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from afugen.abi import (
    Compatibility,
    EnumValues,
    Layout,
    MacroValue,
    MemberLayout,
    StructLayout,
    breaks,
    compare_layouts,
)

HEADER = StructLayout(
    "struct head", 8, 2, (MemberLayout("type", "__u16", 0, 2), MemberLayout("size", "__u16", 2, 2))
)
SMALL = StructLayout("struct small", 8, 8, (MemberLayout("flags", "__u64", 0, 8),))
LARGE = StructLayout("struct large", 32, 8, (MemberLayout("reserved", "__u64[4]", 0, 32),))
EVENT = StructLayout(
    "struct event",
    40,
    8,
    (
        MemberLayout("header", "struct head", 0, 8),
        MemberLayout("small", "struct small", 8, 8),
        MemberLayout("large", "struct large", 8, 32),
    ),
)
KINDS = EnumValues("enum kind", (("KIND_NONE", 0), ("KIND_IRQ", 1)))
LIMIT = MacroValue("READ_MIN", 4096)
BASE = Layout("ppc64le", (HEADER, SMALL, LARGE, EVENT), (KINDS,), (LIMIT,))


def with_structs(*structs: StructLayout) -> Layout:
    named = {struct.name: struct for struct in (*BASE.structs, *structs)}
    return replace(BASE, structs=tuple(named.values()))


def verdict(after: Layout, name: str) -> tuple[Compatibility, tuple[str, ...]]:
    (change,) = (change for change in compare_layouts(BASE, after) if change.name == name)
    return change.verdict, change.reasons


def test_a_header_against_itself_is_unchanged() -> None:
    changes = compare_layouts(BASE, BASE)
    assert [change.name for change in changes] == [
        "struct head", "struct small", "struct large", "struct event", "enum kind", "READ_MIN",
    ]  # fmt: skip
    assert {change.verdict for change in changes} == {Compatibility.UNCHANGED}


def test_a_struct_of_the_union_may_grow_while_the_event_does_not() -> None:
    grown = replace(SMALL, size=16, members=(*SMALL.members, MemberLayout("more", "__u64", 8, 8)))
    assert verdict(with_structs(grown), "struct small") == (
        Compatibility.EXTENDED,
        (
            "size was 8, is 16, within the size that struct event has",
            "gains more (__u64, offset 8, 8 bytes)",
        ),
    )


def test_a_member_that_enlarges_the_event_breaks_both() -> None:
    payload = replace(LARGE, size=64, members=(MemberLayout("reserved", "__u64[8]", 0, 64),))
    after = with_structs(payload, replace(EVENT, size=72))
    assert [change.name for change in breaks(compare_layouts(BASE, after))] == [
        "struct large",
        "struct event",
    ]
    assert verdict(after, "struct event")[1] == (
        "size was 40, is 72: an old program has no room for it",
    )


def test_another_struct_in_the_union_is_an_extension() -> None:
    more = StructLayout("struct more", 8, 8, (MemberLayout("x", "__u64", 0, 8),))
    event = replace(EVENT, members=(*EVENT.members, MemberLayout("more", "struct more", 8, 8)))
    after = with_structs(more, event)
    assert verdict(after, "struct more") == (Compatibility.NEW, ())
    assert verdict(after, "struct event") == (
        Compatibility.EXTENDED,
        ("gains more (struct more, offset 8, 8 bytes)",),
    )


@pytest.mark.parametrize(
    ("struct", "reason"),
    [
        (replace(HEADER, size=4), "size was 8, is 4"),
        (replace(HEADER, align=4), "alignment was 2, is 4"),
        (replace(HEADER, members=HEADER.members[:1]), "member size (offset 2) is gone"),
        (
            replace(
                HEADER,
                members=(MemberLayout("size", "__u16", 0, 2), MemberLayout("type", "__u16", 2, 2)),
            ),
            "member type was at offset 0, is at 2",
        ),
        (
            replace(HEADER, members=(*HEADER.members[:1], MemberLayout("size", "__u32", 2, 4))),
            "member size had 2 bytes, has 4",
        ),
        (
            replace(HEADER, members=(*HEADER.members[:1], MemberLayout("size", "__s16", 2, 2))),
            "member size was __u16, is __s16",
        ),
    ],
)
def test_what_moves_shrinks_or_goes_breaks(struct: StructLayout, reason: str) -> None:
    kind, reasons = verdict(with_structs(struct), "struct head")
    assert kind is Compatibility.BREAK
    assert reason in reasons


def test_reserved_bytes_may_be_put_to_use_but_not_given_up() -> None:
    used = replace(
        LARGE, members=(MemberLayout("flags", "__u64", 0, 8), MemberLayout("r", "__u64[3]", 8, 24))
    )
    assert verdict(with_structs(used), "struct large")[0] is Compatibility.EXTENDED
    beside = replace(LARGE, members=(MemberLayout("flags", "__u64", 32, 8),))
    assert verdict(with_structs(beside), "struct large")[0] is Compatibility.BREAK
    smaller = replace(LARGE, size=8, members=(MemberLayout("flags", "__u64", 0, 8),))
    assert verdict(with_structs(smaller), "struct large")[0] is Compatibility.BREAK


def test_a_new_constant_is_an_extension_and_another_value_a_break() -> None:
    more = replace(KINDS, values=(*KINDS.values, ("KIND_OWN", 2)))
    assert verdict(replace(BASE, enums=(more,)), "enum kind") == (
        Compatibility.EXTENDED, ("gains KIND_OWN = 2",),
    )  # fmt: skip
    shifted = replace(KINDS, values=(("KIND_NONE", 0), ("KIND_OWN", 1), ("KIND_IRQ", 2)))
    kind, reasons = verdict(replace(BASE, enums=(shifted,)), "enum kind")
    assert (kind, reasons[0]) == (Compatibility.BREAK, "KIND_IRQ was 1, is 2")
    fewer = replace(KINDS, values=KINDS.values[:1])
    assert verdict(replace(BASE, enums=(fewer,)), "enum kind") == (
        Compatibility.BREAK, ("KIND_IRQ = 1 is gone",),
    )  # fmt: skip


def test_a_number_with_another_value_and_a_name_that_is_gone_break() -> None:
    other = replace(BASE, defines=(replace(LIMIT, value=8192),))
    assert verdict(other, "READ_MIN") == (Compatibility.BREAK, ("READ_MIN was 0x1000, is 0x2000",))
    none = replace(BASE, defines=(), structs=BASE.structs[1:])
    assert [change.reasons for change in breaks(compare_layouts(BASE, none))] == [
        ("struct head is gone",), ("READ_MIN is gone",),
    ]  # fmt: skip


def test_where_things_are_in_the_file_is_no_change() -> None:
    moved = with_structs(replace(HEADER, line=77))
    assert breaks(compare_layouts(BASE, moved)) == ()
    assert verdict(moved, "struct head")[0] is Compatibility.UNCHANGED
