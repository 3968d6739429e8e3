# SPDX-License-Identifier: GPL-2.0-only
"""Test results out of console lines: KTAP 1, TAP 13 and 14, as the kernel's tests write them.

Sources: Documentation/dev-tools/ktap.rst, https://testanything.org/tap-version-14-specification.html,
tools/testing/selftests/kselftest.h (whose nested results come prefixed with `# `).

A console is not a file: the kernel's own messages come in between, and sometimes on the same
line. What is not KTAP is ignored, but nothing that was announced gets lost: a test of the plan,
or one that started, without a result is a `Test` whose `ok` is None.

The kernel's kselftest_harness.h writes `#  RUN   NAME ...` before each case, afugen's /init
`# start: NAME`. With that, a result is found
behind console noise on its line, or with noise in its name, and one that cannot be made out is
known to be lost: it is never taken for a good one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Directive(StrEnum):
    """What may follow a result's ` # `; written in any case."""

    SKIP = "SKIP"
    TODO = "TODO"
    XFAIL = "XFAIL"
    TIMEOUT = "TIMEOUT"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class Test:
    """One test; `ok` is None if it has no result that can be trusted, `reason` then says why.

    `started` tells a test that began and never ended from one that never began. `diagnostics`
    are the `# ` lines that came before the result, in order, without the `# `.
    """

    __test__ = False  # for pytest: this is not a test class

    number: int
    name: str
    ok: bool | None
    directive: Directive | None = None
    reason: str = ""
    diagnostics: tuple[str, ...] = ()
    subtests: tuple[Test, ...] = ()
    started: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """A line that says so: the case that what follows belongs to."""

    name: str


@dataclass(frozen=True, slots=True)
class Suite:
    """A console's results. `seen`: there was a version line, without which nothing counts.

    `planned` is None without a plan; `diagnostics` are those that belong to no test.
    """

    seen: bool
    planned: int | None
    tests: tuple[Test, ...]
    diagnostics: tuple[str, ...] = ()
    bail_out: str | None = None
    skip_all: str | None = None


# What a console puts before a line: level, seconds since boot, thread or CPU.
_STAMP = re.compile(r"^(?:<\d+>)?\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?")
_INDENT = r"^(?P<indent>(?:\t|  |# )*)"
_VERSION = re.compile(_INDENT + r"K?TAP version \d+\s*$")
_NOISY_VERSION = re.compile(r"KTAP version 1")
_PLAN = re.compile(_INDENT + r"1\.\.(?P<count>\d{1,5})(?:\s+#\s*skip\b\s*(?P<skip>.*))?\s*$", re.I)
_NOISY_PLAN = re.compile(r"1\.\.(?P<count>\d{1,5})\s*$")
_RESULT = re.compile(_INDENT + r"(?P<ok>ok|not ok)\s+(?P<number>\d{1,5})(?P<rest>(?:\s.*)?)$")
_BAIL_OUT = re.compile(_INDENT + r"Bail out!\s*(?P<why>.*)$")
_DIAGNOSTIC = re.compile(r"^(?P<indent>(?:\t|  )*(?:# )*)#(?: (?P<text>.*)|$)")
_RUN = r" RUN {11}(?P<name>\S+) \.\.\."
_START = re.compile(rf"start: (?P<case>.*\S)|{_RUN}")
_OURS = re.compile(rf"(?P<indent>(?:# )*)# (?P<text>[a-z][a-z_-]*: .*|{_RUN})$")
_REST = re.compile(r"^(?:\s*-(?=\s))?(?P<name>.*?)(?:(?:^|\s)#\s*(?P<after>.*))?$")
_WORD = re.compile(r"^(?P<word>skip|todo|xfail|timeout|error)(?![a-z])\S*\s*(?P<reason>.*)$", re.I)
# The kernel's hvc consoles write 16 bytes at a time (N_OUTBUF in drivers/tty/hvc/hvc_console.c),
# other processors' in between. That is whole: `not ok`, the number, so much of the name.
_INTACT = 4


@dataclass(slots=True)
class _Group:
    """The results of one nesting level, until the result that owns them comes."""

    planned: int | None = None
    skip_all: str | None = None
    tests: list[Test] = field(default_factory=list)
    earlier: list[Test] = field(default_factory=list)
    planned_earlier: int | None = None
    diagnostics: list[str] = field(default_factory=list)
    open: str | None = None

    def next_number(self) -> int:
        return self.tests[-1].number + 1 if self.tests else 1

    def add(self, test: Test) -> Test:
        """Append a test; the diagnostics so far and what was open are its own."""
        test = replace(test, diagnostics=tuple(self.diagnostics), started=self.open is not None)
        self.tests.append(test)
        self.diagnostics, self.open = [], None
        return test

    def close_open(self, below: tuple[Test, ...] = ()) -> None:
        """What started, or has subtests, and never reported becomes a test without a result."""
        if self.open is not None or below:
            name, why = self.open or "(no result)", "it started and never reported"
            self.add(Test(self.next_number(), name, None, reason=why, subtests=below))

    def restart(self) -> None:
        """A second version line: what came before it is complete as it is."""
        self.earlier, self.tests = self.all(), []
        self.planned_earlier, self.planned = self.planned_in_all(), None

    def planned_in_all(self) -> int | None:
        """How many tests were planned, also before a second version line."""
        plans = [plan for plan in (self.planned_earlier, self.planned) if plan is not None]
        return sum(plans) if plans else None

    def all(self) -> list[Test]:
        """Every test, also those that are in the plan and never came."""
        return [*self.earlier, *_against_plan(self.tests, self.planned)]


def _against_plan(tests: list[Test], planned: int | None) -> list[Test]:
    """The tests in the plan's order, gaps filled; twice or beyond the plan is a failure."""
    seen: set[int] = set()
    judged = []
    for test in tests:
        wrong = f"number {test.number} came twice" if test.number in seen else ""
        if planned is not None and not 1 <= test.number <= planned:
            wrong = f"number {test.number} is not in the plan 1..{planned}"
        judged.append(replace(test, ok=False, directive=None, reason=wrong) if wrong else test)
        seen.add(test.number)
    missing = [
        Test(number, f"#{number}", None, reason="in the plan, and never reported")
        for number in range(1, (planned or 0) + 1)
        if number not in seen
    ]
    return sorted([*judged, *missing], key=lambda test: test.number)


class Parser:
    """Takes lines one at a time; `finish` when all have come. `seen`: it has begun."""

    def __init__(self) -> None:
        self._groups: dict[int, _Group] = {}
        self._loose: list[str] = []
        self._bail_out: str | None = None
        self.seen = False

    def feed(self, line: str) -> Started | Test | None:
        """What the line says about a test of the top level, or one that says that it starts."""
        line = _STAMP.sub("", line.rstrip())
        if match := _VERSION.match(line):
            self._version(_depth(match))
        elif not self.seen and _NOISY_VERSION.search(line):
            self._version(0)
        elif not self.seen or self._bail_out is not None:
            pass
        elif match := _PLAN.match(line):
            self._plan(_depth(match), int(match["count"]), match["skip"])
        elif match := _BAIL_OUT.match(line):
            self._bail_out = match["why"]
        elif match := _RESULT.match(line):
            return self._result(_depth(match), match)
        elif found := self._result_behind_noise(line):
            return self._result(*found)
        elif match := _DIAGNOSTIC.match(line):
            return self._diagnostic(_depth(match), match["text"] or "")
        elif match := _OURS.search(line):
            return self._diagnostic(_depth(match), match["text"])
        elif (match := _NOISY_PLAN.search(line)) and not self._group(0).tests:
            self._plan(0, int(match["count"]), None)
        return None

    def finish(self) -> Suite:
        """Everything the lines said, and what they announced and never said."""
        top, (below, left_over) = self._group(0), self._fold(0)
        top.diagnostics.extend(left_over)
        top.close_open(below)
        return Suite(
            seen=self.seen,
            planned=top.planned_in_all(),
            tests=tuple(top.all()),
            diagnostics=(*self._loose, *top.diagnostics),
            bail_out=self._bail_out,
            skip_all=top.skip_all,
        )

    def _group(self, indent: int) -> _Group:
        return self._groups.setdefault(indent, _Group())

    def _version(self, indent: int) -> None:
        self.seen = True
        if indent in self._groups:
            self._close_level(indent)
            self._groups[indent].restart()

    def _plan(self, indent: int, count: int, skip: str | None) -> None:
        group = self._group(indent)
        if group.planned is None:
            group.planned, group.skip_all = count, skip

    def _diagnostic(self, indent: int, text: str) -> Started | None:
        group = self._group(indent)
        if (start := _START.fullmatch(text)) is None:
            group.diagnostics.append(text)
            return None
        self._close_level(indent)
        self._loose.extend(group.diagnostics)
        group.diagnostics = []
        group.open = start["case"] or start["name"]
        return Started(group.open)

    def _close_level(self, indent: int) -> None:
        below, left_over = self._fold(indent)
        self._groups[indent].diagnostics.extend(left_over)
        self._groups[indent].close_open(below)

    def _result(self, indent: int, match: re.Match[str]) -> Test | None:
        group, number = self._group(indent), int(match["number"])
        said, directive, reason = _describe(match["rest"])
        ok: bool | None = match["ok"] == "ok"
        name = _case(group.open, said, is_skipped=directive is Directive.SKIP)
        if name is None:
            if number != group.next_number():
                return None
            name, ok, directive = group.open or "", None, None
            reason = f"its result line is damaged: {match.string.strip()}"
        below, left_over = self._fold(indent)
        group.diagnostics.extend(left_over)
        test = group.add(Test(number, name or f"#{number}", ok, directive, reason, subtests=below))
        return test if indent == 0 or test.started else None

    def _result_behind_noise(self, line: str) -> tuple[int, re.Match[str]] | None:
        """The result of a case that started, somewhere in the line, and its level."""
        for indent, group in self._groups.items():
            if group.open is not None:
                number, name = group.next_number(), re.escape(group.open[:_INTACT])
                match = re.search(
                    rf"(?P<ok>not ok|ok) (?P<number>{number})(?P<rest> {name}.*)$", line
                )
                if match:
                    return indent, match
        return None

    def _fold(self, indent: int) -> tuple[tuple[Test, ...], list[str]]:
        """Take what is nested deeper: its tests, and diagnostics that belong to none of them."""
        tests: tuple[Test, ...] = ()
        diagnostics: list[str] = []
        for depth in sorted((d for d in self._groups if d > indent), reverse=True):
            group = self._groups.pop(depth)
            group.close_open(tests)
            tests = tuple(group.all())
            diagnostics = [*group.diagnostics, *diagnostics]
        return tests, diagnostics


def parse(lines: Iterable[str]) -> Suite:
    """All of a console's lines at once."""
    parser = Parser()
    for line in lines:
        parser.feed(line)
    return parser.finish()


def _depth(match: re.Match[str]) -> int:
    """How deep a line is nested, in columns; a tab, two spaces and `# ` are one step each."""
    return len(match["indent"].replace("\t", "  "))


def _case(started: str | None, said: str, *, is_skipped: bool) -> str | None:
    """The name of a case by its start and by its result, either damaged; None: they disagree.

    A name of ours is one word; behind noise it is more. What begins a line of ours is whole. The
    harness of 6.1 gives a case that it skips no name.
    """
    if started in (None, said) or (" " in str(started) and " " not in said):
        return said
    if not said and is_skipped:
        return started
    return started if " " in said and said.startswith(str(started)[:_INTACT]) else None


def _describe(rest: str) -> tuple[str, Directive | None, str]:
    """Name, directive and reason of what follows a result's number."""
    match = _REST.match(rest)
    assert match is not None
    after = (match["after"] or "").strip()
    word = _WORD.match(after)
    if word is None:
        return match["name"].strip(), None, after
    return match["name"].strip(), Directive(word["word"].upper()), word["reason"].strip()
