# SPDX-License-Identifier: GPL-2.0-only
"""The test in the tree, rendered onto real files, and its selftest compiled for this machine."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

import rendering
import specs
from afugen.render import rendering as render
from afugen.spec.model import Spec
from linux_source import linux_source

SELFTESTS = "tools/testing/selftests"
DIRECTORY = f"{SELFTESTS}/drivers/misc/cxl"
MODULE = "drivers/misc/cxl"
UAPI = "include/uapi/misc/cxl.h"
HARNESS = tuple(f"{SELFTESTS}/{name}" for name in ("lib.mk", "kselftest.h", "kselftest_harness.h"))
EDITED = ("MAINTAINERS", f"{MODULE}/Kconfig", f"{MODULE}/Makefile", f"{SELFTESTS}/Makefile")
# What the selftest's own words promise the compiler to be printf's.
PRINTF = """\
#include <stdbool.h>
void expected(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
bool fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void give_up(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void claim_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
"""


@cache
def base(version: str = "6.1") -> rendering.Files:
    """What of Debian's source of that version the test touches, or is made with."""
    return rendering.Files(linux_source(version, (*EDITED, *HARNESS, UAPI)), version)


def rendered(spec: Spec | None, version: str = "6.1") -> dict[str, bytes]:
    """The files of the test."""
    changes = render.render_test(spec, specs.CXL, base(version))
    return {change.path: change.after for change in changes}


def uapi(spec: Spec | None, version: str) -> bytes:
    """The header of a tree that has what the spec adds: Debian's is what v3 makes of it."""
    original = base(version).read(UAPI)
    if spec is None:
        return original
    text = original.decode()
    for old, new in (
        ("CXL_EVENT_AFU_DRIVER", spec.event.name),
        ("cxl_event_afu_driver_reserved", spec.payload.struct),
        ("afu_driver_event;", f"{spec.payload.member};"),
    ):
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def planted(where: Path, spec: Spec | None, version: str = "6.1") -> Path:
    """As much of a tree as the selftest is made from, in a directory."""
    files = {path: base(version).read(path) for path in HARNESS}
    files |= {
        path: source for path, source in rendered(spec, version).items() if path not in EDITED
    }
    rendering.write(
        where, files | {"uapi/misc/cxl.h": uapi(spec, version), "printf.h": PRINTF.encode()}
    )
    return where


def compiled(tree: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """What the selftest's own makefile says; the programs are in `obj`."""
    (tree / "obj").mkdir(exist_ok=True)
    return subprocess.run(
        [
            "make", "-s", "-j2", "-C", tree / DIRECTORY, f"OUTPUT={tree / 'obj'}",
            f"KHDR_INCLUDES=-isystem {tree / 'uapi'}",
            f"USERCFLAGS=-O1 -include {tree / 'printf.h'} {' '.join(flags)}",
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
