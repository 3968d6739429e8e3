# SPDX-License-Identifier: GPL-2.0-only
"""An interface's fields for people: what each is, which values it has, and what these mean."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from afugen.spec import schema
from afugen.spec.interface import Interface
from afugen.spec.schema import Node

_COLUMNS = 78
_AUDIENCES = {"kernel": "in-kernel users", "programs": "programs", "both": "all users"}
_TYPES = {"string": "text", "integer": "number", "object": "section", "array": "list"}


def text(of: Interface) -> str:
    """Return the whole description, in lines that fit a terminal."""
    lines = [of.data.title, "", *_wrapped(" ".join((of.data.description or "").split()), "")]
    for name, inner in schema.properties(of.fields).items():
        lines += ["", *_field(name, inner, required=name in of.fields.get("required", ()))]
    return "\n".join(lines) + "\n"


def _field(path: str, node: Node, *, required: bool) -> Iterator[str]:
    kind = _kind(node)
    need = "" if required else _optional(node)
    yield f"{path}: {kind}{need}"
    yield from _wrapped(node.get("description", ""), "    ")
    for value in node.get("oneOf", ()):
        yield from _wrapped(f"{value['const']}: {value.get('description', '')}", "    ", "      ")
        yield from _meanings(value, "        ")
    if not any("{%" in one or "{{" in one for one in node.get("means", {}).values()):
        yield from _meanings(node, "    ")
    inner_node = schema.section_of(node.get("items", node))
    for name, inner in schema.properties(inner_node).items():
        inner_path = f"{path}[].{name}" if "items" in node else f"{path}.{name}"
        yield from _field(inner_path, inner, required=name in inner_node.get("required", ()))


def _optional(node: Node) -> str:
    default = node.get("default")
    if condition := node.get("when"):
        return ", with " + " and ".join(f"{name}: {value}" for name, value in condition.items())
    return f", default {default}" if default else ", optional"


def _kind(node: Node) -> str:
    if "format" in node:
        return str(node["format"])
    if "oneOf" in node:
        return " | ".join(str(one["const"]) for one in node["oneOf"])
    if "enum" in node:
        return " | ".join(map(str, node["enum"]))
    if "anyOf" in node:
        kinds = (_kind(one) for one in node["anyOf"] if one.get("type") != "null")
        return " | ".join(kinds)
    if "const" in node:
        return str(node["const"])
    found = node.get("type", "text")
    words = [found] if isinstance(found, str) else [one for one in found if one != "null"]
    limits = [f"{node[key]}" for key in ("minimum", "maximum") if key in node]
    return _TYPES.get(words[0], words[0]) + (f" {' to '.join(limits)}" if limits[1:] else "")


def _meanings(node: Node, indent: str) -> Iterator[str]:
    for audience, meaning in node.get("means", {}).items():
        yield from _wrapped(f"to {_AUDIENCES[audience]}: {meaning}", indent, f"{indent}  ")


def _wrapped(text: str, indent: str, further: str | None = None) -> list[str]:
    further = indent if further is None else further
    return textwrap.wrap(text, _COLUMNS, initial_indent=indent, subsequent_indent=further)
