# SPDX-License-Identifier: GPL-2.0-only
"""Interface, spec and tree to edits."""

from afugen.render.ctext import fill
from afugen.render.edits import Edit, resolve
from afugen.render.edittag import keep_compiled
from afugen.render.presence import declared
from afugen.render.rendering import (
    WITHOUT,
    Base,
    Change,
    environment_of,
    kernel_paths,
    paths_of_removal,
    paths_of_test,
    render,
    render_removal,
    render_test,
)

__all__ = [
    "WITHOUT",
    "Base",
    "Change",
    "Edit",
    "declared",
    "environment_of",
    "fill",
    "keep_compiled",
    "kernel_paths",
    "paths_of_removal",
    "paths_of_test",
    "render",
    "render_removal",
    "render_test",
    "resolve",
]
