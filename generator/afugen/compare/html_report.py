# SPDX-License-Identifier: GPL-2.0-only
"""A comparison as one HTML file that needs nothing else: no network, no second file.

Everything in it that came from a spec, a patch or a kernel is text of a stranger: templates
escape it, and the page's own content security policy lets no script run but ours.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import jinja2
from markupsafe import Markup

from afugen import abi, cache, resources
from afugen.compare import summary
from afugen.compare.model import Absent, Whole
from afugen.render import keep_compiled
from afugen.verdict import Verdict

_FOLDER = "report"
_TITLES = {
    "review": "Review",
    "drivers": "AFU drivers",
    "abi": "Userspace ABI",
    "symbols": "Exported symbols",
    "tests": "Tests",
    "remarks": "Compiler, sparse, checkpatch",
    "spec": "Spec",
    "commits": "Commits",
    "files": "Files",
}


@dataclass(frozen=True, slots=True)
class _Inlined:
    """A style sheet or script, and its hash as a content security policy names it."""

    text: Markup
    hash: str


@dataclass(frozen=True, slots=True)
class _Section:
    """An entry of the page's contents."""

    anchor: str
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class _MemberRow:
    """A member of a struct, or a constant of an enum, in both layouts."""

    name: str
    verdict: str
    before: str
    after: str


def to_html(whole: Whole) -> str:
    """The page."""
    slugs = _slugs([file.path for file in whole.files])
    shown = {
        (file.path, side, line.number)
        for file in whole.files
        for view in file.hunks
        for row in view.hunk.rows
        for side, line in (("L", row.right), ("O", row.left))
        if line is not None
    }

    def link(path: str, line: int, side: str) -> str | None:
        if (path, side, line) in shown:
            return f"{slugs[path]}-{side}{line}"
        return slugs.get(path)

    return _environment().get_template(f"{_FOLDER}/page.html.j2").render(
        whole=whole,
        title=_title(whole),
        in_short=summary.changed_in_short(whole),
        answers=summary.answers(whole),
        sections=tuple(_sections(whole)),
        slugs=slugs,
        link=link,
        mainline=summary.mended_since_mainline(whole),
        verdicts=tuple(_verdicts(whole)),
        abi_tables=tuple(_abi_tables(whole)),
        symbol_tables=tuple(_symbol_tables(whole)),
        style=_inlined("report.css"),
        script=_inlined("report.js"),
    )  # fmt: skip


@lru_cache
def _environment() -> jinja2.Environment:
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(resources.templates()),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.tests["absent"] = lambda value: isinstance(value, Absent)
    env.globals.update(measured=_measured, members=_members, verdict_class=_verdict_class,
                       reason_of=summary.reason_of)  # fmt: skip
    keep_compiled(env, cache.root() / "templates")
    return env


def _inlined(name: str) -> _Inlined:
    text = (resources.templates() / _FOLDER / name).read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return _Inlined(Markup(text), f"sha256-{digest}")


def _title(whole: Whole) -> str:
    names = f"{whole.before.name} → {whole.after.name}"
    return f"{whole.after.commits[0][1]}: {names}" if whole.after.commits else names


def _slugs(paths: Sequence[str]) -> dict[str, str]:
    """A name for each file's anchors: as much of the end of its path as tells it from others."""
    found = {}
    for path in paths:
        parts = path.split("/")
        ends = ("/".join(parts[-n:]) for n in range(1, len(parts) + 1))
        found[path] = (
            path.replace(" ", "-")
            if "/" not in path
            else next(
                end
                for end in ends
                if end == path or not any(p != path and f"/{p}".endswith(f"/{end}") for p in paths)
            )
        )
    return found


def _sections(whole: Whole) -> Iterator[_Section]:
    counted = {
        "review": whole.review, "drivers": whole.costs, "abi": _changed_abi(whole),
        "tests": whole.tests, "remarks": whole.remarks, "spec": whole.spec,
        "commits": whole.commits, "files": whole.files, "symbols": whole.symbols,
    }  # fmt: skip
    for anchor, title in _TITLES.items():
        value = counted[anchor]
        yield _Section(anchor, title, len(value) if isinstance(value, tuple) else 0)


def _changed_abi(whole: Whole) -> tuple[abi.LayoutChange, ...]:
    changes = () if isinstance(whole.abi, Absent) else whole.abi.changes
    return tuple(one for one in changes if one.verdict is not abi.Compatibility.UNCHANGED)


def _abi_tables(whole: Whole) -> Iterator[tuple[str, object]]:
    """The comparisons of headers; that with the base once, also where it is the other party."""
    if isinstance(whole.abi, Absent):
        return
    yield whole.before.name, whole.abi.changes
    if whole.abi.base != whole.abi.changes:
        yield "the tree before it", whole.abi.base
    yield "mainline", whole.abi.mainline


def _verdicts(whole: Whole) -> Iterator[tuple[str, Verdict]]:
    if isinstance(whole.tests, Absent):
        return
    if whole.tests.before is not None:
        yield whole.before.name, whole.tests.before
    yield whole.after.name, whole.tests.after


def _symbol_tables(whole: Whole) -> Iterator[tuple[str, object]]:
    if not isinstance(whole.symbols, Absent):
        yield whole.before.name, whole.symbols.changes
        yield "mainline", whole.symbols.mainline


def _measured(item: abi.Item | None) -> str:
    match item:
        case abi.Struct():
            return f"{item.size} bytes, aligned to {item.align}"
        case abi.Enum():
            return f"{len(item.values)} constants"
        case abi.Define():
            return str(item.value)
        case _:
            return "-"


def _verdict_class(verdict: abi.Compatibility) -> str:
    return {abi.Compatibility.BREAK: "break", abi.Compatibility.UNCHANGED: "same"}.get(
        verdict, "new"
    )


def _members(change: abi.LayoutChange) -> Iterator[_MemberRow]:
    """Each member and constant, with its place before and after."""
    old, new = _parts(change.before), _parts(change.after)
    for name in dict.fromkeys([*new, *old]):
        before, after = old.get(name, "-"), new.get(name, "-")
        verdict = "" if before == after else "new" if before == "-" else "gone"
        if before != after and name in old and name in new:
            verdict = "changed"
        yield _MemberRow(name, verdict, before, after)


def _parts(item: abi.Item | None) -> dict[str, str]:
    match item:
        case abi.Struct():
            return {member.name: _placed(member) for member in item.members}
        case abi.Enum():
            return {name: str(value) for name, value in item.values}
        case _:
            return {}


def _placed(member: abi.Member) -> str:
    size = "flexible" if member.is_flexible else f"size {member.size}"
    return f"offset {member.offset}, {size}"
