# SPDX-License-Identifier: GPL-2.0-only
"""Checks of a review's claims against a rendered series: whether each holds, with file and line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import singledispatch

from tree_sitter import Node

from afugen.anchors import cdecl, kconfigfile
from afugen.csource.cfile import walk
from afugen.csource.names import text
from afugen.review import c_queries, claims

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


def check(claim: claims.Claim, series: RenderedSeries) -> ClaimResult:
    """Return the result of a claim; one about code that does not exist does not hold."""
    file = claim.file if isinstance(claim, claims.FileClaim) else MAIL_TEXTS[claim.of]
    try:
        line, why = _check(claim, series)
    except _NotFoundError as missing:
        line, why = 1, f"there is no {missing}"
    return ClaimResult(claim, not why, file, line, why)


@singledispatch
def _check(claim: claims.Claim, series: RenderedSeries) -> tuple[int, str]:
    """Return the line of the evidence, and why the claim does not hold: empty where it holds."""
    raise NotImplementedError(type(claim).__name__)


def _file(claim: claims.FileClaim, series: RenderedSeries) -> bytes:
    if claim.file not in series.files:
        raise _NotFoundError(claim.file)
    return series.files[claim.file]


def _function(claim: claims.FunctionClaim, series: RenderedSeries) -> Node:
    found = c_queries.find_function(_file(claim, series), claim.function)
    if found is None:
        raise _NotFoundError(f"{claim.function}() in {claim.file}")
    return found


def _calls(claim: claims.FunctionClaim, series: RenderedSeries, name: str) -> list[Node]:
    found = c_queries.calls_in(_function(claim, series), name)
    if not found:
        raise _NotFoundError(f"call of {name}() in {claim.function}()")
    return found


# Phrases.


def _check_phrases(
    claim: claims.PhraseClaim, source: str, first_line: int, between: str = r"\s+"
) -> tuple[int, str]:
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
def _(claim: claims.MailClaim, series: RenderedSeries) -> tuple[int, str]:
    return _check_phrases(claim, series.messages[claim.of], 1)


@_check.register
def _(claim: claims.CommentClaim, series: RenderedSeries) -> tuple[int, str]:
    source = _file(claim, series)
    searches = (c_queries.find_function, c_queries.find_struct, c_queries.find_prototype)
    node = next((n for search in searches if (n := search(source, claim.of)) is not None), None)
    if node is None:
        raise _NotFoundError(f"{claim.of} in {claim.file}")
    found = c_queries.comments_of(source, node)
    if not found:
        raise _NotFoundError(f"comment on {claim.of} in {claim.file}")
    # Code between the comments is blanked, so that line numbers hold.
    start = found[0].start_byte
    blanked = bytearray(re.sub(rb"[^\n]", b" ", source[start : found[-1].end_byte]))
    for comment in found:
        place = slice(comment.start_byte - start, comment.end_byte - start)
        blanked[place] = source[comment.start_byte : comment.end_byte]
    comments = blanked.decode(errors="replace")
    return _check_phrases(claim, comments, c_queries.line_of(found[0]), r"[\s*]+")


@_check.register
def _(claim: claims.KconfigClaim, series: RenderedSeries) -> tuple[int, str]:
    source = _file(claim, series)
    places = kconfigfile.Config(claim.symbol).places(source)
    if not places:
        raise _NotFoundError(f"config {claim.symbol}")
    entry = source[places[0].start : places[0].end].decode(errors="replace")
    return _check_phrases(claim, entry, source.count(b"\n", 0, places[0].start) + 1)


# Declarations.


@_check.register
def _(claim: claims.ReturnTypeClaim, series: RenderedSeries) -> tuple[int, str]:
    node = _function(claim, series)
    found = text(node.child_by_field_name("type"))
    return c_queries.line_of(node), "" if found == claim.type else f"it returns {found}"


@_check.register
def _(claim: claims.DistinctNamesClaim, series: RenderedSeries) -> tuple[int, str]:
    source, line = _file(claim, series), 1
    for name in claim.functions:
        node = c_queries.find_function(source, name)
        if node is None:
            raise _NotFoundError(f"{name}() in {claim.file}")
        line = c_queries.line_of(node)
    one, other = (name.replace("_", "").lower() for name in claim.functions)
    return line, "" if one != other else "they do not"


@_check.register
def _(claim: claims.CallbacksClaim, series: RenderedSeries) -> tuple[int, str]:
    node = c_queries.find_struct(_file(claim, series), claim.struct)
    if node is None:
        raise _NotFoundError(f"struct {claim.struct}")
    line = c_queries.line_of(node)
    body = node.child_by_field_name("body") or node
    for name, parameters in c_queries.callback_parameters(body):
        first = parameters[0][0] if parameters else "void"
        if claim.first not in (None, first):
            place = c_queries.line_of(parameters[0][2]) if parameters else line
            return place, f"{name} has {first}"
        for _, own_name, parameter in parameters:
            if own_name in claim.never_named:
                return c_queries.line_of(parameter), f"{name} has {text(parameter)}"
    return line, ""


@_check.register
def _(claim: claims.UnchangedMacroClaim, series: RenderedSeries) -> tuple[int, str]:
    source, base = _file(claim, series), series.base_files[claim.file]
    places = cdecl.Define(claim.define).places(source)
    if not places:
        raise _NotFoundError(f"{claim.define} in {claim.file}")
    old, new = (
        ", ".join(file[p.start : p.end].decode() for p in cdecl.Define(claim.define).places(file))
        for file in (base, source)
    )
    line = source.count(b"\n", 0, places[0].start) + 1
    return line, "" if old == new else f"it was {old} and is {new}"


# Code of functions.


@_check.register
def _(claim: claims.CallClaim, series: RenderedSeries) -> tuple[int, str]:
    body = _function(claim, series)
    found = _calls(claim, series, claim.calls)
    for call in found:
        for value, wanted in ((True, claim.when_true), (False, claim.when_false)):
            conditions = c_queries.known_conditions(call, value)
            known = {c_queries.member_name(node, body) for node in conditions}
            if unknown := [member for member in wanted if member not in known]:
                need = f"need not be {str(value).lower()} there"
                return c_queries.line_of(call), f"{', '.join(unknown)} {need}"
    return c_queries.line_of(found[0]), ""


@_check.register
def _(claim: claims.UntestedCallbacksClaim, series: RenderedSeries) -> tuple[int, str]:
    body = _function(claim, series)
    for member in claim.members:
        for access in c_queries.member_accesses(body, member):
            if not c_queries.is_callee(access):
                return c_queries.line_of(access), f"{text(access)} is tested"
        _calls(claim, series, member)
    return c_queries.line_of(_calls(claim, series, claim.members[0])[0]), ""


@_check.register
def _(claim: claims.EarlyReturnClaim, series: RenderedSeries) -> tuple[int, str]:
    body = _function(claim, series)
    returning = [
        node
        for node in walk(body)
        if node.type == "if_statement" and c_queries.returned_value(node) == (claim.returns or "")
    ]
    for branch in returning:
        if _is_early_return(claim, branch, body):
            return c_queries.line_of(branch), ""
    nearest = returning[0] if returning else body
    return c_queries.line_of(nearest), "no if statement does all of that"


def _is_early_return(claim: claims.EarlyReturnClaim, branch: Node, body: Node) -> bool:
    """Return whether an `if` that returns the claimed value has the tests, calls and place."""
    condition = branch.child_by_field_name("condition")
    consequence = branch.child_by_field_name("consequence")
    if condition is None or consequence is None:
        return False
    tests = {c_queries.without_spaces(test) for test in claim.tests}
    calls = tuple(c_queries.callee(call) for call in c_queries.calls_in(consequence))
    earlier = c_queries.calls_in(body, claim.after) if claim.after else []
    later = c_queries.calls_in(body, claim.before) if claim.before else []
    return (
        any(tests <= clause for clause in c_queries.clauses(condition))
        and claim.calls in (None, calls)
        and bool(earlier) is bool(claim.after)
        and bool(later) is bool(claim.before)
        and all(call.end_byte <= branch.start_byte for call in earlier)
        and all(call.start_byte >= branch.end_byte for call in later)
    )


@_check.register
def _(claim: claims.ArgumentClaim, series: RenderedSeries) -> tuple[int, str]:
    found = _calls(claim, series, claim.calls)
    wanted = c_queries.without_spaces(f"({claim.argument})")
    for call in found:
        if c_queries.without_spaces(text(call.child_by_field_name("arguments"))) == wanted:
            return c_queries.line_of(call), ""
    return c_queries.line_of(found[-1]), f"no {claim.calls}() has it"


@_check.register
def _(claim: claims.BlankLinesClaim, series: RenderedSeries) -> tuple[int, str]:
    source = _file(claim, series)
    found = _calls(claim, series, claim.calls)
    for call in found:
        block = c_queries.enclosing_statement(call).parent
        longest = c_queries.longest_paragraph(source, block) if block is not None else 0
        if longest > claim.statements:
            return c_queries.line_of(call), f"{longest} statements do"
    return c_queries.line_of(found[0]), ""


@_check.register
def _(claim: claims.LockedAssignmentClaim, series: RenderedSeries) -> tuple[int, str]:
    body = _function(claim, series)
    targets = [
        node
        for node in walk(body)
        if node.type == "assignment_expression"
        and (left := node.child_by_field_name("left")) is not None
        and c_queries.member_name(left, left) == claim.assigns
    ]
    if not targets:
        raise _NotFoundError(f"assignment of {claim.assigns} in {claim.function}()")
    for target in targets:
        block = c_queries.enclosing_statement(target).parent or body
        if not _is_locked(target, block, claim.lock):
            return c_queries.line_of(target), f"{claim.lock} is not held"
    return c_queries.line_of(targets[0]), ""


def _is_locked(target: Node, block: Node, lock: str) -> bool:
    """Return whether the block of an assignment locks before it and unlocks behind it."""
    before = after = ""
    for call in c_queries.calls_in(block):
        name = c_queries.callee(call)
        if name.startswith("spin_") and c_queries.member_accesses(call, lock):
            if call.start_byte < target.start_byte:
                before = name
            else:
                after = after or name
    return before.startswith("spin_lock") and after.startswith("spin_unlock")
