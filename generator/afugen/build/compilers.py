# SPDX-License-Identifier: GPL-2.0-only
"""The compilers that kernels are built with, as qemu/toolchains.toml lists them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from afugen import command, resources
from afugen.errors import InputError


@dataclass(frozen=True, slots=True)
class Toolchain:
    """A record of qemu/toolchains.toml.

    `fragments` name the files of qemu/config/ that suit its byte order; `defconfig` is the tree's
    own configuration for its machines, a path in the tree.
    """

    name: str
    summary: str
    arch: str
    cross_compile: str
    fragments: tuple[str, ...]
    defconfig: str

    @property
    def gcc(self) -> str:
        """Return the compiler, as kbuild calls it."""
        return f"{self.cross_compile}gcc"

    @property
    def strip(self) -> str:
        """Return the program that removes the symbol table of a kernel."""
        return f"{self.cross_compile}strip"

    def version(self) -> str:
        """Return the first line of the compiler's --version."""
        return _version(self.gcc)


@cache
def _version(gcc: str) -> str:
    return command.run([gcc, "--version"], deadline_seconds=60).output.partition("\n")[0]


@cache
def toolchains() -> dict[str, Toolchain]:
    """Return every toolchain, by name."""
    table = tomllib.loads((resources.qemu() / "toolchains.toml").read_text())
    return {name: _toolchain(name, record) for name, record in table.items()}


def _toolchain(name: str, record: dict[str, Any]) -> Toolchain:
    return Toolchain(**record | {"name": name, "fragments": tuple(record["fragments"])})


def toolchain(name: str = "ppc64le-gcc") -> Toolchain:
    """Return the toolchain of that name; InputError lists the names when there is none."""
    if name not in toolchains():
        raise InputError(f"no toolchain {name!r}; there are {', '.join(toolchains())}")
    return toolchains()[name]
