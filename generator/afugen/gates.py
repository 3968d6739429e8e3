# SPDX-License-Identifier: GPL-2.0-only
"""What the compiler, sparse and checkpatch say of a commit; from the cache when asked again."""

from __future__ import annotations

from afugen.command import Progress, ignore_progress
from afugen.remarks import Delta, Remark
from afugen.repo import Stored


def compiler(stored: Stored, progress: Progress = ignore_progress) -> tuple[Remark, ...]:
    """What gcc says when all of drivers/misc/cxl is compiled: by default, and with W=1."""
    raise NotImplementedError


def sparse(stored: Stored, progress: Progress = ignore_progress) -> tuple[Remark, ...]:
    """What sparse says of drivers/misc/cxl; MissingTool where it is not installed."""
    raise NotImplementedError


def checkpatch(
    stored: Stored, mail: str, progress: Progress = ignore_progress
) -> tuple[Remark, ...]:
    """What the tree's own `checkpatch.pl --strict` says of a patch mail."""
    raise NotImplementedError


def messages(
    stored: Stored, mails: tuple[str, ...] = (), progress: Progress = ignore_progress
) -> tuple[Remark, ...]:
    """All of the above for a commit, and for the mails of the series that it ends."""
    raise NotImplementedError


def compare(base: Stored, before: tuple[Remark, ...], after: Stored,
            now: tuple[Remark, ...]) -> Delta:  # fmt: skip
    """New, gone and kept between two commits of one store; lines that only moved do not count."""
    raise NotImplementedError
