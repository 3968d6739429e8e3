# SPDX-License-Identifier: GPL-2.0-only
"""Every leaf of a spec, changed alone, changes the output at a known place, or is refused.

The specs are v1's and v3's: one for each delivery protocol.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import rendering
import specs
from afugen.errors import SpecError
from afugen.render import rendering as render
from afugen.series import commits
from afugen.series.version import Version
from afugen.spec import schema
from afugen.spec.model import Spec

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Row:
    """A change of some leaves of a version, and the lines that it changes by file."""

    of: Callable[[], dict]
    head: str
    leaves: tuple[tuple[tuple, object], ...]
    lines: dict[str, list[str]]
    complaint: str | None

    def __str__(self) -> str:
        return f"{self.of.__name__} {self.head}"


def _leaf(of: Callable[[], dict], text: str) -> tuple[tuple, object]:
    return specs.leaf(text, of())


def _rows(of: Callable[[], dict], file: str) -> list[Row]:
    rows = []
    for part in re.split(r"^@ ", (DATA / file).read_text(), flags=re.M)[1:]:
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
        leaves = tuple(_leaf(of, text) for text in head.split(" and "))
        rows.append(Row(of, head, leaves, lines, complaint))
    return rows


ROWS = [*_rows(specs.v1, "leaves.diff"), *_rows(specs.v3, "leaves-v3.diff")]


@pytest.fixture(scope="module")
def base() -> rendering.Files:
    """The seed's files without the long gaps in afu_read(), and those beside."""
    files = rendering.driver_base().files
    files[rendering.FILE] = re.sub(rb"\n{3,}", b"\n\n", files[rendering.FILE])
    return rendering.Files(files)


def _mails(spec: Spec, base: rendering.Files) -> dict[str, bytes]:
    """The mails but for their first lines, which have git's own numbers, and the diffs."""
    patches = commits.golden_patches(Version("v1", specs.V1, spec), base)
    heads = {
        "cover" if "0000-cover-letter" in patch.name else "mail": patch.text.split("\n", 1)[1]
        for patch in patches
    }
    return {"cover": b""} | {
        name: head.split("\ndiff --git", 1)[0].encode() for name, head in heads.items()
    }


@pytest.fixture(scope="module")
def unchanged(base) -> dict[Callable[[], dict], tuple[render.Change, ...]]:
    """What the versions themselves change."""
    return {of: render.render(specs.model(of()), base) for of in (specs.v1, specs.v3)}


def _files(base: rendering.Files, changed: tuple[render.Change, ...]) -> dict[str, bytes]:
    return base.files | {change.path: change.after for change in changed}


def _changed_lines(before: bytes, after: bytes) -> list[str]:
    texts = (side.decode().splitlines() for side in (before, after))
    found = difflib.unified_diff(*texts, n=0, lineterm="")
    return [line for line in found if not re.match(r"---|\+\+\+|@@", line)]


def _spec(row: Row) -> Spec:
    raw = row.of()
    for path, value in row.leaves:
        specs.put(raw, path, value)
    return specs.model(raw)


@pytest.mark.parametrize("row", [r for r in ROWS if r.complaint is None], ids=str)
def test_a_leaf_changed_alone_changes_exactly_these_lines(
    row, base, unchanged, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    spec = _spec(row)
    old, made = _files(base, unchanged[row.of]), _files(base, render.render(spec, base))
    if row.head.startswith("series"):
        old |= _mails(specs.model(row.of()), base)
        made |= _mails(spec, base)
    changed = {path: _changed_lines(old[path], made[path]) for path in old}
    assert {path: lines for path, lines in changed.items() if lines} == row.lines
    assert row.lines


@pytest.mark.parametrize("row", [r for r in ROWS if r.complaint is not None], ids=str)
def test_a_leaf_that_cannot_be_changed_alone_is_refused(row):
    with pytest.raises(SpecError) as caught:
        _spec(row)
    assert row.complaint in [c.message for c in caught.value.complaints]


OTHER_RETURNS = {"setter": ("void", "int"), "helpers": ("int", "bool")}


def _rows_of(of: Callable[[], dict]) -> list[Row]:
    return [row for row in ROWS if row.of is of]


def test_no_leaf_of_the_model_is_without_a_row():
    model = {path for path, _ in specs.leaves(specs.dump(specs.model(specs.v1())))}
    model.add(("series", "author"))  # may be absent as a whole
    model.discard(("test",))  # see test_patches.py: its patch needs a tree's Makefiles
    assert model == {path for row in _rows_of(specs.v1) for path, _ in row.leaves}


def test_no_leaf_but_of_the_mail_is_without_a_row_in_the_other_protocol():
    model = {path for path, _ in specs.leaves(specs.dump(specs.model(specs.v3())))}
    model = {path for path in model if path[0] not in ("series", "test")}  # mail, as v1's
    model.add(("notify",))  # may be absent as a whole
    assert model == {path for row in _rows_of(specs.v3) for path, _ in row.leaves}


@pytest.mark.parametrize("of", [specs.v1, specs.v3])
def test_every_value_of_a_closed_list_has_a_row(of):
    """Values of enums and of `returns`, but for the one that the version itself has."""
    wanted = set()
    for path, value in specs.leaves(specs.dump(specs.model(of()))):
        node = schema.at(specs.CXL.fields, path)
        values = {*node.get("enum", ()), *(one.get("const") for one in node.get("oneOf", ()))}
        wanted |= {(path, other) for other in values if other != value}
        if path[-1] == "returns" and path[0] in OTHER_RETURNS:
            wanted |= {(path, other) for other in OTHER_RETURNS[path[0]] if other != value}
        if path == ("payload", "words") and value != "flexible":
            wanted.add((path, "flexible"))
    rows = _rows_of(of)
    have = {(path, value) for row in rows for path, value in row.leaves if isinstance(value, str)}
    assert sorted(wanted - have) == []


@pytest.mark.parametrize("row", [r for r in ROWS if r.complaint is None], ids=str)
def test_an_edit_names_the_leaves_that_it_depends_on(row, base, unchanged):
    """Provenance: what an edit says changes with a leaf only if the edit names that leaf."""
    before, after = (
        {edit.origin + str(edit.anchor): edit for change in changed for edit in change.edits}
        for changed in (unchanged[row.of], render.render(_spec(row), base))
    )
    names = {re.sub(r"\.(\d+)", r"[\1]", ".".join(map(str, path))) for path, _ in row.leaves}
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if old is None or new is None or old.text != new.text:
            fields = {*(old.fields if old else ()), *(new.fields if new else ())}
            fields |= {field.split(".")[0] for field in fields}  # a row may be a whole section
            assert names & fields, f"{key} changed with {names} but names {sorted(fields)}"
