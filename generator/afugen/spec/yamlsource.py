# SPDX-License-Identifier: GPL-2.0-only
"""YAML with positions: plain values, and where each of them stands in its file.

The values are made from YAML's events, so that duplicate keys are all found at once and every
complaint can point at a line and a column.
"""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from ruamel.yaml.nodes import Node, ScalarNode

from afugen.errors import Complaint, InputError, SpecError

Key: TypeAlias = str | int
Value: TypeAlias = "str | int | bool | list[Value] | dict[str, Value] | None"

MAX_BYTES = 1 << 17
MAX_DEPTH = 20
MAX_COMPLAINTS = 50
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp", "Zs"})


def refused(character: str) -> str | None:
    """Why a character may not stand in a spec: it would not be seen, or it moves what is seen."""
    if character in " \n" or unicodedata.category(character) not in _UNSEEN:
        return None
    name = unicodedata.name(character, "a control character").lower()
    return f"U+{ord(character):04X}, {name}, is not allowed here"


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed file: `value` is plain data, `positions` maps a path in it to (line, column).

    `complaints` are what is wrong with it as YAML, to be told with all else that is wrong.
    """

    name: str
    text: str
    value: Value
    positions: dict[tuple[Key, ...], tuple[int, int]]
    complaints: tuple[Complaint, ...] = ()

    def complaint(self, path: tuple[Key, ...], message: str) -> Complaint:
        """Return a complaint at the place of `path`, or of its nearest parent in the file."""
        while path and path not in self.positions:
            path = path[:-1]
        line, column = self.positions.get(path, (1, 1))
        return complaint_at(self.name, self.text, line, column, message)


def complaint_at(name: str, text: str, line: int, column: int, message: str) -> Complaint:
    """Return a complaint that quotes its line, with nothing in it that a terminal would obey."""
    lines = text.split("\n")
    quoted = (lines[line - 1] if line <= len(lines) else "")[: column + 100]
    plain = "".join("\ufffd" if c != "\t" and refused(c) else c for c in quoted)
    return Complaint(name, line, column, message, plain)


def read(path: Path) -> Source:
    """Parse one YAML file; SpecError with positions, InputError when it cannot be read."""
    return parse(read_bytes(path), str(path))


def read_bytes(path: Path) -> bytes:
    """Return the content of a file; InputError if it cannot be read, or is too long for YAML."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    if len(raw) > MAX_BYTES:
        raise InputError(f"{path}: larger than {MAX_BYTES} bytes, not a spec")
    return raw


def read_sound(path: Path) -> Source:
    """Parse one YAML file; SpecError also for what is wrong as YAML, such as a duplicate key.

    For files whose readers have nothing to tell along with that.
    """
    source = read(path)
    if source.complaints:
        raise SpecError(source.complaints)
    return source


@lru_cache(maxsize=16)
def parse(raw: bytes, name: str) -> Source:
    """Parse YAML bytes; `name` is what complaints call the file. Nobody changes the value."""
    text = _decode(raw, name)
    reader = _Reader(name, text)
    value = reader.document()
    return Source(name, text, value, reader.positions, tuple(reader.complaints))


def _decode(raw: bytes, name: str) -> str:
    """Return the text of the file; complains about every character that is refused, at once."""
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode(errors="replace").split("\n")
        shown = raw.decode(errors="replace")
        place = (len(before), len(before[-1]) + 1)
        raise SpecError((complaint_at(name, shown, *place, "not UTF-8"),)) from None
    found = [
        complaint_at(name, text, row, column, why)
        for row, line in enumerate(text.split("\n"), 1)
        if not line.isprintable()
        for column, character in enumerate(line, 1)
        if character != "\t" and (why := refused(character))
    ]
    if found:
        raise SpecError(tuple(found[:MAX_COMPLAINTS]))
    return text


class _Reader:
    """Makes plain values of YAML's events and notes where each stands; collects complaints.

    It goes by events so that neither depth nor aliases can make it work for long.
    """

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text
        self.positions: dict[tuple[Key, ...], tuple[int, int]] = {}
        self.complaints: list[Complaint] = []
        yaml = YAML(typ="rt", pure=True)
        self._events: Iterator[Event] = yaml.parse(text)
        self._resolve: Callable[[type[Node], str, object], object] = yaml.resolver.resolve

    def document(self) -> Value:
        """Return the one document of the file; SpecError if it is not YAML, or empty."""
        try:
            next(self._events)  # the stream's start
            if isinstance(next(self._events), StreamEndEvent):
                raise self._fatal(1, 1, "the file is empty")
            value = self._value(next(self._events), ())
            next(self._events)  # the document's end
            if not isinstance(more := next(self._events), StreamEndEvent):
                raise self._fatal(*_place(more), "a spec is one document")
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            problem = " ".join(str(error.problem or error.context or "not YAML").split())
            raise self._fatal(mark.line + 1, mark.column + 1, problem) from None
        except YAMLError as error:
            raise self._fatal(1, 1, f"not YAML: {type(error).__name__}") from None
        return value

    def _value(self, event: Event, path: tuple[Key, ...]) -> Value:
        self.positions[path] = _place(event)
        if len(path) > MAX_DEPTH:
            raise self._fatal(*_place(event), "nested too deeply")
        if isinstance(event, AliasEvent):
            self._complain(event, "aliases are not allowed in a spec")
            return None
        if getattr(event, "anchor", None) is not None:
            self._complain(event, "anchors are not allowed in a spec")
        if isinstance(event, MappingStartEvent):
            return self._mapping(event, path)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(event, path)
        return self._scalar(event)

    def _sequence(self, event: SequenceStartEvent, path: tuple[Key, ...]) -> Value:
        self._tag(event, "seq")
        values: list[Value] = []
        while not isinstance(item := next(self._events), SequenceEndEvent):
            values.append(self._value(item, (*path, len(values))))
        return values

    def _mapping(self, event: MappingStartEvent, path: tuple[Key, ...]) -> Value:
        self._tag(event, "map")
        values: dict[str, Value] = {}
        first_seen: dict[str, int] = {}
        while not isinstance(key_event := next(self._events), MappingEndEvent):
            key, place = self._key(key_event, path), _place(key_event)
            if key is None or key in first_seen:
                if key is not None:
                    message = f"duplicate key {key!r}, first on line {first_seen[key]}"
                    self._complain(key_event, message)
                kept = dict(self.positions)
                self._value(next(self._events), (*path, ""))
                self.positions = kept
                continue
            first_seen[key] = place[0]
            values[key] = self._value(next(self._events), (*path, key))
            self.positions[(*path, key, "<key>")] = place
        return values

    def _key(self, event: Event, path: tuple[Key, ...]) -> str | None:
        if isinstance(event, ScalarEvent):
            return str(event.value)
        self._complain(event, "a key must be a word")
        if not isinstance(event, AliasEvent):
            self._value(event, (*path, ""))
        return None

    def _scalar(self, event: Event) -> Value:
        assert isinstance(event, ScalarEvent)
        text = str(event.value)
        if event.style == ">":
            text = text.replace("\a", "")  # where ruamel would fold it again
        if getattr(event, "tag", None) is not None:
            self._tag(event, "str")
            return text
        tag = str(self._resolve(ScalarNode, text, event.implicit)).rpartition(":")[2]
        if tag == "null":
            return None
        if tag == "bool":
            return text.lower() == "true"
        if tag == "int":
            with contextlib.suppress(ValueError):  # 08, or more digits than Python takes
                return int(text.replace("_", ""), 0)
        return text

    def _tag(self, event: Event, allowed: str) -> None:
        tag = getattr(event, "tag", None)
        if tag is not None and str(tag) != f"tag:yaml.org,2002:{allowed}":
            self._complain(event, f"the tag {tag} is not allowed in a spec")

    def _complain(self, event: Event, message: str) -> None:
        place = _place(event)
        self.complaints.append(complaint_at(self.name, self.text, *place, message))

    def _fatal(self, line: int, column: int, message: str) -> SpecError:
        last = complaint_at(self.name, self.text, line, column, message)
        return SpecError((*self.complaints, last))


def _place(event: Event) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1
