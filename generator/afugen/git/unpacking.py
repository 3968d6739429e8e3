# SPDX-License-Identifier: GPL-2.0-only
"""Writing the files of a tarball beside the thread that reads and hashes them."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import BoundedSemaphore
from typing import Self

from afugen.git.tarball import Member


class Writer:
    """Writes files beside the thread that reads and hashes them."""

    def __init__(self, root: Path) -> None:
        self._root = os.fspath(root)
        self._pool = ThreadPoolExecutor(1)
        self._room = BoundedSemaphore(512)
        self._directories: set[str] = set()
        self._written: dict[str, Future[os.stat_result]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def put(self, member: Member) -> None:
        """Have it written soon; a name given twice is an error (of `finish`)."""
        self._room.acquire()
        self._written[member.path] = self._pool.submit(self._write, member)

    def finish(self) -> dict[str, os.stat_result]:
        """What the index wants to know of each file, when all are written."""
        return {path: status.result() for path, status in self._written.items()}

    def _write(self, member: Member) -> os.stat_result:
        try:
            path = f"{self._root}/{member.path}"
            directory = path.rpartition("/")[0]
            if directory not in self._directories:
                os.makedirs(directory, exist_ok=True)  # noqa: PTH103 - 79,000 times
                self._directories.add(directory)
            if member.mode == "120000":
                os.symlink(os.fsdecode(member.content), path)  # noqa: PTH211
                return os.lstat(path)
            mode = 0o755 if member.mode == "100755" else 0o644
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            try:
                view = memoryview(member.content)
                while view:
                    view = view[os.write(fd, view) :]
                os.utime(fd, (member.mtime, member.mtime))
                return os.fstat(fd)
            finally:
                os.close(fd)
        finally:
            self._room.release()
