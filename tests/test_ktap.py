# SPDX-License-Identifier: GPL-2.0-only
"""KTAP as consoles really carry it: in every dialect, torn, noisy, and cut short."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from afugen.verdict.ktap import CaseStart, Directive, KtapOutput, KtapParser, TestCase

# From Documentation/dev-tools/ktap.rst, "Example KTAP output".
KTAP_RST = """\
KTAP version 1
1..1
  KTAP version 1
  1..3
    KTAP version 1
    1..1
    # test_1: initializing test_1
    ok 1 test_1
  ok 1 example_test_1
    KTAP version 1
    1..2
    ok 1 test_1 # SKIP test_1 skipped
    ok 2 test_2
  ok 2 example_test_2
    KTAP version 1
    1..3
    ok 1 test_1
    # test_2: FAIL
    not ok 2 test_2
    ok 3 test_3 # SKIP test_3 skipped
  not ok 3 example_test_3
not ok 1 main_test
"""

# As tools/testing/selftests/kselftest/runner.sh prefixes what eventfd_test prints.
KSELFTEST = """\
TAP version 13
1..2
# timeout set to 45
# selftests: eventfd: eventfd_test
# TAP version 13
# 1..3
# # Starting 3 tests from 1 test cases.
# #  RUN           global.eventfd_check_flag_rdwr ...
# ok 1 global.eventfd_check_flag_rdwr
# not ok 2 global.eventfd_check_flag_cloexec
# ok 3 global.eventfd_check_flag_nonblock # SKIP no flag
# # Totals: pass:1 fail:1 xfail:0 xpass:0 skip:1 error:0
not ok 1 selftests: eventfd: eventfd_test # exit=1
# timeout set to 45
# selftests: timers: posix_timers
not ok 2 selftests: timers: posix_timers # TIMEOUT 45 seconds
"""

TAP_14 = """\
TAP version 14
1..2
# Subtest: inner
    1..2
    ok 1 - first
    not ok 2 - second \\# of two # TODO not written
ok 1 - inner
ok 2 - outer
"""


def parse_lines(lines: Iterable[str]) -> KtapOutput:
    parser = KtapParser()
    for line in lines:
        parser.feed(line)
    return parser.finish()


def parse(text: str) -> KtapOutput:
    return parse_lines(text.splitlines())


def tree(tests: tuple[TestCase, ...]) -> list[object]:
    return [(t.name, t.ok, tree(t.subtests)) if t.subtests else (t.name, t.ok) for t in tests]


def test_the_example_of_the_kernel_documentation_keeps_its_nesting() -> None:
    suite = parse(KTAP_RST)
    assert suite.planned == 1
    assert tree(suite.tests) == [
        ("main_test", False, [
            ("example_test_1", True, [("test_1", True)]),
            ("example_test_2", True, [("test_1", True), ("test_2", True)]),
            ("example_test_3", False, [("test_1", True), ("test_2", False), ("test_3", True)]),
        ])
    ]  # fmt: skip
    third = suite.tests[0].subtests[2]
    assert third.subtests[1].diagnostics == ("test_2: FAIL",)
    assert (third.subtests[2].directive, third.subtests[2].reason) == (
        Directive.SKIP,
        "test_3 skipped",
    )


def test_subtests_that_kselftest_prefixes_are_not_lost() -> None:
    first, second = parse(KSELFTEST).tests
    assert first.name == "selftests: eventfd: eventfd_test"
    assert (first.ok, first.directive, first.reason) == (False, None, "exit=1")
    assert [(t.name, t.ok, t.directive) for t in first.subtests] == [
        ("global.eventfd_check_flag_rdwr", True, None),
        ("global.eventfd_check_flag_cloexec", False, None),
        ("global.eventfd_check_flag_nonblock", True, Directive.SKIP),
    ]
    assert (second.directive, second.reason, second.subtests) == (
        Directive.TIMEOUT,
        "45 seconds",
        (),
    )


def test_what_subtests_say_after_their_last_result_belongs_to_their_parent() -> None:
    first, _ = parse(KSELFTEST).tests
    assert first.diagnostics[-1] == "Totals: pass:1 fail:1 xfail:0 xpass:0 skip:1 error:0"
    cut = parse("KTAP version 1\n1..2\n  # deep\n# start: a\n  # deeper\n")
    assert cut.diagnostics == ("deep",)
    assert cut.tests[0].diagnostics == ("deeper",)


def test_tap_14_indents_by_four_and_escapes_hashes() -> None:
    inner, outer = parse(TAP_14).tests
    assert (inner.name, outer.name) == ("inner", "outer")
    assert [t.name for t in inner.subtests] == ["first", "second \\# of two"]
    assert inner.subtests[1].directive is Directive.TODO


@pytest.mark.parametrize("word", ["SKIP", "TODO", "XFAIL", "TIMEOUT", "ERROR", "skip", "Todo"])
def test_every_directive_is_known_in_any_case(word: str) -> None:
    (test,) = parse(f"KTAP version 1\n1..1\nnot ok 1 a.b # {word} because of it").tests
    assert (test.directive, test.reason) == (Directive(word.upper()), "because of it")


def test_a_word_that_only_begins_like_a_directive_is_none() -> None:
    (test,) = parse("KTAP version 1\n1..1\nok 1 a # skipping is fun").tests
    assert (test.name, test.directive, test.reason) == ("a", None, "skipping is fun")


def test_console_stamps_are_not_part_of_a_line() -> None:
    suite = parse(
        "<6>[    1.000001] KTAP version 1\n[    1.000002][    T1] 1..1\n"
        "[    1.000003]   1..1\n[   12.000004][  C3]   ok 1 inner\n[ 1.5] ok 1 outer\n"
    )
    assert tree(suite.tests) == [("outer", True, [("inner", True)])]


def test_nothing_counts_before_a_version_line() -> None:
    suite = parse("1..1\nok 1 a.b\n")
    assert (suite.has_version_line, suite.planned, suite.tests) == (False, None, ())


def test_tests_of_the_plan_that_never_report_are_tests_without_a_result() -> None:
    suite = parse("KTAP version 1\n1..4\nok 1 a\n# start: b\n# observed: x\n")
    assert [(t.number, t.name, t.ok, t.has_started) for t in suite.tests] == [
        (1, "a", True, False),
        (2, "b", None, True),
        (3, "#3", None, False),
        (4, "#4", None, False),
    ]
    assert suite.tests[1].diagnostics == ("observed: x",)


def test_missing_subtests_are_found_too() -> None:
    (test,) = parse("KTAP version 1\n1..1\n  KTAP version 1\n  1..3\n  ok 2 b\nok 1 a\n").tests
    assert tree(test.subtests) == [("#1", None), ("b", True), ("#3", None)]


def test_subtests_whose_parent_never_reports_are_kept() -> None:
    (test,) = parse("KTAP version 1\n1..1\n  KTAP version 1\n  1..1\n    ok 1 deep\n").tests
    assert tree((test,)) == [
        ("(no result)", None, [("(no result)", None, [("deep", True)])]),
    ]


def test_a_case_whose_result_is_lost_does_not_take_the_next_ones() -> None:
    suite = parse("KTAP version 1\n1..2\n# start: a\n# start: b\nok 2 b\n")
    assert tree(suite.tests) == [("a", None), ("b", True)]


@pytest.mark.parametrize("second", ["ok", "not ok"])
def test_a_number_that_comes_twice_is_a_failure(second: str) -> None:
    tests = parse(f"KTAP version 1\n1..1\nok 1 a\n{second} 1 a\n").tests
    assert [(t.ok, t.reason) for t in tests] == [(True, ""), (False, "number 1 came twice")]


def test_a_test_that_is_not_in_the_plan_is_a_failure() -> None:
    tests = parse("KTAP version 1\n1..1\nok 1 a\nok 2 b\n").tests
    assert [(t.ok, t.reason) for t in tests] == [
        (True, ""),
        (False, "number 2 is not in the plan 1..1"),
    ]


def test_two_reports_in_one_log_are_both_counted() -> None:
    suite = parse("TAP version 13\n1..2\nok 1 a\nTAP version 13\n1..1\nnot ok 1 b\n")
    assert tree(suite.tests) == [("a", True), ("#2", None), ("b", False)]


def test_the_plan_may_come_last() -> None:
    suite = parse("TAP version 13\nok 1 a\n1..2\n")
    assert (suite.planned, tree(suite.tests)) == (2, [("a", True), ("#2", None)])


def test_bail_out_ends_it() -> None:
    suite = parse("TAP version 13\n1..2\nok 1 a\nBail out! no card\nok 2 b\n")
    assert suite.bail_out == "no card"
    assert tree(suite.tests) == [("a", True), ("#2", None)]


def test_an_empty_plan_says_why_all_is_skipped() -> None:
    suite = parse("KTAP version 1\n1..0 # SKIP no such device\n")
    assert (suite.planned, suite.skip_all, suite.tests) == (0, "no such device", ())


def test_noise_before_version_plan_start_and_result_is_no_loss() -> None:
    suite = parse(
        "cxl: loadingKTAP version 1\nrandom: crng1..1\nfoo# start: a.b\n"
        "cxl: whatever# observed: EIO\ncxl: morenot ok 1 a.b\n"
    )
    assert suite.tests == (
        TestCase(1, "a.b", ok=False, diagnostics=("observed: EIO",), has_started=True),
    )


def test_a_result_torn_within_its_name_keeps_its_name_and_status() -> None:
    # Two lines of noisy.log, as two processors wrote them.
    torn = "not ok 1 noisy.case_noise: 6 bottlesnumber_26 of beer on the wall\n\n"
    suite = parse(f"KTAP version 1\n1..1\n# start: noisy.case_number_26\n{torn}")
    assert tree(suite.tests) == [("noisy.case_number_26", False)]


def test_a_start_torn_within_its_name_takes_the_name_of_the_result() -> None:
    torn = "noise: 1 bottles# start: noisy.c of beer on the wall\nase_number_22noise: 2 bottles\n"
    suite = parse(f"KTAP version 1\n1..1\n{torn}ok 1 noisy.case_number_22\n")
    assert tree(suite.tests) == [("noisy.case_number_22", True)]


def test_the_result_of_another_case_is_not_taken_for_it() -> None:
    (test,) = parse("KTAP version 1\n1..1\n# start: poll.a\nok 1 poll.b\n").tests
    assert (test.name, test.ok) == ("poll.a", None)
    assert test.reason == "its result line is damaged: ok 1 poll.b"


def test_a_foreign_result_with_another_number_is_ignored_while_a_case_runs() -> None:
    suite = parse("KTAP version 1\n1..1\n# start: poll.a\nok 7 bytes of something\nok 1 poll.a\n")
    assert tree(suite.tests) == [("poll.a", True)]


def test_feed_tells_starts_and_results_of_the_top_level_only() -> None:
    parser = KtapParser()
    events = [
        parser.feed(line) for line in ("KTAP version 1", "1..1", "# start: a", "  ok 1 b", "ok 1 a")
    ]
    assert events[:2] == [None, None]
    assert events[2] == CaseStart("a")
    assert events[3] is None
    assert isinstance(events[4], TestCase)
    assert (events[4].name, len(events[4].subtests)) == ("a", 1)


# As kselftest_harness.h of 6.1 writes it, to a console and through run_kselftest.sh.
HARNESS = """\
TAP version 13
1..3
# Starting 3 tests from 1 test cases.
#  RUN           driver.read ...
#            OK  driver.read
ok 1 driver.read
#  RUN           driver.poll ...
# driver_events.c:42:poll:Expected 0 (0) != poll_says(fd, 1) (0)
# poll: TestCase terminated by assertion
#          FAIL  driver.poll
not ok 2 driver.poll
#  RUN           driver.fault ...
#      SKIP      userfaultfd: ENOSYS
#            OK  driver.fault
ok 3 # SKIP userfaultfd: ENOSYS
# FAILED: 2 / 3 tests passed.
# Totals: pass:1 fail:1 xfail:0 xpass:0 skip:1 error:0
"""
NESTED = (
    "TAP version 13\n1..1\n# selftests: drivers/misc/cxl: driver_events\n"
    + "".join(f"# {line}\n" for line in HARNESS.splitlines())
    + "not ok 1 selftests: drivers/misc/cxl: driver_events # exit=1\n"
)


def test_the_harness_says_when_a_case_starts() -> None:
    parser = KtapParser()
    events = [parser.feed(line) for line in HARNESS.splitlines()]
    assert [(t.name, isinstance(t, CaseStart)) for t in events if t] == [
        ("driver.read", True), ("driver.read", False),
        ("driver.poll", True), ("driver.poll", False),
        ("driver.fault", True), ("driver.fault", False),
    ]  # fmt: skip


def test_a_case_that_the_harness_of_6_1_skips_has_no_name_but_that_it_started_with() -> None:
    skipped = parse(HARNESS).tests[2]
    assert (skipped.name, skipped.ok, skipped.directive) == ("driver.fault", True, Directive.SKIP)
    assert skipped.reason == "userfaultfd: ENOSYS"


def test_cases_of_the_harness_are_told_where_kselftest_prefixes_them_too() -> None:
    parser = KtapParser()
    events = [parser.feed(line) for line in NESTED.splitlines()]
    names = [event.name for event in events if isinstance(event, CaseStart)]
    assert names == ["driver.read", "driver.poll", "driver.fault"]
    ended = [event.name for event in events if isinstance(event, TestCase)]
    assert ended == [*names, "selftests: drivers/misc/cxl: driver_events"]
    (program,) = parser.finish().tests
    assert [test.name for test in program.subtests] == names


def test_programs_one_after_the_other_are_planned_together() -> None:
    first = HARNESS.replace("driver.", "size.").replace("1..3", "1..4")
    suite = parse(first + HARNESS)
    assert suite.planned == 7
    assert len(suite.tests) == 7
    assert [test.ok for test in suite.tests].count(None) == 1


def test_a_start_behind_noise_is_a_start() -> None:
    parser = KtapParser()
    parser.feed("TAP version 13")
    assert parser.feed("cxl afu0.0: noise#  RUN           driver.read ...") == CaseStart(
        "driver.read"
    )


# --- properties ---------------------------------------------------------------------------------

# A loaded machine is no reason to fail.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
NAMES = st.from_regex(r"[a-z]{4,9}\.[a-z_]{3,20}", fullmatch=True)
# What a kernel may say: nothing that has the form of KTAP (foreign KTAP is not noise).
NOISE = st.from_regex(r"[A-Za-z ]{0,12}: [a-z0-9 ,\[\]()+/x<>!-]{0,50}", fullmatch=True).filter(
    lambda text: " ok " not in text and ".." not in text and "TAP version" not in text
)


@dataclass(frozen=True)
class Case:
    name: str
    ok: bool
    observed: str


CASES = st.lists(
    st.builds(Case, NAMES, st.booleans(), st.sampled_from(["EIO", "read returned 0", "POLLIN"])),
    min_size=1, max_size=6, unique_by=lambda case: case.name,
)  # fmt: skip


def ktap_lines(cases: list[Case], *, starts: bool = True) -> list[str]:
    lines = ["KTAP version 1", f"1..{len(cases)}"]
    for number, case in enumerate(cases, 1):
        lines += [f"# start: {case.name}"] if starts else []
        lines += [] if case.ok else [f"# observed: {case.observed}"]
        lines += [f"{'ok' if case.ok else 'not ok'} {number} {case.name}"]
    return lines


@unhurried
@given(st.data(), CASES, st.booleans())
def test_foreign_lines_anywhere_change_nothing(data, cases, starts) -> None:
    lines = ktap_lines(cases, starts=starts)
    wanted = parse_lines(lines)
    noisy = list(lines)
    for _ in range(data.draw(st.integers(1, 8))):
        noisy.insert(data.draw(st.integers(0, len(noisy))), data.draw(NOISE))
    assert parse_lines(noisy) == wanted


@unhurried
@given(st.data(), CASES)
def test_noise_at_the_head_of_any_line_changes_nothing(data, cases) -> None:
    lines = ktap_lines(cases)
    noisy = [data.draw(st.one_of(st.just(""), NOISE)) + line for line in lines]
    assert parse_lines(noisy) == parse_lines(lines)


@unhurried
@given(st.data(), CASES)
def test_a_cut_loses_no_test_and_invents_no_result(data, cases) -> None:
    lines = ktap_lines(cases)
    cut = data.draw(st.integers(2, len(lines)))
    tests = parse_lines(lines[:cut]).tests
    assert len(tests) == len(cases)
    for test, case in zip(tests, cases, strict=True):
        reported = any(line.endswith(f" {test.number} {case.name}") for line in lines[2:cut])
        assert test.ok is (case.ok if reported else None)


@unhurried
@given(st.data(), CASES, NOISE)
def test_tearing_a_result_never_makes_it_another_result(data, cases, noise) -> None:
    lines = ktap_lines(cases)
    results = [i for i, line in enumerate(lines) if line.startswith(("ok", "not ok"))]
    at = data.draw(st.sampled_from(results))
    first = data.draw(st.integers(16, max(16, len(lines[at]))))
    head, rest = lines[at][:first], lines[at][first:]
    torn = [*lines[:at], head + noise, rest, *lines[at + 1 :]]
    for test, case in zip(parse_lines(torn).tests, cases, strict=True):
        assert test.ok in (case.ok, None)


@unhurried
@given(st.lists(st.one_of(
    st.text(max_size=40),
    st.from_regex(r"(# |  )*(not )?ok [0-9]{0,6}( - )?[a-z#\\ ]*", fullmatch=True),
    st.from_regex(r"(# |  )*(KTAP version 1|1\.\.[0-9]{1,3})", fullmatch=True),
    st.from_regex(r"(# |  )*(# start: [a-z]*|Bail out! x)", fullmatch=True),
), max_size=25))  # fmt: skip
def test_no_input_breaks_the_parser_or_makes_it_lose_a_planned_test(lines) -> None:
    suite = parse_lines(["KTAP version 1", *lines])
    if suite.planned is not None:
        numbers = [test.number for test in suite.tests]
        assert set(range(1, suite.planned + 1)) <= set(numbers)
