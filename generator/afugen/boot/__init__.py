# SPDX-License-Identifier: GPL-2.0-only
"""Machines, and a kernel booted on one under QEMU."""

from afugen.boot.machine import load_machine, machine_names
from afugen.boot.qemu import BootRequest, boot

__all__ = ["BootRequest", "boot", "load_machine", "machine_names"]
