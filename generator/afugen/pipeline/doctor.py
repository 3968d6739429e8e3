# SPDX-License-Identifier: GPL-2.0-only
"""What this machine lacks for `afugen run`, and the command that installs it.

Nothing is changed or installed.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from afugen import build, cache, command
from afugen.errors import AfugenError

# A source tree, its repository, one O= directory, and room for a second version.
NEEDED_GIB = 6.0
# The git of Debian 11, the oldest that was tried.
NEEDED_GIT = (2, 30)
_SECONDS = 60.0
_PROGRAM = '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n'


@dataclass(frozen=True, slots=True)
class Finding:
    """One requirement; `remedy` is the command that meets it, empty if it is met."""

    name: str
    ok: bool
    why: str
    detail: str
    remedy: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All requirements of the machine."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Return whether all requirements are met, optional ones apart."""
        return all(finding.ok or finding.optional for finding in self.findings)

    @property
    def remedy(self) -> str:
        """Return the command that installs all missing Debian packages; "" if none is missing."""
        prefix = "apt-get install "
        missing = [
            finding.remedy.removeprefix(prefix)
            for finding in self.findings
            if not finding.ok and finding.remedy.startswith(prefix)
        ]
        return prefix + " ".join(dict.fromkeys(missing)) if missing else ""


def examine() -> Diagnosis:
    """Check the packages, the compilers, git, and the free disk space."""
    return Diagnosis((*_packages(), *_compilers(), _git(), _disk()))


def _packages() -> Iterator[Finding]:
    for package in command.packages():
        absent = [tool for tool in package.tools if shutil.which(tool) is None]
        absent += [file for file in package.files if not Path(file).exists()]
        present = ", ".join((*package.tools, *package.files))
        yield Finding(
            name=package.name,
            ok=not absent,
            why=package.why,
            detail=f"not there: {', '.join(absent)}" if absent else present,
            remedy=package.install if absent else "",
            optional=package.optional,
        )


def _compilers() -> Iterator[Finding]:
    """Return whether each compiler can link: its C library is a package of its own."""
    for tools in build.toolchains().values():
        if shutil.which(tools.gcc) is not None:
            error = _link_error(tools.gcc)
            yield Finding(
                name=tools.name,
                ok=not error,
                why="the test programs are static programs",
                detail=error or f"{tools.gcc} links a static program",
                remedy="apt-get install libc6-dev-ppc64el-cross" if error else "",
            )


def _link_error(gcc: str) -> str:
    with tempfile.TemporaryDirectory() as directory:
        source = Path(directory, "hello.c")
        source.write_text(_PROGRAM)
        try:
            done = command.run(
                [gcc, "-static", "-o", source.with_suffix(""), source], deadline_seconds=_SECONDS
            )
        except AfugenError as error:
            return str(error)
    return (done.tail(1) or f"{gcc} failed") if done.returncode else ""


def _git() -> Finding:
    wanted = ".".join(map(str, NEEDED_GIT))
    why = f"the kernel tree is a git repository; {wanted} or newer"
    if shutil.which("git") is None:
        return Finding("git version", ok=False, why=why, detail="", remedy="apt-get install git")
    output = command.run(["git", "--version"], deadline_seconds=_SECONDS).output.strip()
    numbers = re.search(r"(\d+)\.(\d+)", output)
    ok = numbers is not None and (int(numbers[1]), int(numbers[2])) >= NEEDED_GIT
    return Finding("git version", ok, why, output, "" if ok else "apt-get install git")


def _disk() -> Finding:
    root = cache.root()
    free = shutil.disk_usage(root).free / 2**30
    needed = 1.0 if _is_used(root) else NEEDED_GIB
    ok = free >= needed and os.access(root, os.W_OK)
    return Finding(
        name="disk space",
        ok=ok,
        why=f"the cache needs {needed:g} GiB more",
        detail=f"{free:.1f} GiB free in {root}",
        remedy="" if ok else f"free some space, or set XDG_CACHE_HOME to elsewhere than {root}",
    )


def _is_used(root: Path) -> bool:
    """Return whether a kernel was built in this cache, so that it holds the trees already."""
    return any(root.glob("build/*/vmlinux"))
