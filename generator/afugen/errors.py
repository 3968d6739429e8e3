# SPDX-License-Identifier: GPL-2.0-only
"""Everything that can go wrong and is not a result.

A failing selftest, a panic, a hang or generated code that does not build is a *result*
(see `afugen.verdict.Outcome`). What is here must be mended by the user or the machine's owner::

    AfugenError
    ├── InputError                  exit 2: the user's input is wrong
    │   ├── SpecError               a spec does not hold; lists every complaint of the file
    │   ├── TemplateError           a template is malformed; names its line
    │   ├── AnchorError             a place in the base is missing or ambiguous; lists candidates
    │   ├── FeatureError            the base already has what a spec adds, or lacks what is removed
    │   ├── TreeError               a repository, revision or branch is not what it should be
    │   ├── KconfigError            a Kconfig symbol or a requested option does not hold
    │   ├── CompileError            generated code, or a header, does not compile (exit 1)
    │   └── StaleError              the committed patches and the spec disagree (exit 1)
    └── InfraError                  exit 3: the machine lacks something
        └── MissingTool             a program or package; names the command that installs it
"""

from __future__ import annotations

from dataclasses import dataclass


class AfugenError(Exception):
    """One line for the user; `exit_code` is what the process ends with."""

    exit_code = 2


class InputError(AfugenError):
    """The user's input is wrong."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing wrong with one place of a text file; line and column count from 1."""

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
    """Every complaint about one spec file, in the order of its lines."""

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
        what = "not found" if matched == 0 else f"ambiguous, {matched} places match"
        near = f"; candidates: {', '.join(candidates)}" if candidates else ""
        wanted_by = f" (wanted by {origin})" if origin else ""
        super().__init__(f"{file}: anchor {anchor}: {what}{near}{wanted_by}")


class FeatureError(InputError):
    """The base already has what the spec adds, or has nothing of what is to be removed."""


class TreeError(InputError):
    """A repository, a revision or a branch is not what it should be."""


class KconfigError(InputError):
    """A Kconfig symbol or a requested configuration option does not hold."""


class CompileError(InputError):
    """Code that is to be measured does not compile; the message is the compiler's first error."""

    exit_code = 1


class StaleError(InputError):
    """The committed patches and the spec disagree; the message carries a unified diff."""

    exit_code = 1


class InfraError(AfugenError):
    """The machine lacks something."""

    exit_code = 3


class MissingTool(InfraError):  # noqa: N818 - named for what it says, as FileNotFoundError is
    """A program or package is not installed."""

    def __init__(self, what: str, install: str) -> None:
        self.what, self.install = what, install
        super().__init__(f"{what} is not installed; install it with: {install}")
