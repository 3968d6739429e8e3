# SPDX-License-Identifier: GPL-2.0-only
"""The stages joined: run, matrix, comparison."""
