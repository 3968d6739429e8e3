# SPDX-License-Identifier: GPL-2.0-only
"""The diff, the commits and the mails of a version of a series on a tree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from afugen import cache
from afugen.command import Progress, ignore_progress
from afugen.errors import InputError, TreeError
from afugen.git import CommitData, Overlay, Store, StoredCommit, TreeFiles, open_tree
from afugen.render import (
    Change,
    environment_of,
    keep_compiled,
    kernel_paths,
    paths_of_test,
    render,
    render_test,
)
from afugen.series.mails import Comparison, Patch, PatchData, Step, compare, golden, mails
from afugen.series.trees import default_files, default_tree, package_of, stock_tree
from afugen.series.version import NOBODY, Version
from afugen.spec.interface import Interface
from afugen.spec.model import Spec

# How a mail of the golden copy begins.
NO_COMMIT = b"From " + b"0" * 40


@dataclass(frozen=True, slots=True)
class Patched:
    """One patch of a series: its texts, and the files it changes."""

    data: PatchData
    changes: tuple[Change, ...]

    @property
    def step(self) -> Step:
        """Return the patch as the new contents of files."""
        return Step({change.path: change.after for change in self.changes}, self.data)


@dataclass(frozen=True, slots=True)
class Made:
    """The commits made of a spec, in order, and the base they stand on."""

    version: Version
    stored: StoredCommit
    patches: tuple[Patched, ...]
    commit_ids: tuple[str, ...]

    @property
    def commit_id(self) -> str:
        """Return the id of the last commit of the series."""
        return self.commit_ids[-1]


def base_of(
    tree: Path | None,
    rev: str,
    interface: Interface,
    progress: Progress = ignore_progress,
    *,
    is_stock: bool = False,
) -> StoredCommit:
    """Return the base commit: of the user's tree, or of Debian's without the feature or with it.

    `tree` may name a linux-source package that is installed; without it there is a default.
    """
    if (package := _package(tree, rev)) is not None:
        if is_stock:
            return stock_tree(progress, package)
        return default_tree(interface, progress, package)
    assert tree is not None
    return open_tree(tree).stored_commit(rev, progress)


def files_of(
    tree: Path | None, rev: str, interface: Interface, progress: Progress = ignore_progress
) -> TreeFiles:
    """Return the base as files, for a caller that reads only what the interface's templates touch.

    Of a package nothing else is unpacked.
    """
    if (package := _package(tree, rev)) is not None:
        touched, beside = kernel_paths(interface), paths_of_test(interface)
        try:
            return default_files(interface, touched, progress, package, beside=beside)
        except TreeError as error:
            raise TreeError(f"{error}; --tree names another tree") from None
    assert tree is not None
    return open_tree(tree).files(rev)


def _package(tree: Path | None, rev: str) -> str | None:
    """Return the package that `--tree` names, or the default one; None for a tree of the user's."""
    package = package_of(tree)
    if package is not None and rev != "HEAD":
        raise InputError("--base names a commit of --tree, which is not given or no repository")
    return package


def _keep_templates(interface: Interface) -> None:
    keep_compiled(environment_of(interface), cache.root() / "templates")


def patched(version: Version, base: TreeFiles) -> tuple[Patched, ...]:
    """Render the patches of a version, each on top of the one before it."""
    of = version.spec.interface
    _keep_templates(of)
    feature, *test = version.mails
    first = Patched(feature, render(version.spec, base))
    after = Overlay(base, first.step.files)
    return (first, *(Patched(data, render_test(version.spec, of, after)) for data in test))


def diff(version: Version, base: TreeFiles, *, abbrev: int) -> str:
    """Return what `git diff` prints between the base and the spec's last commit."""
    store = Store.scratch()
    steps = [one.step for one in patched(version, base)]
    touched = {path for step in steps for path in step.files}
    planted = store.root_commit(base, touched, steps[0].data.commit)
    return store.diff(planted, _commits(store, planted, steps)[-1], abbrev=abbrev)


def commit(version: Version, stored: StoredCommit) -> Made:
    """Make the spec's commits on a base; the same input has the same commit ids."""
    patches = patched(version, stored.files())
    steps = [one.step for one in patches]
    commits = _commits(stored.store, stored.commit_id, steps)
    return Made(version, stored, patches, commits)


def add_test(stored: StoredCommit, interface: Interface, spec: Spec | None) -> StoredCommit:
    """Return a commit with the test on top of one; the commit itself if it has a test already.

    Without a spec there is nothing to test but what the driver has always had.
    """
    base = stored.files()
    test = interface.data.test
    if test is None:
        raise InputError(f"{interface.label} has no test: there is nothing to boot")
    if base.exists(f"{test.selftest}/Makefile"):
        return stored
    _keep_templates(interface)
    files = {change.path: change.after for change in render_test(spec, interface, base)}
    when = stored.store.date(stored.commit_id)
    data = CommitData(NOBODY.name, NOBODY.email, when, f"{test.commit}\n")
    return StoredCommit(stored.store, stored.store.commit(stored.commit_id, files, data))


def _commits(store: Store, base: str, steps: Sequence[Step]) -> tuple[str, ...]:
    return store.commits(base, [(step.files, step.data.commit) for step in steps])


def golden_patches(version: Version, base: TreeFiles) -> tuple[Patch, ...]:
    """Return the mails in the form in which they are committed beside the spec."""
    return golden(base, [one.step for one in patched(version, base)], version.cover)


def outgoing(made: Made, sign: Callable[[], tuple[str, str]] | None) -> tuple[Patch, ...]:
    """Return the mails to send, with `base-commit:`; `sign` names who sends an unsigned series."""
    steps = [one.step for one in made.patches]
    if sign and made.version.spec.series.author is None:
        name, email = sign()
        steps = [replace(step, data=step.data.signed_by(name, email)) for step in steps]
    store, base = made.stored.store, made.stored.commit_id
    return mails(store, base, steps, made.version.cover, tells_base=True)


def golden_base(interface: Interface, progress: Progress = ignore_progress) -> TreeFiles:
    """Return the files that the committed mails are made on, of the default tree."""
    return files_of(None, "HEAD", interface, progress)


def compare_golden(version: Version, base: TreeFiles) -> Comparison:
    """Compare the committed mails with those that the spec makes now."""
    fresh = golden_patches(version, base)
    committed = {path.name: path.read_text("utf-8", "surrogateescape") for path in version.patches}
    return compare(committed, fresh, base)


def renew_golden(version: Version, base: TreeFiles) -> tuple[Path, ...]:
    """Write the mails beside the spec, and remove those that it does not make."""
    fresh = golden_patches(version, base)
    written = tuple(write_patch(version.path.parent, patch) for patch in fresh)
    for other in set(version.patches) - set(written):
        # Made by afugen for this place: mail that is sent names its commit.
        if other.read_bytes().startswith(NO_COMMIT):
            other.unlink()
    return written


def write_patch(directory: Path, patch: Patch) -> Path:
    """Write a mail under its own name, whole or not at all."""
    path = directory / patch.name
    try:
        directory.mkdir(parents=True, exist_ok=True)
        cache.write_atomically(path, patch.text.encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    return path
