# SPDX-License-Identifier: GPL-2.0-only
"""Specs, loaded and checked, with positions."""
