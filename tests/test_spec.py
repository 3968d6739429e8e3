# SPDX-License-Identifier: GPL-2.0-only
"""What a spec may say: complaints with line, column and caret, all of a file at once."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import specs
from afugen.errors import SpecError
from afugen.spec import loading
from afugen.spec.mailtext import cut_of

TEXT = specs.V1.read_text()


def complaints_of(text: str | bytes, tmp_path) -> SpecError:
    path = tmp_path / "spec.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(SpecError) as caught:
        loading.load(path)
    return caught.value


def edited(*changes: tuple[str, str]) -> str:
    text = TEXT
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in v1's spec"
        text = text.replace(old, new)
    return text


def test_v1_is_valid_and_frozen():
    spec = loading.load(specs.V1)
    with pytest.raises(AttributeError, match="frozen"):
        spec.layout = "strict"
    assert isinstance(spec.ops.callbacks, tuple)


def test_a_complaint_has_the_line_and_a_caret(tmp_path):
    error = complaints_of(edited(("  value: 4\n", "  value: 0\n")), tmp_path)
    line = TEXT.split("\n").index("  value: 4") + 1
    assert str(error) == (
        f"{tmp_path}/spec.yaml:{line}:10: value: input should be greater than or equal to 1\n"
        "      value: 0\n"
        "             ^"
    )


def test_all_complaints_of_a_file_come_at_once_in_the_order_of_its_lines(tmp_path):
    error = complaints_of(
        edited(
            ("  position: 1\n", "  position: 3\n  colour: red\n"),
            ("  selected_by: CXL\n", "  selected_by: CXL_AFU_DRIVER_OPS\n"),
            ("locking: |\n", "locking: ${nonsense}\n"),
            ("    Both of these", "  locking: |\n    Both of these"),
            ("  field: afu_driver_ops\n", "  field: &x afu_driver_ops\n"),
        ),
        tmp_path,
    )
    assert [c.message for c in error.complaints] == [
        "position 3 of 2",
        "unknown key 'colour'",
        "a symbol cannot select itself",
        "unknown placeholder ${nonsense}; there are: ops, setter, pending, deliver, size, "
        "context, event, payload, member, symbol",
        "duplicate key 'locking', first on line 82",
        "anchors are not allowed in a spec",
    ]
    lines = [c.line for c in error.complaints]
    assert lines == sorted(lines)


def test_wrong_fields_are_told_with_all_other_wrong_fields(tmp_path):
    error = complaints_of(
        edited(
            ("  email: imunsie@au1.ibm.com\n", "  email: nobody\n"),
            ("priority: before-generic\n", "priority: first\n"),
            ("  words: 4\n", "  words: four\n"),
            ("size_check: warn\n", ""),
        ),
        tmp_path,
    )
    assert [(c.line, c.message.split(":")[0]) for c in error.complaints] == [
        (7, "'size_check' is missing"),
        (11, "email"),
        (TEXT.split("\n").index("  words: 4") + 1, "words"),
        (TEXT.split("\n").index("priority: before-generic"), "priority"),
    ]


# Every leaf against what it must not take: path, value, what is said.
NOT_IDENTIFIERS = {
    "": "is not a C identifier",
    "two words": "is not a C identifier",
    "1st": "is not a C identifier",
    "a-b": "is not a C identifier",
    "a\nb": "is not a C identifier",
    "\u0441xl": "is not a C identifier",  # the first letter is Cyrillic
    "a" * 64: "is longer than 63 characters",
    "return": "is a word of C",
    "bool": "is a word of C",
    "__user": "is a word of C",
    "u64": "is a word of C",
    "current": "is a word of C",
    "{{ x }}": "is not a C identifier",
}
IDENTIFIERS = [path for path in specs.NAMES if path[-1] != "symbol"]


def said(path, value) -> list[str]:
    """What is said of v1 with one leaf changed."""
    raw = specs.v1()
    specs.put(raw, path, value)
    with pytest.raises(SpecError) as caught:
        specs.model(raw)
    return [complaint.message for complaint in caught.value.complaints]


@pytest.mark.parametrize("path", IDENTIFIERS, ids=str)
@pytest.mark.parametrize(("value", "why"), NOT_IDENTIFIERS.items(), ids=repr)
def test_no_name_of_c_takes_anything_but_an_identifier(path, value, why):
    (message,) = said(path, value)
    assert why in message


SYMBOL = ("kconfig", "symbol")
TYPE = ("ops", "callbacks", 1, "parameters", 2, "type")
SUBJECT, MESSAGE = ("series", "subject"), ("series", "message")
TRAILER, NAME = ("series", "trailers", 0), ("series", "author", "name")
MAIL, DATE = ("series", "author", "email"), ("series", "date")
DOC, COMMENT = ("ops", "doc"), ("context", "comment")
PENDING, DELIVER = ("ops", "callbacks", 0), ("ops", "callbacks", 1)
REFUSED = [
    (SYMBOL, "CONFIG_CXL_OPS", "without CONFIG_"),
    (SYMBOL, "cxl_ops", "is not a Kconfig symbol"),
    (SYMBOL, "CXL OPS", "is not a Kconfig symbol"),
    (SYMBOL, "X\n\tselect Y", "is not a Kconfig symbol"),
    (SYMBOL, "X" * 64, "is longer than 63"),
    (("kconfig", "selected_by"), "CXL if Y", "is not a Kconfig symbol"),
    (TYPE, "return x", "is not a type"),
    (TYPE, "static int", "is not a type"),
    (TYPE, "struct", "is not a type"),
    (TYPE, "struct if *", "is not a type"),
    (TYPE, "foo bar", "is not a type"),
    (TYPE, "int, int", "is not a type"),
    (TYPE, "int (*)(void)", "is not a type"),
    (TYPE, "int[4]", "is not a type"),
    (TYPE, "u32 /* x */", "is not a type"),
    (TYPE, "void", "nothing has the type 'void'"),
    (TYPE, "char *", "has nothing to pass as 'char *'"),
    (("payload", "words"), 0, "from 1 to 64"),
    (("payload", "words"), 65, "from 1 to 64"),
    (("payload", "words"), True, "from 1 to 64"),
    (("payload", "words"), "4", "from 1 to 64"),
    (("event", "value"), 0x10000, "less than or equal to 65535"),
    (("event", "value"), "4", "valid integer"),
    (("event", "value"), True, "valid integer"),
    (("event", "value"), 4.0, "valid integer"),
    (("series", "position"), "1", "valid integer"),
    (SUBJECT, "two\nlines", "must be one line"),
    (SUBJECT, "", "is empty"),
    (SUBJECT, "[RFC] cxl: x", "git am would drop '['"),
    (SUBJECT, "Re: cxl: x", "git am would drop 'Re:'"),
    (SUBJECT, ": x", "git am would drop ':'"),
    (SUBJECT, "cxl: \u202ex", "U+202E, right-to-left override"),
    (NAME, "Ian <Munsie>", "must not contain < or >"),
    (NAME, "...", "is not a name"),
    (NAME, "Ian\nMunsie", "must be one line"),
    (MAIL, "ian", "is not a mail address"),
    (MAIL, "ian@a b", "is not a mail address"),
    (MAIL, "a@b, c@d", "is not a mail address"),
    (MAIL, "a@b\0", "U+0000"),
    (DATE, "2015-08-19T14:19:31", "timezone"),
    (DATE, "yesterday", "valid datetime"),
    (DATE, "1969-12-31T23:00:00+00:00", "from 1970"),
    (DATE, "2015-08-19T14:19:31.5+10:00", "whole seconds"),
    (TRAILER, "Signed-off-by", "is not a trailer"),
    (TRAILER, "Signed-off-by: a\nFixes: b", "must be one line"),
    (TRAILER, "Index: a", "would cut the mail short"),
    (TRAILER, "From: a", "would cut the mail short"),
    (DOC, "a */ b", "'*/' would end"),
    (DOC, "a /* b", "'/*' would end"),
    (DOC, "a\tb", "U+0009"),
    (DOC, "a\0b", "U+0000"),
    (DOC, "a\u2028b", "U+2028, line separator"),
    (DOC, "a\u2066b", "U+2066, left-to-right isolate"),
    (DOC, "a\u200db", "U+200D, zero width joiner"),
    (DOC, " \n ", "is empty"),
    (DOC, "${self}", "unknown placeholder ${self}"),
    (DOC, "${}", "unknown placeholder ${}"),
    (COMMENT, "two\nlines", "must be one line"),
    (COMMENT, "a */ int b; /* c", "'*/' would end"),
    (("delivery",), "push", "should be 'callback'"),
    (("setter", "returns"), "long", "should match"),
    (("ops", "callbacks"), [], "at least 1 item"),
    (("kconfig",), {}, "'symbol' is missing"),
    (("kconfig",), "CXL", "valid dictionary"),
    (("ops",), None, "valid dictionary"),
    (("series", "trailers"), "a: b", "valid"),
]


@pytest.mark.parametrize(("path", "value", "why"), REFUSED, ids=lambda v: str(v)[:40])
def test_a_leaf_is_refused_for_a_reason(path, value, why):
    assert any(why in message for message in said(path, value))


CONTRADICTIONS = [
    ((*PENDING, "role"), "none", "0 callbacks have the role pending, not one"),
    ((*PENDING, "parameters"), [], "needs a 'struct cxl_context *'"),
    ((*DELIVER, "parameters"), [], "needs a 'struct cxl_event *'"),
    ((*PENDING, "returns"), "void", "an op with the role pending returns bool or int"),
    ((*DELIVER, "returns"), "bool", "an op with the role deliver returns void or int"),
    ((*DELIVER, "parameters", 1, "type"), "size_t", "nothing to pass as 'size_t'"),
    ((*DELIVER, "parameters", 1, "name"), "event", "second 'event'"),
    ((*DELIVER, "parameters", 0, "name"), "cxl_event", "is the name of a type here"),
    ((*DELIVER, "name"), "event_pending", "already the name of ops.callbacks.0"),
    (("payload", "struct"), "cxl_afu_driver_ops", "already the name of ops"),
    (("event", "name"), "cxl_set_driver_ops", "already the name of setter"),
    (("helpers", "pending", "name"), "ctx_event_pending", "already the name of helpers.pending"),
    (("helpers", "pending", "name"), "ctx", "is the name of a variable where this is used"),
    (("event", "name"), "ops", "is the name of a variable where this is used"),
    (("setter", "incomplete_ops"), "error", "needs a setter that returns int"),
]


@pytest.mark.parametrize(("path", "value", "why"), CONTRADICTIONS, ids=lambda v: str(v)[:40])
def test_what_contradicts_itself_is_told(path, value, why):
    assert any(why in message for message in said(path, value))


def test_a_placeholder_for_what_the_spec_does_not_have_is_told():
    raw = specs.v1()
    raw["kconfig"] = None
    specs.put(raw, DOC, "${symbol}")
    with pytest.raises(SpecError, match=r"unknown placeholder \$\{symbol\}; there are: ops,"):
        specs.model(raw)


CUTS = [
    "---",
    "--- a/file",
    "diff --git a/x b/x",
    "diff -u a b",
    "Index: foo.c",
    "-- ",
    "-- >8 --",
    "- 8< - - - 8< -",
    "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001",
    "From me Thu Jan  1 00:00:00 2015",
]
FIRST_ONLY = ["From: Somebody <else@example.org>", "Subject: x", "date: x", "[PATCH] x", ">From a"]


@pytest.mark.parametrize("line", [*CUTS, *FIRST_ONLY])
def test_a_message_cannot_cut_its_mail_short(line):
    (message,) = said(MESSAGE, f"{line}\nmore\n")
    assert message == f"git am would take the line {line!r} for no message of yours"


@pytest.mark.parametrize("line", CUTS)
def test_nor_can_it_further_down(line):
    assert said(MESSAGE, f"First.\n\n{line}\nmore\n")


def test_nor_once_a_name_is_put_in():
    raw = specs.v1()
    specs.put(raw, (*DELIVER, "name"), "Index")
    specs.put(raw, MESSAGE, "First.\n\n${deliver}: x")
    with pytest.raises(SpecError, match="git am would take the line 'Index: x'"):
        specs.model(raw)


@pytest.mark.parametrize(
    "text", ["From userspace it looks the same.", "a --- b", "Subject of", "8<"]
)
def test_words_that_only_look_like_it_are_left_alone(text):
    assert cut_of(f"First.\n\n{text}") is None


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("struct foo*", "struct foo *"),
        (" const   struct  foo  * *", "const struct foo **"),
        ("unsigned long long", "unsigned long long"),
        ("void *", "void *"),
        ("gfp_t", "gfp_t"),
    ],
)
def test_types_are_taken_as_the_kernel_writes_them(text, plain):
    raw = specs.v1()
    op = specs.v1()["ops"]["callbacks"][0] | {"name": "more", "role": "none"}
    op["parameters"] = [{"name": "x", "type": text}]
    raw["ops"]["callbacks"].append(op)
    assert specs.model(raw).ops.callbacks[2].parameters[0].type == plain


def test_white_space_in_a_line_is_one_space():
    assert specs.changed(series__subject="a   b \n").series.subject == "a b"


LEAVES = [path for path, _ in specs.leaves(specs.v1())]
VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.just([]))


@settings(max_examples=100, derandomize=True, database=None, deadline=None)
@given(st.dictionaries(st.sampled_from(LEAVES), VALUES, min_size=1, max_size=3))
def test_leaves_of_any_kind_give_a_spec_or_complaints(values):
    raw = specs.v1()
    for path, value in values.items():
        specs.put(raw, path, value)
    try:
        specs.model(raw)
    except SpecError as error:
        found = [c.message for c in error.complaints]
        assert all(re.fullmatch(r"[^\n]{3,}", message) for message in found)
