# SPDX-License-Identifier: GPL-2.0-only
"""The names of a C file: what its nodes declare, and what is used without a declaration."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from afugen.csource.cfile import by_type, walk


def text(node: Node | None) -> str:
    """Return the node's source with white space folded."""
    raw = node.text if node is not None else b""
    return " ".join((raw or b"").decode(errors="replace").split())


def nodes(source: bytes, kind: str) -> tuple[Node, ...]:
    """Return every node of this grammar type in the file, in source order."""
    return by_type(source).get(kind, ())


def declared_name(node: Node | None) -> str:
    """Return the name that a declarator declares."""
    while node is not None and node.type not in ("identifier", "field_identifier"):
        inner = node.child_by_field_name("declarator")
        node = inner if inner is not None else _parenthesised(node)
    return text(node)


def _parenthesised(node: Node) -> Node | None:
    return node.named_children[0] if node.type == "parenthesized_declarator" else None


def functions(source: bytes) -> Iterator[tuple[str, Node]]:
    """Return every function that the file defines, with its name."""
    for node in nodes(source, "function_definition"):
        yield declared_name(node.child_by_field_name("declarator")), node


def is_local(node: Node) -> bool:
    """Return whether a node is within the body or the parameters of a function's definition."""
    above = node.parent
    while above is not None and above.type != "function_definition":
        above = above.parent
    return above is not None


def prototypes(source: bytes) -> Iterator[tuple[str, Node]]:
    """Return every prototype at file scope: the name of its function, and its declarator."""
    for node in nodes(source, "declaration"):
        for declarator in node.children_by_field_name("declarator"):
            inner: Node | None = declarator
            while inner is not None and inner.type == "pointer_declarator":
                inner = inner.child_by_field_name("declarator")
            if inner is None or inner.type != "function_declarator" or is_local(node):
                continue
            if (name := inner.child_by_field_name("declarator")) and name.type == "identifier":
                yield text(name), declarator


def given(source: bytes) -> set[str]:
    """Return the names that a header declares; the tags that it defines as `struct x`."""
    found = {name for name, _ in (*prototypes(source), *functions(source))}
    for kind in ("preproc_def", "preproc_function_def", "enumerator"):
        found |= {text(node.child_by_field_name("name")) for node in nodes(source, kind)}
    for kind in ("struct", "union", "enum"):
        for node in nodes(source, f"{kind}_specifier"):
            if node.child_by_field_name("body") is not None:
                found.add(f"{kind} {text(node.child_by_field_name('name'))}")
    for node in nodes(source, "type_definition"):
        found |= {declared_name(d) for d in node.children_by_field_name("declarator")}
    return found


def local_names(function: Node) -> set[str]:
    """Return the parameters and variables of a function."""
    return {
        declared_name(declarator)
        for node in walk(function)
        if node.type in ("parameter_declaration", "declaration")
        for declarator in node.children_by_field_name("declarator")
    }


def undeclared(before: bytes, after: bytes) -> Iterator[tuple[int, str]]:
    """Return the uses of names that an edit left without a declaration: the offset, and the name.

    The names are static functions, the variables of a function, and labels.
    """
    lost = {name for name, node in functions(before) if _is_static(node)}
    lost -= {name for name, _ in (*functions(after), *prototypes(after))}
    variables: dict[str, set[str]] = {}
    for name, function in functions(before):
        variables.setdefault(name, set()).update(local_names(function))
    for name, function in functions(after):
        missing = (lost | variables.get(name, set())) - local_names(function)
        labels = {text(n.child_by_field_name("label")) for n in walk(function) if _is_label(n)}
        for node in walk(function):
            is_missing = node.type == "identifier" and text(node) in missing
            if is_missing or (node.type == "statement_identifier" and text(node) not in labels):
                yield node.start_byte, text(node)


def _is_label(node: Node) -> bool:
    return node.type == "labeled_statement"


def _is_static(function: Node) -> bool:
    return any(
        child.type == "storage_class_specifier" and text(child) == "static"
        for child in function.children
    )


def enumerators(body: Node) -> Iterator[tuple[Node, str]]:
    """Return an enum's constants, each with its value: a number or an expression plus an offset."""
    base, offset = "0", -1
    for entry in body.named_children:
        if entry.type == "enumerator":
            explicit = entry.child_by_field_name("value")
            base, offset = (text(explicit), 0) if explicit is not None else (base, offset + 1)
            yield entry, _sum(base, offset)


def enumerator_values(source: bytes) -> dict[str, str]:
    """Return the value of each constant of the file's enums, by its name."""
    return {
        text(entry.child_by_field_name("name")): value
        for body in nodes(source, "enumerator_list")
        for entry, value in enumerators(body)
    }


def _sum(base: str, offset: int) -> str:
    try:
        return str(int(base.rstrip("uUlL"), 0) + offset)
    except ValueError:
        return f"{base} + {offset}"
