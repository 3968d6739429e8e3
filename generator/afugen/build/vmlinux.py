# SPDX-License-Identifier: GPL-2.0-only
"""Whether vmlinux is up to date, without asking make, which takes seconds of every edit.

A driver built as modules rarely changes vmlinux. After each complete build the files that
built-in objects were compiled from are recorded with their times. If none changed, vmlinux is up
to date. If they are of a few objects only, these are compiled again, and vmlinux is up to date if
they come out as they were. In every other case make decides.
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

# With more objects than this to compile, a complete make is as quick.
FEW = 6
_MODULE = b" -DMODULE "
_TARGET = re.compile(rb"^(?:saved)?cmd_(\S+) :=", re.MULTILINE)
_SOURCE = re.compile(rb"^source_\S+ := (\S+)$", re.MULTILINE)
_WILDCARD = re.compile(rb"\$\(wildcard (\S+)\)")

Stamps = dict[str, tuple[int, int] | None]


@dataclass(frozen=True, slots=True)
class Uncertain:
    """Built-in objects that may be out of date: `digests` are of those in vmlinux, by path.

    `sources` are all files that vmlinux was made from.
    """

    digests: Mapping[str, str]
    sources: frozenset[str]

    def are_unchanged(self, output: Path) -> bool:
        """Return whether the objects, compiled again, are those in vmlinux."""
        return all(_digest(output / name) == digest for name, digest in self.digests.items())


def record_sources(request: BuildRequest) -> None:
    """Record what vmlinux was made from, after a complete build that passed."""
    sources = _makefiles(request)
    for recorded in _command_files(request.output):
        content = recorded.read_bytes()
        if _MODULE not in content:
            sources.update(_dependencies(content))
    _record(request, sources)


def resolve(request: BuildRequest, uncertain: Uncertain) -> None:
    """Record the sources' new times, which were found not to change vmlinux."""
    _record(request, uncertain.sources)


def mark_uncertain(request: BuildRequest) -> None:
    """Remove the record, so that the next build makes vmlinux unless this one records again."""
    _state_file(request).unlink(missing_ok=True)


def uncertain_objects(request: BuildRequest) -> Uncertain | None:
    """Return the objects that decide whether vmlinux is up to date; None if make has to."""
    state = _state_file(request)
    if not (state.exists() and (request.output / "vmlinux").exists()):
        return None
    recorded: Stamps = {
        name: tuple(stamp) if stamp else None
        for name, stamp in json.loads(state.read_text()).items()
    }
    now = _stamps(request.output, recorded)
    changed = {name for name, stamp in recorded.items() if now[name] != stamp}
    if changed & _makefiles(request):
        return None
    names = _made_from(request.output, changed) if changed else ()
    if len(names) > FEW:
        return None
    digests = {name: _digest(request.output / name) for name in names}
    return Uncertain(digests, frozenset(recorded))


def _state_file(request: BuildRequest) -> Path:
    return request.record / "kernel.json"


def _record(request: BuildRequest, sources: Iterable[str]) -> None:
    stamps = _stamps(request.output, sources)
    cache.write_atomically(_state_file(request), json.dumps(stamps).encode())


def _command_files(output: Path) -> Iterable[Path]:
    return output.rglob(".*.o.cmd")


def _dependencies(content: bytes) -> set[str]:
    """Return the files in a `.NAME.o.cmd`; kbuild touches those in a `$(wildcard …)`.

    They stand for options of the configuration.
    """
    source = _SOURCE.search(content)
    start = content.find(b"\ndeps_")
    if source is None or start < 0:
        return set()
    _, _, listed = content[start : content.find(b"\n\n", start)].partition(b" := \\\n")
    names = (name.strip(b" \\") for name in listed.split(b"\n"))
    found = {_WILDCARD.sub(rb"\1", name).decode() for name in names if name}
    return {*found, source[1].decode()}


def _made_from(output: Path, changed: set[str]) -> tuple[str, ...]:
    """Return the built-in objects that depend on one of the files."""
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
    """Return the makefiles of the directories that were built, and kbuild's own."""
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
