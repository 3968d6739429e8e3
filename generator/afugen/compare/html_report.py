# SPDX-License-Identifier: GPL-2.0-only
"""The report of `afugen diff` as one HTML file that loads nothing from elsewhere.

Everything in it that comes from a spec, a patch or a kernel is untrusted text: the templates
escape it, and the content security policy of the page only lets our own script run.
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
from afugen.compare.model import DiffReport, MissingSection
from afugen.render import keep_compiled

_FOLDER = "report"


@dataclass(frozen=True, slots=True)
class _Inlined:
    """A style sheet or script, and its hash as a content security policy names it."""

    text: Markup
    hash: str


def to_html(report: DiffReport) -> str:
    """Return the page."""
    slugs = _slugs([file.path for file in report.files])
    shown = {
        (file.path, side, line.number)
        for file in report.files
        for annotated in file.hunks
        for row in annotated.hunk.rows
        for side, line in (("L", row.right), ("O", row.left))
        if line is not None
    }

    def link(path: str, line: int, side: str) -> str | None:
        if (path, side, line) in shown:
            return f"{slugs[path]}-{side}{line}"
        return slugs.get(path)

    return _environment().get_template(f"{_FOLDER}/page.html.j2").render(
        report=report,
        terms=report.terms,
        title=_title(report),
        size=summary.size_in_short(report),
        answers=summary.answers(report),
        contents=tuple(_contents(report)),
        slugs=slugs,
        link=link,
        mended=summary.mended_since_mainline(report),
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
    env.tests["missing"] = lambda value: isinstance(value, MissingSection)
    env.globals.update(
        measure=summary.measure,
        member_rows=_member_rows,
        reason_of=summary.reason_of,
    )
    keep_compiled(env, cache.root() / "templates")
    return env


def _inlined(name: str) -> _Inlined:
    text = (resources.templates() / _FOLDER / name).read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return _Inlined(Markup(text), f"sha256-{digest}")


def _title(report: DiffReport) -> str:
    names = f"{report.before.name} → {report.after.name}"
    return f"{report.after.commits[0][1]}: {names}" if report.after.commits else names


def _slugs(paths: Sequence[str]) -> dict[str, str]:
    """Return an anchor for each file: the shortest end of its path that no other file has."""

    def slug(path: str) -> str:
        if "/" not in path:
            return path.replace(" ", "-")  # the text of a mail
        others = [f"/{other}" for other in paths if other != path]
        parts = path.split("/")
        ends = ("/".join(parts[-n:]) for n in range(1, len(parts)))
        unique = (end for end in ends if not any(other.endswith(f"/{end}") for other in others))
        return next(unique, path)

    return {path: slug(path) for path in paths}


def _contents(report: DiffReport) -> Iterator[tuple[str, str, int]]:
    """Return the anchor, title and number of entries of each section."""
    changes = () if isinstance(report.abi, MissingSection) else report.abi.changes
    for anchor, title, section in (
        ("review", "Review", report.review),
        ("drivers", report.terms.users, report.costs),
        ("abi", "Userspace ABI", summary.abi_differences(changes)),
        ("symbols", "Exported symbols", report.symbols),
        ("tests", "Tests", report.tests),
        ("remarks", "Compiler, sparse, checkpatch", report.remarks),
        ("spec", "Spec", report.spec),
        ("commits", "Commits", report.commits),
        ("files", "Files", report.files),
    ):
        yield anchor, title, len(section) if isinstance(section, tuple) else 0


def _member_rows(change: abi.LayoutChange) -> Iterator[tuple[str, str, str, str]]:
    """Return the name, verdict, and both places or values of each member or constant."""
    old, new = _members(change.before), _members(change.after)
    for name in dict.fromkeys([*new, *old]):
        before, after = old.get(name, "-"), new.get(name, "-")
        verdict = "" if before == after else "changed"
        if before != after and "-" in (before, after):
            verdict = "new" if before == "-" else "gone"
        yield name, verdict, before, after


def _members(item: abi.Item | None) -> dict[str, str]:
    match item:
        case abi.StructLayout():
            return {member.name: _layout(member) for member in item.members}
        case abi.EnumValues():
            return {name: str(value) for name, value in item.values}
        case _:
            return {}


def _layout(member: abi.MemberLayout) -> str:
    size = "flexible" if member.is_flexible else f"size {member.size}"
    return f"offset {member.offset}, {size}"
