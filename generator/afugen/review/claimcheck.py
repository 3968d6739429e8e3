# SPDX-License-Identifier: GPL-2.0-only
"""Checks of a review's claims against a rendered series: whether each holds, with file and line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import singledispatch
from typing import TypeVar

from tree_sitter import Node

from afugen.anchors import cdecl, kconfigfile
from afugen.csource import queries
from afugen.csource.cfile import walk
from afugen.csource.names import text
from afugen.review import claims

# The names of a mail's texts where a claim needs a file name.
MAIL_TEXTS = {"patch": "commit message", "changelog": "changelog", "cover": "cover letter"}


@dataclass(frozen=True, slots=True)
class RenderedSeries:
    """The kernel files that a spec renders, the same files in the base, and the mails' texts.

    `messages` are the texts by the keys of MAIL_TEXTS.
    """

    files: Mapping[str, bytes]
    base_files: Mapping[str, bytes]
    messages: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """Whether a claim holds, its file and line (from 1), and in `why` the reason if it does not."""

    claim: claims.Claim
    holds: bool
    file: str
    line: int
    why: str = ""


class _NotFoundError(Exception):
    """The code that a claim is about does not exist."""


_T = TypeVar("_T")
# The node or line that is the evidence, and why the claim does not hold: empty where it holds.
_Finding = tuple[Node | int, str]


def check(claim: claims.Claim, series: RenderedSeries) -> ClaimResult:
    """Return the result of a claim; one about code that does not exist does not hold."""
    file = claim.file if isinstance(claim, claims.FileClaim) else MAIL_TEXTS[claim.of]
    try:
        place, why = _check(claim, series)
    except _NotFoundError as missing:
        place, why = 1, f"there is no {missing}"
    line = place if isinstance(place, int) else queries.line_of(place)
    return ClaimResult(claim, not why, file, line, why)


@singledispatch
def _check(claim: claims.Claim, series: RenderedSeries) -> _Finding:
    raise NotImplementedError(type(claim).__name__)


def _required(found: _T | None, name: str) -> _T:
    if not found:
        raise _NotFoundError(name)
    return found


def _file(claim: claims.FileClaim, series: RenderedSeries) -> bytes:
    if claim.file not in series.files:
        raise _NotFoundError(claim.file)
    return series.files[claim.file]


def _function(claim: claims.FunctionClaim, series: RenderedSeries) -> Node:
    found = queries.find_function(_file(claim, series), claim.function)
    return _required(found, f"{claim.function}() in {claim.file}")


def _calls(claim: claims.FunctionClaim, series: RenderedSeries, name: str) -> list[Node]:
    found = queries.calls_in(_function(claim, series), name)
    return _required(found, f"call of {name}() in {claim.function}()")


# Phrases.


def _check_phrases(
    claim: claims.PhraseClaim, source: str, first_line: int, between: str = r"\s+"
) -> _Finding:
    """Check the phrases of a text; `between` is the pattern that separates two words."""

    def search(phrase: str) -> re.Match[str] | None:
        return re.search(between.join(map(re.escape, phrase.split())), source)

    line = first_line
    for phrase in reversed(claim.says):
        if (found := search(phrase)) is None:
            return first_line, f'"{phrase}" is not said'
        line = first_line + source.count("\n", 0, found.start())
    for phrase in claim.omits:
        if (found := search(phrase)) is not None:
            return first_line + source.count("\n", 0, found.start()), f'"{phrase}" is said'
    return line, ""


@_check.register
def _(claim: claims.MailClaim, series: RenderedSeries) -> _Finding:
    return _check_phrases(claim, series.messages[claim.of], 1)


@_check.register
def _(claim: claims.CommentClaim, series: RenderedSeries) -> _Finding:
    source = _file(claim, series)
    searches = (queries.find_function, queries.find_struct, queries.find_prototype)
    node = next((n for search in searches if (n := search(source, claim.of)) is not None), None)
    node = _required(node, f"{claim.of} in {claim.file}")
    found = queries.comments_of(source, node)
    found = _required(found, f"comment on {claim.of} in {claim.file}")
    # Code between the comments is blanked, so that line numbers hold.
    start = found[0].start_byte
    blanked = bytearray(re.sub(rb"[^\n]", b" ", source[start : found[-1].end_byte]))
    for comment in found:
        place = slice(comment.start_byte - start, comment.end_byte - start)
        blanked[place] = source[comment.start_byte : comment.end_byte]
    comments = blanked.decode(errors="replace")
    return _check_phrases(claim, comments, queries.line_of(found[0]), r"[\s*]+")


@_check.register
def _(claim: claims.KconfigClaim, series: RenderedSeries) -> _Finding:
    source = _file(claim, series)
    places = kconfigfile.Config(claim.symbol).places(source)
    place, *_ = _required(places, f"config {claim.symbol}")
    entry = source[place.start : place.end].decode(errors="replace")
    return _check_phrases(claim, entry, source.count(b"\n", 0, place.start) + 1)


# Declarations.


@_check.register
def _(claim: claims.ReturnTypeClaim, series: RenderedSeries) -> _Finding:
    node = _function(claim, series)
    found = text(node.child_by_field_name("type"))
    return node, "" if found == claim.type else f"it returns {found}"


@_check.register
def _(claim: claims.DistinctNamesClaim, series: RenderedSeries) -> _Finding:
    source = _file(claim, series)
    _, node = (
        _required(queries.find_function(source, name), f"{name}() in {claim.file}")
        for name in claim.functions
    )
    one, other = (name.replace("_", "").lower() for name in claim.functions)
    return node, "" if one != other else "they do not"


@_check.register
def _(claim: claims.CallbacksClaim, series: RenderedSeries) -> _Finding:
    found = queries.find_struct(_file(claim, series), claim.struct)
    node = _required(found, f"struct {claim.struct}")
    body = node.child_by_field_name("body") or node
    for name, parameters in queries.callback_parameters(body):
        first = parameters[0][0] if parameters else "void"
        if claim.first not in (None, first):
            return parameters[0][2] if parameters else node, f"{name} has {first}"
        for _, own_name, parameter in parameters:
            if own_name in claim.never_named:
                return parameter, f"{name} has {text(parameter)}"
    return node, ""


@_check.register
def _(claim: claims.UnchangedMacroClaim, series: RenderedSeries) -> _Finding:
    source, base = _file(claim, series), series.base_files[claim.file]
    macro = cdecl.Define(claim.define)
    place, *_ = _required(macro.places(source), f"{claim.define} in {claim.file}")
    old, new = (
        ", ".join(file[p.start : p.end].decode() for p in macro.places(file))
        for file in (base, source)
    )
    line = source.count(b"\n", 0, place.start) + 1
    return line, "" if old == new else f"it was {old} and is {new}"


# Code of functions.


@_check.register
def _(claim: claims.CallClaim, series: RenderedSeries) -> _Finding:
    body = _function(claim, series)
    found = _calls(claim, series, claim.calls)
    for call in found:
        for value, wanted in ((True, claim.when_true), (False, claim.when_false)):
            conditions = queries.known_conditions(call, value)
            known = {queries.member_name(node, body) for node in conditions}
            if unknown := [member for member in wanted if member not in known]:
                return call, f"{', '.join(unknown)} need not be {str(value).lower()} there"
    return found[0], ""


@_check.register
def _(claim: claims.UntestedCallbacksClaim, series: RenderedSeries) -> _Finding:
    body = _function(claim, series)
    for member in claim.members:
        for access in queries.member_accesses(body, member):
            if not queries.is_callee(access):
                return access, f"{text(access)} is tested"
        _calls(claim, series, member)
    return _calls(claim, series, claim.members[0])[0], ""


@_check.register
def _(claim: claims.EarlyReturnClaim, series: RenderedSeries) -> _Finding:
    body = _function(claim, series)
    returning = [
        node
        for node in walk(body)
        if node.type == "if_statement" and queries.returned_value(node) == (claim.returns or "")
    ]
    for branch in returning:
        if _is_early_return(claim, branch, body):
            return branch, ""
    nearest = returning[0] if returning else body
    return nearest, "no if statement does all of that"


def _is_early_return(claim: claims.EarlyReturnClaim, branch: Node, body: Node) -> bool:
    """Return whether an `if` that returns the claimed value has the tests, calls and place."""
    condition = branch.child_by_field_name("condition")
    consequence = branch.child_by_field_name("consequence")
    if condition is None or consequence is None:
        return False
    tests = {queries.without_spaces(test) for test in claim.tests}
    calls = tuple(queries.callee(call) for call in queries.calls_in(consequence))
    earlier = queries.calls_in(body, claim.after) if claim.after else []
    later = queries.calls_in(body, claim.before) if claim.before else []
    return (
        any(tests <= clause for clause in queries.clauses(condition))
        and claim.calls in (None, calls)
        and bool(earlier) is bool(claim.after)
        and bool(later) is bool(claim.before)
        and all(call.end_byte <= branch.start_byte for call in earlier)
        and all(call.start_byte >= branch.end_byte for call in later)
    )


@_check.register
def _(claim: claims.ArgumentClaim, series: RenderedSeries) -> _Finding:
    found = _calls(claim, series, claim.calls)
    wanted = queries.without_spaces(f"({claim.argument})")
    for call in found:
        if queries.without_spaces(text(call.child_by_field_name("arguments"))) == wanted:
            return call, ""
    return found[-1], f"no {claim.calls}() has it"


@_check.register
def _(claim: claims.BlankLinesClaim, series: RenderedSeries) -> _Finding:
    source = _file(claim, series)
    found = _calls(claim, series, claim.calls)
    for call in found:
        block = queries.enclosing_statement(call).parent
        longest = queries.longest_paragraph(source, block) if block is not None else 0
        if longest > claim.statements:
            return call, f"{longest} statements do"
    return found[0], ""


@_check.register
def _(claim: claims.LockedAssignmentClaim, series: RenderedSeries) -> _Finding:
    body = _function(claim, series)
    targets = [
        node
        for node in walk(body)
        if node.type == "assignment_expression"
        and (left := node.child_by_field_name("left")) is not None
        and queries.member_name(left, left) == claim.assigns
    ]
    for target in _required(targets, f"assignment of {claim.assigns} in {claim.function}()"):
        block = queries.enclosing_statement(target).parent or body
        if not _is_locked(target, block, claim.lock):
            return target, f"{claim.lock} is not held"
    return targets[0], ""


def _is_locked(target: Node, block: Node, lock: str) -> bool:
    """Return whether the block of an assignment locks before it and unlocks behind it."""
    before = after = ""
    for call in queries.calls_in(block):
        name = queries.callee(call)
        if name.startswith("spin_") and queries.member_accesses(call, lock):
            if call.start_byte < target.start_byte:
                before = name
            else:
                after = after or name
    return before.startswith("spin_lock") and after.startswith("spin_unlock")
