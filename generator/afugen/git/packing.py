# SPDX-License-Identifier: GPL-2.0-only
"""A whole tree into a repository in one pass: one pack, one index, every file hashed once.

`git add` and `git fast-import` hash each byte two or three times, or make 79,000 loose objects;
this took a third of their time. Formats: gitformat-pack(5), gitformat-index(5). SHA-1 only.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_KINDS = {"commit": 1, "tree": 2, "blob": 3}


class PackWriter:
    """A pack being written to `objects/pack`; there as a whole after `finish`, or not at all."""

    def __init__(self, objects: Path) -> None:
        self._directory = objects / "pack"
        self._directory.mkdir(parents=True, exist_ok=True)
        # Named as git's own temporary packs are, which its gc removes.
        self._temporary = self._directory / f"tmp_pack_{os.getpid()}"
        self._file = self._temporary.open("wb", buffering=1 << 20)
        self._file.write(b"PACK" + struct.pack(">LL", 2, 0))
        self._offset = 12
        self._entries: dict[bytes, tuple[int, int]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._temporary.unlink(missing_ok=True)

    def add(self, kind: str, content: bytes) -> bytes:
        """The object's binary id."""
        digest = hashlib.sha1(b"%s %d\0" % (kind.encode(), len(content)), usedforsecurity=False)
        digest.update(content)
        name = digest.digest()
        if name not in self._entries:
            # Level 0: a copy. Compressing would take longer than all the rest.
            entry = _entry_head(_KINDS[kind], len(content)) + zlib.compress(content, 0)
            self._file.write(entry)
            self._entries[name] = (self._offset, zlib.crc32(entry))
            self._offset += len(entry)
        return name

    def finish(self) -> None:
        """Close the pack, write its .idx, and let git see both."""
        self._file.seek(8)
        self._file.write(struct.pack(">L", len(self._entries)))
        self._file.close()
        with self._temporary.open("r+b") as file:
            checksum = hashlib.file_digest(file, "sha1").digest()
            file.write(checksum)
        pack = self._directory / f"pack-{checksum.hex()}.pack"
        # git looks for .idx files: the pack must be there first.
        self._temporary.rename(pack)
        index = self._directory / f"tmp_idx_{os.getpid()}"
        index.write_bytes(self._index(checksum))
        index.rename(pack.with_suffix(".idx"))

    def _index(self, checksum: bytes) -> bytes:
        names = sorted(self._entries)
        counts = [0] * 256
        for name in names:
            counts[name[0]] += 1
        fanout = [sum(counts[: first + 1]) for first in range(256)]
        places = [self._entries[name] for name in names]
        large = [offset for offset, _ in places if offset >= 1 << 31]
        ranks = {offset: rank for rank, offset in enumerate(large)}
        offsets = [offset if offset < 1 << 31 else 1 << 31 | ranks[offset] for offset, _ in places]
        body = b"".join(
            (
                b"\xfftOc" + struct.pack(">L", 2),
                struct.pack(">256L", *fanout),
                *names,
                struct.pack(f">{len(names)}L", *(crc for _, crc in places)),
                struct.pack(f">{len(names)}L", *offsets),
                struct.pack(f">{len(large)}Q", *large),
                checksum,
            )
        )
        return body + hashlib.sha1(body, usedforsecurity=False).digest()


def _entry_head(kind: int, size: int) -> bytes:
    """Type and size: four bits of size in the first byte, seven in each that follows."""
    byte, size = kind << 4 | size & 15, size >> 4
    head = bytearray()
    while size:
        head.append(byte | 0x80)
        byte, size = size & 0x7F, size >> 7
    head.append(byte)
    return bytes(head)


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a tree: git's mode, the blob's binary id, and the file on disk if there is one."""

    mode: str
    blob: bytes
    status: os.stat_result | None = None


def add_tree(pack: PackWriter, entries: dict[str, Entry]) -> str:
    """The id of the root tree of these paths; every tree below it goes into the pack."""
    root: dict[str, object] = {}
    for path, entry in entries.items():
        *directories, name = path.split("/")
        place = root
        for directory in directories:
            place = place.setdefault(directory, {})  # type: ignore[assignment]
        place[name] = entry
    return _tree(pack, root).hex()


def _tree(pack: PackWriter, directory: dict[str, object]) -> bytes:
    lines: list[tuple[bytes, bytes]] = []
    for name, what in directory.items():
        raw = os.fsencode(name)
        if isinstance(what, Entry):
            lines.append((raw, b"%s %s\0%s" % (what.mode.encode(), raw, what.blob)))
        else:
            below = _tree(pack, what)  # type: ignore[arg-type]
            # Directories sort as if their names ended in a slash.
            lines.append((raw + b"/", b"40000 %s\0%s" % (raw, below)))
    return pack.add("tree", b"".join(line for _, line in sorted(lines)))


def index(entries: dict[str, Entry]) -> bytes:
    """An index of these paths that trusts the files on disk to be what was written."""
    parts = [b"DIRC" + struct.pack(">LL", 2, len(entries))]
    for raw, entry in sorted((os.fsencode(path), entry) for path, entry in entries.items()):
        status = entry.status
        assert status is not None
        head = struct.pack(
            ">10L20sH",
            *_time(status.st_ctime_ns),
            *_time(status.st_mtime_ns),
            *(value & 0xFFFFFFFF for value in (status.st_dev, status.st_ino)),
            int(entry.mode, 8),
            *(value & 0xFFFFFFFF for value in (status.st_uid, status.st_gid, status.st_size)),
            entry.blob,
            min(len(raw), 0xFFF),
        )
        # NUL-terminated, and padded to a multiple of eight.
        parts += (head, raw, bytes(8 - (len(head) + len(raw)) % 8))
    body = b"".join(parts)
    return body + hashlib.sha1(body, usedforsecurity=False).digest()


def _time(nanoseconds: int) -> tuple[int, int]:
    return nanoseconds // 10**9 & 0xFFFFFFFF, nanoseconds % 10**9
