# SPDX-License-Identifier: GPL-2.0-only
"""Take a feature out of C files, with everything that hangs on it, and change nothing else.

Pure: files in, files out. It goes in rounds. Each takes out what is known to be gone by then and
looks at what that leaves unused; the next round takes out that too, until nothing is left to go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from afugen.strip.feature import Feature, Kind
from afugen.strip.items import cuts_in_file
from afugen.strip.kconfig import without_symbols
from afugen.strip.syntax import (
    SPECIFIERS,
    field,
    is_static,
    name_in,
    nodes_of,
    parts,
    text_of,
    within,
)
from afugen.strip.tables import SOURCES, Tables, tables_of
from afugen.strip.text import Reshaped, Text, reshaped, tidy, unmatched
from afugen.strip.unused import unused_in, unused_includes
from afugen.strip.values import left_of
from afugen.strip.view import Gone, View, follow, gone_with

__all__ = ["Mention", "Reshaped", "Stripped", "strip"]

_WORD = re.compile(rb"[A-Za-z_]\w*")
_ROUNDS = 60
_MENTIONS = ("identifier", "type_identifier", "field_expression", *SPECIFIERS)


@dataclass(frozen=True, slots=True)
class Mention:
    """A place that names the feature and was left alone: prose, or another's equal name."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text.strip()}"


@dataclass(frozen=True, slots=True)
class Stripped:
    """The files that changed, and what a reader of the change must know.

    `found` are names that other files may use and that turned out to be the feature's, though
    its list has them not: whoever holds the tree must see that their users are among the files.
    `stuck` are places in code that should have gone, or lost the other half of their #ifdef.
    """

    files: tuple[tuple[str, bytes], ...] = ()
    reshaped: tuple[Reshaped, ...] = ()
    mentions: tuple[Mention, ...] = ()
    found: tuple[str, ...] = ()
    stuck: tuple[Mention, ...] = ()


def strip(files: Mapping[str, bytes], feature: Feature) -> Stripped:
    """New contents for the files that have something of the feature; none: it is not there.

    Files without it may be among them: they tell whose member a name is.
    """
    originals = {path: files[path] for path in sorted(files) if path.endswith(SOURCES)}
    tables = tables_of(originals, _owners(feature))
    gone = gone_with(feature, tables)
    texts = {path: Text.of(source) for path, source in originals.items()}
    for _ in range(_ROUNDS):
        now, grown = _round(originals, texts, tables, gone)
        if (now, grown) == (texts, gone):
            break
        texts, gone = now, grown
    stuck = tuple(_stuck(texts, tables, gone))
    originals |= {path: files[path] for path in sorted(files) if _is_kconfig(path)}
    symbols = frozenset(i.name.encode() for i in feature.identifiers if i.kind is Kind.CONFIG)
    for path in filter(_is_kconfig, originals):
        texts[path] = without_symbols(Text.of(originals[path]), symbols)
    changed = {
        path: tidy(originals[path], text)
        for path, text in texts.items()
        if text.source != originals[path]
    }
    sources = {**files, **{path: text.source for path, text in changed.items()}}
    stuck += tuple(
        Mention(path, line, text.source.split(b"\n")[line - 1].decode("utf-8", "replace"))
        for path, text in changed.items()
        if not unmatched(originals[path])
        for line in unmatched(text.source)
    )
    return Stripped(
        tuple((path, text.source) for path, text in sorted(changed.items())),
        tuple(r for path, text in changed.items() for r in reshaped(path, originals[path], text)),
        tuple(_mentions(sources, feature)),
        _found(feature, gone) if changed else (),
        stuck,
    )


def _is_kconfig(path: str) -> bool:
    return path.rpartition("/")[2].startswith("Kconfig")


def _stuck(texts: Mapping[str, Text], tables: Tables, gone: Gone) -> Iterator[Mention]:
    """What is gone and is mentioned all the same."""
    for path, text in texts.items():
        if not _may_be_touched(path, text, gone):
            continue
        view = View.of(path, text, tables, gone)
        lines = text.source.split(b"\n")
        for node in nodes_of(text.source):
            if node.type in _MENTIONS and not left_of(view, node).kept:
                row = node.start_point.row
                yield Mention(path, row + 1, lines[row].decode("utf-8", "replace"))


def _owners(feature: Feature) -> dict[str, str]:
    return {item.name: item.of for item in feature.identifiers if item.kind is Kind.ENUMERATOR}


def _round(
    originals: Mapping[str, bytes], texts: Mapping[str, Text], tables: Tables, gone: Gone
) -> tuple[dict[str, Text], Gone]:
    touched = {path: text for path, text in texts.items() if _may_be_touched(path, text, gone)}
    parameters = frozenset(_parameters(touched, tables, gone))
    lost = {name for _, name, _ in parameters}
    now, grown = dict(texts), gone
    for path, text in texts.items():
        if path in touched or not lost.isdisjoint(_words_in(text)):
            view = View.of(path, text, tables, gone, parameters)
            now[path] = text.without(cuts_in_file(view))
    changed = {path for path in now if now[path].source != originals[path]}
    for path in sorted(changed):
        grown = grown.joined(unused_in(path, originals[path], now[path], tables))
    grown = grown.joined(unused_includes(originals, now, tables, changed))
    return now, follow(grown, tables)


def _may_be_touched(path: str, text: Text, gone: Gone) -> bool:
    own = gone.locals | gone.unread | gone.labels | gone.includes
    if any(file == path for file, _ in own):
        return True
    # who reaches for a member of a struct that goes, names that struct or came by it
    members = {member for tag, member in gone.members if tag not in gone.tags}
    names = {name for _, name in gone.names}
    return not _words_in(text).isdisjoint(names | members | gone.tags)


def _words_in(text: Text) -> set[str]:
    return {word.decode() for word in set(_WORD.findall(text.source))}


def _parameters(
    texts: Mapping[str, Text], tables: Tables, gone: Gone
) -> Iterator[tuple[str, str, int]]:
    """The parameters whose type is gone, as (file if the function is its own, function, index)."""
    for path, text in texts.items():
        view = View(path, text, tables, gone)
        for node in nodes_of(text.source):
            if node.type != "function_declarator":
                continue
            definition = within(node, "declaration", "function_definition", "field_declaration")
            listed, name = field(node, "parameters"), name_in(node)
            if listed is None or name is None or definition is None:
                continue
            own = path if is_static(definition) else ""
            for index, parameter in enumerate(parts(listed)):
                if view.type_is_gone(field(parameter, "type")):
                    yield own, text_of(name), index


def _found(feature: Feature, gone: Gone) -> tuple[str, ...]:
    listed = set(feature.words) | {f"{word}_MODULE" for word in feature.words}
    names = {name for path, name in gone.names if not path}
    # members of what is kept: who reaches for those of a struct that goes, names it or these
    names |= {member for tag, member in gone.members if tag not in gone.tags}
    tags = {tag for tag in gone.tags if tag.isidentifier()}
    return tuple(sorted((names | tags) - listed))


def _mentions(files: Mapping[str, bytes], feature: Feature) -> Iterator[Mention]:
    words = b"|".join(re.escape(word.encode()) for word in feature.words)
    pattern = re.compile(rb"\b(?:" + words + rb")\b")
    for path, source in sorted(files.items()):
        if not pattern.search(source):
            continue
        for number, line in enumerate(source.split(b"\n"), 1):
            if pattern.search(line):
                yield Mention(path, number, line.decode("utf-8", "replace"))
