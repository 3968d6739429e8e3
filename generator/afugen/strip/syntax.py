# SPDX-License-Identifier: GPL-2.0-only
"""Questions to a node of the syntax tree that need no other file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from tree_sitter import Node

from afugen.csource.cfile import parse, walk
from afugen.strip.text import Cut

SPECIFIERS = ("struct_specifier", "union_specifier", "enum_specifier")
CONDITIONALS = ("preproc_ifdef", "preproc_if", "preproc_else", "preproc_elif", "preproc_elifdef")
JUMPS = ("return_statement", "break_statement", "continue_statement", "goto_statement")
NAMES = ("identifier", "field_identifier", "type_identifier")
ZEROS = ("0", "NULL", "false", "0L", "0UL", "0U")

_PURE_CALL = re.compile(
    r"(?:(?:un)?likely|atomic(?:64)?_read|test_bit|list_empty|IS_\w+|READ_ONCE|ARRAY_SIZE)\Z"
)


@lru_cache(maxsize=64)
def nodes_of(source: bytes) -> tuple[Node, ...]:
    """Every node of a file, in source order."""
    return tuple(walk(parse(source).root_node))


def text_of(node: Node | None) -> str:
    """The node's source text; empty for no node."""
    return node.text.decode("utf-8", "replace") if node is not None and node.text else ""


def field(node: Node, name: str) -> Node | None:
    """The child in a field of the grammar."""
    return node.child_by_field_name(name)


def parts(node: Node) -> list[Node]:
    """The named children but for comments."""
    return [child for child in node.named_children if child.type != "comment"]


def inner(node: Node) -> Node:
    """What parentheses enclose."""
    while node.type == "parenthesized_expression" and parts(node):
        node = parts(node)[0]
    return node


def within(node: Node | None, *types: str) -> Node | None:
    """The nearest enclosing node of these types, or the node itself."""
    while node is not None and node.type not in types:
        node = node.parent
    return node


def name_in(declarator: Node | None) -> Node | None:
    """The identifier that a declarator declares."""
    while declarator is not None and declarator.type not in NAMES:
        below = field(declarator, "declarator")
        if below is None:
            candidates = [c for c in parts(declarator) if c.type.endswith(("declarator", *NAMES))]
            below = candidates[0] if candidates else None
        declarator = below
    return declarator


def parameters_of(declarator: Node | None) -> Node | None:
    """The parameter list of a declared function, or of what a declared pointer points to."""
    found = None
    while declarator is not None and declarator.type not in NAMES:
        if declarator.type == "function_declarator":
            found = field(declarator, "parameters")
        below = field(declarator, "declarator")
        declarator = below if below is not None else next(iter(parts(declarator)), None)
    return found


def is_function(declarator: Node | None) -> bool:
    """Whether it declares a function, not a variable or a pointer to one."""
    name = name_in(declarator)
    return (
        name is not None and name.parent is not None and (name.parent.type == "function_declarator")
    )


def is_pointer(declarator: Node | None) -> bool:
    """Whether a pointer stands between the declared name and its type."""
    while declarator is not None and declarator.type not in NAMES:
        if declarator.type == "pointer_declarator":
            return True
        declarator = field(declarator, "declarator")
    return False


def declarators(declaration: Node) -> list[Node]:
    """What a declaration, member or typedef declares, in order."""
    return declaration.children_by_field_name("declarator")


def is_static(declaration: Node) -> bool:
    """Whether a definition or declaration says `static`."""
    return any(
        child.type == "storage_class_specifier" and child.text == b"static"
        for child in declaration.children
    )


def tokens(node: Node) -> Iterator[tuple[str, str]]:
    """(the character before, word) of an unparsed macro body."""
    for match in re.finditer(r"(\.|->|)\s*\b([A-Za-z_]\w*)", _without_strings(text_of(node))):
        yield match.group(1), match.group(2)


def _without_strings(text: str) -> str:
    return re.sub(r'"(?:\\.|[^"\\])*"|/\*.*?\*/', " ", text, flags=re.DOTALL)


def is_zero(node: Node | None) -> bool:
    """Whether an expression is the constant that stands for nothing."""
    return node is not None and text_of(inner(node)) in ZEROS


def is_constant(node: Node | None) -> bool:
    """Whether an expression is a number, a named constant, or one with a sign."""
    if node is None:
        return True
    node = inner(node)
    if node.type == "unary_expression":
        return is_constant(field(node, "argument"))
    if node.type == "identifier":
        return text_of(node) == text_of(node).upper()
    return node.type in ("number_literal", "char_literal", "true", "false", "null")


def has_effect(node: Node) -> bool:
    """Whether evaluating the expression may do more than give a value."""
    if node.type in ("assignment_expression", "update_expression"):
        return True
    if node.type == "call_expression" and not _PURE_CALL.match(text_of(field(node, "function"))):
        return True
    return any(has_effect(child) for child in node.named_children)


def jumps(statement: Node) -> bool:
    """Whether control never goes on after the statement."""
    if statement.type in ("compound_statement", "case_statement"):
        last = [c for c in parts(statement) if not c.type.startswith("preproc")]
        return bool(last) and jumps(last[-1])
    return statement.type in JUMPS


def owned_start(node: Node) -> int:
    """Where the node begins with the comments that it owns: those right above it.

    Comments that reach up to the top of a file are the file's, whatever follows them.
    """
    start, above = node, node.prev_sibling
    while above is not None and _is_right_above(above, start):
        start, above = above, above.prev_sibling
    return node.start_byte if start.start_byte == 0 else start.start_byte


def _is_right_above(comment: Node, node: Node) -> bool:
    if comment.type != "comment" or comment.end_point.row + 1 < node.start_point.row:
        return False
    before = comment.prev_sibling
    return before is None or before.end_point.row < comment.start_point.row


def owned_end(node: Node) -> int:
    """Where the node ends with its `;` or `,` and the comment that trails it on its last line."""
    end = node
    for kind in (";", ","):
        after = end.next_sibling
        if after is not None and after.type == kind:
            end = after
    after = end.next_sibling
    trails = after is not None and after.type == "comment"
    if after is not None and trails and after.start_point.row == end.end_point.row:
        beyond = after.next_sibling
        if beyond is None or beyond.start_point.row > after.end_point.row:
            end = after
    # a directive's node reaches to the start of the next line
    return end.end_byte - (1 if (end.text or b"").endswith(b"\n") else 0)


def from_list(items: list[Node], doomed: list[Node]) -> list[Cut]:
    """The cuts that take some items out of a list in which commas only separate."""
    cuts = []
    for index, item in enumerate(items):
        if item not in doomed:
            continue
        keeps_one_before = any(other not in doomed for other in items[:index])
        if keeps_one_before:
            cuts.append(Cut(items[index - 1].end_byte, item.end_byte))
        else:
            following = items[index + 1].start_byte if index + 1 < len(items) else item.end_byte
            cuts.append(Cut(item.start_byte, following))
    return cuts
