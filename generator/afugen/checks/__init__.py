# SPDX-License-Identifier: GPL-2.0-only
"""What the kernel's own tools report on a series."""

from afugen.checks.checking import CheckResult, check
from afugen.checks.gates import compare_commits, remarks_on
from afugen.checks.remarks import Delta, KnownRemark, Remark, known_beside
from afugen.checks.symbols import check_kconfig

__all__ = [
    "CheckResult",
    "Delta",
    "KnownRemark",
    "Remark",
    "check",
    "check_kconfig",
    "compare_commits",
    "known_beside",
    "remarks_on",
]
