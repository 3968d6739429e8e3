# SPDX-License-Identifier: GPL-2.0-only
"""A review's comments, the decisions on them, and claims that can be checked."""

from afugen.review.checked_ledger import (
    LEDGER_FILE,
    CheckedEntry,
    check_ledger,
    load_ledger,
    render_series,
)
from afugen.review.claimcheck import MAIL_TEXTS, ClaimResult
from afugen.review.ledger import FOUND_WITHOUT_REVIEWER, NO_REVIEWER, Decision, Ledger, Quote

__all__ = [
    "FOUND_WITHOUT_REVIEWER",
    "LEDGER_FILE",
    "MAIL_TEXTS",
    "NO_REVIEWER",
    "CheckedEntry",
    "ClaimResult",
    "Decision",
    "Ledger",
    "Quote",
    "check_ledger",
    "load_ledger",
    "render_series",
]
