# SPDX-License-Identifier: GPL-2.0-only
"""YAML with positions: plain values, and where each of them stands in its file.

The file is composed to nodes and the values are made from those, so that duplicate keys are all
found at once and every complaint can point at a line and a column.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLStreamError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from afugen.errors import Complaint, InputError, SpecError

Key: TypeAlias = str | int
Value: TypeAlias = "str | int | bool | list[Value] | dict[str, Value] | None"

MAX_BYTES = 1 << 20
MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed file: `value` is plain data, `positions` maps a path in it to (line, column)."""

    name: str
    text: str
    value: Value
    positions: dict[tuple[Key, ...], tuple[int, int]]

    def complaint(self, path: tuple[Key, ...], message: str) -> Complaint:
        """A complaint at the place of `path`, or of its nearest parent that is in the file."""
        while path and path not in self.positions:
            path = path[:-1]
        line, column = self.positions.get(path, (1, 1))
        return complaint_at(self.name, self.text, line, column, message)


def complaint_at(name: str, text: str, line: int, column: int, message: str) -> Complaint:
    """A complaint that quotes its line."""
    lines = text.split("\n")
    return Complaint(name, line, column, message, lines[line - 1] if line <= len(lines) else "")


def read(path: Path) -> Source:
    """Parse one YAML file; raises SpecError with positions, InputError when it cannot be read."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    if len(raw) > MAX_BYTES:
        raise InputError(f"{path}: larger than {MAX_BYTES} bytes, not a spec")
    return parse(raw, str(path))


def parse(raw: bytes, name: str) -> Source:
    """Parse YAML bytes; `name` is what complaints call the file."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        raise SpecError((Complaint(name, line, column, "not UTF-8"),)) from None
    root = _compose(text, name)
    if root is None:
        raise SpecError((Complaint(name, 1, 1, "the file is empty"),))
    reader = _Reader(name, text)
    value = reader.value(root, ())
    if reader.complaints:
        raise SpecError(tuple(reader.complaints))
    return Source(name, text, value, reader.positions)


def _compose(text: str, name: str) -> Node | None:
    try:
        node: Node | None = YAML(typ="rt", pure=True).compose(text)
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        column = error.position - (text.rfind("\n", 0, error.position) + 1) + 1
        message = f"character {error.character!r} is not allowed"
        raise SpecError((Complaint(name, line, column, message),)) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = " ".join(str(error.problem or error.context or "not YAML").split())
        raise SpecError((complaint_at(name, text, line, column, problem),)) from None
    except (YAMLStreamError, RecursionError) as error:
        raise SpecError((Complaint(name, 1, 1, f"not a spec: {type(error).__name__}"),)) from None
    return node


class _Reader:
    """Makes plain values of nodes and notes where each stands; collects complaints."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text
        self.positions: dict[tuple[Key, ...], tuple[int, int]] = {}
        self.complaints: list[Complaint] = []
        self._seen: set[int] = set()

    def value(self, node: Node, path: tuple[Key, ...]) -> Value:
        self.positions[path] = _place(node)
        if id(node) in self._seen:
            self._complain(node, "aliases are not allowed in a spec")
            return None
        self._seen.add(id(node))
        if len(path) > MAX_DEPTH:
            self._complain(node, "nested too deeply")
            return None
        if isinstance(node, MappingNode):
            return dict(self._items(node, path))
        if isinstance(node, SequenceNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        assert isinstance(node, ScalarNode)
        return self._scalar(node)

    def _items(self, node: MappingNode, path: tuple[Key, ...]) -> Iterator[tuple[str, Value]]:
        first_seen: dict[str, int] = {}
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, ScalarNode) else None
            if not isinstance(key, str):
                self._complain(key_node, "a key must be a word")
                continue
            line = key_node.start_mark.line + 1
            if key in first_seen:
                self._complain(key_node, f"duplicate key {key!r}, first on line {first_seen[key]}")
                continue
            first_seen[key] = line
            value = self.value(value_node, (*path, key))
            self.positions[(*path, key, "<key>")] = _place(key_node)
            yield key, value

    def _scalar(self, node: ScalarNode) -> Value:
        text = str(node.value)
        tag = str(node.tag).rpartition(":")[2]
        if tag == "null":
            return None
        if tag == "bool":
            return text.lower() == "true"
        if tag == "int":
            try:
                return int(text.replace("_", ""), 0)
            except ValueError:
                return text
        return text

    def _complain(self, node: Node, message: str) -> None:
        line, column = _place(node)
        self.complaints.append(complaint_at(self.name, self.text, line, column, message))


def _place(node: Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1
