# SPDX-License-Identifier: GPL-2.0-only
"""What goes with a condition that never holds: the code around it does as before."""

from __future__ import annotations

import random
import subprocess
from textwrap import dedent, indent

import pytest

from afugen.anchors import cdecl, cguard, kconfigfile
from afugen.csource import conditions, lexical, names, statements
from afugen.errors import AnchorError
from afugen.render.edits import Action, Edit, apply

GUARD = cguard.Guarded("f", ("ops", "events"))
D = "p->ops && p->events"


def without(source: str, anchor=GUARD) -> str:
    edit = Edit("x.c", Action.DELETE, anchor, "", "templates/x.c.j2:1")
    return apply(source.encode(), [edit], "x.c").decode()


def function(body: str) -> str:
    return f"int f(struct p *p)\n{{\n{indent(dedent(body), chr(9))}\n\treturn 0;\n}}\n"


CASES = {
    "alone": (f"if ({D})\n\ta();\nb();", "b();"),
    "alone, with its comment and a blank line": (f"b();\n\n/* A. */\nif ({D})\n\ta();\n", "b();\n"),
    "alone, on a line with others": (f"b(); if ({D}) a(); c();", "b();  c();"),
    "head": (f"if ({D}) {{\n\ta();\n}} else if (b) {{\n\tc();\n}}", "if (b) {\n\tc();\n}"),
    "head, before else": (f"if ({D})\n\ta();\nelse\n\tb();", "b();"),
    "middle": (
        f"if (a)\n\tb();\nelse if ({D})\n\tc();\nelse\n\td();", "if (a)\n\tb();\nelse\n\td();"),
    "last": (f"if (a) {{\n\tb();\n}} else if ({D}) {{\n\tc();\n}}", "if (a) {\n\tb();\n}"),
    "head of a chain that is a body": (
        f"while (w)\n\tif ({D})\n\t\ta();\n\telse\n\t\tb();", "while (w)\n\tb();"),
    "operand of a loop": (f"while (a || ({D}))\n\tb();", "while (a)\n\tb();"),
    "both sides of an or": (f"if (({D}) || (p->events && p->ops))\n\ta();\nb();", "b();"),
    "reads through macros": (
        "if (READ_ONCE(p->ops) && atomic_read(&p->events) != 0)\n\ta();\nb();", "b();"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_goes_with_a_condition(case):
    before, after = CASES[case]
    assert without(function(before)) == function(after)


def test_a_call_of_the_features_own_function_is_a_condition_of_it():
    anchor = cguard.Guarded("f", ("is_ours",))
    before = "if (is_ours(p, 1))\n\ta();\nelse if (b || is_ours(p, 2))\n\tc();\nelse\n\td();"
    with pytest.raises(AnchorError, match="2 places match"):
        without(function(before), anchor)
    assert without(function(before.replace("b || is_ours(p, 2)", "b")), anchor) == function(
        "if (b)\n\tc();\nelse\n\td();"
    )
    with pytest.raises(AnchorError, match="not found"):
        without(function("if (!is_ours(p))\n\ta();"), anchor)


NOT = {
    "only one of the names": "if (p->ops)\n\ta();",
    "negated": "if (!(p->ops && p->events))\n\ta();",
    "none": "if (p->ops == NULL && p->events)\n\ta();",
    "or nothing": "if (p->ops && p->events == 0)\n\ta();",
    "compared with something": "if (p->ops != q && p->events)\n\ta();",
    "another operand": "if (p->ops && p->events && b())\n\ta();",
    "another function": "if (p->ops && is_zero(p->events))\n\ta();",
    "an argument": "a(p->ops && p->events);",
    "a value": "int b = p->ops && p->events;",
    "a loop": "while (p->ops && p->events)\n\ta();",
    "a choice": "b = p->ops && p->events ? 1 : 2;",
    "a body": "if (b)\n\tif (p->ops && p->events)\n\t\ta();",
    "a comment between": "if (b || /* c */ (p->ops && p->events))\n\ta();",
    "variables of these names": "if (ops && events)\n\ta();",
}


@pytest.mark.parametrize("case", NOT)
def test_what_says_something_else_is_not_found(case):
    with pytest.raises(AnchorError, match=r'anchor guarded\("f", by=\[.ops., .events.\]\): not f'):
        without(function(NOT[case]))


def test_the_message_offers_the_conditions_that_have_the_names():
    with pytest.raises(AnchorError, match=r"candidates: \(!p->ops\) "):
        without(function("if (!p->ops)\n\ta();\nif (b)\n\tc();"))


class _Dice:
    """Functions at random, with one condition that never holds somewhere in them."""

    def __init__(self, number: int) -> None:
        self.dice, self.calls, self.is_placed = random.Random(number), 0, False

    def body(self) -> str:
        while not self.is_placed:
            self.calls = 0
            text = "\n".join(self.statement(0) for _ in range(3))
        return text

    def statement(self, depth: int) -> str:
        if depth > 2 or self.dice.random() < 0.3:
            self.calls += 1
            return f"probe({self.calls});"
        chain = [f"if ({self.condition()}) {{\n{self.block(depth)}\n}}"]
        while self.dice.random() < 0.6:
            chain.append(f"if ({self.condition()})\n{self.statement(9)}")
        if self.dice.random() < 0.5:
            chain.append(self.statement(9))
        return " else ".join(chain) if len(chain) > 1 else chain[0]

    def block(self, depth: int) -> str:
        return "\n".join(self.statement(depth + 1) for _ in range(self.dice.randint(1, 2)))

    def condition(self) -> str:
        self.calls += 1
        other = f"probe({self.calls})"
        if self.is_placed or self.dice.random() < 0.5:
            return other
        self.is_placed = True
        return self.dice.choice((D, f"({D})", f"({D}) || {other}", f"{other} || ({D})"))


def test_a_function_does_the_same_without_what_never_happens(tmp_path):
    """Compiled and run beside the original, over every answer that its conditions may get."""
    pairs = []
    for number in range(150):
        before = function(_Dice(number).body())
        pairs += [before, without(before)]
    assert all(("events" in text) == (n % 2 == 0) for n, text in enumerate(pairs))
    numbered = (text.replace("int f(", f"static int f{n}(") for n, text in enumerate(pairs))
    table = ", ".join(f"f{n}" for n in range(len(pairs)))
    (tmp_path / "a.c").write_text(
        "struct p { int ops, events; };\nstatic unsigned int log_, mask;\n"
        "static int probe(int n)\n{\n\tlog_ = log_ * 31 + n;\n\treturn mask >> (n % 8) & 1;\n}\n"
        + "".join(numbered)
        + f"static int (*all[])(struct p *) = {{ {table} }};\n"
        "int main(void)\n{\n\tstruct p p = { 0 };\n\n"
        f"\tfor (int n = 0; n < {len(pairs)}; n += 2)\n\t\tfor (mask = 0; mask < 256; mask++) {{\n"
        "\t\t\tunsigned int logs[2];\n\n\t\t\tfor (int i = 0; i < 2; i++) {\n"
        "\t\t\t\tlog_ = 0;\n\t\t\t\tall[n + i](&p);\n\t\t\t\tlogs[i] = log_;\n\t\t\t}\n"
        "\t\t\tif (logs[0] != logs[1])\n\t\t\t\treturn n / 2 + 1;\n\t\t}\n\treturn 0;\n}\n"
    )
    program = tmp_path / "a"
    subprocess.run(["gcc", "-w", "-o", program, tmp_path / "a.c"], check=True)
    assert subprocess.run([program], check=False).returncode == 0


# The other anchors of the same templates.

FOUND = {
    "a prototype of a pointer, with its comment": (
        cdecl.Declaration("f"), "int a;\n/* F. */\nextern struct s *f(int b);\nint c;\n",
        "int a;\nint c;\n"),
    "one of two declarators": (
        cdecl.Declaration("f"), "int a, f(int b);\n", "int a;\n"),
    "an enumerator with its comments": (
        cdecl.Enumerator("e", "B"), "enum e {\n\tA,\n\t/* b */\n\tB, /* b\n\t      * c */\n};\n",
        "enum e {\n\tA,\n};\n"),
    "an only enumerator on one line": (
        cdecl.Enumerator("e", "B"), "enum e { A, B };\n", "enum e { A };\n"),
    "an enumerator with a value for the next one": (
        cdecl.Enumerator("e", "A"), "enum e {\n\tA,\n\tB = 7\n};\n", "enum e {\n\tB = 7\n};\n"),
    "a union's member": (
        cdecl.UnionMember("s", "b"), "struct s {\n\tunion {\n\t\tint a, b;\n\t};\n};\n",
        "struct s {\n\tunion {\n\t\tint a;\n\t};\n};\n"),
    "a variable in a block": (
        cguard.Variable("f", "s"), "int f(void)\n{\n\tif (a) {\n\t\tstruct s *b = NULL, c;\n"
        "\t\td();\n\t}\n}\n", "int f(void)\n{\n\tif (a) {\n\t\td();\n\t}\n}\n"),
    "a blank line before a brace": (
        cdecl.Member("s", "b"), "struct s {\n\tint a;\n\n\t/* b */\n\tint b;\n};\n",
        "struct s {\n\tint a;\n};\n"),
}  # fmt: skip


@pytest.mark.parametrize("case", FOUND)
def test_what_an_anchor_takes(case):
    anchor, before, after = FOUND[case]
    assert without(before, anchor) == after


NOWHERE = {
    "a definition is no prototype": (cdecl.Declaration("f"), "int f(void)\n{\n\treturn 0;\n}\n"),
    "a local prototype": (cdecl.Declaration("f"), "int g(void)\n{\n\tint f(void);\n}\n"),
    "a variable of that name": (cdecl.Declaration("f"), "int (*f)(int), g;\n"),
    "an enumerator of another enum": (cdecl.Enumerator("e", "A"), "enum f { A };\nenum e { B };\n"),
    "a variable of another struct": (
        cguard.Variable("f", "s"), "int f(struct s *s)\n{\n\tstruct t *t;\n\treturn 0;\n}\n"),
}  # fmt: skip


@pytest.mark.parametrize("case", NOWHERE)
def test_what_an_anchor_does_not_mean(case):
    anchor, source = NOWHERE[case]
    assert list(anchor.places(source.encode())) == []


def test_a_select_goes_with_the_lines_that_continue_it():
    kconfig = "config A\n\tselect BC\n\tselect B \\\n\t\tif C\n\tselect D\n\nconfig B\n\tbool\n"
    anchor = kconfigfile.Select("A", "B")
    (place,) = anchor.places(kconfig.encode())
    assert kconfig[place.start : place.end] == "\tselect B \\\n\t\tif C\n"
    assert kconfigfile.Select("B", "B").places(kconfig.encode()) == []


@pytest.mark.parametrize(
    ("path", "source", "code"),
    [
        ("a.c", 'a /*b*/ "/*c*/" // d \\\n d\n\'"\' /*e', 'a       "/*c*/"       \n  \n\'"\'    '),
        ("Kconfig", 'config A # b\n\tbool "#c"\n', 'config A    \n\tbool "#c"\n'),
        ("a_defconfig", "# CONFIG_A is not set\n", " " * 21 + "\n"),
        ("scripts/a.sh", "echo ${a#b} # c\n", "echo ${a#b}    \n"),
        ("Documentation/a.c", "int a;\n", "      \n"),
    ],
)  # fmt: skip
def test_code_is_what_is_no_comment(path, source, code):
    assert lexical.code_of(path, source.encode()).decode() == code


def test_a_name_is_missed_only_where_its_declaration_went():
    before = "static int g(void)\n{\n}\nint f(int a)\n{\n\tint b, c = g();\n\treturn a + b;\n}\n"
    assert list(names.undeclared(before.encode(), before.encode())) == []
    after = before.replace("int b, c", "int c").removeprefix("static int g(void)\n{\n}\n")
    missed = [name for _, name in names.undeclared(before.encode(), after.encode())]
    assert missed == ["g", "b"]


def test_a_condition_holds_only_with_names_that_it_has():
    (body,) = statements.bodies(b"int f(void)\n{\n\treturn a->b && c->d;\n}\n", "f")
    found = conditions.conditions_on(body, ("b", "d"))
    assert [names.text(node) for node in found] == ["a->b && c->d"]
