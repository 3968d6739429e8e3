# SPDX-License-Identifier: GPL-2.0-only
"""Where things are in a C file: parsing, and the nodes everything else is located by."""

from __future__ import annotations

import re
from functools import lru_cache

import tree_sitter_c
from tree_sitter import Language, Node, Parser, Tree

from afugen.spec import ctype

# Annotations are blanked to equal length before parsing, so that byte offsets in the tree are
# offsets in the file.
_ANNOTATION = re.compile(rf"(?<![\w#])(?:{'|'.join(ctype.ANNOTATIONS)})(?!\w)(?!\s*\()".encode())
_LANGUAGE = Language(tree_sitter_c.language())


def blank_annotations(source: bytes) -> bytes:
    """Return the source with annotation macros replaced by as many spaces."""
    return _ANNOTATION.sub(lambda match: b" " * len(match.group()), source)


@lru_cache(maxsize=64)
def parse(source: bytes) -> Tree:
    """Return the syntax tree of a C file; offsets are byte offsets of `source`."""
    return Parser(_LANGUAGE).parse(blank_annotations(source))


def walk(node: Node) -> list[Node]:
    """Return the node and everything below it, in source order."""
    found, stack = [], [node]
    while stack:
        current = stack.pop()
        found.append(current)
        stack.extend(reversed(current.children))
    return found


@lru_cache(maxsize=64)
def by_type(source: bytes) -> dict[str, tuple[Node, ...]]:
    """Return the nodes of a file by their grammar type, each list in source order."""
    found: dict[str, list[Node]] = {}
    for node in walk(parse(source).root_node):
        found.setdefault(node.type, []).append(node)
    return {kind: tuple(nodes) for kind, nodes in found.items()}


@lru_cache(maxsize=64)
def error_count(source: bytes) -> int:
    """Return the number of ERROR and missing nodes; an edit must not add to them."""
    if not parse(source).root_node.has_error:
        return 0
    nodes = by_type(source)
    missing = sum(node.is_missing for found in nodes.values() for node in found)
    return len(nodes.get("ERROR", ())) + missing


def is_if_statement(text: str) -> bool:
    """Return whether a text is one `if` statement, without an `else`."""
    body = parse(f"void f(void)\n{{\n{text}\n}}\n".encode()).root_node.named_children
    inner = body[0].child_by_field_name("body") if len(body) == 1 else None
    statements = inner.named_children if inner is not None else []
    return [
        (one.type, one.child_by_field_name("alternative"), one.has_error) for one in statements
    ] == [("if_statement", None, False)]
