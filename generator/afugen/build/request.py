# SPDX-License-Identifier: GPL-2.0-only
"""What is to be built, and what became of it."""

from __future__ import annotations

import hashlib
import os
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from afugen import cache as cachedir
from afugen import command, resources
from afugen.build.messages import Message
from afugen.errors import InputError
from afugen.verdict import Outcome, Stage

# What every kernel of ours is configured from, besides the toolchain's own fragments.
FRAGMENTS = ("powernv", "cxl", "selftest")
# The same for a tree that has the test.
TEST_FRAGMENTS = (*FRAGMENTS, "softafu")


@dataclass(frozen=True, slots=True)
class Toolchain:
    """A record of qemu/toolchains.toml; `fragments` are those that suit its byte order."""

    name: str
    summary: str
    arch: str
    cross_compile: str
    fragments: tuple[str, ...]

    @property
    def gcc(self) -> str:
        """The compiler, as kbuild will call it."""
        return f"{self.cross_compile}gcc"

    @property
    def strip(self) -> str:
        """The program that takes the symbols out of a kernel."""
        return f"{self.cross_compile}strip"

    def version(self) -> str:
        """What the compiler says of itself, in one line."""
        return _version(self.gcc)


@cache
def _version(gcc: str) -> str:
    return command.run([gcc, "--version"], deadline_seconds=60).output.partition("\n")[0]


@cache
def toolchains() -> dict[str, Toolchain]:
    """The toolchains there are, by name."""
    table = tomllib.loads((resources.qemu() / "toolchains.toml").read_text())
    return {
        name: Toolchain(
            name=name,
            summary=entry["summary"],
            arch=entry["arch"],
            cross_compile=entry["cross_compile"],
            fragments=tuple(entry["fragments"]),
        )
        for name, entry in table.items()
    }


def toolchain(name: str = "ppc64le-gcc") -> Toolchain:
    """The toolchain of that name; InputError lists the names when there is none."""
    if name not in toolchains():
        raise InputError(f"no toolchain {name!r}; there are {', '.join(toolchains())}")
    return toolchains()[name]


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """A build: `tree` is a checked-out source tree of ours, `output` kbuild's O= directory.

    `fragments` name files of qemu/config/ (or are paths). `identity` says in metadata.json what
    the tree holds, a commit for instance. `is_tested`: the tree has the test, which is built, too;
    the fragments then ask for its module. `jobs` are one more than there are processors: make's
    shells wait as often as they work.
    """

    tree: Path
    output: Path
    fragments: tuple[str, ...] = FRAGMENTS
    toolchain: Toolchain = field(default_factory=toolchain)
    jobs: int = field(default_factory=lambda: len(os.sched_getaffinity(0)) + 1)
    identity: str = ""
    is_tested: bool = False

    @property
    def record(self) -> Path:
        """Where what afugen adds to the O= directory is: records, test programs."""
        return self.output / "afugen"

    def fragment_paths(self) -> tuple[Path, ...]:
        """The files of the fragments, the toolchain's last; InputError if one is missing."""
        return tuple(map(_fragment, self.fragments + self.toolchain.fragments))


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What came of a build. Paths are None when `outcome` is not a pass.

    `vmlinux` is stripped, ready to boot; `initramfs` holds /init, the modules and the test
    programs, and is None when no test was asked for. `kernel_built` tells a kernel that was made
    (or made again) from one that was found to be unaffected by what changed.
    """

    outcome: Outcome
    log: Path
    reason: str = ""
    stages: tuple[Stage, ...] = ()
    messages: tuple[Message, ...] = ()
    vmlinux: Path | None = None
    modules: tuple[Path, ...] = ()
    initramfs: Path | None = None
    kernel_built: bool = False

    @property
    def warnings(self) -> tuple[Message, ...]:
        """The compiler's warnings."""
        return tuple(message for message in self.messages if message.severity == "warning")


def output_directory(
    tree: Path, fragments: tuple[str, ...] = FRAGMENTS, tools: Toolchain | None = None
) -> Path:
    """The O= directory in the cache for a source tree, a configuration and a compiler."""
    tools = tools or toolchain()
    paths = map(_fragment, fragments + tools.fragments)
    key = hashlib.sha256()
    for part in (
        str(tree.resolve()),
        tools.name,
        tools.version(),
        *(path.read_text() for path in paths),
    ):
        key.update(f"{len(part)} {part}".encode())
    return cachedir.root() / "build" / f"{tree.name}-{tools.name}-{key.hexdigest()[:12]}"


def _fragment(name: str) -> Path:
    path = Path(name) if "/" in name else resources.qemu() / "config" / f"{name}.config"
    if path.is_file():
        return path
    known = sorted(entry.stem for entry in (resources.qemu() / "config").glob("*.config"))
    raise InputError(f"no configuration fragment {name!r}; there are {', '.join(known)}")
