# SPDX-License-Identifier: GPL-2.0-only
"""v1 regenerated is the v1 of 2015, on its own base and on today's; a stranger's names are kept."""

from __future__ import annotations

import difflib
import re

import pytest

import rendering
import seed
import specs
from afugen.csource import cfile
from afugen.errors import FeatureError, TreeError
from afugen.render import rendering as render
from afugen.spec.texts import expand

V1, V3 = specs.model(specs.v1()), specs.model(specs.v3())


@pytest.fixture
def base() -> rendering.Files:
    return rendering.seed_base()


@pytest.fixture(scope="module", params=["6.1", "6.12"])
def stripped(request, stripped_tree):
    """The touched files of a real kernel, without the merged feature."""
    return rendering.only_touched(stripped_tree(request.param))


def test_v1_is_the_patch_of_2015_byte_for_byte(base, tmp_path):
    made = rendering.git_diff(tmp_path, V1, base)
    assert seed.without_index(made) == seed.without_index(seed.diff())


def test_v1_without_the_base_files_of_its_kernel_would_not_be_the_oracle(base, tmp_path):
    """The comparison above can fail: one changed line of the base is seen."""
    moved = base.edited(rendering.UAPI, "CXL_EVENT_AFU_ERROR     = 3", "CXL_EVENT_AFU_ERROR = 3")
    made = rendering.git_diff(tmp_path, V1, moved)
    assert seed.without_index(made) != seed.without_index(seed.diff())


@pytest.mark.parametrize("spec", [V1, V3], ids=["v1", "v3"])
def test_rendering_twice_gives_the_same(spec):
    base = rendering.driver_base()
    assert render.render(spec, base) == render.render(spec, base)


@pytest.mark.parametrize("spec", [V1, V3], ids=["v1", "v3"])
@pytest.mark.parametrize("again", [V1, V3], ids=["v1", "v3"])
def test_rendered_files_cannot_be_rendered_again(spec, again):
    base = rendering.driver_base()
    done = rendering.Files(base.files | rendering.after(spec, base), "done")
    with pytest.raises(FeatureError, match=r"done: .*struct cxl_afu_driver_ops"):
        render.render(again, done)


def test_a_file_that_is_not_in_the_tree_is_named(base):
    del base.files[rendering.API]
    with pytest.raises(TreeError, match=rendering.API):
        render.render(V1, base)


def test_a_file_that_a_spec_leaves_alone_need_not_be_in_the_tree(base):
    """2015's driver is six files to v1; v3 touches one more, and says so."""
    assert rendering.CONTEXT not in base.files
    assert rendering.after(V1, base) == rendering.after(V1, rendering.driver_base())
    with pytest.raises(TreeError, match=f"seed: there is no {rendering.CONTEXT}"):
        render.render(V3, base)
    assert rendering.CONTEXT not in rendering.after(specs.changed(specs.v3, close="leave"), base)


# What v1 adds to a tree of today, in the words of the seed.
API_VERSION = {
    "#define CXL_API_VERSION 2": "#define CXL_API_VERSION 4",
    "\tBUILD_BUG_ON(CXL_API_VERSION != 2);": "\tBUILD_BUG_ON(CXL_API_VERSION != 4);",
}
# The baseline only removes: it leaves the tree's own bool ctx_event_pending() above afu_poll() and
# a poll that calls it, where 2015 had both conditions spelled out and the function further down.
OWN_REMOVED = [
    "static inline bool ctx_event_pending(struct cxl_context *ctx)",
    "{",
    "\tif (ctx->pending_irq || ctx->pending_fault || ctx->pending_afu_err)",
    "\t\treturn true;",
    "",
    "\treturn false;",
    "}",
    "",
    "\tif (ctx_event_pending(ctx))",
    "\tif (ctx->pending_irq) {",
    "\tBUILD_BUG_ON(CXL_API_VERSION != 3);",
]


def _seed_lines(sign: str) -> dict[str, list[str]]:
    """The added or removed lines of the seed, by file, without the sign."""
    found = {}
    for part in seed.diff().split("diff --git ")[1:]:
        path = part.split(" ", 1)[0].removeprefix("a/")
        lines = seed.changed_lines(part)
        found[path] = [line[1:] for line in lines if line[0] == sign]
    return found


def _removed(changed: tuple[render.Change, ...]) -> dict[str, list[str]]:
    """The lines of the base that no line of the result stands for."""
    found = {}
    for change in changed:
        before = change.before.decode().split("\n")
        kept = set(change.after.decode().split("\n"))
        gone = [line for line in before if line not in kept]
        found[change.path] = gone
    return found


@pytest.mark.kernel
def test_v1_adds_the_lines_of_2015_to_a_tree_of_today(stripped):
    wanted = {
        path: [API_VERSION.get(line, line) for line in lines]
        for path, lines in _seed_lines("+").items()
    }
    added = rendering.inserted(V1, stripped)
    assert {p: _without_blank(lines) for p, lines in added.items()} == {
        p: _without_blank(lines) for p, lines in wanted.items()
    }
    # A diff may show a blank line at either end of what was inserted: their number has to do.
    assert {p: lines.count("") for p, lines in added.items()} == {
        p: lines.count("") for p, lines in wanted.items()
    }


def _without_blank(lines: list[str]) -> list[str]:
    return [line for line in lines if line]


@pytest.mark.kernel
def test_v1_removes_from_a_tree_of_today_what_the_feature_takes_the_place_of(stripped):
    changed = render.render(V1, stripped)
    removed = {path: lines for path, lines in _removed(changed).items() if lines}
    own = [line for line in OWN_REMOVED if line not in ("{", "}", "")]
    assert removed == {
        rendering.PRIVATE: ["#define CXL_API_VERSION 3"],
        rendering.FILE: own,
    }


@pytest.mark.kernel
def test_v1_removes_just_these_lines_from_file_c_of_today(stripped):
    """Blank lines and braces included, which stand for each other in a diff."""
    (change,) = (c for c in render.render(V1, stripped) if c.path == rendering.FILE)
    added = rendering.inserted(V1, stripped)[rendering.FILE]
    before, after = (s.decode().split("\n") for s in (change.before, change.after))
    assert sorted(before) == sorted([*OWN_REMOVED, *_without(after, added)]), (
        "the base is the result without what was inserted, and with what was removed"
    )


def _without(lines: list[str], removed: list[str]) -> list[str]:
    rest = list(lines)
    for line in removed:
        rest.remove(line)
    return rest


@pytest.mark.kernel
def test_v1_touches_no_more_hunks_than_the_seed(stripped, tmp_path):
    made = rendering.git_diff(tmp_path, V1, stripped)
    counted = {
        part.split(" ", 1)[0].removeprefix("a/"): part.count("\n@@ ")
        for part in made.split("diff --git ")[1:]
    }
    # 2015 took ctx_event_pending() out below afu_poll(), with a hunk of its own.
    assert counted == {path: len(h) for path, h in seed.hunks().items()} | {rendering.FILE: 4}


def _in_the_shape_of_2015(stripped: rendering.Files) -> rendering.Files:
    """The tree of today, but for the two places of file.c that mainline wrote anew with the
    merged feature: there stands what the seed removes."""
    (own,) = re.findall(
        rb"static inline bool ctx_event_pending\(.*?^}\n\n",
        stripped.read(rendering.FILE),
        re.S | re.M,
    )
    removed = "\n".join(_seed_lines("-")[rendering.FILE]) + "\n"
    condition, function = removed.split("static ", 1)
    function = "static " + function.split("\tif (ctx->pending_irq) {", 1)[0]
    return (
        stripped.edited(rendering.FILE, own, b"")
        .edited(rendering.FILE, "\tif (ctx_event_pending(ctx))\n", condition)
        .edited(rendering.FILE, "ssize_t afu_read(", f"{function.rstrip()}\n\nssize_t afu_read(")
        .edited(
            rendering.FILE, "(ctx_event_pending(ctx) || (ctx->status == CLOSED))",
            "(ctx_event_pending(ctx))",
        )
    )  # fmt: skip


@pytest.mark.kernel
def test_v1_is_the_97_lines_of_2015_where_file_c_has_the_shape_of_2015(stripped, tmp_path):
    made = rendering.git_diff(tmp_path, V1, _in_the_shape_of_2015(stripped))
    today = {
        "#define CXL_API_VERSION 1": "#define CXL_API_VERSION 3",
        "\tBUILD_BUG_ON(CXL_API_VERSION != 1);": "\tBUILD_BUG_ON(CXL_API_VERSION != 3);",
    }
    today |= API_VERSION
    wanted = [line[0] + today.get(line[1:], line[1:]) for line in seed.changed_lines(seed.diff())]
    assert len(wanted) == 97
    assert seed.changed_lines(made) == wanted


@pytest.mark.kernel
def test_v3_is_the_same_on_each_kernel_of_today(stripped_tree):
    """All that it adds and removes; the context differs."""
    both = [rendering.only_touched(stripped_tree(kernel)) for kernel in ("6.1", "6.12")]
    one, other = (rendering.inserted(V3, base) for base in both)
    assert one == other
    assert one.keys() == {
        rendering.API, rendering.CONTEXT, rendering.PRIVATE, rendering.FILE, rendering.HEADER,
        rendering.UAPI,
    }  # fmt: skip
    one, other = (_removed(render.render(V3, base)) for base in both)
    assert one == other
    assert {path: lines for path, lines in one.items() if lines} == {
        rendering.FILE: [
            "\treturn false;",
            "\t\tif (ctx_event_pending(ctx) || (ctx->status == CLOSED))",
            "\tif (ctx->pending_irq) {",
        ],
    }


# The names that v1 and v3 choose.
CHOSEN = {specs.v1: specs.NAMES, specs.v3: specs.V3_NAMES}
VERSIONS = pytest.mark.parametrize("of", [specs.v1, specs.v3])


def _old_names(of=specs.v1) -> set[str]:
    leaves = dict(specs.leaves(of()))
    return {leaves[path] for path in CHOSEN[of]} - OWN_WORDS


# Parameters are called what the cxl driver's own things are called, and those stay: `struct
# cxl_event *event`, the locals `event`, `rc` and `ctx`; nothing of the driver's is called `cxl` or
# `max_size`.
OWN_WORDS = {"event", "rc", "ctx"}


@VERSIONS
@pytest.mark.parametrize("length", [None, 40])
def test_renamed_specs_leave_no_old_name_in_any_added_line(length, of):
    _assert_renamed(rendering.driver_base(), length, of)


@pytest.mark.kernel
@VERSIONS
@pytest.mark.parametrize("length", [None, 40])
def test_renamed_specs_leave_no_old_name_in_any_line_added_today(stripped, length, of):
    _assert_renamed(stripped, length, of)


def _assert_renamed(base, length, of) -> None:
    raw = specs.renamed(length, of)
    lines = rendering.inserted(specs.model(raw), base)
    for path, added in lines.items():
        # In paths of includes `cxl` is no name of the spec's; nor is it a word of prose.
        code = [re.sub(r"#include .*|^\s*\*.*|/\*.*?\*/", "", line) for line in added]
        assert not rendering.words(code) & _old_names(of), path
        prose = rendering.words(added) & (_old_names(of) - {"cxl"})
        assert not prose, path
    new = {str(dict(specs.leaves(raw))[path]) for path in CHOSEN[of]}
    assert new <= rendering.words(line for added in lines.values() for line in added)


@VERSIONS
def test_no_old_name_is_left_in_the_mail_either(of):
    raw = specs.renamed(None, of)
    spec = specs.model(raw)
    text = expand(spec.series.message, spec)
    assert not rendering.words([text]) & (_old_names(of) - {"cxl"})


def test_an_op_without_a_role_is_declared_and_nothing_else(base):
    raw = specs.v1()
    raw["ops"]["callbacks"].append(
        {
            "name": "told_of_reset",
            "role": "none",
            "returns": "void",
            "parameters": [],
            "promise": "told_of_reset() is for others to call.",
        }
    )
    more = rendering.inserted(specs.model(raw), base)
    plain = rendering.inserted(V1, base)
    for path, lines in more.items():
        new = [line for line in difflib.ndiff(plain[path], lines) if line[0] in "+-"]
        assert new == ([] if path != rendering.HEADER else [
            "+  * told_of_reset() is for others to call.",
            "+  *",
            "+ \tvoid (*told_of_reset) (void);",
        ])  # fmt: skip


def test_structs_that_only_an_op_speaks_of_are_declared(base):
    raw = specs.v1()
    types = ("struct stranger *", "const union odd **", "struct cxl_event *", "struct stranger *")
    raw["ops"]["callbacks"][0]["role"] = "none"
    raw["ops"]["callbacks"].append(dict(specs.v1()["ops"]["callbacks"][0], name="is_there"))
    raw["ops"]["callbacks"][0]["parameters"] = [
        {"name": f"p{n}", "type": text} for n, text in enumerate(types)
    ]
    added = rendering.inserted(specs.model(raw), base)[rendering.HEADER]
    assert added[:3] == ["struct stranger;", "union odd;", ""]
    assert sum(line.endswith(";") and line.startswith("struct") for line in added) == 1


@pytest.mark.parametrize("spec", [V1, V3], ids=["v1", "v3"])
def test_results_parse_as_well_as_their_base(spec):
    for change in render.render(spec, rendering.driver_base()):
        if change.path.endswith((".c", ".h")):
            assert cfile.error_count(change.after) <= cfile.error_count(change.before)
