# SPDX-License-Identifier: GPL-2.0-only
"""What `baseline` leaves of the statements of a function that only mentions the feature."""

from __future__ import annotations

import pytest

from baseline_tree import cases_in, in_function, run, stripped

KEPT = "return port->irq;\n"
CASES = cases_in("statements.cases")


@pytest.mark.parametrize("case", CASES)
def test_of_a_function(case: str) -> None:
    before, after = (in_function(text + KEPT) for text in CASES[case])
    assert stripped(before) == after


def test_every_case_shows_a_change() -> None:
    assert [case for case, (before, after) in CASES.items() if before == after] == []


def test_reshaped_lines_are_listed_with_their_place() -> None:
    (line,) = run(in_function(CASES["head of a chain goes"][0])).reshaped
    assert str(line) == "drivers/port/port.c:7: } else if (port->irq) { -> if (port->irq) {"
