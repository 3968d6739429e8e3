# SPDX-License-Identifier: GPL-2.0-only
"""Claims of a review against what a spec renders: whether each holds, and where that is to see."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import singledispatch

from tree_sitter import Node

from afugen.anchors import cdecl, kconfigfile
from afugen.csource.cfile import walk
from afugen.csource.names import text
from afugen.review import claims, query


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a spec makes: its kernel files, those of the base, and what its mails say."""

    files: Mapping[str, bytes]
    before: Mapping[str, bytes]
    messages: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a claim holds; `file` and `line` (from 1) are where, `why` is what is wrong."""

    holds: bool
    file: str
    line: int
    why: str = ""


# What the place of a claim on a mail is called.
MAILS = {"patch": "commit message", "changelog": "changelog", "cover": "cover letter"}


def check(claim: claims.Claim, rendered: Rendered) -> Finding:
    """The claim against the result; a claim on something that is not there does not hold."""
    file = claim.file if isinstance(claim, claims.InFile) else MAILS[claim.of]
    try:
        line, why = _check(claim, rendered)
    except _Missing as missing:
        line, why = 1, f"there is no {missing}"
    return Finding(not why, file, line, why)


class _Missing(Exception):  # noqa: N818 - named for what it says
    pass


@singledispatch
def _check(claim: claims.Claim, rendered: Rendered) -> tuple[int, str]:
    """The line to look at, and what is wrong: nothing where the claim holds."""
    raise NotImplementedError(type(claim).__name__)


def _file(claim: claims.InFile, rendered: Rendered) -> bytes:
    if claim.file not in rendered.files:
        raise _Missing(claim.file)
    return rendered.files[claim.file]


def _body(claim: claims.InFunction, rendered: Rendered) -> Node:
    found = query.function(_file(claim, rendered), claim.function)
    if found is None:
        raise _Missing(f"{claim.function}() in {claim.file}")
    return found


def _struct(source: bytes, name: str) -> Node:
    found = query.struct(source, name)
    if found is None:
        raise _Missing(f"struct {name}")
    return found


def _called(claim: claims.InFunction, rendered: Rendered, name: str) -> list[Node]:
    found = query.calls(_body(claim, rendered), name)
    if not found:
        raise _Missing(f"call of {name}() in {claim.function}()")
    return found


# Words.


def _phrase(words: str, *, between: str = r"\s+") -> re.Pattern[str]:
    return re.compile(between.join(map(re.escape, words.split())))


def _said(claim: claims.Words, said: str, first: int, between: str = r"\s+") -> tuple[int, str]:
    """Phrases in a text whose first line has the number `first`."""
    place = first
    for words in reversed(claim.says):
        if (found := _phrase(words, between=between).search(said)) is None:
            return first, f'"{words}" is not said'
        place = first + said.count("\n", 0, found.start())
    for words in claim.omits:
        if (found := _phrase(words, between=between).search(said)) is not None:
            return first + said.count("\n", 0, found.start()), f'"{words}" is said'
    return place, ""


@_check.register
def _(claim: claims.Message, rendered: Rendered) -> tuple[int, str]:
    return _said(claim, rendered.messages[claim.of], 1)


@_check.register
def _(claim: claims.Comment, rendered: Rendered) -> tuple[int, str]:
    source = _file(claim, rendered)
    searches = (query.function, query.struct, query.prototype)
    node = next((n for search in searches if (n := search(source, claim.of)) is not None), None)
    if node is None:
        raise _Missing(f"{claim.of} in {claim.file}")
    found = query.comments(source, node)
    if not found:
        raise _Missing(f"comment on {claim.of} in {claim.file}")
    # From the first to the last, for the lines; what is no comment in between is blanked.
    start = found[0].start_byte
    said = bytearray(re.sub(rb"[^\n]", b" ", source[start : found[-1].end_byte]))
    for one in found:
        said[one.start_byte - start : one.end_byte - start] = source[one.start_byte : one.end_byte]
    return _said(claim, said.decode(errors="replace"), query.line(found[0]), r"[\s*]+")


@_check.register
def _(claim: claims.Config, rendered: Rendered) -> tuple[int, str]:
    source = _file(claim, rendered)
    places = kconfigfile.Config(claim.symbol).places(source)
    if not places:
        raise _Missing(f"config {claim.symbol}")
    entry = source[places[0].start : places[0].end].decode(errors="replace")
    return _said(claim, entry, source.count(b"\n", 0, places[0].start) + 1)


# Declarations.


@_check.register
def _(claim: claims.Returns, rendered: Rendered) -> tuple[int, str]:
    node = _body(claim, rendered)
    returned = text(node.child_by_field_name("type"))
    wrong = "" if returned == claim.type else f"it returns {returned}"
    return query.line(node), wrong


@_check.register
def _(claim: claims.NamesDiffer, rendered: Rendered) -> tuple[int, str]:
    source = _file(claim, rendered)
    for name in claim.functions:
        if query.function(source, name) is None:
            raise _Missing(f"{name}() in {claim.file}")
    plain = {name.replace("_", "").lower() for name in claim.functions}
    node = query.function(source, claim.functions[1])
    return query.line(node) if node else 1, "" if len(plain) > 1 else "they do not"


@_check.register
def _(claim: claims.Callbacks, rendered: Rendered) -> tuple[int, str]:
    node = _struct(_file(claim, rendered), claim.struct)
    body = node.child_by_field_name("body") or node
    place = query.line(node)
    for name, parameters in query.callback_parameters(body):
        first = parameters[0][0] if parameters else "void"
        if claim.first not in (None, first):
            return query.line(parameters[0][2]) if parameters else place, f"{name} has {first}"
        for _, own, where in parameters:
            if own in claim.never_named:
                return query.line(where), f"{name} has {text(where)}"
    return place, ""


@_check.register
def _(claim: claims.Unchanged, rendered: Rendered) -> tuple[int, str]:
    after = _file(claim, rendered)
    old, new = (
        [source[p.start : p.end].decode() for p in cdecl.Define(claim.define).places(source)]
        for source in (rendered.before[claim.file], after)
    )
    places = cdecl.Define(claim.define).places(after)
    if not places:
        raise _Missing(f"{claim.define} in {claim.file}")
    line = after.count(b"\n", 0, places[0].start) + 1
    return line, "" if old == new else f"it was {', '.join(old)} and is {', '.join(new)}"


# What functions do.


@_check.register
def _(claim: claims.Call, rendered: Rendered) -> tuple[int, str]:
    body = _body(claim, rendered)
    found = _called(claim, rendered, claim.calls)
    for call in found:
        for truth, wanted in ((True, claim.when_true), (False, claim.when_false)):
            have = {query.member(node, body) for node in query.known(call, truth)}
            if unknown := [member for member in wanted if member not in have]:
                state = "true" if truth else "false"
                return query.line(call), f"{', '.join(unknown)} need not be {state} there"
    return query.line(found[0]), ""


@_check.register
def _(claim: claims.OnlyCalled, rendered: Rendered) -> tuple[int, str]:
    body = _body(claim, rendered)
    for member in claim.members:
        for access in query.uses(body, member):
            if not query.is_called(access):
                return query.line(access), f"{text(access)} is tested"
        _called(claim, rendered, member)
    return query.line(_called(claim, rendered, claim.members[0])[0]), ""


@_check.register
def _(claim: claims.EarlyReturn, rendered: Rendered) -> tuple[int, str]:
    body = _body(claim, rendered)
    ifs = [node for node in walk(body) if node.type == "if_statement"]
    for branch in ifs:
        if _is_early_return(claim, branch, body):
            return query.line(branch), ""
    returning = [branch for branch in ifs if query.leaving(branch) == (claim.returns or "")]
    return query.line(returning[0] if returning else body), "no if statement does all of that"


def _is_early_return(claim: claims.EarlyReturn, branch: Node, body: Node) -> bool:
    condition = branch.child_by_field_name("condition")
    way_out = branch.child_by_field_name("consequence")
    if condition is None or way_out is None or query.leaving(branch) != (claim.returns or ""):
        return False
    tests = {query.squeezed(test) for test in claim.tests}
    earlier = query.calls(body, claim.after) if claim.after else []
    later = query.calls(body, claim.before) if claim.before else []
    return (
        any(tests <= found for found in query.alternatives(condition))
        and claim.calls in (None, tuple(query.callee(call) for call in query.calls(way_out)))
        and bool(earlier) is bool(claim.after)
        and bool(later) is bool(claim.before)
        and all(call.end_byte <= branch.start_byte for call in earlier)
        and all(call.start_byte >= branch.end_byte for call in later)
    )


@_check.register
def _(claim: claims.Argument, rendered: Rendered) -> tuple[int, str]:
    found = _called(claim, rendered, claim.calls)
    wanted = query.squeezed(f"({claim.argument})")
    for call in found:
        if query.squeezed(text(call.child_by_field_name("arguments"))) == wanted:
            return query.line(call), ""
    return query.line(found[-1]), f"no {claim.calls}() has it"


@_check.register
def _(claim: claims.BlankLines, rendered: Rendered) -> tuple[int, str]:
    source = _file(claim, rendered)
    for call in _called(claim, rendered, claim.calls):
        block = query.statement(call).parent
        if (
            block is not None
            and (most := query.longest_paragraph(source, block)) > claim.statements
        ):
            return query.line(call), f"{most} statements do"
    return query.line(_called(claim, rendered, claim.calls)[0]), ""


@_check.register
def _(claim: claims.Locked, rendered: Rendered) -> tuple[int, str]:
    body = _body(claim, rendered)
    targets = [
        node
        for node in walk(body)
        if node.type == "assignment_expression"
        and (left := node.child_by_field_name("left")) is not None
        and query.member(left, left) == claim.assigns
    ]
    if not targets:
        raise _Missing(f"assignment of {claim.assigns} in {claim.function}()")
    for target in targets:
        if not _is_locked(target, query.statement(target).parent or body, claim.lock):
            return query.line(target), f"{claim.lock} is not held"
    return query.line(targets[0]), ""


def _is_locked(target: Node, block: Node, lock: str) -> bool:
    """Whether the lock is taken before, and given back behind, in the block of the assignment."""
    before = after = ""
    for call in query.calls(block):
        if query.callee(call).startswith("spin_") and query.uses(call, lock):
            if call.start_byte < target.start_byte:
                before = query.callee(call)
            else:
                after = after or query.callee(call)
    return before.startswith("spin_lock") and after.startswith("spin_unlock")
