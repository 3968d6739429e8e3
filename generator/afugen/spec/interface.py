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
from afugen.spec import schema, yamlsource
from afugen.spec.model import Section
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
        """Return the directory as messages name it."""
        if self.directory.is_relative_to(resources.templates()):
            return f"templates/{self.name}"
        return _shown(self.directory)

    def complaint(self, text: str, problem: str) -> Complaint:
        """Return a complaint about the place of interface.yaml that has an expression."""
        source = _source(self.directory, yamlsource.read_bytes(self.directory / FILE))
        path = next((path for path, one in _strings(source.value) if one == text), ())
        return source.complaint(path, problem)

    @property
    def default(self) -> bool:
        """Return whether a version's name alone means one of this interface."""
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
    recipe = f"{cache.code_digest(__name__)} {schema.key()}"
    key = hashlib.sha256(raw + recipe.encode()).hexdigest()[:32]
    kept = cache.root() / "interfaces" / f"{key}.json"
    if not kept.is_file():
        parsed = _checked(_source(directory, raw))
        cache.write_atomically(kept, json.dumps(parsed).encode())
    own, fields, value = json.loads(kept.read_bytes())
    _refuse_missing_folders(directory, raw, value)
    data = Section(schema.fields_of(value, own))
    return Interface(directory.name, directory, key, fields, data)


def _source(directory: Path, raw: bytes) -> Source:
    return yamlsource.parse(raw, _shown(directory / FILE))


def _shown(path: Path) -> str:
    """Return a path from the working directory on, where it is below that."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _refuse_missing_folders(directory: Path, raw: bytes, value: Any) -> None:  # noqa: ANN401
    """Raise SpecError for `partials` that are not there: their templates would be kernel files."""
    missing = [
        _source(directory, raw).complaint(("partials", index), f"there is no folder {name!r}")
        for index, name in enumerate(value.get("partials", ()))
        if not (directory / name).is_dir()
    ]
    if missing:
        raise SpecError(tuple(missing))


def _strings(node: Any, path: tuple[Key, ...] = ()) -> Iterator[tuple[tuple[Key, ...], str]]:  # noqa: ANN401
    """Return every text of plain data, with its path."""
    if isinstance(node, str):
        yield path, node
    if isinstance(node, dict | list):
        for key, inner in node.items() if isinstance(node, dict) else enumerate(node):
            yield from _strings(inner, (*path, key))


def _checked(source: Source) -> tuple[Any, Any, Any]:
    """Return the engine's schema of an interface, the interface's of its specs, and the data.

    SpecError with every complaint.
    """
    # They take longer to import than all else that a sound interface needs.
    from afugen.spec import interface_flaws, validation  # noqa: PLC0415

    own = own_schema()
    value: Any = source.value
    found = list(source.complaints) + validation.complaints(source, own)
    if found:
        value = schema.without_unknown(value, own)
        if validation.complaints(Source("", "", value, {}), own):
            raise SpecError(_sorted(found))
    found += [source.complaint(path, text) for path, text in interface_flaws.flaws(value)]
    if found:
        raise SpecError(_sorted(found))
    fields = schema.inlined(value, value)
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


def known() -> tuple[str, ...]:
    """Return the names of the interfaces that afugen comes with, in alphabetic order."""
    return tuple(sorted(path.parent.name for path in resources.templates().glob(f"*/{FILE}")))


def find(name: str, beside: Path | None = None) -> Interface:
    """Return the interface of that name, or of that path from the directory `beside`."""
    if "/" in name or name in (".", ".."):
        return load((beside or Path()) / name)
    if name not in known():
        is_folder = ((beside or Path()) / name / FILE).is_file()
        hint = f"; for the folder write ./{name}" if is_folder else ""
        raise InputError(f"no interface {name!r}; there are {', '.join(known())}{hint}")
    return load(resources.templates() / name)


def default() -> Interface:
    """Return the interface whose versions need no `NAME/` in front."""
    found = [one for one in map(find, known()) if one.default]
    if len(found) != 1:
        raise InputError(f"{len(found)} interfaces have `default: true`, not one")
    return found[0]
