# SPDX-License-Identifier: GPL-2.0-only
"""Kernel tarballs, read as a stream of files."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import hashlib
import lzma
import os
import shutil
import tarfile
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, cast

from afugen import cache
from afugen.command import Progress, ProgressEvent, ignore_progress
from afugen.errors import TreeError
from afugen.git.files import tree_path

_CHUNK = 1 << 20
# tarfile copies the rest of its buffer with every read: at 1 MiB that took 10 s.
_BUFFER = 1 << 14
_OPENERS = {".xz": lzma.open, ".gz": gzip.open, ".bz2": bz2.open, ".tar": contextlib.nullcontext}
_DAMAGED = (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError)


@dataclass(frozen=True, slots=True)
class TarMember:
    """A file of a tarball; `mode` is git's, and a symlink's content is its target."""

    path: str
    mode: str
    content: bytes
    mtime: int


def require_tarball(path: Path) -> Path:
    """Return the absolute path; raise TreeError unless it is a file with a tarball's name."""
    if not path.is_file():
        raise TreeError(f"{path}: there is no such tarball")
    if path.suffix not in _OPENERS:
        raise TreeError(f"{path} is not a tarball: its name ends in none of {', '.join(_OPENERS)}")
    return path.absolute()


def fingerprint(tarball: Path) -> str:
    """Return a name for the tarball's content, from its name, size and mtime."""
    status = tarball.stat()
    key = f"{tarball.name}\0{status.st_size}\0{status.st_mtime_ns}"
    stem = tarball.name.partition(".tar")[0]
    return f"{stem}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


@contextlib.contextmanager
def _decompressed(tarball: Path) -> Iterator[tuple[IO[bytes], Callable[[], float]]]:
    """Yield the tar stream and a function that returns which fraction of the file was read.

    A thread decompresses into a pipe, beside whatever the caller does with the files.
    """
    opener = cast("Callable[[IO[bytes]], IO[bytes]]", _OPENERS[tarball.suffix])
    read_fd, write_fd = os.pipe()

    def decompress() -> None:
        with (
            contextlib.suppress(BrokenPipeError),  # if the caller stops reading
            os.fdopen(write_fd, "wb") as sink,
            opener(compressed) as source,
        ):
            shutil.copyfileobj(source, sink, _CHUNK)

    size = max(tarball.stat().st_size, 1)
    with tarball.open("rb") as compressed, ThreadPoolExecutor(1) as pool:
        decompression = pool.submit(decompress)
        try:
            with os.fdopen(read_fd, "rb", _CHUNK) as stream:
                yield stream, lambda: compressed.tell() / size
        except tarfile.TarError:
            # If decompression failed, that is why the tar stream ended early.
            decompression.result()
            raise
        decompression.result()


def read_members(
    tarball: Path, message: str, progress: Progress, wanted: Callable[[str], bool] = lambda _: True
) -> Iterator[TarMember]:
    """Yield every file, its path without the top directory; unwanted ones have no content."""
    report = _ProgressReport(message, progress)
    paths: set[str] = set()
    try:
        with (
            _decompressed(tarball) as (stream, fraction),
            tarfile.open(fileobj=stream, mode="r|", bufsize=_BUFFER) as archive,
        ):
            for info in archive:
                archive.members = []  # type: ignore[attr-defined] # else it keeps all 79,000
                report.update(fraction())
                member = _member(archive, info, wanted)
                if member is not None:
                    _check_path(member.path, paths)
                    yield member
    except _DAMAGED as error:
        raise TreeError(f"{tarball} is damaged: {error}") from error
    report.update(1.0)


class _ProgressReport:
    """Progress events in steps of one percent."""

    def __init__(self, message: str, progress: Progress) -> None:
        self._message, self._progress = message, progress
        self._start, self._percent = time.monotonic(), 0
        progress(ProgressEvent("import", message, fraction=0.0))

    def update(self, fraction: float) -> None:
        """Send an event if another percent is done."""
        if int(fraction * 100) > self._percent:
            self._percent = int(fraction * 100)
            spent = time.monotonic() - self._start
            rest = spent / fraction - spent
            self._progress(ProgressEvent("import", self._message, fraction, rest))


def _member(
    archive: tarfile.TarFile, info: tarfile.TarInfo, wanted: Callable[[str], bool]
) -> TarMember | None:
    parts = PurePosixPath(info.name).parts[1:]
    if info.isdir() or not parts:
        return None
    path = tree_path("/".join(parts))
    if info.issym():
        return TarMember(path, "120000", info.linkname.encode(), int(info.mtime))
    stream = archive.extractfile(info) if info.isreg() else None
    if stream is None:
        raise TreeError(f"{info.name} is neither a file nor a symlink: unpack it and name that")
    mode = "100755" if info.mode & 0o100 else "100644"
    return TarMember(path, mode, stream.read() if wanted(path) else b"", int(info.mtime))


def _check_path(path: str, paths: set[str]) -> None:
    """Raise TreeError if an earlier member has the path or is a parent of it; add the path."""
    parent = path
    while parent := parent.rpartition("/")[0]:
        if parent in paths:
            raise TreeError(f"{path} is in the tarball below something that is not a directory")
    if path in paths:
        raise TreeError(f"{path} is in the tarball twice")
    paths.add(path)


def write_member(root: Path, member: TarMember) -> os.stat_result:
    """Write a file below `root`, where its directory exists, and return its lstat(2)."""
    path = f"{root}/{member.path}"
    if member.mode == "120000":
        os.symlink(os.fsdecode(member.content), path)  # noqa: PTH211 - no Path for 79,000 files
        return os.lstat(path)
    mode = 0o755 if member.mode == "100755" else 0o644
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(member.content)
        file.flush()
        os.utime(file.fileno(), (member.mtime, member.mtime))
        return os.fstat(file.fileno())


# The column of the path in a line of the list of modes.
_PATH_COLUMN = len("100644 ")


class TarballFiles:
    """The files of a tarball that is not imported; those that were read are kept in the cache.

    The first read decompresses the whole tarball, for about 10 s: pass all paths at once.
    """

    def __init__(
        self, tarball: Path, paths: tuple[str, ...], progress: Progress = ignore_progress
    ) -> None:
        self._tarball = require_tarball(tarball)
        self._directory = cache.root() / "tarballs" / fingerprint(self._tarball)
        self._progress = progress
        self.label = str(tarball)
        self._extract(tuple(map(tree_path, paths)))

    def read(self, path: str) -> bytes:
        """Return a file's content; raise TreeError if the tarball has no such file."""
        if not self.exists(path):
            raise TreeError(f"{self.label}: there is no {path}")
        self._extract((path,))
        return (self._directory / "files" / path).read_bytes()

    def exists(self, path: str) -> bool:
        """Return whether the tarball has such a regular file."""
        return self.mode(path) is not None

    def mode(self, path: str) -> str | None:
        """Return git's mode of a regular file, None if there is no such file."""
        mode = self._modes.get(tree_path(path))
        return mode if mode is not None and mode.startswith("100") else None

    @cached_property
    def _modes(self) -> dict[str, str]:
        lines = (self._directory / "modes").read_text().splitlines()
        return {line[_PATH_COLUMN:]: line[: _PATH_COLUMN - 1] for line in lines}

    def _extract(self, paths: tuple[str, ...]) -> None:
        """Copy those of the files that the tarball has to the cache."""
        files, modes = self._directory / "files", self._directory / "modes"
        lock = self._directory.with_name(f"{self._directory.name}.lock")
        with cache.locked(lock, self._progress):
            missing = {path for path in paths if not (files / path).is_file()}
            if modes.exists():
                missing &= self._modes.keys()
                if not missing:
                    return
            lines = []
            message = f"reading {len(missing)} files of {self._tarball.name}"
            for member in read_members(
                self._tarball, message, self._progress, missing.__contains__
            ):
                lines.append(f"{member.mode} {member.path}")
                if member.path in missing:
                    cache.write_atomically(files / member.path, member.content)
            cache.write_atomically(modes, "\n".join(lines).encode())
