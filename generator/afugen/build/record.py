# SPDX-License-Identifier: GPL-2.0-only
"""What a build is going to do, written down before it does it."""

from __future__ import annotations

import json
import platform
import shlex
from dataclasses import asdict
from importlib.metadata import version

from afugen import cache
from afugen.build import kbuild, selftest
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
kbuild vmlinux modules
{strip} -o "$out/vmlinux.stripped" "$out/vmlinux"
{programs}ls -l "$out/vmlinux.stripped" "$out/drivers/misc/cxl/"*.ko
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


def finish(request: BuildRequest, result: BuildResult) -> None:
    """Add to metadata.json what became of the build."""
    became = {
        "outcome": str(result.outcome),
        "reason": result.reason,
        "kernel_built": result.kernel_built,
        "stages": {stage.name: round(stage.seconds, 3) for stage in result.stages},
        "messages": [asdict(message) for message in result.messages],
    }
    metadata = {**_metadata(request), "result": became}
    cache.write_atomically(request.record / "metadata.json", _json(metadata))


def script(request: BuildRequest) -> str:
    """A shell script that needs nothing of afugen, but the files beside it."""
    return _SCRIPT.format(
        identity=request.identity.replace("\n", " ") or "a source tree",
        tree=request.tree,
        jobs=request.jobs,
        variables=" ".join(map(shlex.quote, kbuild.variables(request))),
        strip=request.toolchain.strip,
        programs=_programs(request) if request.is_tested else "",
    )


def _programs(request: BuildRequest) -> str:
    """The lines that make the test programs, in the script's own directories."""
    tools = request.toolchain
    words = selftest.make_command(
        "$tree", "$out/selftest", "$here/uapi", tools.cross_compile, request.jobs
    )
    return _PROGRAMS.format(command=" ".join(f'"{word}"' for word in words))


def _metadata(request: BuildRequest) -> dict[str, object]:
    return {
        "afugen": version("afugen"),
        "identity": request.identity,
        "tree": str(request.tree),
        "output": str(request.output),
        "fragments": [str(path) for path in request.fragment_paths()],
        "toolchain": asdict(request.toolchain),
        "compiler": request.toolchain.version(),
        "make": list(kbuild.make_command(request)),
        "jobs": request.jobs,
        "host": platform.platform(),
    }


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()
