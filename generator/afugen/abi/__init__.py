# SPDX-License-Identifier: GPL-2.0-only
"""What programs and modules rely on, measured."""
