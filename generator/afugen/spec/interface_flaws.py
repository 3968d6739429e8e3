# SPDX-License-Identifier: GPL-2.0-only
"""What is wrong with an interface.yaml beyond its shape: unknown names, bad expressions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from afugen.spec import calls, expressions, schema, validation
from afugen.spec.evaluation import NAMES
from afugen.spec.formats import FORMATS
from afugen.spec.model import dotted
from afugen.spec.schema import Node
from afugen.spec.texts import PLACEHOLDER
from afugen.spec.yamlsource import Key, Source

Flaw = tuple[tuple[Key, ...], str]
# To whom the value of a field can mean something.
AUDIENCES = ("kernel", "programs", "both")
# What the schema of a field may hold: the keywords of JSON Schema that afugen reads, and its own.
_KEYWORDS = frozenset({
    "$ref", "additionalProperties", "anyOf", "const", "default", "description", "enum", "format",
    "items", "maxItems", "maximum", "means", "minItems", "minimum", "oneOf", "pattern",
    "properties", "required", "type", "when",
})  # fmt: skip
# What the engine reads of every spec, and the definition of engine.yaml that each field has.
_ENGINE_FIELDS = {
    "interface": "interface", "series": "series", "test": "test", "ops.callbacks.0": "callback",
}  # fmt: skip
_ROLE = ("properties", "ops", "properties", "callbacks", "items", "properties", "role")
_NAMES_OF_DECLARATION = (
    "config", "struct", "member", "function", "enumerator", "value", "selected_by",
)  # fmt: skip


def flaws(value: Any) -> Iterator[Flaw]:  # noqa: ANN401 - plain data
    """Return the places of an interface.yaml of the right shape, and what is wrong there."""
    references = list(_references(value))
    yield from references
    if references:
        return
    fields = schema.inlined(value, value)
    no_schema = list(validation.flaws(fields))
    yield from no_schema
    if no_schema:
        return
    yield from _fields(fields)
    yield from _names(value, fields)
    yield from _conditions(value, fields)
    yield from _calls(value, fields)
    yield from _expressions(value, fields)


def _references(value: Any) -> Iterator[Flaw]:  # noqa: ANN401
    for path, node in _with_key(value, "$ref"):
        try:
            schema.inlined({"$ref": node["$ref"]}, value)
        except schema.BadReference as error:
            if error.reference == node["$ref"]:
                yield (*path, "$ref"), str(error)


def _fields(fields: Node) -> Iterator[Flaw]:
    """Return what is wrong with the schema of the specs, which is sound JSON Schema."""
    for name, definition in _ENGINE_FIELDS.items():
        there = schema.at(fields, dotted(name)) or {}
        lacking = schema.properties(schema.engine()["$defs"][definition]).keys() - (
            schema.properties(there).keys()
        )
        if lacking or not there:
            shown = name.replace(".0", ".items")
            reference = f"{schema.ENGINE}#/$defs/{definition}"
            yield ("properties", *dotted(name)), f'{shown} has to be {{$ref: "{reference}"}}'
    for path, node in _nodes(fields):
        for key in node:
            if key not in _KEYWORDS:
                yield (*path, key, "<key>"), f"unknown key {key!r}"
        if node.get("format", "text") not in FORMATS:
            there_are = ", ".join(FORMATS)
            yield (*path, "format"), f"no format {node['format']!r}; there are {there_are}"
        yield from (((*path, *inner), text) for inner, text in _limits(node))


def _limits(node: Node) -> Iterator[Flaw]:
    try:
        re.compile(node.get("pattern", ""))
    except re.error as error:
        yield ("pattern",), f"not a regular expression: {error}"
        return
    if node.get("default") is not None and node.get("format", "text") in FORMATS:
        default = Source("", "", node["default"], {})
        for complaint in validation.complaints(default, node):
            yield ("default",), complaint.message.replace("the file: ", "default: ", 1)


def _nodes(node: Node, path: tuple[Key, ...] = ()) -> Iterator[tuple[tuple[Key, ...], Node]]:
    """Return the schemas of all fields, and of their alternatives, with their paths."""
    for name, inner in node.get("properties", {}).items():
        yield from _with_inner(inner, (*path, "properties", name))
    if isinstance(items := node.get("items"), Mapping):
        yield from _with_inner(items, (*path, "items"))
    for key in ("oneOf", "anyOf"):
        for index, inner in enumerate(node.get(key, ())):
            yield from _with_inner(inner, (*path, key, index))


def _with_inner(node: Node, path: tuple[Key, ...]) -> Iterator[tuple[tuple[Key, ...], Node]]:
    yield path, node
    yield from _nodes(node, path)


def _names(value: Any, fields: Node) -> Iterator[Flaw]:  # noqa: ANN401
    """Return the names of fields that no spec has."""
    for path, name in _named_fields(value):
        if schema.at(fields, dotted(name)) is None:
            yield path, f"a spec has no field {name!r}"


def _named_fields(value: Any) -> Iterator[tuple[tuple[Key, ...], str]]:  # noqa: ANN401
    """Return the places of interface.yaml that name a field of a spec, and that field."""
    for index, rule in enumerate(value.get("rules", ())):
        yield ("rules", index, "at"), rule["at"]
    for index, names in enumerate(value.get("namespaces", ())):
        for place, name in enumerate(names):
            yield ("namespaces", index, place), name
    for index, declared in enumerate(value.get("declares", ())):
        for key in _NAMES_OF_DECLARATION:
            if key in declared:
                yield ("declares", index, key), declared[key]
    changes = value.get("changes", {})
    for index, change in enumerate(changes.get("source", ())):
        for key in ("field", "told_as", "detail"):
            if key in change:
                yield ("changes", "source", index, key), change[key]
    for audience in ("kernel", "programs"):
        for index, name in enumerate(changes.get(audience, ())):
            yield ("changes", audience, index), name


def _conditions(value: Any, fields: Node) -> Iterator[Flaw]:  # noqa: ANN401
    """Return each `when` that can never hold, and each `means` that means something to nobody."""
    for path, node in _with_key(value, "when"):
        for name, wanted in node["when"].items():
            field = schema.at(fields, dotted(name))
            values = schema.values_of(field) if field is not None else ()
            if field is None:
                yield (*path, "when", name, "<key>"), f"a spec has no field {name!r}"
            elif values and wanted not in values:
                there_are = ", ".join(map(str, values))
                yield (*path, "when", name), f"{name} is never {wanted!r}; it is {there_are}"
    for path, node in _with_key(value, "means"):
        for audience in node["means"]:
            if audience not in AUDIENCES:
                place = (*path, "means", audience, "<key>")
                yield place, f"unknown key {audience!r}; there are {', '.join(AUDIENCES)}"


def _calls(value: Any, fields: Node) -> Iterator[Flaw]:  # noqa: ANN401
    """Return roles that no op can have, and arguments that nobody describes."""
    described = value.get("calls", {})
    role = schema.at(fields, ("ops", "callbacks", 0, "role")) or {}
    for index, name in enumerate(role.get("enum", ())):
        if name not in (*described, calls.NO_ROLE):
            yield (*_ROLE, "enum", index), f"there is no {name!r} in `calls`"
    for name, call in described.items():
        if "enum" in role and name not in role["enum"]:
            yield ("calls", name, "<key>"), f"no op can have the role {name!r}"
        for key, other, known in (
            ("passes", "arguments", value.get("arguments", {})),
            ("needs", "passes", call["passes"]),
        ):
            for index, kind in enumerate(call.get(key, ())):
                if kind not in known:
                    yield ("calls", name, key, index), f"there is no {kind!r} in `{other}`"
    yield from _types(value)


def _types(value: Any) -> Iterator[Flaw]:  # noqa: ANN401
    """Return the types whose ${...} is no placeholder of the interface."""
    for section, key in (("calls", "returns"), ("arguments", "types")):
        for name, one in value.get(section, {}).items():
            for index, text in enumerate(one[key]):
                for match in PLACEHOLDER.finditer(text):
                    if match.group(1) not in value.get("placeholders", {}):
                        message = f"there is no {match.group(1)!r} in `placeholders`"
                        yield (section, name, key, index), message


def _expressions(value: Any, fields: Node) -> Iterator[Flaw]:  # noqa: ANN401
    for path, text, is_template in _texts(value):
        if problem := expressions.flaw(text, is_template=is_template):
            yield path, problem
            continue
        for name in expressions.unknown_names(text, NAMES, is_template=is_template):
            yield path, f"there is no {name!r} here; there are {', '.join(NAMES)}"
        for name in expressions.attributes(text, "spec", is_template=is_template):
            if not _is_field(fields, name.split(".")):
                yield path, f"a spec has no field {name!r}"


def _is_field(node: Node, names: Iterable[str]) -> bool:
    """Return whether a spec has a field; below a leaf are attributes of Python's values."""
    for name in names:
        inner = schema.properties(node)
        if not inner:
            return True
        if name not in inner:
            return False
        node = inner[name]
    return True


def _texts(value: Any) -> Iterator[tuple[tuple[Key, ...], str, bool]]:  # noqa: ANN401
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


def _with_key(
    node: Any,  # noqa: ANN401
    key: str,
    path: tuple[Key, ...] = (),
) -> Iterator[tuple[tuple[Key, ...], Any]]:
    """Return every mapping that has the key as a keyword, with its path."""
    inner = node.items() if isinstance(node, dict) else enumerate(node)
    if isinstance(node, dict) and isinstance(node.get(key), str | dict):
        yield path, node
    for name, value in inner:
        if isinstance(value, dict | list):
            yield from _with_key(value, key, (*path, name))
