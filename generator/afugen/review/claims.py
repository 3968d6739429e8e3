# SPDX-License-Identifier: GPL-2.0-only
"""The kinds of claims that a review ledger can make about a rendered series.

`str()` of a claim is its text for people; claimcheck.py decides whether it is true.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from afugen.spec.records import Line

Lines = tuple[Line, ...]


class _BaseClaim(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PhraseClaim(_BaseClaim):
    """Phrases that a text contains and phrases that it does not; white space is ignored."""

    says: Lines = ()
    omits: Lines = ()

    @model_validator(mode="after")
    def _is_not_empty(self) -> PhraseClaim:
        if not (self.says or self.omits):
            raise ValueError("needs 'says' or 'omits'")
        return self

    def _predicate(self) -> str:
        said = [f'says "{phrase}"' for phrase in self.says]
        return _listed([*said, *(f'does not say "{phrase}"' for phrase in self.omits)])


class FileClaim(_BaseClaim):
    """A claim about a kernel file."""

    file: Line = Field(description="A kernel file")


class FunctionClaim(FileClaim):
    """A claim about a function."""

    function: Line


def _listed(words: Iterable[str], last: str = "and") -> str:
    *some, end = words
    return f"{', '.join(some)} {last} {end}" if some else end


class MailClaim(PhraseClaim):
    """Phrases of the commit message, the changelog below it, or the cover letter."""

    kind: Literal["message"]
    of: Literal["patch", "changelog", "cover"] = "patch"

    def __str__(self) -> str:
        return f"the {'message' if self.of == 'patch' else self.of} {self._predicate()}"


class CommentClaim(FileClaim, PhraseClaim):
    """Phrases of the comments above and within a definition."""

    kind: Literal["comment"]
    of: Line = Field(description="The name of a struct or a function")

    def __str__(self) -> str:
        return f"the comment on {self.of} {self._predicate()}"


class KconfigClaim(FileClaim, PhraseClaim):
    """Lines of a Kconfig symbol's entry."""

    kind: Literal["config"]
    symbol: Line

    def __str__(self) -> str:
        return f"config {self.symbol} {self._predicate()}"


class ReturnTypeClaim(FunctionClaim):
    """The return type of a function."""

    kind: Literal["returns"]
    type: Line

    def __str__(self) -> str:
        return f"{self.function}() returns {self.type}"


class DistinctNamesClaim(FileClaim):
    """Two functions whose names differ in more than underscores and capitals."""

    kind: Literal["names-differ"]
    functions: tuple[Line, Line]

    def __str__(self) -> str:
        one, other = self.functions
        return f"{one}() and {other}() differ in more than underscores"


class CallbacksClaim(FileClaim):
    """The parameters of every function pointer in a struct."""

    kind: Literal["callbacks"]
    struct: Line
    first: Line | None = Field(default=None, description="The type of the first parameter")
    never_named: Lines = Field(default=(), description="Names that no parameter has")

    @model_validator(mode="after")
    def _is_not_empty(self) -> CallbacksClaim:
        if not (self.first or self.never_named):
            raise ValueError("needs 'first' or 'never_named'")
        return self

    def __str__(self) -> str:
        parts = [f"a {self.first} first"] if self.first else []
        if self.never_named:
            parts.append(f"no parameter named {_listed(self.never_named, 'or')}")
        return f"each callback of {self.struct} has {_listed(parts)}"


class CallClaim(FunctionClaim):
    """A call of a function or callback that is only reached where members have known values."""

    kind: Literal["call"]
    calls: Line
    when_true: Lines = ()
    when_false: Lines = ()

    def __str__(self) -> str:
        known = [f"{member} is true" for member in self.when_true]
        known += [f"{member} is false" for member in self.when_false]
        where = f" only where {_listed(known)}" if known else ""
        return f"{self.function}() calls {self.calls}(){where}"


class UntestedCallbacksClaim(FunctionClaim):
    """Callbacks that a function calls and uses in no other way."""

    kind: Literal["only-called"]
    members: Annotated[Lines, Field(min_length=1)]

    def __str__(self) -> str:
        names = _listed(f"{member}()" for member in self.members)
        return f"{self.function}() calls {names} without a test for a callback"


class EarlyReturnClaim(FunctionClaim):
    """An `if` of a function that returns where any test is true, at a place among its calls."""

    kind: Literal["early-return"]
    tests: Lines = Field(default=(), description="Each is enough, written as in the code")
    returns: Line | None = Field(default=None, description="None where the function is void")
    calls: Lines | None = Field(default=None, description="All calls before the return, in order")
    after: Line | None = Field(default=None, description="A function that is called before the if")
    before: Line | None = Field(default=None, description="A function called only after the if")

    def __str__(self) -> str:
        text = f"{self.function}() returns {self.returns or 'early'}"
        if self.tests:
            text += f" if {_listed(self.tests, 'or')}"
        if self.calls:
            text += f", having called {_listed((f'{call}()' for call in self.calls), 'then')},"
        text += f" after {self.after}()" if self.after else ""
        return text + (f" before {self.before}()" if self.before else "")


class ArgumentClaim(FunctionClaim):
    """A call that has exactly this argument."""

    kind: Literal["argument"]
    calls: Line
    argument: Line

    def __str__(self) -> str:
        return f"{self.function}() has {self.calls}({self.argument})"


class UnchangedMacroClaim(FileClaim):
    """A macro that keeps its value of the base."""

    kind: Literal["unchanged"]
    define: Line

    def __str__(self) -> str:
        return f"{self.define} is unchanged"


class BlankLinesClaim(FunctionClaim):
    """The largest number of statements around a call without a blank line between them."""

    kind: Literal["blank-lines"]
    calls: Line
    statements: int = Field(strict=True, ge=1)

    def __str__(self) -> str:
        return (
            f"around {self.calls}() in {self.function}() no more than {self.statements} statements "
            "stand without a blank line"
        )


class LockedAssignmentClaim(FunctionClaim):
    """A member that is assigned with a spin lock held."""

    kind: Literal["locked"]
    assigns: Line
    lock: Line = Field(description="The member that is the lock")

    def __str__(self) -> str:
        return f"{self.function}() assigns {self.assigns} with {self.lock} held"


Claim = Annotated[
    MailClaim | CommentClaim | KconfigClaim | ReturnTypeClaim | DistinctNamesClaim | CallbacksClaim
    | CallClaim | UntestedCallbacksClaim | EarlyReturnClaim | ArgumentClaim | UnchangedMacroClaim
    | BlankLinesClaim | LockedAssignmentClaim,
    Field(discriminator="kind"),
]  # fmt: skip
