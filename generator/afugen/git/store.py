# SPDX-License-Identifier: GPL-2.0-only
"""afugen's own bare repository in the cache: commits, diffs and patches, all from objects.

It borrows the objects of a user's repository through objects/info/alternates. It has its own
configuration, and its info/attributes overrides a tree's .gitattributes, which would change the
function names after `@@`. fast-import makes commits without a ref: nothing is locked, and a kill
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
from afugen.git.commit import CommitData, NewCommit, fast_import
from afugen.git.files import CommitFiles, TreeEntry, TreeFiles, list_tree
from afugen.git.process import Git, split_nul
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
# For info/attributes, which overrides all other files of attributes.
_ATTRIBUTES = "* !diff !text !eol !crlf !ident !filter !working-tree-encoding !export-subst\n"
_INDEX_LINE = re.compile(r"^index ([0-9a-f]{40,64})\.\.([0-9a-f]{40,64})", re.MULTILINE)
# The defaults of `git diff`. afugen shortens the ids itself: git makes an id longer if another
# object of the repository starts with the same digits.
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
# With --zero-commit, each mail starts with this line.
_MAIL_SEPARATOR = f"\nFrom {'0' * 40} Mon Sep 17 00:00:00 2001\n"
_UTF8_HEADERS = (
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=UTF-8",
    "Content-Transfer-Encoding: 8bit",
)


class Store:
    """A bare repository that only afugen writes; `directory` holds it, its worktrees and locks."""

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
        """Open or make the store in `directory`, which borrows from the `objects` directory."""
        store = cls(directory)
        cache.create_once(store.git.git_dir, lambda path: _init(path, object_format), progress)
        if objects is not None:
            info = store.git.git_dir / "objects" / "info"
            # Quotes and comments matter at the start of a line only; this one starts with a slash.
            cache.write_if_changed(info / "alternates", os.fsencode(objects.absolute()) + b"\n")
        if shallow is not None:
            _copy_shallow(shallow, store.git.git_dir / "shallow")
        return store

    @classmethod
    def scratch(cls) -> Store:
        """Open the store for commits of a few files, which borrows from no repository."""
        return cls.open(cache.root() / "repos" / "scratch")

    def resolve(self, rev: str) -> str:
        """Return the commit id of a revision of this store."""
        return self.git.run("rev-parse", "--verify", "-q", f"{rev}^{{commit}}").decode().strip()

    def date(self, commit: str) -> datetime:
        """Return a commit's committer date with its UTC offset."""
        date = self.git.run("show", "--no-patch", "--format=%cI", commit).decode()
        return datetime.fromisoformat(date.strip())

    def files(self, commit: str, label: str = "") -> CommitFiles:
        """Return the files of a commit; `label` names them in messages."""
        return CommitFiles(self.git, commit, label or commit[:12])

    def root_commit(self, tree: TreeFiles, paths: Iterable[str], data: CommitData) -> str:
        """Make a commit without parents from those of the paths that the tree has."""
        existing = [path for path in sorted(set(paths)) if tree.exists(path)]
        files = {path: (tree.mode(path) or "100644", tree.read(path)) for path in existing}
        return fast_import(self.git, None, [NewCommit(files, data)])[0]

    def commit(self, base: str, files: Mapping[str, bytes | None], data: CommitData) -> str:
        """Make a commit on `base` with new contents of files, or None to remove one.

        The id depends on the arguments alone. No ref is written: see `Repository.update_branch`.
        """
        return self.commits(base, [(files, data)])[0]

    def commits(
        self, base: str, steps: Sequence[tuple[Mapping[str, bytes | None], CommitData]]
    ) -> tuple[str, ...]:
        """Make a chain of such commits, the first on `base`."""
        paths = {path for files, _ in steps for path in files}
        old = list_tree(self.git, base, *paths) if paths else {}
        for path, entry in old.items():
            if not entry.mode.startswith("100"):
                raise TreeError(f"{path} is not a regular file in {base[:12]}")
        new = []
        for files, data in steps:
            changes = {
                path: None if content is None else (_mode(old, path), content)
                for path, content in files.items()
            }
            new.append(NewCommit(changes, data))
        return fast_import(self.git, base, new)

    def changed(self, base: str, commit: str) -> tuple[str, ...]:
        """Return the paths in which two commits differ."""
        raw = self.git.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", base, commit)
        return tuple(split_nul(raw))

    def entry_ids(self, commit: str) -> dict[str, str]:
        """Return the ids of the entries of a commit's top, or of a directory (`commit:path`)."""
        return {path: entry.id for path, entry in list_tree(self.git, commit).items()}

    def diff(self, base: str, commit: str, *, abbrev: int = 7) -> str:
        """Return the default output of `git diff`; index lines have `abbrev` digits of each id."""
        text = self.git.run("diff", *_DIFF, base, commit)
        return _shorten_ids(text.decode(errors="surrogateescape"), abbrev)

    def format_patch(
        self,
        commit: str,
        *,
        subject_prefix: str = "PATCH",
        base_commit: str | None = None,
        abbrev: int = 7,
    ) -> str:
        """Return the mail that `git format-patch` makes of a commit.

        Without `base_commit` it depends on the message and the changed files alone.
        """
        options = _mail_options(subject_prefix, base_commit)
        text = self.git.run("format-patch", *options, "-1", commit).decode(errors="surrogateescape")
        head, divider, patch = text.partition("\n---\n")
        return head + divider + _shorten_ids(patch, abbrev)

    def cover_letter(
        self,
        base: str,
        tip: str,
        *,
        subject_prefix: str,
        sender: CommitData,
        declare_8bit: bool,
        base_commit: str | None = None,
    ) -> str:
        """Return the cover letter that `git format-patch` makes for `base`..`tip`.

        It has git's placeholders for the subject and the text. `declare_8bit` adds the headers of
        a UTF-8 text, which git adds only if a commit message has one.
        """
        options = [*_mail_options(subject_prefix, base_commit), "--cover-letter"]
        if declare_8bit:
            options += [f"--add-header={header}" for header in _UTF8_HEADERS]
        environment = {
            "GIT_COMMITTER_NAME": sender.author_name,
            "GIT_COMMITTER_EMAIL": sender.author_email,
            "GIT_COMMITTER_DATE": sender.date.isoformat(),
        }
        mails = self.git.run("format-patch", *options, f"{base}..{tip}", environment=environment)
        letter, _, _ = mails.decode(errors="surrogateescape").partition(_MAIL_SEPARATOR)
        return f"{letter}\n"

    def sanitized_subjects(self, base: str, tip: str) -> tuple[str, ...]:
        """Return the subjects of `base`..`tip` as in names of patch files, but not shortened."""
        options = ("--reverse", "--topo-order", "--format=%f", "--no-color")
        return tuple(self.git.run("log", *options, f"{base}..{tip}").decode().splitlines())

    def checkout(self, commit: str, name: str, progress: Progress = ignore_progress) -> Path:
        """Check out a commit in the worktree `name` and return its path.

        Only files that differ are written, so that make rebuilds what depends on them alone. Use
        `checked_out` for builds.
        """
        with self.checked_out(commit, name, progress) as path:
            return path

    @contextmanager
    def checked_out(
        self, commit: str, name: str, progress: Progress = ignore_progress
    ) -> Iterator[Path]:
        """Check out a commit as `checkout` does, and lock the worktree until the block ends."""
        path = worktree_path(self.directory, name)
        with cache.locked(path.with_name(f"{name}.use.lock"), progress):
            checkout(self.git, path, commit, progress)
            yield path


@dataclass(frozen=True, slots=True)
class StoredCommit:
    """A commit and the store that holds it."""

    store: Store
    commit_id: str

    def files(self) -> CommitFiles:
        """Return the commit's files."""
        return self.store.files(self.commit_id)


def _init(path: Path, object_format: str) -> None:
    git = Git(path)
    git.run("init", "--quiet", "--bare", "--template=", f"--object-format={object_format}")
    config = _CONFIG + (_CONFIG_SHA256 if object_format == "sha256" else "")
    (path / "config").write_text(config)
    (path / "info").mkdir(exist_ok=True)
    (path / "info" / "attributes").write_text(_ATTRIBUTES)


def _mode(entries: Mapping[str, TreeEntry], path: str) -> str:
    """Return git's mode of a file; a new file's is 100644."""
    return entries[path].mode if path in entries else "100644"


def _mail_options(subject_prefix: str, base_commit: str | None) -> tuple[str, ...]:
    base = "--no-base" if base_commit is None else f"--base={base_commit}"
    return (*_MAIL, *_DIFF, base, f"--subject-prefix={subject_prefix}")


def _copy_shallow(source: Path, destination: Path) -> None:
    """Copy the history boundary of the user's shallow clone, which the user may deepen."""
    if source.is_file():
        cache.write_if_changed(destination, source.read_bytes())
    else:
        destination.unlink(missing_ok=True)


def _shorten_ids(patch: str, abbrev: int) -> str:
    return _INDEX_LINE.sub(lambda m: f"index {m[1][:abbrev]}..{m[2][:abbrev]}", patch)
