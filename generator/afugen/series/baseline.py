# SPDX-License-Identifier: GPL-2.0-only
"""The stage `baseline`: a tree without the merged feature, and the code that still uses it.

The templates below `without/` edit the files that they are of, and no other file is changed. Then
the whole tree is searched for the names that the feature declared.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from posixpath import dirname, join, normpath
from typing import Protocol

from afugen.csource.lexical import code_of, is_c, is_kconfig
from afugen.csource.names import declared_name, nodes
from afugen.errors import FeatureError
from afugen.render import WITHOUT, Base, Change, paths_of_removal, render_removal
from afugen.spec.datafile import read_data_file
from afugen.spec.interface import Interface

_INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*["<]([^">\n]+)', re.MULTILINE)


class Searchable(Base, Protocol):
    """A tree that can be searched as a whole."""

    def paths_with_words(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """Return the files that have one of these as a whole word."""
        ...


@dataclass(frozen=True, slots=True)
class MergedNames:
    """The names that a feature declares, by what they name.

    Attributes:
        name: What messages call the feature.
        structs: Tags of structs, unions and enums.
        members: Members of structs; other structs may have members of the same names.
        functions: Functions with external linkage; a static one of that name is another's.
        enumerators: Constants.
        symbols: Kconfig symbols, without CONFIG_.
    """

    name: str
    structs: tuple[str, ...]
    members: tuple[str, ...]
    functions: tuple[str, ...]
    enumerators: tuple[str, ...]
    symbols: tuple[str, ...]

    @property
    def options(self) -> tuple[str, ...]:
        """The Kconfig symbols as they are spelled outside of Kconfig."""
        return tuple(f"CONFIG_{symbol}{end}" for symbol in self.symbols for end in ("", "_MODULE"))

    @property
    def words(self) -> tuple[str, ...]:
        """Every name as a whole word, to search a tree for."""
        fixed = (*self.structs, *self.functions, *self.enumerators, *self.options)
        return tuple(sorted({*fixed, *self.members, *self.symbols}))


@dataclass(frozen=True, slots=True)
class Mention:
    """A line that names something of the feature; it counts from 1 in the tree as it was."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text.strip()}"


@dataclass(frozen=True, slots=True)
class Removal:
    """The changed files, the code that still uses the feature, and comments that name it."""

    changes: tuple[Change, ...]
    users: tuple[Mention, ...]
    prose: tuple[Mention, ...]

    @property
    def reshaped(self) -> tuple[tuple[str, str], ...]:
        """Return the lines, each with its path, that the file did not have before."""
        return tuple(
            (change.path, line)
            for change in self.changes
            for line in Counter(_lines(change.after)) - Counter(_lines(change.before or b""))
        )


@cache
def declared(interface: Interface) -> MergedNames:
    """Read the names that the merged feature declares; SpecError if the file is not sound."""
    fields = read_data_file(interface.directory / WITHOUT / "declares.yaml", "declares")
    lists = {key: tuple(value) for key, value in fields.items() if key != "name"}
    return MergedNames(fields["name"], **lists)


def baseline(base: Searchable, interface: Interface) -> Removal:
    """Take the merged feature of an interface out of a tree.

    FeatureError if the tree has nothing of it; AnchorError or TreeError with the file if the tree
    has a part of it, or has it in a shape that the templates do not know.
    """
    names, touched = declared(interface), frozenset(paths_of_removal(interface))
    before = _Search(names, touched, frozenset())
    there = [path for path in sorted(touched) if base.exists(path)]
    if not any(before.uses(path, base.read(path)) for path in there):
        raise FeatureError(f"{base.label}: nothing to remove: it has nothing of the {names.name}")
    changes = {change.path: change for change in render_removal(interface, base)}
    others = {name for change in changes.values() for name in _members_in(change.after)}
    after = _Search(names, touched, frozenset(others))
    users, prose = list[Mention](), list[Mention]()
    for path in base.paths_with_words(names.words):
        change = changes.get(path)
        source = change.after if change else base.read(path)
        where = change.line_before if change else partial(_line_of, source)
        users += _mentions(path, source, after.uses(path, source), where)
        prose += _mentions(path, source, after.named_in_prose(path, source), where)
    return Removal(tuple(changes.values()), tuple(users), tuple(prose))


def _line_of(source: bytes, offset: int) -> int:
    return source.count(b"\n", 0, offset) + 1


def _mentions(
    path: str, source: bytes, offsets: list[int], line_of: Callable[[int], int]
) -> Iterator[Mention]:
    """Return the lines of these offsets, each line once."""
    lines = _lines(source)
    texts = {line_of(offset): lines[source.count(b"\n", 0, offset)] for offset in sorted(offsets)}
    return (Mention(path, line, text) for line, text in texts.items())


@dataclass(frozen=True, slots=True)
class _Search:
    """A search for the feature's names.

    `touched` are the files that declared them; `others` are members that these files still declare.
    """

    names: MergedNames
    touched: frozenset[str]
    others: frozenset[str]

    def uses(self, path: str, source: bytes) -> list[int]:
        """Return the offsets at which code uses the feature."""
        code, names = code_of(path, source), self.names
        words = {*names.structs, *names.enumerators, *names.options}
        words |= set(names.symbols) if is_kconfig(path) else set()
        words |= {name for name in names.functions if not self._is_own(name, path, code)}
        found = _offsets(code, words)
        if is_c(path) and self._sees(path, code):
            own = set() if path in self.touched else _members_in(source)
            found += _offsets(code, {*names.members} - own - self.others, rb"(?:->|\.)\s*")
        return found

    def named_in_prose(self, path: str, source: bytes) -> list[int]:
        """Return the offsets of names, except members, in comments and texts."""
        code, names = code_of(path, source), self.names
        words = {*names.structs, *names.functions, *names.enumerators, *names.options}
        return [offset for offset in _offsets(source, words) if code[offset : offset + 1] == b" "]

    def _is_own(self, function: str, path: str, code: bytes) -> bool:
        """Return whether a file has a static function of that name."""
        pattern = rf"\bstatic\b[^;{{}}()]*\b{function}\s*\("
        return path not in self.touched and re.search(pattern.encode(), code) is not None

    def _sees(self, path: str, code: bytes) -> bool:
        """Return whether a file names a struct, or includes a header that declared one."""
        if path in self.touched or _offsets(code, set(self.names.structs)):
            return True
        included = [header.decode("utf-8", "replace") for header in _INCLUDE.findall(code)]
        places = (dirname(path), "include", "include/uapi")
        return any(normpath(join(p, header)) in self.touched for header in included for p in places)


def _offsets(source: bytes, words: set[str], before: bytes = b"") -> list[int]:
    """Return the offsets of whole words."""
    if not words:
        return []
    pattern = before + rb"\b(" + "|".join(sorted(words)).encode() + rb")\b"
    return [match.start(1) for match in re.finditer(pattern, source)]


def _lines(source: bytes) -> list[str]:
    return source.decode("utf-8", "replace").split("\n")


def _members_in(source: bytes) -> set[str]:
    """Return the members of the structs that a file defines."""
    return {
        declared_name(declarator)
        for node in nodes(source, "field_declaration")
        for declarator in node.children_by_field_name("declarator")
    }
