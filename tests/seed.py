# SPDX-License-Identifier: GPL-2.0-only
"""The patch of 2015 as an oracle, and base files that hold its pre-image where it stood.

`base_files()` are files with the seed's pre-image lines at the seed's line numbers; what the seed
does not show is filled from `data/seed-filler`, in chunks parted by `@@@`: one before each hunk,
padded in front with blank lines, and one after the last.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

DATA = Path(__file__).parent / "data"
SHA256 = "319c34f940875ee15de5c8a0e4182b819e7739b7d956f98acf3e8a662ede40d0"


def diff() -> str:
    """The seed's diff, as git printed it."""
    raw = (DATA / "seed" / "v1.diff").read_bytes()
    assert hashlib.sha256(raw).hexdigest() == SHA256, "the oracle was changed"
    return raw.decode()


def without_index(text: str) -> str:
    """A diff without its `index` lines."""
    return re.sub(r"^index .*\n", "", text, flags=re.M)


def changed_lines(text: str) -> list[str]:
    """The added and removed lines of a diff, with their sign."""
    return [line for line in text.split("\n") if re.match(r"[+-](?!\+\+ |-- )", line)]


def hunks() -> dict[str, list[tuple[int, list[str]]]]:
    """For each file its hunks: the first line number and the pre-image lines."""
    found: dict[str, list[tuple[int, list[str]]]] = {}
    for part in diff().split("diff --git ")[1:]:
        path = part.split(" ", 1)[0].removeprefix("a/")
        found[path] = []
        for line in part.split("\n"):
            if head := re.match(r"@@ -(\d+)", line):
                found[path].append((int(head.group(1)), []))
            elif found[path] and line[:1] in (" ", "-"):
                found[path][-1][1].append(line[1:])
    return found


def base_files() -> dict[str, bytes]:
    """The six files that the seed applies to."""
    return {path: _filled(path, parts).encode() for path, parts in hunks().items()}


def files_beside() -> dict[str, bytes]:
    """What else of the driver a spec may touch: files that the seed leaves alone."""
    top = DATA / "beside-seed"
    found = (path for path in top.rglob("*") if path.is_file())
    return {path.relative_to(top).as_posix(): path.read_bytes() for path in found}


def _filled(path: str, parts: list[tuple[int, list[str]]]) -> str:
    chunks = (DATA / "seed-filler" / path).read_text().split("@@@\n")
    assert len(chunks) == len(parts) + 1, path
    lines: list[str] = []
    for chunk, (start, pre_image) in zip(chunks, parts, strict=False):
        filler = chunk.split("\n")[:-1]
        gap = start - 1 - len(lines) - len(filler)
        assert gap >= 0, f"{path}: the filler before line {start} is {-gap} lines too long"
        lines += [""] * gap + filler + pre_image
    return "\n".join([*lines, chunks[-1]])
