# SPDX-License-Identifier: GPL-2.0-only
"""Spec and base to edits: the Jinja environment, and what its templates can say."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from pydantic import BaseModel

from afugen import canchor, cdecl, ctext, ctype, data, kconfigfile
from afugen.edits import Action, Anchor, Edit, apply
from afugen.errors import AnchorError, InputError, TemplateError
from afugen.presence import refuse_if_present
from afugen.spec import Role, Spec, expand, op_with


class Base(Protocol):
    """A read-only view of the files of a base commit."""

    @property
    def label(self) -> str:
        """What messages call it."""
        ...

    def read(self, path: str) -> bytes:
        """The file's bytes; raises TreeError when it is not in the tree."""
        ...


@dataclass(frozen=True, slots=True)
class Change:
    """One file of the kernel, before and after, and the edits that lead there."""

    path: str
    before: bytes
    after: bytes
    edits: tuple[Edit, ...]


class Trace:
    """Which fields of the spec were read since the last `take`."""

    def __init__(self) -> None:
        self._read: dict[str, None] = {}

    def note(self, path: str) -> None:
        self._read[path] = None

    def take(self) -> tuple[str, ...]:
        read, self._read = tuple(self._read), {}
        return read


class Traced:
    """A spec, or a part of it, that notes which of its leaves a template reads."""

    def __init__(self, model: object, path: str, trace: Trace) -> None:
        self._model, self._path, self._trace = model, path, trace

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as many types as the spec has
        path = f"{self._path}.{name}" if self._path else name
        return _traced(getattr(self._model, name), path, self._trace)


def _traced(value: object, path: str, trace: Trace) -> Any:  # noqa: ANN401
    if isinstance(value, BaseModel):
        return Traced(value, path, trace)
    if isinstance(value, tuple):
        return tuple(_traced(item, f"{path}[{i}]", trace) for i, item in enumerate(value))
    trace.note(path)
    return value


class EditTag(Extension):
    """`{% edit ACTION ANCHOR %}text{% endedit %}`."""

    tags = {"edit"}  # noqa: RUF012 - Jinja's own interface

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        action = parser.stream.expect("name")
        if action.value not in [*Action]:
            parser.fail(f"edit {action.value}: one of {', '.join(Action)}", line)
        anchor = parser.parse_expression()
        body = parser.parse_statements(("name:endedit",), drop_needle=True)
        origin = nodes.Const(f"templates/{parser.name}:{line}")
        collected = self.call_method(
            "collect", [nodes.ContextReference(), nodes.Const(action.value), anchor, origin]
        )
        return nodes.CallBlock(collected, [], [], body).set_lineno(line)

    def collect(
        self,
        context: jinja2.runtime.Context,
        action: str,
        anchor: Anchor,
        origin: str,
        caller: Callable[[], str],
    ) -> str:
        """Note the edit; it leaves nothing in the template's output."""
        text = caller()
        fields = context["trace"].take()
        context["edits"].append(Edit(context["path"], Action(action), anchor, text, origin, fields))
        return ""


class Facts:
    """What a template may ask of the base: never the kernel's version."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def define(self, name: str) -> int:
        """The number that a macro of the touched files stands for."""
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

    def value_column(self, path: str, enum: str) -> int | None:
        """The column of the `=` that all enumerators of an enum share, if they do."""
        columns = {
            ctext.width(line.split("=", 1)[0])
            for _, body in cdecl.Enum(enum).bodies(self._files[path])
            for entry in body.named_children
            if entry.type == "enumerator"
            for line in (self._line(path, entry.start_byte),)
            if "=" in line
        }
        return columns.pop() if len(columns) == 1 else None

    def _line(self, path: str, offset: int) -> str:
        source = self._files[path]
        start, end = source.rfind(b"\n", 0, offset) + 1, source.find(b"\n", offset)
        return source[start:end].decode(errors="replace")


ANCHORS: dict[str, Callable[..., Anchor]] = {
    "function": canchor.Function,
    "callee": lambda caller, reads: canchor.Callee(caller, tuple(reads)),
    "call": canchor.Call,
    "argument": canchor.Argument,
    "chain": canchor.Chain,
    "condition": lambda function, assigns: canchor.Condition(canchor.Chain(function, assigns)),
    "branch": canchor.Branch,
    "declarations": canchor.Declarations,
    "struct": cdecl.Struct,
    "enum": cdecl.Enum,
    "member": cdecl.Member,
    "union": cdecl.Union,
    "define": cdecl.Define,
    "include": cdecl.Include,
    "header_guard_end": cdecl.HeaderGuard,
    "config": kconfigfile.Config,
    "selects": kconfigfile.Selects,
}


def environment(directory: Path) -> jinja2.Environment:
    """The environment of all templates; StrictUndefined, and blocks take their own lines."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(directory),
        extensions=[EditTag],
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    env.globals.update(ANCHORS, c=ctext)
    return env


def kernel_paths(directory: Path | None = None) -> tuple[str, ...]:
    """The kernel files that there is a template for."""
    top = directory or data.templates()
    found = (path.relative_to(top).as_posix() for path in top.rglob("*.j2"))
    private = ("delivery/", "selftest/")
    return tuple(sorted(p.removesuffix(".j2") for p in found if not p.startswith(private)))


def _words(spec: Spec, trace: Trace) -> dict[str, Any]:
    """What templates call things, beside `spec` itself."""
    view: Any = Traced(spec, "", trace)

    def arguments(op: Any) -> list[str]:  # noqa: ANN401 - a Traced Callback
        passed = {"context": "ctx", "event": "&event", "size": "sizeof(event)"}
        kinds = (ctype.argument_kind(parameter.type) for parameter in op.parameters)
        return [passed[kind] for kind in kinds if kind]

    def canonical(op: Any) -> list[str]:  # noqa: ANN401
        named = {"context": "ctx", "event": "event", "size": "max_size"}
        kinds = (ctype.argument_kind(parameter.type) or "" for parameter in op.parameters)
        return [
            ctype.declare(parameter.type, named[kind])
            for parameter, kind in zip(op.parameters, kinds, strict=True)
        ]

    return {
        "canonical": canonical,
        "spec": view,
        "pending": op_with(view, Role.PENDING),
        "deliver": op_with(view, Role.DELIVER),
        "arguments": arguments,
        "parameters": lambda op: [ctype.declare(p.type, p.name) for p in op.parameters],
        "text": lambda text, own_name="": expand(text, view, own_name),
    }


def edits_of(spec: Spec, files: Mapping[str, bytes], directory: Path | None = None) -> Iterator[
    tuple[str, tuple[Edit, ...]]
]:  # fmt: skip
    """The edits of each kernel file, for a base whose touched files are `files`."""
    env = environment(directory or data.templates())
    for path in files:
        trace, found = Trace(), list[Edit]()
        words = _words(spec, trace)
        words |= {"base": Facts(files), "edits": found, "trace": trace, "path": path}
        trace.take()  # what it took to find the ops by role is no template's reading
        with _template_errors():
            rest = env.get_template(f"{path}.j2").render(words)
        if rest.strip():
            line = rest.strip().splitlines()[0]
            raise TemplateError(f"templates/{path}.j2: text outside an edit: {line!r}")
        yield path, tuple(found)


def render(spec: Spec, base: Base, directory: Path | None = None) -> tuple[Change, ...]:
    """Every file that the spec changes; raises InputError's children and changes nothing."""
    paths = kernel_paths(directory)
    files = {path: base.read(path) for path in paths}
    refuse_if_present(spec, files, base.label)
    changes = (
        Change(path, files[path], apply(files[path], edits, path), edits)
        for path, edits in edits_of(spec, files, directory)
    )
    return tuple(change for change in changes if change.before != change.after)


def render_plain(name: str, spec: Spec | None, directory: Path | None = None) -> str:
    """A template that is no kernel file, such as the header of the selftest."""
    words = _words(spec, Trace()) if spec else {"spec": None}
    with _template_errors():
        return environment(directory or data.templates()).get_template(name).render(words)


class _template_errors:  # noqa: N801 - read as a statement: with _template_errors():
    """Turns Jinja's exceptions into TemplateErrors that name the template's line."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, jinja2.TemplateSyntaxError):
            raise TemplateError(f"templates/{error.name}:{error.lineno}: {error.message}") from None
        if isinstance(error, (jinja2.TemplateError, TypeError, AttributeError)):
            raise TemplateError(f"{_line_of(error)}: {error}") from error


def _line_of(error: BaseException) -> str:
    frames: Iterable[traceback.FrameSummary] = traceback.extract_tb(error.__traceback__)
    inner = [frame for frame in frames if frame.filename.endswith(".j2")]
    if not inner:
        return "templates"
    return f"{inner[-1].filename}:{inner[-1].lineno}"
