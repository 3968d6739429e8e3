# SPDX-License-Identifier: GPL-2.0-only
"""Interface, spec and tree to edits."""
