# SPDX-License-Identifier: GPL-2.0-only
"""Whether a base already has what a spec adds, judged by its identifiers and what they are.

C has several name spaces: a name is taken only by something of its own. Macros are above them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tree_sitter import Node

from afugen.anchors import canchor, cdecl, kconfigfile
from afugen.anchors.canchor import declared_name, nodes, text
from afugen.anchors.place import Anchor
from afugen.csource.cfile import walk
from afugen.errors import FeatureError
from afugen.spec.model import Spec

# The functions in which the cxl driver's own code comes to use the helpers and the event.
USERS = ("afu_poll", "afu_read")


def refuse_if_present(spec: Spec, files: Mapping[str, bytes], label: str) -> None:
    """Raises FeatureError when a name of the spec, or its event's value, is taken."""
    taken = tuple(dict.fromkeys(_taken(spec, files)))
    if taken:
        raise FeatureError(
            f"{label}: the feature, or a name it needs, is already there: {', '.join(taken)}; "
            "choose other names, or take the merged feature out with `afugen baseline`"
        )


def _taken(spec: Spec, files: Mapping[str, bytes]) -> Iterator[str]:
    for path, source in files.items():
        if path.rpartition("/")[2].startswith("Kconfig"):
            if spec.kconfig:
                yield from _found(path, source, kconfigfile.Config(spec.kconfig.symbol))
            continue
        members: list[Anchor] = [
            cdecl.Member("cxl_context", spec.context.field),
            cdecl.Member("cxl_event", spec.payload.member),
            cdecl.UnionMember("cxl_event", spec.payload.member),
        ]
        if spec.context.counter:
            members.append(cdecl.Member("cxl_context", spec.context.counter))
        for anchor in members:
            yield from _found(path, source, anchor)
        yield from _tags(spec, path, source)
        yield from _ordinary(spec, path, source)
        yield from _macros(spec, path, source)
        yield from _values(spec, path, source)


def _found(path: str, source: bytes, anchor: Anchor) -> Iterator[str]:
    for place in anchor.places(source):
        yield f"{path}:{line_of(source, place.start)} {anchor}"


def line_of(source: bytes, offset: int) -> int:
    """The line, from 1, of a byte offset."""
    return source.count(b"\n", 0, offset) + 1


def _at(path: str, node: Node, what: str) -> str:
    return f"{path}:{node.start_point[0] + 1} {what}"


def _tags(spec: Spec, path: str, source: bytes) -> Iterator[str]:
    """Structs, unions and enums, which share one name space."""
    wanted = {spec.ops.struct, spec.payload.struct}
    for kind in ("struct", "union", "enum"):
        for node in nodes(source, f"{kind}_specifier"):
            name = text(node.child_by_field_name("name"))
            if name in wanted and node.child_by_field_name("body") is not None:
                yield _at(path, node, f"{kind} {name}")


def _ordinary(spec: Spec, path: str, source: bytes) -> Iterator[str]:
    """What the setter, the helpers and the event share their name space with."""
    helpers = {spec.helpers.pending.name, spec.helpers.pending_or_closed.name}
    fixed = {name for name in _functions(spec) if name} | {spec.event.name}
    outside = fixed | helpers
    # The helpers may have the name of the function that they replace. In a file without such a
    # function theirs are nobody's: it is static, or the header that declares it tells.
    replaced = set(canchor.PENDING_PREDICATE.names(source)) or helpers
    static = outside - (replaced - fixed)
    for name, node in _file_scope(source):
        if name in (static if node.type == "function_definition" else outside):
            yield _at(path, node, f"{_KINDS[node.type]} {name}")
    for function, definition in canchor.functions(source):
        if function in USERS:
            for name, node in _locals(definition):
                if name in {spec.event.name, spec.helpers.copy_event, *helpers}:
                    yield _at(path, node, f"variable {name} of {function}()")


def _functions(spec: Spec) -> tuple[str | None, ...]:
    """The functions that take no other's place."""
    notify = spec.notify.name if spec.notify else None
    return spec.setter.name, notify, spec.helpers.copy_event


_KINDS = {
    "function_definition": "function",
    "declaration": "declaration",
    "type_definition": "typedef",
    "enumerator": "enumerator",
}


def _file_scope(source: bytes) -> Iterator[tuple[str, Node]]:
    """The names that a file declares outside of functions, macros and tags apart."""
    for name, node in canchor.functions(source):
        yield name, node
    for node in nodes(source, "enumerator"):
        yield text(node.child_by_field_name("name")), node
    for kind in ("declaration", "type_definition"):
        for node in nodes(source, kind):
            if not _is_local(node):
                yield from _declared(node)


def _is_local(node: Node) -> bool:
    above = node.parent
    while above is not None and above.type != "function_definition":
        above = above.parent
    return above is not None


def _declared(node: Node) -> Iterator[tuple[str, Node]]:
    for declarator in node.children_by_field_name("declarator"):
        yield declared_name(declarator), node


def _locals(function: Node) -> Iterator[tuple[str, Node]]:
    """The parameters and variables of a function."""
    for node in walk(function):
        if node.type in ("parameter_declaration", "declaration"):
            yield from _declared(node)


def _macros(spec: Spec, path: str, source: bytes) -> Iterator[str]:
    """Macros, which would take the place of any name at all."""
    names = {*spec.feature_identifiers(), spec.helpers.pending.name}
    names |= {spec.helpers.pending_or_closed.name}
    names |= {spec.helpers.copy_event} if spec.helpers.copy_event else set()
    for op in spec.ops.callbacks:
        names |= {op.name, *(parameter.name for parameter in op.parameters)}
    for kind in ("preproc_def", "preproc_function_def"):
        for node in nodes(source, kind):
            if (name := text(node.child_by_field_name("name"))) in names:
                yield _at(path, node, f"macro {name}")


def _values(spec: Spec, path: str, source: bytes) -> Iterator[str]:
    for name, value, offset in cdecl.enumerators(source, "cxl_event_type"):
        if name != spec.event.name and value == spec.event.value:
            yield f"{path}:{line_of(source, offset)} event value {value}, which is {name}"
