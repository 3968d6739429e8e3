# SPDX-License-Identifier: GPL-2.0-only
"""C as text: filled, aligned, broken where it must be, and what is done with very long names."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import specs
from afugen.render import ctext

LONG = "a_name_of_exactly_forty_letters_and_such"
LONGER = "b" * 63
STRICT, HISTORIC = "strict", "historic"


def test_widths_are_columns_of_tabs_and_bytes_of_letters():
    assert ctext.width("\tab") == 10
    assert ctext.width("ab\tc") == 9
    assert ctext.width("größe") == 7
    assert ctext.widest("a\n\tb\nccc") == 9
    assert ctext.pad(19) == "\t\t   "


PROTOTYPES = {
    "fits": (("void", "f", ["int a", "int b"], ";"), "void f(int a, int b);"),
    "pointer": (("struct a *", "f", ["int a"], ""), "struct a *f(int a)"),
    "aligned": (
        ("void", "cxl_set_driver_ops", ["struct cxl_context *ctx",
                                        "struct cxl_afu_driver_ops *ops"], ";"),
        "void cxl_set_driver_ops(struct cxl_context *ctx,\n"
        "\t\t\tstruct cxl_afu_driver_ops *ops);",
    ),
    "return type on its own line": (
        ("unsigned long long", LONG, ["struct cxl_context *ctx", f"struct {LONG} *ops"], ""),
        f"unsigned long long\n{LONG}(struct cxl_context *ctx,\n"
        f"\t\t\t\t\t struct {LONG} *ops)",
    ),
    "below the name": (
        ("int", LONGER, ["struct cxl_context *ctx", f"struct {LONG} *ops"], ";"),
        f"int\n{LONGER}\n\t(struct cxl_context *ctx,\n\t struct {LONG} *ops);",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "wanted"), PROTOTYPES.values(), ids=PROTOTYPES)
def test_prototypes(arguments, wanted):
    assert ctext.prototype(*arguments) == wanted


OPS = {
    "strict": ((STRICT, "bool", "is_there", ["int a"]), "\tbool (*is_there)(int a);"),
    "historic": ((HISTORIC, "bool", "is_there", ["int a"]), "\tbool (*is_there) (int a);"),
    "no parameters": ((STRICT, "void", "go", ["void"]), "\tvoid (*go)(void);"),
    "pointer": ((STRICT, "struct a *", "get", ["int a"]), "\tstruct a *(*get)(int a);"),
    "aligned": (
        (HISTORIC, "void", "deliver_event",
         ["struct cxl_event *event", "struct cxl_context *cxl", "size_t max_size"]),
        "\tvoid (*deliver_event) (struct cxl_event *event,\n"
        "\t\t\t       struct cxl_context *cxl, size_t max_size);",
    ),
    "below the name": (
        (STRICT, "void", LONG, [f"struct {LONG} *a", "int b"]),
        f"\tvoid (*{LONG})\n\t\t(struct {LONG} *a, int b);",
    ),
    "broken before a name": (
        (STRICT, "void", LONG, ["int b", f"struct {LONG} *{LONG}"]),
        f"\tvoid (*{LONG})\n\t\t(int b,\n\t\t struct {LONG}\n\t\t *{LONG});",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "wanted"), OPS.values(), ids=OPS)
def test_ops(arguments, wanted):
    assert ctext.op(*arguments) == wanted


CONDITIONS = {
    "fits": ((STRICT, ["a", "b"], 1), "if (a && b)"),
    "strict": (
        (STRICT, ["a" * 40, "b" * 40], 1),
        f"if ({'a' * 40} &&\n\t    {'b' * 40})",
    ),
    "historic": (
        (HISTORIC, ["a" * 40, "b" * 40], 1, "if (", ") {"),
        f"if ({'a' * 40}\n\t\t\t&& {'b' * 40}) {{",
    ),
    "another operator": (
        (STRICT, ["a" * 40, "b" * 40], 1, "if (WARN_ON(", "))", "||"),
        f"if (WARN_ON({'a' * 40} ||\n\t\t    {'b' * 40}))",
    ),
    "an operand too wide": (
        (STRICT, ["a", f"ctx->{LONG}->{LONG}(ctx)"], 1, "if (", ") {"),
        f"if (a &&\n\t    ctx->{LONG}\n\t\t->{LONG}(ctx)) {{",
    ),
    "a group": ((STRICT, ["a", ["b", "c"]], 1), "if (a && (b || c))"),
    "a group too wide": (
        (STRICT, ["ops", ["b" * 50, "c" * 50]], 1),
        f"if (ops &&\n\t    ({'b' * 50} ||\n\t     {'c' * 50}))",
    ),
    "a group too wide, historic": (
        (HISTORIC, ["ops", ["b" * 50, "c" * 50]], 1),
        f"if (ops\n\t\t\t&& ({'b' * 50}\n\t\t\t\t|| {'c' * 50}))",
    ),
}


@pytest.mark.parametrize(("arguments", "wanted"), CONDITIONS.values(), ids=CONDITIONS)
def test_conditions(arguments, wanted):
    layout, operands, indent, *around = arguments
    assert ctext.condition(layout, ctext.Operands(operands, *around), indent) == wanted


def test_calls_are_aligned_behind_the_parenthesis():
    assert ctext.call("\t\tf", ["a", "b"]) == "\t\tf(a, b);"
    assert ctext.call(f"\t\t{'f' * 40}", ["a" * 20, "b"]) == (
        f"\t\t{'f' * 40}({'a' * 20},\n\t\t\t\t\t\t\t b);"
    )


def test_a_call_that_is_too_long_is_broken_behind_the_assignment_and_before_the_arrow():
    assert ctext.call(f"\trc = {LONGER}->f", [LONG]) == f"\trc =\n\t\t{LONGER}->f\n\t\t\t({LONG});"
    assert ctext.call(f"\tctx->{LONGER}->{LONG}", ["a"]) == (f"\tctx->{LONGER}\n\t\t->{LONG}(a);")


def test_assignments_and_declarations_are_broken_only_past_the_limit():
    assert ctext.assign("a", "b", 1) == "\ta = b;"
    assert ctext.assign("a" * 50, "b" * 50, 1) == f"\t{'a' * 50} =\n\t\t{'b' * 50};"
    assert ctext.declare("struct a *", "b", 1) == "\tstruct a *b;"
    assert ctext.declare(f"struct {LONGER} *", LONGER, 1) == f"\tstruct {LONGER}\n\t\t*{LONGER};"


ENUMERATORS = {
    "in the column of its siblings": (
        ("\tCXL_EVENT_A = 4,\n", 32),
        "\tCXL_EVENT_A             = 4,",
    ),
    "no column": (("\tCXL_EVENT_A = 4,", None), "\tCXL_EVENT_A = 4,"),
    "too long for the column": ((f"\t{LONG} = 4,", 32), f"\t{LONG} = 4,"),
}


@pytest.mark.parametrize(("arguments", "wanted"), ENUMERATORS.values(), ids=ENUMERATORS)
def test_enumerators(arguments, wanted):
    assert ctext.align(*arguments) == wanted


FILLED = {
    "joined": ("a\nb\n", ["a b"]),
    "paragraphs": ("a\n\n\n \nb", ["a", "", "b"]),
    "trailing spaces": ("a  \nb  ", ["a b"]),
    "spaces within": ("a.  b", ["a.  b"]),
    "a list stays": ("- a\n- b\n\nc\nd", ["- a", "- b", "", "c d"]),
    "a drawing stays": ("  +--+\n  |  |", ["  +--+", "  |  |"]),
    "wrapped": ("aaaa bbbb cccc dddd eeee", ["aaaa bbbb cccc dddd", "eeee"]),
    "a long word": ("a " + "w" * 45 + " b", ["a", "w" * 30, "w" * 15 + " b"]),
    "a word within the limit": ("a " + "w" * 28 + " b", ["a", "w" * 28, "b"]),
    "a long link": ("a http://" + "w" * 45 + " b", ["a", "http://" + "w" * 45, "b"]),
    "a long item": ("- aaaa " + "bbbb " * 6, ["- aaaa bbbb bbbb", "  bbbb bbbb bbbb", "  bbbb"]),
    "letters of more bytes": ("ä" * 20, ["ä" * 15, "ä" * 5]),
}


@pytest.mark.parametrize(("text", "lines"), FILLED.values(), ids=FILLED)
def test_fill(text, lines):
    assert ctext.fill(text, 20, 30) == lines


def test_a_message_is_filled_but_its_words_are_whole():
    assert ctext.fill("a " + "w" * 90 + "\n\n" + "- " + "x" * 90, 72) == [
        "a", "w" * 90, "", "- " + "x" * 90,
    ]  # fmt: skip


def test_comments():
    assert ctext.comment("a\n\nb") == "/*\n * a\n *\n * b\n */"
    assert ctext.comment("a", 1) == "\t/*\n\t * a\n\t */"
    assert ctext.comment_line("a", 1) == "\t/* a */"
    assert ctext.comment_line("a" * 90) == "/*\n * " + "a" * 90 + "\n */"
    assert ctext.comment_line("a\nb") == "/*\n * a b\n */"


@settings(derandomize=True, database=None, deadline=None)
@given(specs.texts(), st.integers(0, 2))
def test_a_comment_holds_every_letter_and_no_line_too_wide(text, indent):
    lines = ctext.comment(text, indent).split("\n")
    assert (lines[0].strip(), lines[-1].strip()) == ("/*", "*/")
    inner = [line.strip().removeprefix("*") for line in lines[1:-1]]
    assert "".join("".join(inner).split()) == "".join(text.split())
    assert all(ctext.fits(line) or "://" in line for line in lines)
    assert all(line == line.rstrip() for line in lines)
