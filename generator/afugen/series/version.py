# SPDX-License-Identifier: GPL-2.0-only
"""A version of the series: its spec, and what stands beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from afugen import resources
from afugen.errors import InputError
from afugen.render import ctext
from afugen.series import tally
from afugen.series.mails import Cover, PatchData
from afugen.series.tally import Results
from afugen.series.trees import DEFAULT_PACKAGE
from afugen.spec import loading
from afugen.spec.model import Patch, Person, Spec, expand
from afugen.verdict.results import ExpectedFailure, load_expected

MESSAGE_COLUMNS = 72
_VERSION = re.compile(r"v\d+")
# The names that git format-patch gives to mails.
_MAIL = re.compile(r"(?:v\d+-)?\d{4}-.+\.patch")
# The version that speaks to AFU drivers as the feature does that was merged, by the same names.
AS_MERGED = "v3"
# The author of what has not been sent yet.
NOBODY = Person(name="afugen", email="afugen@localhost")


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
    def results(self) -> Mapping[str, Results]:
        """How its tests ended when `afugen matrix --update` ran them, by tree."""
        return tally.load(self.path.parent)

    @property
    def mails(self) -> tuple[PatchData, ...]:
        """What each patch says: placeholders replaced, paragraphs filled."""
        position = self.spec.series.position
        feature = self._mail(self.spec.series, position)
        return (feature, self._mail(self.spec.test, position + 1)) if self.spec.test else (feature,)

    def _mail(self, patch: Patch, position: int) -> PatchData:
        series = self.spec.series
        author = series.author or NOBODY
        return PatchData(
            subject=expand(patch.subject, self.spec),
            author_name=author.name,
            author_email=author.email,
            date=series.date,
            body=self._filled(patch.message),
            trailers=patch.trailers,
            changelog=self._filled(patch.changelog or ""),
            position=position,
            total=series.total,
            version=series.version,
        )

    @property
    def cover(self) -> Cover | None:
        """The text of the cover letter, if the spec has one."""
        cover = self.spec.series.cover
        if cover is None:
            return None
        message = self._filled(cover.message, self._table())
        return Cover(expand(cover.subject, self.spec), message)

    def _filled(self, text: str, results: str = "") -> str:
        return "\n".join(ctext.fill(expand(text, self.spec, results=results), MESSAGE_COLUMNS))

    def _table(self) -> str:
        """How the tests ended up to this version, on the default tree; lines that fit in mail."""
        own = self.spec.series.version
        earlier = [name for name in known() if _number(name) < own]
        found = {name: tally.load(resources.kernel_patches() / name) for name in earlier}
        found[f"v{own}"] = self.results
        columns = [
            tally.Column(name, results[DEFAULT_PACKAGE])
            for name, results in found.items()
            if DEFAULT_PACKAGE in results
        ]
        return tally.plain(columns).rstrip("\n") if columns else ""

    @property
    def patches(self) -> tuple[Path, ...]:
        """The committed mails beside the spec; not what else lies there under other names."""
        files = self.path.parent.glob("*.patch")
        return tuple(sorted(path for path in files if _MAIL.fullmatch(path.name)))


def known() -> tuple[str, ...]:
    """The versions of the series that afugen comes with, in their order."""
    names = (path.parent.name for path in resources.kernel_patches().glob("v*/spec.yaml"))
    return tuple(sorted((name for name in names if _VERSION.fullmatch(name)), key=_number))


def _number(name: str) -> int:
    return int(name.removeprefix("v"))


def stock() -> Version:
    """The feature as it was merged: nothing is made of its spec but the test of it."""
    path = resources.kernel_patches() / "stock" / "spec.yaml"
    return Version("stock", path, find(AS_MERGED).spec)


def find(word: str) -> Version:
    """A version by its name, or the spec file of that path."""
    if word in known():
        path = resources.kernel_patches() / word / "spec.yaml"
        return Version(word, path, loading.load(path))
    path = Path(word)
    if path.is_dir():
        path /= "spec.yaml"
    if not path.exists():
        raise InputError(f"{word}: no such file, and the versions there are: {', '.join(known())}")
    return Version(path.parent.name if path.stem == "spec" else path.stem, path, loading.load(path))
