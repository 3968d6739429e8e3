# SPDX-License-Identifier: GPL-2.0-only
"""Where an edit goes: nodes of C, Kconfig and list files, named by their role."""
