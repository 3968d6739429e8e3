# SPDX-License-Identifier: GPL-2.0-only
"""The tags `edit` and `create`, and the fields of the spec that each edit depends on.

`{% edit ACTION ANCHOR %}text{% endedit %}` changes the kernel file at the template's path,
`{% create %}text{% endcreate %}` makes it.

An edit depends on the fields that are read in its tag and its text, in the conditions around it,
and, before it in the same file, outside of conditions or where a condition sets a name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

from afugen import cache
from afugen.anchors.place import Anchor
from afugen.errors import TemplateError
from afugen.render.edits import Action, Edit, NewFile
from afugen.render.vocabulary import Functions, filters
from afugen.spec.interface import Interface
from afugen.spec.model import Section


class Trace:
    """The fields that were read: a frame for the file, each condition or include, and the edit."""

    def __init__(self) -> None:
        self._frames: list[dict[str, None]] = [{}]
        self._is_in_edit = False

    def note(self, path: str) -> None:
        """Record that a field was read."""
        self._frames[-1][path] = None

    def push(self) -> None:
        """Enter a condition or an include."""
        self._frames.append({})

    def pop(self, *, is_kept: bool = False) -> None:
        """Leave a condition or an include; its fields are kept where it sets names for later."""
        left = self._frames.pop()
        if is_kept or self._is_in_edit:
            self._frames[-1].update(left)

    def begin(self) -> None:
        """Enter an edit."""
        self.push()
        self._is_in_edit = True

    def end(self) -> tuple[str, ...]:
        """Leave the edit and return the fields that it depends on."""
        read = tuple({path: None for frame in self._frames for path in frame})
        self._is_in_edit = False
        self.pop()
        return read


@dataclass(frozen=True, slots=True)
class Edits:
    """The edits of one kernel file, as its template runs; `functions` are those of templates."""

    path: str
    functions: Functions
    trace: Trace
    found: list[Edit] = field(default_factory=list)


class Traced:
    """A spec, or a part of it, that records which of its fields a template reads."""

    def __init__(self, model: object, path: str, trace: Trace) -> None:
        self._model, self._path, self._trace = model, path, trace

    @property
    def interface(self) -> Interface:
        """Return the interface of the spec, which no template reads."""
        found: Interface = self._model.interface  # type: ignore[attr-defined]
        return found

    @property
    def untraced(self) -> Any:  # noqa: ANN401 - as many types as the spec has
        """Return the spec itself."""
        return self._model

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as many types as the spec has
        path = f"{self._path}.{name}" if self._path else name
        return _traced(getattr(self._model, name), path, self._trace)


def _traced(value: object, path: str, trace: Trace) -> Any:  # noqa: ANN401
    if isinstance(value, Section):
        return Traced(value, path, trace)
    if isinstance(value, tuple):
        return tuple(_traced(item, f"{path}[{i}]", trace) for i, item in enumerate(value))
    trace.note(path)
    return value


_ACTIONS = tuple(action for action in Action if action is not Action.CREATE)


class EditTag(Extension):
    """`{% edit ACTION ANCHOR %}text{% endedit %}` and `{% create %}text{% endcreate %}`."""

    tags = {"edit", "create"}  # noqa: RUF012 - Jinja's own interface

    def parse(self, parser: Parser) -> list[nodes.Node]:
        tag = next(parser.stream)
        line = tag.lineno
        if tag.value == "create":
            action = str(Action.CREATE)
            anchor: nodes.Expr = self.call_method("new_file")
        else:
            action = parser.stream.expect("name").value
            if action not in _ACTIONS:
                parser.fail(f"edit {action}: one of {', '.join(_ACTIONS)}", line)
            anchor = parser.parse_expression()
        body = parser.parse_statements((f"name:end{tag.value}",), drop_needle=True)
        label: str = self.environment.label  # type: ignore[attr-defined]
        origin = nodes.Const(f"{label}/{parser.name}:{line}")
        context = nodes.ContextReference()
        begin = nodes.ExprStmt(self.call_method("begin", [context, origin]))
        collected = self.call_method("collect", [context, nodes.Const(action), anchor, origin])
        return [
            begin.set_lineno(line),
            nodes.CallBlock(collected, [], [], body).set_lineno(line),
        ]

    def new_file(self) -> NewFile:
        """Return the anchor of a text that is a whole file."""
        return NewFile()

    def begin(self, context: jinja2.runtime.Context, origin: str) -> None:
        """Record that an edit starts, before its anchor is made."""
        context["_edits"].trace.begin()

    def collect(
        self,
        context: jinja2.runtime.Context,
        action: str,
        anchor: Anchor,
        origin: str,
        caller: Callable[[], str],
    ) -> str:
        """Record the edit; the output of the template has nothing of it."""
        if not hasattr(anchor, "places"):
            raise TemplateError(f"{origin}: {anchor!r} is no anchor")
        edits: Edits = context["_edits"]
        text = caller()
        fields = edits.trace.end()
        edits.found.append(Edit(edits.path, Action(action), anchor, text, origin, fields))
        return ""


class _Environment(jinja2.Environment):
    """An environment with a frame of the trace around each condition and each include."""

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        template.body = list(_framed(template.body))
        return template


def _framed(body: Iterable[nodes.Node]) -> Iterable[nodes.Node]:
    for node in body:
        if isinstance(node, nodes.If):
            for branch in (node, *node.elif_):
                branch.body = list(_framed(branch.body))
            node.else_ = list(_framed(node.else_))
        if isinstance(node, nodes.If | nodes.Include):
            is_kept = nodes.Keyword("is_kept", nodes.Const(_sets_names(node)))
            yield _on_trace("push", node.lineno)
            yield node
            yield _on_trace("pop", node.lineno, is_kept)
        else:
            yield node


def _sets_names(node: nodes.Node) -> bool:
    """Return whether a condition sets names that hold behind it."""
    return isinstance(node, nodes.If) and any(node.find_all((nodes.Assign, nodes.AssignBlock)))


def _on_trace(method: str, line: int, *keywords: nodes.Keyword) -> nodes.Node:
    trace = nodes.Getattr(nodes.Name("_edits", "load"), "trace", "load")
    call = nodes.Call(nodes.Getattr(trace, method, "load"), [], list(keywords), None, None)
    return nodes.ExprStmt(call).set_lineno(line)


def environment(
    directory: Path, anchors: Mapping[str, Any], label: str = "templates"
) -> jinja2.Environment:
    """Return the environment of a directory's templates.

    Undefined names are errors, tags take whole lines, and messages name the directory by its label.
    """
    env = _Environment(
        loader=jinja2.FileSystemLoader(directory),
        extensions=[EditTag],
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    env.globals.update(anchors)
    env.filters.update(filters())
    env.extend(label=label)
    return env


def keep_compiled(env: jinja2.Environment, directory: Path) -> None:
    """Keep compiled templates under a directory, apart from those of other tags or another Jinja.

    Compiling a template takes longer than running it.
    """
    kept = directory / cache.code_digest(__name__)
    kept.mkdir(parents=True, exist_ok=True)
    env.bytecode_cache = jinja2.FileSystemBytecodeCache(str(kept))
