# SPDX-License-Identifier: GPL-2.0-only
"""Interfaces as data: how one driver's callback interface looks, read from its interface.yaml."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from afugen import cache, resources
from afugen.errors import Complaint, InputError, SpecError
from afugen.spec import expressions, schema, yamlsource
from afugen.spec.formats import FORMATS
from afugen.spec.model import Section, dotted
from afugen.spec.yamlsource import Key, Source

FILE = "interface.yaml"


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface; `fields` is the JSON Schema of its specs, without any $ref.

    `key` changes with its interface.yaml, and with the code that reads it. `data` holds the
    other keys of interface.yaml, which interface.schema.yaml describes.
    """

    name: str
    directory: Path
    key: str
    fields: Mapping[str, Any] = field(repr=False, hash=False, compare=False)
    data: Any = field(repr=False, hash=False, compare=False)

    @property
    def label(self) -> str:
        """The directory as messages name it."""
        if self.directory.is_relative_to(resources.templates()):
            return f"templates/{self.name}"
        return str(self.directory)

    @property
    def default(self) -> bool:
        """Whether a version's name alone means one of this interface."""
        return bool(self.data.default)


def load(directory: Path) -> Interface:
    """Read and check the interface of a directory; SpecError with every complaint about it."""
    path = directory / FILE
    if not path.exists():
        raise InputError(f"{directory}: no interface: there is no {FILE}")
    return _load(directory.resolve(), yamlsource.read_bytes(path))


@lru_cache(maxsize=16)
def _load(directory: Path, raw: bytes) -> Interface:
    """Read an interface; one that was found sound before is not checked again."""
    recipe = f"{cache.recipe(__name__)} {schema.key()}"
    key = hashlib.sha256(raw + recipe.encode()).hexdigest()[:32]
    kept = cache.root() / "interfaces" / f"{key}.json"
    if not kept.is_file():
        parsed = _checked(yamlsource.parse(raw, str(directory / FILE)))
        cache.write_atomically(kept, json.dumps(parsed).encode())
    own, fields, value = json.loads(kept.read_bytes())
    data = Section(schema.fields_of(value, own))
    return Interface(directory.name, directory, key, fields, data)


def _checked(source: Source) -> tuple[Any, Any, Any]:
    """Return the engine's schema of an interface, the interface's of its specs, and the data.

    SpecError with every complaint.
    """
    # It takes longer to import than all else that a sound interface needs.
    from afugen.spec import validation  # noqa: PLC0415

    own = own_schema()
    found = list(source.complaints) + validation.complaints(source, own)
    if found:
        raise SpecError(_sorted(found))
    value: Any = source.value
    try:
        fields = schema.inlined(value, value)
    except schema.BadReference as error:
        raise SpecError((source.complaint(("properties",), str(error)),)) from None
    mistakes = [*validation.flaws(fields), *_mistakes(fields, value)]
    if mistakes:
        raise SpecError(_sorted([source.complaint(path, text) for path, text in mistakes]))
    return (
        own,
        {key: fields[key] for key in ("type", "required", "additionalProperties", "properties")},
        value,
    )


def own_schema() -> Any:  # noqa: ANN401 - plain data
    """Return the schema of an interface.yaml, without any $ref."""
    value: Any = yamlsource.read_sound(resources.schemas() / "interface.schema.yaml").value
    return schema.inlined(value, value)


def _sorted(found: list[Complaint]) -> tuple[Complaint, ...]:
    return tuple(sorted(set(found), key=lambda c: (c.line, c.column, c.message)))


def _mistakes(fields: Any, value: Any) -> Iterator[tuple[tuple[Key, ...], str]]:  # noqa: ANN401
    """Return what is wrong beyond the shape: fields, formats and expressions that do not exist."""
    for path, name in _named_fields(value):
        if schema.at(fields, dotted(name)) is None:
            yield path, f"a spec has no field {name!r}"
    for path, node in _with_key(fields, "format"):
        if node["format"] not in FORMATS:
            there_are = ", ".join(FORMATS)
            yield (*path, "format"), f"no format {node['format']!r}; there are {there_are}"
    for path, text, is_template in _expressions(value):
        if problem := expressions.flaw(text, is_template=is_template):
            yield path, problem


def _named_fields(value: Any) -> Iterator[tuple[tuple[Key, ...], str]]:  # noqa: ANN401
    """Return the places of interface.yaml that name a field of a spec, and that field."""
    for index, rule in enumerate(value.get("rules", ())):
        yield ("rules", index, "at"), rule["at"]
    for index, names in enumerate(value.get("namespaces", ())):
        for place, name in enumerate(names):
            yield ("namespaces", index, place), name
    for index, declared in enumerate(value.get("declares", ())):
        for key in ("config", "struct", "member", "function", "enumerator", "value", "selected_by"):
            if key in declared:
                yield ("declares", index, key), declared[key]
    changes = value.get("changes", {})
    for index, change in enumerate(changes.get("source", ())):
        yield ("changes", "source", index, "field"), change["field"]
    for audience in ("kernel", "programs"):
        for index, name in enumerate(changes.get(audience, ())):
            yield ("changes", audience, index), name
    for path, node in _with_key(value, "when"):
        for name in node["when"]:
            yield (*path, "when", name), name


def _with_key(
    node: Any,  # noqa: ANN401
    key: str,
    path: tuple[Key, ...] = (),
) -> Iterator[tuple[tuple[Key, ...], Any]]:
    """Return every mapping that has the key, with its path."""
    inner = node.items() if isinstance(node, dict) else enumerate(node)
    if isinstance(node, dict) and isinstance(node.get(key), str | dict):
        yield path, node
    for name, value in inner:
        if isinstance(value, dict | list):
            yield from _with_key(value, key, (*path, name))


def _expressions(value: Any) -> Iterator[tuple[tuple[Key, ...], str, bool]]:  # noqa: ANN401
    """Return every expression and template: its place, its text, and whether it is a template."""
    for index, rule in enumerate(value.get("rules", ())):
        yield ("rules", index, "require"), rule["require"], False
        yield ("rules", index, "message"), rule["message"], True
    for name, text in value.get("placeholders", {}).items():
        yield ("placeholders", name), text, False
    for index, change in enumerate(value.get("changes", {}).get("source", ())):
        for key in ("shown", "new", "gone"):
            if key in change:
                yield ("changes", "source", index, key), change[key], True
    for path, node in _with_key(value.get("properties", {}), "means"):
        for audience, text in node["means"].items():
            yield ("properties", *path, "means", audience), text, True


def known() -> tuple[str, ...]:
    """Return the names of the interfaces that afugen comes with, in alphabetic order."""
    return tuple(sorted(path.parent.name for path in resources.templates().glob(f"*/{FILE}")))


def find(name: str, beside: Path | None = None) -> Interface:
    """Return the interface of that name, or of that path from the directory `beside`."""
    if "/" in name or name in (".", ".."):
        return load((beside or Path()) / name)
    if name not in known():
        raise InputError(f"no interface {name!r}; there are {', '.join(known())}")
    return load(resources.templates() / name)


def default() -> Interface:
    """Return the interface whose versions need no `NAME/` in front."""
    found = [one for one in map(find, known()) if one.default]
    if len(found) != 1:
        raise InputError(f"{len(found)} interfaces have `default: true`, not one")
    return found[0]
