# SPDX-License-Identifier: GPL-2.0-only
"""The report of `afugen diff` as one value, from which text, HTML and JSON are made."""

from __future__ import annotations

from dataclasses import dataclass

from afugen import abi, checks
from afugen.compare.costs import Cost
from afugen.compare.outcomes import TestComparison
from afugen.compare.range_diff import CommitPair
from afugen.compare.side_by_side import SideBySideHunk
from afugen.compare.spec_changes import FieldChange
from afugen.compare.word_diff import ChangeKind
from afugen.review import FOUND_WITHOUT_REVIEWER, ClaimResult, Decision


@dataclass(frozen=True, slots=True)
class MissingSection:
    """A section without content, and why, in one line.

    `is_gap`: the content exists but could not be had; otherwise there is nothing to compare.
    """

    why: str
    is_gap: bool = False


@dataclass(frozen=True, slots=True)
class SideSummary:
    """One side for people: its name, what it is, and its commits as id and subject.

    `is_unsent`: a series without author and Signed-off-by, which its sender adds.
    """

    name: str
    about: str
    commits: tuple[tuple[str, str], ...]
    spec: str | None = None
    is_unsent: bool = False


@dataclass(frozen=True, slots=True)
class SpecField:
    """A field of a spec that shaped some code, with file and line; whether both specs differ."""

    name: str
    file: str
    line: int
    differs: bool = False


@dataclass(frozen=True, slots=True)
class Provenance:
    """The template line that made lines of a side's file, and the fields that the template read.

    `template` is empty for the text of a mail, which only fields make.
    """

    side: str
    template: str
    fields: tuple[SpecField, ...]


@dataclass(frozen=True, slots=True)
class ReviewComment:
    """A review comment, the decision on it, and the evidence.

    `who` is None for a mistake that no reviewer mentioned; `answer` is a person and their reply.
    """

    id: str
    who: str | None
    quotes: tuple[str, ...]
    answer: tuple[str, str] | None
    decision: Decision
    why: str
    evidence: tuple[ClaimResult, ...]

    @property
    def author(self) -> str:
        """Return the reviewer, for people."""
        return self.who or FOUND_WITHOUT_REVIEWER

    @property
    def outcome(self) -> str:
        """Return the decision, for people."""
        if self.who is None and self.decision is Decision.ACCEPTED:
            return "mended"
        return self.decision.label

    @property
    def holds(self) -> bool:
        """Return whether all claims hold."""
        return all(result.holds for result in self.evidence)

    def lines(self, file: str) -> tuple[int, ...]:
        """Return the lines of a file that are evidence."""
        return tuple(dict.fromkeys(one.line for one in self.evidence if one.file == file))


@dataclass(frozen=True, slots=True)
class AnnotatedHunk:
    """A hunk with the provenance of its lines, and the review comments that led to them."""

    hunk: SideBySideHunk
    provenance: tuple[Provenance, ...]
    comments: tuple[ReviewComment, ...]


@dataclass(frozen=True, slots=True)
class AnnotatedFile:
    """A file with its hunks; `new` and `gone` are numbers of lines."""

    path: str
    change: ChangeKind
    new: int
    gone: int
    hunks: tuple[AnnotatedHunk, ...]


@dataclass(frozen=True, slots=True)
class AbiChanges:
    """The uapi header of the later side against three others.

    They are those of the earlier side (`changes`), of the common base (`base`), and of the tree
    with the feature as it was merged (`mainline`).
    """

    changes: tuple[abi.LayoutChange, ...]
    base: tuple[abi.LayoutChange, ...]
    mainline: tuple[abi.LayoutChange, ...] | MissingSection


@dataclass(frozen=True, slots=True)
class SymbolChanges:
    """The exported symbols of the later side against the earlier side and against mainline."""

    changes: tuple[abi.SymbolChange, ...]
    mainline: tuple[abi.SymbolChange, ...] | MissingSection


@dataclass(frozen=True, slots=True)
class InterfaceTerms:
    """The words of the compared interface: its in-kernel users, and its uapi header, if any.

    `about_users` explains the users in a sentence, or is empty.
    """

    user: str
    users: str
    about_users: str
    header: str | None


@dataclass(frozen=True, slots=True)
class DiffReport:
    """All sections of the report; one that could not be made is a MissingSection.

    `mainline` compares the committed results of the feature as it was merged, on the tree `stock`,
    with the tests of the later side. `program_effects` are what programs notice of the later side,
    except layouts.
    """

    before: SideSummary
    after: SideSummary
    base: str
    spec: tuple[FieldChange, ...] | MissingSection
    commits: tuple[CommitPair, ...] | MissingSection
    files: tuple[AnnotatedFile, ...]
    abi: AbiChanges | MissingSection
    symbols: SymbolChanges | MissingSection
    remarks: checks.Delta | MissingSection
    tests: TestComparison | MissingSection
    mainline: TestComparison | MissingSection
    review: tuple[ReviewComment, ...] | MissingSection
    costs: tuple[Cost, ...] | MissingSection
    stock: str
    terms: InterfaceTerms
    program_effects: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
