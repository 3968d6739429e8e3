# SPDX-License-Identifier: GPL-2.0-only
"""Two versions of a series compared: values, and functions of values."""
