# SPDX-License-Identifier: GPL-2.0-only
"""What an anchor is, and the place in a file that it names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Place:
    """A node of a file as byte offsets.

    `start` and `end` enclose the node: for a node of whole lines the first byte of its first line
    (its leading comment included) and the byte after its last newline; for an `inline` node its
    own bytes. `inside` is where text goes that is added at the end of a container; `comma` is where
    that needs a comma first (a last enumerator may lack it). An inline node that is `removable` may
    be deleted: what is left around it is C.
    """

    start: int
    end: int
    inline: bool = False
    inside: int | None = None
    comma: int | None = None
    removable: bool = False


class Anchor(Protocol):
    """A node named by its role; `str()` gives the words of the template."""

    def places(self, source: bytes) -> Sequence[Place]:
        """Return every node that matches; an anchor without exactly one is an error."""
        ...

    def candidates(self, source: bytes) -> Sequence[str]:
        """Return what a message may offer instead, nearest first."""
        ...
