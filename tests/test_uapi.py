# SPDX-License-Identifier: GPL-2.0-only
"""Headers measured with the real cross compiler."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from afugen import abi
from afugen.abi import Compatibility, Layout, MemberLayout, uapi
from afugen.errors import CompileError
from afugen.git import TreeFiles
from afugen.render.rendering import render
from afugen.series import version

HEADER = "include/uapi/misc/cxl.h"
KINDS = b"""\
#ifndef _PROBE_H
#define _PROBE_H
#include <linux/types.h>
#include <linux/ioctl.h>

#ifdef __KERNEL__
struct kernel_only { int x; };
#endif

/* struct in_a_comment { int x; }; */
struct mixed {
	__u8 one;
	union {
		__u32 word;
		struct {
			__u16 low, high;
		};
	};
	struct {
		__u64 x;
	} inner;
	void *pointers[2];
	int (*call)(void);
	__u16 tail[];
} __attribute__((packed));

struct old_style { __u32 n; __u8 data[0]; };
typedef struct { __u64 v; } by_typedef;
union either { __u64 wide; __u8 bytes[sizeof(struct mixed)]; };

enum { FIRST = -1, SECOND, THIRD = SECOND + 0x10, };

#define ALL_ONES	0xffffffffffffffffULL
#define LOW_ONES	0xffffffffU
#define MINUS		(-1)
#define SUM		(THIRD + \\
			sizeof(struct mixed))
#define PROBE_IOCTL	_IOR('p', 3, struct mixed)
#define TEXT		"text"
#define TYPE		struct mixed
#define HALF		{
#define OPEN		((1)
#define TURNED		) + (
#define UNKNOWN		(NOWHERE_DEFINED + 1)
#define UNKNOWN_TOO	(NOWHERE_DEFINED + 2)
#define CALL(x)		(x)
#endif
"""


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def struct(layout: Layout, name: str) -> abi.StructLayout:
    (found,) = (one for one in layout.structs if one.name == name)
    return found


def test_every_kind_of_declaration_is_measured() -> None:
    measured = abi.measure(KINDS, HEADER)
    assert [one.name for one in measured.structs] == [
        "struct mixed", "struct old_style", "by_typedef", "union either",
    ]  # fmt: skip
    mixed = struct(measured, "struct mixed")
    assert (mixed.size, mixed.align, mixed.line) == (37, 1, 11)
    assert mixed.members == (
        MemberLayout("one", "__u8", 0, 1),
        MemberLayout("word", "__u32", 1, 4),
        MemberLayout("low", "__u16", 1, 2),
        MemberLayout("high", "__u16", 3, 2),
        MemberLayout("inner", "struct", 5, 8),
        MemberLayout("inner.x", "__u64", 5, 8),
        MemberLayout("pointers", "void *[2]", 13, 16),
        MemberLayout("call", "int *()", 29, 8),
        MemberLayout("tail", "__u16[]", 37, 0, is_flexible=True),
    )
    assert struct(measured, "struct old_style").members[1].is_flexible
    assert struct(measured, "union either").size == 40
    (enum,) = measured.enums
    assert enum.values == (("FIRST", -1), ("SECOND", 0), ("THIRD", 16))


def test_macros_are_numbers_where_they_are_and_left_out_where_not() -> None:
    values = {one.name: (one.value, one.line) for one in abi.measure(KINDS, HEADER).defines}
    assert values == {
        "ALL_ONES": (0xFFFFFFFFFFFFFFFF, 33),
        "LOW_ONES": (0xFFFFFFFF, 34),
        "MINUS": (-1, 35),
        "SUM": (53, 36),
        "PROBE_IOCTL": (0x40257003, 38),
    }


def test_a_32_bit_program_has_its_own_layout() -> None:
    small = abi.measure(KINDS, HEADER, target="ppc")
    assert struct(small, "struct mixed").size == 25
    assert {one.name: one.value for one in small.defines}["LOW_ONES"] == 0xFFFFFFFF


def test_a_header_that_does_not_compile_is_told_at_its_line() -> None:
    with pytest.raises(CompileError) as caught:
        abi.measure(KINDS.replace(b"__u64 v;", b"__u65 v;"), "include/uapi/x.h")
    assert str(caught.value) == "include/uapi/x.h:28: unknown type name '__u65'"
    with pytest.raises(CompileError) as caught:
        abi.measure(b"\n#include <linux/no_such.h>\n", "x.h")
    assert str(caught.value) == "x.h:2: linux/no_such.h: No such file or directory"


def test_a_bit_field_is_refused_by_its_line() -> None:
    with pytest.raises(CompileError) as caught:
        abi.measure(b"struct s {\n\tint a : 3;\n};\n", "x.h")
    assert str(caught.value) == "x.h:2: a bit-field has no offset in bytes"


def test_the_compiler_is_asked_once_for_one_content(monkeypatch) -> None:
    first = abi.measure(KINDS, HEADER)
    monkeypatch.setattr(uapi, "_measure", None)
    assert abi.measure(KINDS, HEADER) == first
    with pytest.raises(TypeError):
        abi.measure(KINDS, HEADER, target="ppc")


@pytest.fixture
def cxl(stripped_tree: Callable[[str], TreeFiles]) -> tuple[bytes, bytes]:
    """The header without the feature, and with v1's."""
    base = stripped_tree("6.1")
    changes = {change.path: change.after for change in render(version.find("v1").spec, base)}
    return base.read(HEADER), changes[HEADER]


@pytest.mark.kernel
@pytest.mark.parametrize("target", abi.TARGETS)
def test_v1_extends_the_header_and_breaks_nothing(cxl, target: str) -> None:
    before, after = (abi.measure(header, HEADER, target=target) for header in cxl)
    assert struct(before, "struct cxl_event").size == struct(after, "struct cxl_event").size == 40
    changed = [
        one
        for one in abi.compare_layouts(before, after)
        if one.verdict is not Compatibility.UNCHANGED
    ]
    assert [(one.name, one.verdict, one.reasons) for one in changed] == [
        ("struct cxl_event_afu_driver_reserved", Compatibility.NEW, ()),
        (
            "struct cxl_event",
            Compatibility.EXTENDED,
            ("gains afu_driver_event (struct cxl_event_afu_driver_reserved, offset 8, 32 bytes)",),
        ),
        ("enum cxl_event_type", Compatibility.EXTENDED, ("gains CXL_EVENT_AFU_DRIVER = 4",)),
    ]


@pytest.mark.kernel
def test_the_numbers_that_programs_pass_to_ioctl_and_read_are_found(cxl) -> None:
    values = {one.name: one.value for one in abi.measure(cxl[0], HEADER).defines}
    # By hand, from asm/ioctl.h of powerpc: _IOR is 2 << 29, _IOW 4 << 29, the size in bits 16-28.
    assert {name: value for name, value in values.items() if name.startswith("CXL_IOCTL")} == {
        "CXL_IOCTL_START_WORK": (4 << 29) | (64 << 16) | (0xCA << 8) | 0x00,
        "CXL_IOCTL_GET_PROCESS_ELEMENT": (2 << 29) | (4 << 16) | (0xCA << 8) | 0x01,
        "CXL_IOCTL_GET_AFU_ID": (2 << 29) | (64 << 16) | (0xCA << 8) | 0x02,
        "CXL_IOCTL_DOWNLOAD_IMAGE": (4 << 29) | (64 << 16) | (0xCA << 8) | 0x0A,
        "CXL_IOCTL_VALIDATE_IMAGE": (4 << 29) | (64 << 16) | (0xCA << 8) | 0x0B,
    }
    assert values["CXL_READ_MIN_SIZE"] == 4096


@pytest.mark.kernel
def test_a_payload_that_enlarges_the_event_is_a_break(cxl) -> None:
    larger = cxl[1].replace(b"__u64 reserved[4];", b"__u64 reserved[8];")
    assert larger != cxl[1]
    broken = abi.breaks(
        abi.compare_layouts(abi.measure(cxl[1], HEADER), abi.measure(larger, HEADER))
    )
    assert [one.name for one in broken] == [
        "struct cxl_event_afu_driver_reserved",
        "struct cxl_event",
    ]
