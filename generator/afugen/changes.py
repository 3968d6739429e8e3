# SPDX-License-Identifier: GPL-2.0-only
"""From a version of the series and a tree to a diff, a commit, a patch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from afugen import cache
from afugen.command import Progress, ignore_progress
from afugen.errors import InputError
from afugen.render import Change, kernel_paths, render
from afugen.repo import Readable, Store, Stored, open_tree
from afugen.series import Comparison, Patch, compare, golden
from afugen.trees import default_files, default_tree
from afugen.version import Version


@dataclass(frozen=True, slots=True)
class Made:
    """A commit made of a spec, the base it stands on, and what it changes."""

    version: Version
    stored: Stored
    commit_id: str
    changes: tuple[Change, ...]


def base_of(tree: Path | None, rev: str, progress: Progress = ignore_progress) -> Stored:
    """The commit to start from: of the user's tree, or the default one without the feature."""
    if tree is None:
        if rev != "HEAD":
            raise InputError("--base names a commit of --tree, which is not given")
        return default_tree(progress)
    return open_tree(tree).stored(rev, progress)


def diff(version: Version, base: Readable, *, abbrev: int) -> str:
    """What `git diff` would print if the spec's commit were made on the base."""
    store = Store.scratch()
    files = _contents(render(version.spec, base))
    message = version.series.commit
    planted = store.plant(base, files, message)
    return store.diff(planted, store.commit(planted, files, message), abbrev=abbrev)


def commit(version: Version, stored: Stored) -> Made:
    """The spec's commit on a base; the same input is the same commit."""
    changes = render(version.spec, stored.base())
    made = stored.store.commit(stored.commit_id, _contents(changes), version.series.commit)
    return Made(version, stored, made, changes)


def golden_patch(version: Version, base: Readable) -> Patch:
    """The patch as it is committed beside its spec."""
    return golden(base, _contents(render(version.spec, base)), version.series)


def golden_base(progress: Progress = ignore_progress) -> Readable:
    """The touched files of the default tree, without the feature; the rest is not unpacked."""
    return default_files(kernel_paths(), progress)


def compare_golden(version: Version, base: Readable) -> Comparison:
    """The committed patch against the one that the spec makes now."""
    fresh = golden_patch(version, base)
    path = version.path.parent / fresh.name
    committed = path.read_text("utf-8", "surrogateescape") if path.exists() else None
    return compare(committed, fresh, base)


def write_patch(directory: Path, patch: Patch) -> Path:
    """Write a mail under its own name, whole or not at all."""
    path = directory / patch.name
    try:
        directory.mkdir(parents=True, exist_ok=True)
        cache.write_atomically(path, patch.text.encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    return path


def _contents(changes: tuple[Change, ...]) -> dict[str, bytes | None]:
    return {change.path: change.after for change in changes}
