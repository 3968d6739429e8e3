# SPDX-License-Identifier: GPL-2.0-only
"""Emulated machines: one record each in qemu/machines/, with QEMU's arguments and time limits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from afugen import resources
from afugen.errors import InputError, SpecError
from afugen.spec import yamlsource
from afugen.spec.datafile import read_data_file


@dataclass(frozen=True, slots=True)
class Limits:
    """The time limits of a boot, in seconds.

    Attributes:
        boot: until the KTAP version line.
        silence: between two console lines, once there is KTAP.
        total: for the whole boot and its tests.
    """

    boot: float
    silence: float
    total: float


@dataclass(frozen=True, slots=True)
class Machine:
    """An emulated machine; `arguments` are QEMU's, `append` is the kernel's command line."""

    name: str
    summary: str
    qemu: str
    arguments: tuple[str, ...]
    append: str
    limits: Limits


def machine_names() -> tuple[str, ...]:
    """Return the names of all machines, sorted."""
    return tuple(sorted(path.stem for path in _directory().glob("*.yaml")))


def load_machine(name: str) -> Machine:
    """Return a machine by its name; InputError lists the names if there is no such machine."""
    if name not in machine_names():
        raise InputError(f"no machine {name!r}; there are {', '.join(machine_names())}")
    return read_machine(_directory() / f"{name}.yaml")


def read_machine(path: Path) -> Machine:
    """Read the machine in a file that is named after it; raise SpecError for an invalid record."""
    fields = read_data_file(path, "machine")
    if fields["name"] != path.stem:
        complaint = yamlsource.read(path).complaint(("name",), f"the file is named {path.stem}")
        raise SpecError((complaint,))
    limits = fields.pop("limits")
    return Machine(**fields, limits=Limits(limits.boot, limits.silence, limits.total))


def _directory() -> Path:
    return resources.qemu() / "machines"
