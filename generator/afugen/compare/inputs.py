# SPDX-License-Identifier: GPL-2.0-only
"""The two sides of `afugen diff`: versions, specs, patches or branches, as commits on one base."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from afugen.command import Progress, ignore_progress
from afugen.compare import mailbox
from afugen.compare.mailbox import MailedPatch
from afugen.compare.sparse_base import ApplyError, SparseBase, TouchedFiles, content
from afugen.errors import InputError, TreeError
from afugen.git import (
    Commit,
    CommitData,
    Repository,
    Store,
    StoredCommit,
    list_commits,
    merge_base,
    open_tree,
)
from afugen.series import commits, version
from afugen.series.commits import Made
from afugen.series.trees import Files, package_of
from afugen.series.version import Version
from afugen.spec import interface, yamlsource
from afugen.spec.yamlsource import Source

NO_SERIES = "none"
MAX_COMMITS = 100
_SPEC_SUFFIXES = (".yaml", ".yml")
_MAX_MAIL_BYTES = 16 << 20
_PATCHES_ONLY = "compared by what the patches show; no kernel tree is looked at"


class SideKind(StrEnum):
    """What the argument of a side names."""

    SPEC = "spec"
    PATCHES = "patches"
    REVISION = "revision"
    TREE = "tree"
    STOCK = "stock"


@dataclass(frozen=True, slots=True)
class Side:
    """One side: its commits from `base` to `stored`; `made` and `source` if it has a spec.

    `version` is also set for the tree with the merged feature, whose interface is that version's.
    `note` is the warning about patches without a kernel tree.
    """

    name: str
    kind: SideKind
    base: str
    stored: StoredCommit
    commits: tuple[Commit, ...] = ()
    version: Version | None = None
    made: Made | None = None
    source: Source | None = None
    note: str = ""

    @property
    def has_tree(self) -> bool:
        """Return whether the commits are on a whole kernel tree, which can be compiled."""
        return not self.note


@dataclass(frozen=True, slots=True)
class _Argument:
    """The argument of a side, before its base is known."""

    name: str
    kind: SideKind
    version: Version | None = None
    patches: tuple[MailedPatch, ...] = ()


@dataclass(frozen=True, slots=True)
class TreeOptions:
    """The options --tree and --base; None is the default tree and its HEAD."""

    tree: Path | None = None
    base: str | None = None


def resolve_sides(
    words: Sequence[str], options: TreeOptions, progress: Progress = ignore_progress
) -> tuple[Side, ...]:
    """Return the sides that arguments name, on one base and in one store.

    InputError or TreeError for an argument that names nothing.
    """
    if options.tree is None and options.base is not None:
        raise InputError("--base names a commit of --tree, which is not given")
    arguments = [_argument(word, options) for word in words]
    if len({one.name for one in arguments}) < len(arguments):
        # Two specs may have one name: each is named by its path then.
        pairs = zip(arguments, words, strict=True)
        arguments = [replace(argument, name=word) for argument, word in pairs]
    if options.tree is None and all(one.kind is SideKind.PATCHES for one in arguments):
        return _without_tree(arguments)
    base = _common_base(arguments, options, progress)
    return tuple(_side(argument, base, options) for argument in arguments)


def _argument(word: str, options: TreeOptions) -> _Argument:
    path = Path(word)
    if word == NO_SERIES:
        return _Argument(word, SideKind.TREE)
    if version.is_stock(word):
        if package_of(options.tree) is None:
            raise InputError("stock is a package's tree with the merged feature: see --tree")
        return _Argument(word, SideKind.STOCK, version.find(word))
    if version.is_known(word) or path.suffix in _SPEC_SUFFIXES or (path / "spec.yaml").is_file():
        found = version.find(word)
        return _Argument(found.name, SideKind.SPEC, found)
    if path.exists():
        return _Argument(word, SideKind.PATCHES, patches=_patches(path))
    if options.tree is not None:
        return _Argument(word, SideKind.REVISION)
    known = ", ".join(version.known())
    raise InputError(
        f"{word}: no such file, no version ({known}), and no --tree to look for a revision in"
    )


def _patches(path: Path) -> tuple[MailedPatch, ...]:
    """Return the patches of a file, or of a directory that git format-patch wrote."""
    files = sorted([*path.glob("*.patch"), *path.glob("*.mbox")]) if path.is_dir() else [path]
    if not files:
        raise InputError(f"{path}: a directory without spec.yaml or *.patch")
    return mailbox.parse_mails({str(file): _read(file) for file in files})


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_MAIL_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    if len(raw) > _MAX_MAIL_BYTES:
        raise InputError(f"{path}: larger than {_MAX_MAIL_BYTES >> 20} MiB, not a series")
    return raw


def _common_base(
    arguments: Sequence[_Argument], options: TreeOptions, progress: Progress
) -> StoredCommit:
    """Return the base of all sides: --base, or else the merge base of branches, or else HEAD."""
    revisions = [one.name for one in arguments if one.kind is SideKind.REVISION]
    if options.tree is None or options.base is not None or not revisions:
        versions = (one.version for one in arguments if one.version)
        of = next((one.spec.interface for one in versions), None) or interface.default()
        return commits.base_of(options.tree, options.base or "HEAD", of, progress)
    repository = open_tree(options.tree)
    if not isinstance(repository, Repository):
        raise TreeError(
            f"{options.tree} is an unpacked tarball: it has no revision {revisions[0]!r}"
        )
    store = repository.store(progress)
    ids = [repository.resolve(name) for name in revisions]
    others = ids if len(ids) == len(arguments) else [*ids, repository.resolve()]
    found = others[0]
    for other in others[1:]:
        found = merge_base(store, found, other)
    if found in ids and len(ids) < len(arguments):
        raise InputError(f"{revisions[0]}: name the commit that its series starts from with --base")
    return repository.stored_commit(found, progress)


def _side(argument: _Argument, stored: StoredCommit, options: TreeOptions) -> Side:
    side = Side(argument.name, argument.kind, stored.commit_id, stored, version=argument.version)
    if argument.kind is SideKind.STOCK and argument.version is not None:
        of = argument.version.spec.interface
        return replace(side, stored=commits.base_of(options.tree, "HEAD", of, is_stock=True))
    if argument.version is not None:
        made = commits.commit(argument.version, stored)
        source = yamlsource.read(argument.version.path)
        return _with_commits(replace(side, made=made, source=source), made.commit_id)
    if argument.kind is SideKind.REVISION:
        repository = open_tree(options.tree or Path())
        return _with_commits(side, repository.stored_commit(argument.name).commit_id)
    return _on_tree(argument, stored) if argument.kind is SideKind.PATCHES else side


def _with_commits(side: Side, tip: str) -> Side:
    store = side.stored.store
    found = list_commits(store, side.base, tip, limit=MAX_COMMITS)
    return replace(side, stored=StoredCommit(store, tip), commits=found)


def _on_tree(argument: _Argument, stored: StoredCommit) -> Side:
    """Commit patches to a tree, or to a sparse base of their own if they do not apply."""
    base = stored.files()
    files = (file for patch in argument.patches for file in patch.files)
    paths = {path for file in files for path in (file.old, file.new) if path}
    known = {path: base.read(path) for path in sorted(paths) if base.exists(path)}
    try:
        states = SparseBase(known).apply(argument.patches)
    except ApplyError as error:
        note = f"does not apply to the tree ({error}), so it is shown by itself"
        sparse = SparseBase()
        states = sparse.apply(argument.patches)
        return _committed(argument, _commit_base(stored.store, sparse), states, note)
    return _committed(argument, stored, states, "")


def _without_tree(arguments: Sequence[_Argument]) -> tuple[Side, ...]:
    """Commit series of patches to a sparse base: a common one if they agree on its lines."""
    common = SparseBase()
    applied = []
    for argument in arguments:
        base = common
        try:
            states = base.apply(argument.patches)
        except ApplyError:
            base = SparseBase()
            states = base.apply(argument.patches)
        applied.append((argument, base, states))
    store = Store.scratch()
    # Only now the common base has all lines.
    return tuple(
        _committed(argument, _commit_base(store, base), states, _PATCHES_ONLY)
        for argument, base, states in applied
    )


def _commit_base(store: Store, base: SparseBase) -> StoredCommit:
    files = base.files()
    data = CommitData("afugen", "afugen@localhost", mailbox.EPOCH, "What the patches show\n")
    return StoredCommit(store, store.root_commit(Files("base", files), files, data))


def _committed(
    argument: _Argument, base: StoredCommit, states: Sequence[TouchedFiles], note: str
) -> Side:
    """Return the side with the commits of applied patches."""
    tip, found = base.commit_id, []
    for patch, state in zip(argument.patches, states, strict=True):
        files = {path: None if lines is None else content(lines) for path, lines in state.items()}
        tip = base.store.commit(tip, files, _commit_data(patch))
        found.append(Commit(tip, patch.subject))
    stored = StoredCommit(base.store, tip)
    return Side(argument.name, argument.kind, base.commit_id, stored, tuple(found), note=note)


def _commit_data(patch: MailedPatch) -> CommitData:
    unsafe = {ord(c): None for c in "<>\n\0"}
    name, email = (
        text.translate(unsafe).strip() or "unknown"
        for text in (patch.author_name, patch.author_email)
    )
    message = f"{patch.subject}\n\n{patch.message}".strip("\n") + "\n"
    return CommitData(name, email, patch.date, message)
