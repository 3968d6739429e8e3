# SPDX-License-Identifier: GPL-2.0-only
"""What is wrong with a file under its schema, with positions.

Validation is the jsonschema library's, draft 2020-12, with the formats of `afugen.spec.formats`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from afugen.errors import Complaint
from afugen.spec.formats import FORMATS
from afugen.spec.yamlsource import Key, Source

Node = Mapping[str, Any]
_WORDS = {"integer": "a valid integer", "string": "a valid string", "object": "a valid dictionary",
          "array": "a valid list", "boolean": "a valid boolean"}  # fmt: skip


def _checker() -> FormatChecker:
    checker = FormatChecker(formats=())

    def accepts(name: str, value: object) -> bool:
        if isinstance(value, str):
            FORMATS[name](value)
        return True

    for name in FORMATS:
        checker.checks(name, raises=ValueError)(lambda value, name=name: accepts(name, value))
    return checker


_TYPES = Draft202012Validator.TYPE_CHECKER.redefine(
    "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
)
_Validator = jsonschema.validators.extend(Draft202012Validator, type_checker=_TYPES)
_FORMATS = _checker()


def complaints(source: Source, schema: Node) -> list[Complaint]:
    """Return what is wrong with a file under a schema that has no $ref."""
    validator = _Validator(schema, format_checker=_FORMATS)
    return [
        source.complaint(path, message)
        for error in validator.iter_errors(source.value)
        for path, message in _told(error)
    ]


def _told(error: ValidationError) -> Iterator[tuple[tuple[Key, ...], str]]:
    """Return the places and messages of an error, in the words of afugen."""
    path = tuple(error.absolute_path)
    name = path[-1] if path else "the file"
    match error.validator:
        case "required":
            missing = next(key for key in error.validator_value if f"'{key}'" in error.message)
            yield path, f"{missing!r} is missing"
        case "additionalProperties":
            known = error.schema.get("properties", {})
            for key in error.instance:
                if key not in known:
                    yield (*path, key, "<key>"), f"unknown key {key!r}"
        case "anyOf" | "oneOf" if nested := _fitting(error):
            for inner in nested:
                yield from _told(inner)
        case _:
            yield path, f"{name}: {_message(error)}"


def _fitting(error: ValidationError) -> list[ValidationError]:
    """Return the errors of the alternative that the value is meant for, if it is a section."""
    if not isinstance(error.instance, dict):
        return []
    return [
        inner
        for inner in error.context
        if error.validator_value[inner.schema_path[0]].get("type") == "object"
    ]


# What a limit of the schema asks for, in words.
_LIMITS = {
    "minimum": "input should be greater than or equal to {}",
    "maximum": "input should be less than or equal to {}",
    "minItems": "list should have at least {} item",
    "pattern": "string should match pattern '{}'",
}


def _message(error: ValidationError) -> str:
    limit = error.validator_value
    match error.validator:
        case "format":
            return str(error.cause)
        case "type":
            names = [limit] if isinstance(limit, str) else [one for one in limit if one != "null"]
            return f"input should be {' or '.join(_WORDS.get(one, one) for one in names)}"
        case "enum" | "oneOf" | "anyOf" | "const":
            return f"input should be {_alternatives(error)}"
    told = _LIMITS.get(str(error.validator))
    return told.format(limit) if told else str(error.message).partition("\n")[0]


def _alternatives(error: ValidationError) -> str:
    limit = error.validator_value
    if error.validator in ("enum", "const"):
        words = [repr(one) for one in (limit if error.validator == "enum" else [limit])]
    else:
        words = [_alternative(one) for one in limit if one.get("type") != "null"]
    return f"{', '.join(words[:-1])} or {words[-1]}" if words[1:] else words[0]


def _alternative(schema: Node) -> str:
    if "const" in schema:
        return repr(schema["const"])
    kind = _WORDS.get(str(schema.get("type")), "something else")
    if "minimum" in schema and "maximum" in schema:
        return f"{kind} from {schema['minimum']} to {schema['maximum']}"
    return kind


def flaws(schema: Node) -> Iterator[tuple[tuple[Key, ...], str]]:
    """Return what makes a schema no JSON Schema of draft 2020-12."""
    for error in Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema):
        yield tuple(error.absolute_path), f"not JSON Schema: {error.message}"
