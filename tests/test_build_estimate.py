# SPDX-License-Identifier: GPL-2.0-only
"""The estimate, on the recorded output of a real cold build of Debian's 6.1.

Each line of the log is preceded by the seconds since make started. The machine had two cores,
and other work to do.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from afugen.build.estimate import TYPICAL_OBJECTS, Estimate, compiled_object

LOG = Path(__file__).parent / "data" / "build-logs" / "cold-6.1.log"


def log() -> list[tuple[float, str]]:
    lines = (line.split("\t", 1) for line in LOG.read_text().splitlines())
    return [(float(at), line) for at, line in lines]


def estimates(total: int) -> list[tuple[float, float, float]]:
    """When, the fraction done then, and the estimated seconds left."""
    estimate = Estimate(total)
    return [(at, *estimate.step(at)) for at, line in log() if compiled_object(line) is not None]


# A tree of another version has more or fewer objects than the one the guess was made from.
@pytest.mark.parametrize("total", [TYPICAL_OBJECTS, int(TYPICAL_OBJECTS * 0.8), 800])
def test_the_estimate_is_within_30_percent_after_the_first_third(total: int) -> None:
    end = log()[-1][0]
    later = [(at, left) for at, _, left in estimates(total) if at > end / 3]
    assert len(later) > 300
    for at, left in later:
        assert 0.7 * end < at + left < 1.3 * end, f"at {at} s: {left} s left, in truth {end - at}"


def test_the_remaining_time_is_within_30_percent_in_the_middle_third() -> None:
    end = log()[-1][0]
    middle = [
        (at, left) for at, _, left in estimates(TYPICAL_OBJECTS) if end / 3 < at < end * 2 / 3
    ]
    for at, left in middle:
        assert 0.7 * (end - at) < left < 1.3 * (end - at)


def test_the_typical_count_is_that_of_the_default_tree() -> None:
    objects = sum(compiled_object(line) is not None for _, line in log())
    assert abs(objects - TYPICAL_OBJECTS) < 0.05 * TYPICAL_OBJECTS


@pytest.mark.parametrize("total", [1, TYPICAL_OBJECTS, 5000])
def test_fractions_grow_and_never_reach_the_end_before_the_end(total: int) -> None:
    fractions = [fraction for _, fraction, _ in estimates(total)]
    assert all(0 < fraction < 1 for fraction in fractions)
    assert fractions[0] < fractions[-1]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("  CC      kernel/fork.o", "kernel/fork.o"),
        ("  CC [M]  drivers/misc/cxl/file.o", "drivers/misc/cxl/file.o"),
        ("  AS      arch/powerpc/lib/quad.o", "arch/powerpc/lib/quad.o"),
        ("  HOSTCC  scripts/dtc/dtc.o", "scripts/dtc/dtc.o"),
        ("  AR      kernel/built-in.a", None),
        ("  LD [M]  drivers/misc/cxl/cxl.ko", None),
        ("drivers/misc/cxl/file.c:1:1: warning: CC file.o", None),
    ],
)
def test_objects_are_told_from_other_lines(line: str, name: str | None) -> None:
    assert compiled_object(line) == name
