# SPDX-License-Identifier: GPL-2.0-only
"""Emulated machines: one record each in qemu/machines/, with QEMU's arguments and time limits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from afugen import resources
from afugen.errors import InputError, SpecError
from afugen.spec import yamlsource
from afugen.spec.records import model_of

Word = Annotated[str, StringConstraints(pattern=r"^\S+$")]
Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$")]
Seconds = Annotated[int, Field(gt=0, le=86400)]


class Limits(BaseModel):
    """The time limits of a boot, in seconds.

    Attributes:
        boot: until the KTAP version line.
        silence: between two console lines, once there is KTAP.
        total: for the whole boot and its tests.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    boot: Seconds
    silence: Seconds
    total: Seconds


class Machine(BaseModel):
    """An emulated machine; `arguments` are QEMU's, `append` is the kernel's command line."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Word
    summary: Line
    qemu: Word
    arguments: tuple[Line, ...]
    append: Line
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
    source = yamlsource.read_sound(path)
    machine = model_of(source, Machine)
    if machine.name != path.stem:
        raise SpecError((source.complaint(("name",), f"the file is named {path.stem}"),))
    return machine


def _directory() -> Path:
    return resources.qemu() / "machines"
