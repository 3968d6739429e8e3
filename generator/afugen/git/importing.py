# SPDX-License-Identifier: GPL-2.0-only
"""Kernel sources that are not in git, made into a commit in the cache.

The commit depends on the files and on nothing else: the same on every machine, and the same
whether they came in a tarball or in a directory.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from pathlib import Path

from afugen import cache
from afugen.command import Progress, ProgressEvent, ignore_progress
from afugen.errors import InfraError, TreeError
from afugen.git.base import KERNEL_TOP
from afugen.git.packing import Entry, PackWriter, add_tree, index
from afugen.git.process import Git, fields
from afugen.git.store import Store, Stored
from afugen.git.tarball import checked, fingerprint, members
from afugen.git.unpacking import Writer
from afugen.git.worktree import add_empty, worktree_path

# The worktree that an imported tarball comes with; builds use it.
BUILD_WORKTREE = "build"
# Linux 2.6.12-rc2's: before any patch that will sit on top.
_DATE = "1113690036 +0000"
_REF = "refs/heads/imported"
_VERSION = re.compile(rb"^(?:VERSION|PATCHLEVEL|SUBLEVEL) *= *(\d+)$", re.MULTILINE)
# What a build in the source directory leaves; an O= build refuses a tree that has some of it.
_BUILT = re.compile(
    r"(?:.*/)?[^/]+\.(?:o|a|ko|cmd|mod|mod\.c|symvers)|(?:.*/)?modules\.(?:order|builtin.*)"
    r"|\.config(?:\.old)?|\.version|System\.map|vmlinux(?:\..*)?"
    r"|include/(?:config|generated)|arch/[^/]+/include/generated",
    re.DOTALL,
)


def imported_tarball(tarball: Path) -> Stored | None:
    """What `import_tarball` made earlier of this very tarball, if it did."""
    directory = cache.root() / "trees" / fingerprint(checked(tarball))
    if not cache.is_made(directory):
        return None
    store = Store.open(directory)
    return Stored(store, store.resolve(_REF))


def import_tarball(tarball: Path, progress: Progress = ignore_progress) -> Stored:
    """The tarball as a commit, and unpacked in the store's worktree `BUILD_WORKTREE`.

    One pass: while it is decompressed, files are written, hashed and packed.
    """
    directory = cache.root() / "trees" / fingerprint(checked(tarball))
    cache.made(directory, lambda new: _unpack(checked(tarball), new, progress), progress)
    store = Store.open(directory)
    return Stored(store, store.resolve(_REF))


def import_directory(source: Path, progress: Progress = ignore_progress) -> Stored:
    """An unpacked kernel as a commit; the next time only what changed is read.

    Nothing is written to it, and what a build left in it stays out.
    """
    source = source.resolve()
    key = hashlib.sha256(os.fsencode(source)).hexdigest()[:12]
    directory = cache.root() / "trees" / f"{source.name}-{key}"
    with cache.locked(directory.with_name(f"{directory.name}.import.lock"), progress):
        files = source_files(source)
        cache.made(directory, lambda new: _pack(source, files, new, progress), progress)
        store = Store.open(directory)
        tree = _refresh(Git(store.git.git_dir, source), files)
        return Stored(store, _commit(store, tree, (source / "Makefile")))


def _unpack(tarball: Path, directory: Path, progress: Progress) -> None:
    store = Store.open(directory)
    worktree = worktree_path(directory, BUILD_WORKTREE)
    nothing = store.git.run("mktree").decode().strip()
    admin = add_empty(store.git, worktree, _commit_tree(store.git, nothing, "Nothing\n"))
    try:
        tree, entries = _write_and_pack(tarball, store, worktree, progress)
        (admin / "index").write_bytes(index(entries))
    except OSError as error:
        raise InfraError(f"unpacking {tarball} to {directory}: {error}") from error
    commit = _commit(store, tree, worktree / "Makefile")
    Git(worktree / ".git", worktree).run("update-ref", "--no-deref", "HEAD", commit)
    cache.write_atomically(cache.marker(worktree), b"")


def _write_and_pack(
    tarball: Path, store: Store, worktree: Path, progress: Progress
) -> tuple[str, dict[str, Entry]]:
    """The tree's id, and every file as it was written."""
    with PackWriter(store.git.git_dir / "objects") as pack, Writer(worktree) as writer:
        blobs: dict[str, tuple[str, bytes]] = {}
        message = f"unpacking and importing {tarball.name}"
        for member in members(tarball, message, progress):
            writer.put(member)
            blobs[member.path] = member.mode, pack.add("blob", member.content)
        if not {path.partition("/")[0] for path in blobs} & set(KERNEL_TOP):
            raise TreeError(f"{tarball} holds no kernel: no {' or '.join(KERNEL_TOP)}")
        statuses = writer.finish()
        entries = {path: Entry(*blobs[path], status) for path, status in statuses.items()}
        tree = add_tree(pack, entries)
        pack.finish()
    return tree, entries


def source_files(source: Path) -> list[str]:
    """The paths in a directory that are source: regular files and symlinks that no build made."""
    found, stack = [], [""]
    while stack:
        prefix = stack.pop()
        with os.scandir(source / prefix) as entries:
            for entry in entries:
                path = prefix + entry.name
                if _BUILT.fullmatch(path) or entry.name == ".git" or "\n" in path:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    stack.append(f"{path}/")
                elif entry.is_symlink() or entry.is_file():
                    found.append(path)
    return sorted(found)


def _pack(source: Path, files: list[str], directory: Path, progress: Progress) -> None:
    store = Store.open(directory)
    with PackWriter(store.git.git_dir / "objects") as pack:
        entries = {}
        for number, path in enumerate(files):
            if number % 1000 == 0:
                fraction = number / len(files)
                progress(ProgressEvent("import", f"importing {source}", fraction=fraction))
            entries[path] = _packed(pack, source / path)
        pack.finish()
    _index_path(store.git).write_bytes(index(entries))


def _packed(pack: PackWriter, place: Path) -> Entry:
    status = place.lstat()
    if stat.S_ISLNK(status.st_mode):
        # Not Path.readlink(): that tidies what it reads.
        target = os.readlink(os.fsencode(place))  # noqa: PTH115
        return Entry("120000", pack.add("blob", target), status)
    mode = "100755" if status.st_mode & stat.S_IXUSR else "100644"
    return Entry(mode, pack.add("blob", place.read_bytes()), status)


def _refresh(git: Git, files: list[str]) -> str:
    """The id of the directory's tree; files whose index entries are not current are read."""
    own = {"GIT_INDEX_FILE": str(_index_path(git))}
    # Its maker, if killed, left it; nobody else can be here.
    _index_path(git).with_name(f"{_index_path(git).name}.lock").unlink(missing_ok=True)
    before = fields(git.run("ls-files", "-z", environment=own))
    paths = "".join(f"{path}\0" for path in sorted({*files, *before}))
    options = ("--add", "--remove", "--replace", "-z", "--stdin")
    git.run("update-index", *options, stdin=os.fsencode(paths), environment=own)
    return git.run("write-tree", environment=own).decode().strip()


def _index_path(git: Git) -> Path:
    return git.git_dir / "import.index"


def _commit(store: Store, tree: str, makefile: Path) -> str:
    """A commit of a whole kernel, which the store's ref names."""
    numbers = _VERSION.findall(makefile.read_bytes()) if makefile.is_file() else []
    version = ".".join(number.decode() for number in numbers[:3])
    commit = _commit_tree(store.git, tree, f"Linux {version}".rstrip() + "\n")
    store.git.run("update-ref", _REF, commit)
    return commit


def _commit_tree(git: Git, tree: str, message: str) -> str:
    who = {"NAME": "afugen", "EMAIL": "afugen@localhost", "DATE": _DATE}
    environment = {f"GIT_{role}_{k}": v for role in ("AUTHOR", "COMMITTER") for k, v in who.items()}
    made = git.run("commit-tree", tree, stdin=message.encode(), environment=environment)
    return made.decode().strip()
