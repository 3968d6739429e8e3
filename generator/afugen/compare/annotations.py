# SPDX-License-Identifier: GPL-2.0-only
"""The differing files of two sides, hunk by hunk, each with provenance and review comments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from afugen import resources
from afugen.compare import model
from afugen.compare.inputs import Side, SideKind
from afugen.compare.provenance import EditedLines, edits_by_file, yaml_path
from afugen.compare.side_by_side import FileDiff, SideBySideHunk, diff_file
from afugen.compare.spec_changes import FieldChange, line_of
from afugen.compare.word_diff import ChangeKind
from afugen.review import MAIL_TEXTS

# The fields of a spec that the texts of a series' mails are made of.
_MAIL_FIELDS = {
    MAIL_TEXTS["patch"]: ("series.subject", "series.message", "series.trailers"),
    MAIL_TEXTS["changelog"]: ("series.changelog",),
    MAIL_TEXTS["cover"]: ("series.cover.message",),
}
_TEST_MAIL_FIELDS = ("test.subject", "test.message", "test.trailers")

_CommentsByLine = Mapping[int, Sequence[model.ReviewComment]]
# Returns the provenance of lines of a side's file.
_Provenances = Callable[[set[int]], Iterator[model.Provenance]]


def display_path(path: Path) -> str:
    """Return a spec's path, from kernel-patches/ on for those that afugen comes with."""
    top = resources.kernel_patches()
    if path.is_relative_to(top):
        return (Path("kernel-patches") / path.relative_to(top)).as_posix()
    return str(path)


def annotated_files(
    before: Side,
    after: Side,
    fields: Sequence[FieldChange],
    comments: Sequence[model.ReviewComment],
) -> tuple[model.AnnotatedFile, ...]:
    """Return the mails, then the files, that differ or hold the evidence of a comment."""
    evidence = _comments_by_file(comments)
    sides = (before, after)
    edits = [edits_by_file(side.made.patches) if side.made else {} for side in sides]
    differing = ({f.old_line for f in fields}, {f.new_line for f in fields})
    old, new = before.stored.files(), after.stored.files()
    found = list(_annotated_mails(before, after, evidence))
    for path in sorted(_paths(before, after) | {p for p in evidence if new.exists(p)}):
        old_file, new_file = (tree.read(path) if tree.exists(path) else None for tree in (old, new))
        diff = diff_file(path, old_file, new_file, evidence.get(path, {}))
        if diff is not None:
            provenances = [
                partial(_code_provenance, side, edited.get(path, ()), lines)
                for side, edited, lines in zip(sides, edits, differing, strict=True)
            ]
            found.append(_annotated(diff, provenances, evidence.get(path, {})))
    return tuple(found)


def _paths(before: Side, after: Side) -> set[str]:
    """Return the files that differ, or all that the sides change where their bases differ."""
    store = after.stored.store
    if before.base == after.base:
        return set(store.changed(before.stored.commit_id, after.stored.commit_id))
    return {
        path for side in (before, after) for path in store.changed(side.base, side.stored.commit_id)
    }


def _code_provenance(
    side: Side, edits: Sequence[EditedLines], differing: set[int | None], lines: set[int]
) -> Iterator[model.Provenance]:
    for edit in edits:
        if edit.covers(lines):
            fields = sorted(_spec_fields(side, edit.fields, differing), key=lambda f: not f.differs)
            yield model.Provenance(side.name, edit.template, tuple(fields))


def _mail_provenance(
    side: Side, names: Sequence[str], lines: set[int]
) -> Iterator[model.Provenance]:
    positions = side.source.positions if side.source else {}
    if lines and (set_names := [name for name in names if yaml_path(name) in positions]):
        yield model.Provenance(side.name, "", tuple(_spec_fields(side, set_names, set())))


def _spec_fields(
    side: Side, names: Sequence[str], differing: set[int | None]
) -> Iterator[model.SpecField]:
    if side.source is not None and side.made is not None:
        file = display_path(side.made.version.path)
        for name in names:
            line = line_of(side.source.positions, yaml_path(name))
            yield model.SpecField(name, file, line, line in differing)


def _annotated_mails(
    before: Side, after: Side, evidence: Mapping[str, _CommentsByLine]
) -> Iterator[model.AnnotatedFile]:
    """Return the differing texts of the mails as files, where the sides have a spec."""
    old, new = _mail_texts(before), _mail_texts(after)
    for name, text in new.items() if old or before.kind is SideKind.TREE else ():
        diff = diff_file(name, old.get(name), text, evidence.get(name, {}))
        if diff is not None and text:
            fields = _MAIL_FIELDS.get(name, _TEST_MAIL_FIELDS)
            provenances = [partial(_mail_provenance, side, fields) for side in (before, after)]
            yield _annotated(diff, provenances, evidence.get(name, {}))


def _mail_texts(side: Side) -> dict[str, bytes]:
    """Return the texts of a series' mails by the names that claims use."""
    if side.made is None:
        return {}
    first, *others = (patch.data for patch in side.made.patches)
    texts = {MAIL_TEXTS["patch"]: first.commit.message, MAIL_TEXTS["changelog"]: first.changelog}
    if side.made.version.cover:
        texts[MAIL_TEXTS["cover"]] = side.made.version.cover.body
    for number, data in enumerate(others, 2):
        texts[f"{MAIL_TEXTS['patch']} {number}"] = data.commit.message
    return {name: text.encode() for name, text in texts.items()}


def _comments_by_file(
    comments: Sequence[model.ReviewComment],
) -> dict[str, dict[int, list[model.ReviewComment]]]:
    """Return the comments by the file and the line of their evidence."""
    found: dict[str, dict[int, list[model.ReviewComment]]] = {}
    for comment in comments:
        for one in comment.evidence:
            found.setdefault(one.file, {}).setdefault(one.line, []).append(comment)
    return found


def _annotated(
    diff: FileDiff, provenances: Sequence[_Provenances], comments: _CommentsByLine
) -> model.AnnotatedFile:
    hunks = tuple(_annotated_hunk(hunk, provenances, comments) for hunk in diff.hunks)
    counts = (diff.count(ChangeKind.NEW), diff.count(ChangeKind.GONE))
    return model.AnnotatedFile(diff.path, diff.change, *counts, hunks)


def _annotated_hunk(
    hunk: SideBySideHunk, provenances: Sequence[_Provenances], comments: _CommentsByLine
) -> model.AnnotatedHunk:
    rows = [row for row in hunk.rows if row.change is not ChangeKind.SAME] or list(hunk.rows)
    left = {row.left.number for row in rows if row.left}
    right = {row.right.number for row in rows if row.right}
    new_lines = hunk.lines(right=True)
    if not right and hunk.is_changed:
        right = set(new_lines)  # An edit that removes lines is found by the lines around.
    provenance = [
        one for find, lines in zip(provenances, (left, right), strict=True) for one in find(lines)
    ]
    related = {comment.id: comment for line in new_lines for comment in comments.get(line, ())}
    return model.AnnotatedHunk(hunk, tuple(dict.fromkeys(provenance)), tuple(related.values()))
