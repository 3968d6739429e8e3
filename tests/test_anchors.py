# SPDX-License-Identifier: GPL-2.0-only
"""Anchors are semantic: another layout of a file has them at the same nodes."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

import rendering
import specs
from afugen.anchors import canchor, cdecl, cstatement
from afugen.anchors.place import Place
from afugen.csource import cfile
from afugen.errors import AnchorError
from afugen.render import rendering as render
from afugen.render.edits import Action, Edit, apply
from afugen.spec.model import Spec

V1, V2, V3 = (specs.model(specs.of(version)) for version in ("v1", "v2", "v3"))
CLANG_FORMAT = Path(sys.executable).parent / "clang-format"
STYLES = {
    "LLVM": "",
    "GNU": "",
    "Google": ", ColumnLimit: 60",
    "WebKit": ", ColumnLimit: 40, AlignAfterOpenBracket: AlwaysBreak",
    "Mozilla": ", BreakBeforeBraces: Whitesmiths, AllowShortFunctionsOnASingleLine: All",
    "Microsoft": ", UseTab: Always, AllowShortEnumsOnASingleLine: true, BinPackParameters: false",
}


def reformatted(source: bytes, style: str) -> bytes:
    """The file in another style, with its tokens in the same order."""
    options = (
        f"{{BasedOnStyle: {style}, SortIncludes: Never, BreakStringLiterals: false{STYLES[style]}}}"
    )
    done = subprocess.run(
        [CLANG_FORMAT, f"--style={options}", "--assume-filename=x.c"],
        input=source,
        capture_output=True,
        check=True,
    )
    return done.stdout


def noisy(source: bytes, number: int) -> bytes:
    """The file with comments and blank lines wherever a line ends in the middle of a list."""
    dice = random.Random(number)
    lines = []
    for line in source.decode().split("\n"):
        lines.append(line)
        if re.search(r"[;{},)]$", line) and not _in_comment(lines) and dice.random() < 0.4:
            lines += dice.choice((["/* noise; { */"], [""], ["", "/* noise", " * if (x) }", " */"]))
    return "\n".join(lines).encode()


def _in_comment(lines: list[str]) -> bool:
    text = "\n".join(lines)
    return text.rfind("/*") > text.rfind("*/")


def tokens(source: bytes) -> str:
    """The file without comments and white space."""
    text = re.sub(r'/\*.*?\*/|//[^\n]*|("(?:\\.|[^"\\])*")', r"\1", source.decode(), flags=re.S)
    return re.sub(r"\\\n|\s+", "", text)


def restyled(base: rendering.Files, style: str, noise: int | None) -> rendering.Files:
    files = {}
    for path, source in base.files.items():
        if path != rendering.KCONFIG:
            source = reformatted(source, style)  # noqa: PLW2901
            source = source if noise is None else noisy(source, noise)  # noqa: PLW2901
        files[path] = source
    return rendering.Files(files, style)


def _node(source: bytes, place: Place) -> str:
    return tokens(source[place.start : place.end])


def _assert_same_nodes_and_result(base: rendering.Files, other: rendering.Files) -> None:
    """For each version: their layouts, guards and protocols need different anchors."""
    for path, source in base.files.items():
        assert tokens(other.files[path]) == tokens(source), f"{path}: the test changed more"
    for spec in (V1, V2, V3):
        _assert_same(spec, base, other)


def _assert_same(spec: Spec, base: rendering.Files, other: rendering.Files) -> None:
    changes = render.render(spec, base)
    seen = 0
    for change in changes:
        for edit in change.edits:
            before, after = (
                [_node(s, p) for p in edit.anchor.places(s)]
                for s in (change.before, other.files[change.path])
            )
            assert before == after, f"{edit.origin} {edit.anchor}"
            seen += len(before)
    assert seen > 12
    results = rendering.after(spec, other)
    for change in changes:
        assert tokens(results[change.path]) == tokens(change.after), change.path
        if change.path != rendering.KCONFIG:
            errors = cfile.error_count(other.files[change.path])
            assert cfile.error_count(results[change.path]) <= errors


@pytest.mark.parametrize("noise", [None, 1, 2])
@pytest.mark.parametrize("style", STYLES)
def test_another_style_has_the_same_nodes_and_result(style, noise):
    base = rendering.driver_base()
    _assert_same_nodes_and_result(base, restyled(base, style, noise))


@pytest.mark.kernel
@pytest.mark.parametrize("noise", [None, 1, 2, 3])
@pytest.mark.parametrize("style", STYLES)
def test_another_style_of_a_real_kernel_has_the_same_nodes_and_result(style, noise, stripped_tree):
    base = rendering.only_touched(stripped_tree("6.1"))
    _assert_same_nodes_and_result(base, restyled(base, style, noise))


def test_what_the_helpers_replace_is_known_by_what_it_does_not_by_its_name():
    base = rendering.seed_base()
    source = base.files[rendering.FILE].replace(b"ctx_event_pending", b"anything_at_all")
    other = rendering.Files(base.files | {rendering.FILE: source})
    assert rendering.after(V1, other) == rendering.after(V1, base)


# What is missing or ambiguous is told, with what there is instead; nothing is guessed.

BOTH = "#ifdef A\nint f(void)\n{\n}\n#else\nint f(void)\n{\n}\n#endif\n"
CASES = {
    "function in both branches of an ifdef": (canchor.Function("f"), BOTH, 2, ["f"]),
    "function missing": (canchor.Function("g"), BOTH, 0, ["f"]),
    "function only declared": (canchor.Function("g"), "int g(void);\n", 0, []),
    "function in a comment": (canchor.Function("g"), "/*\nint g(void)\n{\n}\n*/\n", 0, []),
    "enum twice": (cdecl.Enum("e"), "enum e { A };\n#if 0\nenum e { B };\n#endif\n", 2, ["e"]),
    "enum only used": (cdecl.Enum("e"), "enum e x;\nenum f { A };\n", 0, ["f"]),
    "struct only declared": (cdecl.Struct("s"), "struct s;\nstruct t { int a; };\n", 0, ["t"]),
    "member of another struct": (
        cdecl.Member("s", "a"),
        "struct t { int a; };\nstruct s { int b; };\n",
        0,
        ["b"],
    ),
    "member of no struct": (cdecl.Member("s", "a"), "struct t { int a; };\n", 0, ["t"]),
    "two unions": (
        cdecl.Union("s"),
        "struct s { union { int a; }; union { int b; }; };\n",
        2,
        ["s"],
    ),
    "define twice": (cdecl.Define("N"), "#define N 1\n#undef N\n#define N 2\n", 2, ["N"]),
    "define without a value": (cdecl.Define("N"), "#define N\n#define M 1\n", 0, ["N", "M"]),
    "no header guard": (cdecl.HeaderGuard(), "#ifdef A\nint a;\n#endif\n", 0, ["A"]),
    "two chains": (
        canchor.Condition(canchor.Chain("f", "m")),
        "void f(void)\n{\n\tif (a)\n\t\tm = 1;\n\tif (b)\n\t\tm |= 2;\n}\n",
        2,
        ["(a)", "(b)"],
    ),
    "no chain assigns it": (
        canchor.Chain("f", "m"),
        "void f(void)\n{\n\tif (a == m)\n\t\tn = 1;\n}\n",
        0,
        ["(a == m)"],
    ),
    "two branches": (
        canchor.ElseIfBranch("f", "s"),
        "void f(void)\n{\n\tif (a)\n\t\tb();\n\telse if (c->s)\n\t\td();\n"
        "\telse if (e->s)\n\t\tg();\n}\n",
        2,
        ["(a)", "(c->s)", "(e->s)"],
    ),
    "only the head reads it": (
        canchor.ElseIfBranch("f", "s"),
        "void f(void)\n{\n\tif (a->s)\n\t\tb();\n}\n",
        0,
        ["(a->s)"],
    ),
    "call of another function": (
        canchor.Call("f", canchor.Callee("f", ("x", "y"))),
        "int g(struct a *a)\n{\n\treturn a->x;\n}\nvoid f(void)\n{\n\tg(0);\n}\n",
        0,
        ["g"],
    ),
    "argument of two calls": (
        canchor.Argument("f", "B", "N"),
        "void f(void)\n{\n\tB(N != 1);\n\tB(2 != N);\n\tB(M);\n}\n",
        2,
        ["B(N != 1)", "B(2 != N)", "B(M)"],
    ),
    "two statements call it": (
        cstatement.Statement("f", "g"),
        "void f(void)\n{\n\tif (g(1))\n\t\treturn;\n\th(g(2));\n}\n",
        2,
        ["g(1)", "g(2)"],
    ),
    "only another function calls it": (
        cstatement.Statement("f", "g"),
        "void e(void)\n{\n\tg();\n}\nvoid f(void)\n{\n\th();\n}\n",
        0,
        ["h"],
    ),
    "two sections": (
        cstatement.CriticalSection("f", "m"),
        "void f(void)\n{\n\tmutex_lock(&a);\n\tm = 1;\n\tmutex_unlock(&a);\n"
        "\tspin_lock(&b);\n\tm = 2;\n\tspin_unlock(&b);\n}\n",
        2,
        ["mutex_lock(&a);", "spin_lock(&b);"],
    ),
    "assigned outside of the section": (
        cstatement.CriticalSection("f", "m"),
        "void f(void)\n{\n\tm = 1;\n\tmutex_lock(&a);\n\tg(m);\n\tmutex_unlock(&a);\n\tm = 2;\n}\n",
        0,
        ["mutex_lock(&a);"],
    ),
    "another lock is released": (
        cstatement.CriticalSection("f", "m"),
        "void f(void)\n{\n\tmutex_lock(&a);\n\tm = 1;\n\tmutex_unlock(&b);\n}\n",
        0,
        [],
    ),
    "include of another header": (
        cdecl.Include("a/b.h"),
        "#include <a/c.h>\n/* #include <a/b.h> */\n",
        0,
        ["a/c.h"],
    ),
}


@pytest.mark.parametrize(("anchor", "source", "matched", "candidates"), CASES.values(), ids=CASES)
def test_missing_and_ambiguous_anchors_are_told(anchor, source, matched, candidates):
    assert cfile.error_count(source.encode()) == 0
    edit = Edit("some/file.c", Action.REPLACE, anchor, "x\n", "templates/some/file.c.j2:3")
    with pytest.raises(AnchorError) as caught:
        apply(source.encode(), [edit], "some/file.c")
    error = caught.value
    assert (error.file, error.matched, list(error.candidates)) == (
        "some/file.c",
        matched,
        candidates,
    )
    head, _, tail = str(error).partition("; ")
    what = "not found" if not matched else f"ambiguous, {matched} places match"
    assert head.removesuffix(" (wanted by templates/some/file.c.j2:3)") == (
        f"some/file.c: anchor {anchor}: {what}"
    )
    assert str(error).endswith("(wanted by templates/some/file.c.j2:3)")
    assert ("candidates: " + ", ".join(candidates) in tail) == bool(candidates)


LOST = {
    rendering.CONTEXT: [
        ("int __detach_context(", "int __release_context("),
        ("ctx->status = CLOSED;", "ctx->state = CLOSED;"),
    ],
    rendering.KCONFIG: [("config CXL\n", "config OCXL\n")],
    rendering.API: [("cxl_fops_get_context(struct", "cxl_fops_ctx(struct")],
    rendering.PRIVATE: [
        ("#include <uapi/misc/cxl.h>", "#include <misc/ocxl.h>"),
        ("bool pending_afu_err;", "bool pending_error;"),
    ],
    rendering.FILE: [
        ("afu_poll(struct", "afu_pull(struct"),
        ("ssize_t afu_read(", "ssize_t afu_reed("),
        ("cxl_file_init(", "cxl_file_start("),
        ("BUILD_BUG_ON(CXL_API_VERSION != 1)", "BUILD_BUG_ON(CXL_API != 1)"),
    ],
    rendering.HEADER: [("#define _MISC_CXL_H\n", "\n")],
    rendering.UAPI: [
        ("enum cxl_event_type {", "enum cxl_event_kind {"),
        ("struct cxl_event {", "struct cxl_incident {"),
        ("\tunion {\n", "\tstruct {\n"),
    ],
}


@pytest.mark.parametrize(
    ("path", "old", "new"), [(p, *pair) for p, pairs in LOST.items() for pair in pairs]
)
def test_a_tree_that_lacks_a_place_is_told_and_nothing_is_made(path, old, new):
    base = rendering.driver_base().edited(path, old, new)
    with pytest.raises(AnchorError) as caught:
        render.render(specs.changed(close="wake"), base)
    assert caught.value.file == path
    assert caught.value.matched == 0
    assert f"templates/cxl/{path}.j2:" in str(caught.value) or "templates/cxl/delivery/" in str(
        caught.value
    )


# What an anchor takes with it.


def place_of(anchor, source: str) -> str:
    (place,) = anchor.places(source.encode())
    return source.encode()[place.start : place.end].decode()


OWNED = {
    "comment above": ("int x;\n/* f */\nint f(void)\n{\n}\n", "/* f */\nint f(void)\n{\n}\n"),
    "two comments": ("/* a */\n/* b */\nint f(void)\n{}\n", "/* a */\n/* b */\nint f(void)\n{}\n"),
    "comment apart": ("/* file */\n\nint f(void)\n{\n}\n", "int f(void)\n{\n}\n"),
    "comment of the line above": ("int x; /* x */\nint f(void)\n{\n}\n", "int f(void)\n{\n}\n"),
    "its export": ("int f(void)\n{\n}\nEXPORT_SYMBOL(f);\n",
                   "int f(void)\n{\n}\nEXPORT_SYMBOL(f);\n"),
    "another's export": ("int f(void)\n{\n}\nEXPORT_SYMBOL(ff);\n", "int f(void)\n{\n}\n"),
    "annotations": ("static int __init f(void)\n{\n}\n", "static int __init f(void)\n{\n}\n"),
    "pointer": ("struct a *f(int __user *p)\n{\n}\n", "struct a *f(int __user *p)\n{\n}\n"),
    "one branch of an ifdef": ("#ifdef A\nint f(void)\n{\n}\n#endif\n", "int f(void)\n{\n}\n"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "owned"), OWNED.values(), ids=OWNED)
def test_a_function_owns(source, owned):
    assert place_of(canchor.Function("f"), source) == owned


INNER = "\tspin_lock(&b);\n\tif (c)\n\t\tm = 1;\n\tspin_unlock(&b);\n"
OUTER = (
    "\t/* why */\n\tspin_lock_irqsave(&a->lock, flags);\n%s"
    "\tspin_unlock_irqrestore(&a->lock, flags);\n"
)


@pytest.mark.parametrize(
    ("code", "sections"),
    [
        (INNER, [INNER]),
        (OUTER % "\tm = 1;\n\tg(&b);\n", [OUTER % "\tm = 1;\n\tg(&b);\n"]),
        (OUTER % INNER, [OUTER % INNER, INNER]),
        (OUTER % "" + "\tm = 1;\n" + OUTER % "", []),
    ],
    ids=["alone", "with its comment", "one in the other", "between two"],
)
def test_a_critical_section_goes_from_its_lock_to_its_unlock(code, sections):
    source = f"void f(void)\n{{\n\tg();\n\n{code}\th();\n}}\n"
    found = cstatement.CriticalSection("f", "m").places(source.encode())
    assert [source[place.start : place.end] for place in found] == sections


def test_a_statement_that_calls_is_the_functions_own():
    source = "void f(void)\n{\n\ta();\n\tif (b) {\n\t\tc(g());\n\t}\n\td();\n}\n"
    owned = place_of(cstatement.Statement("f", "g"), source)
    assert owned == "\tif (b) {\n\t\tc(g());\n\t}\n"


def test_declarations_are_found_among_comments():
    source = (
        "void f(void)\n{\n\t/* one */\n\tint a;\n\t/* two */\n\tint b;\n\n\ta = 1;\n\tb = 2;\n}\n"
    )
    (place,) = canchor.Declarations("f").places(source.encode())
    assert source[: place.inside].endswith("\tint b;\n")


def test_enumerators_count_on_from_the_last_value():
    source = b"enum e { A, B = 0x10, C, D = B, E };\n"
    values = [(name, value) for name, value, _ in cdecl.enumerators(source, "e")]
    assert values == [("A", 0), ("B", 16), ("C", 17), ("D", None), ("E", None)]
