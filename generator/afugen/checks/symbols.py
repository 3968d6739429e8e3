# SPDX-License-Identifier: GPL-2.0-only
"""Whether the Kconfig symbols that a series declares are sound in the full tree."""

from __future__ import annotations

import hashlib
from pathlib import Path

from afugen import build, cache
from afugen.errors import KconfigError
from afugen.render import declared
from afugen.series.commits import Made


def check_kconfig(made: Made, tree: Path) -> None:
    """Raise KconfigError unless the series' symbols are sound in the full tree at `tree`.

    A success is cached: it depends on the base commit and the new Kconfig files only.
    """
    symbols = [one for one in declared(made.version.spec) if one.kind == "config"]
    if not symbols:
        return
    new = [
        change.after
        for patch in made.patches
        for change in patch.changes
        if "Kconfig" in change.path
    ]
    shaped_by = f"{made.stored.commit_id} {symbols} {cache.code_digest(__name__)}"
    key = hashlib.sha256(b"\0".join([shaped_by.encode(), *new])).hexdigest()[:16]
    passed = cache.root() / "kconfig" / key
    if passed.exists():
        return
    tools = build.toolchain()
    loaded = build.Kconfig(tree, tools.arch, tools.cross_compile)
    config = _config(made, tree)
    complaints = [
        complaint
        for one in symbols
        for complaint in build.check_symbol(loaded, one.name, one.selected_by or None, config)
    ]
    if complaints:
        raise KconfigError("; ".join(complaints))
    cache.write_atomically(passed, b"")


def _config(made: Made, tree: Path) -> str:
    """Return the tree's configuration for the machines, or ours where the tree has none."""
    defconfig = tree / build.toolchain().defconfig
    if defconfig.is_file():
        return defconfig.read_text()
    plan = build.build_plan(made.version.spec.interface)
    options = build.requested_options(build.BuildRequest(tree, tree, plan))
    return "".join(f"{option}\n" for option in options)
