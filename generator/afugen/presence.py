# SPDX-License-Identifier: GPL-2.0-only
"""Whether a base already has what a spec adds, judged by its identifiers and what they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from afugen import canchor, cdecl, kconfigfile
from afugen.edits import Anchor
from afugen.errors import FeatureError
from afugen.spec import Spec


def refuse_if_present(spec: Spec, files: Mapping[str, bytes], label: str) -> None:
    """Raises FeatureError when a name of the spec, or its event's value, is taken."""
    taken = tuple(_taken(spec, files))
    if taken:
        raise FeatureError(
            f"{label}: the feature, or a name it needs, is already there: {', '.join(taken)}; "
            "`afugen baseline` makes a commit without the merged feature"
        )


def _taken(spec: Spec, files: Mapping[str, bytes]) -> Iterator[str]:
    anchors: list[Anchor] = [
        cdecl.Struct(spec.ops.struct),
        cdecl.Struct(spec.payload.struct),
        cdecl.Member("cxl_context", spec.context.field),
        canchor.Function(spec.setter.name),
        cdecl.UnionMember("cxl_event", spec.payload.member),
    ]
    for path, source in files.items():
        if path.rpartition("/")[2].startswith("Kconfig"):
            if spec.kconfig:
                yield from _found(path, source, kconfigfile.Config(spec.kconfig.symbol))
            continue
        for anchor in anchors:
            yield from _found(path, source, anchor)
        yield from _enumerators(spec, path, source)
        yield from _functions(spec, path, source)


def _found(path: str, source: bytes, anchor: Anchor) -> Iterator[str]:
    for place in anchor.places(source):
        yield f"{path}:{line_of(source, place.start)} {anchor}"


def line_of(source: bytes, offset: int) -> int:
    """The line, from 1, of a byte offset."""
    return source.count(b"\n", 0, offset) + 1


def _enumerators(spec: Spec, path: str, source: bytes) -> Iterator[str]:
    for name, value, offset in cdecl.enumerators(source, "cxl_event_type"):
        where = f"{path}:{line_of(source, offset)}"
        if name == spec.event.name:
            yield f"{where} enumerator {name}"
        elif value == spec.event.value:
            yield f"{where} event value {value}, which is {name}"


def _functions(spec: Spec, path: str, source: bytes) -> Iterator[str]:
    """Functions that have a helper's name, but for the one that the helpers replace."""
    replaced = canchor.PENDING_PREDICATE.names(source)
    wanted = {spec.helpers.pending.name, spec.helpers.pending_or_closed.name} - set(replaced)
    for name, node in canchor.functions(source):
        if name in wanted:
            yield f"{path}:{line_of(source, node.start_byte)} function {name}()"
