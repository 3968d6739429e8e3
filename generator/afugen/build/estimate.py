# SPDX-License-Identifier: GPL-2.0-only
"""The estimated time of a build, from the number of objects and the speed so far."""

from __future__ import annotations

import re
from dataclasses import dataclass

# What kbuild prints for each object it compiles; `[M]` marks what goes into a module.
_OBJECT = re.compile(r"^  (?:CC|AS|HOSTCC|VDSO64A) +(?:\[M\] +)?(?P<target>\S+)$")
# Objects of Debian's 6.1 with the default fragments: the guess for a tree never built before.
TYPICAL_OBJECTS = 675
# Linking vmlinux takes as long as compiling that many objects.
LINK_OBJECTS = 20


def compiled_object(line: str) -> str | None:
    """Return the object that a line of kbuild's output names; None for any other line."""
    match = _OBJECT.match(line)
    return match["target"] if match else None


@dataclass(slots=True)
class Estimate:
    """A count of objects; `total` is the number of the last such build, or a guess."""

    total: int = TYPICAL_OBJECTS
    done: int = 0

    def step(self, elapsed: float) -> tuple[float, float]:
        """Count one object; return the fraction done and the seconds left.

        `elapsed` are the seconds since the start.
        """
        self.done += 1
        # Another kernel may have more objects: then the estimate is late, never negative.
        whole = max(self.total, self.done) + LINK_OBJECTS
        return self.done / whole, elapsed / self.done * (whole - self.done)
