# SPDX-License-Identifier: GPL-2.0-only
"""YAML as a stranger or an enemy writes it: complaints with a place, never a traceback."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afugen.boot.machine import read_machine
from afugen.checks.remarks import load_known
from afugen.errors import InputError, SpecError
from afugen.spec import yamlsource
from afugen.verdict import load_expected


def complaints(raw: bytes | str) -> list[tuple[int, int, str]]:
    """What is said of a file: line, column, message."""
    raw = raw.encode() if isinstance(raw, str) else raw
    try:
        found = yamlsource.parse(raw, "f.yaml").complaints
    except SpecError as error:
        found = error.complaints
    return [(c.line, c.column, c.message) for c in found]


def test_values_are_those_of_the_core_schema_and_nothing_else():
    source = yamlsource.parse(
        b"a: 1\nb: 0x10\nc: 08\nd: yes\ne: true\nf: ~\ng: 1.5\nh: 2015-08-19\ni: !!str 4\n"
        b"j: '4'\nk: [1, x]\nl: |\n  a\n\n  b\n",
        "f",
    )
    assert source.value == {
        "a": 1, "b": 16, "c": "08", "d": "yes", "e": True, "f": None, "g": "1.5",
        "h": "2015-08-19", "i": "4", "j": "4", "k": [1, "x"], "l": "a\n\nb\n",
    }  # fmt: skip
    assert source.complaints == ()


def test_every_value_and_key_has_its_place():
    source = yamlsource.parse(b"a: 1\nb:\n  - x\n  -  c: 2\n", "f")
    assert source.positions == {
        (): (1, 1), ("a",): (1, 4), ("a", "<key>"): (1, 1),
        ("b",): (3, 3), ("b", "<key>"): (2, 1), ("b", 0): (3, 5), ("b", 1): (4, 6),
        ("b", 1, "c"): (4, 9), ("b", 1, "c", "<key>"): (4, 6),
    }  # fmt: skip


def test_what_windows_editors_add_is_taken_off():
    assert yamlsource.parse(b"\xef\xbb\xbfa: |\r\n  x\r\n  y\r\n", "f").value == {"a": "x\ny\n"}


CASES = {
    "empty": ("", [(1, 1, "the file is empty")]),
    "only a comment": ("# x\n", [(1, 1, "the file is empty")]),
    "two documents": ("a: 1\n---\nb: 2\n", [(2, 1, "a spec is one document")]),
    "syntax": ("a: 1\nb: [\n", [(3, 1, "expected the node content")]),
    "tab as indentation": ("a:\n\tb: 1\n", [(2, 1, r"found character '\t' that cannot start")]),
    "duplicate keys": (
        "a: 1\nb:\n  c: 1\n  c: 2\n  c: {c: 1}\na: 3\n",
        [
            (4, 3, "duplicate key 'c', first on line 3"),
            (5, 3, "duplicate key 'c', first on line 3"),
            (6, 1, "duplicate key 'a', first on line 1"),
        ],
    ),
    "alias": (
        "a: &x 1\nb: *x\n",
        [(1, 4, "anchors are not allowed"), (2, 4, "aliases are not allowed")],
    ),
    "alias of nothing": ("b: *x\n", [(1, 4, "aliases are not allowed")]),
    "merge key": ("a: &x {b: 1}\n<<: *x\n", [(1, 4, "anchors"), (2, 5, "aliases")]),
    "tag of python": ("a: !!python/object/apply:os.system [x]\n", [(1, 4, "the tag tag:yaml.org")]),
    "own tag": ("a: !x {b: 1}\nc: !y z\n", [(1, 4, "the tag !x"), (2, 4, "the tag !y")]),
    "tag that lies": ("a: !!int x\n", [(1, 4, "the tag tag:yaml.org,2002:int")]),
    "key that is a list": ("? [a]\n: 1\nb: 2\n", [(1, 3, "a key must be a word")]),
    "key that is a mapping": ("{a: 1}: 2\n", [(1, 1, "a key must be a word")]),
    "not utf-8": (b"a: 1\nb: \xe4\n", [(2, 4, "not UTF-8")]),
    "binary": (b"\x7fELF", [(1, 1, "U+007F, a control character")]),
    "carriage return": (b"a: b\rc: d\n", [(1, 5, "U+000D, a control character")]),
    "nul": (b"a: b\0c\n", [(1, 5, "U+0000, a control character")]),
    "byte order mark within": ("a: b\ufeff\n", [(1, 5, "U+FEFF, zero width no-break space")]),
    "line separator": ("a: b\u2028c: d\n", [(1, 5, "U+2028, line separator")]),
    "next line": ("a: b\u0085c: d\n", [(1, 5, "U+0085, a control character")]),
    "bidi": (
        "a: \u202eb\nc: \u2066d\n",
        [(1, 4, "U+202E, right-to-left override"), (2, 4, "U+2066, left-to-right isolate")],
    ),
    "invisible": ("a\u200b: 1\n", [(1, 2, "U+200B, zero width space")]),
    "space that is none": ("a: b\u00a0c\n", [(1, 5, "U+00A0, no-break space")]),
    "escape sequence": (b"a: \x1b[2J\n", [(1, 4, "U+001B, a control character")]),
    "other version": ("%YAML 3.0\n---\na: 1\n", [(1, 1, "found incompatible YAML")]),
    "undefined tag handle": ("a: !q!x y\n", [(1, 4, "found undefined tag handle")]),
}


@pytest.mark.parametrize(("raw", "wanted"), CASES.values(), ids=CASES)
def test_complaints_name_line_column_and_reason(raw, wanted):
    found = complaints(raw)
    assert [place[:2] for place in found] == [place[:2] for place in wanted]
    for (_, _, message), (_, _, start) in zip(found, wanted, strict=True):
        assert message.startswith(start)


def test_characters_that_are_refused_may_not_hide_in_escapes_of_messages():
    """The quoted line has nothing that a terminal would obey, and the caret is below its place."""
    with pytest.raises(SpecError) as caught:
        yamlsource.parse("a: 1\n\tb: \x1b[2J\u202ex\n".encode(), "f.yaml")
    text = str(caught.value)
    assert text.split("\n")[:3] == [
        "f.yaml:2:5: U+001B, a control character, is not allowed here",
        "    \tb: \ufffd[2J\ufffdx",
        "    \t   ^",
    ]
    assert not any(yamlsource.refused(c) for c in text if c != "\t")


def test_a_long_line_is_quoted_as_far_as_its_caret():
    with pytest.raises(SpecError) as caught:
        yamlsource.parse(b"a: @" + b"x" * 5000, "f.yaml")
    assert len(str(caught.value)) < 300


BOMBS = {
    "laughs": "a: &a [x, x]\n" + "".join(
        f"b{n}: &b{n} [{', '.join([f'*b{n - 1}' if n else '*a'] * 9)}]\n" for n in range(9)
    ),
    "brackets": "[" * 20000,
    "braces": "{a: " * 5000,
    "dashes": "- " * 10000,
    "indentation": "".join(" " * n + "a:\n" for n in range(400)),
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_bombs_are_refused_before_they_go_off(bomb):
    start = time.process_time()
    found = complaints(bomb)
    assert any("nested too deeply" in m or "aliases" in m for _, _, m in found)
    assert time.process_time() - start < 3


def test_a_file_too_large_for_a_spec_is_not_read(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_bytes(b"# x\n" * 500_000)
    with pytest.raises(InputError, match=r"spec.yaml: larger than 131072 bytes, not a spec"):
        yamlsource.read(path)
    with pytest.raises(InputError, match="larger than"):
        yamlsource.read(type(path)("/dev/zero"))


def test_what_is_no_file_is_told(tmp_path):
    with pytest.raises(InputError, match="Is a directory"):
        yamlsource.read(tmp_path)
    with pytest.raises(InputError, match=r"nowhere.yaml: No such file"):
        yamlsource.read(tmp_path / "nowhere.yaml")


@settings(derandomize=True, database=None, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text("ab:-[]{}&*!|>'\"%@#\n \t,?0", max_size=60)))
def test_no_bytes_at_all_give_anything_but_a_value_or_complaints(raw):
    raw = raw.encode() if isinstance(raw, str) else raw
    try:
        found = yamlsource.parse(raw, "f").complaints
    except SpecError as error:
        found = error.complaints or pytest.fail("no complaint at all")
    assert all(c.line > 0 and c.column > 0 for c in found)


READERS = {
    "expected.yaml": (load_expected, "expected_failures: []\n"),
    "known-remarks.yaml": (load_known, "known_remarks: []\n"),
    "powernv9.yaml": (read_machine, "name: powernv9\n"),
}


@pytest.mark.parametrize("name", READERS)
def test_no_file_says_one_thing_twice(tmp_path, name):
    read, line = READERS[name]
    (tmp_path / name).write_text(line + line)
    with pytest.raises(SpecError, match=rf"{name}:2:1: duplicate key '\w+', first on line 1"):
        read(tmp_path / name)
