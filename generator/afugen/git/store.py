# SPDX-License-Identifier: GPL-2.0-only
"""afugen's own bare repository in the cache: commits, diffs and patches, all from objects.

It borrows the objects of a user's repository through objects/info/alternates. Its configuration
is its own, and info/attributes undoes what a tree's .gitattributes would do to function names
after `@@`. Commits are made by fast-import without a ref: there is nothing to lock, and a kill
leaves at most a temporary file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from afugen import cache
from afugen.command import Progress, ignore_progress
from afugen.errors import TreeError
from afugen.git.base import GitBase, Readable, inside, modes
from afugen.git.commit import CommitData, NewCommit, fast_import
from afugen.git.process import Git, fields
from afugen.git.worktree import checkout, worktree_path

_CONFIG = """\
[core]
	bare = true
	filemode = true
	logAllRefUpdates = false
	compression = 0
	repositoryformatversion = 0
[pack]
	compression = 0
[index]
	threads = true
[checkout]
	workers = 0
"""
_CONFIG_SHA256 = """\
[core]
	repositoryformatversion = 1
[extensions]
	objectFormat = sha256
"""
# The highest place attributes come from.
_ATTRIBUTES = "* !diff !text !eol !crlf !ident !filter !working-tree-encoding !export-subst\n"
_INDEX_LINE = re.compile(r"^index ([0-9a-f]{40,64})\.\.([0-9a-f]{40,64})", re.MULTILINE)
# All that `git diff` does by default, said outright. Ids are shortened by us: git lengthens
# them where another object of the repository begins alike.
_DIFF = (
    "--no-color", "--no-ext-diff", "--no-textconv", "--full-index", "--unified=3",
    "--inter-hunk-context=0", "--diff-algorithm=myers", "--indent-heuristic", "--find-renames=50%",
    "--src-prefix=a/", "--dst-prefix=b/", "--submodule=short", "--ignore-submodules=none",
)  # fmt: skip
_MAIL = (
    "--stdout", "--no-numbered", "--no-signature", "--zero-commit", "--no-attach", "--no-thread",
    "--no-cover-letter", "--no-notes", "--no-to", "--no-cc", "--no-add-header", "--no-from",
    "--encode-email-headers",
)  # fmt: skip
# The first line of each mail after the first, with --zero-commit.
_NEXT_MAIL = f"\nFrom {'0' * 40} Mon Sep 17 00:00:00 2001\n"
_UTF8 = (
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=UTF-8",
    "Content-Transfer-Encoding: 8bit",
)


class Store:
    """A repository that nobody but afugen writes; `directory` holds it, its worktrees and locks."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.git = Git(directory / "repo.git")

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        objects: Path | None = None,
        shallow: Path | None = None,
        object_format: str = "sha1",
        progress: Progress = ignore_progress,
    ) -> Store:
        """The store at `directory`, made if need be, borrowing from the `objects` directory."""
        store = cls(directory)
        cache.made(store.git.git_dir, lambda path: _init(path, object_format), progress)
        if objects is not None:
            info = store.git.git_dir / "objects" / "info"
            # Quotes and comments only count at the start of a line; this starts with a slash.
            cache.write_if_changed(info / "alternates", os.fsencode(objects.absolute()) + b"\n")
        if shallow is not None:
            _follow(shallow, store.git.git_dir / "shallow")
        return store

    @classmethod
    def scratch(cls) -> Store:
        """A store that borrows from nobody: for a handful of planted files."""
        return cls.open(cache.root() / "repos" / "scratch")

    def resolve(self, rev: str) -> str:
        """The commit id of a revision of this store."""
        return self.git.run("rev-parse", "--verify", "-q", f"{rev}^{{commit}}").decode().strip()

    def date(self, commit: str) -> datetime:
        """When a commit was committed, with its UTC offset."""
        said = self.git.run("show", "--no-patch", "--format=%cI", commit).decode()
        return datetime.fromisoformat(said.strip())

    def base(self, commit: str, label: str = "") -> GitBase:
        """The files of a commit."""
        return GitBase(self.git, commit, label or commit[:12])

    def plant(self, base: Readable, paths: Iterable[str], data: CommitData) -> str:
        """A commit without parents that holds just these files of `base`, where they exist."""
        found = [path for path in sorted(set(paths)) if base.exists(path)]
        files = {path: (base.mode(path) or "100644", base.read(path)) for path in found}
        return fast_import(self.git, None, [NewCommit(files, data)])[0]

    def commit(self, base: str, files: Mapping[str, bytes | None], data: CommitData) -> str:
        """A commit on `base` with these files' new contents (None: removed).

        Same input, same id, on any machine. No ref names it; see `Repository.update_branch`.
        """
        return self.commits(base, [(files, data)])[0]

    def commits(
        self, base: str, steps: Sequence[tuple[Mapping[str, bytes | None], CommitData]]
    ) -> tuple[str, ...]:
        """The same for several, each on the one before it."""
        paths = sorted({inside(path) for files, _ in steps for path in files})
        was = modes(self.git, base, tuple(paths))
        if odd := [path for path in paths if not was.get(path, "100").startswith("100")]:
            raise TreeError(f"{odd[0]} is not a regular file in {base[:12]}")
        new = []
        for files, data in steps:
            changes = {
                path: None if content is None else (was.get(inside(path), "100644"), content)
                for path, content in files.items()
            }
            new.append(NewCommit(changes, data))
        return fast_import(self.git, base, new)

    def changed(self, base: str, commit: str) -> tuple[str, ...]:
        """The paths in which two commits differ."""
        raw = self.git.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", base, commit)
        return tuple(fields(raw))

    def directory_ids(self, commit: str) -> dict[str, str]:
        """git's ids of what is at the top of a commit, or in a directory (`commit:path`)."""
        entries = (entry.partition("\t") for entry in fields(self.git.run("ls-tree", "-z", commit)))
        return {name: info.rsplit(" ", 1)[1] for info, _, name in entries}

    def diff(self, base: str, commit: str, *, abbrev: int = 7) -> str:
        """What `git diff` prints by default; ids on index lines have `abbrev` digits exactly."""
        text = self.git.run("diff", *_DIFF, base, commit)
        return _shortened(text.decode(errors="surrogateescape"), abbrev)

    def format_patch(
        self,
        commit: str,
        *,
        subject_prefix: str = "PATCH",
        base_commit: str | None = None,
        abbrev: int = 7,
    ) -> str:
        """The mail `git format-patch` makes; without `base_commit` nothing of it depends on
        anything but the message and the touched files."""
        based = "--no-base" if base_commit is None else f"--base={base_commit}"
        options = (*_MAIL, *_DIFF, based, f"--subject-prefix={subject_prefix}")
        text = self.git.run("format-patch", *options, "-1", commit).decode(errors="surrogateescape")
        head, divider, patch = text.partition("\n---\n")
        return head + divider + _shortened(patch, abbrev)

    def cover_letter(
        self,
        base: str,
        tip: str,
        *,
        subject_prefix: str,
        sender: CommitData,
        says_8bit: bool,
        base_commit: str | None = None,
    ) -> str:
        """The mail `git format-patch --cover-letter` puts before those of `base`..`tip`.

        It still asks for a subject and a text; `says_8bit` labels the latter, as git does only
        where a message of the commits asks for it.
        """
        based = "--no-base" if base_commit is None else f"--base={base_commit}"
        options = [*_MAIL, *_DIFF, based, f"--subject-prefix={subject_prefix}", "--cover-letter"]
        if says_8bit:
            options += [f"--add-header={header}" for header in _UTF8]
        environment = {
            "GIT_COMMITTER_NAME": sender.author_name,
            "GIT_COMMITTER_EMAIL": sender.author_email,
            "GIT_COMMITTER_DATE": sender.date.isoformat(),
        }
        raw = self.git.run("format-patch", *options, f"{base}..{tip}", environment=environment)
        letter, _, _ = raw.decode(errors="surrogateescape").partition(_NEXT_MAIL)
        return f"{letter}\n"

    def sanitized_subjects(self, base: str, tip: str) -> tuple[str, ...]:
        """Subjects of `base`..`tip` as git puts them into names of files, not yet cut to length."""
        options = ("--reverse", "--topo-order", "--format=%f", "--no-color")
        return tuple(self.git.run("log", *options, f"{base}..{tip}").decode().splitlines())

    def checkout(self, commit: str, name: str, progress: Progress = ignore_progress) -> Path:
        """The worktree `name` of this store at a commit, every file as committed.

        Only files that differ are written, so that make sees just these change. Whoever builds in
        it should use `checked_out`.
        """
        with self.checked_out(commit, name, progress) as path:
            return path

    @contextmanager
    def checked_out(
        self, commit: str, name: str, progress: Progress = ignore_progress
    ) -> Iterator[Path]:
        """The same, and nobody else changes it until the block ends."""
        path = worktree_path(self.directory, name)
        with cache.locked(path.with_name(f"{name}.use.lock"), progress):
            checkout(self.git, path, commit, progress)
            yield path


@dataclass(frozen=True, slots=True)
class Stored:
    """A commit and the store that has it."""

    store: Store
    commit_id: str

    def base(self) -> GitBase:
        """The commit's files."""
        return self.store.base(self.commit_id)


def _init(path: Path, object_format: str) -> None:
    git = Git(path)
    git.run("init", "--quiet", "--bare", "--template=", f"--object-format={object_format}")
    config = _CONFIG + (_CONFIG_SHA256 if object_format == "sha256" else "")
    (path / "config").write_text(config)
    (path / "info").mkdir(exist_ok=True)
    (path / "info" / "attributes").write_text(_ATTRIBUTES)


def _follow(theirs: Path, ours: Path) -> None:
    """Have the same history boundary as the user's repository, which may be deepened."""
    if theirs.is_file():
        cache.write_if_changed(ours, theirs.read_bytes())
    else:
        ours.unlink(missing_ok=True)


def _shortened(patch: str, abbrev: int) -> str:
    return _INDEX_LINE.sub(lambda m: f"index {m[1][:abbrev]}..{m[2][:abbrev]}", patch)
