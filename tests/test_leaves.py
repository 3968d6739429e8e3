# SPDX-License-Identifier: GPL-2.0-only
"""Every leaf of v1's spec, changed alone, changes the output at a known place, or is refused."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pytest

import rendering
import specs
from afugen import changes, render
from afugen.errors import SpecError
from afugen.spec import Delivery, Spec
from afugen.version import Version

DATA = Path(__file__).parent / "data" / "leaves.diff"


@dataclass(frozen=True)
class Row:
    """A change of some leaves, and the lines that it changes by file."""

    head: str
    leaves: tuple[tuple[tuple, object], ...]
    lines: dict[str, list[str]]
    complaint: str | None

    def __str__(self) -> str:
        return self.head


def _leaf(text: str) -> tuple[tuple, object]:
    return specs.leaf(text, specs.v1())


def _rows() -> list[Row]:
    rows = []
    for part in re.split(r"^@ ", DATA.read_text(), flags=re.M)[1:]:
        head, *body = part.rstrip("\n").split("\n")
        lines, complaint, file = {}, None, ""
        for line in body:
            if line.startswith("! "):
                complaint = line.removeprefix("! ")
            elif line[:1] in ("+", "-"):
                lines[file].append(line)
            elif line:
                file = line
                lines[file] = []
        rows.append(Row(head, tuple(map(_leaf, head.split(" and "))), lines, complaint))
    return rows


ROWS = _rows()


@pytest.fixture(scope="module")
def base() -> rendering.Files:
    """The seed's files without the long gaps in afu_read()."""
    files = rendering.seed_base().files
    files[rendering.FILE] = re.sub(rb"\n{3,}", b"\n\n", files[rendering.FILE])
    return rendering.Files(files)


def _mails(spec: Spec, base: rendering.Files) -> dict[str, bytes]:
    """The mails but for their first lines, which have git's own numbers, and the diffs."""
    patches = changes.golden_patches(Version("v1", specs.V1, spec), base)
    heads = {
        "cover" if "0000-cover-letter" in patch.name else "mail": patch.text.split("\n", 1)[1]
        for patch in patches
    }
    return {"cover": b""} | {
        name: head.split("\ndiff --git", 1)[0].encode() for name, head in heads.items()
    }


@pytest.fixture(scope="module")
def v1_changes(base) -> tuple[render.Change, ...]:
    """What v1 itself changes."""
    return render.render(specs.model(specs.v1()), base)


def _files(base: rendering.Files, changed: tuple[render.Change, ...]) -> dict[str, bytes]:
    return base.files | {change.path: change.after for change in changed}


def _changed_lines(before: bytes, after: bytes) -> list[str]:
    texts = (side.decode().splitlines() for side in (before, after))
    found = difflib.unified_diff(*texts, n=0, lineterm="")
    return [line for line in found if not re.match(r"---|\+\+\+|@@", line)]


def _spec(row: Row) -> Spec:
    raw = specs.v1()
    for path, value in row.leaves:
        specs.put(raw, path, value)
    return specs.model(raw)


@pytest.mark.parametrize("row", [r for r in ROWS if r.complaint is None], ids=str)
def test_a_leaf_changed_alone_changes_exactly_these_lines(
    row, base, v1_changes, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    spec = _spec(row)
    v1, made = _files(base, v1_changes), _files(base, render.render(spec, base))
    if row.head.startswith("series"):
        v1 |= _mails(specs.model(specs.v1()), base)
        made |= _mails(spec, base)
    changed = {path: _changed_lines(v1[path], made[path]) for path in v1}
    assert {path: lines for path, lines in changed.items() if lines} == row.lines
    assert row.lines


@pytest.mark.parametrize("row", [r for r in ROWS if r.complaint is not None], ids=str)
def test_a_leaf_that_cannot_be_changed_alone_is_refused(row):
    with pytest.raises(SpecError) as caught:
        _spec(row)
    assert row.complaint in [c.message for c in caught.value.complaints]


def test_no_leaf_of_the_model_is_without_a_row():
    model = {path for path, _ in specs.leaves(specs.model(specs.v1()).model_dump())}
    model.add(("series", "author"))  # may be absent as a whole
    assert model == {path for row in ROWS for path, _ in row.leaves}


def test_every_value_of_a_closed_list_has_a_row():
    """Values of enums and of `returns`, but for the one that v1 has, which is the seed itself."""
    wanted = set()
    for path, value in specs.leaves(specs.model(specs.v1()).model_dump()):
        if isinstance(value, StrEnum):
            wanted |= {(path, str(other)) for other in type(value) if other is not value}
    wanted |= {(("setter", "returns"), "int"), (("payload", "words"), "flexible")}
    wanted |= {
        (("helpers", which, "returns"), "bool") for which in ("pending", "pending_or_closed")
    }
    have = {(path, value) for row in ROWS for path, value in row.leaves if isinstance(value, str)}
    assert sorted(wanted - have) == []
    assert len(Delivery) == 1, "the row of delivery shows a refusal; a new protocol needs its own"


@pytest.mark.parametrize("row", [r for r in ROWS if r.complaint is None], ids=str)
def test_an_edit_names_the_leaves_that_it_depends_on(row, base, v1_changes):
    """Provenance: what an edit says changes with a leaf only if the edit names that leaf."""
    before, after = (
        {edit.origin + str(edit.anchor): edit for change in changed for edit in change.edits}
        for changed in (v1_changes, render.render(_spec(row), base))
    )
    names = {re.sub(r"\.(\d+)", r"[\1]", ".".join(map(str, path))) for path, _ in row.leaves}
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if old is None or new is None or old.text != new.text:
            fields = {*(old.fields if old else ()), *(new.fields if new else ())}
            assert names & fields, f"{key} changed with {names} but names {sorted(fields)}"
