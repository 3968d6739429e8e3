# SPDX-License-Identifier: GPL-2.0-only
"""How long a build will take, from how many objects it made before and how fast it goes now."""

from __future__ import annotations

import re
from dataclasses import dataclass

# What kbuild prints for each object it compiles; `[M]` marks what goes into a module.
_OBJECT = re.compile(r"^  (?:CC|AS|HOSTCC|VDSO64A) +(?:\[M\] +)?(?P<target>\S+)$")
# Objects of Debian's 6.1 with the default fragments: the guess for a tree never built before.
TYPICAL_OBJECTS = 675
# Linking vmlinux takes as long as compiling that many objects.
LINK_OBJECTS = 20


def object_of(line: str) -> str | None:
    """The object that a line of kbuild's output says is being made, if it is such a line."""
    match = _OBJECT.match(line)
    return match["target"] if match else None


@dataclass(slots=True)
class Estimate:
    """Counts objects; `total` is how many the last such build made, or a guess."""

    total: int = TYPICAL_OBJECTS
    done: int = 0

    def step(self, elapsed: float) -> tuple[float, float]:
        """Count one: the fraction done, and the seconds left, `elapsed` after the start."""
        self.done += 1
        # Another kernel may have more objects: then the estimate is late, never negative.
        whole = max(self.total, self.done) + LINK_OBJECTS
        return self.done / whole, elapsed / self.done * (whole - self.done)
