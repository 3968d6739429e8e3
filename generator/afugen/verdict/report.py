# SPDX-License-Identifier: GPL-2.0-only
"""A verdict for people and for machines: terminal, JSON, JUnit. Nothing here prints.

JSON, one object; keys are only ever added::

    {"format": 1,
     "outcome": "xfail",                   one of afugen.verdict.results.Outcome
     "reason": "...",                      why, in one line; "" for a pass
     "exit_code": 0,                       of the process: 0, 1 or 3
     "machine": "powernv9" | null,
     "tests": [{"name": "wakeup.read", "outcome": "xfail", "reason": "...",
                "observed": ["..."],       in the test's own words, when it did not say ok
                "warnings": ["..."],       of the kernel, while the test ran
                "seconds": 1.0 | null}],
     "stages": [{"name": "build", "seconds": 6.5}],
     "boot_warnings": ["..."],             of the kernel, outside of tests
     "last_lines": ["..."],                of the console or compiler, when not all is well
     "log": "/path/of/the/log" | null}

JUnit, as pytest writes it, which is what CI systems show best: pass is a plain test case; skip
and xfail are `<skipped type="xfail" message="...">`, so that an expected failure is neither
red nor hidden; what went wrong with a test is a `<failure>` whose type is the outcome; what kept
the tests from running (no-boot, build-fail, infra) is an `<error>` of a test case named "run".
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from afugen.verdict.console import clean
from afugen.verdict.results import GOOD, Outcome, TestResult, Verdict, exit_code

FORMAT = 1
WIDTH = 100
_STYLES = {
    Outcome.PASS: "green",
    Outcome.XFAIL: "yellow",
    Outcome.SKIP: "cyan",
    Outcome.XPASS: "magenta",
    Outcome.WARN: "magenta",
}
_OUTCOME = max(map(len, Outcome)) + 2
_NOT_RUN = (Outcome.NO_BOOT, Outcome.BUILD_FAIL, Outcome.INFRA)


def to_json(verdict: Verdict) -> str:
    """The JSON of this module's docstring, indented, with a final newline."""
    value = {
        "format": FORMAT,
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "exit_code": exit_code(verdict.outcome),
        "machine": verdict.machine,
        "tests": [
            {
                "name": test.name,
                "outcome": test.outcome,
                "reason": test.reason,
                "observed": list(test.observed),
                "warnings": list(test.warnings),
                "seconds": test.seconds,
            }
            for test in verdict.tests
        ],
        "stages": [{"name": stage.name, "seconds": stage.seconds} for stage in verdict.stages],
        "boot_warnings": list(verdict.boot_warnings),
        "last_lines": list(verdict.last_lines),
        "log": None if verdict.log is None else str(verdict.log),
    }
    return json.dumps(value, indent=2) + "\n"


def to_junit(verdict: Verdict, suite: str = "afugen") -> str:
    """JUnit XML; a bad outcome that no test carries becomes a test case named "run"."""
    element = TestSuite(suite)
    # The schema wants properties first.
    if verdict.machine is not None:
        element.add_property("machine", verdict.machine)
    for stage in verdict.stages:
        element.add_property(f"seconds.{stage.name}", f"{stage.seconds:.3f}")
    for test in verdict.tests:
        element.add_testcase(_junit_case(suite, test))
    if verdict.outcome not in {test.outcome for test in verdict.tests}:
        run = TestResult("run", verdict.outcome, verdict.reason)
        case = _junit_case(suite, run)
        case.system_out = "\n".join(map(clean, verdict.last_lines))
        element.add_testcase(case)
    xml = JUnitXml()
    xml.add_testsuite(element)
    text: str = xml.tostring().decode()  # type: ignore[no-untyped-call]
    return text


def _junit_case(suite: str, test: TestResult) -> TestCase:
    group, _, name = test.name.rpartition(".")
    case = TestCase(name, classname=f"{suite}.{group}" if group else suite, time=test.seconds)
    reason, kind = clean(test.reason), str(test.outcome)
    if test.outcome in (Outcome.SKIP, Outcome.XFAIL):
        case.result = [Skipped(reason, kind)]
    elif test.outcome in _NOT_RUN:
        case.result = [Error(reason, kind)]
    elif test.outcome is not Outcome.PASS:
        failure = Failure(reason, kind)
        said = (*test.observed, *(f"kernel: {text}" for text in test.warnings))
        failure.text = "\n".join(map(clean, said))
        case.result = [failure]
    return case


def summary(verdict: Verdict) -> RenderableType:
    """What the terminal shows of a verdict: tests, stages, the console's last lines, one line."""
    parts: list[RenderableType] = []
    if verdict.tests:
        parts += _listing(verdict.tests)
    parts += [_text(f"kernel, outside of tests: {text}") for text in verdict.boot_warnings]
    if verdict.last_lines:
        parts += [Text(), Text(f"the {_speaker(verdict)}:", style="bold")]
        parts += [Padding(_text(line), (0, 0, 0, 4)) for line in verdict.last_lines]
    parts.append(Text())
    if verdict.stages:
        parts.append(Text(stages_line(verdict)))
    if verdict.log is not None:
        parts.append(_text(f"log: {verdict.log}"))
    parts.append(_text(one_line(verdict), f"bold {_style(verdict.outcome)}"))
    return Group(*parts)


def to_text(verdict: Verdict, *, width: int = WIDTH, color: bool = False) -> str:
    """`summary` as text: what a terminal of that width gets, or a file without colour."""
    console = Console(file=io.StringIO(), width=width, force_terminal=color, no_color=not color)
    with console.capture() as capture:
        console.print(summary(verdict))
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def one_line(verdict: Verdict) -> str:
    """The verdict in one line, for the end of everything."""
    counts = Counter(test.outcome for test in verdict.tests)
    tests = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome])
    machine = f" on {verdict.machine}" if verdict.machine else ""
    counted = f" ({tests}{machine})" if tests else machine
    return f"{verdict.outcome}{': ' if verdict.reason else ''}{verdict.reason}{counted}"


def stages_line(verdict: Verdict) -> str:
    """The stages with their seconds, and the sum."""
    parts = ", ".join(f"{stage.name} {stage.seconds:.1f}" for stage in verdict.stages)
    return f"seconds: {parts}; in all {sum(stage.seconds for stage in verdict.stages):.1f}"


def _speaker(verdict: Verdict) -> str:
    return "compiler" if verdict.outcome is Outcome.BUILD_FAIL else "console"


def _listing(tests: Sequence[TestResult]) -> Iterator[RenderableType]:
    """A line for each test; below it, indented, what it did when that was not a pass."""
    rows = list(_rows(tests))
    width = max(len("test"), *(len(name) for name, _ in rows))
    yield Text(f"{'outcome':{_OUTCOME}}{'test':{width}}  seconds", style="bold")
    for name, test in rows:
        seconds = "" if test.seconds is None else f"{test.seconds:.3f}"
        line = _text(f"{test.outcome:{_OUTCOME}}{name:{width}}  {seconds:>7}")
        line.stylize(_style(test.outcome), 0, len(test.outcome))
        yield line
        yield from (Padding(_text(text), (0, 0, 0, _OUTCOME)) for text in _details(test))


def _rows(tests: Sequence[TestResult]) -> Iterator[tuple[str, TestResult]]:
    """Each test with the name to show; a run of tests that never began is one row."""
    group: list[TestResult] = []
    for test in tests:
        if group and not (_never_began(test) and test.reason == group[0].reason):
            yield _group_name(group), group[0]
            group = []
        if _never_began(test):
            group.append(test)
        else:
            yield test.name, test
    if group:
        yield _group_name(group), group[0]


def _never_began(test: TestResult) -> bool:
    return test.name.startswith("#") and test.outcome not in GOOD


def _group_name(group: Sequence[TestResult]) -> str:
    return group[0].name if len(group) == 1 else f"{group[0].name} to {group[-1].name}"


def _details(test: TestResult) -> tuple[str, ...]:
    """Lines that say what a test did: an expected failure's own words come first."""
    warnings = [f"kernel: {text}" for text in test.warnings if text not in test.reason]
    observed = test.observed if test.outcome is Outcome.XFAIL else ()
    reason = (test.reason,) if test.reason else ()
    return (*observed, *warnings, *reason) if observed else (*reason, *warnings)


def _text(text: str, style: str = "") -> Text:
    """Text that is nothing but text: no markup, no escape sequences; long words are folded."""
    return Text(clean(text), style=style, overflow="fold")


def _style(outcome: Outcome) -> str:
    return _STYLES.get(outcome, "red")
