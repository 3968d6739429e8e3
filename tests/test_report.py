# SPDX-License-Identifier: GPL-2.0-only
"""The same verdict for people and for machines."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from afugen.verdict import Outcome, Stage, TestResult, Verdict, parse_log, report

LOGS = Path(__file__).parent / "data" / "boot-logs"

TESTS = (
    TestResult("poll.nothing_pending", Outcome.PASS, seconds=0.002),
    TestResult("poll.card", Outcome.SKIP, "no card"),
    TestResult(
        "size.zero", Outcome.XFAIL, "sizes are trusted", ("read: 0 bytes",), ("WARNING",), 0.1
    ),
    TestResult("size.largest", Outcome.FAIL, "read: 8 bytes; expected EINVAL", ("read: 8 bytes",)),
)
VERDICT = Verdict(
    outcome=Outcome.FAIL,
    reason="size.largest: read: 8 bytes; expected EINVAL",
    tests=TESTS,
    stages=(Stage("build", 6.5), Stage("kernel", 1.25)),
    boot_warnings=("WARNING at setup",),
    last_lines=("# observed: read: 8 bytes", "reboot: Power down"),
    log=Path("/var/log/boot.log"),
    machine="powernv9",
)
NASTY = "\x1b[2J\x07[bold]&<a>\x00"


def junit(verdict: Verdict) -> ET.Element:
    """The one suite of the JUnit report."""
    suites = ET.fromstring(report.to_junit(verdict))
    assert suites.tag == "testsuites"
    (suite,) = suites
    return suite


def stopped(outcome: Outcome) -> Verdict:
    """A verdict that no test carries."""
    return Verdict(outcome, "it is so", last_lines=("the last line",))


# --- JSON -----------------------------------------------------------------------------------------


def test_json_has_the_promised_shape() -> None:
    value = json.loads(report.to_json(VERDICT))
    assert (value["outcome"], value["exit_code"], value["format"]) == ("fail", 1, 1)
    assert value["reason"] == VERDICT.reason
    assert value["tests"][2] == {
        "name": "size.zero",
        "outcome": "xfail",
        "reason": "sizes are trusted",
        "observed": ["read: 0 bytes"],
        "warnings": ["WARNING"],
        "seconds": 0.1,
    }
    assert value["stages"] == [
        {"name": "build", "seconds": 6.5},
        {"name": "kernel", "seconds": 1.25},
    ]
    assert value["last_lines"] == ["# observed: read: 8 bytes", "reboot: Power down"]
    assert value["boot_warnings"] == ["WARNING at setup"]
    assert (value["log"], value["machine"]) == ("/var/log/boot.log", "powernv9")


def test_the_keys_of_the_json_are_those_its_description_names() -> None:
    value = json.loads(report.to_json(VERDICT))
    for key in (*value, *value["tests"][0], *value["stages"][0]):
        assert f'"{key}"' in str(report.__doc__)


def test_json_says_null_for_what_is_not_known() -> None:
    value = json.loads(report.to_json(Verdict(Outcome.INFRA, "no QEMU")))
    assert (value["log"], value["machine"], value["tests"], value["exit_code"]) == (
        None,
        None,
        [],
        3,
    )


# --- JUnit ----------------------------------------------------------------------------------------


def test_junit_counts_what_ci_systems_show() -> None:
    suite = junit(VERDICT)
    counts = {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "4", "failures": "1", "errors": "0", "skipped": "2"}


def test_junit_names_cases_and_gives_an_expected_failure_as_skipped_with_its_reason() -> None:
    cases = junit(VERDICT).findall("testcase")
    assert [(case.get("classname"), case.get("name")) for case in cases] == [
        ("afugen.poll", "nothing_pending"),
        ("afugen.poll", "card"),
        ("afugen.size", "zero"),
        ("afugen.size", "largest"),
    ]
    assert list(cases[0]) == []
    (xfail,) = cases[2]
    assert (xfail.tag, xfail.get("type"), xfail.get("message")) == (
        "skipped",
        "xfail",
        "sizes are trusted",
    )
    (fail,) = cases[3]
    assert (fail.tag, fail.get("type"), fail.text) == ("failure", "fail", "read: 8 bytes")


BAD = set(Outcome) - {Outcome.PASS, Outcome.SKIP, Outcome.XFAIL}


@pytest.mark.parametrize("outcome", sorted(BAD))
def test_junit_is_never_green_when_the_verdict_is_not(outcome: Outcome) -> None:
    wanted = "error" if outcome in ("no-boot", "build-fail", "infra") else "failure"
    (case,) = junit(stopped(outcome)).findall("testcase")
    (problem,) = [child for child in case if child.tag != "system-out"]
    assert (case.get("name"), problem.tag, problem.get("type")) == ("run", wanted, outcome)
    assert problem.get("message") == "it is so"
    assert case.findtext("system-out") == "the last line"


def test_junit_adds_no_case_when_a_test_carries_the_outcome() -> None:
    names = [case.get("name") for case in junit(VERDICT).findall("testcase")]
    assert "run" not in names
    passed = replace(VERDICT, tests=TESTS[:1])
    assert [case.get("name") for case in junit(passed).findall("testcase")][-1] == "run"


def test_junit_has_machine_and_stages_as_properties_before_the_cases() -> None:
    properties, *cases = junit(VERDICT)
    assert {child.get("name"): child.get("value") for child in properties} == {
        "machine": "powernv9",
        "seconds.build": "6.500",
        "seconds.kernel": "1.250",
    }
    assert {case.tag for case in cases} == {"testcase"}


def test_junit_stays_xml_whatever_a_console_says() -> None:
    tests = (TestResult("a.b", Outcome.FAIL, NASTY, (NASTY,), (NASTY,)),)
    (case,) = junit(Verdict(Outcome.FAIL, NASTY, tests)).findall("testcase")
    assert case[0].get("message") == "[bold]&<a>"
    run = junit(Verdict(Outcome.PANIC, NASTY, last_lines=(NASTY,))).find("testcase")
    assert run is not None
    assert run.findtext("system-out") == "[bold]&<a>"


# --- terminal -------------------------------------------------------------------------------------

TEXT = """\
outcome     test                  seconds
pass        poll.nothing_pending    0.002
skip        poll.card
            no card
xfail       size.zero               0.100
            read: 0 bytes
            kernel: WARNING
            sizes are trusted
fail        size.largest
            read: 8 bytes; expected EINVAL
kernel, outside of tests: WARNING at setup

the console:
    # observed: read: 8 bytes
    reboot: Power down

seconds: build 6.5, kernel 1.2; in all 7.8
log: /var/log/boot.log
fail: size.largest: read: 8 bytes; expected EINVAL (1 skip, 1 pass, 1 xfail, 1 fail on powernv9)
"""


def test_the_terminal_shows_tests_console_stages_and_the_verdict_last() -> None:
    assert report.to_text(VERDICT) == TEXT


def test_the_lines_of_a_failed_build_are_the_compilers() -> None:
    text = report.to_text(Verdict(Outcome.BUILD_FAIL, "x", last_lines=("file.c:1: error: y",)))
    assert text == "\nthe compiler:\n    file.c:1: error: y\n\nbuild-fail: x\n"


def test_colour_is_the_only_difference() -> None:
    colourful = report.to_text(VERDICT, color=True)
    assert "\x1b[31mfail" in colourful
    assert "\x1b[32mpass" in colourful
    plain = "".join(part.partition("m")[2] for part in ("m" + colourful).split("\x1b["))
    assert [line.rstrip() for line in plain.splitlines()] == TEXT.splitlines()


@pytest.mark.parametrize("log", sorted(LOGS.glob("*.log")), ids=lambda path: path.stem)
def test_no_line_is_wider_than_the_terminal_and_the_last_one_names_the_outcome(log: Path) -> None:
    verdict = parse_log(log)
    text = report.to_text(verdict, width=100)
    assert max(map(len, text.splitlines())) <= 100
    assert "\x1b" not in text
    assert report.one_line(verdict).startswith(verdict.outcome)
    assert text.replace("\n", " ").rstrip().endswith(report.one_line(verdict)[-40:])


def test_long_words_are_folded_not_cut() -> None:
    word = "x" * 150
    text = report.to_text(Verdict(Outcome.FAIL, word, (TestResult("a", Outcome.FAIL, word),)))
    assert text.replace("\n", "").replace(" ", "").count("x") == 300


def test_nothing_a_console_says_reaches_the_terminal_as_more_than_text() -> None:
    tests = (TestResult(f"a{NASTY}", Outcome.FAIL, NASTY, (), (NASTY,)),)
    text = report.to_text(Verdict(Outcome.FAIL, NASTY, tests, last_lines=(NASTY,)), color=False)
    assert not any(character in text for character in "\x1b\x07\x00")
    assert text.count("[bold]&<a>") >= 4


def test_tests_that_never_began_are_one_line() -> None:
    def never(number: int) -> TestResult:
        return TestResult(f"#{number}", Outcome.FAIL, "in the plan, and never reported")

    tests = (TESTS[0], never(2), never(3), never(4), TESTS[3], never(6), TESTS[3])
    lines = report.to_text(Verdict(Outcome.FAIL, "x", tests)).splitlines()
    assert [line.split()[1:4] for line in lines if line.startswith("fail ")] == [
        ["#2", "to", "#4"],
        ["size.largest"],
        ["#6"],
        ["size.largest"],
    ]


def test_tests_that_fail_alike_keep_a_line_each() -> None:
    tests = tuple(TestResult(name, Outcome.FAIL, "the same") for name in ("a", "b", "#3"))
    lines = report.to_text(Verdict(Outcome.FAIL, "x", tests)).splitlines()
    assert [line.split()[1] for line in lines if line.startswith("fail ")] == ["a", "b", "#3"]


def test_a_pass_is_short() -> None:
    verdict = Verdict(Outcome.PASS, tests=TESTS[:1], machine="powernv9")
    assert report.one_line(verdict) == "pass (1 pass on powernv9)"
    assert report.to_text(verdict).splitlines()[-1] == "pass (1 pass on powernv9)"
