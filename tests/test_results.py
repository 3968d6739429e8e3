# SPDX-License-Identifier: GPL-2.0-only
"""The one vocabulary, and expected failures as version data."""

from __future__ import annotations

from pathlib import Path

import pytest

from afugen.errors import InputError, SpecError
from afugen.verdict import ExpectedFailure, Outcome, exit_code, load_expected, worst
from afugen.verdict.expected import check_expected

GOOD = """\
# SPDX-License-Identifier: GPL-2.0-only
expected_failures:
  - test: wakeup.read
    observed: "asleep while a fresh poll(0) says POLLIN|POLLRDNORM"
    warnings: []
    reason: the driver has no way to wake a sleeper
  - test: size.oversized
    observed: EFAULT
    warnings:
      - "Buffer overflow detected (N < N)! at afu_read"
    reason: >
      header.size is trusted
"""


def complaints(tmp_path: Path, text: str) -> list[tuple[int, int, str]]:
    file = tmp_path / "expected.yaml"
    file.write_text(text)
    with pytest.raises(SpecError) as caught:
        load_expected(file)
    assert all(c.file == str(file) for c in caught.value.complaints)
    return [(c.line, c.column, c.message) for c in caught.value.complaints]


def test_the_vocabulary_is_the_published_one() -> None:
    words = "pass fail skip xfail xpass timeout hang panic oops warn no-boot build-fail infra"
    assert sorted(map(str, Outcome)) == sorted(words.split(" "))


@pytest.mark.parametrize("outcome", Outcome)
def test_only_pass_and_xfail_succeed_and_only_infra_is_the_machines_fault(outcome: Outcome) -> None:
    wanted = {Outcome.PASS: 0, Outcome.XFAIL: 0, Outcome.INFRA: 3}.get(outcome, 1)
    assert exit_code(outcome) == wanted


@pytest.mark.parametrize(
    ("outcomes", "wanted"),
    [
        ("pass pass", "pass"),
        ("skip pass", "pass"),
        ("skip skip", "skip"),
        ("pass xfail skip", "xfail"),
        ("xfail xpass", "xpass"),
        ("xpass warn", "warn"),
        ("warn fail", "fail"),
        ("fail hang", "hang"),
        ("timeout hang", "hang"),
        ("hang oops", "oops"),
        ("oops panic", "panic"),
        ("panic infra", "infra"),
    ],
)
def test_the_most_severe_outcome_is_the_whole_ones(outcomes: str, wanted: str) -> None:
    found = [Outcome(word) for word in outcomes.split()]
    assert worst(found) is worst(reversed(found)) is Outcome(wanted)


def test_expected_failures_are_read_as_written(tmp_path: Path) -> None:
    file = tmp_path / "expected.yaml"
    file.write_text(GOOD)
    assert load_expected(file) == (
        ExpectedFailure(
            "wakeup.read",
            "asleep while a fresh poll(0) says POLLIN|POLLRDNORM",
            (),
            "the driver has no way to wake a sleeper",
        ),
        ExpectedFailure(
            "size.oversized",
            "EFAULT",
            ("Buffer overflow detected (N < N)! at afu_read",),
            "header.size is trusted",
        ),
    )


def test_every_complaint_of_the_file_comes_at_once_with_its_place(tmp_path: Path) -> None:
    text = (
        "expected_failures:\n"
        "  - test: a.b\n"
        "    observe: typo\n"
        "    reason: none\n"
        "  - test: c.d\n"
        "    observed: 14\n"
        "    warnings: one\n"
        "    reason: none\n"
        "  - just words\n"
    )
    assert complaints(tmp_path, text) == [
        (3, 5, "unknown key 'observe'"),
        (2, 5, "observed is missing"),
        (6, 15, "must be one line of text (a number needs quotes)"),
        (7, 15, "must be a list of lines of text"),
        (9, 5, "must be a mapping with test, observed, warnings, reason"),
    ]


def test_a_test_is_expected_to_fail_in_one_way_only(tmp_path: Path) -> None:
    entry = "  - {test: a.b, observed: EIO, reason: none}\n"
    found = complaints(tmp_path, f"expected_failures:\n{entry}{entry}")
    assert found == [(3, 12, "a.b is already expected to fail")]


@pytest.mark.parametrize("text", ["failures: []\n", "[]\n", "expected_failures: []\nmore: 1\n"])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    assert complaints(tmp_path, text)[0][2] == "the one key of this file must be expected_failures"


def test_a_list_is_wanted(tmp_path: Path) -> None:
    assert complaints(tmp_path, "expected_failures: none\n") == [(1, 20, "must be a list")]


def test_a_failure_expected_of_an_unknown_test_is_an_input_error() -> None:
    expected = (ExpectedFailure("wakeup.raed", "x"), ExpectedFailure("wakeup.poll", "x"))
    with pytest.raises(InputError, match=r"not in the test plan: wakeup\.raed; .*wakeup\.read"):
        check_expected(expected, ["wakeup.read", "wakeup.poll"])
