# SPDX-License-Identifier: GPL-2.0-only
"""Whether a base already has what a spec adds, judged by its identifiers and what they are.

C has several name spaces: a name is taken only by something of its own. Macros are above them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tree_sitter import Node

from afugen.anchors import ANCHORS, Anchor, canchor, cdecl, kconfigfile
from afugen.csource.cfile import walk
from afugen.csource.names import declared_name, functions, is_local, nodes, text
from afugen.errors import FeatureError
from afugen.spec import evaluation
from afugen.spec.model import Spec, dotted, field


@dataclass(frozen=True, slots=True)
class Declared:
    """A name that a spec declares: `kind` is a key of `declares` in an interface.yaml."""

    kind: str
    name: str
    of: str
    value: int | None
    local_to: tuple[str, ...]
    replaces: canchor.Callee | None
    selected_by: str = ""


KINDS = ("config", "struct", "member", "function", "enumerator")


def declared(spec: Spec) -> tuple[Declared, ...]:
    """Return what a spec declares in the kernel."""
    return tuple(one for entry in spec.interface.data.declares for one in _declared_by(spec, entry))


def _declared_by(spec: Spec, entry: Any) -> Iterator[Declared]:  # noqa: ANN401 - a Section
    for kind in KINDS:
        path = getattr(entry, kind)
        if path and (name := field(spec, dotted(path))) is not None:
            value = field(spec, dotted(entry.value)) if entry.value else None
            replaces = evaluation.anchor(spec, entry.replaces, ANCHORS) if entry.replaces else None
            selected_by = field(spec, dotted(entry.selected_by)) if entry.selected_by else ""
            yield Declared(kind, name, entry.of or "", value, entry.local_to, replaces, selected_by)


def refuse_if_present(spec: Spec, files: Mapping[str, bytes], label: str) -> None:
    """Raise FeatureError when a name of the spec, or its enumerator's value, is taken."""
    taken = tuple(dict.fromkeys(_taken(spec, files)))
    if taken:
        raise FeatureError(
            f"{label}: the feature, or a name it needs, is already there: {', '.join(taken)}; "
            "choose other names, or take the merged feature out with `afugen baseline`"
        )


def _taken(spec: Spec, files: Mapping[str, bytes]) -> Iterator[str]:
    names = declared(spec)
    macros = {one.name for one in names if one.kind != "config"} | set(_names_of_ops(spec))
    for path, source in files.items():
        if path.rpartition("/")[2].startswith("Kconfig"):
            for one in names:
                if one.kind == "config":
                    yield from _found(path, source, kconfigfile.Config(one.name))
            continue
        for one in names:
            if one.kind == "member":
                yield from _found(path, source, cdecl.Member(one.of, one.name))
                yield from _found(path, source, cdecl.UnionMember(one.of, one.name))
        yield from _tags({one.name for one in names if one.kind == "struct"}, path, source)
        yield from _ordinary(names, path, source)
        yield from _macros(macros, path, source)
        yield from _values(names, path, source)


def _names_of_ops(spec: Spec) -> Iterator[str]:
    for op in spec.ops.callbacks:
        yield op.name
        yield from (parameter.name for parameter in op.parameters)


def _found(path: str, source: bytes, anchor: Anchor) -> Iterator[str]:
    for place in anchor.places(source):
        yield f"{path}:{line_of(source, place.start)} {anchor}"


def line_of(source: bytes, offset: int) -> int:
    """Return the line, from 1, of a byte offset."""
    return source.count(b"\n", 0, offset) + 1


def _at(path: str, node: Node, what: str) -> str:
    return f"{path}:{node.start_point[0] + 1} {what}"


def _tags(wanted: set[str], path: str, source: bytes) -> Iterator[str]:
    """Return the structs, unions and enums of these names; they share one name space."""
    for kind in ("struct", "union", "enum"):
        for node in nodes(source, f"{kind}_specifier"):
            name = text(node.child_by_field_name("name"))
            if name in wanted and node.child_by_field_name("body") is not None:
                yield _at(path, node, f"{kind} {name}")


def _ordinary(names: tuple[Declared, ...], path: str, source: bytes) -> Iterator[str]:
    """Return what shares its name space with the functions and enumerators of a spec."""
    ours = [one for one in names if one.kind in ("function", "enumerator")]
    outside = {one.name for one in ours}
    fixed = {one.name for one in ours if one.replaces is None}
    # A function may have the name of the one that it replaces. In a file without such a function
    # its name is nobody's: it is static, or the header that declares it tells.
    replacing = outside - fixed
    found = {name for one in ours if one.replaces for name in one.replaces.names(source)}
    static = outside - ((found or replacing) - fixed)
    for name, node in _file_scope(source):
        if name in (static if node.type == "function_definition" else outside):
            yield _at(path, node, f"{_NODES[node.type]} {name}")
    for function, definition in functions(source):
        used = {one.name for one in ours if function in one.local_to}
        for name, node in _locals(definition) if used else ():
            if name in used:
                yield _at(path, node, f"variable {name} of {function}()")


_NODES = {
    "function_definition": "function",
    "declaration": "declaration",
    "type_definition": "typedef",
    "enumerator": "enumerator",
}


def _file_scope(source: bytes) -> Iterator[tuple[str, Node]]:
    """Return the names that a file declares outside of functions, macros and tags apart."""
    for name, node in functions(source):
        yield name, node
    for node in nodes(source, "enumerator"):
        yield text(node.child_by_field_name("name")), node
    for kind in ("declaration", "type_definition"):
        for node in nodes(source, kind):
            if not is_local(node):
                yield from _declarators(node)


def _declarators(node: Node) -> Iterator[tuple[str, Node]]:
    for declarator in node.children_by_field_name("declarator"):
        yield declared_name(declarator), node


def _locals(function: Node) -> Iterator[tuple[str, Node]]:
    """Return the parameters and variables of a function."""
    for node in walk(function):
        if node.type in ("parameter_declaration", "declaration"):
            yield from _declarators(node)


def _macros(names: set[str], path: str, source: bytes) -> Iterator[str]:
    """Return the macros that would take the place of a name."""
    for kind in ("preproc_def", "preproc_function_def"):
        for node in nodes(source, kind):
            if (name := text(node.child_by_field_name("name"))) in names:
                yield _at(path, node, f"macro {name}")


def _values(names: tuple[Declared, ...], path: str, source: bytes) -> Iterator[str]:
    """Return the enumerators that have the value of one of the spec's."""
    for one in names:
        if one.kind == "enumerator" and one.value is not None:
            for name, value, offset in cdecl.enumerators(source, one.of):
                if name != one.name and value == one.value:
                    yield f"{path}:{line_of(source, offset)} event value {value}, which is {name}"
