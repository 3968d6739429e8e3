# SPDX-License-Identifier: GPL-2.0-only
"""Spec and base to edits: the Jinja environment, and what its templates can say."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import jinja2

from afugen.anchors import ANCHORS, Anchor, cdecl
from afugen.csource.lexical import code_of
from afugen.csource.names import given
from afugen.errors import AfugenError, AnchorError, InputError, TemplateError, TreeError
from afugen.render import ctext, edittag
from afugen.render.edits import Action, Edit, apply, create, line_before, splices
from afugen.render.edittag import Trace, Traced
from afugen.render.presence import refuse_if_present
from afugen.spec import calls, ctype
from afugen.spec.interface import Interface
from afugen.spec.model import Spec, op_with
from afugen.spec.texts import expand


class Base(Protocol):
    """A read-only view of the files of a base commit."""

    @property
    def label(self) -> str:
        """What messages call it."""
        ...

    def read(self, path: str) -> bytes:
        """The file's bytes; raises TreeError when it is not in the tree."""
        ...

    def exists(self, path: str) -> bool:
        """Whether the tree has such a file."""
        ...


@dataclass(frozen=True, slots=True)
class Change:
    """One file of the kernel, before (None: it is new) and after, and the edits that lead there."""

    path: str
    before: bytes | None
    after: bytes
    edits: tuple[Edit, ...]

    def line_before(self, offset: int) -> int:
        """The line of the file before, from 1, that an offset in the file after comes from."""
        before = self.before or b""
        return line_before(before, splices(before, self.edits, self.path), offset)


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

    def unknown_tags(self, callbacks: Sequence[Any], own: Sequence[str]) -> list[str]:
        """The `struct x` of these ops' types that no header speaks of, and no struct of ours is."""
        types = [t for op in callbacks for t in (op.returns, *(p.type for p in op.parameters))]
        named = dict.fromkeys(tag for t in types if (tag := ctype.tag(t)) is not None)
        headers = b"\n".join(s for path, s in self._files.items() if path.startswith("include/"))
        spoken_of = re.findall(r"\b(struct|union)\s+(\w+)", headers.decode(errors="replace"))
        known = {" ".join(words) for words in [*spoken_of, *(("struct", name) for name in own)]}
        return [tag for tag in named if tag not in known]

    def has(self, path: str, anchor: Anchor) -> bool:
        """Whether a file has what an anchor names."""
        return bool(anchor.places(self._files[path]))

    def mentions(self, paths: Sequence[str], word: str) -> bool:
        """Whether the code of any of the files has a word, comments apart."""
        return any(re.search(rf"\b{word}\b", self._code(path)) for path in paths)

    def uses(self, path: str, *, of: str, but: Sequence[str] = ()) -> bool:
        """Whether a file has a name that a header declares, tags written as `struct x`."""
        spelled = re.findall(r"(?:\b(?:struct|union|enum)\s+)?\w+", self._code(path))
        used = {" ".join(name.split()) for name in spelled}
        return not used.isdisjoint(given(self._files[of]) - {*but})

    def _code(self, path: str) -> str:
        return code_of(path, self._files[path]).decode(errors="replace")

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


# Where the templates of the test in the tree are, at the kernel files' own paths again; and those
# that take the feature out of a tree.
TEST, WITHOUT = "test/", "without/"


@cache
def environment(directory: Path, label: str = "templates") -> jinja2.Environment:
    """The environment of a directory's templates: anchors by name, `c` for text as kernel C.

    Messages name the directory by its label.
    """
    return edittag.environment(directory, {**ANCHORS, "c": ctext}, label)


def environment_of(interface: Interface, directory: Path | None = None) -> jinja2.Environment:
    """The environment of an interface's templates, or of those in another directory."""
    return (
        environment(directory) if directory else environment(interface.directory, interface.label)
    )


def kernel_paths(interface: Interface, directory: Path | None = None) -> tuple[str, ...]:
    """The kernel files that there is a template for."""
    apart = (TEST, WITHOUT, *(f"{folder}/" for folder in interface.data.partials))
    paths = _paths(directory or interface.directory)
    return tuple(path for path in paths if not path.startswith(apart))


def paths_of_test(interface: Interface, directory: Path | None = None) -> tuple[str, ...]:
    """The files of the test in the tree that there is a template for: some edited, most new."""
    return _paths((directory or interface.directory) / TEST)


def paths_of_removal(interface: Interface, directory: Path | None = None) -> tuple[str, ...]:
    """The kernel files that there is a template for which takes the merged feature out."""
    return _paths((directory or interface.directory) / WITHOUT)


def _paths(top: Path) -> tuple[str, ...]:
    found = (path.relative_to(top).as_posix() for path in top.rglob("*.j2"))
    return tuple(sorted(path.removesuffix(".j2") for path in found))


def _words(spec: Spec | None, trace: Trace) -> dict[str, Any]:
    """What templates call things, beside `spec` itself, which is None in a test without one."""
    if spec is None:
        return {"trace": trace, "spec": None}
    view: Any = Traced(spec, "", trace)
    known = spec.interface.data.arguments

    def arguments(op: Any) -> list[str]:  # noqa: ANN401 - a Traced callback
        return [known[kind].value for kind in calls.argument_kinds(view, op) if kind]

    def canonical(op: Any) -> list[str]:  # noqa: ANN401
        kinds = calls.argument_kinds(view, op)
        return [
            ctype.declare(parameter.type, known[kind].parameter if kind else parameter.name)
            for parameter, kind in zip(op.parameters, kinds, strict=True)
        ]

    called = {role: op_with(view, role) for role in calls.called_roles(spec)}
    return called | {
        "trace": trace,
        "canonical": canonical,
        "spec": view,
        "called": tuple(called.values()),
        "arguments": arguments,
        "text": lambda text, own_name="": expand(text, view, own_name),
    }


def edits_of(
    spec: Spec | None,
    env: jinja2.Environment,
    files: Mapping[str, bytes],
    paths: Sequence[str] | None = None,
    under: str = "",
) -> Iterator[tuple[str, tuple[Edit, ...]]]:
    """The edits of each kernel file, for a base whose touched files are `files`.

    `paths` are those of the templates, which lie `under` a directory; without it, of the files.
    """
    for path in files if paths is None else paths:
        trace, found = Trace(), list[Edit]()
        words = _words(spec, trace)
        words |= {"base": Facts(files), "edits": found, "path": path}
        trace.forget()  # what it took to find the ops by role is no template's reading
        with _template_errors(env):
            for text in (rest := env.get_template(f"{under}{path}.j2").generate(words)):
                if text.strip():
                    line = text.strip().splitlines()[0]
                    place = _place_of(line, rest, env)
                    raise TemplateError(f"{place}: text outside an edit: {line!r}")
        yield path, tuple(found)


def _place_of(text: str, output: Iterator[str], env: jinja2.Environment) -> str:
    """Where the text stands that a running template has just put out; Jinja knows where it began.

    An included template's generator is what the including one has in its variable `gen`.
    """
    frame: Any = output
    while (inner := getattr(frame, "gi_yieldfrom", None) or _included(frame)) is not None:
        frame = inner
    name = frame.gi_frame.f_globals["name"]
    start = env.get_template(name).get_corresponding_lineno(frame.gi_frame.f_lineno)
    source, _, _ = env.loader.get_source(env, name) if env.loader else ("", None, None)
    lines = enumerate(source.splitlines(), 1)
    found = (number for number, line in lines if number >= start and text in line)
    return f"{env.label}/{name}:{next(found, start)}"  # type: ignore[attr-defined]


def _included(frame: Any) -> Any:  # noqa: ANN401 - generators of Jinja's
    gen = frame.gi_frame.f_locals.get("gen")
    return gen if getattr(gen, "gi_frame", None) is not None else None


class _Touched(dict[str, bytes]):
    """The files that there are templates for; what the tree lacks raises TreeError when used."""

    def __init__(self, base: Base, paths: Sequence[str]) -> None:
        super().__init__()
        self._lacking: dict[str, str] = {}
        for path in paths:
            try:
                self[path] = base.read(path)
            except TreeError as error:
                self._lacking[path] = str(error)

    def __missing__(self, path: str) -> bytes:
        raise TreeError(self._lacking[path])


def render(spec: Spec, base: Base, directory: Path | None = None) -> tuple[Change, ...]:
    """Every file that the spec changes; raises InputError's children and changes nothing."""
    paths = kernel_paths(spec.interface, directory)
    files = _Touched(base, paths)
    refuse_if_present(spec, files, base.label)
    changes = (
        Change(path, files[path], apply(files[path], edits, path), edits)
        for path, edits in edits_of(spec, environment_of(spec.interface, directory), files, paths)
        if edits
    )
    return tuple(change for change in changes if change.before != change.after)


def render_removal(
    interface: Interface, base: Base, directory: Path | None = None
) -> tuple[Change, ...]:
    """Every file that changes when the merged feature is taken out; raises as `render` does."""
    paths = paths_of_removal(interface, directory)
    files, env = _Touched(base, paths), environment_of(interface, directory)
    return tuple(
        Change(path, files[path], apply(files[path], edits, path), edits)
        for path, edits in edits_of(None, env, files, paths, WITHOUT)
        if edits
    )


def render_test(
    spec: Spec | None, interface: Interface, base: Base, directory: Path | None = None
) -> tuple[Change, ...]:
    """The test in the tree of what the spec adds; without one, of what the driver has always had.

    The base is a tree that has the feature; a file that is to be new must not be in it.
    """
    paths = paths_of_test(interface, directory)
    files = {path: base.read(path) for path in paths if base.exists(path)}
    edited = edits_of(spec, environment_of(interface, directory), files, paths, TEST)
    return tuple(_test_change(path, edits, base) for path, edits in edited if edits)


def _test_change(path: str, edits: tuple[Edit, ...], base: Base) -> Change:
    if not any(edit.action is Action.CREATE for edit in edits):
        before = base.read(path)
        return Change(path, before, apply(before, edits, path), edits)
    if base.exists(path):
        raise TreeError(f"{base.label}: {path} is there already, and {edits[0].origin} makes it")
    return Change(path, None, create(edits, path), edits)


class _template_errors:  # noqa: N801 - read as a statement: with _template_errors(env):
    """Turns what a template does wrong into TemplateErrors that name the template's line."""

    def __init__(self, env: jinja2.Environment) -> None:
        self._env = env
        self._label: str = env.label  # type: ignore[attr-defined]

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, jinja2.TemplateSyntaxError):
            raise TemplateError(
                f"{self._label}/{error.name}:{error.lineno}: {error.message}"
            ) from None
        if isinstance(error, Exception) and not isinstance(error, AfugenError):
            raise TemplateError(f"{self._place(error)}: {error}") from error

    def _place(self, error: BaseException) -> str:
        """The innermost line of a template in a traceback, which Jinja has rewritten."""
        frames = traceback.extract_tb(error.__traceback__)
        inner = [frame for frame in frames if frame.filename.endswith(".j2")]
        if not inner:
            return self._label
        loader = self._env.loader
        top = loader.searchpath[0] if isinstance(loader, jinja2.FileSystemLoader) else ""
        return f"{self._label}/{Path(inner[-1].filename).relative_to(top)}:{inner[-1].lineno}"
