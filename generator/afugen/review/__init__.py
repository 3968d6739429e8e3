# SPDX-License-Identifier: GPL-2.0-only
"""A review's comments, and claims that can be checked."""
