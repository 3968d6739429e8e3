# SPDX-License-Identifier: GPL-2.0-only
"""Where afugen's data is: in the wheel under `_data`, or at the top of a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_WHEEL = _PACKAGE / "_data"
_ROOT = _WHEEL if _WHEEL.is_dir() else _PACKAGE.parents[1]


def module_source(name: str) -> str:
    """Return the source of a module of afugen such as `afugen.render`; "" for any other name."""
    top, *rest = name.split(".")
    if top != "afugen":
        return ""
    path = _PACKAGE.joinpath(*rest)
    for source in (path.with_suffix(".py"), path / "__init__.py"):
        if source.is_file():
            return source.read_text()
    return ""


def is_installed() -> bool:
    """Return whether afugen runs from an installed wheel, which is not the user's to change."""
    return _ROOT == _WHEEL


def templates() -> Path:
    """The Jinja templates, at the kernel files' own paths."""
    return _ROOT / "templates"


def schemas() -> Path:
    """Return the folder of the engine's own schemas."""
    return _PACKAGE / "spec"


def qemu() -> Path:
    """Machines, kernel configuration, packages, and /init of the machine under test."""
    return _ROOT / "qemu"


def kernel_patches() -> Path:
    """The versions of the series: a directory for each, with its spec and what it generates."""
    return _ROOT / "kernel-patches"
