# SPDX-License-Identifier: GPL-2.0-only
"""Review ledgers: who said what of a series, what became of it, and claims that can be checked.

A ledger is the file review.yaml beside a spec. What its claims name they may name as ${...}, by
the placeholders of the spec's own texts or by a leaf's path such as ${helpers.pending.name}.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from afugen.errors import Complaint, SpecError
from afugen.review.claims import Claim
from afugen.spec import yamlsource
from afugen.spec.model import Spec, dotted, field
from afugen.spec.records import Line, Text, complaint
from afugen.spec.texts import PLACEHOLDER, placeholder, placeholders
from afugen.spec.yamlsource import Key, Source, refused

NOBODY = "nobody"


class Decision(StrEnum):
    """What became of a comment."""

    ACCEPTED = "accepted"
    OTHER_FORM = "other-form"
    DECLINED = "declined"


def _quote(text: str) -> str:
    for character in text.replace("\t", " "):
        if why := refused(character):
            raise ValueError(why)
    if not text.strip():
        raise ValueError("is empty")
    return text


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Said(_Model):
    """Words of a mail, as the archive of the thread has them."""

    comment: int = Field(
        strict=True, ge=0, description="Its number in the archive; 0 is the patch itself"
    )
    quote: Annotated[str, AfterValidator(_quote)] = Field(
        description="Whole lines, exactly as they stand there"
    )


class Answer(Said):
    """What somebody else, such as the author, answered."""

    who: Line


class Entry(_Model):
    """One comment, or one slip that nobody mentioned."""

    id: Annotated[str, Field(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
    who: Line = Field(description=f"Who said it; {NOBODY}: a slip that no comment mentions")
    said: tuple[Said, ...] = ()
    answer: Answer | None = None
    decision: Decision
    why: Text
    claims: tuple[Claim, ...] = Field(min_length=1)


class Ledger(_Model):
    """All entries on one version of a series."""

    thread: Line = Field(description="Message-ID of the mail that the comments answer")
    entries: tuple[Entry, ...]


def load(path: Path, spec: Spec) -> Ledger:
    """Read a ledger, with the spec's names in place; raises SpecError with every complaint."""
    return check(yamlsource.read(path), spec)


def check(source: Source, spec: Spec) -> Ledger:
    """The same for parsed YAML."""
    complaints = [*source.complaints, *_misnamed(source, spec)]
    ledger = _model(source, complaints)
    if ledger is not None:
        complaints += [source.complaint(path, text) for path, text in _contradictions(ledger)]
        if not complaints:
            return _named(ledger, spec)
    raise SpecError(tuple(sorted(set(complaints), key=lambda c: (c.line, c.column, c.message))))


def _model(source: Source, complaints: list[Complaint]) -> Ledger | None:
    try:
        return Ledger.model_validate(source.value)
    except ValidationError as error:
        for detail in error.errors():
            path = _in_file(source, detail["loc"])
            complaints.append(complaint(source, {**detail, "loc": path}))
        return None


def _in_file(source: Source, loc: tuple[Key, ...]) -> tuple[Key, ...]:
    """Where pydantic's location is in the file, which knows nothing of a union's tags."""
    path: tuple[Key, ...] = ()
    for place, key in enumerate(loc):
        is_tag = len(path) >= 2 and path[-2] == "claims" and place < len(loc) - 1
        if not is_tag or (*path, key) in source.positions:
            path = (*path, key)
    return path


def _contradictions(ledger: Ledger) -> Iterator[tuple[tuple[Key, ...], str]]:
    seen: set[str] = set()
    for index, entry in enumerate(ledger.entries):
        if entry.id in seen:
            yield ("entries", index, "id"), f"second entry {entry.id!r}"
        seen.add(entry.id)
        if entry.who != NOBODY and not entry.said:
            yield ("entries", index, "who"), f"what did {entry.who} say? 'said' is missing"


def _strings(value: Any, path: tuple[Key, ...]) -> Iterator[tuple[tuple[Key, ...], str]]:  # noqa: ANN401
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _strings(inner, (*path, index))


def _misnamed(source: Source, spec: Spec) -> Iterator[Complaint]:
    """Placeholders that mean nothing."""
    for path, text in _strings(source.value, ()):
        for match in PLACEHOLDER.finditer(text) if "claims" in path else ():
            if _value(match.group(1), spec) is None:
                known = ", ".join(placeholders(spec))
                yield source.complaint(
                    path, f"unknown placeholder {match.group()}; there are: {known}, and the "
                    "paths of the spec's leaves",
                )  # fmt: skip


def _value(name: str, spec: Spec) -> str | None:
    if (found := placeholder(name, spec)) is not None:
        return found
    try:
        value = field(spec, dotted(name))
    except (AttributeError, IndexError, TypeError):
        return None
    return str(value) if isinstance(value, str | int) and "." in name else None


def _named(ledger: Ledger, spec: Spec) -> Ledger:
    """The ledger with each placeholder of its claims replaced."""

    def expanded(value: Any) -> Any:  # noqa: ANN401 - plain data
        if isinstance(value, str):
            return PLACEHOLDER.sub(lambda match: _value(match.group(1), spec) or "", value)
        if isinstance(value, tuple):
            return tuple(map(expanded, value))
        return value

    claims: TypeAdapter[Claim] = TypeAdapter(Claim)

    def claim(one: BaseModel) -> Claim:
        return claims.validate_python({k: expanded(v) for k, v in one.model_dump().items()})

    entries = tuple(
        entry.model_copy(update={"claims": tuple(map(claim, entry.claims))})
        for entry in ledger.entries
    )
    return ledger.model_copy(update={"entries": entries})
