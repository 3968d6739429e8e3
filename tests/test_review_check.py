# SPDX-License-Identifier: GPL-2.0-only
"""Claims of each kind against code that keeps them, and code that only looks as if it did."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from afugen.csource import cfile
from afugen.review.claimcheck import ClaimResult, RenderedSeries, check
from afugen.review.claims import Claim

CLAIM = TypeAdapter(Claim)
MESSAGE = "cxl: Subject\n\nSome words of\na message.\n"


def _found(claim: dict, code: str, before: str = "") -> ClaimResult:
    files = {"some.c": code.encode()}
    if claim["kind"] != "config":
        assert cfile.error_count(code.encode()) == 0, code
    messages = {"patch": MESSAGE, "changelog": "new\n"}
    series = RenderedSeries(files, {"some.c": before.encode()}, messages)
    place = {} if claim["kind"] == "message" else {"file": "some.c"}
    return check(CLAIM.validate_python(place | claim), series)


def _in(body: str, head: str = "static int f(struct s *p)") -> str:
    return f"{head}\n{{\n\t{body}\n}}\n"


ASKS = {"kind": "call", "function": "f", "calls": "ask", "when_false": ["a", "b"]}
HAS = {"kind": "call", "function": "f", "calls": "ask", "when_true": ["ops"]}
READS = {"kind": "only-called", "function": "f", "members": ["ask"]}
REFUSES = {
    "kind": "early-return", "function": "f", "tests": ["!o->x", "!o->y"], "returns": "-EINVAL",
}  # fmt: skip
BOUND = {
    "kind": "early-return", "function": "f", "tests": ["e.size > sizeof(e)"], "returns": "-EIO",
    "calls": ["unlock", "warn"], "after": "fill", "before": "copy",
}  # fmt: skip
OUT = "{ unlock(p); warn(p); return -EIO; }"
LOCKED = {"kind": "locked", "function": "f", "assigns": "ops", "lock": "lock"}
CHECKED = {"kind": "argument", "function": "f", "calls": "BUILD_BUG_ON",
           "argument": "sizeof(struct e) != 40"}  # fmt: skip
PARTED = {"kind": "blank-lines", "function": "f", "calls": "fill", "statements": 2}
FIRST = {"kind": "callbacks", "struct": "ops", "first": "struct ctx *"}
UNNAMED = {"kind": "callbacks", "struct": "ops", "never_named": ["cxl"]}
BOOL = {"kind": "returns", "function": "f", "type": "bool"}
NAMES = {"kind": "names-differ", "functions": ["_is_it", "is_it"]}
KEPT = {"kind": "unchanged", "define": "VERSION"}
SAYS = {"kind": "comment", "of": "ops", "says": ["no driver can"], "omits": ["drivers can"]}
CONFIG = {"kind": "config", "symbol": "X", "omits": ["default n"]}

HOLDS = [
    (ASKS, _in("if (p->a || p->b)\n\t\treturn 1;\n\n\treturn p->ops->ask(p);")),
    (ASKS, _in("return p->a || p->b || p->ask(p);")),
    (ASKS, _in("return p->a || (p->b ? 1 : ask(p));")),
    (ASKS, _in("if (!p->a && !p->b)\n\t\treturn ask(p);\n\treturn 1;")),
    (ASKS, _in("if (p->a)\n\t\tgoto out;\n\tif (p->b) {\n\t\t;\n\t} else {\n\t\task(p);\n\t}\n"
               "out:\n\treturn 1;")),
    (ASKS, _in("while (p->c) {\n\t\tif (unlikely(p->a || p->b))\n\t\t\tbreak;\n\t\task(p);\n\t}")),
    (HAS, _in("return p->ops && p->ops->ask(p);")),
    (HAS, _in("struct o *ops = p->ops;\n\n\treturn ops && ops->ask(p);")),
    (HAS, _in("if (!p->ops)\n\t\treturn 0;\n\treturn p->ops->ask(p);")),
    (READS, _in("return p->ops && p->ops->ask(p);")),
    (REFUSES, _in("if (!o->x || !o->y)\n\t\treturn -EINVAL;")),
    (REFUSES, _in("if (WARN_ON(o && (!o->x ||\n\t\t\t  !o->y))) {\n\t\twarn();\n"
                  "\t\treturn -EINVAL;\n\t}")),
    (REFUSES | {"returns": None}, _in("if (!o || !o->x || !o->y)\n\t\treturn;")),
    (BOUND, _in(f"fill(&e);\n\tif (e.size < 8 || e.size > sizeof(e)) {OUT}\n\tcopy(&e);")),
    (LOCKED, _in("spin_lock(&p->lock);\n\tp->ops = o;\n\tspin_unlock(&p->lock);")),
    (LOCKED, _in("spin_lock_irqsave(&p->lock, flags);\n\tif (o)\n\t\tq();\n\tp->ops = o;\n"
                 "\tspin_unlock_irqrestore(&p->lock, flags);")),
    (CHECKED, _in("BUILD_BUG_ON(sizeof(struct h) != 8);\n\tBUILD_BUG_ON(sizeof(struct e)!=40);")),
    (PARTED, _in("x();\n\n\ty();\n\tfill();\n\n\tz();")),
    (FIRST, "struct ops {\n\tint x;\n\tvoid (*a)(struct ctx *c, int b);\n\tint (*b)(struct ctx *);"
            "\n};\n"),
    (UNNAMED, "struct ops {\n\tvoid (*a)(struct ctx *c, struct cxl *adapter);\n};\n"),
    (BOOL, _in("return 1;", "static inline bool f(void)")),
    (NAMES | {"functions": ["is_it", "is_it_or_not"]},
     _in(";", "int is_it(void)") + _in(";", "int is_it_or_not(void)")),
    (KEPT, "#define VERSION 3 /* another word */\n"),
    (SAYS, "/*\n * Words: no\n * driver can.\n */\nstruct ops {\n\tint x;\n};\n"),
    (SAYS, "struct ops {\n\t/* Words: no driver\n\t * can. */\n\tint x;\n};\n"),
    (SAYS, "/* Words: no driver can. */\nint ops(void);\n"),
    (CONFIG, "config X\n\tbool\n\nconfig Y\n\tbool\n\tdefault n\n"),
    ({"kind": "message", "says": ["words of a message"], "omits": ["other words"]}, ""),
    ({"kind": "message", "of": "changelog", "says": ["new"]}, ""),
]  # fmt: skip

FAILS = [
    (ASKS, _in("bool r = ask(p);\n\n\treturn p->a || p->b || r;"), 3, "need not be false"),
    (ASKS, _in("return p->a || ask(p) || p->b;"), 3, "b need not be false"),
    (ASKS, _in("if (p->a && p->b)\n\t\treturn 1;\n\treturn ask(p);"), 5, "a, b need not be"),
    (ASKS, _in("if (p->a || p->b)\n\t\tq();\n\treturn ask(p);"), 5, "a, b need not be false"),
    (ASKS, _in("if (p->a || p->b)\n\t\treturn ask(p);\n\treturn 1;"), 4, "a, b need not be false"),
    (ASKS, _in("if (p->a || p->b)\n\t\treturn 1;\n\treturn 0;"), 1, "no call of ask() in f()"),
    (ASKS, _in("if (p->a || p->b)\n\t\treturn 1;\n\treturn ask(p);", "int g(void)"), 1, "no f()"),
    (HAS, _in("return p->ops || p->ops->ask(p);"), 3, "ops need not be true"),
    (HAS, _in("struct o *ops = p->old;\n\n\treturn ops && ask(p);"), 5, "ops need not be true"),
    (READS, _in("return p->ops->ask && p->ops->ask(p);"), 3, "p->ops->ask is tested"),
    (READS, _in("return p->ops && p->ops->old(p);"), 1, "no call of ask()"),
    (REFUSES, _in("if (!o->x && !o->y)\n\t\treturn -EINVAL;"), 3, "no if statement"),
    (REFUSES, _in("if (!o->x)\n\t\treturn -EINVAL;"), 3, "no if statement"),
    (REFUSES, _in("if ((!o->x || !o->y) || 0)\n\t\treturn 0;"), 1, "no if statement"),
    (REFUSES, _in("if (!o->x || !o->y) {\n\t\tq();\n\t}\n\treturn -EINVAL;"), 1, "no if"),
    (BOUND, _in(f"if (e.size > sizeof(e)) {OUT}\n\tfill(&e);\n\tcopy(&e);"), 3, "no if"),
    (BOUND, _in(f"fill(&e);\n\tcopy(&e);\n\tif (e.size > sizeof(e)) {OUT}"), 5, "no if"),
    (BOUND, _in(f"fill(&e);\n\tif (e.size > sizeof(e)) {OUT}"), 4, "no if statement"),
    (BOUND, _in("fill(&e);\n\tif (e.size > sizeof(e)) { warn(p); unlock(p); return -EIO; }\n"
                "\tcopy(&e);"), 4, "no if statement"),
    (LOCKED, _in("p->ops = o;"), 3, "lock is not held"),
    (LOCKED, _in("spin_lock(&p->lock);\n\tspin_unlock(&p->lock);\n\tp->ops = o;"), 5, "not held"),
    (LOCKED, _in("spin_lock(&p->other);\n\tp->ops = o;\n\tspin_unlock(&p->other);"), 4, "not held"),
    (LOCKED, _in("spin_lock(&p->lock);\n\tp->old = o;\n\tspin_unlock(&p->lock);"), 1, "no assign"),
    (CHECKED, _in("BUILD_BUG_ON(sizeof(struct e) != 48);"), 3, "no BUILD_BUG_ON() has it"),
    (PARTED, _in("x();\n\ty();\n\tfill();\n\n\tz();"), 5, "3 statements do"),
    (FIRST, "struct ops {\n\tint (*a)(struct ctx *c);\n\n\tint (*b)(int c);\n};\n", 4, "b has int"),
    (FIRST, "struct ops {\n\tvoid (*a)(void);\n};\n", 2, "a has void"),
    (FIRST, "struct ops {\n\tstruct e **(*a)(int b);\n};\n", 2, "a has int"),
    (UNNAMED, "struct ops {\n\tvoid (*a)(struct ctx *cxl);\n};\n", 2, "a has struct ctx *cxl"),
    (BOOL, _in("return true;", "static inline int f(void)"), 1, "it returns int"),
    (NAMES, _in(";", "int _is_it(void)") + _in(";", "int is_it(void)"), 5, "they do not"),
    (NAMES, _in(";", "int is_it(void)"), 1, "there is no _is_it()"),
    (KEPT, "#define VERSION 4\n", 1, "it was 3 and is 4"),
    (SAYS, "struct ops {\n\tint x;\n};\n/* no driver can */\n", 1, "no comment on ops"),
    (SAYS, "/* no driver can */\n\nstruct ops {\n\tint x;\n};\n", 1, "no comment on ops"),
    (SAYS, "/* no\n * driver can, but\n * drivers\n * can */\nint ops(void);\n", 3,
     '"drivers can" is said'),
    (SAYS, "/* any driver can */\nint ops(void);\n", 1, '"no driver can" is not said'),
    (CONFIG, "config W\n\tbool\n\nconfig X\n\tbool\n\tdefault n\n", 6, '"default n" is said'),
    ({"kind": "message", "says": ["a message of"]}, "", 1, "is not said"),
    ({"kind": "message", "omits": ["of a"]}, "", 3, '"of a" is said'),
    (ASKS | {"file": "other.c"}, _in(";"), 1, "there is no other.c"),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "code"), HOLDS, ids=range(len(HOLDS)))
def test_it_holds(claim, code):
    found = _found(claim, code, "#define VERSION 3\n")
    assert (found.holds, found.why) == (True, "")


@pytest.mark.parametrize(("claim", "code", "line", "why"), FAILS, ids=range(len(FAILS)))
def test_it_does_not_hold_and_why(claim, code, line, why):
    found = _found(claim, code, "#define VERSION 3\n")
    assert not found.holds
    assert why in found.why
    assert found.line == line


def test_every_kind_of_claim_is_seen_true_and_false():
    kinds = {one.model_fields["kind"].annotation.__args__[0] for one in Claim.__origin__.__args__}
    assert {claim["kind"] for claim, *_ in HOLDS} == kinds
    assert {claim["kind"] for claim, *_ in FAILS} == kinds


def test_where_it_holds_is_told_too():
    assert _found(ASKS, HOLDS[0][1]).line == 6
    assert (
        _found(CHECKED, _in("BUILD_BUG_ON(x);\n\tBUILD_BUG_ON(sizeof(struct e) != 40);")).line == 4
    )
    assert _found({"kind": "message", "says": ["message."]}, "").line == 4
    assert _found(SAYS, "\n/*\n * Words: no\n * driver can.\n */\nint ops(void);\n").line == 3
