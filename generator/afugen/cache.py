# SPDX-License-Identifier: GPL-2.0-only
"""The cache of afugen: its directory, its locks, its completion markers and its keys.

A kill at any moment leaves nothing, or a directory without its completion marker, which the next
run removes and makes again. Locks are flock(2) locks: the kernel drops them with their last
holder, and the programs that afugen starts inherit them, so that the next run waits for a build
that outlives a killed afugen.
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
    """Return afugen's directory in the XDG cache directory, after making it if needed."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG base directory specification: a relative path is invalid and to be ignored.
    parent = Path(base) if base.startswith("/") else Path.home() / ".cache"
    path = parent / "afugen"
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def locked(path: Path, progress: Progress = ignore_progress) -> Iterator[None]:
    """Lock a file; if another afugen holds the lock, report that and wait. Not reentrant.

    The file is never removed: two processes could then lock different files.
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
        # Closing is not enough: a daemon that a program left behind has inherited the file.
        fcntl.flock(fd, fcntl.LOCK_UN)
        os.close(fd)


_IMPORT = re.compile(r"^ *(?:from|import) ([\w.]+)(?: import (\([^)]*\)|[^\n(]+))?", re.MULTILINE)


@cache
def code_digest(module: str) -> str:
    """Return a digest of a module, of all modules it imports, and of their libraries' versions.

    As part of a cache key, it makes a result anew after a change to any code that produced it.
    """
    digest = hashlib.sha256(platform.python_version().encode())
    modules, queue = set[str](), [module]
    while queue:
        name = queue.pop()
        if name in modules:
            continue
        modules.add(name)
        for statement in _IMPORT.finditer(resources.module_source(name)):
            names = re.findall(r"\w+", statement[2] or "")
            queue += [statement[1], *(f"{statement[1]}.{imported}" for imported in names)]
    for name in sorted(modules):
        digest.update(f"{name} {resources.module_source(name) or _library_version(name)}".encode())
    return digest.hexdigest()[:32]


@cache
def _libraries() -> dict[str, str]:
    """Return the versions of the installed distributions by name.

    They are parts of directory names; importlib.metadata would take 30 ms to import.
    """
    directories = [Path(entry) for entry in sys.path if Path(entry).is_dir()]
    stems = (path.stem for parent in directories for path in parent.glob("*.dist-info"))
    pairs = (stem.rpartition("-") for stem in stems)
    return {name.lower(): version for name, _, version in pairs}


def _library_version(module: str) -> str:
    """Return the version of the distribution that a module is of; "" for Python's own."""
    names = {module.lower().replace(".", "_"), module.partition(".")[0].lower()}
    return next((_libraries()[name] for name in sorted(names) if name in _libraries()), "")


def completion_marker(path: Path) -> Path:
    """Return the completion marker of a directory; it is beside it, to keep worktrees clean."""
    return path.with_name(f"{path.name}.complete")


def is_complete(path: Path) -> bool:
    """Return whether `create_once` has completed a directory."""
    return completion_marker(path).exists() and path.is_dir()


def create_once(
    path: Path, create: Callable[[Path], object], progress: Progress = ignore_progress
) -> Path:
    """Return a directory, after `create(path)` has made it unless it is complete.

    An incomplete one is removed first. One process creates, and the others wait for it.
    """
    if is_complete(path):
        return path
    with locked(path.with_name(f"{path.name}.lock"), progress):
        if is_complete(path):
            return path
        remove(path)
        create(path)
        path.mkdir(exist_ok=True)
        write_atomically(completion_marker(path), f"{time.time():.0f}\n".encode())
    return path


def remove(path: Path) -> None:
    """Remove a directory of `create_once`, its marker first: a kill leaves it incomplete."""
    completion_marker(path).unlink(missing_ok=True)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file so that readers see all or nothing of it, also after a power failure."""
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
    """Write a file atomically unless it has this content, and return whether it was written.

    An unchanged file keeps its mtime, and make does not rebuild what depends on it.
    """
    if path.is_file() and path.read_bytes() == content:
        return False
    write_atomically(path, content, mode=mode)
    return True
