# SPDX-License-Identifier: GPL-2.0-only
"""What `afugen diff` compares: a version, a spec, patches or a branch, made into commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from afugen.command import Progress, ignore_progress
from afugen.compare import mails, sparse
from afugen.compare.mails import Mail
from afugen.errors import InputError, TreeError
from afugen.git import Commit, CommitData, Repository, Store, Stored, history, open_tree
from afugen.series import commits as changes
from afugen.series import version
from afugen.series.commits import Made
from afugen.series.trees import Files, package_of
from afugen.series.version import Version
from afugen.spec import yamlsource
from afugen.spec.yamlsource import Source

NONE = "none"
STOCK = "stock"
MAX_COMMITS = 100
_SPECS = (".yaml", ".yml")
_MAX_MAIL_BYTES = 16 << 20


class Kind(StrEnum):
    """What the word of a side turned out to be."""

    SPEC = "spec"
    PATCHES = "patches"
    REVISION = "revision"
    TREE = "tree"
    STOCK = "stock"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: its commits from `base` to `stored`; `made` and `source` if it has a spec.

    `version` is what its interface is called, also where no spec made it: that of the tree with
    the merged feature. `note` is what a reader must know of how it was made into commits.
    """

    name: str
    kind: Kind
    base: str
    stored: Stored
    commits: tuple[Commit, ...]
    version: Version | None = None
    made: Made | None = None
    source: Source | None = None
    note: str = ""

    @property
    def is_on_a_tree(self) -> bool:
        """Whether its commits stand on a whole kernel, which can be compiled."""
        return not self.note


@dataclass(frozen=True, slots=True)
class _Named:
    """What a word names, before it is known what it stands on."""

    name: str
    kind: Kind
    version: Version | None = None
    mails: tuple[Mail, ...] = ()


@dataclass(frozen=True, slots=True)
class Where:
    """The options that say what to stand on: `tree` None is the default tree."""

    tree: Path | None = None
    base: str | None = None


def resolve(
    words: Sequence[str], where: Where, progress: Progress = ignore_progress
) -> tuple[Side, ...]:
    """The sides that words name, all on one base and in one store; InputError's children."""
    if where.tree is None and where.base is not None:
        raise InputError("--base names a commit of --tree, which is not given")
    named = _told_apart(words, [_named(word, where) for word in words])
    if where.tree is None and all(one.kind is Kind.PATCHES for one in named):
        return _by_themselves(named)
    stored = _base(named, where, progress)
    return tuple(_side(one, stored, where) for one in named)


def _told_apart(words: Sequence[str], named: Sequence[_Named]) -> tuple[_Named, ...]:
    """Two specs may have one name: then each is called what the user called it."""
    if len({one.name for one in named}) == len(named):
        return tuple(named)
    return tuple(replace(one, name=word) for word, one in zip(words, named, strict=True))


def _named(word: str, where: Where) -> _Named:
    path = Path(word)
    if word == NONE:
        return _Named(word, Kind.TREE)
    if version.is_stock(word):
        if package_of(where.tree) is None:
            raise InputError("stock is a package's tree with the merged feature: see --tree")
        return _Named(word, Kind.STOCK, version.find(word))
    if version.is_known(word) or path.suffix in _SPECS or (path / "spec.yaml").is_file():
        found = version.find(word)
        return _Named(found.name, Kind.SPEC, found)
    if path.exists():
        return _Named(word, Kind.PATCHES, mails=_patches(path))
    if where.tree is not None:
        return _Named(word, Kind.REVISION)
    known = ", ".join(version.known())
    raise InputError(
        f"{word}: no such file, no version ({known}), and no --tree to look for a revision in"
    )


def _patches(path: Path) -> tuple[Mail, ...]:
    """The patches of a file, or of a directory that format-patch wrote."""
    files = sorted([*path.glob("*.patch"), *path.glob("*.mbox")]) if path.is_dir() else [path]
    if not files:
        raise InputError(f"{path}: a directory without spec.yaml or *.patch")
    return tuple(mail for file in files for mail in mails.parse(_read(file), str(file)))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_MAIL_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    if len(raw) > _MAX_MAIL_BYTES:
        raise InputError(f"{path}: larger than {_MAX_MAIL_BYTES >> 20} MiB, not a series")
    return raw


def _base(named: Sequence[_Named], where: Where, progress: Progress) -> Stored:
    """The commit that all stand on: the one named, where branches part, or HEAD."""
    revisions = [one.name for one in named if one.kind is Kind.REVISION]
    if where.tree is None or where.base is not None or not revisions:
        return changes.base_of(where.tree, where.base or "HEAD", progress)
    repository = open_tree(where.tree)
    if not isinstance(repository, Repository):
        raise TreeError(f"{where.tree} is an unpacked tarball: it has no revision {revisions[0]!r}")
    store = repository.store(progress)
    ids = [repository.resolve(name) for name in revisions]
    others = ids if len(ids) == len(named) else [*ids, repository.resolve()]
    found = others[0]
    for other in others[1:]:
        found = history.merge_base(store, found, other)
    if found in ids and len(ids) < len(named):
        raise InputError(f"{revisions[0]}: name the commit that its series starts from with --base")
    return repository.stored(found, progress)


def _side(one: _Named, stored: Stored, where: Where) -> Side:
    store, base = stored.store, stored.commit_id
    if one.kind is Kind.STOCK:
        merged = changes.base_of(where.tree, "HEAD", is_stock=True)
        return Side(one.name, one.kind, base, merged, (), one.version)
    if one.version is not None:
        made = changes.commit(one.version, stored)
        source = yamlsource.read(one.version.path)
        found = history.commits(store, base, made.commit_id, limit=MAX_COMMITS)
        return Side(
            one.name,
            one.kind,
            base,
            Stored(store, made.commit_id),
            found,
            one.version,
            made,
            source,
        )
    if one.kind is Kind.PATCHES:
        return _on_tree(one, stored)
    if one.kind is Kind.REVISION:
        repository = open_tree(where.tree or Path())
        tip = repository.stored(one.name).commit_id
        found = history.commits(store, base, tip, limit=MAX_COMMITS)
        return Side(one.name, one.kind, base, Stored(store, tip), found)
    return Side(one.name, one.kind, base, stored, ())


def _on_tree(one: _Named, stored: Stored) -> Side:
    """Patches on a real tree; by themselves, in its store, if they do not apply to it."""
    base = stored.base()
    touched = {
        path for mail in one.mails for file in mail.files for path in (file.old, file.new) if path
    }
    known = {path: base.read(path) for path in sorted(touched) if base.exists(path)}
    planting = sparse.Planting(known)
    try:
        states = planting.apply(one.mails)
    except sparse.DoesNotFit as misfit:
        note = f"does not apply to the tree ({misfit}), so it is shown by itself"
        planting = sparse.Planting()
        states = planting.apply(one.mails)
        return _planted(one, Stored(stored.store, _plant(stored.store, planting)), states, note)
    return _planted(one, stored, states, "")


_States = Sequence[sparse.State]
_ALONE = "compared by what the patches show; no kernel tree is looked at"


def _by_themselves(named: Sequence[_Named]) -> tuple[Side, ...]:
    """Series of patches on a base of which only they know, a common one if they agree on it."""
    common = sparse.Planting()
    applied: list[tuple[sparse.Planting, _States]] = []
    for one in named:
        try:
            applied.append((common, common.apply(one.mails)))
        except sparse.DoesNotFit:
            own = sparse.Planting()
            applied.append((own, own.apply(one.mails)))
    store = Store.scratch()
    return tuple(
        _planted(one, Stored(store, _plant(store, planting)), states, _ALONE)
        for one, (planting, states) in zip(named, applied, strict=True)
    )


def _plant(store: Store, planting: sparse.Planting) -> str:
    """A commit of what patches show of their base."""
    files = planting.base()
    data = CommitData("afugen", "afugen@localhost", mails.EPOCH, "What the patches show\n")
    return store.plant(Files("base", files), files, data)


def _planted(one: _Named, base: Stored, states: _States, note: str) -> Side:
    """The commits of a mailed series on a base."""
    store = base.store
    tip, found = base.commit_id, []
    for mail, state in zip(one.mails, states, strict=True):
        contents = {
            path: None if lines is None else sparse.content(lines) for path, lines in state.items()
        }
        tip = store.commit(tip, contents, _commit_data(mail))
        found.append(Commit(tip, mail.subject))
    return Side(one.name, one.kind, base.commit_id, Stored(store, tip), tuple(found), note=note)


def _commit_data(mail: Mail) -> CommitData:
    clean = {ord(c): None for c in "<>\n\0"}
    name, address = (
        text.translate(clean).strip() or "unknown" for text in (mail.author_name, mail.author_email)
    )
    said = f"{mail.subject}\n\n{mail.message}".strip("\n") + "\n"
    return CommitData(name, address, mail.date, said)
