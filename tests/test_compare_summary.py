# SPDX-License-Identifier: GPL-2.0-only
"""The five answers say what the sections say, and no more."""

from __future__ import annotations

import re
from dataclasses import replace

from afugen import abi
from afugen.abi import SymbolChange, SymbolState
from afugen.checks import Delta, Remark
from afugen.compare import compare_runs, summary, to_json, to_text
from afugen.compare.model import AbiChanges, MissingSection, SymbolChanges
from afugen.compare.summary import Answer, Rating
from afugen.review import Decision
from afugen.verdict import Outcome, TestResult
from test_page import EMPTY, REPORT, comment, verdict

SAME = abi.LayoutChange("struct cxl_event", abi.Compatibility.UNCHANGED, (), None, None)
NEW = replace(SAME, name="struct new", verdict=abi.Compatibility.NEW)
BREAK = replace(
    SAME, name="struct old", verdict=abi.Compatibility.BREAK, reasons=("size was 8, is 4",)
)


def abi_answer(**measured) -> Answer:
    return summary.answer_on_abi(
        replace(REPORT, abi=AbiChanges(**measured), program_effects=("it wakes",))
    )


def test_what_was_only_mailed_has_no_programs_to_break():
    answer = abi_answer(changes=(SAME, BREAK), base=(SAME, NEW), mainline=(SAME, SAME))
    assert answer.rating is Rating.GOOD
    assert answer.text == (
        "no program that exists breaks; only programs that were built for v1 would"
    )
    assert [f"{point.head}: {point.text}" for point in answer.points] == [
        "against the tree before it: only additions: struct new (new)",
        "against mainline: all 2 names are the same",
        "against v1: 1 of 2 names break: struct old (size was 8, is 4)",
        "since v1: it wakes",
    ]


def test_a_break_of_the_tree_or_of_mainline_is_bad_news():
    none = MissingSection("no mainline")
    of_tree = abi_answer(changes=(SAME,), base=(BREAK,), mainline=none)
    of_mainline = abi_answer(changes=(SAME,), base=(SAME,), mainline=(BREAK,))
    both = abi_answer(changes=(SAME,), base=(BREAK,), mainline=(BREAK,))
    assert {answer.rating for answer in (of_tree, of_mainline, both)} == {Rating.BAD}
    built_for = "YES: programs break that were built for"
    assert of_tree.text == f"{built_for} the tree before it"
    assert of_mainline.text == f"{built_for} mainline"
    assert both.text == f"{built_for} the tree before it or mainline"
    assert abi_answer(changes=(BREAK,), base=(SAME,), mainline=none).rating is Rating.GOOD


def answer_on_tests(before: dict[str, tuple], after: dict[str, tuple]) -> Answer:
    old, new = (verdict(*(TestResult(name, *rest) for name, rest in tests.items()))
                for tests in (before, after))  # fmt: skip
    return summary.answer_on_tests(replace(REPORT, tests=compare_runs(old, new)))


def test_a_run_that_came_to_no_test_is_told_by_how_it_ended():
    failed = replace(verdict(), outcome=Outcome.BUILD_FAIL)
    passed = verdict(TestResult("a", Outcome.PASS))
    both = replace(REPORT, tests=compare_runs(failed, passed))
    assert summary.answer_on_tests(both).text == "1 new; build-fail → 1 pass"
    alone = replace(REPORT, tests=compare_runs(None, failed))
    assert summary.answer_on_tests(alone).text == "build-fail: no tests"


def test_tests_that_changed_for_one_reason_are_told_together_and_broken_ones_first():
    answer = answer_on_tests(
        {"a": (Outcome.XFAIL, "no wake-up"), "b": (Outcome.XFAIL, "no wake-up"),
         "c": (Outcome.PASS,), "d": (Outcome.PASS,)},
        {"a": (Outcome.PASS,), "b": (Outcome.PASS,), "c": (Outcome.HANG, "silent"),
         "d": (Outcome.PASS,)},
    )  # fmt: skip
    assert answer.rating is Rating.BAD
    assert answer.text == "2 mended, 1 broken; 2 pass, 2 xfail → 3 pass, 1 hang"
    assert [(point.head, point.text) for point in answer.points] == [
        ("c", "pass → hang; silent"),
        ("a", "and b: xfail → pass; was: no wake-up"),
    ]


def drivers(before: SymbolState, mainline: SymbolState) -> Answer:
    changes = [(SymbolChange("cxl_get_fd", state, "1", "2"),) for state in (before, mainline)]
    return summary.answer_on_costs(replace(REPORT, costs=(), symbols=SymbolChanges(*changes)))


def test_a_case_that_one_version_lacks_is_told_with_the_reason():
    answer = answer_on_tests({"old": (Outcome.PASS,)}, {"new": (Outcome.PASS,)})
    assert [(point.head, point.text) for point in answer.points] == [
        ("new", "not run → pass; the test of the earlier version has no such case"),
        ("old", "pass → not run; the test of the later version has no such case"),
    ]


def test_mails_are_no_files():
    mail = replace(REPORT.files[1], path="commit message 2")
    (*_, files) = summary.size_in_short(replace(REPORT, files=(*REPORT.files, mail))).split(", ")
    assert files.startswith("3 files")


def test_a_module_loads_where_every_symbol_it_may_use_is_the_same():
    assert drivers(SymbolState.EQUAL, SymbolState.NEW).text.endswith(
        "written for v1: no change of source; built for mainline (that of linux-source-6.1): "
        "loads unchanged; "
        "built for v1: loads unchanged; 1 test that mainline fails passes"
    )
    assert "(that of linux-source-6.1): does not load, 1 symbols differ" in drivers(
        SymbolState.EQUAL, SymbolState.GONE).text  # fmt: skip
    assert drivers(SymbolState.CHANGED, SymbolState.EQUAL).rating is Rating.KNOW


def test_what_does_not_hold_was_declined_or_still_fails_is_open():
    heads = {point.head for point in summary.answer_on_open_points(REPORT).points}
    assert {"never-done", "not-so", "new message"} <= heads
    assert "take-a-cpu" not in heads


def test_what_a_reviewer_may_not_be_content_with_is_open():
    other = replace(comment("another-form", 20), decision=Decision.OTHER_FORM)
    kept = Delta((), (), (Remark("gcc", "warning", "a.c", 1, "as ever"),))
    tests = compare_runs(None, verdict(TestResult("a", Outcome.PASS)))
    report = replace(EMPTY, abi=MissingSection("none"), review=(other,), remarks=kept, tests=tests,
                    after=replace(EMPTY.after, is_unsent=True))  # fmt: skip
    answer = summary.answer_on_open_points(report)
    assert [point.head for point in answer.points] == [
        "another-form",
        "no Signed-off-by",
        "1 message",
    ]
    none = replace(report, review=(), remarks=Delta((), (), ()), after=EMPTY.after)
    assert summary.answer_on_open_points(none).points == ()


def test_a_section_that_could_not_be_made_is_open_but_not_one_that_there_is_none_of():
    assert [(p.head, p.text) for p in summary.answer_on_open_points(EMPTY).points] == [
        ("abi", "gap")
    ]


def test_a_comment_that_does_not_hold_is_bad_news():
    good = summary.answer_on_review(replace(REPORT, review=(comment("take-a-cpu", 20),)))
    assert (good.rating, good.text) == (
        Rating.GOOD, "all 1 have an answer: 1 accepted; all 1 claims hold")  # fmt: skip
    assert good.points[0].place == ("drivers/misc/cxl/file.c", 20)
    assert summary.answer_on_review(REPORT).rating is Rating.BAD


def test_slips_are_counted_apart():
    slip = replace(comment("a-slip", 20), who=None)
    other = replace(slip, decision=Decision.OTHER_FORM)
    answer = summary.answer_on_review(
        replace(REPORT, review=(comment("take-a-cpu", 20), slip, other))
    )
    assert answer.text.startswith("all 1 have an answer")
    assert [point.head for point in answer.points] == ["take-a-cpu", "2 more"]
    assert answer.points[1].anchor == "comment-a-slip"
    assert answer.points[1].text == "found without a reviewer: 1 mended, 1 in another form"


def test_the_listing_has_no_line_beyond_100_columns_and_obeys_nobody():
    escaping = replace(REPORT, notes=("\x1b[31mred\x1b[0m " + "word " * 60,))
    for report in (escaping, EMPTY):
        told = to_text(report)
        assert max(map(len, told.split("\n"))) <= 100
        assert "\x1b" not in told


def test_colour_adds_nothing_but_colour():
    coloured = to_text(REPORT, color=True)
    assert "\x1b[" in coloured
    plain = "".join(f"{line.rstrip()}\n" for line in
                    re.sub(r"\x1b\[[0-9;]*m", "", coloured).split("\n")[:-1])  # fmt: skip
    assert plain == to_text(REPORT)


def test_the_keys_of_the_json_stay():
    found = to_json(REPORT)
    assert list(found) == [
        "format", "answers", "before", "after", "base", "spec", "commits", "files", "abi",
        "symbols", "remarks", "tests", "mainline", "review", "costs", "stock", "seen", "notes",
    ]  # fmt: skip
    keys = {
        "answers": "question mood text points anchor",
        "spec": "path change before after pieces old_line new_line",
        "commits": "fate left right old new subject diff",
        "files": "path change new gone hunks",
        "review": "id who quotes answer decision why evidence",
        "costs": "kind text detail field",
    }
    assert {name: " ".join(found[name][0]) for name in keys} == keys
    symbol = "name fate before after cause why"
    assert " ".join(found["symbols"]["changes"][0]) == symbol
    assert list(found["tests"]["changes"][0]) == ["name", "turn", "before", "after"]
    assert list(found["review"][0]["evidence"][0]) == ["claim", "holds", "file", "line", "why"]
    (hunk, *_) = found["files"][1]["hunks"]
    assert list(hunk) == ["heading", "first_line", "last_line", "provenance", "comments"]
    assert list(hunk["provenance"][0]) == ["party", "template", "fields"]
    assert to_json(EMPTY)["spec"] == {"absent": "no spec"}
