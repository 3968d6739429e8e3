# SPDX-License-Identifier: GPL-2.0-only
"""A JSON Schema (2020-12) as Markdown: a section for each object, an entry for each field.

Two keys are afugen's own: `means`, by audience, and `when`, the values of other fields.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

_CODE = re.compile(r"(`[^`]*`)")
_LIMITS = {
    "minimum": "at least {}", "maximum": "at most {}",
    "exclusiveMinimum": "more than {}", "exclusiveMaximum": "less than {}",
    "minLength": "at least {} characters", "maxLength": "at most {} characters",
    "minItems": "at least {} items", "maxItems": "at most {} items",
    "minProperties": "at least {} keys", "maxProperties": "at most {} keys",
    "multipleOf": "a multiple of {}",
}  # fmt: skip


def markdown(schema: Schema, top: str) -> str:
    """Return the fields of a schema as Markdown; `top` is the heading of its outermost object."""
    return "\n".join(_Page(schema).lines(top)) + "\n"


def escaped(text: str) -> str:
    """Return text of a schema or of the parser so that Markdown shows it as it is."""
    parts = _CODE.split(" ".join(text.split()))
    plain = (re.sub(r"([\\*_<>|\[\]#$~`])", r"\\\1", part) for part in parts[::2])
    code = (part.replace("|", r"\|") for part in parts[1::2])
    return "".join(a + b for a, b in zip(plain, (*code, ""), strict=True))


def code(value: object) -> str:
    """Return a value as code, as YAML would have it on one line."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "`" + text.replace("|", r"\|") + "`" if text else "empty text"


def _sentence(text: str) -> str:
    told = escaped(text)
    return told if told.endswith((".", "!", "?")) else f"{told}."


_AUDIENCES = {"kernel": "To in-kernel users", "programs": "To programs", "both": "To all users"}


def _means(schema: Schema) -> str:
    """Return what a schema means to each audience; not what only a template of a spec can say."""
    told = (
        f" {_AUDIENCES.get(audience, audience)}: {_sentence(text)}"
        for audience, text in schema.get("means", {}).items()
        if "{%" not in text and "{{" not in text
    )
    return "".join(told)


class _Page:
    """The sections of one schema: its own object, the objects inside, and its definitions."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._definitions: Mapping[str, Schema] = schema.get("$defs", {})

    def lines(self, top: str) -> Iterator[str]:
        yield from self._section(top, "", self._schema, 2)
        for name in sorted(self._definitions, key=str.lower):
            yield f"\n({self._label(name)})="
            yield from self._section(f"`{name}`", "", self._definitions[name], 2)

    def _label(self, name: str) -> str:
        title = str(self._schema.get("title", self._schema.get("$id", "schema")))
        words = re.findall(r"[a-z0-9]+", f"{title} {name}".lower())
        return "schema-" + "-".join(words)

    def _section(self, heading: str, path: str, schema: Schema, level: int) -> Iterator[str]:
        """A section: description, values or fields, then the objects that stand in it."""
        yield f"\n{'#' * level} {heading}\n"
        if description := schema.get("description"):
            yield _sentence(description) + "\n"
        fields = list(self._fields(schema))
        if not fields:
            yield f"{self._upper(self._type(schema))}.\n"
            yield from self._values(schema, "")
            return
        required = set(schema.get("required", ()))
        for name, field in fields:
            yield from self._entry(name, field, is_required=name in required)
        for inner, field in self._objects_in(schema, path):
            yield from self._section(f"`{inner}`", inner, field, 3)

    def _entry(self, name: str, field: Schema, *, is_required: bool) -> Iterator[str]:
        """An item of a definition list."""
        told = [self._upper(self._type(field))]
        if "when" in field:
            conditions = (f"`{key}: {value}`" for key, value in field["when"].items())
            told.append(f"only with {' and '.join(conditions)}")
        elif "default" in field and field["default"] not in (None, [], {}):
            told.append(f"default {code(field['default'])}")
        elif not is_required:
            told.append("optional")
        described = [one for one in (field, *self._targets(field)) if "description" in one]
        about = f" {_sentence(described[0]['description'])}" if described else ""
        yield f"`{name}`\n: {'; '.join(told)}.{about}\n"
        yield from self._values(field, "  ")

    def _values(self, schema: Schema, indent: str) -> Iterator[str]:
        """What a field means to each audience, and each of its values that is described."""
        values = [
            f"{indent}- {code(one['const'])}: {_sentence(one['description'])}{_means(one)}\n"
            for one in self._alternatives(schema)
            if "const" in one and "description" in one
        ]
        if told := _means(schema).strip():
            yield f"{indent}{told}\n"
        yield from values

    def _fields(self, schema: Schema) -> Iterator[tuple[str, Schema]]:
        """The properties of a schema, and of those that it is all of."""
        yield from schema.get("properties", {}).items()
        for pattern, field in schema.get("patternProperties", {}).items():
            yield f"/{pattern}/", field
        for part in schema.get("allOf", ()):
            yield from self._fields(part)

    def _objects_in(self, schema: Schema, path: str) -> Iterator[tuple[str, Schema]]:
        """The objects that are written out where they are used, by dotted path; nearest first."""
        for name, field in self._fields(schema):
            inner = f"{path}.{name}" if path else name
            inside = (
                (inner, field),
                (f"{inner}[]", field.get("items")),
                (f"{inner}.NAME", field.get("additionalProperties")),
            )
            for place, part in inside:
                for one in self._alternatives(part) if isinstance(part, dict) else ():
                    if "properties" in one:
                        yield place, one

    def _alternatives(self, schema: Schema) -> list[Schema]:
        """The schemas that a value may be of; [schema] where there is no choice."""
        return list(schema.get("anyOf") or schema.get("oneOf") or [schema])

    def _targets(self, schema: Schema) -> Iterator[Schema]:
        """The definitions that a value may be of."""
        return (self._target(one) for one in self._alternatives(schema) if "$ref" in one)

    def _target(self, schema: Schema) -> Schema:
        """The definition that a schema refers to; empty where it is of another file."""
        prefix, _, name = str(schema["$ref"]).rpartition("/")
        return self._definitions.get(name, {}) if prefix == "#/$defs" else {}

    def _type(self, schema: Schema) -> str:
        """A value in a few words."""
        if "$ref" in schema:
            name = str(schema["$ref"]).rpartition("/")[2]
            known = bool(self._target(schema))
            return f"[{escaped(name)}](#{self._label(name)})" if known else code(schema["$ref"])
        if "const" in schema:
            return code(schema["const"])
        if "enum" in schema:
            *most, last = map(code, schema["enum"])
            return f"{', '.join(most)} or {last}" if most else last
        if "anyOf" in schema or "oneOf" in schema:
            told = dict.fromkeys(self._type(one) for one in self._alternatives(schema))
            told.pop("null", None)
            return " or ".join(told)
        types = schema.get("type", "object" if "properties" in schema else "any value")
        names = [types] if isinstance(types, str) else [one for one in types if one != "null"]
        return " or ".join(self._named(name, schema) for name in names)

    def _named(self, name: str, schema: Schema) -> str:
        if name == "array":
            items = schema.get("items")
            of = f" of {self._type(items)}" if isinstance(items, dict) and items else ""
            of = of.replace(" of mapping", " of mappings")
            return f"list{of}{self._limits(schema)}"
        plain = {"string": "text", "object": "mapping", "boolean": "`true` or `false`"}
        told = plain.get(name, name)
        if name == "string" and "format" in schema:
            told = f"{told} ({escaped(schema['format'])})"
        if name == "string" and "pattern" in schema:
            told = f"{told} that matches {code(schema['pattern'])}"
        return told + self._limits(schema)

    def _limits(self, schema: Schema) -> str:
        told = [text.format(schema[key]) for key, text in _LIMITS.items() if key in schema]
        return f", {', '.join(told)}" if told else ""

    def _upper(self, text: str) -> str:
        return text[:1].upper() + text[1:]
