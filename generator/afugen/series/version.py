# SPDX-License-Identifier: GPL-2.0-only
"""Versions of a series: a spec, and the files beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from afugen import resources
from afugen.errors import InputError
from afugen.render import fill
from afugen.series import tally
from afugen.series.mails import Cover, PatchData
from afugen.series.tally import Results
from afugen.series.trees import DEFAULT_PACKAGE
from afugen.spec import interface, loading
from afugen.spec.interface import Interface
from afugen.spec.model import Section, Spec
from afugen.spec.texts import expand
from afugen.verdict import ExpectedFailure, load_expected

MESSAGE_COLUMNS = 72
STOCK = "stock"
_VERSION = re.compile(r"v\d+")
# The names that git format-patch gives to mails.
_MAIL = re.compile(r"(?:v\d+-)?\d{4}-.+\.patch")
# The author of what has not been sent yet.
NOBODY = Section({"name": "afugen", "email": "afugen@localhost"})


@dataclass(frozen=True, slots=True)
class Version:
    """A checked spec and the directory it came from."""

    name: str
    path: Path
    spec: Spec

    @property
    def word(self) -> str:
        """Return what a command is given for it: a version's name, or the path of a spec."""
        if not self.path.is_relative_to(resources.kernel_patches()):
            return str(self.path)
        of = self.spec.interface
        return self.name if of.default else f"{of.name}/{self.name}"

    @property
    def expected(self) -> tuple[ExpectedFailure, ...]:
        """Return the failures that `expected.yaml` beside the spec declares, if there is one."""
        path = self.path.parent / "expected.yaml"
        return load_expected(path) if path.exists() else ()

    @property
    def results(self) -> Mapping[str, Results]:
        """Return the results that `afugen matrix --update` wrote, by tree."""
        return tally.load(self.path.parent)

    @property
    def mails(self) -> tuple[PatchData, ...]:
        """Return the texts of each patch, with placeholders replaced and paragraphs filled."""
        position = self.spec.series.position
        feature = self._mail(self.spec.series, position)
        return (feature, self._mail(self.spec.test, position + 1)) if self.spec.test else (feature,)

    def _mail(self, patch: Section, position: int) -> PatchData:
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
        """Return the text of the cover letter, if the spec has one."""
        cover = self.spec.series.cover
        if cover is None:
            return None
        message = self._filled(cover.message, self._table())
        return Cover(expand(cover.subject, self.spec), message)

    def _filled(self, text: str, results: str = "") -> str:
        return "\n".join(fill(expand(text, self.spec, results=results), MESSAGE_COLUMNS))

    def _table(self) -> str:
        """Return the table of results up to this version, on the default tree."""
        own, of = self.spec.series.version, self.spec.interface
        series = _series_of(of) or self.path.parent.parent
        earlier = (name for name in _versions(series) if _number(name) < own)
        found = {name: tally.load(series / name) for name in earlier}
        found[f"v{own}"] = self.results
        columns = [
            tally.Column(name, results[DEFAULT_PACKAGE])
            for name, results in found.items()
            if DEFAULT_PACKAGE in results
        ]
        return tally.plain(columns, of.data.rows).rstrip("\n") if columns else ""

    @property
    def patches(self) -> tuple[Path, ...]:
        """Return the committed mails beside the spec, by the names that git gives them."""
        files = self.path.parent.glob("*.patch")
        return tuple(sorted(path for path in files if _MAIL.fullmatch(path.name)))


def _series_of(of: Interface) -> Path | None:
    """Return the directory of an interface's versions; None if it is not afugen's own."""
    is_own = of.directory.parent == resources.templates().resolve()
    return resources.kernel_patches() / of.name if is_own else None


def _versions(series: Path) -> tuple[str, ...]:
    """Return the names of the versions in a directory, in their order."""
    names = (path.parent.name for path in series.glob("v*/spec.yaml"))
    return tuple(sorted((name for name in names if _VERSION.fullmatch(name)), key=_number))


def known(of: Interface | None = None) -> tuple[str, ...]:
    """Return the versions of an interface's series that have names, in their order.

    A version of an interface that is not afugen's own is named by its path.
    """
    series = _series_of(of or interface.default())
    return _versions(series) if series else ()


def _number(name: str) -> int:
    return int(name.removeprefix("v"))


def stock(of: Interface | None = None) -> Version:
    """Return the feature as it was merged: only the test is rendered from its spec."""
    of = of or interface.default()
    series = _series_of(of)
    if series is None or of.data.merged is None:
        raise InputError(f"{of.label}: no feature of this interface was merged: there is no stock")
    merged = load(series / of.data.merged / "spec.yaml")
    return Version(STOCK, series / STOCK / "spec.yaml", merged.spec)


def is_installed(path: Path) -> bool:
    """Return whether a spec belongs to an installed afugen rather than to a checkout."""
    return resources.is_installed() and path.is_relative_to(resources.kernel_patches())


def is_known(word: str) -> bool:
    """Return whether a word names a version that afugen comes with."""
    return _named(word) is not None


def is_stock(word: str) -> bool:
    """Return whether a word such as `stock` or `NAME/stock` names the feature as it was merged."""
    return is_known(word) and word.rpartition("/")[2] == STOCK


def _named(word: str) -> tuple[Interface, str] | None:
    """Return the interface and the version of `v1` or `NAME/v1`; None for the path of a spec."""
    name, slash, version = word.rpartition("/")
    if slash and name not in interface.known():
        return None
    of = interface.find(name) if slash else interface.default()
    return (of, version) if version == STOCK or version in known(of) else None


def find(word: str) -> Version:
    """Return a version by its name (`v1`, `INTERFACE/v1`, `stock`), or by the path of its spec."""
    if named := _named(word):
        of, name = named
        path = resources.kernel_patches() / of.name / name / "spec.yaml"
        return stock(of) if name == STOCK else load(path)
    path = Path(word)
    if path.is_dir():
        path /= "spec.yaml"
    if not path.exists():
        raise InputError(f"{word}: no such file, and the versions there are: {', '.join(known())}")
    return load(path)


def load(path: Path) -> Version:
    """Read the version of a spec file; its name is that of its directory, or of the file."""
    name = path.parent.name if path.stem == "spec" else path.stem
    return Version(name, path, loading.load(path))
