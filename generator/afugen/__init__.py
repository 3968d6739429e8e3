# SPDX-License-Identifier: GPL-2.0-only
"""afugen: a spec of a driver callback interface, made into a built and booted patch series."""
