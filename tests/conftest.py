# SPDX-License-Identifier: GPL-2.0-only
"""Real trees and kernels for tests, from the user's own cache: made once, by the first to come."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

import rendering
import specs
from afugen.build import BuildResult
from afugen.git import TreeFiles
from afugen.pipeline import run
from afugen.render.rendering import kernel_paths, paths_of_test
from afugen.series import trees, version
from afugen.verdict import Outcome


@pytest.fixture(scope="session")
def stripped_tree() -> Callable[[str], TreeFiles]:
    """`stripped_tree("6.1")`: the touched files of a Debian kernel without the feature."""

    @cache
    def files(version_: str) -> TreeFiles:
        name = f"linux-source-{version_}"
        return trees.default_files(
            specs.CXL, kernel_paths(specs.CXL), name=name, beside=paths_of_test(specs.CXL)
        )

    return files


@pytest.fixture(scope="session")
def kernel() -> BuildResult:
    """The kernel and modules of v1 on the default tree."""
    built = run.build_only(run.Request(version.find("v1")))
    assert built.outcome is Outcome.PASS, built.reason
    return built


@pytest.fixture(scope="session")
def checkpatch(tmp_path_factory) -> Path:
    """The kernel's own script and its word lists."""
    where = tmp_path_factory.mktemp("checkpatch")
    names = ("checkpatch.pl", "spelling.txt", "const_structs.checkpatch")
    base = trees.default_tree(specs.CXL).files()
    rendering.write(where, {path: base.read(path) for path in (f"scripts/{n}" for n in names)})
    return where / "scripts" / "checkpatch.pl"
