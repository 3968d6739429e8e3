# SPDX-License-Identifier: GPL-2.0-only
"""From a checked-out tree to what QEMU boots: kernel, modules, test programs, initramfs.

Always through kbuild, out of tree, in the cache. A build that fails is a result; an option that
the tree's Kconfig drops is an error.
"""

from afugen.build.compilers import Toolchain, toolchain, toolchains
from afugen.build.config import requested_options
from afugen.build.kbuild import environment, make, refuse_trouble
from afugen.build.kconfig import Kconfig, check_symbol
from afugen.build.messages import Message, message_in, messages_in
from afugen.build.plan import BuildPlan, Selftest, build_plan, check_plan, has_test
from afugen.build.request import BuildRequest, BuildResult, output_directory
from afugen.build.stages import build, configured

__all__ = [
    "BuildPlan",
    "BuildRequest",
    "BuildResult",
    "Kconfig",
    "Message",
    "Selftest",
    "Toolchain",
    "build",
    "build_plan",
    "check_plan",
    "check_symbol",
    "configured",
    "environment",
    "has_test",
    "make",
    "message_in",
    "messages_in",
    "output_directory",
    "refuse_trouble",
    "requested_options",
    "toolchain",
    "toolchains",
]
