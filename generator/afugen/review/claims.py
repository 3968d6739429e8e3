# SPDX-License-Identifier: GPL-2.0-only
"""What a review ledger can claim of a rendered series: a closed list of kinds.

`str()` of a claim is what it says, for people. `afugen.review.claimcheck` says whether it is true.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from afugen.spec.records import Line

Lines = tuple[Line, ...]
Members = Annotated[Lines, Field(min_length=1)]


class _Claim(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(_Claim):
    """Phrases that a text has, and phrases that it has not; white space does not count."""

    says: Lines = ()
    omits: Lines = ()

    @model_validator(mode="after")
    def _claims_something(self) -> Words:
        if not (self.says or self.omits):
            raise ValueError("needs 'says' or 'omits'")
        return self

    def _claimed(self) -> str:
        said = [f'says "{phrase}"' for phrase in self.says]
        return _listed([*said, *(f'does not say "{phrase}"' for phrase in self.omits)])


class InFile(_Claim):
    file: Line = Field(description="A kernel file")


class InFunction(InFile):
    function: Line


def _listed(words: Iterable[str], last: str = "and") -> str:
    *some, end = words
    return f"{', '.join(some)} {last} {end}" if some else end


class Message(Words):
    """Words of the mail: the commit message, the changelog below it, or the cover letter."""

    kind: Literal["message"]
    of: Literal["patch", "changelog", "cover"] = "patch"

    def __str__(self) -> str:
        return f"the {'message' if self.of == 'patch' else self.of} {self._claimed()}"


class Comment(InFile, Words):
    """Words of the comments that lead and stand in a definition."""

    kind: Literal["comment"]
    of: Line = Field(description="The name of a struct or a function")

    def __str__(self) -> str:
        return f"the comment on {self.of} {self._claimed()}"


class Config(InFile, Words):
    """Lines of a Kconfig symbol's entry."""

    kind: Literal["config"]
    symbol: Line

    def __str__(self) -> str:
        return f"config {self.symbol} {self._claimed()}"


class Returns(InFunction):
    """The type that a function returns."""

    kind: Literal["returns"]
    type: Line

    def __str__(self) -> str:
        return f"{self.function}() returns {self.type}"


class NamesDiffer(InFile):
    """Two functions whose names differ in more than underscores and capitals."""

    kind: Literal["names-differ"]
    functions: tuple[Line, Line]

    def __str__(self) -> str:
        one, other = self.functions
        return f"{one}() and {other}() differ in more than underscores"


class Callbacks(InFile):
    """The parameters of every function pointer in a struct."""

    kind: Literal["callbacks"]
    struct: Line
    first: Line | None = Field(default=None, description="The type of the first parameter")
    never_named: Lines = Field(default=(), description="Names that no parameter has")

    @model_validator(mode="after")
    def _claims_something(self) -> Callbacks:
        if not (self.first or self.never_named):
            raise ValueError("needs 'first' or 'never_named'")
        return self

    def __str__(self) -> str:
        parts = [f"a {self.first} first"] if self.first else []
        if self.never_named:
            parts.append(f"no parameter named {_listed(self.never_named, 'or')}")
        return f"each callback of {self.struct} has {_listed(parts)}"


class Call(InFunction):
    """A function or callback is called, and only where these members are known to be so."""

    kind: Literal["call"]
    calls: Line
    when_true: Lines = ()
    when_false: Lines = ()

    def __str__(self) -> str:
        known = [f"{member} is true" for member in self.when_true]
        known += [f"{member} is false" for member in self.when_false]
        where = f" only where {_listed(known)}" if known else ""
        return f"{self.function}() calls {self.calls}(){where}"


class OnlyCalled(InFunction):
    """Callbacks that a function calls, and looks at in no other way."""

    kind: Literal["only-called"]
    members: Members

    def __str__(self) -> str:
        names = _listed(f"{member}()" for member in self.members)
        return f"{self.function}() calls {names} without a test for a callback"


class EarlyReturn(InFunction):
    """A function returns where any of these tests is true, in the order of the calls around it."""

    kind: Literal["early-return"]
    tests: Lines = Field(default=(), description="Each is enough; in the words of the code")
    returns: Line | None = Field(default=None, description="None where the function is void")
    calls: Lines | None = Field(default=None, description="All that is called on the way out")
    after: Line | None = Field(default=None, description="What is called before that")
    before: Line | None = Field(default=None, description="What is called only after that")

    def __str__(self) -> str:
        text = f"{self.function}() returns {self.returns or 'early'}"
        if self.tests:
            text += f" if {_listed(self.tests, 'or')}"
        if self.calls:
            text += f", having called {_listed((f'{call}()' for call in self.calls), 'then')},"
        text += f" after {self.after}()" if self.after else ""
        return text + (f" before {self.before}()" if self.before else "")


class Argument(InFunction):
    """A call has this argument."""

    kind: Literal["argument"]
    calls: Line
    argument: Line

    def __str__(self) -> str:
        return f"{self.function}() has {self.calls}({self.argument})"


class Unchanged(InFile):
    """A macro keeps the value that it has in the base."""

    kind: Literal["unchanged"]
    define: Line

    def __str__(self) -> str:
        return f"{self.define} is what it was"


class BlankLines(InFunction):
    """Beside a call, no more than so many statements stand without a blank line."""

    kind: Literal["blank-lines"]
    calls: Line
    statements: int = Field(strict=True, ge=1)

    def __str__(self) -> str:
        return (
            f"around {self.calls}() in {self.function}() no more than {self.statements} statements "
            "stand without a blank line"
        )


class Locked(InFunction):
    """A member is assigned with a spin lock held."""

    kind: Literal["locked"]
    assigns: Line
    lock: Line = Field(description="The member that is the lock")

    def __str__(self) -> str:
        return f"{self.function}() assigns {self.assigns} with {self.lock} held"


Claim = Annotated[
    Message | Comment | Config | Returns | NamesDiffer | Callbacks | Call | OnlyCalled
    | EarlyReturn | Argument | Unchanged | BlankLines | Locked,
    Field(discriminator="kind"),
]  # fmt: skip
