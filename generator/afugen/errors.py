# SPDX-License-Identifier: GPL-2.0-only
"""The exceptions of afugen, for what the user or the machine's owner has to fix.

A failing selftest, a panic, a hang or generated code that does not build is no exception but a
*result* (see `afugen.verdict.Outcome`)::

    AfugenError
    ├── InputError                  exit 2: the user's input is wrong
    │   ├── SpecError               a spec is invalid; lists every complaint of the file
    │   ├── TemplateError           a template is malformed; names its line
    │   ├── AnchorError             a place in the base is missing or ambiguous; lists candidates
    │   ├── FeatureError            the base already has what a spec adds, or lacks what is removed
    │   ├── TreeError               a repository, revision or branch is missing or unsuitable
    │   ├── KconfigError            a Kconfig symbol or a requested option is not met
    │   └── CompileError            generated code, or a header, does not compile (exit 1)
    └── InfraError                  exit 3: the machine lacks something
        └── MissingToolError        a program or package; names the command that installs it
"""

from __future__ import annotations

from dataclasses import dataclass


class AfugenError(Exception):
    """An error whose message is one line for the user; `exit_code` is the exit status."""

    exit_code = 2


class InputError(AfugenError):
    """The user's input is wrong."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """An error at one place of a text file; line and column count from 1."""

    file: str
    line: int
    column: int
    message: str
    source: str = ""

    def __str__(self) -> str:
        head = f"{self.file}:{self.line}:{self.column}: {self.message}"
        if not self.source.strip():
            return head
        tabs_kept = "".join("\t" if c == "\t" else " " for c in self.source[: self.column - 1])
        return f"{head}\n    {self.source}\n    {tabs_kept}^"


class SpecError(InputError):
    """A spec file is invalid; the complaints are in the order of its lines."""

    def __init__(self, complaints: tuple[Complaint, ...]) -> None:
        self.complaints = complaints
        super().__init__("\n".join(map(str, complaints)))


class TemplateError(InputError):
    """A template is malformed; the message starts with its `file:line:`."""


class AnchorError(InputError):
    """A place in a base file is missing or ambiguous."""

    def __init__(
        self, file: str, anchor: str, matched: int, candidates: tuple[str, ...], origin: str = ""
    ) -> None:
        self.file, self.anchor, self.matched, self.candidates = file, anchor, matched, candidates
        problem = "not found" if matched == 0 else f"ambiguous, {matched} places match"
        hint = f"; candidates: {', '.join(candidates)}" if candidates else ""
        wanted_by = f" (wanted by {origin})" if origin else ""
        super().__init__(f"{file}: anchor {anchor}: {problem}{hint}{wanted_by}")


class FeatureError(InputError):
    """The base already has what the spec adds, or lacks what is to be removed."""


class TreeError(InputError):
    """A repository, a revision or a branch is missing or unsuitable."""


class KconfigError(InputError):
    """A Kconfig symbol or a requested configuration option is not met."""


class CompileError(InputError):
    """Code to measure does not compile; the message is the compiler's first error."""

    exit_code = 1


class InfraError(AfugenError):
    """The machine lacks something."""

    exit_code = 3


class MissingToolError(InfraError):
    """A program or package is not installed."""

    def __init__(self, what: str, install: str) -> None:
        self.what, self.install = what, install
        super().__init__(f"{what} is not installed; install it with: {install}")
