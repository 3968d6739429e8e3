# SPDX-License-Identifier: GPL-2.0-only
"""From a spec to what a test looks at: changed files, a real `git diff`, the lines that came."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import seed
import specs
from afugen.errors import TreeError
from afugen.render import rendering

KCONFIG = "drivers/misc/cxl/Kconfig"
API = "drivers/misc/cxl/api.c"
CONTEXT = "drivers/misc/cxl/context.c"
PRIVATE = "drivers/misc/cxl/cxl.h"
FILE = "drivers/misc/cxl/file.c"
HEADER = "include/misc/cxl.h"
UAPI = "include/uapi/misc/cxl.h"


class Files:
    """A base of a few files."""

    def __init__(self, files: Mapping[str, bytes], label: str = "base") -> None:
        self.files, self.label = dict(files), label

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise TreeError(f"{self.label}: there is no {path}")
        return self.files[path]

    def exists(self, path: str) -> bool:
        return path in self.files

    def mode(self, path: str) -> str | None:
        return "100644" if path in self.files else None

    def edited(self, path: str, old: str | bytes, new: str | bytes) -> Files:
        """The same base with one text replaced by another."""
        old, new = (t.encode() if isinstance(t, str) else t for t in (old, new))
        assert self.files[path].count(old) == 1, f"{old!r} is not once in {path}"
        return Files(self.files | {path: self.files[path].replace(old, new)}, self.label)


def seed_base() -> Files:
    """The files that the patch of 2015 applies to, as far as it shows them."""
    return Files(seed.base_files(), "seed")


def driver_base() -> Files:
    """As above, and the files beside those that later versions touch."""
    return Files(seed.base_files() | seed.files_beside(), "driver")


def only_touched(base) -> Files:
    """The touched files of a tree, so that a test can edit them."""
    return Files({path: base.read(path) for path in rendering.kernel_paths(specs.CXL)}, base.label)


def after(spec, base) -> dict[str, bytes]:
    """The changed files."""
    return {change.path: change.after for change in rendering.render(spec, base)}


def git(where: Path, *args: str) -> str:
    """git without any configuration of the machine's."""
    env = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    done = subprocess.run(
        ["git", *identity, *args], cwd=where, env=env, check=True, capture_output=True
    )
    return done.stdout.decode()


def repository(where: Path, files: Mapping[str, bytes]) -> Path:
    """A repository whose only commit has the files."""
    where.mkdir(parents=True, exist_ok=True)
    git(where, "init", "-q")
    write(where, files)
    git(where, "add", "-A")
    git(where, "commit", "-qm", "base")
    return where


def write(where: Path, files: Mapping[str, bytes]) -> None:
    """Put the files into a directory."""
    for path, content in files.items():
        (where / path).parent.mkdir(parents=True, exist_ok=True)
        (where / path).write_bytes(content)


def git_diff(where: Path, spec, base: Files) -> str:
    """What git says of the change, in a repository made for it."""
    repository(where, base.files)
    write(where, after(spec, base))
    return git(where, "diff")


def inserted(spec, base) -> dict[str, list[str]]:
    """For each file the lines that its templates insert, in the order of their places."""
    found = {}
    for change in rendering.render(spec, base):
        found[change.path] = list(_inserted(change))
    return found


def _inserted(change: rendering.Change) -> Iterable[str]:
    """Lines of the result that hold bytes of an edit, whatever git would pair them with."""
    from afugen.render.edits import resolve  # noqa: PLC0415

    splices = sorted(
        (splice for edit in change.edits for splice in resolve(edit, change.before)),
        key=lambda splice: (splice.start, splice.end),
    )
    marked, position = bytearray(), 0
    for splice in splices:
        is_new = splice.text != change.before[splice.start : splice.end]
        marked += b"\0" * (splice.start - position) + bytes([is_new]) * len(splice.text)
        position = splice.end
    marked += b"\0" * (len(change.before) - position)
    offset = 0
    for line in change.after.splitlines(keepends=True):
        if b"\1" in marked[offset : offset + len(line)]:
            yield line.decode().rstrip("\n")
        offset += len(line)


def words(lines: Iterable[str]) -> set[str]:
    """Every word of the lines."""
    return {word for line in lines for word in re.findall(r"\w+", line)}
