# SPDX-License-Identifier: GPL-2.0-only
"""Review ledgers: the comments on a series, the decision on each, and claims that can be checked.

A ledger is the file review.yaml beside a spec. Its claims may name parts of the spec as ${...}: a
placeholder of the spec's own texts, or the path of a leaf such as ${helpers.pending.name}.
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

# `who` of an entry about a mistake that no reviewer mentioned, and how reports name that.
NO_REVIEWER = "nobody"
FOUND_WITHOUT_REVIEWER = "found without a reviewer"


class Decision(StrEnum):
    """The decision on a review comment."""

    ACCEPTED = "accepted"
    OTHER_FORM = "other-form"
    DECLINED = "declined"

    @property
    def label(self) -> str:
        """Return the decision in words."""
        return "in another form" if self is Decision.OTHER_FORM else str(self)


def _quote(text: str) -> str:
    for character in text.replace("\t", " "):
        if why := refused(character):
            raise ValueError(why)
    if not text.strip():
        raise ValueError("is empty")
    return text


class _LedgerModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Quote(_LedgerModel):
    """A quotation of a mail, as the archive of the thread has it."""

    comment: int = Field(
        strict=True, ge=0, description="Its number in the archive; 0 is the patch itself"
    )
    quote: Annotated[str, AfterValidator(_quote)] = Field(
        description="Whole lines, exactly as in the archive"
    )


class Reply(Quote):
    """The reply of another person, such as the author."""

    who: Line


class LedgerEntry(_LedgerModel):
    """One review comment, or one mistake that no reviewer mentioned."""

    id: Annotated[str, Field(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
    who: Line = Field(
        description=f"The reviewer; {NO_REVIEWER}: a mistake that no comment mentions"
    )
    said: tuple[Quote, ...] = ()
    answer: Reply | None = None
    decision: Decision
    why: Text
    claims: tuple[Claim, ...] = Field(min_length=1)


class Ledger(_LedgerModel):
    """All entries on one version of a series."""

    thread: Line = Field(description="Message-ID of the mail that the comments answer")
    entries: tuple[LedgerEntry, ...]


def load(path: Path, spec: Spec) -> Ledger:
    """Return a ledger with the spec's names in its claims; SpecError with every complaint."""
    source = yamlsource.read(path)
    complaints = [*source.complaints, *_unknown_placeholders(source, spec)]
    try:
        ledger = Ledger.model_validate(source.value)
    except ValidationError as error:
        complaints += [
            complaint(source, {**detail, "loc": _yaml_path(source, detail["loc"])})
            for detail in error.errors()
        ]
    else:
        complaints += [source.complaint(path, text) for path, text in _contradictions(ledger)]
        if not complaints:
            return _expanded(ledger, spec)
    raise SpecError(tuple(sorted(set(complaints), key=lambda c: (c.line, c.column, c.message))))


def _yaml_path(source: Source, loc: tuple[Key, ...]) -> tuple[Key, ...]:
    """Return pydantic's location as a path in the file, without the tags of a union."""
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
        if entry.who != NO_REVIEWER and not entry.said:
            yield ("entries", index, "who"), f"'said' is missing: a quote of {entry.who}"


def _strings(value: Any, path: tuple[Key, ...]) -> Iterator[tuple[tuple[Key, ...], str]]:  # noqa: ANN401
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _strings(inner, (*path, key))


def _unknown_placeholders(source: Source, spec: Spec) -> Iterator[Complaint]:
    for path, text in _strings(source.value, ()):
        for match in PLACEHOLDER.finditer(text) if "claims" in path else ():
            if _value(match.group(1), spec) is None:
                known = ", ".join(placeholders(spec))
                message = f"unknown placeholder {match.group()}; there are: {known}"
                yield source.complaint(path, f"{message}, and the paths of the spec's leaves")


def _value(name: str, spec: Spec) -> str | None:
    """Return the value of a placeholder or of a leaf of the spec; None if it has neither."""
    if (found := placeholder(name, spec)) is not None:
        return found
    try:
        value = field(spec, dotted(name))
    except (AttributeError, IndexError, TypeError):
        return None
    return str(value) if isinstance(value, str | int) and "." in name else None


def _expanded(ledger: Ledger, spec: Spec) -> Ledger:
    """Return the ledger with each placeholder of its claims replaced."""
    adapter: TypeAdapter[Claim] = TypeAdapter(Claim)

    def expand(value: Any) -> Any:  # noqa: ANN401 - plain data
        if isinstance(value, str):
            return PLACEHOLDER.sub(lambda match: _value(match.group(1), spec) or "", value)
        return tuple(map(expand, value)) if isinstance(value, tuple) else value

    def expand_claim(claim: BaseModel) -> Claim:
        return adapter.validate_python({k: expand(v) for k, v in claim.model_dump().items()})

    entries = tuple(
        entry.model_copy(update={"claims": tuple(map(expand_claim, entry.claims))})
        for entry in ledger.entries
    )
    return ledger.model_copy(update={"entries": entries})
