# SPDX-License-Identifier: GPL-2.0-only
"""From a checked-out tree to what QEMU boots: kernel, modules, test programs, initramfs.

Always through kbuild, out of tree, in the cache. A build that fails is a result; an option that
the tree's Kconfig does not grant is an error.
"""

from afugen.build.kbuild import environment
from afugen.build.messages import Message
from afugen.build.request import (
    FRAGMENTS,
    TEST_FRAGMENTS,
    BuildRequest,
    BuildResult,
    Toolchain,
    output_directory,
    toolchain,
    toolchains,
)
from afugen.build.stages import build

__all__ = [
    "FRAGMENTS",
    "TEST_FRAGMENTS",
    "BuildRequest",
    "BuildResult",
    "Message",
    "Toolchain",
    "build",
    "environment",
    "output_directory",
    "toolchain",
    "toolchains",
]
