# SPDX-License-Identifier: GPL-2.0-only
"""Every kind of complaint of a kernel build is understood."""

from __future__ import annotations

from pathlib import Path

import pytest

from afugen.build.messages import Message, message_in, messages_in

TREE = Path("/cache/tree")
FILE = "drivers/misc/cxl/file.c"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "/cache/tree/drivers/misc/cxl/file.c:397:7: error: 'x' undeclared (first use in this)",
            Message(FILE, 397, 7, "error", "'x' undeclared (first use in this)"),
        ),
        (
            "/cache/tree/drivers/misc/cxl/file.c:12:3: warning: unused variable 'n'"
            " [-Wunused-variable]",
            Message(FILE, 12, 3, "warning", "unused variable 'n' [-Wunused-variable]"),
        ),
        (
            "/cache/tree/drivers/misc/cxl/file.c:3:10: fatal error: no.h: No such file",
            Message(FILE, 3, 10, "error", "no.h: No such file"),
        ),
        (
            "/cache/tree/drivers/misc/cxl/./trace.h:4:1: note: declared here",
            Message("drivers/misc/cxl/trace.h", 4, 1, "note", "declared here"),
        ),
        (
            "./include/linux/build_bug.h:50:9: error: static assertion failed",
            Message("include/linux/build_bug.h", 50, 9, "error", "static assertion failed"),
        ),
        (
            "/cache/tree/arch/powerpc/lib/x.S:31: Error: unrecognized opcode: `foo'",
            Message("arch/powerpc/lib/x.S", 31, 0, "error", "unrecognized opcode: `foo'"),
        ),
        (
            "drivers/misc/cxl/Kconfig:24: syntax error",
            Message("drivers/misc/cxl/Kconfig", 24, 0, "error", "syntax error"),
        ),
        (
            "drivers/misc/cxl/Kconfig:6:warning: ignoring unsupported character '@'",
            Message(
                "drivers/misc/cxl/Kconfig", 6, 0, "warning", "ignoring unsupported character '@'"
            ),
        ),
        (
            'ERROR: modpost: "cxl_no" [softafu/s.ko] undefined!',
            Message("softafu/s.ko", 0, 0, "error", '"cxl_no" [softafu/s.ko] undefined!'),
        ),
        (
            "WARNING: modpost: missing MODULE_LICENSE() in softafu/softafu.o",
            Message("", 0, 0, "warning", "missing MODULE_LICENSE() in softafu/softafu.o"),
        ),
        (
            "powerpc64le-linux-gnu-ld: drivers/misc/cxl/base.o: in function `f':"
            " base.c:(.text+0x1c): undefined reference to `g'",
            Message("drivers/misc/cxl/base.o", 0, 0, "error", "undefined reference to `g'"),
        ),
        (
            "make[4]: *** No rule to make target 'drivers/misc/cxl/gone.o', needed by 'x'.  Stop.",
            Message(
                "", 0, 0, "error",
                "No rule to make target 'drivers/misc/cxl/gone.o', needed by 'x'.  Stop.",
            ),
        ),
    ],
)  # fmt: skip
def test_a_complaint_is_understood(line: str, message: Message) -> None:
    assert message_in(line, TREE) == message


@pytest.mark.parametrize(
    "line",
    [
        "  CC [M]  drivers/misc/cxl/file.o",
        "In file included from /cache/tree/include/linux/kernel.h:29,",
        "  397 |         mask |= x;",
        "make[2]: *** [/cache/tree/Makefile:1852: drivers] Error 2",
        "/cache/tree/drivers/misc/cxl/file.c: In function 'afu_poll':",
        "",
    ],
)
def test_other_lines_are_no_complaints(line: str) -> None:
    assert message_in(line, TREE) is None


def test_a_header_s_complaint_is_counted_once() -> None:
    line = "/cache/tree/drivers/misc/cxl/cxl.h:5:1: warning: w"
    assert len(messages_in([line, "  CC      other.o", line], TREE)) == 1


def test_a_message_reads_as_the_compiler_would_put_it() -> None:
    assert str(Message(FILE, 3, 1, "error", "bad")) == f"{FILE}:3:1: error: bad"
    assert str(Message(FILE, 3, 0, "error", "bad")) == f"{FILE}:3: error: bad"
    assert str(Message("", 0, 0, "error", "bad")) == "error: bad"
