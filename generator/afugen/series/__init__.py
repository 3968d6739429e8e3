# SPDX-License-Identifier: GPL-2.0-only
"""Versions, base trees, commits and mails."""
