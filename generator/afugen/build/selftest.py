# SPDX-License-Identifier: GPL-2.0-only
"""The test's own parts: the software AFU for kbuild, and the test program that is /init."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from afugen import cache
from afugen.build import kbuild
from afugen.build.request import BuildRequest, TestSources
from afugen.errors import TreeError

HEADER = "afu_under_test.h"
# The only header of the tree that the test program includes, as <misc/cxl.h>.
_UAPI = "include/uapi/misc/cxl.h"
_FLAGS = ("-static", "-s", "-O1", "-std=gnu11", "-Wall", "-Wextra")


def place(request: BuildRequest, test: TestSources) -> None:
    """Copy the sources to beside the O= directory's records; what is equal is not touched.

    kbuild finds the software AFU through a link in the tree, which is a worktree of ours.
    """
    softafu = _files(test.softafu) | {HEADER: test.header}
    header = request.tree / _UAPI
    if not header.is_file():
        raise TreeError(f"{request.tree}: {_UAPI} is not there: no kernel tree with a cxl driver")
    uapi = {"misc/cxl.h": header.read_bytes()}
    _mirror(request.record / kbuild.SOFTAFU, softafu)
    _mirror(request.record / "selftest", _files(test.selftest))
    _mirror(request.record / "uapi", uapi)
    link = request.tree / kbuild.SOFTAFU
    target = request.record / kbuild.SOFTAFU
    if not (link.is_symlink() and link.readlink() == target):
        link.unlink(missing_ok=True)
        link.symlink_to(target)


def compile_command(request: BuildRequest) -> tuple[str, ...]:
    """The command that makes the test program, of the sources that `place` copied."""
    record = request.record
    includes = [f"-I{record / name}" for name in ("uapi", kbuild.SOFTAFU, "selftest")]
    sources = sorted(str(path) for path in (record / "selftest").glob("*.c"))
    mapped = f"-ffile-prefix-map={record}/="
    output = ("-o", str(program(request)))
    return (request.toolchain.gcc, *_FLAGS, mapped, *includes, *sources, *output)


def program(request: BuildRequest) -> Path:
    """The test program."""
    return request.record / "init"


def is_current(request: BuildRequest) -> bool:
    """Whether the test program is what the sources that `place` copied would give."""
    made_from = _key_file(request)
    return (
        program(request).exists() and made_from.exists() and made_from.read_text() == _key(request)
    )


def remember(request: BuildRequest) -> None:
    """Note what the test program was made from."""
    cache.write_atomically(_key_file(request), _key(request).encode())


def forget(request: BuildRequest) -> None:
    """The test program is about to be made again."""
    _key_file(request).unlink(missing_ok=True)


def _key_file(request: BuildRequest) -> Path:
    return request.record / "init.key"


def _key(request: BuildRequest) -> str:
    digest = hashlib.sha256(repr(compile_command(request)).encode())
    for name in ("uapi", kbuild.SOFTAFU, "selftest"):
        for path in sorted((request.record / name).rglob("*")):
            if path.is_file():
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _files(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()}


def _mirror(directory: Path, files: Mapping[str, bytes]) -> None:
    """Make a directory hold just these files, and leave those that do already alone."""
    directory.mkdir(parents=True, exist_ok=True)
    for path in directory.rglob("*"):
        if path.is_file() and str(path.relative_to(directory)) not in files:
            path.unlink()
    for name, content in files.items():
        cache.write_if_changed(directory / name, content)
