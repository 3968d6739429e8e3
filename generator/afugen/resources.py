# SPDX-License-Identifier: GPL-2.0-only
"""The directories of afugen's data: in a wheel below `_data`, in a checkout at its top."""

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
    """Return the folder of the interfaces and their Jinja templates."""
    return _ROOT / "templates"


def schemas() -> Path:
    """Return the folder of the engine's own schemas."""
    return _PACKAGE / "spec"


def qemu() -> Path:
    """Return the folder of machines, kernel configuration, packages, and the guest's /init."""
    return _ROOT / "qemu"


def kernel_patches() -> Path:
    """Return the folder of the series: `<interface>/<version>/`, with its spec and patches."""
    return _ROOT / "kernel-patches"
