# SPDX-License-Identifier: GPL-2.0-only
"""Symbol CRCs of the cxl driver of a commit, without a full build."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from afugen import driver
from afugen.command import Progress, ignore_progress
from afugen.exports import Exports
from afugen.repo import Stored


def exports(stored: Stored, progress: Progress = ignore_progress) -> Exports:
    """What drivers/misc/cxl of a commit exports; from the cache in milliseconds, or compiled.

    CompileError, with the compiler's first complaint, if it does not compile. Takes the lock of
    the build worktree when it compiles: not to be called by who holds it.
    """
    return driver.compiled(stored, progress).good.exports


def crcs(tree: Path, progress: Progress = ignore_progress) -> Mapping[str, str]:
    """The CRCs by symbol of a checked-out worktree, compiled now."""
    return driver.compile_tree(tree, progress).good.exports.crcs
