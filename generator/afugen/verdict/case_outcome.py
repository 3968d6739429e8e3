# SPDX-License-Identifier: GPL-2.0-only
"""The outcome of one test case: its result line, its splats, and the failure expected of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from afugen.verdict.console import Splat, SplatKind
from afugen.verdict.diagnostics import CaseDiagnostics
from afugen.verdict.expected import ExpectedFailure
from afugen.verdict.ktap import Directive, TestCase
from afugen.verdict.results import GOOD, Outcome, TestResult

_OOPS_TEXTS = ("BUG: Kernel ", "BUG: Unable ", "kernel BUG at ", "Oops: ", "Unable to handle ")
# The outcomes of `not ok` and of `ok` with a directive. kselftest writes `ok` for an XFAIL.
_DIRECTIVES = {
    Directive.SKIP: (Outcome.SKIP, Outcome.SKIP),
    Directive.TODO: (Outcome.XFAIL, Outcome.XPASS),
    Directive.XFAIL: (Outcome.XFAIL, Outcome.XFAIL),
    Directive.TIMEOUT: (Outcome.TIMEOUT, Outcome.TIMEOUT),
    Directive.ERROR: (Outcome.FAIL, Outcome.FAIL),
}


def case_results(
    test: TestCase,
    expected: Mapping[str, ExpectedFailure],
    splats: Mapping[str, Sequence[Splat]],
    prefix: str = "",
) -> Iterator[TestResult]:
    """Yield the results of the subtests, named `test.subtest`, then that of the test case itself.

    `expected` and `splats` are by the name of the test case. The result of a test case with
    subtests is omitted unless it is a failure and all its subtests are good.
    """
    name = prefix + test.name
    below = [
        result
        for subtest in test.subtests
        for result in case_results(subtest, expected, splats, f"{name}.")
    ]
    yield from below
    own = _case_result(test, name, expected.get(name), splats.get(name, ()))
    if not below or (own.outcome not in GOOD and all(r.outcome in GOOD for r in below)):
        yield own


def _case_result(
    test: TestCase, name: str, expected: ExpectedFailure | None, splats: Sequence[Splat]
) -> TestResult:
    """Return the result; splats beyond those that the test case reports are warnings, too."""
    diagnostics = CaseDiagnostics.parse(test)
    unreported = tuple(splat.text for splat in splats[diagnostics.splat_count :])
    outcome, reason = _reported_outcome(test, diagnostics)
    warnings = (*diagnostics.warnings, *unreported)
    result = TestResult(name, outcome, reason, diagnostics.observed, warnings, diagnostics.seconds)
    if expected is not None:
        result = _compare_expected(expected, result)
    elif outcome in GOOD and warnings:
        result = replace(result, outcome=Outcome.WARN, reason=_warnings_reason(warnings))
    oopses = [splat.text for splat in splats if splat.kind is SplatKind.OOPS]
    oopses += [text for text in diagnostics.warnings if text.startswith(_OOPS_TEXTS)]
    if oopses and result.outcome is not Outcome.XFAIL:
        result = replace(result, outcome=Outcome.OOPS, reason=_join(oopses[0], reason))
    return result


def _reported_outcome(test: TestCase, diagnostics: CaseDiagnostics) -> tuple[Outcome, str]:
    """Return outcome and reason by the result line and the diagnostics alone."""
    observed = diagnostics.observed
    failed = Outcome.TIMEOUT if observed == ("timeout",) else Outcome.FAIL
    if test.ok is None:
        return Outcome.FAIL, test.reason
    if test.directive is not None:
        return _DIRECTIVES[test.directive][test.ok], test.reason
    if not test.ok and diagnostics.warnings and not observed:
        return Outcome.PASS, ""
    if not test.ok:
        return failed, _observation(diagnostics) or test.reason or "not ok"
    if observed:
        return failed, f"says ok and yet observed: {_observation(diagnostics)}"
    return Outcome.PASS, ""


def _observation(diagnostics: CaseDiagnostics) -> str:
    expected = f"expected {diagnostics.expected}" if diagnostics.expected else ""
    text = _join(*diagnostics.observed, expected)
    return f"{text} ({diagnostics.location})" if text and diagnostics.location else text


def _compare_expected(expected: ExpectedFailure, result: TestResult) -> TestResult:
    """Return an XFAIL if observation and warnings are exactly the expected ones, else a failure."""
    is_failed = result.outcome in (Outcome.FAIL, Outcome.TIMEOUT)
    is_observed = result.observed == (expected.observed,)
    if result.outcome is Outcome.PASS:
        warnings = _warnings_reason(result.warnings) if result.warnings else ""
        reason = _join("expected to fail, and passes", warnings)
        return replace(result, outcome=Outcome.XPASS, reason=reason)
    if is_failed and is_observed and result.warnings == expected.warnings:
        return replace(result, outcome=Outcome.XFAIL, reason=expected.reason)
    if result.outcome is Outcome.SKIP:
        reason = _join("expected to fail, and was skipped", result.reason)
    elif not is_failed or not result.observed:
        reason = result.reason
    elif not is_observed:
        reason = _join(result.reason, f"it is expected to fail with: {expected.observed}")
    else:
        found, wanted = (", ".join(w) or "none" for w in (result.warnings, expected.warnings))
        reason = f"fails as expected, but the warnings differ: {found}; expected: {wanted}"
    outcome = result.outcome if is_failed else Outcome.FAIL
    return replace(result, outcome=outcome, reason=reason)


def _warnings_reason(warnings: Sequence[str]) -> str:
    more = f" (and {len(warnings) - 1} more)" if len(warnings) > 1 else ""
    return f"kernel: {warnings[0]}{more}"


def _join(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
