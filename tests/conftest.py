# SPDX-License-Identifier: GPL-2.0-only
"""Real trees and kernels for tests, from the user's own cache: made once, by the first to come."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from afugen import trees
from afugen.render import kernel_paths
from afugen.repo import Readable


@pytest.fixture(scope="session")
def stripped_tree() -> Callable[[str], Readable]:
    """`stripped_tree("6.1")`: the touched files of a Debian kernel without the feature."""

    @cache
    def files(version: str) -> Readable:
        return trees.default_files(kernel_paths(), name=f"linux-source-{version}")

    return files
