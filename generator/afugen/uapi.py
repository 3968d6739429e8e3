# SPDX-License-Identifier: GPL-2.0-only
"""Measuring a uapi header with the cross compiler, as a program of userspace would be compiled."""

from __future__ import annotations

from afugen.abi import Layout

HEADER = "include/uapi/misc/cxl.h"
# The targets, and what tells gcc to compile for them; 32-bit programs are big endian.
TARGETS = {"ppc64le": ("-m64",), "ppc": ("-m32", "-mbig-endian")}


def layout(header: bytes, *, target: str = "ppc64le") -> Layout:
    """What the compiler makes of a uapi header; cached by its content.

    HeaderError with the compiler's first complaint if it does not compile.
    """
    raise NotImplementedError
