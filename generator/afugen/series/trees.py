# SPDX-License-Identifier: GPL-2.0-only
"""Trees without the merged feature: the user's, and the one that is used when none is named."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from afugen import cache, resources
from afugen.command import Progress, ProgressEvent, ignore_progress
from afugen.errors import MissingTool, TreeError
from afugen.git import CommitData, Readable, Stored, TarballBase, import_tarball
from afugen.strip.feature import Feature, load_feature

if TYPE_CHECKING:
    from afugen.strip import Stripped

DEFAULT_PACKAGE = "linux-source-6.1"
_PACKAGE = re.compile(r"linux-source-\d[\w.]*")


@dataclass(frozen=True, slots=True)
class Baseline:
    """A commit without the feature, and what was done to get there."""

    stored: Stored
    stripped: Stripped


def merged_feature(path: Path | None = None) -> Feature:
    """The identifiers of the feature as it was merged, or those of a list of the user's."""
    return load_feature(path or resources.kernel_patches() / "mainline-feature.yaml")


def without_feature(
    stored: Stored, feature: Feature, progress: Progress = ignore_progress
) -> Baseline:
    """A commit on top of `stored` that has nothing of the feature left."""
    from afugen.series.baseline import baseline  # noqa: PLC0415 - as in default_files()

    base = stored.base()
    progress(ProgressEvent("baseline", f"looking for the {feature.name} in the whole tree"))
    stripped = baseline(base.mentioning, base.read, feature, base.label)
    files: dict[str, bytes | None] = dict(stripped.files)
    when = stored.store.date(stored.commit_id)
    commit = stored.store.commit(stored.commit_id, files, _commit_data(feature, stripped, when))
    return Baseline(Stored(stored.store, commit), stripped)


def _commit_data(feature: Feature, stripped: Stripped, when: datetime) -> CommitData:
    reshaped = "".join(f"\n  {line.path}: {line.after.strip()}" for line in stripped.reshaped)
    message = (
        f"Remove the {feature.name}\n\n"
        "Everything that hangs on its identifiers is gone; nothing else is changed"
        + (f", but for\nlines that had to be reshaped:\n{reshaped}\n" if reshaped else ".\n")
    )
    return CommitData("afugen", "afugen@localhost", when, message)


def package_of(tree: Path | None) -> str | None:
    """The linux-source package that stands for a tree, or that is used where none is named."""
    if tree is None:
        return DEFAULT_PACKAGE
    return str(tree) if _PACKAGE.fullmatch(str(tree)) and not tree.exists() else None


def stock_tree(progress: Progress = ignore_progress, name: str = DEFAULT_PACKAGE) -> Stored:
    """Debian's kernel source as it comes; imported once."""
    return import_tarball(default_tarball(name), progress)


def default_tarball(name: str = DEFAULT_PACKAGE) -> Path:
    """The tarball of a linux-source package; MissingTool where it is not installed."""
    path = Path("/usr/src") / f"{name}.tar.xz"
    if not path.is_file():
        raise MissingTool(name, f"apt-get install {name}")
    return path


def default_tree(progress: Progress = ignore_progress, name: str = DEFAULT_PACKAGE) -> Stored:
    """Debian's kernel source without the feature; imported and stripped once."""
    stored = stock_tree(progress, name)
    known = stored.store.directory / f"baseline-{_recipe()}"
    if known.is_file():
        return Stored(stored.store, known.read_text().strip())
    made = without_feature(stored, merged_feature(), progress)
    cache.write_atomically(known, made.stored.commit_id.encode())
    return made.stored


def _recipe() -> str:
    """Name the way from a tree to its baseline: another list or other code, another name."""
    listed = (resources.kernel_patches() / "mainline-feature.yaml").read_bytes()
    return hashlib.sha256(listed + cache.recipe(__name__).encode()).hexdigest()[:16]


class Files:
    """A handful of files of a tree, by path."""

    def __init__(self, label: str, files: dict[str, bytes]) -> None:
        self.label, self._files = label, files

    def read(self, path: str) -> bytes:
        """TreeError if it is not among them."""
        if path not in self._files:
            raise TreeError(f"{self.label}: there is no {path}")
        return self._files[path]

    def exists(self, path: str) -> bool:
        """Whether it is among them."""
        return path in self._files

    def mode(self, path: str) -> str | None:
        """git's mode of a regular file."""
        return "100644" if path in self._files else None


def default_files(
    paths: tuple[str, ...],
    progress: Progress = ignore_progress,
    name: str = DEFAULT_PACKAGE,
    *,
    beside: tuple[str, ...] = (),
) -> Readable:
    """These files of the default tree; nothing else is taken out of the tarball.

    Those `beside` them have nothing of the feature, and need not be there.
    """
    tarball = TarballBase(default_tarball(name), (*paths, *beside), progress)
    originals = Files(tarball.label, {path: tarball.read(path) for path in paths})
    digest = hashlib.sha256(b"\0".join(originals.read(path) for path in paths))
    kept = cache.root() / "stripped" / f"{digest.hexdigest()[:16]}-{_recipe()}.json"
    if not kept.is_file():
        # A tree is stripped once, and every command would wait for what it takes to be loaded.
        from afugen.series.baseline import baseline  # noqa: PLC0415

        stripped = baseline(lambda words: paths, originals.read, merged_feature(), tarball.label)
        new = {path: source.decode("latin-1") for path, source in stripped.files}
        cache.write_atomically(kept, json.dumps(new).encode())
    stripped_files = {
        path: text.encode("latin-1") for path, text in json.loads(kept.read_text()).items()
    }
    return Files(
        f"{tarball.label} without the feature",
        {path: tarball.read(path) for path in beside if tarball.exists(path)}
        | {path: stripped_files.get(path, originals.read(path)) for path in paths},
    )
