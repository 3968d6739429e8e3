# SPDX-License-Identifier: GPL-2.0-only
"""The files of two sides, hunk by hunk, each with where its lines came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path

from afugen import resources
from afugen.compare.inputs import Kind, Side
from afugen.compare.model import Comment, Field, FileView, HunkView, Provenance
from afugen.compare.provenance import Origin, key_of, of_lines, origins
from afugen.compare.side_by_side import Change, Hunk, Shown, beside
from afugen.compare.specs import FieldChange, line_of
from afugen.git import GitBase
from afugen.review import MAIL_TEXTS


@dataclass(frozen=True, slots=True)
class _Made:
    """A side, for asking where the lines of a file came from; `differing` leaves of its spec."""

    side: Side
    origins: Mapping[str, tuple[Origin, ...]]
    differing: frozenset[int]

    def provenance(self, path: str, lines: set[int]) -> Iterator[Provenance]:
        """What made these lines of the side's file."""
        for origin in of_lines(self.origins.get(path, ()), lines):
            yield Provenance(self.side.name, origin.template, self._fields(origin))

    def _fields(self, origin: Origin) -> tuple[Field, ...]:
        """The fields that an edit read, those first in which the two specs differ."""
        source = self.side.source
        if source is None or self.side.made is None:
            return ()
        file = shown_path(self.side.made.version.path)
        lines = {name: line_of(source.positions, key_of(name)) for name in origin.fields}
        found = (Field(n, file, line, line in self.differing) for n, line in lines.items())
        return tuple(sorted(found, key=lambda field: not field.differs))


# The fields that the texts of mails are made of.
_FIELDS = {
    MAIL_TEXTS["patch"]: ("series.subject", "series.message", "series.trailers"),
    MAIL_TEXTS["changelog"]: ("series.changelog",),
    MAIL_TEXTS["cover"]: ("series.cover.message",),
}
_FIELDS_OF_LATER = ("test.subject", "test.message", "test.trailers")


@dataclass(frozen=True, slots=True)
class _Told:
    """A side's mail, which comes from fields of the spec and no template."""

    side: Side
    fields: tuple[str, ...]

    def provenance(self, _path: str, lines: set[int]) -> Iterator[Provenance]:
        """The fields that are there, for lines that are."""
        source, made = self.side.source, self.side.made
        if not lines or source is None or made is None:
            return
        file = shown_path(made.version.path)
        there = [name for name in self.fields if key_of(name) in source.positions]
        if there:
            fields = tuple(Field(n, file, line_of(source.positions, key_of(n))) for n in there)
            yield Provenance(self.side.name, "", fields)


def shown_path(path: Path) -> str:
    """A spec's path as people call it: those that afugen comes with, by their place in it."""
    top = resources.kernel_patches()
    if path.is_relative_to(top):
        return (Path("kernel-patches") / path.relative_to(top)).as_posix()
    return str(path)


def files(
    before: Side,
    after: Side,
    fields: Sequence[FieldChange],
    comments: Sequence[Comment],
) -> tuple[FileView, ...]:
    """Every file in which the results differ, or that a comment's evidence is in."""
    old, new = before.stored.base(), after.stored.base()
    evidence = _evidence(comments)
    differing = before.stored.store.changed(before.stored.commit_id, after.stored.commit_id)
    ours = before.base == after.base
    paths = set(differing) if ours else _touched(before) | _touched(after)
    made = (
        _Made(before, _origins(before), frozenset(f.old_line for f in fields if f.old_line)),
        _Made(after, _origins(after), frozenset(f.new_line for f in fields if f.new_line)),
    )
    found = []
    for path in sorted(paths | {p for p in evidence if new.exists(p)}):
        view = _view(path, old, new, made, evidence.get(path, {}))
        found += [view] if view else []
    return (*_messages(before, after, evidence), *found)


def _messages(
    before: Side, after: Side, evidence: Mapping[str, Mapping[int, Sequence[Comment]]]
) -> Iterator[FileView]:
    """What the mails say, beside each other like files; for those who wrote a spec."""
    old, new = _said(before), _said(after)
    for name in new if old or before.kind is Kind.TREE else ():
        sources = [old.get(name), new[name]]
        shown = beside(name, sources[0], sources[1], also=evidence.get(name, {}))
        if shown is not None and new[name]:
            made = [_Told(side, _FIELDS.get(name, _FIELDS_OF_LATER)) for side in (before, after)]
            yield _as_view(shown, made, evidence.get(name, {}))


def _said(side: Side) -> dict[str, bytes]:
    """The texts of a series' mails under the names that evidence calls them by."""
    if side.made is None:
        return {}
    first, *others = side.made.patches
    said = {
        MAIL_TEXTS["patch"]: first.data.commit.message,
        MAIL_TEXTS["changelog"]: first.data.changelog,
    }
    if side.made.version.cover:
        said[MAIL_TEXTS["cover"]] = side.made.version.cover.body
    for number, patch in enumerate(others, 2):
        said[f"{MAIL_TEXTS['patch']} {number}"] = patch.data.commit.message
    return {name: text.encode() for name, text in said.items()}


def _touched(side: Side) -> set[str]:
    return set(side.stored.store.changed(side.base, side.stored.commit_id))


def _evidence(comments: Sequence[Comment]) -> dict[str, dict[int, list[Comment]]]:
    """The comments by the lines of files that they led to."""
    found: dict[str, dict[int, list[Comment]]] = {}
    for comment in comments:
        for one in comment.evidence:
            found.setdefault(one.file, {}).setdefault(one.line, []).append(comment)
    return found


def _view(
    path: str,
    old: GitBase,
    new: GitBase,
    made: tuple[_Made, _Made],
    evidence: Mapping[int, Sequence[Comment]],
) -> FileView | None:
    sources = [tree.read(path) if tree.exists(path) else None for tree in (old, new)]
    shown = beside(path, sources[0], sources[1], also=evidence)
    if shown is None:
        return None
    return _as_view(shown, made, evidence)


def _as_view(
    shown: Shown, made: Sequence[_Made | _Told], evidence: Mapping[int, Sequence[Comment]]
) -> FileView:
    views = tuple(_hunk_view(shown.path, hunk, made, evidence) for hunk in shown.hunks)
    new_lines, gone_lines = shown.count(Change.NEW), shown.count(Change.GONE)
    return FileView(shown.path, shown.change, new_lines, gone_lines, views)


def _hunk_view(
    path: str, hunk: Hunk, made: Sequence[_Made | _Told], evidence: Mapping[int, Sequence[Comment]]
) -> HunkView:
    changed = [row for row in hunk.rows if row.change is not Change.SAME] or list(hunk.rows)
    left = {row.left.number for row in changed if row.left}
    right = {row.right.number for row in changed if row.right}
    if not right and hunk.changed:
        # Lines are only gone: what took them out has its place at the lines around.
        right = set(hunk.lines(right=True))
    provenance = [
        one
        for side, lines in zip(made, (left, right), strict=False)
        for one in side.provenance(path, lines)
    ]
    span = hunk.lines(right=True)
    said = {c.id: c for line in span for c in evidence.get(line, ())}
    return HunkView(hunk, tuple(dict.fromkeys(provenance)), tuple(said.values()))


def _origins(side: Side) -> dict[str, tuple[Origin, ...]]:
    """Where the lines of each file came from; later patches move what earlier ones made."""
    found: dict[str, tuple[Origin, ...]] = {}
    for patch in side.made.patches if side.made else ():
        for change in patch.changes:
            earlier = found.get(change.path, ())
            if earlier and change.before is not None:
                earlier = _moved(earlier, change.before, change.after)
            own = origins(change.before, change.after, change.edits)
            found[change.path] = (*earlier, *own)
    return found


def _moved(found: Sequence[Origin], before: bytes, after: bytes) -> tuple[Origin, ...]:
    """The origins on the lines to which a later patch moved theirs."""
    old, new = before.split(b"\n"), after.split(b"\n")
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    where = {a + i + 1: b + i + 1 for a, b, size in blocks for i in range(size)}
    moved = []
    for origin in found:
        lines = [where[line] for line in origin.lines if line in where]
        if lines:
            moved.append(replace(origin, lines=range(lines[0], lines[-1] + 1)))
    return tuple(moved)
