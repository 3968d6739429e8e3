# SPDX-License-Identifier: GPL-2.0-only
"""Machines, and a kernel booted on one under QEMU."""
