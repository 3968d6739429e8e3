# SPDX-License-Identifier: GPL-2.0-only
"""Emulated machines, each a record in qemu/machines/: what to start, and how patient to be."""

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
    """How long to wait, in seconds, before a boot is called dead.

    `boot`: until the first line of test results. `silence`: for the next console line while a
    test runs. `total`: for everything.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    boot: Seconds
    silence: Seconds
    total: Seconds


class Machine(BaseModel):
    """One machine; `append` is the kernel's command line, `arguments` are QEMU's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Word
    summary: Line
    qemu: Word
    arguments: tuple[Line, ...]
    append: Line
    limits: Limits


def names() -> tuple[str, ...]:
    """The machines there are, sorted."""
    return tuple(sorted(path.stem for path in _directory().glob("*.yaml")))


def load(name: str) -> Machine:
    """The machine of that name; InputError lists the names when there is none."""
    if name not in names():
        raise InputError(f"no machine {name!r}; there are {', '.join(names())}")
    return read(_directory() / f"{name}.yaml")


def read(path: Path) -> Machine:
    """The machine of one file, whose name is the machine's; SpecError points at what is wrong."""
    source = yamlsource.read_sound(path)
    machine = model_of(source, Machine)
    if machine.name != path.stem:
        raise SpecError((source.complaint(("name",), f"the file is named {path.stem}"),))
    return machine


def _directory() -> Path:
    return resources.qemu() / "machines"
