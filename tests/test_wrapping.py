# SPDX-License-Identifier: GPL-2.0-only
"""The filter `wrap`: statements are broken anew, everything else remains as it is."""

from __future__ import annotations

import pytest

from afugen.render.wrapping import else_if, wrap

LONG = "a_name_of_exactly_forty_letters_and_such"
WRAPPED = {
    "a condition on one line where it fits": ("\tif (a &&\n\t    b)\n", "\tif (a && b)\n"),
    "a condition that is too long": (
        f"\tif (ops && ops->{LONG} && !ops->{LONG}) {{",
        f"\tif (ops &&\n\t    ops->{LONG} &&\n\t    !ops->{LONG}) {{",
    ),
    "operands of a warning": (
        f"\tif (WARN_ON(!ops->{LONG} || !ops->{LONG}))",
        f"\tif (WARN_ON(!ops->{LONG} ||\n\t\t    !ops->{LONG}))",
    ),
    "a group": (
        f"\tif (a && (!ops->{LONG} || !b))",
        f"\tif (a && (!ops->{LONG} || !b))",
    ),
    "a group that is too long": (
        f"\tif (a && (!ops->{LONG} || !ops->{LONG}))",
        f"\tif (a &&\n\t    (!ops->{LONG} ||\n\t     !ops->{LONG}))",
    ),
    "a call among the operands": (
        f"\tif (f(a && b, c) && {LONG}(\"x && y\") && {LONG})",
        f"\tif (f(a && b, c) &&\n\t    {LONG}(\"x && y\") &&\n\t    {LONG})",
    ),
    "a return": (f"\treturn {LONG} &&\n{LONG};", f"\treturn {LONG} &&\n\t       {LONG};"),
    "a prototype": (
        "void cxl_set_driver_ops(struct cxl_context *ctx,\n\t\tstruct cxl_afu_driver_ops *ops)\n{",
        "void cxl_set_driver_ops(struct cxl_context *ctx,\n"
        "\t\t\tstruct cxl_afu_driver_ops *ops)\n{",
    ),
    "a prototype on one line": ("int f(int a,\n\t\tint b);", "int f(int a, int b);"),
    "a pointer is returned": ("struct a * f(int a)", "struct a *f(int a)"),
    "a function pointer": ("\tstruct a * (*f)(int a);", "\tstruct a *(*f)(int a);"),
    "a call": (
        f"\t\treturn {LONG}(ctx, ops, payload, &event.header, buf);",
        f"\t\treturn {LONG}(ctx, ops,\n\t\t\t\t\t\t\t\tpayload,\n"
        "\t\t\t\t\t\t\t\t&event.header,\n\t\t\t\t\t\t\t\tbuf);",
    ),
    "an assignment": (f"\t{LONG * 2} = {LONG};", f"\t{LONG * 2} =\n\t\t{LONG};"),
    "a declaration": (
        f"\t\tstruct {LONG * 2} *{LONG};", f"\t\tstruct {LONG * 2}\n\t\t\t*{LONG};",
    ),
    "a function pointer with its parameters below it stands apart": (
        f"\tint (*a)(int a);\n\tint (*{LONG})(struct {LONG} *ctx);\n",
        f"\tint (*a)(int a);\n\n\tint (*{LONG})\n\t\t(struct {LONG} *ctx);\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), WRAPPED.values(), ids=WRAPPED)
def test_a_statement_is_wrapped(text, wanted):
    assert wrap(text) == wanted
    assert wrap(wanted) == wanted


SAME = (
    "",
    "\n\n",
    "/* if (a &&\n * b)\n */\n",
    f"\tint a; /* {LONG * 2} */\n",
    f"#define X({LONG}) f({LONG}, {LONG})\n",
    f'\tpr_devel("%s: {LONG}, and more\\n", __func__, a);\n',
    "\treturn (ctx->pending_irq || ctx->pending_fault ||\n\t    ctx->pending_afu_err || a);\n",
    "\tfor (a = 0; a < 1; a++) {\n\t\tcontinue;\n\t}\nout:\n",
    "\t\trc = header->size;\n",
)


@pytest.mark.parametrize("text", SAME)
@pytest.mark.parametrize("layout", ["strict", "historic"])
def test_what_needs_no_break_remains(text, layout):
    assert wrap(text, layout) == text


def test_the_layout_of_2015_begins_lines_with_the_operator():
    assert wrap(f"\tif ({LONG} && {LONG})", "historic") == f"\tif ({LONG}\n\t\t\t&& {LONG})"
    assert wrap("\tint (*f)(int a);", "historic") == "\tint (*f) (int a);"


@pytest.mark.parametrize("behind_brace", [True, False])
def test_else_if_keeps_the_layout_of_the_condition(behind_brace):
    lead = "\t} else if (" if behind_brace else "\telse if ("
    column = " " * (len(lead) - 1 + 8)
    for layout, behind in (
        ("strict", f" &&\n{column}".replace(" " * 8, "\t")), ("historic", "\n\t\t\t&& "),
    ):  # fmt: skip
        text = wrap(f"\tif ({LONG} && {LONG}) {{\n\t\ta();\n\t}}", layout)
        made = else_if(text, behind_brace=behind_brace)
        assert made == f"else if ({LONG}{behind}{LONG}) {{\n\t\ta();\n\t}}"


def test_a_condition_that_is_broken_before_an_arrow_is_no_layout_of_2015():
    text = wrap(f"\tif (a && ctx->{LONG}->{LONG}(ctx)) {{\n\t}}")
    assert f"\n\t\t->{LONG}" in text
    assert else_if(text, behind_brace=True).startswith(f"else if (a &&\n\t\t   ctx->{LONG}\n")
