# SPDX-License-Identifier: GPL-2.0-only
"""A build as a request and a result."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from afugen import cache
from afugen.build.compilers import Toolchain, toolchain
from afugen.build.messages import Message
from afugen.build.plan import BuildPlan, engine_fragment
from afugen.verdict import Outcome, Stage


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """A build: `tree` is a checked-out source tree of ours, `output` kbuild's O= directory.

    `identity` says in metadata.json what the tree holds, a commit for instance. `jobs` are one
    more than there are processors: make's shells wait as often as they work.
    """

    tree: Path
    output: Path
    plan: BuildPlan
    toolchain: Toolchain = field(default_factory=toolchain)
    jobs: int = field(default_factory=lambda: len(os.sched_getaffinity(0)) + 1)
    identity: str = ""

    @property
    def record(self) -> Path:
        """Return the directory in `output` for what kbuild does not make, such as records."""
        return self.output / "afugen"

    def fragments(self) -> tuple[Path, ...]:
        """Return the files of the configuration, the toolchain's last."""
        return _fragments(self.plan, self.toolchain)


@dataclass(frozen=True, slots=True)
class BuildResult:
    """How a build ended. Paths are None when `outcome` is not a pass.

    `vmlinux` is stripped, ready to boot; `initramfs` holds /init, the modules and the test
    programs. `kernel_built` is False where vmlinux was found to be up to date.
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
        """Return the compiler's warnings."""
        return tuple(message for message in self.messages if message.severity == "warning")


def output_directory(tree: Path, plan: BuildPlan, tools: Toolchain | None = None) -> Path:
    """Return the O= directory in the cache for a source tree, a configuration and a compiler."""
    tools = tools or toolchain()
    key = hashlib.sha256()
    for part in (
        str(tree.resolve()),
        tools.name,
        tools.version(),
        *(path.read_text() for path in _fragments(plan, tools)),
    ):
        key.update(f"{len(part)} {part}".encode())
    return cache.root() / "build" / f"{tree.name}-{tools.name}-{key.hexdigest()[:12]}"


def _fragments(plan: BuildPlan, tools: Toolchain) -> tuple[Path, ...]:
    return (*plan.fragments, *map(engine_fragment, tools.fragments))
