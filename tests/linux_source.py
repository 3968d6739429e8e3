# SPDX-License-Identifier: GPL-2.0-only
"""Files of Debian's kernel sources, taken out of the tarballs once."""

from __future__ import annotations

from pathlib import Path

from afugen.git import TarballFiles

FEATURE_FILES = (
    "drivers/misc/cxl/api.c",
    "drivers/misc/cxl/cxl.h",
    "drivers/misc/cxl/file.c",
    "include/misc/cxl.h",
    "include/uapi/misc/cxl.h",
)
BESIDE = (
    *(f"drivers/misc/cxl/{name}" for name in (
        "Kconfig", "Makefile", "base.c", "context.c", "cxllib.c", "debugfs.c", "fault.c",
        "flash.c", "guest.c", "hcalls.c", "hcalls.h", "irq.c", "main.c", "native.c", "of.c",
        "pci.c", "sysfs.c", "trace.c", "trace.h", "vphb.c",
    )),
    *(f"drivers/scsi/cxlflash/{name}" for name in (
        "backend.h", "common.h", "cxl_hw.c", "main.c", "main.h", "ocxl_hw.c", "ocxl_hw.h",
        "superpipe.c", "superpipe.h", "vlun.c",
    )),
    "include/misc/cxl-base.h",
    "include/misc/cxllib.h",
)  # fmt: skip


def linux_source(
    version: str, paths: tuple[str, ...] = (*FEATURE_FILES, *BESIDE)
) -> dict[str, bytes]:
    """The named files of the linux-source package of a version such as `6.1`."""
    base = TarballFiles(Path(f"/usr/src/linux-source-{version}.tar.xz"), paths)
    return {path: base.read(path) for path in paths if base.exists(path)}
