# SPDX-License-Identifier: GPL-2.0-only
"""A feature that a kernel tree has, as the list of its identifiers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from afugen.errors import Complaint, SpecError
from afugen.spec import yamlsource

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)


class Kind(StrEnum):
    """What an identifier of a feature names."""

    STRUCT = "struct"
    MEMBER = "member"
    ENUMERATOR = "enumerator"
    FUNCTION = "function"
    CONFIG = "config"


@dataclass(frozen=True, slots=True)
class Identifier:
    """One name of the feature; `of` is the tag of the struct or enum that a member belongs to."""

    name: str
    kind: Kind
    of: str = ""


@dataclass(frozen=True, slots=True)
class Feature:
    """What is to be removed: everything in a tree that hangs on these identifiers."""

    name: str
    identifiers: tuple[Identifier, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The identifiers as they stand in files, to search a tree for."""
        symbols = (item.name for item in self.identifiers if item.kind is Kind.CONFIG)
        names = tuple(item.name for item in self.identifiers)
        return names + tuple(f"CONFIG_{symbol}" for symbol in symbols)


def load_feature(path: Path) -> Feature:
    """Read a list of identifiers; raises SpecError with every complaint about it."""
    source = yamlsource.read_sound(path)
    complaints: list[Complaint] = []
    value = source.value
    if not isinstance(value, dict):
        raise SpecError((source.complaint((), "expected `name` and `identifiers`"),))
    complaints += [
        source.complaint((key,), f"unknown key {key!r}; expected `name` and `identifiers`")
        for key in value
        if key not in ("name", "identifiers")
    ]
    name, listed = value.get("name"), value.get("identifiers")
    if not isinstance(name, str):
        complaints.append(source.complaint(("name",), "`name` must be a text"))
    if not isinstance(listed, dict) or not listed:
        complaints.append(source.complaint(("identifiers",), "`identifiers` lists nothing"))
        listed = {}
    identifiers = [_identifier(source, key, item, complaints) for key, item in listed.items()]
    if complaints:
        raise SpecError(tuple(complaints))
    return Feature(str(name), tuple(item for item in identifiers if item))


def _identifier(
    source: yamlsource.Source, name: str, value: yamlsource.Value, complaints: list[Complaint]
) -> Identifier | None:
    """One entry of the list, or None and what is wrong with it."""
    message = _complaint(name, value)
    if message:
        complaints.append(source.complaint(("identifiers", name), message))
        return None
    assert isinstance(value, dict)
    return Identifier(name, Kind(str(value["kind"])), str(value.get("of", "")))


def _complaint(name: str, value: yamlsource.Value) -> str:
    if not _IDENTIFIER.match(name):
        return f"{name!r} is not a C identifier"
    if not isinstance(value, dict) or not set(value) <= {"kind", "of"}:
        return f"{name}: expected `kind` and, for a member or an enumerator, `of`"
    kinds = ", ".join(Kind)
    kind, owner = value.get("kind"), value.get("of", "")
    if kind not in list(Kind):
        return f"{name}: kind {kind!r} is not one of {kinds}"
    needs_owner = kind in (Kind.MEMBER, Kind.ENUMERATOR)
    if needs_owner and not (isinstance(owner, str) and _IDENTIFIER.match(owner)):
        return f"{name}: a {kind} needs `of`, the tag of what it belongs to"
    if not needs_owner and owner:
        return f"{name}: `of` is for members and enumerators"
    return ""
