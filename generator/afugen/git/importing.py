# SPDX-License-Identifier: GPL-2.0-only
"""The import of kernel sources that are not in git, as a commit in the cache.

The commit depends on the files alone: it is the same on every machine, and the same from a
tarball and from a directory.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from afugen import cache
from afugen.command import Progress, ProgressEvent, ignore_progress
from afugen.errors import InfraError, TreeError
from afugen.git.files import KERNEL_TOP
from afugen.git.packfile import IndexEntry, PackWriter, index_content
from afugen.git.process import Git, split_nul
from afugen.git.store import Store, StoredCommit
from afugen.git.tarball import fingerprint, read_members, require_tarball, write_member
from afugen.git.worktree import add_empty, worktree_path

# The worktree with the files of an imported tarball, for builds.
BUILD_WORKTREE = "build"
# The date of Linux 2.6.12-rc2, which is before that of any patch on top.
_DATE = "1113690036 +0000"
_REF = "refs/heads/imported"
# The number of files that may wait in memory for the thread that writes them.
_MAX_PENDING = 512
_VERSION = re.compile(rb"^(?:VERSION|PATCHLEVEL|SUBLEVEL) *= *(\d+)$", re.MULTILINE)
# The files that a build in the source directory makes; some of them make an O= build fail.
_BUILD_PRODUCT = re.compile(
    r"(?:.*/)?[^/]+\.(?:o|a|ko|cmd|mod|mod\.c|symvers)|(?:.*/)?modules\.(?:order|builtin.*)"
    r"|\.config(?:\.old)?|\.version|System\.map|vmlinux(?:\..*)?"
    r"|include/(?:config|generated)|arch/[^/]+/include/generated",
    re.DOTALL,
)


def import_tarball(tarball: Path, progress: Progress = ignore_progress) -> StoredCommit:
    """Return the tarball as a commit, with its files in the store's worktree `BUILD_WORKTREE`.

    Files are written, hashed and packed in one pass, while the tarball is decompressed.
    """
    tarball = require_tarball(tarball)
    directory = cache.root() / "trees" / fingerprint(tarball)
    cache.create_once(directory, lambda new: _unpack(tarball, new, progress), progress)
    store = Store.open(directory)
    return StoredCommit(store, store.resolve(_REF))


def import_directory(source: Path, progress: Progress = ignore_progress) -> StoredCommit:
    """Return an unpacked kernel as a commit; later imports read only the files that changed.

    The directory is not written to, and files that a build made there are left out.
    """
    source = source.resolve()
    key = hashlib.sha256(os.fsencode(source)).hexdigest()[:12]
    directory = cache.root() / "trees" / f"{source.name}-{key}"
    with cache.locked(directory.with_name(f"{directory.name}.import.lock"), progress):
        paths = _source_paths(source)
        cache.create_once(directory, lambda new: _pack(source, paths, new, progress), progress)
        store = Store.open(directory)
        tree = _update_tree(Git(store.git.git_dir, source), paths)
        return StoredCommit(store, _commit(store, tree, source / "Makefile"))


def _unpack(tarball: Path, directory: Path, progress: Progress) -> None:
    store = Store.open(directory)
    path = worktree_path(directory, BUILD_WORKTREE)
    empty_tree = store.git.run("mktree").decode().strip()
    admin = add_empty(store.git, path, _commit_tree(store.git, empty_tree, "Nothing\n"))
    try:
        entries = _write_and_pack(tarball, store, path, progress)
        (admin / "index").write_bytes(index_content(entries))
    except OSError as error:
        raise InfraError(f"unpacking {tarball} to {directory}: {error}") from error
    worktree = Git(path / ".git", path)
    tree = worktree.run("write-tree").decode().strip()
    commit = _commit(store, tree, path / "Makefile")
    worktree.run("update-ref", "--no-deref", "HEAD", commit)
    cache.write_atomically(cache.completion_marker(path), b"")


def _write_and_pack(
    tarball: Path, store: Store, worktree: Path, progress: Progress
) -> dict[str, IndexEntry]:
    """Write every file to the worktree and to a pack, and return their index entries."""
    files: dict[str, tuple[str, bytes, Future[os.stat_result]]] = {}
    directories: set[str] = set()
    pending: deque[Future[os.stat_result]] = deque()
    message = f"unpacking and importing {tarball.name}"
    with PackWriter(store.git.git_dir / "objects") as pack, ThreadPoolExecutor(1) as writer:
        for member in read_members(tarball, message, progress):
            directory = member.path.rpartition("/")[0]
            if directory not in directories:
                (worktree / directory).mkdir(parents=True, exist_ok=True)
                directories.add(directory)
            pending.append(writer.submit(write_member, worktree, member))
            files[member.path] = member.mode, pack.add(member.content), pending[-1]
            if len(pending) > _MAX_PENDING:
                pending.popleft().result()
        if not {path.partition("/")[0] for path in files} & set(KERNEL_TOP):
            raise TreeError(f"{tarball} holds no kernel: no {' or '.join(KERNEL_TOP)}")
        pack.finish()
    return {
        path: IndexEntry(mode, blob, status.result())
        for path, (mode, blob, status) in files.items()
    }


def _source_paths(source: Path) -> list[str]:
    """Return the paths of regular files and symlinks that no build made, sorted."""
    paths, directories = [], [""]
    while directories:
        directory = directories.pop()
        with os.scandir(source / directory) as entries:
            for entry in entries:
                path = directory + entry.name
                if _BUILD_PRODUCT.fullmatch(path) or entry.name == ".git" or "\n" in path:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    directories.append(f"{path}/")
                elif entry.is_symlink() or entry.is_file():
                    paths.append(path)
    return sorted(paths)


def _pack(source: Path, paths: list[str], directory: Path, progress: Progress) -> None:
    store = Store.open(directory)
    entries = {}
    with PackWriter(store.git.git_dir / "objects") as pack:
        for number, path in enumerate(paths):
            if number % 1000 == 0:
                fraction = number / len(paths)
                progress(ProgressEvent("import", f"importing {source}", fraction=fraction))
            entries[path] = _pack_file(pack, source / path)
        pack.finish()
    _index_path(store.git).write_bytes(index_content(entries))


def _pack_file(pack: PackWriter, file: Path) -> IndexEntry:
    status = file.lstat()
    if stat.S_ISLNK(status.st_mode):
        # Not Path.readlink(), which normalizes the target.
        target = os.readlink(os.fsencode(file))  # noqa: PTH115
        return IndexEntry("120000", pack.add(target), status)
    mode = "100755" if status.st_mode & stat.S_IXUSR else "100644"
    return IndexEntry(mode, pack.add(file.read_bytes()), status)


def _update_tree(git: Git, paths: list[str]) -> str:
    """Return the id of the directory's tree after reading the files that changed."""
    index = _index_path(git)
    environment = {"GIT_INDEX_FILE": str(index)}
    # A killed import left it: the caller holds the lock of this import.
    index.with_name(f"{index.name}.lock").unlink(missing_ok=True)
    indexed = split_nul(git.run("ls-files", "-z", environment=environment))
    stdin = os.fsencode("".join(f"{path}\0" for path in sorted({*paths, *indexed})))
    options = ("--add", "--remove", "--replace", "-z", "--stdin")
    git.run("update-index", *options, stdin=stdin, environment=environment)
    return git.run("write-tree", environment=environment).decode().strip()


def _index_path(git: Git) -> Path:
    return git.git_dir / "import.index"


def _commit(store: Store, tree: str, makefile: Path) -> str:
    """Commit a whole kernel, update the store's ref, and return the commit id."""
    numbers = _VERSION.findall(makefile.read_bytes()) if makefile.is_file() else []
    version = ".".join(number.decode() for number in numbers[:3])
    commit = _commit_tree(store.git, tree, f"Linux {version}".rstrip() + "\n")
    store.git.run("update-ref", _REF, commit)
    return commit


def _commit_tree(git: Git, tree: str, message: str) -> str:
    identity = {"NAME": "afugen", "EMAIL": "afugen@localhost", "DATE": _DATE}
    environment = {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in identity.items()
    }
    commit = git.run("commit-tree", tree, stdin=message.encode(), environment=environment)
    return commit.decode().strip()
