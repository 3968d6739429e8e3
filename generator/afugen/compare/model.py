# SPDX-License-Identifier: GPL-2.0-only
"""All there is to tell of two versions, as one value that every form of the report is made of."""

from __future__ import annotations

from dataclasses import dataclass

from afugen import abi, checks
from afugen.compare.cost import Cost
from afugen.compare.outcomes import Tests
from afugen.compare.ranges import Pair
from afugen.compare.side_by_side import Change, Hunk
from afugen.compare.specs import FieldChange
from afugen.review import FOUND_WITHOUT_REVIEWER, ClaimResult, Decision


@dataclass(frozen=True, slots=True)
class Absent:
    """A section that has nothing to show, and why, in one line.

    `is_gap`: a reader who expects it has to know; otherwise there is just nothing to compare.
    """

    why: str
    is_gap: bool = False


@dataclass(frozen=True, slots=True)
class Party:
    """One of the two, for people: what it is called, what it is, and the commits it came to.

    `is_unsent`: it has no author and no Signed-off-by until somebody sends it.
    """

    name: str
    about: str
    commits: tuple[tuple[str, str], ...]
    spec: str | None = None
    is_unsent: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a spec that shaped some code, and the line where it stands."""

    name: str
    file: str
    line: int
    differs: bool = False


@dataclass(frozen=True, slots=True)
class Provenance:
    """The template's line that made some lines of a party's file, and the fields it read.

    Mail is made of fields alone: its `template` is empty.
    """

    party: str
    template: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of the review, what became of it, and the evidence.

    `who` is None for a slip that nobody mentioned; `answer` is who answered it, and what.
    """

    id: str
    who: str | None
    quotes: tuple[str, ...]
    answer: tuple[str, str] | None
    decision: Decision
    why: str
    evidence: tuple[ClaimResult, ...]

    @property
    def by(self) -> str:
        """Who said it, for people."""
        return self.who or FOUND_WITHOUT_REVIEWER

    @property
    def became(self) -> str:
        """What became of it, for people."""
        if self.who is None and self.decision is Decision.ACCEPTED:
            return "mended"
        return self.decision.label

    def lines(self, file: str) -> tuple[int, ...]:
        """The lines of a file that answer it."""
        return tuple(dict.fromkeys(one.line for one in self.evidence if one.file == file))

    @property
    def holds(self) -> bool:
        """Whether all that is claimed is so."""
        return all(one.holds for one in self.evidence)


@dataclass(frozen=True, slots=True)
class HunkView:
    """A hunk with where its lines came from, and the comments that led to them."""

    hunk: Hunk
    provenance: tuple[Provenance, ...]
    comments: tuple[Comment, ...]


@dataclass(frozen=True, slots=True)
class FileView:
    """A file with its hunks, and how many lines came and went."""

    path: str
    change: Change
    new: int
    gone: int
    hunks: tuple[HunkView, ...]


@dataclass(frozen=True, slots=True)
class Abi:
    """The uapi header against the other party's, and against those that programs may be built with.

    `base` is the tree that both stand on, `mainline` the one with the feature as it was merged.
    """

    changes: tuple[abi.LayoutChange, ...]
    base: tuple[abi.LayoutChange, ...]
    mainline: tuple[abi.LayoutChange, ...] | Absent


@dataclass(frozen=True, slots=True)
class Symbols:
    """Exported symbols, against the other party and against the tree with mainline's feature."""

    changes: tuple[abi.SymbolChange, ...]
    mainline: tuple[abi.SymbolChange, ...] | Absent


@dataclass(frozen=True, slots=True)
class Whole:
    """The comparison; a section that could not be made is Absent and says why.

    `mainline` has the later party's tests against those of the feature as it was merged, as they
    are committed, on the tree `stock`; `seen` is what programs notice of the later party, beside
    layouts.
    """

    before: Party
    after: Party
    base: str
    spec: tuple[FieldChange, ...] | Absent
    commits: tuple[Pair, ...] | Absent
    files: tuple[FileView, ...]
    abi: Abi | Absent
    symbols: Symbols | Absent
    remarks: checks.Delta | Absent
    tests: Tests | Absent
    mainline: Tests | Absent
    review: tuple[Comment, ...] | Absent
    costs: tuple[Cost, ...] | Absent
    stock: str
    seen: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
