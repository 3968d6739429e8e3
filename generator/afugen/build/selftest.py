# SPDX-License-Identifier: GPL-2.0-only
"""The programs that the machine runs: the tree's own selftest, and /init, which runs it.

The selftest is made by its own makefile, as anyone would make it; only that its programs are
static, and that they see the tree's <misc/cxl.h> without all of the tree's headers installed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from afugen import cache, resources
from afugen.build.request import BuildRequest
from afugen.errors import TreeError

MODULE = "drivers/misc/cxl/cxl_softafu.ko"
SELFTESTS = "tools/testing/selftests"
DIRECTORY = f"{SELFTESTS}/drivers/misc/cxl"
_UAPI = "include/uapi/misc/cxl.h"
# What else of the tree the programs are made from.
_COMMON = (
    _UAPI,
    "drivers/misc/cxl/softafu_uapi.h",
    *(f"{SELFTESTS}/{name}" for name in ("lib.mk", "kselftest.h", "kselftest_harness.h")),
)
# The selftest's makefile names its programs, in their order, behind this.
_COLLECTION = "cxl"
_INIT_FLAGS = ("-static", "-s", "-O1", "-std=gnu11", "-Wall", "-Wextra")


@dataclass(frozen=True, slots=True)
class Part:
    """Something that one command makes; it is current as long as its sources and command are.

    The command's messages name files from `directory` on.
    """

    name: str
    request: BuildRequest
    command: tuple[str, ...]
    sources: tuple[Path, ...]
    directory: Path

    def is_current(self) -> bool:
        """Whether what is there is what the sources would give."""
        key = self._key_file()
        return key.exists() and key.read_text().splitlines()[:1] == [self._key()]

    def remember(self, output: Iterable[str]) -> None:
        """Note what it was made from, and what the command said."""
        text = "".join(f"{line}\n" for line in (self._key(), *output))
        cache.write_atomically(self._key_file(), text.encode())

    def forget(self) -> None:
        """It is about to be made again."""
        self._key_file().unlink(missing_ok=True)

    def said(self) -> tuple[str, ...]:
        """What the command said when it was made."""
        return tuple(self._key_file().read_text().splitlines()[1:])

    def _key_file(self) -> Path:
        return self.request.record / f"{self.name}.key"

    def _key(self) -> str:
        digest = hashlib.sha256(repr(self.command).encode())
        for path in self.sources:
            digest.update(path.read_bytes())
        return digest.hexdigest()


def parts(request: BuildRequest) -> tuple[Part, ...]:
    """What is to be made, for a tree that has the test; TreeError for one that has not."""
    return (_programs(request), _init(request))


def place(request: BuildRequest) -> None:
    """Put the header that the programs share with the kernel where they look for it."""
    cache.write_if_changed(request.record / "uapi/misc/cxl.h", _read(request, _UAPI))


def files(request: BuildRequest) -> dict[str, Path]:
    """Where what was made is, by its name in the initramfs."""
    names = programs(_programs(request).said())
    made = {f"tests/{name}": _output(request) / name for name in names}
    return {"init": request.record / "init", **made}


def programs(output: Iterable[str]) -> tuple[str, ...]:
    """The test programs that the selftest's makefile named."""
    mark = f"{_COLLECTION}:"
    return tuple(line.removeprefix(mark) for line in output if line.startswith(mark))


def listed(request: BuildRequest) -> bytes:
    """The list that /init runs the programs by."""
    names = programs(_programs(request).said())
    return "".join(f"{name}\n" for name in names).encode()


def make_command(
    tree: str, output: str, uapi: str, cross_compile: str, jobs: int
) -> tuple[str, ...]:
    """The command that makes the test programs, and names them."""
    return (
        "make", "-B", "-s", f"-j{jobs}", "-C", f"{tree}/{DIRECTORY}", f"OUTPUT={output}",
        f"CROSS_COMPILE={cross_compile}", f"KHDR_INCLUDES=-isystem {uapi}",
        "USERLDFLAGS=-static -s", f"COLLECTION={_COLLECTION}", "all", "emit_tests",
    )  # fmt: skip


def _output(request: BuildRequest) -> Path:
    return request.record / "selftest"


def _programs(request: BuildRequest) -> Part:
    _output(request).mkdir(parents=True, exist_ok=True)
    own = request.tree / DIRECTORY
    if not own.is_dir():
        raise TreeError(f"{request.tree}: there is no {DIRECTORY} to test with")
    command = make_command(
        str(request.tree), str(_output(request)), str(request.record / "uapi"),
        request.toolchain.cross_compile, request.jobs,
    )  # fmt: skip
    sources = sorted(path for path in own.iterdir() if path.is_file())
    common = [request.tree / path for path in _COMMON]
    return Part("selftest", request, command, (*sources, *common), own)


def _init(request: BuildRequest) -> Part:
    source = resources.qemu() / "init.c"
    output = ("-o", str(request.record / "init"))
    command = (request.toolchain.gcc, *_INIT_FLAGS, str(source), *output)
    return Part("init", request, command, (source,), resources.qemu())


def _read(request: BuildRequest, path: str) -> bytes:
    source = request.tree / path
    if not source.is_file():
        raise TreeError(f"{request.tree}: {path} is not there: no kernel tree with a cxl driver")
    return source.read_bytes()
