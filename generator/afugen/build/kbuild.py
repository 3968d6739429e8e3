# SPDX-License-Identifier: GPL-2.0-only
"""Calls of the kernel's own make: reproducible, with a deadline, and safe to be killed."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from afugen import command
from afugen.build import probes
from afugen.build.request import BuildRequest
from afugen.errors import InfraError

# What makes two builds of one tree equal, and modules of one version load into the kernel of
# another (Documentation/kbuild/reproducible-builds.rst, and LOCALVERSION for the vermagic).
PINS = (
    ("LOCALVERSION", ""),
    ("KBUILD_BUILD_TIMESTAMP", "2015-08-19"),
    ("KBUILD_BUILD_USER", "afugen"),
    ("KBUILD_BUILD_HOST", "afugen"),
    ("KBUILD_BUILD_VERSION", "1"),
)
# A cold build takes minutes: a make that runs longer than this hangs.
DEADLINE_SECONDS = 3600.0
# What is printed when the machine fails, whatever is being built.
_TROUBLE = ("No space left on device", "Cannot allocate memory", "Killed signal terminated program")
# Variables that reach the compilers and make; anything else of the user's could change the build.
_KEPT = ("PATH", "HOME", "TMPDIR", "USER", "LOGNAME")


def environment() -> dict[str, str]:
    """Return the user's environment without the variables that kbuild reads."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    ccache = {name: value for name, value in os.environ.items() if name.startswith("CCACHE_")}
    # Messages in English with plain quotes are parsed; the kernel's make leaves LANG alone.
    return {**kept, **ccache, "LANG": "C"}


def variables(request: BuildRequest) -> tuple[str, ...]:
    """Return the assignments on the command line of every make of this build."""
    tools = request.toolchain
    assignments = [("ARCH", tools.arch), ("CROSS_COMPILE", tools.cross_compile), *PINS]
    return tuple(f"{name}={value}" for name, value in assignments)


def make_command(request: BuildRequest, *arguments: str) -> tuple[str, ...]:
    """Return the command line of a make in the O= directory."""
    directories = ("-C", str(request.tree), f"O={request.output}")
    compiler = f"CC={probes.compiler(request)}"
    jobs = f"-j{request.jobs}"
    return ("make", *directories, jobs, *variables(request), compiler, *arguments)


def make(
    request: BuildRequest, *arguments: str, log: Path, on_line: Callable[[str], None] | None = None
) -> command.CompletedProcess:
    """Run make; targets that a killed make left half written are removed first."""
    building = request.record / "building"
    if building.exists():
        sweep(request.output)
    building.touch()
    done = command.run(
        make_command(request, *arguments),
        env=environment(),
        deadline_seconds=DEADLINE_SECONDS,
        on_line=on_line,
        log=log,
    )
    building.unlink()
    return done


def all_targets(request: BuildRequest) -> tuple[str, ...]:
    """Return the targets of a complete build; kbuild has no `modules` without a module."""
    return ("vmlinux", "modules") if request.plan.modules else ("vmlinux",)


def refuse_trouble(done: command.CompletedProcess, log: Path) -> None:
    """Raise InfraError if a make failed because of the machine, not of what it built."""
    trouble = next((text for text in _TROUBLE if done.returncode and text in done.output), None)
    if trouble is not None:
        raise InfraError(f"the build stopped: {trouble} (log: {log})")


def sweep(output: Path) -> Sequence[Path]:
    """Remove targets that may be truncated, and return them; make would not make them again.

    kbuild writes `.NAME.cmd` after it made NAME. So a target is suspect if it is younger than
    its command file, or has none, or is empty.
    """
    swept = []
    for suffix in (".o", ".ko", ".a"):
        for target in output.rglob(f"*{suffix}"):
            if target.is_file() and _suspect(target):
                target.unlink()
                swept.append(target)
    for target in (output / "vmlinux", output / "vmlinux.o"):
        if target.exists() and _suspect(target):
            target.unlink()
            swept.append(target)
    return swept


def _suspect(target: Path) -> bool:
    recorded = target.with_name(f".{target.name}.cmd")
    if not recorded.exists():
        return True
    made, written = target.stat(), recorded.stat()
    return made.st_size == 0 or made.st_mtime_ns > written.st_mtime_ns
