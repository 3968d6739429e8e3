# SPDX-License-Identifier: GPL-2.0-only
"""What afugen keeps between runs: where it is, whose turn it is, and whether it is whole.

A kill at any moment leaves either nothing, or something without its completion marker, which
the next run removes and makes again. Locks are flock(2) locks: the kernel drops them with their
last holder, and programs that afugen starts inherit them, so that a build which outlives a
killed afugen is waited for.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from afugen import resources
from afugen.command import Progress, ProgressEvent, ignore_progress


def root() -> Path:
    """afugen's directory under the XDG cache directory; made if it is not there."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG base directory specification: a relative path is invalid and to be ignored.
    parent = Path(base) if base.startswith("/") else Path.home() / ".cache"
    path = parent / "afugen"
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def locked(path: Path, progress: Progress = ignore_progress) -> Iterator[None]:
    """Hold `path` alone; if another afugen has it, say so and wait. Not reentrant.

    The file stays behind: removing it would let two processes lock different files.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(fd, 32, 0).decode(errors="replace").strip() or "unknown"
            progress(ProgressEvent("wait", f"waiting for another afugen (pid {holder})"))
            fcntl.flock(fd, fcntl.LOCK_EX)
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        os.set_inheritable(fd, True)  # noqa: FBT003 - positional-only
        yield
    finally:
        # Not only closed: a daemon that some program left behind has it open, too.
        fcntl.flock(fd, fcntl.LOCK_UN)
        os.close(fd)


_IMPORT = re.compile(r"^ *(?:from|import) ([\w.]+)(?: import (\([^)]*\)|[^\n(]+))?", re.MULTILINE)


@cache
def recipe(module: str) -> str:
    """Return a digest of a module, of all modules it imports, and of its libraries' versions.

    A result that is cached under it is made again when any code that shaped it has changed.
    """
    digest = hashlib.sha256(platform.python_version().encode())
    seen, waiting = set[str](), [module]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        source = resources.module_source(name)
        for found in _IMPORT.finditer(source):
            imported = re.findall(r"\w+", found[2] or "")
            waiting += [found[1], *(f"{found[1]}.{one}" for one in imported)]
    for name in sorted(seen):
        digest.update(f"{name} {resources.module_source(name) or _library_version(name)}".encode())
    return digest.hexdigest()[:32]


@cache
def _libraries() -> dict[str, str]:
    """Return the versions of the installed distributions, by name.

    Read off the names of their directories: importlib.metadata takes 30 ms to import.
    """
    places = [Path(entry) for entry in sys.path if Path(entry).is_dir()]
    found = (path.stem for place in places for path in place.glob("*.dist-info"))
    pairs = (stem.rpartition("-") for stem in found)
    return {name.lower(): version for name, _, version in pairs}


def _library_version(module: str) -> str:
    """Return the version of the distribution that a module is of; "" for Python's own."""
    names = {module.lower().replace(".", "_"), module.partition(".")[0].lower()}
    return next((_libraries()[name] for name in sorted(names) if name in _libraries()), "")


def marker(path: Path) -> Path:
    """The file that says `path` is complete; beside it, so that a worktree stays clean."""
    return path.with_name(f"{path.name}.complete")


def is_made(path: Path) -> bool:
    """Whether `made` finished making this directory."""
    return marker(path).exists() and path.is_dir()


def made(path: Path, maker: Callable[[Path], object], progress: Progress = ignore_progress) -> Path:
    """The directory, made by `maker(path)` unless it is complete; leftovers are removed first.

    `maker` finds nothing at `path` but an existing parent. One process makes, others wait.
    """
    if is_made(path):
        return path
    with locked(path.with_name(f"{path.name}.lock"), progress):
        if is_made(path):
            return path
        unmake(path)
        maker(path)
        path.mkdir(exist_ok=True)
        write_atomically(marker(path), f"{time.time():.0f}\n".encode())
    return path


def unmake(path: Path) -> None:
    """Remove what `made` made: the marker first, so that a kill leaves it incomplete."""
    marker(path).unlink(missing_ok=True)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file that is there whole or not at all, also after a power failure."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def write_if_changed(path: Path, content: bytes, *, mode: int = 0o644) -> bool:
    """Write atomically unless the file holds just this already; says whether it wrote.

    An untouched file keeps its mtime, and make does not rebuild what depends on it.
    """
    if path.is_file() and path.read_bytes() == content:
        return False
    write_atomically(path, content, mode=mode)
    return True
