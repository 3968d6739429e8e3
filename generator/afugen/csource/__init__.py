# SPDX-License-Identifier: GPL-2.0-only
"""Questions to C text: the one place that walks syntax trees."""
