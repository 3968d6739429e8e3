# SPDX-License-Identifier: GPL-2.0-only
"""Remarks of gcc, sparse and checkpatch on a commit, from the cache where it has them.

What is not in the cache is made in the build worktree, which is locked: these functions are not
for callers that hold that lock.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from afugen import abi, cache, command
from afugen.build import Message, environment
from afugen.checks.remarks import Delta, Remark, line_map, read_checkpatch
from afugen.checks.remarks import compare as compare_remarks
from afugen.command import Progress, ProgressEvent, ignore_progress
from afugen.errors import InfraError, TreeError
from afugen.git import BUILD_WORKTREE, StoredCommit
from afugen.spec.interface import Interface

# The options of b4 and of the kernel's documentation, and the types, to identify remarks.
_CHECKPATCH = (
    "--strict", "--mailback", "-q", "--terse", "--no-summary", "--showfile", "--show-types",
)  # fmt: skip
_CHECKPATCH_SECONDS = 120.0
_OPTION = re.compile(r" \[(-W[^\]]+)\]$")
_KEPT = ("error", "warning")


def compiler(
    stored: StoredCommit, interface: Interface, progress: Progress = ignore_progress
) -> tuple[Remark, ...]:
    """Return gcc's remarks on the driver's directory: by default, and what W=1 adds."""
    default = _remarks("gcc", abi.compiled(stored, interface, progress), interface)
    more = _remarks("gcc", abi.compiled_w1(stored, interface, progress), interface)
    added = compare_remarks(default, more).new
    return default + tuple(
        Remark("gcc W=1", one.severity, one.file, one.line, one.text, one.kind) for one in added
    )


def sparse(
    stored: StoredCommit, interface: Interface, progress: Progress = ignore_progress
) -> tuple[Remark, ...]:
    """Return sparse's remarks on the driver's directory; MissingToolError without sparse."""
    return _remarks("sparse", abi.checked(stored, interface, progress), interface)


def checkpatch(
    stored: StoredCommit, mail: str, progress: Progress = ignore_progress
) -> tuple[Remark, ...]:
    """Return the remarks of the tree's own `checkpatch.pl --strict` on a patch mail.

    A cover letter has none.
    """
    if "\ndiff --git " not in mail:
        return ()
    path = cache.root() / "gates" / f"checkpatch-{_checkpatch_key(stored, mail)}.json"
    if not path.is_file():
        progress(ProgressEvent("gates", "checkpatch"))
        with stored.store.checked_out(stored.commit_id, BUILD_WORKTREE, progress) as tree:
            output = _run_checkpatch(tree, mail)
        cache.write_atomically(path, json.dumps(output).encode())
    return read_checkpatch(json.loads(path.read_bytes()))


def remarks_on(
    stored: StoredCommit,
    interface: Interface,
    mails: Iterable[str] = (),
    progress: Progress = ignore_progress,
) -> tuple[Remark, ...]:
    """Return all remarks on a commit, and on the mails of the series that it is the last of."""
    found = compiler(stored, interface, progress) + sparse(stored, interface, progress)
    return found + tuple(one for mail in mails for one in checkpatch(stored, mail, progress))


def compare_commits(
    base: StoredCommit, before: tuple[Remark, ...], after: StoredCommit, now: tuple[Remark, ...]
) -> Delta:
    """Return the remarks that are new, gone and kept, following lines that only moved."""
    if base.store.directory != after.store.directory:
        return compare_remarks(before, now)
    diff = base.store.diff(base.commit_id, after.commit_id)
    return compare_remarks(before, now, line_map(diff))


def _remarks(tool: str, made: abi.Compiled, interface: Interface) -> tuple[Remark, ...]:
    """Return the errors and warnings; CompileError for a failure without an error message."""
    if not any(message.severity == "error" for message in made.messages):
        made.refuse_failure(interface.data.build.directory)
    return tuple(_remark(tool, one) for one in made.messages if one.severity in _KEPT)


def _remark(tool: str, message: Message) -> Remark:
    option = _OPTION.search(message.text)
    text = message.text[: option.start()] if option else message.text
    kind = option[1] if option else ""
    return Remark(tool, message.severity, message.file, message.line, text, kind)


def _checkpatch_key(stored: StoredCommit, mail: str) -> str:
    """Return a digest of the mail, and of what the script reads of the tree."""
    top = stored.store.entry_ids(stored.commit_id)
    parts = (mail, top.get("scripts", ""), top.get("MAINTAINERS", ""), *_CHECKPATCH)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _run_checkpatch(tree: Path, mail: str) -> str:
    script = tree / "scripts" / "checkpatch.pl"
    if not script.is_file():
        raise TreeError(f"{tree}: there is no scripts/checkpatch.pl")
    # Without the user's .checkpatch.conf, and without a history that may be shallow.
    environment_ = environment() | {"HOME": "/nonexistent", "GIT_DIR": "/nonexistent"}
    with tempfile.TemporaryDirectory() as scratch:
        patch = Path(scratch, "mail.patch")
        patch.write_bytes(mail.encode("utf-8", "surrogateescape"))
        argv: list[str | Path] = [command.require("perl"), script, *_CHECKPATCH, patch]
        done = command.run(argv, cwd=tree, env=environment_, deadline_seconds=_CHECKPATCH_SECONDS)
    # 1: there are remarks. perl's own failures are other numbers, or print no remark.
    if done.returncode not in (0, 1) or (done.returncode and not read_checkpatch(done.output)):
        raise InfraError(f"{script.name}: {done.tail(1) or 'failed without a message'}")
    return done.output
