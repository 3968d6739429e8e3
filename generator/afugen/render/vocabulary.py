# SPDX-License-Identifier: GPL-2.0-only
"""The functions and filters that templates may use, besides the anchors and Jinja's own.

The first line of a docstring is the row of templates/README.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import jinja2

from afugen.anchors import Anchor, cdecl
from afugen.csource.lexical import code_of
from afugen.csource.names import given
from afugen.errors import AnchorError, InputError
from afugen.render import ctext
from afugen.render.wrapping import wrap
from afugen.spec import calls, ctype
from afugen.spec.texts import expand

Context = jinja2.runtime.Context


class Functions:
    """The functions for one kernel file: `view` is the spec, `files` the touched files."""

    def __init__(self, view: Any, files: Mapping[str, bytes], path: str) -> None:  # noqa: ANN401
        self._view, self._files, self._path = view, files, path

    def op(self, role: str) -> Any:  # noqa: ANN401 - a part of the spec
        """Return the op that has a role, a part of the spec with name, returns and parameters."""
        # What it takes to find an op is not a field that the template reads.
        for index, callback in enumerate(self._view.untraced.ops.callbacks):
            if callback.role == role:
                return self._view.ops.callbacks[index]
        raise LookupError(f"the spec has no op with the role {role!r}")

    def called_ops(self) -> list[Any]:
        """Return the ops that the driver calls, in the order of `calls` in interface.yaml."""
        return [self.op(role) for role in calls.called_roles(self._view.untraced)]

    def value_of(self, name: str) -> int:
        """Return the number that a #define of the touched files has in the tree."""
        anchor = cdecl.Define(name)
        values = [
            (path, source[place.start : place.end].decode())
            for path, source in self._files.items()
            if path.endswith((".c", ".h"))
            for place in anchor.places(source)
        ]
        if len(values) != 1:
            raise AnchorError(", ".join(self._files), str(anchor), len(values), ())
        path, value = values[0]
        try:
            return int(value, 0)
        except ValueError:
            raise InputError(f"{path}: {name} is {value!r}, not a number") from None

    def unknown_tags(self, callbacks: Sequence[Any], own: Sequence[str]) -> list[str]:
        """Return each `struct x` of the ops' types that no touched header names, `own` excepted."""
        types = [t for op in callbacks for t in (op.returns, *(p.type for p in op.parameters))]
        named = dict.fromkeys(tag for t in types if (tag := ctype.tag(t)) is not None)
        headers = b"\n".join(s for path, s in self._files.items() if path.startswith("include/"))
        found = re.findall(r"\b(struct|union)\s+(\w+)", headers.decode(errors="replace"))
        known = {" ".join(words) for words in [*found, *(("struct", name) for name in own)]}
        return [tag for tag in named if tag not in known]

    def has(self, anchor: Anchor) -> bool:
        """Return whether the file has what an anchor names."""
        return bool(anchor.places(self._files[self._path]))

    def mentions(self, word: str, also: Sequence[str] = ()) -> bool:
        """Return whether the code of the file has a word, or that of the files `also`."""
        paths = (self._path, *also)
        return any(re.search(rf"\b{word}\b", self._code(path)) for path in paths)

    def uses(self, of: str, but: Sequence[str] = ()) -> bool:
        """Return whether the file uses a name of the header `of`, except those in `but`."""
        spelled = re.findall(r"(?:\b(?:struct|union|enum)\s+)?\w+", self._code(self._path))
        used = {" ".join(name.split()) for name in spelled}
        return not used.isdisjoint(given(self._files[of]) - {*but})

    def _code(self, path: str) -> str:
        return code_of(path, self._files[path]).decode(errors="replace")

    def value_column(self, anchor: cdecl.Enum) -> int | None:
        """Return the column of the `=` that all enumerators of an enum share, or None."""
        columns = {
            ctext.width(line.split("=", 1)[0])
            for _, body in anchor.bodies(self._files[self._path])
            for entry in body.named_children
            if entry.type == "enumerator"
            for line in (self._line(entry.start_byte),)
            if "=" in line
        }
        return columns.pop() if len(columns) == 1 else None

    def _line(self, offset: int) -> str:
        source = self._files[self._path]
        start, end = source.rfind(b"\n", 0, offset) + 1, source.find(b"\n", offset)
        return source[start:end].decode(errors="replace")


FUNCTIONS: tuple[Callable[..., Any], ...] = (
    Functions.op,
    Functions.called_ops,
    Functions.value_of,
    Functions.unknown_tags,
    Functions.has,
    Functions.mentions,
    Functions.uses,
)


def functions(known: Functions) -> dict[str, Callable[..., Any]]:
    """Return the functions by the names that templates use."""
    return {one.__name__: getattr(known, one.__name__) for one in FUNCTIONS}


@jinja2.pass_context
def text(context: Context, value: str, own_name: str = "") -> str:
    """Return a text with each `${...}` replaced by its name; `${self}` is `own_name`."""
    return expand(value, context["spec"], own_name)


@jinja2.pass_context
def arguments(context: Context, op: Any) -> str:  # noqa: ANN401
    """Return the arguments with which the driver calls an op, a list with commas."""
    known = context["spec"].interface.data.arguments
    kinds = calls.argument_kinds(context["spec"], op)
    return ", ".join(known[kind].value for kind in kinds if kind)


def parameters(op: Any) -> str:  # noqa: ANN401
    """Return the parameters of an op under the names of the spec, or `void`."""
    return ", ".join(ctype.declare(p.type, p.name) for p in op.parameters) or "void"


@jinja2.pass_context
def own_parameters(context: Context, op: Any) -> str:  # noqa: ANN401
    """Return the parameters of an op under the names that interface.yaml has for them."""
    known = context["spec"].interface.data.arguments
    kinds = calls.argument_kinds(context["spec"], op)
    return ", ".join(
        ctype.declare(parameter.type, known[kind].parameter if kind else parameter.name)
        for parameter, kind in zip(op.parameters, kinds, strict=True)
    )


@jinja2.pass_context
def align_with(context: Context, entry: str, anchor: cdecl.Enum) -> str:
    """Return an enumerator with its `=` in the column of the others of an enum."""
    known: Functions = context["_edits"].functions
    return ctext.align(entry, known.value_column(anchor)) + "\n"


FILTERS: tuple[Callable[..., str], ...] = (
    wrap,
    ctext.comment,
    ctext.comment_line,
    text,
    arguments,
    parameters,
    own_parameters,
    align_with,
)


def filters() -> Iterator[tuple[str, Callable[..., str]]]:
    """Return the filters with the names that templates use."""
    return ((one.__name__, one) for one in FILTERS)
