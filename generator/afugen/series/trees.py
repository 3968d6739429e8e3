# SPDX-License-Identifier: GPL-2.0-only
"""Trees without the merged feature: those of the user, and the default one."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from afugen import cache
from afugen.command import Progress, ProgressEvent, ignore_progress
from afugen.errors import FeatureError, InputError, MissingToolError, TreeError
from afugen.git import CommitData, StoredCommit, TarballFiles, TreeFiles, import_tarball
from afugen.render import WITHOUT, paths_of_removal, render_removal
from afugen.spec.interface import Interface

if TYPE_CHECKING:
    from afugen.series.baseline import Removal

DEFAULT_PACKAGE = "linux-source-6.1"
_PACKAGE = re.compile(r"linux-source-\d[\w.]*")


@dataclass(frozen=True, slots=True)
class Baseline:
    """A commit without the feature, and the removal that led to it."""

    stored: StoredCommit
    removal: Removal


def without_feature(
    stored: StoredCommit,
    of: Interface,
    progress: Progress = ignore_progress,
    *,
    leave_users: bool = False,
) -> Baseline:
    """Make a commit on top of `stored` without the merged feature of an interface.

    FeatureError, with file and line of each use, where anything is left that uses the feature;
    `leave_users` leaves it as it is.
    """
    # Templates take a moment to be loaded, and a tree has its baseline made once.
    from afugen.series.baseline import baseline, declared  # noqa: PLC0415

    if not (of.directory / WITHOUT).is_dir():
        raise InputError(f"{of.label} has no {WITHOUT}: there is nothing to take out of a tree")
    base, name = stored.files(), declared(of).name
    progress(ProgressEvent("baseline", f"looking for the {name} in the whole tree"))
    removal = baseline(base, of)
    if removal.users and not leave_users:
        places = "".join(f"\n  {user}" for user in removal.users)
        raise FeatureError(
            f"{base.label}: this still uses the {name}; change it first, or leave it as it is "
            f"with --leave-users:{places}"
        )
    files: dict[str, bytes | None] = {change.path: change.after for change in removal.changes}
    when = stored.store.date(stored.commit_id)
    commit = stored.store.commit(stored.commit_id, files, _commit_data(name, removal, when))
    return Baseline(StoredCommit(stored.store, commit), removal)


def _commit_data(name: str, removal: Removal, when: datetime) -> CommitData:
    reshaped = "".join(f"\n  {path}: {line.strip()}" for path, line in removal.reshaped)
    users = "".join(f"\n  {user.path}:{user.line}" for user in removal.users)
    message = (
        f"Remove the {name}\n\n"
        "Everything that hangs on its identifiers is gone; nothing else is changed"
        + (f", but for\nlines that had to be reshaped:\n{reshaped}\n" if reshaped else ".\n")
        + (f"\nLeft as they are, though they use it:\n{users}\n" if users else "")
    )
    return CommitData("afugen", "afugen@localhost", when, message)


def package_of(tree: Path | None) -> str | None:
    """Return the linux-source package that `--tree` names, or the default one; else None."""
    if tree is None:
        return DEFAULT_PACKAGE
    return str(tree) if _PACKAGE.fullmatch(str(tree)) and not tree.exists() else None


def stock_tree(progress: Progress = ignore_progress, name: str = DEFAULT_PACKAGE) -> StoredCommit:
    """Return Debian's kernel source, unchanged; it is imported once."""
    return import_tarball(default_tarball(name), progress)


def default_tarball(name: str = DEFAULT_PACKAGE) -> Path:
    """Return the tarball of a linux-source package; MissingToolError if it is not installed."""
    path = Path("/usr/src") / f"{name}.tar.xz"
    if not path.is_file():
        raise MissingToolError(name, f"apt-get install {name}")
    return path


def default_tree(
    of: Interface, progress: Progress = ignore_progress, name: str = DEFAULT_PACKAGE
) -> StoredCommit:
    """Return Debian's kernel source without an interface's feature; both are made once.

    An interface whose feature was never merged has the source unchanged.
    """
    stored = stock_tree(progress, name)
    if of.data.merged is None:
        return stored
    known = stored.store.directory / f"baseline-{_recipe(of)}"
    if known.is_file():
        return StoredCommit(stored.store, known.read_text().strip())
    made = without_feature(stored, of, progress)
    cache.write_atomically(known, made.stored.commit_id.encode())
    return made.stored


def _recipe(of: Interface) -> str:
    """Return a digest of the templates and the code that take the feature out."""
    templates = sorted(path for path in (of.directory / WITHOUT).rglob("*") if path.is_file())
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in templates))
    digest.update(cache.code_digest(__name__).encode())
    return digest.hexdigest()[:16]


class Files:
    """Some files of a tree, by path."""

    def __init__(self, label: str, files: dict[str, bytes]) -> None:
        self.label, self._files = label, files

    def read(self, path: str) -> bytes:
        """Return a file; TreeError if it is not among them."""
        if path not in self._files:
            raise TreeError(f"{self.label}: there is no {path}")
        return self._files[path]

    def exists(self, path: str) -> bool:
        """Return whether a file is among them."""
        return path in self._files

    def mode(self, path: str) -> str | None:
        """Return git's mode of a regular file."""
        return "100644" if path in self._files else None


def default_files(
    of: Interface,
    paths: tuple[str, ...],
    progress: Progress = ignore_progress,
    name: str = DEFAULT_PACKAGE,
    *,
    beside: tuple[str, ...] = (),
) -> TreeFiles:
    """Return some files of the default tree; nothing else is taken out of the tarball.

    Those `beside` them have nothing of the feature, and need not be there.
    """
    touched = paths_of_removal(of) if of.data.merged else ()
    every = tuple(dict.fromkeys((*paths, *beside, *touched)))
    tarball = TarballFiles(default_tarball(name), every, progress)
    files = {path: tarball.read(path) for path in every if path in paths or tarball.exists(path)}
    originals = Files(tarball.label, {path: files[path] for path in touched if path in files})
    if not touched:
        return Files(tarball.label, files)
    after = {change.path: change.after for change in render_removal(of, originals)}
    return Files(f"{tarball.label} without the feature", files | after)
