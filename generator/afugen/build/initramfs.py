# SPDX-License-Identifier: GPL-2.0-only
"""An initramfs as bytes: the same files give the same bytes, on every machine.

The format is "newc" of the kernel's Documentation/driver-api/early-userspace/buffer-format.rst.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

_ALIGN = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """A member of an archive; `device` is (major, minor) of a device node."""

    name: str
    mode: int
    content: bytes = b""
    device: tuple[int, int] = (0, 0)


def directory(name: str) -> Entry:
    """Return a directory with mode 0755."""
    return Entry(name, stat.S_IFDIR | 0o755)


def character_device(name: str, major: int, minor: int) -> Entry:
    """Return a character device with mode 0600."""
    return Entry(name, stat.S_IFCHR | 0o600, device=(major, minor))


def archive(entries: Iterable[Entry]) -> bytes:
    """Return the cpio archive: owned by root, dated 0, inodes numbered in order."""
    members = [_member(entry, inode) for inode, entry in enumerate(entries, 1)]
    return b"".join([*members, _member(Entry("TRAILER!!!", 0), 0)])


def initramfs(files: Mapping[str, bytes]) -> bytes:
    """Return an initramfs with these files, all executable, and a console for /init.

    It is not compressed: an emulated kernel unpacks more slowly than QEMU loads.
    """
    entries = [directory("dev"), character_device("dev/console", 5, 1)]
    entries += [directory(name) for name in sorted({d for path in files for d in _above(path)})]
    entries += [Entry(name, stat.S_IFREG | 0o755, files[name]) for name in sorted(files)]
    return archive(entries)


def _above(path: str) -> list[str]:
    """Return the parent directories of a file, without the root."""
    return [str(parent) for parent in PurePosixPath(path).parents][:-1]


def _member(entry: Entry, inode: int) -> bytes:
    name = entry.name.encode() + b"\0"
    links = 2 if stat.S_ISDIR(entry.mode) else 1
    fields = (
        inode, entry.mode, 0, 0, links, 0, len(entry.content), 0, 0, *entry.device, len(name), 0
    )  # fmt: skip
    header = b"070701" + b"".join(b"%08X" % field for field in fields)
    return _padded(header + name) + _padded(entry.content)


def _padded(content: bytes) -> bytes:
    return content + b"\0" * (-len(content) % _ALIGN)
