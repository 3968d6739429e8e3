# SPDX-License-Identifier: GPL-2.0-only
"""From a test as it was reported to its result: observation, warnings, what was expected.

What the selftest says of a case, one `# key: value` line each: `observed` and `expected` when it
fails, `warning` for each complaint of the kernel, `promised-warning` for one that the case itself
called for, `duration_ms`. What the kernel's kselftest_harness.h says of a case that fails stands
in for what the case did not say: the place, the assertion, how its process ended.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from afugen.verdict.console import Kind, Trouble
from afugen.verdict.expected import ExpectedFailure
from afugen.verdict.ktap import Directive, Test
from afugen.verdict.results import GOOD, Outcome, TestResult

_ASSERTION = re.compile(r"(?P<at>[\w./-]+\.[ch]:\d+):\w+:(?P<what>Expected .*)")
_ENDED = re.compile(r"\w+: Test (?P<how>terminated .*|exited .*|ended .*|failed.*)")
_TIMEOUT = "terminated by timeout"
_SIGNAL = re.compile(r"terminated unexpectedly by signal (?P<number>\d+)")
_OOPS_TEXTS = ("BUG: Kernel ", "BUG: Unable ", "kernel BUG at ", "Oops: ", "Unable to handle ")
# What a directive makes of `not ok` and of `ok`. kselftest says `ok` to an XFAIL.
_DIRECTED = {
    Directive.SKIP: (Outcome.SKIP, Outcome.SKIP),
    Directive.TODO: (Outcome.XFAIL, Outcome.XPASS),
    Directive.XFAIL: (Outcome.XFAIL, Outcome.XFAIL),
    Directive.TIMEOUT: (Outcome.TIMEOUT, Outcome.TIMEOUT),
    Directive.ERROR: (Outcome.FAIL, Outcome.FAIL),
}


@dataclass(frozen=True, slots=True)
class Said:
    """What a case said of itself."""

    observed: tuple[str, ...]
    expected: str
    at: str
    warnings: tuple[str, ...]
    promised: tuple[str, ...]
    seconds: float | None

    @classmethod
    def by(cls, test: Test) -> Said:
        """What the test's diagnostics say."""
        duration = _values(test, "duration_ms")
        failed = [found for text in test.diagnostics if (found := _ASSERTION.match(text))]
        warnings = _values(test, "warning")
        observed = _values(test, "observed") or _harness_says(test, failed)
        return cls(
            # A case whose only fault is that the kernel complained has observed nothing itself.
            observed=() if warnings and observed == _asserted(failed) else observed,
            expected="; ".join(_values(test, "expected")),
            at=", ".join(_values(test, "at") or [found["at"] for found in failed[:1]]),
            warnings=warnings,
            promised=_values(test, "promised-warning"),
            seconds=int(duration[-1]) / 1000 if duration and duration[-1].isdecimal() else None,
        )

    @property
    def claims(self) -> int:
        """How many complaints of the kernel the case accounts for."""
        return len(self.warnings) + len(self.promised)


def _harness_says(test: Test, failed: Sequence[re.Match[str]]) -> tuple[str, ...]:
    """How a case failed that said nothing itself: its end if that is strange, or an assertion."""
    ends = [found["how"] for text in test.diagnostics if (found := _ENDED.fullmatch(text))]
    for end in ends:
        if end == _TIMEOUT:
            return ("timeout",)
        if found := _SIGNAL.match(end):
            return (f"killed by {_signal_name(int(found['number']))}",)
    return _asserted(failed) or tuple(ends[:1])


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _asserted(failed: Sequence[re.Match[str]]) -> tuple[str, ...]:
    return tuple(found["what"] for found in failed[:1])


def values(diagnostics: Sequence[str], key: str) -> tuple[str, ...]:
    """The values of the diagnostics `key: value`, in order."""
    return tuple(
        text[len(key) + 2 :].strip() for text in diagnostics if text.startswith(f"{key}: ")
    )


def _values(test: Test, key: str) -> tuple[str, ...]:
    return values(test.diagnostics, key)


def results(
    test: Test,
    expected: Mapping[str, ExpectedFailure],
    troubles: Mapping[str, Sequence[Trouble]],
    prefix: str = "",
) -> Iterator[TestResult]:
    """The results of a test, those of its subtests first, named `test.subtest`.

    A test with subtests has a result of its own only when it tells more than they do.
    """
    name = prefix + test.name
    below = [
        result
        for subtest in test.subtests
        for result in results(subtest, expected, troubles, f"{name}.")
    ]
    yield from below
    own = _judge(test, name, expected.get(name), troubles.get(name, ()))
    if not below or (own.outcome not in GOOD and all(r.outcome in GOOD for r in below)):
        yield own


def _judge(
    test: Test, name: str, expected: ExpectedFailure | None, troubles: Sequence[Trouble]
) -> TestResult:
    """`troubles` are the kernel's complaints during the test, as the console shows them.

    Those beyond what the test accounts for count as warnings of it.
    """
    said = Said.by(test)
    unclaimed = tuple(trouble.text for trouble in troubles[said.claims :])
    outcome, reason = _plain(test, said)
    result = TestResult(
        name, outcome, reason, said.observed, (*said.warnings, *unclaimed), said.seconds
    )
    if expected is not None:
        result = _against(expected, result)
    elif outcome in GOOD and result.warnings:
        result = replace(result, outcome=Outcome.WARN, reason=_kernel_said(result.warnings))
    oopses = [t.text for t in troubles if t.kind is Kind.OOPS]
    oopses += [text for text in said.warnings if text.startswith(_OOPS_TEXTS)]
    if oopses and result.outcome is not Outcome.XFAIL:
        result = replace(result, outcome=Outcome.OOPS, reason=_join(oopses[0], reason))
    return result


def _plain(test: Test, said: Said) -> tuple[Outcome, str]:
    """What the result line says, with nothing else known."""
    failed = Outcome.TIMEOUT if said.observed == ("timeout",) else Outcome.FAIL
    if test.ok is None:
        return Outcome.FAIL, test.reason
    if test.directive in _DIRECTED:
        return _DIRECTED[test.directive][test.ok], test.reason
    if not test.ok and said.warnings and not said.observed:
        return Outcome.PASS, ""
    if not test.ok:
        return failed, _observation(said) or test.reason or "not ok"
    if said.observed:
        return failed, f"says ok and yet observed: {_observation(said)}"
    return Outcome.PASS, ""


def _observation(said: Said) -> str:
    text = _join(*said.observed, f"expected {said.expected}" if said.expected else "")
    return f"{text} ({said.at})" if text and said.at else text


def _against(expected: ExpectedFailure, result: TestResult) -> TestResult:
    """An expected failure is one only if observation and warnings are exactly the expected."""
    if result.outcome is Outcome.PASS:
        reason = _join("expected to fail, and passes", *_said_of(result))
        return replace(result, outcome=Outcome.XPASS, reason=reason)
    failed = result.outcome in (Outcome.FAIL, Outcome.TIMEOUT)
    if failed and result.observed == (expected.observed,) and result.warnings == expected.warnings:
        return replace(result, outcome=Outcome.XFAIL, reason=expected.reason)
    if result.outcome is Outcome.SKIP:
        reason = _join("expected to fail, and was skipped", result.reason)
    elif not failed or not result.observed:
        reason = result.reason
    elif result.observed != (expected.observed,):
        reason = _join(result.reason, f"it is expected to fail with: {expected.observed}")
    else:
        wanted = ", ".join(expected.warnings) or "none"
        reason = (
            f"fails as expected, but the warnings differ: {', '.join(result.warnings) or 'none'}"
        )
        reason = _join(reason, f"expected: {wanted}")
    outcome = result.outcome if failed else Outcome.FAIL
    return replace(result, outcome=outcome, reason=reason)


def _said_of(result: TestResult) -> tuple[str, ...]:
    return (_kernel_said(result.warnings),) if result.warnings else ()


def _kernel_said(warnings: Sequence[str]) -> str:
    more = f" (and {len(warnings) - 1} more)" if len(warnings) > 1 else ""
    return f"kernel: {warnings[0]}{more}"


def _join(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
