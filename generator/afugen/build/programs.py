# SPDX-License-Identifier: GPL-2.0-only
"""The programs that the machine runs: /init, and those of the tree's own kselftest.

The kselftest is made by its own makefile, as anyone would make it; only that its programs are
static, and find the uapi header of the tree without all of its headers being installed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from afugen import cache, resources
from afugen.build.plan import Selftest
from afugen.build.request import BuildRequest
from afugen.errors import TreeError

SELFTESTS = "tools/testing/selftests"
# What every kselftest may use of the tree.
_COMMON = tuple(f"{SELFTESTS}/{name}" for name in ("lib.mk", "kselftest.h", "kselftest_harness.h"))
_UAPI = "include/uapi/"
_INIT_FLAGS = ("-static", "-s", "-O1", "-std=gnu11", "-Wall", "-Wextra")


@dataclass(frozen=True, slots=True)
class Target:
    """What one command makes; it is up to date while its sources and the command are the same.

    The command's messages name files relative to `directory`.
    """

    name: str
    request: BuildRequest
    command: tuple[str, ...]
    sources: tuple[Path, ...]
    directory: Path

    def is_current(self) -> bool:
        """Return whether the target is up to date."""
        key = self._key_file()
        return key.exists() and key.read_text().splitlines()[:1] == [self._key()]

    def record(self, output: Iterable[str]) -> None:
        """Record what the target was made from, and the lines that the command printed."""
        text = "".join(f"{line}\n" for line in (self._key(), *output))
        cache.write_atomically(self._key_file(), text.encode())

    def mark_stale(self) -> None:
        """Remove the record, before the target is made again."""
        self._key_file().unlink(missing_ok=True)

    def output(self) -> tuple[str, ...]:
        """Return the lines that the command printed when it made the target."""
        return tuple(self._key_file().read_text().splitlines()[1:])

    def _key_file(self) -> Path:
        return self.request.record / f"{self.name}.key"

    def _key(self) -> str:
        digest = hashlib.sha256(repr(self.command).encode())
        for path in self.sources:
            digest.update(path.read_bytes())
        return digest.hexdigest()


def targets(request: BuildRequest) -> tuple[Target, ...]:
    """Return what is to be made; TreeError if the tree does not have the kselftest."""
    test = request.plan.selftest
    return (*((_kselftest(request, test),) if test else ()), _init(request))


def install_header(request: BuildRequest) -> None:
    """Copy the uapi header to the directory in which the programs look for it."""
    test = request.plan.selftest
    if test is not None and test.header is not None:
        installed = request.record / "uapi" / test.header.removeprefix(_UAPI)
        cache.write_if_changed(installed, _source(request, test.header).read_bytes())


def files(request: BuildRequest) -> Mapping[str, bytes]:
    """Return the programs, and the list that /init runs them by, by name in the initramfs."""
    test = request.plan.selftest
    names = _program_names(_kselftest(request, test)) if test else ()
    programs = {f"tests/{name}": _program(request, name) for name in names}
    return {
        "init": (request.record / "init").read_bytes(),
        "tests/list": "".join(f"{name}\n" for name in names).encode(),
        **programs,
    }


def make_command(
    test: Selftest, tree: str, output: str, uapi: str, cross_compile: str, *, jobs: int
) -> tuple[str, ...]:
    """Return the command that makes the programs of a kselftest, and prints their names."""
    return (
        "make", "-B", "-s", f"-j{jobs}", "-C", f"{tree}/{test.directory}", f"OUTPUT={output}",
        f"CROSS_COMPILE={cross_compile}", f"KHDR_INCLUDES=-isystem {uapi}",
        "USERLDFLAGS=-static -s", f"COLLECTION={_collection(test)}", "all", "emit_tests",
    )  # fmt: skip


def _collection(test: Selftest) -> str:
    """Return what kselftest calls a directory's programs together."""
    return test.directory.removeprefix(f"{SELFTESTS}/")


def _program_names(target: Target) -> tuple[str, ...]:
    """Return the names that lib.mk's emit_tests printed: `COLLECTION:NAME`."""
    test = target.request.plan.selftest
    mark = f"{_collection(test)}:" if test else ""
    return tuple(line.removeprefix(mark) for line in target.output() if line.startswith(mark))


def _program(request: BuildRequest, name: str) -> bytes:
    path = _programs_directory(request) / name
    if not path.is_file():
        raise TreeError(f"{request.tree}: the kselftest's makefile did not make {name}")
    return path.read_bytes()


def _programs_directory(request: BuildRequest) -> Path:
    return request.record / "selftest"


def _kselftest(request: BuildRequest, test: Selftest) -> Target:
    output = _programs_directory(request)
    output.mkdir(parents=True, exist_ok=True)
    directory = request.tree / test.directory
    if not directory.is_dir():
        raise TreeError(f"{request.tree}: there is no {test.directory} to test with")
    command = make_command(
        test, str(request.tree), str(output), str(request.record / "uapi"),
        request.toolchain.cross_compile, jobs=request.jobs,
    )  # fmt: skip
    headers = (test.header,) if test.header else ()
    sources = (
        *sorted(path for path in directory.iterdir() if path.is_file()),
        *(_source(request, path) for path in (*headers, *test.sources)),
        *(path for path in map(request.tree.joinpath, _COMMON) if path.is_file()),
    )
    return Target("selftest", request, command, sources, directory)


def _init(request: BuildRequest) -> Target:
    source = resources.qemu() / "init.c"
    output = ("-o", str(request.record / "init"))
    command = (request.toolchain.gcc, *_INIT_FLAGS, str(source), *output)
    return Target("init", request, command, (source,), resources.qemu())


def _source(request: BuildRequest, path: str) -> Path:
    source = request.tree / path
    if not source.is_file():
        raise TreeError(f"{request.tree}: there is no {path}, which the test needs")
    return source
