# SPDX-License-Identifier: GPL-2.0-only
"""What the kernel's own tools say of a series."""
