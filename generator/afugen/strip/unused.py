# SPDX-License-Identifier: GPL-2.0-only
"""What has become unused, or meaningless, because something else is gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tree_sitter import Node

from afugen.csource.cfile import parse, walk
from afugen.strip.syntax import (
    declarators,
    field,
    has_effect,
    is_constant,
    is_function,
    is_static,
    name_in,
    parts,
    text_of,
    within,
)
from afugen.strip.tables import Tables, outer_nodes, tables_of
from afugen.strip.text import Text
from afugen.strip.usage import Uses, reached, uses_of, words_used
from afugen.strip.view import Gone, key_of

MEANS_NOTHING = ("declaration", "return_statement", "comment")


@dataclass(frozen=True, slots=True)
class Pair:
    """A function as it was and as it is."""

    path: str
    text: Text
    before: Node
    now: Node


def unused_in(path: str, original: bytes, text: Text, tables: Tables) -> Gone:
    """What the changes to one file have left without use in it."""
    gone = Gone()
    for pair in _changed_functions(path, original, text):
        gone = gone.joined(_unused_in_function(pair))
        if _means_nothing(pair.now) and not _means_nothing(pair.before):
            name = text_of(name_in(field(pair.now, "declarator")))
            own = pair.path if is_static(pair.now) else ""
            gone = gone.joined(Gone(names=frozenset({(own, name)})))
    return gone.joined(_unused_names(path, original, text, tables)) if path.endswith(".c") else gone


def _changed_functions(path: str, original: bytes, text: Text) -> Iterator[Pair]:
    root = parse(original).root_node
    for now in outer_nodes(parse(text.source).root_node):
        name = name_in(field(now, "declarator")) if now.type == "function_definition" else None
        if name is None:
            continue
        place = text.origin[name.start_byte]
        before = within(root.descendant_for_byte_range(place, place), "function_definition")
        if before is not None and before.text != now.text:
            yield Pair(path, text, before, now)


def _means_nothing(function: Node) -> bool:
    """Whether a function does no more than return a constant."""
    body = field(function, "body")
    for node in parts(body) if body is not None else []:
        if node.type not in MEANS_NOTHING and (node.text or b"") != b";":
            return False
        if node.type == "return_statement" and not is_constant(next(iter(parts(node)), None)):
            return False
        if node.type == "declaration" and has_effect(node):
            return False
    return True


def _unused_in_function(pair: Pair) -> Gone:
    unused, unread, labels = set(), set(), set()
    root = pair.before
    for node in walk(pair.now):
        if node.type == "declaration" and within(node, "compound_statement") is not None:
            for declarator in declarators(node):
                name = name_in(declarator)
                if name is None or is_function(declarator):
                    continue
                place = pair.text.origin[name.start_byte]
                earlier = root.descendant_for_byte_range(place, place + len(name.text or b""))
                if place < 0 or earlier is None:
                    continue
                verdict = _verdict(pair, node, declarator, (earlier, name))
                if verdict == "unused":
                    unused.add((pair.path, place))
                elif verdict == "unread":
                    unread.add((pair.path, place))
        elif node.type == "labeled_statement":
            label = field(node, "label")
            if label is not None and _lost_its_gotos(pair, label):
                labels.add((pair.path, pair.text.origin[label.start_byte]))
    return Gone(locals=frozenset(unused), unread=frozenset(unread), labels=frozenset(labels))


def _verdict(pair: Pair, declaration: Node, declarator: Node, names: tuple[Node, Node]) -> str:
    """Whether a local variable is now unused (or nothing but zero), or unread, or neither."""
    earlier, name = names
    before, now = uses_of(pair.before, earlier), uses_of(pair.now, name)
    if before == now:
        return ""
    value = field(declarator, "value")
    if not now.reads and not now.unknown and (before.reads or before.unknown):
        return "unread" if now.writes and _writes_have_effect(pair.now, name, value) else "unused"
    scalar = within(name, "array_declarator") is None and not is_static(declaration)
    return "unused" if scalar and _only_zero(before, now) else ""


def _writes_have_effect(function: Node, name: Node, value: Node | None) -> bool:
    if value is not None and has_effect(value):
        return True
    return any(
        node.type == "assignment_expression"
        and field(node, "left") is not None
        and (field(node, "left") or node).text == name.text
        and has_effect(field(node, "right") or node)
        for node in walk(function)
    )


def _only_zero(before: Uses, now: Uses) -> bool:
    return bool(before.writes and not now.writes and not now.unknown)


def _lost_its_gotos(pair: Pair, label: Node) -> bool:
    def gotos(function: Node) -> int:
        return sum(
            node.type == "goto_statement" and text_of(field(node, "label")) == text_of(label)
            for node in walk(function)
        )

    return gotos(pair.before) > 0 and gotos(pair.now) == 0


def _unused_names(path: str, original: bytes, text: Text, tables: Tables) -> Gone:
    """The file's own functions, variables, macros and types that it used and no longer does."""
    names = {
        ("name", declared.name): key_of(declared)
        for found in tables.names.values()
        for declared in found
        if declared.path == path and declared.local and declared.kind != "enumerator"
    }
    tags = {("tag", tag) for tag, places in tables.places.items() if places == {path}}
    own = frozenset(names.keys() | tags)
    lost = reached(original, own) - reached(text.source, own)
    return Gone(
        tags=frozenset(tag for space, tag in lost if space == "tag"),
        names=frozenset(names[name] for name in lost if name in names),
    )


def unused_includes(
    originals: Mapping[str, bytes], texts: Mapping[str, Text], tables: Tables, changed: set[str]
) -> Gone:
    """The includes that a file had only for what is gone.

    The included file declared something gone that the file used, the file uses nothing else of
    it, and no file that came by it through this one does.
    """
    sources = {path: text.source for path, text in texts.items()}
    now = tables_of(sources, {})
    found = set()
    for path in changed:
        for said, meant in now.includes[path].items():
            if meant and _is_unused(path, said, meant, (originals, sources), (tables, now)):
                found.add((path, said))
    return Gone(includes=frozenset(found))


def _is_unused(
    path: str,
    said: str,
    meant: str,
    files: tuple[Mapping[str, bytes], Mapping[str, bytes]],
    tables: tuple[Tables, Tables],
) -> bool:
    (originals, sources), (before, now) = files, tables
    if not words_used(originals[path]) & before.declares[meant]:
        return False
    without = now.without_include(path, said)
    for reader in now.sees:
        lost = now.sees[reader] - without.sees[reader]
        if any(words_used(sources[reader]) & now.declares[file] for file in lost):
            return False
    return meant not in without.sees[path] or meant == path
