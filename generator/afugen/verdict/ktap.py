# SPDX-License-Identifier: GPL-2.0-only
"""A parser of KTAP 1, TAP 13 and TAP 14 in console lines, as the kernel's tests write them.

Sources: Documentation/dev-tools/ktap.rst, tools/testing/selftests/kselftest.h (kselftest prefixes
nested results with `# `), https://testanything.org/tap-version-14-specification.html.

Kernel messages appear between KTAP lines, and sometimes on the same line. Lines that are not KTAP
are ignored. A test case that is in the plan or has started, but has no result, is a `TestCase`
whose `ok` is None.

kselftest_harness.h writes `#  RUN   NAME ...` before each test case, afugen's /init writes
`# start: NAME`. After such a line the parser finds a result that other output precedes on its
line or interrupts within its name; a result line that is damaged further has `ok` None, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from afugen.verdict.console import strip_timestamp


class Directive(StrEnum):
    """The words that may follow ` # ` in a result line, in upper or lower case."""

    SKIP = "SKIP"
    TODO = "TODO"
    XFAIL = "XFAIL"
    TIMEOUT = "TIMEOUT"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class TestCase:
    """A test case, or a group of test cases with its own result line.

    `ok` is None without a reliable result, and `reason` is why. `has_started` is True if a line
    announced its start. `diagnostics` are the lines that start with `# ` before the result, in
    order, without the `# `.
    """

    __test__ = False  # for pytest: this is not a test class

    number: int
    name: str
    ok: bool | None
    directive: Directive | None = None
    reason: str = ""
    diagnostics: tuple[str, ...] = ()
    subtests: tuple[TestCase, ...] = ()
    has_started: bool = False

    def walk(self) -> Iterator[TestCase]:
        """Yield the test case itself, then all test cases below it, depth first."""
        yield self
        for subtest in self.subtests:
            yield from subtest.walk()


@dataclass(frozen=True, slots=True)
class CaseStart:
    """A line that announces the start of a test case."""

    name: str


@dataclass(frozen=True, slots=True)
class KtapOutput:
    """The KTAP of a console; lines before its first version line are ignored.

    `planned` is None without a test plan; `diagnostics` are those that belong to no test case.
    """

    has_version_line: bool
    planned: int | None
    tests: tuple[TestCase, ...]
    diagnostics: tuple[str, ...] = ()
    bail_out: str | None = None
    skip_all: str | None = None


_INDENT = r"^(?P<indent>(?:\t|  |# )*)"
_VERSION = re.compile(_INDENT + r"K?TAP version \d+\s*$")
_VERSION_ANYWHERE = re.compile(r"KTAP version 1")
_PLAN = re.compile(_INDENT + r"1\.\.(?P<count>\d{1,5})(?:\s+#\s*skip\b\s*(?P<skip>.*))?\s*$", re.I)
_PLAN_AT_END = re.compile(r"1\.\.(?P<count>\d{1,5})\s*$")
_RESULT = re.compile(_INDENT + r"(?P<ok>ok|not ok)\s+(?P<number>\d{1,5})(?P<rest>(?:\s.*)?)$")
_BAIL_OUT = re.compile(_INDENT + r"Bail out!\s*(?P<why>.*)$")
_DIAGNOSTIC = re.compile(r"^(?P<indent>(?:\t|  )*(?:# )*)#(?: (?P<text>.*)|$)")
_RUN = r" RUN {11}(?P<name>\S+) \.\.\."
_START = re.compile(rf"start: (?P<case>.*\S)|{_RUN}")
_DIAGNOSTIC_AT_END = re.compile(rf"(?P<indent>(?:# )*)# (?P<text>[a-z][a-z_-]*: .*|{_RUN})$")
_DESCRIPTION = re.compile(r"^(?:\s*-(?=\s))?(?P<name>.*?)(?:(?:^|\s)#\s*(?P<after>.*))?$")
_DIRECTIVE = re.compile(
    r"^(?P<word>skip|todo|xfail|timeout|error)(?![a-z])\S*\s*(?P<reason>.*)$", re.I
)
# The kernel's hvc consoles write 16 bytes at a time (N_OUTBUF in drivers/tty/hvc/hvc_console.c);
# other processors write between them. The first 16 bytes of a line are therefore whole: they hold
# `not ok`, the number, and this many characters of the name.
_WHOLE_PREFIX = 4


@dataclass(slots=True)
class _Level:
    """The test cases of one nesting level, until the result line of their parent."""

    planned: int | None = None
    skip_all: str | None = None
    tests: list[TestCase] = field(default_factory=list)
    earlier_tests: list[TestCase] = field(default_factory=list)
    earlier_planned: int | None = None
    diagnostics: list[str] = field(default_factory=list)
    running: str | None = None

    def next_number(self) -> int:
        return self.tests[-1].number + 1 if self.tests else 1

    def add(self, test: TestCase) -> TestCase:
        """Append a test case, which receives the diagnostics so far, and return it."""
        has_started = self.running is not None
        test = replace(test, diagnostics=tuple(self.diagnostics), has_started=has_started)
        self.tests.append(test)
        self.diagnostics, self.running = [], None
        return test

    def end_running(self, subtests: tuple[TestCase, ...] = ()) -> None:
        """Add a test case without a result for one that has started or has subtests."""
        if self.running is not None or subtests:
            name, reason = self.running or "(no result)", "it started and never reported"
            self.add(TestCase(self.next_number(), name, None, reason=reason, subtests=subtests))

    def restart(self) -> None:
        """Complete the test cases before a second version line."""
        self.earlier_tests, self.tests = self.all_tests(), []
        self.earlier_planned, self.planned = self.all_planned(), None

    def all_planned(self) -> int | None:
        """Return the number of planned tests, also of those before a second version line."""
        plans = [plan for plan in (self.earlier_planned, self.planned) if plan is not None]
        return sum(plans) if plans else None

    def all_tests(self) -> list[TestCase]:
        """Return all test cases, also the planned ones that have no result line."""
        return [*self.earlier_tests, *_match_plan(self.tests, self.planned)]


def _match_plan(tests: list[TestCase], planned: int | None) -> list[TestCase]:
    """Return the test cases by number, with one added for each missing number of the plan.

    A repeated number and a number that is not in the plan are failures.
    """
    seen: set[int] = set()
    matched = []
    for test in tests:
        wrong = f"number {test.number} came twice" if test.number in seen else ""
        if planned is not None and not 1 <= test.number <= planned:
            wrong = f"number {test.number} is not in the plan 1..{planned}"
        matched.append(replace(test, ok=False, directive=None, reason=wrong) if wrong else test)
        seen.add(test.number)
    missing = [
        TestCase(number, f"#{number}", None, reason="in the plan, and never reported")
        for number in range(1, (planned or 0) + 1)
        if number not in seen
    ]
    return sorted([*matched, *missing], key=lambda test: test.number)


class KtapParser:
    """A parser that receives console lines in order."""

    def __init__(self) -> None:
        self._levels: dict[int, _Level] = {}
        self._unowned_diagnostics: list[str] = []
        self._bail_out: str | None = None
        self.has_version_line = False

    def feed(self, line: str) -> CaseStart | TestCase | None:
        """Parse one line; return the test case that it starts or, at the top level, ends."""
        line = strip_timestamp(line.rstrip())
        if match := _VERSION.match(line):
            self._version(_depth(match))
        elif not self.has_version_line and _VERSION_ANYWHERE.search(line):
            self._version(0)
        elif not self.has_version_line or self._bail_out is not None:
            pass
        elif match := _PLAN.match(line):
            self._plan(_depth(match), int(match["count"]), match["skip"])
        elif match := _BAIL_OUT.match(line):
            self._bail_out = match["why"]
        elif match := _RESULT.match(line):
            return self._result(_depth(match), match)
        elif found := self._running_result(line):
            return self._result(*found)
        elif match := _DIAGNOSTIC.match(line):
            return self._diagnostic(_depth(match), match["text"] or "")
        elif match := _DIAGNOSTIC_AT_END.search(line):
            return self._diagnostic(_depth(match), match["text"])
        elif (match := _PLAN_AT_END.search(line)) and not self._level(0).tests:
            self._plan(0, int(match["count"]), None)
        return None

    def finish(self) -> KtapOutput:
        """Return all test cases, once the last line was fed."""
        top = self._level(0)
        self._end_running(0)
        return KtapOutput(
            has_version_line=self.has_version_line,
            planned=top.all_planned(),
            tests=tuple(top.all_tests()),
            diagnostics=(*self._unowned_diagnostics, *top.diagnostics),
            bail_out=self._bail_out,
            skip_all=top.skip_all,
        )

    def _level(self, depth: int) -> _Level:
        return self._levels.setdefault(depth, _Level())

    def _version(self, depth: int) -> None:
        self.has_version_line = True
        if depth in self._levels:
            self._end_running(depth)
            self._levels[depth].restart()

    def _plan(self, depth: int, count: int, skip: str | None) -> None:
        level = self._level(depth)
        if level.planned is None:
            level.planned, level.skip_all = count, skip

    def _diagnostic(self, depth: int, text: str) -> CaseStart | None:
        level = self._level(depth)
        if (start := _START.fullmatch(text)) is None:
            level.diagnostics.append(text)
            return None
        self._end_running(depth)
        self._unowned_diagnostics.extend(level.diagnostics)
        level.diagnostics = []
        level.running = start["case"] or start["name"]
        return CaseStart(level.running)

    def _end_running(self, depth: int) -> None:
        level = self._levels[depth]
        subtests = self._take_subtests(depth)
        level.end_running(subtests)

    def _result(self, depth: int, match: re.Match[str]) -> TestCase | None:
        level, number = self._level(depth), int(match["number"])
        reported, directive, reason = _parse_description(match["rest"])
        ok: bool | None = match["ok"] == "ok"
        name = _case_name(level.running, reported, is_skipped=directive is Directive.SKIP)
        if name is None:
            if number != level.next_number():
                return None
            name, ok, directive = level.running or "", None, None
            reason = f"its result line is damaged: {match.string.strip()}"
        name = name or f"#{number}"
        subtests = self._take_subtests(depth)
        test = level.add(TestCase(number, name, ok, directive, reason, subtests=subtests))
        return test if depth == 0 or test.has_started else None

    def _running_result(self, line: str) -> tuple[int, re.Match[str]] | None:
        """Return the depth and the result of a running test case anywhere in the line."""
        for depth, level in self._levels.items():
            if level.running is not None:
                number, name = level.next_number(), re.escape(level.running[:_WHOLE_PREFIX])
                match = re.search(
                    rf"(?P<ok>not ok|ok) (?P<number>{number})(?P<rest> {name}.*)$", line
                )
                if match:
                    return depth, match
        return None

    def _take_subtests(self, depth: int) -> tuple[TestCase, ...]:
        """Remove all deeper levels and return their test cases.

        Diagnostics that belong to none of these test cases move to the level at `depth`.
        """
        tests: tuple[TestCase, ...] = ()
        diagnostics: list[str] = []
        for deeper in sorted((d for d in self._levels if d > depth), reverse=True):
            level = self._levels.pop(deeper)
            level.end_running(tests)
            tests = tuple(level.all_tests())
            diagnostics = [*level.diagnostics, *diagnostics]
        self._levels[depth].diagnostics.extend(diagnostics)
        return tests


def _depth(match: re.Match[str]) -> int:
    """Return the indentation in columns; a tab, two spaces and `# ` are two columns each."""
    return len(match["indent"].replace("\t", "  "))


def _case_name(started: str | None, reported: str, *, is_skipped: bool) -> str | None:
    """Return the name of a test case, or None if its start and its result line disagree.

    `started` is the name in the start line, `reported` the name in the result line; other output
    may have damaged either, which shows as a space, because names are one word. The harness of
    Linux 6.1 omits the name of a skipped test case in the result line.
    """
    if started in (None, reported) or (" " in str(started) and " " not in reported):
        return reported
    if not reported and is_skipped:
        return started
    is_interrupted = " " in reported and reported.startswith(str(started)[:_WHOLE_PREFIX])
    return started if is_interrupted else None


def _parse_description(rest: str) -> tuple[str, Directive | None, str]:
    """Return the name, directive and reason that follow the number of a result line."""
    match = _DESCRIPTION.match(rest)
    assert match is not None
    name, after = match["name"].strip(), (match["after"] or "").strip()
    directive = _DIRECTIVE.match(after)
    if directive is None:
        return name, None, after
    return name, Directive(directive["word"].upper()), directive["reason"].strip()
