# SPDX-License-Identifier: GPL-2.0-only
"""A version of the series: its spec, and what stands beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from afugen import ctext, data, specfile
from afugen.errors import InputError
from afugen.results import ExpectedFailure, load_expected
from afugen.series import SeriesData
from afugen.spec import Spec, expand

MESSAGE_COLUMNS = 72


@dataclass(frozen=True, slots=True)
class Version:
    """A checked spec and the directory it came from."""

    name: str
    path: Path
    spec: Spec

    @property
    def expected(self) -> tuple[ExpectedFailure, ...]:
        """The failures that `expected.yaml` beside the spec declares; none without one."""
        path = self.path.parent / "expected.yaml"
        return load_expected(path) if path.exists() else ()

    @property
    def series(self) -> SeriesData:
        """The mail apart from its diff: placeholders replaced, paragraphs filled."""
        series = self.spec.series
        body = ctext.fill(expand(series.message, self.spec), MESSAGE_COLUMNS)
        return SeriesData(
            subject=expand(series.subject, self.spec),
            author_name=series.author.name,
            author_email=series.author.email,
            date=series.date,
            body="\n".join(body),
            trailers=series.trailers,
            position=series.position,
            total=series.total,
        )

    @property
    def patches(self) -> tuple[Path, ...]:
        """The committed patches beside the spec."""
        return tuple(sorted(self.path.parent.glob("*.patch")))


def known() -> tuple[str, ...]:
    """The versions of the series that afugen comes with."""
    return tuple(sorted(p.parent.name for p in data.kernel_patches().glob("v*/spec.yaml")))


def find(word: str) -> Version:
    """A version by its name, or the spec file of that path."""
    if word in known():
        path = data.kernel_patches() / word / "spec.yaml"
        return Version(word, path, specfile.load(path))
    path = Path(word)
    if path.is_dir():
        path /= "spec.yaml"
    if not path.exists():
        raise InputError(f"{word}: no such file, and the versions there are: {', '.join(known())}")
    return Version(
        path.parent.name if path.stem == "spec" else path.stem, path, specfile.load(path)
    )
