# SPDX-License-Identifier: GPL-2.0-only
"""From a spec, an interface's templates and a base to changed files."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import jinja2

from afugen.anchors import ANCHORS
from afugen.errors import AfugenError, TemplateError, TreeError
from afugen.render import edittag
from afugen.render.edits import Action, Edit, apply, create, line_before, splices
from afugen.render.edittag import Edits, Trace, Traced
from afugen.render.presence import refuse_if_present
from afugen.render.vocabulary import Functions, functions
from afugen.spec.interface import Interface
from afugen.spec.model import Spec


class Base(Protocol):
    """A read-only view of the files of a base commit."""

    @property
    def label(self) -> str:
        """Return the name that messages have for it."""
        ...

    def read(self, path: str) -> bytes:
        """Return the bytes of a file; raises TreeError when it is not in the tree."""
        ...

    def exists(self, path: str) -> bool:
        """Return whether the tree has such a file."""
        ...


@dataclass(frozen=True, slots=True)
class Change:
    """A changed file of the kernel and its edits; `before` is None where the file is new."""

    path: str
    before: bytes | None
    after: bytes
    edits: tuple[Edit, ...]

    def line_before(self, offset: int) -> int:
        """Return the line of the file before, from 1, that an offset in the file after is from."""
        before = self.before or b""
        return line_before(before, splices(before, self.edits, self.path), offset)


# The folders of the templates of the test in the tree, and of those that take the feature out of a
# tree; below them are the paths of the kernel files again.
TEST, WITHOUT = "test/", "without/"


@cache
def environment(directory: Path, label: str = "templates") -> jinja2.Environment:
    """Return the environment of a directory's templates; messages name it by its label."""
    return edittag.environment(directory, ANCHORS, label)


def environment_of(interface: Interface, directory: Path | None = None) -> jinja2.Environment:
    """Return the environment of an interface's templates, or of those in another directory."""
    return (
        environment(directory) if directory else environment(interface.directory, interface.label)
    )


def kernel_paths(interface: Interface, directory: Path | None = None) -> tuple[str, ...]:
    """Return the kernel files that have a template."""
    apart = (TEST, WITHOUT, *(f"{folder}/" for folder in interface.data.partials))
    paths = _paths(directory or interface.directory)
    return tuple(path for path in paths if not path.startswith(apart))


def paths_of_test(interface: Interface, directory: Path | None = None) -> tuple[str, ...]:
    """Return the files of the test in the tree that have a template; most of them are new."""
    return _paths((directory or interface.directory) / TEST)


def paths_of_removal(interface: Interface, directory: Path | None = None) -> tuple[str, ...]:
    """Return the kernel files that have a template which takes the merged feature out."""
    return _paths((directory or interface.directory) / WITHOUT)


def _paths(top: Path) -> tuple[str, ...]:
    found = (path.relative_to(top).as_posix() for path in top.rglob("*.j2"))
    return tuple(sorted(path.removesuffix(".j2") for path in found))


def _names(spec: Spec | None, files: Mapping[str, bytes], path: str) -> dict[str, Any]:
    """Return what the template of a kernel file may use; `spec` is None in a test without one."""
    trace = Trace()
    view = None if spec is None else Traced(spec, "", trace)
    known = Functions(view, files, path)
    return {"spec": view, "_edits": Edits(path, known, trace), **functions(known)}


def edits_of(
    spec: Spec | None,
    env: jinja2.Environment,
    files: Mapping[str, bytes],
    paths: Sequence[str] | None = None,
    under: str = "",
) -> Iterator[tuple[str, tuple[Edit, ...]]]:
    """Yield the edits of each kernel file, for a base whose touched files are `files`.

    `paths` are those of the templates, which lie `under` a directory; without it, of the files.
    """
    for path in files if paths is None else paths:
        names = _names(spec, files, path)
        with _template_errors(env):
            for text in (rest := env.get_template(f"{under}{path}.j2").generate(names)):
                if text.strip():
                    line = text.strip().splitlines()[0]
                    place = _place_of(line, rest, env)
                    raise TemplateError(f"{place}: text outside an edit: {line!r}")
        yield path, tuple(names["_edits"].found)


def _place_of(text: str, output: Iterator[str], env: jinja2.Environment) -> str:
    """Return the template and line of a text that a running template has just put out.

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
    """The files that have templates; one that the tree lacks raises TreeError when it is read."""

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
    """Return every file that the spec changes; raises InputError's children."""
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
    """Return every file that changes when the merged feature is taken out; raises as `render`."""
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
    """Return the test in the tree; without a spec, that of what the driver has always had.

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
    """Context manager that turns errors of a template into TemplateErrors with its line."""

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
        """Return the innermost line of a template in a traceback, which Jinja has rewritten."""
        frames = traceback.extract_tb(error.__traceback__)
        inner = [frame for frame in frames if frame.filename.endswith(".j2")]
        if not inner:
            return self._label
        loader = self._env.loader
        top = loader.searchpath[0] if isinstance(loader, jinja2.FileSystemLoader) else ""
        return f"{self._label}/{Path(inner[-1].filename).relative_to(top)}:{inner[-1].lineno}"
