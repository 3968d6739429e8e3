# SPDX-License-Identifier: GPL-2.0-only
"""Edits of a file: the place, the text, and the template line and spec fields they are from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from afugen.anchors.place import Anchor, Place
from afugen.csource import cfile, names
from afugen.errors import AnchorError, InputError, TemplateError
from afugen.render.wrapping import else_if

_CONFLICT = re.compile(rb"^(<{7}|>{7}) ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class NewFile:
    """The place of a text that is a file of its own: nowhere in any file."""

    def __str__(self) -> str:
        return "a new file"

    def places(self, source: bytes) -> tuple[Place, ...]:
        """Return none: the file is not in the tree."""
        return ()

    def candidates(self, source: bytes) -> tuple[str, ...]:
        """Return none: the file is not in the tree."""
        return ()


class Action(StrEnum):
    """What an edit does at its anchor; CREATE is that of `{% create %}`, which has no anchor."""

    BEFORE = "before"
    AFTER = "after"
    AT_END_OF = "at_end_of"
    REPLACE = "replace"
    DELETE = "delete"
    ENSURE = "ensure"
    ADD_BRANCH_BEFORE = "add_branch_before"
    CREATE = "create"


@dataclass(frozen=True, slots=True)
class Edit:
    """One change to one file; `origin` is `template:line`, `fields` the spec paths it read."""

    path: str
    action: Action
    anchor: Anchor
    text: str
    origin: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Splice:
    """An edit resolved against a base file: its text replaces the bytes from start to end."""

    start: int
    end: int
    text: bytes
    edit: Edit


def locate(edit: Edit, source: bytes) -> Place:
    """Return the one place of an edit's anchor; raises AnchorError where it has none or several."""
    places = edit.anchor.places(source)
    if len(places) != 1:
        near = tuple(edit.anchor.candidates(source))[:8]
        raise AnchorError(edit.path, str(edit.anchor), len(places), near, edit.origin)
    return places[0]


def resolve(edit: Edit, source: bytes) -> tuple[Splice, ...]:
    """Return the splices of an edit; none where the base file has what it ensures."""
    if edit.action is Action.ENSURE:
        if edit.anchor.places(source):
            return ()
        edit = replace(edit, action=Action.BEFORE, anchor=_fallback(edit))
    place, text = locate(edit, source), edit.text.encode()
    if edit.action is Action.AT_END_OF and not (place.inline and place.inside is None):
        return _at_end(edit, place, source, text)
    if place.inline:
        return (_inline(edit, place, source, text.strip()),)
    if edit.action is Action.ADD_BRANCH_BEFORE:
        raise TemplateError(f"{edit.origin}: cannot {edit.action} {edit.anchor}")
    start, end = {
        Action.BEFORE: (place.start, place.start),
        Action.AFTER: (place.end, place.end),
        Action.REPLACE: (place.start, place.end),
        Action.DELETE: _with_blank_line(source, place),
    }[edit.action]
    return (Splice(start, end, text, edit),)


def _fallback(edit: Edit) -> Anchor:
    fallback: Anchor | None = getattr(edit.anchor, "fallback", None)
    if fallback is None:
        raise TemplateError(
            f"{edit.origin}: ensure needs an anchor that says where, not {edit.anchor}"
        )
    return fallback


def _inline(edit: Edit, place: Place, source: bytes, text: bytes) -> Splice:
    match edit.action:
        case Action.BEFORE:
            return Splice(place.start, place.start, text + _gap(text, source, place.start), edit)
        case Action.AFTER:
            return Splice(place.end, place.end, b" " + text, edit)
        case Action.REPLACE:
            return Splice(place.start, place.end, text, edit)
        case Action.DELETE if place.removable:
            return Splice(place.start, place.end, b"", edit)
        case Action.ADD_BRANCH_BEFORE:
            return Splice(place.start, place.start, _branch(edit, place, source), edit)
        case _:
            raise TemplateError(f"{edit.origin}: cannot {edit.action} {edit.anchor}")


def _branch(edit: Edit, place: Place, source: bytes) -> bytes:
    """Return an `if` statement as a branch of an else-if chain, up to the branch behind it."""
    if not cfile.is_if_statement(edit.text):
        raise TemplateError(f"{edit.origin}: {edit.action} needs one if statement without an else")
    is_first = source.startswith(b"if", place.start)
    if not is_first and not source.startswith(b"else", place.start):
        raise TemplateError(f"{edit.origin}: cannot {edit.action} {edit.anchor}")
    behind_brace = source[: place.start].endswith(b"} ")
    text = edit.text if is_first else else_if(edit.text, behind_brace=behind_brace)
    text = text.strip()
    indent = "\t" * (len(edit.text) - len(edit.text.lstrip("\t")))
    behind = " " if text.endswith("}") else f"\n{indent}"
    return f"{text}{behind}{'else ' if is_first else ''}".encode()


def _gap(text: bytes, source: bytes, offset: int) -> bytes:
    """Return the white space between a text and the node behind it: a line break for statements."""
    if not text.endswith((b";", b"}")):
        return b" "
    line = source[source.rfind(b"\n", 0, offset) + 1 : offset]
    return b"\n" + line[: len(line) - len(line.lstrip())]


def _at_end(edit: Edit, place: Place, source: bytes, text: bytes) -> tuple[Splice, ...]:
    if place.inside is None:
        raise TemplateError(f"{edit.origin}: {edit.anchor} is no container, it has no end inside")
    comma = () if place.comma is None else (Splice(place.comma, place.comma, b",", edit),)
    if source[place.inside - 1 : place.inside] != b"\n":
        text = b"\n" + text
    return (*comma, Splice(place.inside, place.inside, text, edit))


def _with_blank_line(source: bytes, place: Place) -> tuple[int, int]:
    """Return the lines of a deleted node and a blank line: the next one, or one before a brace."""
    end_of_next = source.find(b"\n", place.end)
    next_line = source[place.end : end_of_next].strip() if end_of_next >= 0 else b"-"
    if not next_line:
        return place.start, end_of_next + 1
    before = source.rfind(b"\n", 0, max(place.start - 1, 0)) + 1
    if next_line.startswith(b"}") and not source[before : place.start].strip():
        return before, place.end
    return place.start, place.end


def create(edits: Sequence[Edit], path: str) -> bytes:
    """Return the text of a new file; TemplateError where its template has other edits.

    Whether it is C is for a compiler to tell: the parser does not know every macro of the kernel.
    """
    first, *others = edits
    if others:
        raise TemplateError(f"{others[0].origin}: {first.origin} makes the whole of {path}")
    return first.text.encode()


def splices(source: bytes, edits: Sequence[Edit], path: str) -> tuple[Splice, ...]:
    """Resolve edits against a base file, in the order of their places; refuse those that overlap.

    All anchors are found in the base file, so the order of edits does not matter, but for those
    at the very same place, which keep the order of the template.
    """
    found = sorted(
        (splice for edit in edits for splice in resolve(edit, source)),
        key=lambda splice: (splice.start, splice.end),
    )
    for earlier, later in pairwise(found):
        if later.start < earlier.end:
            raise TemplateError(
                f"{later.edit.origin}: overlaps the edit of {earlier.edit.origin} in {path}"
            )
    return tuple(found)


def apply(source: bytes, edits: Sequence[Edit], path: str) -> bytes:
    """Return the file with all edits made; raises InputError's children."""
    result, position = bytearray(), 0
    made = splices(source, edits, path)
    for splice in made:
        result += source[position : splice.start] + splice.text
        position = splice.end
    result += source[position:]
    return _checked(source, bytes(result), made, path)


def line_before(source: bytes, made: Sequence[Splice], offset: int) -> int:
    """Return the line of a base file, from 1, that an offset in its result comes from."""
    shift = 0
    for splice in made:
        if splice.start + shift + len(splice.text) > offset:
            break
        shift += len(splice.text) - (splice.end - splice.start)
    return source.count(b"\n", 0, offset - shift) + 1


def _checked(source: bytes, result: bytes, made: Sequence[Splice], path: str) -> bytes:
    """Refuse a base with conflict markers, and a result that is worse C than its base."""
    if marker := _CONFLICT.search(source):
        line = source.count(b"\n", 0, marker.start()) + 1
        raise InputError(f"{path}:{line}: a conflict marker")
    if not path.endswith((".c", ".h")):
        return result
    origins = ", ".join(dict.fromkeys(splice.edit.origin for splice in made))
    if cfile.error_count(result) > cfile.error_count(source):
        raise TemplateError(f"{path}: what {origins} put there is not C")
    for offset, name in names.undeclared(source, result):
        line = line_before(source, made, offset)
        raise InputError(f"{path}:{line}: {name} is used here, but an edit deletes its declaration")
    values = names.enumerator_values(result)
    for name, value in names.enumerator_values(source).items():
        if values.get(name, value) != value:
            raise InputError(f"{path}: {name} would be {values[name]} instead of {value}")
    return result
