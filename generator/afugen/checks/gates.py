# SPDX-License-Identifier: GPL-2.0-only
"""What the compiler, sparse and checkpatch say of a commit; from the cache when asked again.

What is not in the cache needs the build worktree, and takes its lock: not for who holds it.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from afugen import cache, command
from afugen.abi import directory
from afugen.build import Message, environment
from afugen.checks.remarks import Delta, Remark, line_map, read_checkpatch
from afugen.checks.remarks import compare as compare_remarks
from afugen.command import Progress, ProgressEvent, ignore_progress
from afugen.errors import InfraError
from afugen.git import BUILD_WORKTREE, Stored

# As b4 and the kernel's own documentation call it; the types, to know a complaint by.
_CHECKPATCH = (
    "--strict", "--mailback", "-q", "--terse", "--no-summary", "--showfile", "--show-types",
)  # fmt: skip
_CHECKPATCH_SECONDS = 120.0
_OPTION = re.compile(r" \[(-W[^\]]+)\]$")
_KEPT = ("error", "warning")


def compiler(stored: Stored, progress: Progress = ignore_progress) -> tuple[Remark, ...]:
    """What gcc says when all of drivers/misc/cxl is compiled: by default, and with W=1."""
    default = _remarks("gcc", _said(directory.compiled(stored, progress)))
    more = _remarks("gcc", _said(directory.compiled_w1(stored, progress)))
    added = compare_remarks(default, more).new
    return default + tuple(
        Remark("gcc W=1", one.severity, one.file, one.line, one.text, one.kind) for one in added
    )


def sparse(stored: Stored, progress: Progress = ignore_progress) -> tuple[Remark, ...]:
    """What sparse says of drivers/misc/cxl; MissingTool where it is not installed."""
    return _remarks("sparse", _said(directory.checked(stored, progress)))


def checkpatch(
    stored: Stored, mail: str, progress: Progress = ignore_progress
) -> tuple[Remark, ...]:
    """What the tree's own `checkpatch.pl --strict` says of a patch mail; nothing of a cover."""
    if "\ndiff --git " not in mail:
        return ()
    path = cache.root() / "gates" / f"checkpatch-{_checkpatch_key(stored, mail)}.json"
    if not path.is_file():
        progress(ProgressEvent("gates", "checkpatch"))
        with stored.store.checked_out(stored.commit_id, BUILD_WORKTREE, progress) as tree:
            output = _run_checkpatch(tree, mail)
        cache.write_atomically(path, json.dumps(output).encode())
    return read_checkpatch(json.loads(path.read_bytes()))


def messages(
    stored: Stored, mails: Iterable[str] = (), progress: Progress = ignore_progress
) -> tuple[Remark, ...]:
    """All of the above for a commit, and for the mails of the series that it ends."""
    said = compiler(stored, progress) + sparse(stored, progress)
    return said + tuple(one for mail in mails for one in checkpatch(stored, mail, progress))


def compare(
    base: Stored, before: tuple[Remark, ...], after: Stored, now: tuple[Remark, ...]
) -> Delta:
    """New, gone and kept between two commits; lines that only moved do not count."""
    if base.store.directory != after.store.directory:
        return compare_remarks(before, now)
    diff = base.store.diff(base.commit_id, after.commit_id)
    return compare_remarks(before, now, line_map(diff))


def _said(made: directory.Compiled) -> tuple[Message, ...]:
    """What was said; CompileError for a pass that failed and did not say why."""
    has_error = any(message.severity == "error" for message in made.messages)
    return made.messages if has_error else made.good.messages


def _remarks(tool: str, said: Iterable[Message]) -> tuple[Remark, ...]:
    return tuple(_remark(tool, one) for one in said if one.severity in _KEPT)


def _remark(tool: str, message: Message) -> Remark:
    option = _OPTION.search(message.text)
    text = message.text[: option.start()] if option else message.text
    kind = option[1] if option else ""
    return Remark(tool, message.severity, message.file, message.line, text, kind)


def _checkpatch_key(stored: Stored, mail: str) -> str:
    """The mail, and what of the tree the script looks at: itself, its lists, MAINTAINERS."""
    top = stored.store.directory_ids(stored.commit_id)
    parts = (mail, top.get("scripts", ""), top.get("MAINTAINERS", ""), *_CHECKPATCH)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _run_checkpatch(tree: Path, mail: str) -> str:
    script = tree / "scripts" / "checkpatch.pl"
    # Neither the user's .checkpatch.conf nor a history that may be shallow has a say.
    environment_ = environment() | {"HOME": "/nonexistent", "GIT_DIR": "/nonexistent"}
    with tempfile.TemporaryDirectory() as scratch:
        patch = Path(scratch, "mail.patch")
        patch.write_bytes(mail.encode("utf-8", "surrogateescape"))
        argv: list[str | Path] = [command.require("perl"), script, *_CHECKPATCH, patch]
        done = command.run(argv, cwd=tree, env=environment_, deadline_seconds=_CHECKPATCH_SECONDS)
    # 1: there are complaints. perl's own failures are other numbers, or nothing to be read.
    if done.returncode not in (0, 1) or (done.returncode and not read_checkpatch(done.output)):
        raise InfraError(f"{script.name}: {done.tail(1) or 'failed without a word'}")
    return done.output
