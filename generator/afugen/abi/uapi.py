# SPDX-License-Identifier: GPL-2.0-only
"""Measurement of a uapi header with the cross compiler, as programs are compiled.

The names come from the header as the preprocessor leaves it. The numbers come from the compiler:
as the kernel does for assembly (include/linux/kbuild.h), each constant expression is an operand
of an asm statement and is read from the assembly that the compiler writes. Nothing is executed.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from afugen import build, cache, command
from afugen.abi.headernames import Names, StructNames, names_of
from afugen.abi.layout import EnumValues, Layout, MacroValue, MemberLayout, StructLayout
from afugen.errors import CompileError

# The targets with gcc's options for them; 32-bit programs are big endian.
TARGETS = {"ppc64le": ("-m64",), "ppc": ("-m32", "-mbig-endian")}
_SECONDS = 60.0
_FLAGS = ("-std=gnu11", "-w", "-D__user=", "-D__force=", "-D__EXPORTED_HEADERS__",
          "-ftrack-macro-expansion=0")  # fmt: skip
_ERROR = re.compile(r"^\S*?(?P<file>[^/\s:]+):(?P<line>\d+):\d+: (?:fatal )?error: (?P<text>.+)$")
_VALUE = re.compile(r"^->(\d+) (-?\d+)$", re.MULTILINE)
_COPY, _PROBE, _ASSEMBLY = "header.h", "probe.c", "probe.s"


def measure(header: bytes, name: str, *, target: str = "ppc64le") -> Layout:
    """Return the layout of a uapi header; cached by its content.

    `name` is for messages. CompileError with the compiler's first error if it does not compile.
    """
    path = cache.root() / "uapi" / f"{_key(header, target)}.json"
    if path.is_file():
        return _loaded(json.loads(path.read_bytes()))
    with tempfile.TemporaryDirectory() as directory:
        measured = _measure(Path(directory), header, target, name)
    cache.write_atomically(path, json.dumps(asdict(measured)).encode())
    return measured


def _key(header: bytes, target: str) -> str:
    digest = hashlib.sha256()
    for part in (
        header, target.encode(), build.toolchain().version().encode(),
        cache.code_digest(__name__).encode(),
    ):  # fmt: skip
        digest.update(b"%d %s" % (len(part), part))
    return digest.hexdigest()[:32]


def _loaded(saved: Mapping[str, object]) -> Layout:
    kept: dict[str, list[dict[str, object]]] = dict(saved)  # type: ignore[arg-type]
    structs = tuple(
        StructLayout(**one | {"members": tuple(MemberLayout(**each) for each in one["members"])})  # type: ignore
        for one in kept["structs"]
    )
    enums = tuple(
        EnumValues(**one | {"values": tuple((each[0], each[1]) for each in one["values"])})  # type: ignore
        for one in kept["enums"]
    )
    defines = tuple(MacroValue(**one) for one in kept["defines"])  # type: ignore[arg-type]
    return Layout(str(saved["target"]), structs, enums, defines)


def _measure(directory: Path, header: bytes, target: str, name: str) -> Layout:
    compiler = _Compiler(directory, target, name)
    (directory / _COPY).write_bytes(header)
    names = names_of(compiler.preprocessed(), _COPY, name)
    fixed = [expression for struct in names.structs for expression in _of_struct(struct)]
    fixed += [value for enum in names.enums for value, _ in enum.constants]
    # The sign and the size tell 0xffffffff from -1.
    optional = [
        word
        for define in names.defines
        for word in (define.name, _is_negative(define.name), _size(define.name))
    ]
    return _assembled(target, names, compiler.values(fixed, optional))


def _of_struct(struct: StructNames) -> Iterable[str]:
    yield _size(struct.name)
    yield _align(struct.name)
    for member in struct.members:
        yield _offset(struct.name, member.path)
        if not member.is_flexible:
            yield _size_of_member(struct.name, member.path)


def _size(name: str) -> str:
    return f"sizeof({name})"


def _align(name: str) -> str:
    return f"_Alignof({name})"


def _offset(name: str, path: str) -> str:
    return f"__builtin_offsetof({name}, {path})"


def _size_of_member(name: str, path: str) -> str:
    return f"sizeof((({name} *)0)->{path})"


def _assembled(target: str, names: Names, values: Mapping[str, int]) -> Layout:
    structs = tuple(
        StructLayout(
            struct.name,
            values[_size(struct.name)],
            values[_align(struct.name)],
            tuple(
                _member(
                    member.path, member.type, values[_offset(struct.name, member.path)],
                    values.get(_size_of_member(struct.name, member.path)),
                )
                for member in struct.members
            ),
            struct.line,
        )
        for struct in names.structs
    )  # fmt: skip
    enums = tuple(
        EnumValues(enum.name, tuple((name, values[name]) for name, _ in enum.constants), enum.line)
        for enum in names.enums
    )
    defines = tuple(
        MacroValue(define.name, _signed(values, define.name), define.line)
        for define in names.defines
        if define.name in values
    )
    return Layout(target, structs, enums, defines)


def _member(path: str, type_: str, offset: int, size: int | None) -> MemberLayout:
    # An array of no elements is the old way to write a flexible one.
    return MemberLayout(path, type_, offset, size or 0, is_flexible=not size)


def _is_negative(name: str) -> str:
    return f"({name}) < 0"


def _signed(values: Mapping[str, int], name: str) -> int:
    """Return the value in C: gcc prints every asm operand as if it were signed."""
    value = values[name]
    if value >= 0 or values.get(_is_negative(name)):
        return value
    return value & ((1 << 8 * values.get(_size(name), 8)) - 1)


class _Compiler:
    """The cross compiler for one target, in a directory that holds the header."""

    def __init__(self, directory: Path, target: str, name: str) -> None:
        self._directory, self._name = directory, name
        self._gcc = (build.toolchain().gcc, *TARGETS[target], *_FLAGS)

    def preprocessed(self) -> str:
        """Return the preprocessed header, with the definitions of its macros."""
        done = self._run("-E", "-dD", "-o", "header.i", _COPY)
        if done.returncode:
            raise self._failure(done.output, set())
        return (self._directory / "header.i").read_text(errors="replace")

    def values(self, fixed: Iterable[str], optional: Iterable[str]) -> dict[str, int]:
        """Return the values of constant expressions, without `optional` ones that are none."""
        fixed, optional = list(dict.fromkeys(fixed)), list(dict.fromkeys(optional))
        done = self._compile([*fixed, *optional])
        if done.returncode:
            wrong = {int(match["line"]) for match in self._errors(done.output)}
            first = _first_line(len(fixed))
            if not wrong or min(wrong) < first:
                raise self._failure(done.output, set(range(first, first + len(optional))))
            optional = [one for line, one in enumerate(optional, first) if line not in wrong]
            done = self._compile([*fixed, *optional])
            if done.returncode:
                raise self._failure(done.output, set())
        expressions = [*fixed, *optional]
        found = _VALUE.findall((self._directory / _ASSEMBLY).read_text())
        return {expressions[int(number)]: int(value) for number, value in found}

    def _compile(self, expressions: list[str]) -> command.CompletedProcess:
        # Each in a function of its own: gcc reports an undeclared name once in a function.
        probes = (
            f'void p{number}(void) {{ asm volatile("\\n->{number} %0" : : "i" ({expression})); }}\n'
            for number, expression in enumerate(expressions)
        )
        text = f'#include "{_COPY}"\n{"".join(probes)}'
        (self._directory / _PROBE).write_text(text)
        return self._run("-O1", "-S", "-o", _ASSEMBLY, _PROBE)

    def _run(self, *arguments: str) -> command.CompletedProcess:
        argv = (*self._gcc, *arguments)
        environment = build.environment()
        return command.run(argv, cwd=self._directory, env=environment, deadline_seconds=_SECONDS)

    def _errors(self, output: str) -> list[re.Match[str]]:
        return [match for line in output.splitlines() if (match := _ERROR.match(line))]

    def _failure(self, output: str, ignored: set[int]) -> CompileError:
        """Return the first error that is not on one of the `ignored` lines of the probe."""
        for match in self._errors(output):
            if match["file"] == _COPY:
                return CompileError(f"{self._name}:{match['line']}: {match['text']}")
            if int(match["line"]) not in ignored:
                return CompileError(f"{self._name}: {match['text']}")
        return CompileError(f"{self._name}: {output.strip() or 'gcc failed'}")


def _first_line(number: int) -> int:
    """Return the line of the probe with that number."""
    return 2 + number
