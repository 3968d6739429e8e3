# SPDX-License-Identifier: GPL-2.0-only
"""Comparing values: words, lines, specs, verdicts, and what git range-diff says."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from afugen.compare import (
    FieldChange,
    compare_runs,
    compare_specs,
    effects_on_programs,
    find_costs,
    parse_range_diff,
)
from afugen.compare.outcomes import Transition
from afugen.compare.side_by_side import diff_file
from afugen.compare.word_diff import ChangeKind, TextPiece, one_side, word_diff
from afugen.series import version
from afugen.spec import loading, yamlsource
from afugen.verdict import Outcome, TestResult, Verdict

V1 = (Path(__file__).parent.parent / "kernel-patches" / "cxl" / "v1" / "spec.yaml").read_text()


def marked(before: str, after: str) -> str:
    brackets = {ChangeKind.SAME: "{}", ChangeKind.GONE: "[-{}-]", ChangeKind.NEW: "{{+{}+}}"}
    return "".join(brackets[p.mark].format(p.text) for p in word_diff(before, after))


def test_words_that_changed_are_marked_and_nothing_else():
    assert marked("about it's own events", "about its own events") == (
        "about [-it's-]{+its+} own events"
    )


def test_words_changed_side_by_side_are_one_change():
    assert marked("f(old name, size)", "f(new word, size)") == "f([-old name-]{+new word+}, size)"


def test_texts_with_little_in_common_stay_whole():
    assert word_diff("return 0;", "while (x)") == (
        TextPiece(ChangeKind.GONE, "return 0;"),
        TextPiece(ChangeKind.NEW, "while (x)"),
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [("a b c d", "a x c y"), ("", "new"), ("if (a && b)", "if (a)"), ("same", "same"), ("", "")],
)
def test_either_side_of_marked_words_is_that_text(before, after):
    pieces = word_diff(before, after)
    assert "".join(p.text for p in one_side(pieces, ChangeKind.GONE)) == before
    assert "".join(p.text for p in one_side(pieces, ChangeKind.NEW)) == after


FILE = b"".join(b"int line%d(void);\n" % n for n in range(1, 41))


def rows(shown) -> list[tuple]:
    return [
        (row.change, row.left and row.left.number, row.right and row.right.number)
        for hunk in shown.hunks
        for row in hunk.rows
        if row.change is not ChangeKind.SAME
    ]


def test_lines_that_belong_together_stand_beside_each_other():
    new = FILE.replace(b"int line20(void);\n", b"/* new */\nint line20(int cpu);\n")
    assert rows(diff_file("f.c", FILE, new)) == [
        (ChangeKind.NEW, None, 20),
        (ChangeKind.CHANGED, 20, 21),
    ]


def test_far_changes_are_hunks_of_their_own_with_context_and_heading():
    new = FILE.replace(b"line5(", b"line_5(").replace(b"line30(", b"line_30(")
    shown = diff_file("f.c", FILE, new)
    assert [hunk.lines(right=True) for hunk in shown.hunks] == [range(2, 9), range(27, 34)]
    assert [hunk.heading for hunk in shown.hunks] == ["int line1(void);", "int line26(void);"]


def test_a_line_can_be_shown_though_it_did_not_change():
    shown = diff_file("f.c", FILE, FILE, [10])
    assert [hunk.lines(right=True) for hunk in shown.hunks] == [range(7, 14)]
    assert not shown.hunks[0].is_changed
    assert diff_file("f.c", FILE, FILE) is None


def test_a_new_file_is_all_new_and_a_removed_one_all_gone():
    new, gone = diff_file("f.c", None, b"a\nb\n"), diff_file("f.c", b"a\nb\n", None)
    assert (new.change, new.count(ChangeKind.NEW), new.count(ChangeKind.GONE)) == (
        ChangeKind.NEW,
        2,
        0,
    )
    assert (gone.change, gone.count(ChangeKind.NEW), gone.count(ChangeKind.GONE)) == (
        ChangeKind.GONE,
        0,
        2,
    )


def changes(*replacements: tuple[str, str]) -> dict[str, FieldChange]:
    sources = [yamlsource.parse(text.encode(), "spec.yaml") for text in (V1, edited(*replacements))]
    old, new = map(loading.check, sources)
    found = compare_specs(old, new, sources[0].positions, sources[1].positions)
    return {change.path: change for change in found}


def edited(*replacements: tuple[str, str]) -> str:
    text = V1
    for old, new in replacements:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


PENDING = V1[V1.index("    - name: event_pending") : V1.index("    - name: deliver_")]


def test_the_same_spec_has_no_change():
    assert changes() == {}


def test_ops_are_matched_by_role_wherever_they_stand():
    moved = (PENDING, ""), ("  locking: |", f"{PENDING}  locking: |")
    found = changes(*moved)
    assert list(found) == ["ops.callbacks order"]
    assert found["ops.callbacks order"].before == "pending, deliver"
    assert found["ops.callbacks order"].after == "deliver, pending"


def test_a_changed_leaf_names_both_lines():
    found = changes(("size_check: warn", "# why\nsize_check: bound"))
    (change,) = found.values()
    assert (change.path, change.before, change.after) == ("size_check", "warn", "bound")
    lines = V1.split("\n")
    assert lines[change.old_line - 1] == "size_check: warn"
    assert change.new_line == change.old_line + 1


def test_parameters_are_compared_as_c_reads_them():
    found = changes(("name: max_size", "name: room"))
    change = found["ops.callbacks[deliver].parameters"]
    assert change.after == "(struct cxl_event *event, struct cxl_context *cxl, size_t room)"
    assert [p.text for p in change.pieces if p.mark is ChangeKind.NEW] == ["room"]


def test_what_is_gone_says_so():
    found = changes(("kconfig:\n  symbol: CXL_AFU_DRIVER_OPS\n  selected_by: CXL\n", ""))
    assert found["kconfig.symbol"].change is ChangeKind.GONE
    assert found["kconfig.symbol"].new_line is None


def costs(*replacements: tuple[str, str]) -> list[str]:
    old, new = (
        loading.check(yamlsource.parse(text.encode(), "spec.yaml"))
        for text in (V1, edited(*replacements))
    )
    return [one.text for one in find_costs(old, new)]


def test_a_driver_is_told_what_it_must_change_before_what_it_should_know():
    assert costs(
        ("size_check: warn", "size_check: bound"),
        ("name: CXL_EVENT_AFU_DRIVER", "name: CXL_EVENT_OTHER"),
    ) == [
        "the event: CXL_EVENT_AFU_DRIVER is now CXL_EVENT_OTHER",
        "header.size is bounded, and a reader gets EIO for an impossible one; it was: "
        "header.size is trusted, and one that is too large is warned of",
    ]


def test_programs_are_told_what_they_notice_beside_layouts():
    v1, v3 = (version.find(name).spec for name in ("v1", "v3"))
    assert effects_on_programs(v1, v1) == ()
    told = effects_on_programs(v1, v3)
    assert (
        "CXL_API_VERSION is the tree's; it was: CXL_API_VERSION is one more than the tree's" in told
    )
    assert len(told) == 5
    assert any("puts its data, without data_size, as many bytes as" in one for one in told)
    assert any(one.startswith("a driver event wakes whoever sleeps") for one in told)


def test_what_only_the_cxl_driver_sees_costs_an_afu_driver_nothing():
    assert costs(("name: _ctx_event_pending", "name: other"),
                 ("field: afu_driver_ops", "field: their_ops")) == []  # fmt: skip


def verdict(*tests: TestResult) -> Verdict:
    return Verdict(Outcome.PASS, tests=tests)


def transition(before: TestResult | None, after: TestResult | None) -> Transition:
    old, new = (verdict(*([test] if test else [])) for test in (before, after))
    (change,) = compare_runs(old, new).changes
    return change.transition


def result(outcome: Outcome, *observed: str) -> TestResult:
    return TestResult("read", outcome, observed=observed)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (result(Outcome.XFAIL, "EFAULT"), result(Outcome.PASS), Transition.MENDED),
        (result(Outcome.FAIL), result(Outcome.XFAIL), Transition.MENDED),
        (result(Outcome.PASS), result(Outcome.XFAIL), Transition.BROKEN),
        (result(Outcome.PASS), result(Outcome.HANG), Transition.BROKEN),
        (result(Outcome.PASS), result(Outcome.SKIP), Transition.OTHER),
        (result(Outcome.XFAIL, "EFAULT"), result(Outcome.XFAIL, "EFAULT"), Transition.SAME),
        (result(Outcome.XFAIL, "EFAULT"), result(Outcome.XFAIL, "EIO"), Transition.OTHER),
        (result(Outcome.PASS), result(Outcome.PASS), Transition.SAME),
        (None, result(Outcome.PASS), Transition.NEW),
        (result(Outcome.PASS), None, Transition.GONE),
    ],
)
def test_the_transition_of_an_outcome(before, after, expected):
    assert transition(before, after) is expected


RANGE_DIFF = """\
1:  0123456789ab ! 1:  ba9876543210 cxl: Add mechanism
    @@ Commit message
    -    it's
    +    its
     
2:  aaaaaaaaaaaa = 3:  bbbbbbbbbbbb cxl: Keep
3:  cccccccccccc < -:  ------------ cxl: Drop
-:  ------------ > 2:  dddddddddddd cxl: Test
"""  # noqa: W293 - as git prints it


def test_range_diff_is_read_as_pairs():
    pairs = parse_range_diff(RANGE_DIFF)
    assert [(p.status, p.left, p.right) for p in pairs] == [
        ("changed", 1, 1), ("same", 2, 3), ("gone", 3, None), ("new", None, 2),
    ]  # fmt: skip
    assert pairs[0].diff == ("@@ Commit message", "-    it's", "+    its", " ")
    assert pairs[3].old == ""


def test_equal_heads_and_tails_that_overlap_are_counted_once():
    assert rows(diff_file("f", b"a\na\nb\n", b"a\na\na\nb\n")) == [(ChangeKind.NEW, None, 3)]
    assert rows(diff_file("f", b"a\na\na\nb\n", b"a\na\nb\n")) == [(ChangeKind.GONE, 3, None)]
    assert rows(diff_file("f", b"a\n", b"b\na\n")) == [(ChangeKind.NEW, None, 1)]
    assert rows(diff_file("f", b"a\na\nb\n", b"a\na\nc\na\nb\n")) == [
        (ChangeKind.NEW, None, 3), (ChangeKind.NEW, None, 4),
    ]  # fmt: skip


def test_a_long_file_with_a_short_change_takes_no_time():
    long = b"".join(b"F: path%d\n\n" % n for n in range(12_000))
    start = time.monotonic()
    shown = diff_file("MAINTAINERS", long, long.replace(b"F: path9\n", b"F: path9\nF: new\n"))
    assert rows(shown) == [(ChangeKind.NEW, None, 20)]
    assert time.monotonic() - start < 2
