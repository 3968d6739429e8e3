# SPDX-License-Identifier: GPL-2.0-only
"""Whether the kernel that is there is the kernel of the sources that are there.

With CXL=m a series does not change vmlinux, and asking make to say so costs seconds of every
edit. So after each full build the files that built-in objects were made from are noted with
their times. If none changed, the kernel is right. If a few objects are touched (the cxl
directory has one, base.o), these alone are made again, and the kernel is right if they come out
as they were. This is proof, not trust: in every other case vmlinux is made by make.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from afugen import cache
from afugen.build.request import BuildRequest

# More touched objects than this, and a full make is as quick.
FEW = 6
_MODULE = b" -DMODULE "
_TARGET = re.compile(rb"^(?:saved)?cmd_(\S+) :=", re.MULTILINE)
_SOURCE = re.compile(rb"^source_\S+ := (\S+)$", re.MULTILINE)
_WILDCARD = re.compile(rb"\$\(wildcard (\S+)\)")

Stamps = dict[str, tuple[int, int] | None]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Built-in objects that may have changed, with the digests of what the kernel has of them.

    `sources` are all files the kernel was made from.
    """

    objects: Mapping[str, str]
    sources: frozenset[str]

    def settled(self, output: Path) -> bool:
        """Whether the objects, made again, are what the kernel has."""
        return all(_digest(output / name) == digest for name, digest in self.objects.items())


def remember(request: BuildRequest) -> None:
    """Note what the kernel was made from; call it when a full build has ended well."""
    sources = _makefiles(request)
    for recorded in _command_files(request.output):
        content = recorded.read_bytes()
        if _MODULE not in content:
            sources.update(_dependencies(content))
    _note(request, sources)


def settle(request: BuildRequest, doubt: Doubt) -> None:
    """Trust the kernel again: its sources' new times did not change it."""
    _note(request, doubt.sources)


def forget(request: BuildRequest) -> None:
    """Trust the kernel no more, until the next `remember`."""
    _state(request).unlink(missing_ok=True)


def doubt(request: BuildRequest) -> Doubt | None:
    """What has to be made again to know that the kernel is right; None: all of it."""
    state = _state(request)
    if not (state.exists() and (request.output / "vmlinux").exists()):
        return None
    noted: Stamps = {
        name: tuple(stamp) if stamp else None
        for name, stamp in json.loads(state.read_text()).items()
    }
    now = _stamps(request.output, noted)
    changed = {name for name, stamp in noted.items() if now[name] != stamp}
    if changed & _makefiles(request):
        return None
    names = _made_from(request.output, changed) if changed else ()
    if len(names) > FEW:
        return None
    digests = {name: _digest(request.output / name) for name in names}
    return Doubt(digests, frozenset(noted))


def _state(request: BuildRequest) -> Path:
    return request.record / "kernel.json"


def _note(request: BuildRequest, sources: Iterable[str]) -> None:
    stamps = _stamps(request.output, sources)
    cache.write_atomically(_state(request), json.dumps(stamps).encode())


def _command_files(output: Path) -> Iterable[Path]:
    return output.rglob(".*.o.cmd")


def _dependencies(content: bytes) -> set[str]:
    """The files in a `.NAME.o.cmd`; a `$(wildcard …)` is a file that a changed option touches."""
    source = _SOURCE.search(content)
    start = content.find(b"\ndeps_")
    if source is None or start < 0:
        return set()
    _, _, listed = content[start : content.find(b"\n\n", start)].partition(b" := \\\n")
    names = (name.strip(b" \\") for name in listed.split(b"\n"))
    found = {_WILDCARD.sub(rb"\1", name).decode() for name in names if name}
    return {*found, source[1].decode()}


def _made_from(output: Path, changed: set[str]) -> tuple[str, ...]:
    """The built-in objects that depend on one of the files."""
    wanted = [name.encode() for name in changed]
    found = []
    for recorded in _command_files(output):
        content = recorded.read_bytes()
        if _MODULE in content or not any(name in content for name in wanted):
            continue
        if _dependencies(content) & changed and (target := _TARGET.search(content)):
            found.append(target[1].decode())
    return tuple(sorted(found))


def _makefiles(request: BuildRequest) -> set[str]:
    """The makefiles that the built directories and kbuild itself are built by."""
    tree = request.tree
    found: set[str] = set()
    directories = {recorded.parent for recorded in _command_files(request.output)}
    for directory in directories:
        source = tree / directory.relative_to(request.output)
        found.update(str(source / name) for name in ("Makefile", "Kbuild"))
    found.update(map(str, (tree / "scripts").glob("Makefile*")))
    found.update(str(tree / name) for name in ("Makefile", "Kbuild"))
    found.update(map(str, (tree / "arch").glob("*/Makefile*")))
    return found


def _stamps(output: Path, names: Iterable[str]) -> Stamps:
    stamps: Stamps = {}
    for name in sorted(names):
        try:
            # Thousands of them: a Path for each would take longer than the question.
            status = os.stat(os.path.join(output, name))  # noqa: PTH116, PTH118
        except FileNotFoundError:
            stamps[name] = None
        else:
            stamps[name] = (status.st_mtime_ns, status.st_size)
    return stamps


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
