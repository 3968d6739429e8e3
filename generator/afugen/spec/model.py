# SPDX-License-Identifier: GPL-2.0-only
"""The spec: one version of the series as a frozen, typed model.

What a maintainer may want to change is a field here; how kernel code looks is in the templates.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from afugen.spec import ctype
from afugen.spec.formats import (
    CommentLine,
    CommentText,
    Date,
    Identifier,
    MailAddress,
    PersonName,
    Subject,
    Symbol,
    Text,
    Trailer,
    TypeText,
)
from afugen.spec.yamlsource import Key


class Role(StrEnum):
    """Where the cxl driver calls an op; `none`: declared, never called by it."""

    PENDING = "pending"
    DELIVER = "deliver"
    FETCH = "fetch"
    DELIVERED = "delivered"
    NONE = "none"


class Delivery(StrEnum):
    """How events travel from the AFU driver to the reader; each has a folder of partials."""

    CALLBACK = "callback"
    COUNTER = "counter"


class IncompleteOps(StrEnum):
    """What the setter does with ops that lack one the cxl driver calls."""

    UNCHECKED = "unchecked"
    ERROR = "error"
    REFUSE = "refuse"


class NullOps(StrEnum):
    """What the setter does with no ops at all."""

    ACCEPT = "accept"
    REFUSE = "refuse"


class SetterLock(StrEnum):
    """Under which lock the setter changes the context; its readers hold the context's."""

    NONE = "none"
    CONTEXT = "context"


class HelperOrder(StrEnum):
    """Whether the AFU driver is asked even where a generic event is known to be pending."""

    DRIVER_FIRST = "driver-first"
    GENERIC_FIRST = "generic-first"


class SizeCheck(StrEnum):
    """What the reader's side does with the size that the driver wrote into the header."""

    TRUST = "trust"
    WARN = "warn"
    BOUND = "bound"


class ApiVersion(StrEnum):
    """Whether CXL_API_VERSION moves; the number is the tree's plus one."""

    BUMP = "bump"
    NONE = "none"


class Priority(StrEnum):
    """Whether driver events are read before or after the generic cxl events."""

    BEFORE_GENERIC = "before-generic"
    AFTER_GENERIC = "after-generic"


class Close(StrEnum):
    """What becomes of sleepers in poll and read when their context is closed, started or not."""

    LEAVE = "leave"
    WAKE = "wake"


class Layout(StrEnum):
    """`strict`: as checkpatch --strict wants it; `historic`: as the patch of 2015 was laid out."""

    HISTORIC = "historic"
    STRICT = "strict"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Person(_Model):
    """Who a commit says wrote it."""

    name: PersonName
    email: MailAddress


class Patch(_Model):
    """What a commit says, and its mail apart from the diff."""

    subject: Subject = Field(description="Without [PATCH]; git adds that")
    message: Text = Field(
        description="Body of the commit message; ${...} names a name of this spec"
    )
    trailers: tuple[Trailer, ...] = ()
    changelog: Text | None = Field(
        default=None, description="For the mail, below its ---: what changed since the last version"
    )


class Cover(_Model):
    """The mail before the patches; git adds the list of commits and the diffstat."""

    subject: Subject
    message: Text


class Series(Patch):
    """The patch that adds the ops, and what it has in common with the rest of its series."""

    version: int = Field(default=1, strict=True, ge=1, le=99, description="As in [PATCH v2]")
    author: Person | None = Field(
        default=None, description="Without one whoever sends the mail is the author, and signs it"
    )
    date: Date = Field(description="Author and committer date, with its UTC offset")
    position: int = Field(strict=True, ge=1, le=999, description="Which patch this is")
    total: int = Field(strict=True, ge=1, le=999)
    cover: Cover | None = None


class Kconfig(_Model):
    """The symbol that says the ops exist, for AFU drivers to depend on."""

    symbol: Symbol
    selected_by: Symbol


class Parameter(_Model):
    """One parameter of an op; what the cxl driver passes follows from the type."""

    name: Identifier
    type: TypeText


class Callback(_Model):
    """One member of the ops struct."""

    name: Identifier
    role: Role
    returns: TypeText
    parameters: tuple[Parameter, ...]
    promise: CommentText = Field(description="Paragraph of the ops' comment; ${self} is its name")


class Ops(_Model):
    """The ops struct and its comment: `doc`, each promise, `locking`."""

    struct: Identifier
    doc: CommentText
    callbacks: tuple[Callback, ...] = Field(min_length=1)
    locking: CommentText


class Setter(_Model):
    """The exported function that associates ops with a context."""

    name: Identifier
    returns: Annotated[str, Field(pattern="^(void|int)$")]
    doc: CommentText
    incomplete_ops: IncompleteOps
    null_ops: NullOps
    lock: SetterLock = SetterLock.NONE


class Notify(_Model):
    """The exported function by which an AFU driver says that it has events, and wakes sleepers."""

    name: Identifier
    doc: CommentText


class Helper(_Model):
    """A static function in file.c."""

    name: Identifier
    returns: Annotated[str, Field(pattern="^(int|bool)$")]


class PendingHelper(Helper):
    """The helper that asks for events of either kind."""

    order: HelperOrder = HelperOrder.DRIVER_FIRST


class Helpers(_Model):
    """`pending`: is there an event; `pending_or_closed`: is there reason to stop waiting."""

    pending: PendingHelper
    pending_or_closed: Helper
    copy_event: Identifier | None = Field(
        default=None, description="The function that copies a fetched event to the reader"
    )


class ContextField(_Model):
    """The members of struct cxl_context that hold the ops and, where it is counted, the count."""

    field: Identifier
    counter: Identifier | None = Field(
        default=None, description="How many events the AFU driver has ready"
    )
    comment: CommentLine


class Event(_Model):
    """The enumerator of enum cxl_event_type."""

    name: Identifier
    value: int = Field(strict=True, ge=1, le=0xFFFF, description="header.type, a __u16")
    size: int | None = Field(
        default=None, strict=True, ge=1, description="Bytes of struct cxl_event; checked when built"
    )


# An event is put together on afu_read's stack, and has to fit into CXL_READ_MIN_SIZE.
MAX_WORDS = 64


def _words(value: int | str) -> int | str:
    if value == "flexible" or (
        isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_WORDS
    ):
        return value
    raise ValueError(f"must be a number of 64-bit words from 1 to {MAX_WORDS}, or 'flexible'")


class Payload(_Model):
    """The uapi struct that reserves space for a driver's event."""

    struct: Identifier
    words: Annotated[Any, AfterValidator(_words)] = Field(
        json_schema_extra={"anyOf": [{"type": "integer", "minimum": 1, "maximum": MAX_WORDS},
                                     {"const": "flexible"}]},
        description="64-bit words, or 'flexible' for a size and an array of bytes",
    )  # fmt: skip
    member: Identifier = Field(description="Its name in the union of struct cxl_event")
    doc: CommentText


class Spec(_Model):
    """One version of the series."""

    series: Series
    test: Patch | None = Field(
        default=None, description="The next patch: a software AFU and a selftest, in the tree"
    )
    kconfig: Kconfig | None = None
    delivery: Delivery
    ops: Ops
    setter: Setter
    notify: Notify | None = None
    helpers: Helpers
    context: ContextField
    event: Event
    payload: Payload
    size_check: SizeCheck
    api_version: ApiVersion
    priority: Priority
    close: Close = Close.LEAVE
    layout: Layout

    def feature_identifiers(self) -> tuple[str, ...]:
        """The names that tell whether a tree already has the feature.

        The helpers' are left out: a tree may own a static function of that name.
        """
        names = (self.ops.struct, self.setter.name, self.context.field, self.event.name,
                 self.payload.struct, self.payload.member)  # fmt: skip
        optional = (
            self.kconfig and self.kconfig.symbol, self.notify and self.notify.name,
            self.context.counter,
        )  # fmt: skip
        return names + tuple(name for name in optional if name)


def field(spec: Spec, path: tuple[Key, ...]) -> object:
    """The value at a path such as ("ops", "callbacks", 0, "name"); None below what is not there."""
    value: Any = spec
    for key in path:
        if value is None:
            return None
        value = value[key] if isinstance(key, int) else getattr(value, key)
    return value


PLACEHOLDER = re.compile(r"\$\{([^}\n]*)\}")


def op_with(spec: Spec, role: Role) -> Callback | None:
    """The op that has the role; a checked spec has one for each role of its protocol."""
    return next((op for op in spec.ops.callbacks if op.role is role), None)


def _op_name(role: Role) -> Callable[[Spec], str | None]:
    return lambda spec: op.name if (op := op_with(spec, role)) else None


def _size_parameter(spec: Spec) -> str | None:
    deliver = op_with(spec, Role.DELIVER)
    sizes = (
        parameter.name
        for parameter in (deliver.parameters if deliver else ())
        if ctype.argument_kind(parameter.type) == "size"
    )
    return next(sizes, None)


# What `${...}` may name in a text of the spec; None where this spec has no such thing.
NAMES: dict[str, Callable[[Spec], str | None]] = {
    "ops": lambda spec: spec.ops.struct,
    "setter": lambda spec: spec.setter.name,
    "notify": lambda spec: spec.notify.name if spec.notify else None,
    "pending": _op_name(Role.PENDING),
    "deliver": _op_name(Role.DELIVER),
    "fetch": _op_name(Role.FETCH),
    "delivered": _op_name(Role.DELIVERED),
    "size": _size_parameter,
    "context": lambda spec: spec.context.field,
    "counter": lambda spec: spec.context.counter,
    "event": lambda spec: spec.event.name,
    "payload": lambda spec: spec.payload.struct,
    "member": lambda spec: spec.payload.member,
    "symbol": lambda spec: spec.kconfig.symbol if spec.kconfig else None,
}


# What else texts may name: of an op's promise the op, of a cover letter how the tests ended.
SELF, RESULTS = "self", "results"


def expand(text: str, spec: Spec, own_name: str = "", results: str = "") -> str:
    """The text with each `${...}` replaced; `own_name` and `results` are for SELF and RESULTS."""
    own = {SELF: own_name, RESULTS: results}

    def name(match: re.Match[str]) -> str:
        key = match.group(1)
        return own[key] if key in own else NAMES[key](spec) or ""

    return PLACEHOLDER.sub(name, text)
