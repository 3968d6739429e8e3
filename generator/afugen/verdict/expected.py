# SPDX-License-Identifier: GPL-2.0-only
"""The expected failures of a version, in its `expected.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from afugen.errors import Complaint, InputError, SpecError
from afugen.spec import yamlsource


@dataclass(frozen=True, slots=True)
class ExpectedFailure:
    """A test case that a version is known to fail, with the exact observation and warnings."""

    test: str
    observed: str
    warnings: tuple[str, ...] = ()
    reason: str = ""


def load_expected(path: Path) -> tuple[ExpectedFailure, ...]:
    """Read an `expected.yaml`; raise one SpecError with all complaints about the file.

    The file has one key, `expected_failures`: a list of mappings with the keys `test`, `observed`
    and `reason` (text) and optionally `warnings` (a list of text). Each test is named once.
    """
    source = yamlsource.read_sound(path)
    top = source.value
    if not isinstance(top, dict) or set(top) != {"expected_failures"}:
        message = "the one key of this file must be expected_failures"
        raise SpecError((source.complaint((), message),))
    entries = top["expected_failures"]
    if not isinstance(entries, list):
        raise SpecError((source.complaint(("expected_failures",), "must be a list"),))
    complaints: list[Complaint] = []
    failures: dict[str, ExpectedFailure] = {}
    for index, entry in enumerate(entries):
        path_of_entry: tuple[yamlsource.Key, ...] = ("expected_failures", index)
        problems = list(_problems(entry))
        if not problems and isinstance(entry, dict):
            failure = _failure(entry)
            if failure.test in failures:
                problems.append((("test",), f"{failure.test} is already expected to fail"))
            failures[failure.test] = failure
        complaints += [source.complaint((*path_of_entry, *key), text) for key, text in problems]
    if complaints:
        raise SpecError(tuple(complaints))
    return tuple(failures.values())


def _problems(entry: yamlsource.Value) -> Iterator[tuple[tuple[yamlsource.Key, ...], str]]:
    """Yield a path in the entry and a message for each problem."""
    if not isinstance(entry, dict):
        yield (), "must be a mapping with test, observed, warnings, reason"
        return
    for key in entry:
        if key not in ("test", "observed", "warnings", "reason"):
            yield (key, "<key>"), f"unknown key {key!r}"
    for key in ("test", "observed", "reason"):
        if key not in entry:
            yield (), f"{key} is missing"
        elif not _is_line(entry[key]):
            yield (key,), "must be one line of text (a number needs quotes)"
    warnings = entry.get("warnings", [])
    if not isinstance(warnings, list) or not all(map(_is_line, warnings)):
        yield ("warnings",), "must be a list of lines of text"


def _is_line(value: yamlsource.Value) -> bool:
    return isinstance(value, str) and value.strip() != "" and value.strip().isprintable()


def _failure(entry: dict[str, yamlsource.Value]) -> ExpectedFailure:
    warnings = entry.get("warnings", [])
    assert isinstance(warnings, list)
    return ExpectedFailure(
        test=str(entry["test"]),
        observed=str(entry["observed"]).strip(),
        warnings=tuple(str(warning).strip() for warning in warnings),
        reason=str(entry["reason"]).strip(),
    )


def check_expected(expected: Iterable[ExpectedFailure], reported: Iterable[str]) -> None:
    """Raise InputError for an expected failure of a test that a complete run did not report."""
    names = tuple(reported)
    unknown = [failure.test for failure in expected if failure.test not in names]
    if unknown:
        raise InputError(
            f"expected to fail, but not in the test plan: {', '.join(unknown)}; "
            f"the plan has {', '.join(names) or 'no tests'}"
        )
