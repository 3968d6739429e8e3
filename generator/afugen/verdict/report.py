# SPDX-License-Identifier: GPL-2.0-only
"""A verdict as JSON, as JUnit XML and as text for a terminal.

JSON, one object; keys are only ever added::

    {"format": 1,
     "outcome": "xfail",                   one of afugen.verdict.Outcome
     "reason": "...",                      why, in one line; "" for a pass
     "exit_code": 0,                       of the process: 0, 1 or 3
     "machine": "powernv9" | null,
     "tests": [{"name": "wakeup.read", "outcome": "xfail", "reason": "...",
                "observed": ["..."],       by the test case, when it failed
                "warnings": ["..."],       of the kernel, while the test case ran
                "seconds": 1.0 | null}],
     "stages": [{"name": "build", "seconds": 6.5}],
     "boot_warnings": ["..."],             of the kernel, outside of test cases
     "last_lines": ["..."],                of the console or compiler, unless the outcome is good
     "log": "/path/of/the/log" | null}

JUnit as pytest writes it, because CI systems display that best: a pass is a plain test case; a
skip or an xfail is `<skipped type="xfail" message="...">`, so that an expected failure is neither
red nor hidden; a failed test case has a `<failure>` whose type is the outcome; an outcome that
kept the tests from running (no-boot, build-fail, infra) is the `<error>` of a test case "run".
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby

import junitparser
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from afugen.verdict.console import clean_line
from afugen.verdict.results import GOOD, Outcome, TestResult, Verdict, exit_code

_FORMAT = 1
_WIDTH = 100
_STYLES = {
    Outcome.PASS: "green",
    Outcome.XFAIL: "yellow",
    Outcome.SKIP: "cyan",
    Outcome.XPASS: "magenta",
    Outcome.WARN: "magenta",
}
_OUTCOME_WIDTH = max(map(len, Outcome)) + 2
_NOT_RUN = (Outcome.NO_BOOT, Outcome.BUILD_FAIL, Outcome.INFRA)


def to_json(verdict: Verdict) -> str:
    """Return the JSON of this module's docstring, indented, with a final newline."""
    value = {
        "format": _FORMAT,
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "exit_code": exit_code(verdict.outcome),
        "machine": verdict.machine,
        "tests": [asdict(test) for test in verdict.tests],
        "stages": [asdict(stage) for stage in verdict.stages],
        "boot_warnings": verdict.boot_warnings,
        "last_lines": verdict.last_lines,
        "log": None if verdict.log is None else str(verdict.log),
    }
    return json.dumps(value, indent=2) + "\n"


def to_junit(verdict: Verdict, suite: str = "afugen") -> str:
    """Return JUnit XML; an outcome that no test has becomes a test case named "run"."""
    element = junitparser.TestSuite(suite)
    # The schema wants properties first.
    if verdict.machine is not None:
        element.add_property("machine", verdict.machine)
    for stage in verdict.stages:
        element.add_property(f"seconds.{stage.name}", f"{stage.seconds:.3f}")
    for test in verdict.tests:
        element.add_testcase(_junit_case(suite, test))
    if verdict.outcome not in {test.outcome for test in verdict.tests}:
        case = _junit_case(suite, TestResult("run", verdict.outcome, verdict.reason))
        case.system_out = "\n".join(map(clean_line, verdict.last_lines))
        element.add_testcase(case)
    xml = junitparser.JUnitXml()
    xml.add_testsuite(element)
    text: str = xml.tostring().decode()  # type: ignore[no-untyped-call]
    return text


def _junit_case(suite: str, test: TestResult) -> junitparser.TestCase:
    group, _, name = test.name.rpartition(".")
    classname = f"{suite}.{group}" if group else suite
    case = junitparser.TestCase(name, classname=classname, time=test.seconds)
    reason, outcome = clean_line(test.reason), str(test.outcome)
    if test.outcome in (Outcome.SKIP, Outcome.XFAIL):
        case.result = [junitparser.Skipped(reason, outcome)]
    elif test.outcome in _NOT_RUN:
        case.result = [junitparser.Error(reason, outcome)]
    elif test.outcome is not Outcome.PASS:
        failure = junitparser.Failure(reason, outcome)
        lines = (*test.observed, *(f"kernel: {text}" for text in test.warnings))
        failure.text = "\n".join(map(clean_line, lines))
        case.result = [failure]
    return case


def to_text(verdict: Verdict, *, width: int = _WIDTH, color: bool = False) -> str:
    """Return the text for a terminal of this width: tests, stages, last lines, one-line summary."""
    console = Console(file=io.StringIO(), width=width, force_terminal=color, no_color=not color)
    with console.capture() as capture:
        console.print(Group(*_parts(verdict)))
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def one_line(verdict: Verdict) -> str:
    """Return outcome, reason and the number of tests with each outcome."""
    counts = Counter(test.outcome for test in verdict.tests)
    tests = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome])
    machine = f" on {verdict.machine}" if verdict.machine else ""
    counted = f" ({tests}{machine})" if tests else machine
    return f"{verdict.outcome}{': ' if verdict.reason else ''}{verdict.reason}{counted}"


def _parts(verdict: Verdict) -> Iterator[RenderableType]:
    if verdict.tests:
        yield from _test_lines(verdict.tests)
    for warning in verdict.boot_warnings:
        yield _text(f"kernel, outside of tests: {warning}")
    if verdict.last_lines:
        source = "compiler" if verdict.outcome is Outcome.BUILD_FAIL else "console"
        yield from (Text(), Text(f"the {source}:", style="bold"))
        yield from (Padding(_text(line), (0, 0, 0, 4)) for line in verdict.last_lines)
    yield Text()
    if verdict.stages:
        parts = ", ".join(f"{stage.name} {stage.seconds:.1f}" for stage in verdict.stages)
        total = sum(stage.seconds for stage in verdict.stages)
        yield Text(f"seconds: {parts}; in all {total:.1f}")
    if verdict.log is not None:
        yield _text(f"log: {verdict.log}")
    yield _text(one_line(verdict), f"bold {_style(verdict.outcome)}")


def _test_lines(tests: Sequence[TestResult]) -> Iterator[RenderableType]:
    """Yield a line for each test and, indented below it, its observation, warnings and reason."""
    rows = list(_rows(tests))
    width = max(len("test"), *(len(name) for name, _ in rows))
    yield Text(f"{'outcome':{_OUTCOME_WIDTH}}{'test':{width}}  seconds", style="bold")
    for name, test in rows:
        seconds = "" if test.seconds is None else f"{test.seconds:.3f}"
        line = _text(f"{test.outcome:{_OUTCOME_WIDTH}}{name:{width}}  {seconds:>7}")
        line.stylize(_style(test.outcome), 0, len(test.outcome))
        yield line
        yield from (Padding(_text(text), (0, 0, 0, _OUTCOME_WIDTH)) for text in _details(test))


def _rows(tests: Sequence[TestResult]) -> Iterator[tuple[str, TestResult]]:
    """Yield each test with its name; consecutive tests without a result are one row."""

    def key(numbered: tuple[int, TestResult]) -> int | str:
        number, test = numbered
        has_result = not test.name.startswith("#") or test.outcome in GOOD
        return number if has_result else test.reason

    for _, group in groupby(enumerate(tests), key):
        first, *rest = [test for _, test in group]
        yield f"{first.name} to {rest[-1].name}" if rest else first.name, first


def _details(test: TestResult) -> tuple[str, ...]:
    """Return warnings and reason of a test; for an expected failure, the observation first."""
    warnings = [f"kernel: {text}" for text in test.warnings if text not in test.reason]
    observed = test.observed if test.outcome is Outcome.XFAIL else ()
    reason = (test.reason,) if test.reason else ()
    return (*observed, *warnings, *reason) if observed else (*reason, *warnings)


def _text(text: str, style: str = "") -> Text:
    """Return text without markup and escape sequences; long words are folded."""
    return Text(clean_line(text), style=style, overflow="fold")


def _style(outcome: Outcome) -> str:
    return _STYLES.get(outcome, "red")
