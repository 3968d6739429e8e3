# SPDX-License-Identifier: GPL-2.0-only
"""Kernel tarballs, read as a stream: decompression runs beside whatever is done with the files."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import hashlib
import lzma
import queue
import tarfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, cast

from afugen import cache
from afugen.command import Progress, ProgressEvent, ignore_progress
from afugen.errors import TreeError
from afugen.git.base import inside

_CHUNK = 1 << 20
# tarfile copies what is left of its buffer with every read: at 1 MiB that took 10 s.
_BUFFER = 1 << 14
_OPENERS = {".xz": lzma.open, ".gz": gzip.open, ".bz2": bz2.open, ".tar": contextlib.nullcontext}
_DAMAGED = (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError)


@dataclass(frozen=True, slots=True)
class Member:
    """A file as git sees it: the content of a symlink (mode 120000) is where it points."""

    path: str
    mode: str
    content: bytes
    mtime: int


def fingerprint(tarball: Path) -> str:
    """Names this very tarball: its name, size and time."""
    status = tarball.stat()
    key = f"{tarball.name}\0{status.st_size}\0{status.st_mtime_ns}"
    stem = tarball.name.partition(".tar")[0]
    return f"{stem}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def checked(tarball: Path) -> Path:
    """TreeError unless it is a tarball by its name."""
    if not tarball.is_file():
        raise TreeError(f"{tarball}: there is no such tarball")
    if tarball.suffix not in _OPENERS:
        raise TreeError(
            f"{tarball} is not a tarball: its name ends in none of {', '.join(_OPENERS)}"
        )
    return tarball.absolute()


class _Decompressed:
    """The tar stream, decompressed by a thread of its own: the libraries let go of the GIL."""

    def __init__(self, tarball: Path) -> None:
        self._chunks: queue.Queue[bytes | Exception] = queue.Queue(32)
        self._raw = tarball.open("rb")
        self._size = max(tarball.stat().st_size, 1)
        self._open = cast("Callable[[IO[bytes]], IO[bytes]]", _OPENERS[tarball.suffix])
        self._current, self._position = b"", 0
        self._stopped = False
        self._thread = threading.Thread(target=self._decompress, daemon=True)
        self._thread.start()

    @property
    def fraction(self) -> float:
        """How much of the tarball was taken in."""
        return 1.0 if self._raw.closed else self._raw.tell() / self._size

    def read(self, size: int) -> bytes:
        """As a file's; a damaged stream raises here."""
        parts = []
        while size > 0:
            if self._position == len(self._current):
                self._current, self._position = self._next(), 0
                if not self._current:
                    break
            # Never cut off what was read: that would copy the rest of the chunk each time.
            part = self._current[self._position : self._position + size]
            self._position += len(part)
            size -= len(part)
            parts.append(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _next(self) -> bytes:
        chunk = self._chunks.get()
        if isinstance(chunk, Exception):
            raise chunk
        if not chunk:
            self._chunks.put(b"")
        return chunk

    def close(self) -> None:
        """Stop the thread, wherever it is."""
        self._stopped = True
        while self._thread.is_alive():
            try:
                self._chunks.get(timeout=0.01)
            except queue.Empty:
                continue
        self._raw.close()

    def _decompress(self) -> None:
        try:
            with self._open(self._raw) as stream:
                while not self._stopped and (chunk := stream.read(_CHUNK)):
                    self._chunks.put(chunk)
            self._chunks.put(b"")
        except Exception as error:
            self._chunks.put(error)


def members(
    tarball: Path, message: str, progress: Progress, wanted: Callable[[str], bool] = lambda _: True
) -> Iterator[Member]:
    """Every file of a kernel tarball, without its top directory; unwanted ones are empty."""
    source = _Decompressed(tarball)
    report = _Report(message, progress)
    try:
        with tarfile.open(fileobj=cast("IO[bytes]", source), mode="r|", bufsize=_BUFFER) as archive:
            seen: set[str] = set()
            for info in archive:
                archive.members = []  # type: ignore[attr-defined] # else all 79,000 are kept
                report.at(source.fraction)
                member = _member(archive, info, wanted)
                if member is not None:
                    _check_place(member.path, seen)
                    yield member
    except _DAMAGED as error:
        raise TreeError(f"{tarball} is damaged: {error}") from error
    finally:
        source.close()


class _Report:
    """Progress in steps of a hundredth."""

    def __init__(self, message: str, progress: Progress) -> None:
        self._message, self._progress = message, progress
        self._started, self._last = time.monotonic(), 0.0
        progress(ProgressEvent("import", message, fraction=0.0))

    def at(self, fraction: float) -> None:
        if fraction >= self._last + 0.01:
            self._last = fraction
            spent = time.monotonic() - self._started
            left = spent / fraction - spent
            self._progress(ProgressEvent("import", self._message, fraction, left))


def _member(
    archive: tarfile.TarFile, info: tarfile.TarInfo, wanted: Callable[[str], bool]
) -> Member | None:
    parts = PurePosixPath(info.name).parts[1:]
    if info.isdir() or not parts:
        return None
    path = inside("/".join(parts))
    if info.issym():
        return Member(path, "120000", info.linkname.encode(), int(info.mtime))
    stream = archive.extractfile(info) if info.isreg() else None
    if stream is None:
        raise TreeError(f"{info.name} is neither a file nor a symlink: unpack it and name that")
    mode = "100755" if info.mode & 0o100 else "100644"
    return Member(path, mode, stream.read() if wanted(path) else b"", int(info.mtime))


def _check_place(path: str, seen: set[str]) -> None:
    """Nothing may be written through a symlink of the tarball, or twice."""
    above = path
    while above := above.rpartition("/")[0]:
        if above in seen:
            raise TreeError(f"{path} is in the tarball below something that is not a directory")
    if path in seen:
        raise TreeError(f"{path} is in the tarball twice")
    seen.add(path)


# Where the path starts on a line of the list of modes.
_PATH_AT = len("100644 ")


class TarballBase:
    """The files of a tarball that nobody unpacked; those asked for are kept in the cache.

    The first look takes a whole decompression (about 10 s): name all files at once.
    """

    def __init__(
        self, tarball: Path, paths: tuple[str, ...], progress: Progress = ignore_progress
    ) -> None:
        self._tarball = checked(tarball)
        self._kept = cache.root() / "tarballs" / fingerprint(self._tarball)
        self._progress = progress
        self._known: dict[str, str] | None = None
        self.label = str(tarball)
        self._extract(tuple(map(inside, paths)))

    def read(self, path: str) -> bytes:
        """TreeError if the tarball has no such file."""
        if not self.exists(path):
            raise TreeError(f"{self.label}: there is no {path}")
        self._extract((path,))
        return (self._kept / "files" / path).read_bytes()

    def exists(self, path: str) -> bool:
        """Whether the tarball has such a regular file."""
        return self.mode(path) is not None

    def mode(self, path: str) -> str | None:
        """git's mode of a regular file, None if it is not there."""
        mode = self._modes().get(inside(path))
        return mode if mode is not None and mode.startswith("100") else None

    def _modes(self) -> dict[str, str]:
        if self._known is None:
            lines = (self._kept / "modes").read_text().splitlines()
            self._known = {line[_PATH_AT:]: line[: _PATH_AT - 1] for line in lines}
        return self._known

    def _extract(self, paths: tuple[str, ...]) -> None:
        """Have these files in the cache, as far as the tarball has them."""
        with cache.locked(self._kept.with_name(f"{self._kept.name}.lock"), self._progress):
            complete = (self._kept / "modes").exists()
            known = self._modes() if complete else {}
            lacking = {
                path
                for path in paths
                if not (self._kept / "files" / path).is_file() and (not complete or path in known)
            }
            if complete and not lacking:
                return
            modes = []
            message = f"reading {len(lacking)} files of {self._tarball.name}"
            for member in members(self._tarball, message, self._progress, lacking.__contains__):
                modes.append(f"{member.mode} {member.path}")
                if member.path in lacking:
                    cache.write_atomically(self._kept / "files" / member.path, member.content)
            cache.write_atomically(self._kept / "modes", "\n".join(modes).encode())
