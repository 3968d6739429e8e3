# SPDX-License-Identifier: GPL-2.0-only
"""What of a kernel tree is built, as plain values read from an interface."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from afugen import resources
from afugen.build import fragments
from afugen.errors import InputError
from afugen.spec.interface import Interface

_CONFIG = re.compile(r"^(?:menu)?config (\w+)$", re.MULTILINE)
# The engine's own fragments: the machines that are emulated, what programs on them need, and what
# the checks need besides.
_PLATFORM, _PROGRAMS, _CHECKS = "powernv", "selftest", "checks"


@dataclass(frozen=True, slots=True)
class Selftest:
    """The kselftest in a tree; all are paths in it.

    `sources` are files outside of `directory` that its programs include; `header` is the uapi
    header that they include as the kernel installs it, None where they need none.
    """

    directory: str
    sources: tuple[str, ...] = ()
    header: str | None = None


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """What is configured and built: `fragments` are files, the last value of an option counts.

    `modules` are paths in the tree, in the order in which they are loaded.
    """

    fragments: tuple[Path, ...]
    modules: tuple[str, ...] = ()
    selftest: Selftest | None = None


def build_plan(interface: Interface) -> BuildPlan:
    """Return the plan for a driver, and for its test in the tree if the interface has one."""
    driver, test = interface.data.build, interface.data.test
    names = (*driver.modules, *(test.modules if test else ()))
    return BuildPlan(
        fragments=(
            engine_fragment(_PLATFORM),
            *_fragments(interface, driver.config),
            engine_fragment(_PROGRAMS),
            *_test_fragments(interface),
        ),
        modules=tuple(f"{driver.directory}/{name}" for name in names),
        selftest=_selftest(interface),
    )


def check_plan(interface: Interface, *, with_test: bool) -> BuildPlan:
    """Return the configuration in which the checks compile every file of a driver."""
    driver = interface.data.build
    return BuildPlan(
        fragments=(
            engine_fragment(_PLATFORM),
            *_fragments(interface, driver.config),
            engine_fragment(_CHECKS),
            *_fragments(interface, driver.check_config),
            *(_test_fragments(interface) if with_test else ()),
        )
    )


def has_test(interface: Interface, tree: Path) -> bool:
    """Return whether the driver's Kconfig file in a tree defines an option of the test."""
    kconfig = tree / interface.data.build.directory / "Kconfig"
    defined = set(_CONFIG.findall(kconfig.read_text())) if kconfig.is_file() else set[str]()
    return any(option.name in defined for option in fragments.read(_test_fragments(interface)))


def _selftest(interface: Interface) -> Selftest | None:
    test = interface.data.test
    if test is None or test.selftest is None:
        return None
    return Selftest(test.selftest, test.sources, interface.data.build.header)


def engine_fragment(name: str) -> Path:
    """Return a file of qemu/config/; InputError if there is none of that name."""
    return _fragment(resources.qemu(), "qemu", name)


def _test_fragments(interface: Interface) -> tuple[Path, ...]:
    test = interface.data.test
    return _fragments(interface, test.config if test else ())


def _fragments(interface: Interface, names: Iterable[str]) -> tuple[Path, ...]:
    """Return files of an interface's config/; InputError if one is missing."""
    return tuple(_fragment(interface.directory, interface.label, name) for name in names)


def _fragment(parent: Path, label: str, name: str) -> Path:
    path = parent / "config" / f"{name}.config"
    if path.is_file():
        return path
    known = ", ".join(sorted(other.stem for other in path.parent.glob("*.config"))) or "none"
    raise InputError(f"{label}/config: no configuration fragment {name!r}; there are {known}")
