# SPDX-License-Identifier: GPL-2.0-only
"""From a console to one outcome."""
