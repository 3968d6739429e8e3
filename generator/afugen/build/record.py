# SPDX-License-Identifier: GPL-2.0-only
"""The records of a build: what it is made from, and how to repeat it without afugen."""

from __future__ import annotations

import json
import platform
import shlex
from dataclasses import asdict
from importlib.metadata import version

from afugen import cache
from afugen.build import kbuild, programs
from afugen.build.plan import Selftest
from afugen.build.request import BuildRequest, BuildResult

_SCRIPT = """\
#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Builds again what afugen built from {identity}; metadata.json says with what.
# Usage: reproduce.sh [TREE [OUT]]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "${{1:-{tree}}}" && pwd)
mkdir -p "${{2:-./afugen-reproduced}}"
out=$(cd "${{2:-./afugen-reproduced}}" && pwd)

kbuild() {{
\tenv -i PATH="$PATH" HOME="$HOME" LANG=C make -C "$tree" O="$out" -j{jobs} \\
\t\t{variables} "$@"
}}

kbuild KCONFIG_ALLCONFIG="$here/request.config" allnoconfig
kbuild {targets}
{strip} -o "$out/vmlinux.stripped" "$out/vmlinux"
{programs}ls -l {results}
"""
_PROGRAMS = """\
mkdir -p "$out/selftest"
env -i PATH="$PATH" HOME="$HOME" LANG=C {command}
"""


def write(request: BuildRequest, config: str) -> None:
    """Write request.config, reproduce.sh and metadata.json to the record directory."""
    record = request.record
    cache.write_if_changed(record / "request.config", config.encode())
    cache.write_if_changed(record / "reproduce.sh", script(request).encode(), mode=0o755)
    cache.write_atomically(record / "metadata.json", _json(_metadata(request)))


def write_result(request: BuildRequest, result: BuildResult) -> None:
    """Write metadata.json again, with how the build ended."""
    ended = {
        "outcome": str(result.outcome),
        "reason": result.reason,
        "kernel_built": result.kernel_built,
        "stages": {stage.name: round(stage.seconds, 3) for stage in result.stages},
        "messages": [asdict(message) for message in result.messages],
    }
    metadata = {**_metadata(request), "result": ended}
    cache.write_atomically(request.record / "metadata.json", _json(metadata))


def script(request: BuildRequest) -> str:
    """Return a shell script that needs nothing of afugen but the files beside it."""
    test = request.plan.selftest
    results = ("vmlinux.stripped", *request.plan.modules)
    return _SCRIPT.format(
        identity=request.identity.replace("\n", " ") or "a source tree",
        tree=request.tree,
        jobs=request.jobs,
        variables=" ".join(map(shlex.quote, kbuild.variables(request))),
        targets=" ".join(kbuild.all_targets(request)),
        strip=request.toolchain.strip,
        programs=_programs(request, test) if test else "",
        results=" ".join(f'"$out/{name}"' for name in results),
    )


def _programs(request: BuildRequest, test: Selftest) -> str:
    """Return the lines that make the test programs, in the script's own directories."""
    tools = request.toolchain
    words = programs.make_command(
        test, "$tree", "$out/selftest", "$here/uapi", tools.cross_compile, jobs=request.jobs
    )
    return _PROGRAMS.format(command=" ".join(f'"{word}"' for word in words))


def _metadata(request: BuildRequest) -> dict[str, object]:
    return {
        "afugen": version("afugen"),
        "identity": request.identity,
        "tree": str(request.tree),
        "output": str(request.output),
        "fragments": [str(path) for path in request.fragments()],
        "toolchain": asdict(request.toolchain),
        "compiler": request.toolchain.version(),
        "make": list(kbuild.make_command(request)),
        "jobs": request.jobs,
        "host": platform.platform(),
    }


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()
