# SPDX-License-Identifier: GPL-2.0-only
"""Edits and templates: what they do at a place, and what is refused with a template's line."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import nodes

import rendering
import specs
from afugen.anchors import canchor, cdecl, kconfigfile
from afugen.errors import AnchorError, InputError, TemplateError
from afugen.render import rendering as render
from afugen.render.edits import Action, Edit, apply

V1 = specs.model(specs.v1())
SOURCE = b"""\
#include <linux/b.h>

/* Counts. */
int first(int a)
{
	if (a == 1)
		return 2;
	return a;
}
EXPORT_SYMBOL_GPL(first);

enum kind {
	KIND_A = 1,
	KIND_B
};

struct pair {
	int one;

	/* The other one. */
	int two; /* really */
	union {
		int three;
	};
};
"""


def edited(action: str, anchor, text: str = "", source: bytes = SOURCE) -> str:
    edit = Edit("x.c", Action(action), anchor, text, "templates/x.c.j2:7")
    return apply(source, [edit], "x.c").decode()


def test_before_a_function_is_above_its_comment():
    made = edited("before", canchor.Function("first"), "int zeroth;\n\n")
    assert "\nint zeroth;\n\n/* Counts. */\nint first" in made


def test_after_a_function_is_below_its_export():
    made = edited("after", canchor.Function("first"), "\nint second;\n")
    assert "EXPORT_SYMBOL_GPL(first);\n\nint second;\n\nenum kind" in made


def test_deleting_takes_comment_export_and_one_blank_line():
    made = edited("delete", canchor.Function("first"))
    assert made.startswith("#include <linux/b.h>\n\nenum kind {")


def test_at_end_of_an_enum_adds_the_comma_that_was_missing():
    made = edited("at_end_of", cdecl.Enum("kind"), "\tKIND_C = 3,\n")
    assert "\tKIND_B,\n\tKIND_C = 3,\n};" in made


@pytest.mark.parametrize("one_line", [b"enum kind { A, B };\n", b"enum kind { A, B, };\n"])
def test_at_end_of_an_enum_on_one_line(one_line):
    made = edited("at_end_of", cdecl.Enum("kind"), "\tC = 3,\n", one_line)
    assert made.split() == ["enum", "kind", "{", "A,", "B,", "C", "=", "3,", "};"]
    assert " \n" not in made


def test_after_a_member_is_before_the_next_one():
    made = edited("after", cdecl.Member("pair", "two"), "\tint half;\n")
    assert "\tint two; /* really */\n\tint half;\n\tunion" in made


def test_replacing_a_member_takes_its_comment():
    made = edited("replace", cdecl.Member("pair", "two"), "\tint half;\n")
    assert "\tint one;\n\n\tint half;\n\tunion" in made


def test_at_end_of_a_union():
    made = edited("at_end_of", cdecl.Union("pair"), "\t\tint four;\n")
    assert "\t\tint three;\n\t\tint four;\n\t};" in made


def test_ensure_adds_an_include_once():
    anchor = cdecl.Include("linux/a.h", "linux/b.h")
    once = edited("ensure", anchor, "#include <linux/a.h>\n")
    assert once.startswith("#include <linux/a.h>\n#include <linux/b.h>\n")
    assert edited("ensure", anchor, "#include <linux/a.h>\n", once.encode()) == once


def test_ensure_sees_an_include_in_quotes():
    source = b'#include "linux/a.h"\n#include <linux/b.h>\n'
    anchor = cdecl.Include("linux/a.h", "linux/b.h")
    assert edited("ensure", anchor, "#include <linux/a.h>\n", source) == source.decode()


def test_ensure_without_a_place_to_put_it_is_refused():
    with pytest.raises(TemplateError, match=r"templates/x.c.j2:7: ensure needs"):
        edited("ensure", canchor.Function("nowhere"), "x\n")


@pytest.mark.parametrize("action", ["at_end_of", "delete"])
def test_an_action_that_a_condition_cannot_take_is_refused(action):
    anchor = canchor.Condition(canchor.Chain("first", "a"))
    source = SOURCE.replace(b"return 2", b"a = 2")
    with pytest.raises(TemplateError, match=rf"x.c.j2:7: cannot {action} condition"):
        edited(action, anchor, "x", source)


def test_the_end_of_a_function_is_no_place():
    with pytest.raises(TemplateError, match=r'j2:7: function\("first"\) is no container'):
        edited("at_end_of", canchor.Function("first"), "x\n")


def test_a_condition_is_replaced_as_a_whole():
    source = SOURCE.replace(b"return 2", b"a = 2").replace(b"(a == 1)", b"(a == /* b */\n\t    1)")
    made = edited("replace", canchor.Condition(canchor.Chain("first", "a")), "  a > 1\n", source)
    assert "\tif (a > 1)\n\t\ta = 2;" in made


def test_a_statement_before_a_chain_takes_a_line_of_its_own():
    source = SOURCE.replace(b"return 2", b"a = 2")
    made = edited("before", canchor.Chain("first", "a"), "a--;\n", source)
    assert "{\n\ta--;\n\tif (a == 1)" in made


CHAIN = b"""\
void f(void)
{
	if (a->x) {
		m = 1;
	} else if (a->y) {
		m = 2;
	}
}
"""
BRANCH = "\tif (a->z) {\n\t\tm = 3;\n\t}\n"


def test_a_branch_before_a_chain_is_its_head():
    made = edited("add_branch_before", canchor.Chain("f", "m"), BRANCH, CHAIN)
    assert "{\n\tif (a->z) {\n\t\tm = 3;\n\t} else if (a->x) {\n\t\tm = 1;\n" in made


def test_a_branch_before_another_one_joins_the_braces_of_both():
    made = edited("add_branch_before", canchor.ElseIfBranch("f", "y"), BRANCH, CHAIN)
    assert "m = 1;\n\t} else if (a->z) {\n\t\tm = 3;\n\t} else if (a->y) {\n\t\tm = 2;\n" in made


def test_a_branch_without_braces_has_the_else_behind_it_on_a_line_of_its_own():
    made = edited("add_branch_before", canchor.Chain("f", "m"), "\tif (z)\n\t\tm = 3;\n", CHAIN)
    assert "\tif (z)\n\t\tm = 3;\n\telse if (a->x) {\n" in made


def test_a_condition_is_aligned_anew_behind_else_if():
    long = "\tif (a->" + "z" * 40 + " &&\n\t    a->" + "y" * 30 + ") {\n\t\tm = 3;\n\t}\n"
    made = edited("add_branch_before", canchor.ElseIfBranch("f", "y"), long, CHAIN)
    assert (
        f"\t}} else if (a->{'z' * 40} &&\n\t\t   a->{'y' * 30}) {{\n\t\tm = 3;\n\t}} else" in made
    )


@pytest.mark.parametrize(
    "text", ["\tm = 3;\n", BRANCH * 2, BRANCH[:-1] + " else {\n\t}\n", "\tif (\n"]
)
def test_a_branch_that_is_not_one_if_statement_is_refused(text):
    with pytest.raises(TemplateError, match=r"j2:7: add_branch_before needs one if statement"):
        edited("add_branch_before", canchor.Chain("f", "m"), text, CHAIN)


def test_a_branch_before_what_is_no_chain_is_refused():
    with pytest.raises(TemplateError, match=r"j2:7: cannot add_branch_before function"):
        edited("add_branch_before", canchor.Function("f"), BRANCH, CHAIN)


@pytest.mark.parametrize("text", ["\ta--;\n", "\tif (b) {\n\t\ta--;\n\t}\n"])
def test_what_is_put_before_a_chain_keeps_its_lines(text):
    source = SOURCE.replace(b"return 2", b"a = 2")
    made = edited("before", canchor.Chain("first", "a"), text, source)
    assert f"{{\n{text}\tif (a == 1)" in made


@pytest.mark.parametrize("comment", ["", " /* one */", " // one", "\t/* one\n   and more */"])
def test_the_value_of_a_define_is_replaced_and_its_comment_stays(comment):
    source = f"#define N\t1{comment}\n#define M 2\n"
    made = edited("replace", cdecl.Define("N"), "7\n", source.encode())
    assert made == source.replace("1", "7")


def _both(first: Edit, second: Edit) -> bytes:
    return apply(SOURCE, [first, second], "x.c")


def _edit(action: str, anchor, text: str, line: int) -> Edit:
    return Edit("x.c", Action(action), anchor, text, f"templates/x.c.j2:{line}")


@pytest.mark.parametrize("swapped", [False, True])
def test_overlapping_edits_are_refused_with_both_lines(swapped):
    edits = [
        _edit("replace", cdecl.Struct("pair"), "struct pair;\n", 3),
        _edit("after", cdecl.Member("pair", "one"), "\tint half;\n", 9),
    ]
    with pytest.raises(TemplateError, match=r"templates/x.c.j2:9: overlaps .*x.c.j2:3 in x.c"):
        _both(*(edits[::-1] if swapped else edits))


def test_edits_at_one_place_keep_the_order_of_the_template():
    made = _both(
        _edit("after", cdecl.Member("pair", "one"), "\tint a;\n", 3),
        _edit("after", cdecl.Member("pair", "one"), "\tint b;\n", 4),
    )
    assert b"\tint one;\n\tint a;\n\tint b;\n" in made


def test_what_is_not_c_is_refused():
    with pytest.raises(TemplateError, match=r"x.c: what templates/x.c.j2:7 put there is not C"):
        edited("after", canchor.Function("first"), "int ) broken {\n")


# Templates, as a template author gets them wrong.

UAPI = "include/uapi/misc/cxl.h"


def _rendered(tmp_path: Path, template: str, **files: str):
    path = tmp_path / f"{UAPI}.j2"
    path.parent.mkdir(parents=True)
    path.write_text(template)
    for name, text in files.items():
        (tmp_path / "delivery").mkdir(exist_ok=True)
        (tmp_path / "delivery" / f"{name}.j2").write_text(text)
    return render.render(V1, rendering.seed_base(), tmp_path)


WRONG = {
    "text outside": ("{# #}\n\nstray\n", f"{UAPI}.j2:3: text outside an edit: 'stray'"),
    "output outside": ("{# #}\n{{ spec.event.name }}\n", f"{UAPI}.j2:2: text outside an edit"),
    "text after an edit": (
        '{% edit before struct("cxl_event") %}\nint a;\n{% endedit %}\nstray\n',
        f"{UAPI}.j2:4: text outside",
    ),
    "text in an include": ('\n{% include "delivery/p.j2" %}\n', "delivery/p.j2:2: text outside"),
    "undefined variable": ("\n{{ spec.nothing }}\n", f"{UAPI}.j2:2: .*nothing"),
    "undefined in an edit": (
        '\n{% edit before struct("cxl_event") %}\n\n{{ nothing }}\n{% endedit %}\n',
        f"{UAPI}.j2:4: 'nothing' is undefined",
    ),
    "syntax": ("\n\n{% if %}\n", f"{UAPI}.j2:3: "),
    "unclosed": ('{% edit before struct("a") %}\n', f"{UAPI}.j2:1: "),
    "unknown action": (
        '\n{% edit behind struct("a") %}\n{% endedit %}\n',
        f"{UAPI}.j2:2: edit behind: one of before, after",
    ),
    "unknown role": (
        '\n{% set fetch = op("fetch") %}\n',
        f"{UAPI}.j2:2: the spec has no op with the role 'fetch'",
    ),
    "unknown anchor": ('\n{% edit before strukt("a") %}{% endedit %}\n', f"{UAPI}.j2:2: 'strukt'"),
    "no anchor": ('\n{% edit before "a" %}{% endedit %}\n', f"{UAPI}.j2:2: 'a' is no anchor"),
    "anchor's arguments": ("\n{% edit before struct() %}{% endedit %}\n", f"{UAPI}.j2:2: "),
    "python's own error": ("\n\n{{ 1 / 0 }}\n", f"{UAPI}.j2:3: division by zero"),
    "missing include": ('\n{% include "delivery/q.j2" %}\n', f"{UAPI}.j2:2: .*delivery/q.j2"),
}


@pytest.mark.parametrize(("template", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_template_is_told_by_its_line(tmp_path, template, message):
    with pytest.raises(TemplateError, match=rf"^templates/{message}"):
        _rendered(tmp_path, template, p="\nstray\n")


def test_an_anchor_that_is_missing_names_file_anchor_candidates_and_template_line(tmp_path):
    with pytest.raises(AnchorError) as caught:
        _rendered(tmp_path, '\n{% edit before struct("cxl_evemt") %}\nint a;\n{% endedit %}\n')
    assert str(caught.value).startswith(
        f'{UAPI}: anchor struct("cxl_evemt"): not found; candidates: cxl_event, '
    )
    assert str(caught.value).endswith(f"(wanted by templates/{UAPI}.j2:2)")


def test_a_fact_that_is_no_number_is_told(tmp_path):
    with pytest.raises(AnchorError, match=r'define\("NO_SUCH"\): not found'):
        _rendered(tmp_path, '{% set x = value_of("NO_SUCH") %}\n')


def test_a_version_that_is_no_number_is_told():
    base = rendering.seed_base().edited(
        rendering.PRIVATE, "CXL_API_VERSION 1", "CXL_API_VERSION ONE"
    )
    with pytest.raises(InputError, match=r"cxl.h: CXL_API_VERSION is 'ONE', not a number"):
        render.render(V1, base)


def test_an_edit_depends_on_what_is_read_in_it_around_it_and_before_it(tmp_path):
    template = (
        "{% set size = spec.payload.words %}\n"
        '{% if spec.close == "wake" %}{% set x = spec.helpers.copy_event %}{% endif %}\n'
        '{% if spec.priority == "none" %}{{ spec.layout }}{% endif %}\n'
        '{% if spec.api_version == "bump" %}\n'
        '{% edit before struct(spec.payload.member ~ "x") %}{% endedit %}\n'
        "{% endif %}\n"
        '{% edit before struct("cxl_event") %}\n{% include "delivery/p.j2" %}{% endedit %}\n'
    )
    part = "{% if spec.size_check %}\n/* {{ spec.event.name }} */\n{% endif %}\n"
    path = tmp_path / f"{UAPI}.j2"
    path.parent.mkdir(parents=True)
    path.write_text(template)
    (tmp_path / "delivery").mkdir()
    (tmp_path / "delivery" / "p.j2").write_text(part)
    files = {UAPI: rendering.seed_base().read(UAPI)}
    ((_, edits),) = render.edits_of(V1, render.environment(tmp_path), files)
    assert [(edit.origin.rpartition(":")[2], edit.fields) for edit in edits] == [
        ("5", ("payload.words", "close", "api_version", "payload.member")),
        ("7", ("payload.words", "close", "size_check", "event.name")),
    ]


def test_values_of_the_spec_are_never_templates():
    text = "{{ 7 * 7 }} {% raw %} {# gone #} ${self} #} %} }}"
    raw = specs.v1()
    specs.put(raw, ("ops", "callbacks", 0, "promise"), text)
    specs.put(raw, ("context", "comment"), text.replace("${self} ", ""))
    files = rendering.after(specs.model(raw), rendering.seed_base())
    shown = text.replace("${self}", "event_pending")
    assert f" * {shown}\n" in files[rendering.HEADER].decode()
    assert "{{ 7 * 7 }} {% raw %} {# gone #} #} %} }} */" in files[rendering.PRIVATE].decode()


def test_no_template_outputs_a_constant():
    """A literal `{{0}}` of C would come out as 0."""
    env = render.environment(specs.CXL.directory)
    names = [
        p.relative_to(specs.CXL.directory).as_posix() for p in specs.CXL.directory.rglob("*.j2")
    ]
    assert len(names) > 8
    for name in names:
        tree = env.parse((specs.CXL.directory / name).read_text(), name)
        for output in tree.find_all(nodes.Output):
            constant = [n.lineno for n in output.nodes if isinstance(n, nodes.Const)]
            assert constant == [], f"{name}:{constant}"


def test_a_constant_in_a_template_would_be_found():
    tree = render.environment(specs.CXL.directory).parse("struct a b = {{0}};\n")
    assert any(isinstance(n, nodes.Const) for o in tree.find_all(nodes.Output) for n in o.nodes)


def test_kconfig_edits_know_kconfig():
    source = b"config A\n\tbool\n\tselect B\n\nconfig B\n\tbool\n"
    edit = Edit("Kconfig", Action.AT_END_OF, kconfigfile.Selects("A"), "\tselect C\n", "t:1")
    assert apply(source, [edit], "Kconfig") == source.replace(b"B\n\n", b"B\n\tselect C\n\n")
