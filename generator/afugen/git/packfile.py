# SPDX-License-Identifier: GPL-2.0-only
"""Writers of git's pack and index files, for the import of a whole tree in one pass.

`git add` and `git fast-import` hash each byte two or three times, the latter without an index;
writing both files here takes a third of their time. Formats: gitformat-pack(5),
gitformat-index(5). SHA-1 only.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

# gitformat-pack(5): the type of a blob.
_BLOB = 3


class PackWriter:
    """A new pack of blobs in `objects/pack`, which git can read after `finish` and not before."""

    def __init__(self, objects: Path) -> None:
        # GitPython's own writer of .idx files; it takes long to import.
        from gitdb.fun import create_pack_object_header  # noqa: PLC0415
        from gitdb.pack import IndexWriter  # noqa: PLC0415

        self._entry_header, self._index = create_pack_object_header, IndexWriter()
        self._directory = objects / "pack"
        self._directory.mkdir(parents=True, exist_ok=True)
        # `git gc` removes temporary packs of this name.
        self._temporary = self._directory / f"tmp_pack_{os.getpid()}"
        self._file = self._temporary.open("wb", buffering=1 << 20)
        self._offset = self._file.write(_pack_header(0))
        self._ids: set[bytes] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._temporary.unlink(missing_ok=True)

    def add(self, content: bytes) -> bytes:
        """Add a blob and return its binary id."""
        digest = hashlib.sha1(b"blob %d\0" % len(content), usedforsecurity=False)
        digest.update(content)
        blob = digest.digest()
        if blob not in self._ids:
            self._ids.add(blob)
            # Level 0 only copies: compression would take longer than the rest of the import.
            entry = self._entry_header(_BLOB, len(content)) + zlib.compress(content, 0)
            self._index.append(blob, zlib.crc32(entry), self._offset)
            self._offset += self._file.write(entry)
        return blob

    def finish(self) -> None:
        """Complete the pack and write its .idx file."""
        self._file.seek(0)
        self._file.write(_pack_header(len(self._ids)))
        self._file.close()
        with self._temporary.open("r+b") as file:
            checksum = hashlib.file_digest(file, "sha1").digest()
            file.write(checksum)
        pack = self._directory / f"pack-{checksum.hex()}.pack"
        # git finds a pack by its .idx file, so the pack is renamed first.
        self._temporary.rename(pack)
        index = self._directory / f"tmp_idx_{os.getpid()}"
        with index.open("wb") as file:
            self._index.write(checksum, file.write)
        index.rename(pack.with_suffix(".idx"))


def _pack_header(count: int) -> bytes:
    return struct.pack(">4sLL", b"PACK", 2, count)


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """A file in git's index: git's mode, the blob's binary id, and lstat(2) of the file."""

    mode: str
    blob: bytes
    status: os.stat_result


def index_content(entries: dict[str, IndexEntry]) -> bytes:
    """Return the content of an index file with these paths, all up to date.

    GitPython has a writer, too, which refuses paths that are not UTF-8.
    """
    parts = [b"DIRC" + struct.pack(">LL", 2, len(entries))]
    for path, entry in sorted((os.fsencode(path), entry) for path, entry in entries.items()):
        status = entry.status
        head = struct.pack(
            ">10L20sH",
            *_seconds_and_nanoseconds(status.st_ctime_ns),
            *_seconds_and_nanoseconds(status.st_mtime_ns),
            *(value & 0xFFFFFFFF for value in (status.st_dev, status.st_ino)),
            int(entry.mode, 8),
            *(value & 0xFFFFFFFF for value in (status.st_uid, status.st_gid, status.st_size)),
            entry.blob,
            min(len(path), 0xFFF),
        )
        # NUL-terminated, and padded to a multiple of eight.
        parts += (head, path, bytes(8 - (len(head) + len(path)) % 8))
    body = b"".join(parts)
    return body + hashlib.sha1(body, usedforsecurity=False).digest()


def _seconds_and_nanoseconds(nanoseconds: int) -> tuple[int, int]:
    return nanoseconds // 10**9 & 0xFFFFFFFF, nanoseconds % 10**9
