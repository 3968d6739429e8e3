# SPDX-License-Identifier: GPL-2.0-only
"""The schemas of specs: what $ref names, and the values that sound data stands for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from afugen import resources
from afugen.spec import yamlsource
from afugen.spec.formats import FORMATS
from afugen.spec.model import Section
from afugen.spec.yamlsource import Key

Node = Mapping[str, Any]
ENGINE = "afugen:engine"


@cache
def engine() -> dict[str, Any]:
    """Return the schema of what all specs have in common (engine.yaml)."""
    value = yamlsource.read_sound(resources.schemas() / "engine.yaml").value
    assert isinstance(value, dict)
    return value


def key() -> str:
    """Return what changes with any schema of the engine's, for keys of the cache."""
    texts = (path.read_bytes() for path in sorted(resources.schemas().glob("*.yaml")))
    return hashlib.sha256(b"".join(texts)).hexdigest()


class BadReference(ValueError):  # noqa: N818 - it becomes a complaint
    """A $ref that names nothing, or leads back to itself."""

    def __init__(self, reference: object, problem: str) -> None:
        self.reference = reference
        super().__init__(f"{reference!r} {problem}")


def inlined(node: Any, root: Node, within: tuple[Any, ...] = ()) -> Any:  # noqa: ANN401 - plain data
    """Return a schema with every $ref replaced by what it names; BadReference where it cannot.

    Keywords beside a $ref are added to what it names, and win over it. `within` are the
    references that led here.
    """
    if isinstance(node, list):
        return [inlined(item, root, within) for item in node]
    if not isinstance(node, dict):
        return node
    own = {key: inlined(value, root, within) for key, value in node.items() if key != "$ref"}
    return _merged(_named(node["$ref"], root, within), own) if "$ref" in node else own


def _named(reference: Any, root: Node, within: tuple[Any, ...]) -> dict[str, Any]:  # noqa: ANN401
    if reference in within:
        raise BadReference(reference, "leads back to itself")
    document, _, pointer = str(reference).partition("#")
    found: Any = {"": root, ENGINE: engine()}.get(document)
    start = found
    for key in pointer.strip("/").split("/"):
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, dict):
        raise BadReference(reference, "names no schema")
    result: dict[str, Any] = inlined(found, start, (*within, reference))
    return result


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    both = base.keys() & own.keys()
    nested = {
        key: _merged(base[key], own[key])
        for key in both
        if isinstance(base[key], dict) and isinstance(own[key], dict)
    }
    return {**base, **own, **nested}


def without_unknown(value: Any, schema: Node) -> Any:  # noqa: ANN401 - plain data
    """Return the data without the keys that its schema does not know."""
    schema = section_of(schema)
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        return {k: without_unknown(v, known[k]) for k, v in value.items() if k in known}
    if isinstance(value, dict) and isinstance(schema.get("additionalProperties"), Mapping):
        return {k: without_unknown(v, schema["additionalProperties"]) for k, v in value.items()}
    if isinstance(value, list) and "items" in schema:
        return [without_unknown(item, schema["items"]) for item in value]
    return value


def section_of(schema: Node) -> Node:
    """Return the alternative of a schema that is a section, or the schema itself."""
    found = (one for one in schema.get("anyOf", ()) if one.get("type") == "object")
    return next(found, schema)


def value_of(data: Any, schema: Node) -> Any:  # noqa: ANN401 - a Section, tuple, text or number
    """Return the value of sound data: sections, dicts, tuples, and what formats make of texts.

    An object whose schema names its properties is a section; one with free keys is a dict.
    """
    schema = section_of(schema)
    if isinstance(data, dict) and "properties" in schema:
        return Section(fields_of(data, schema))
    if isinstance(data, dict):
        inner = schema.get("additionalProperties", {})
        return {key: value_of(value, inner) for key, value in data.items()}
    if isinstance(data, list):
        return tuple(value_of(item, schema.get("items", {})) for item in data)
    if isinstance(data, str) and "format" in schema:
        return FORMATS[schema["format"]](data)
    return data


def fields_of(data: Mapping[str, Any], schema: Node) -> dict[str, Any]:
    """Return the fields of a section in the order of its schema, defaults filled in."""
    return {
        name: value_of(data.get(name, inner.get("default")), inner)
        for name, inner in schema["properties"].items()
    }


def properties(schema: Node) -> Node:
    """Return the fields of a section's schema, by name; none for a leaf or a list."""
    found: Node = section_of(schema).get("properties", {})
    return found


def values_of(schema: Node) -> tuple[Any, ...]:
    """Return the values that a field can have, if its schema lists them; else none."""
    constants = (one["const"] for one in schema.get("oneOf", ()) if "const" in one)
    return tuple(schema.get("enum", constants))


def at(schema: Node, path: Iterable[Key]) -> Node | None:
    """Return the schema of the field at a path, None if there is no such field."""
    for key in path:
        schema = section_of(schema)
        inner = schema.get("items") if isinstance(key, int) else None
        found = inner or schema.get("properties", {}).get(key)
        if found is None:
            return None
        schema = found
    return schema


def leaves(
    schema: Node, value: object, path: tuple[Key, ...] = ()
) -> Iterator[tuple[tuple[Key, ...], Node, Any]]:
    """Return every leaf of a spec's value: its path, its schema and what it holds."""
    schema = section_of(schema)
    if isinstance(value, Section):
        for name, inner in schema["properties"].items():
            yield from leaves(inner, getattr(value, name, None), (*path, name))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from leaves(schema["items"], item, (*path, index))
    elif value is not None:
        yield path, schema, value
