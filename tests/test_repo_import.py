# SPDX-License-Identifier: GPL-2.0-only
"""An import makes the same commit on every machine, also after a kill."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

import userrepo
from afugen import cache, git
from afugen.errors import TreeError
from afugen.git.importing import import_directory
from afugen.git.tarball import fingerprint

pytestmark = pytest.mark.slow

FILES = userrepo.FILES | {
    ".gitignore": "*.o\n/*\n",
    "drivers.h": "x\n",
    "lib-a/x": "x\n",
    "lib/x": "y\n",
}


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def unpacked(tmp_path) -> Path:
    root = tmp_path / "linux-source-6.1"
    userrepo.write(root, FILES)
    # Not what pathlib would make of it: a kernel has such a one.
    os.symlink("include/./misc", root / "link")  # noqa: PTH211
    (root / "empty").mkdir()
    return root


def _pack(root: Path, suffix: str = "xz", name: str = "linux") -> Path:
    tarball = root.parent / f"{name}.tar.{suffix}" if suffix else root.parent / f"{name}.tar"
    options = {"xz": "-J", "gz": "-z", "bz2": "-j", "": "--no-auto-compress"}
    subprocess.run(
        ["tar", "-C", str(root.parent), options[suffix], "-cf", str(tarball), root.name], check=True
    )
    return tarball


def _is_imported(tarball: Path) -> bool:
    return cache.is_complete(cache.root() / "trees" / fingerprint(tarball))


def _tree_by_hand(root: Path, where: Path) -> str:
    subprocess.run(["cp", "-a", str(root), str(where)], check=True)
    userrepo.git(where, "init", "-q")
    userrepo.git(where, "add", "-f", ".")
    return userrepo.git(where, "write-tree").strip()


def _tree(stored: git.StoredCommit) -> str:
    return stored.store.git.run("rev-parse", f"{stored.commit_id}^{{tree}}").decode().strip()


@pytest.mark.parametrize("suffix", ["xz", "gz", "bz2", ""])
def test_tarball_becomes_the_tree_that_git_add_would_make(unpacked, tmp_path, suffix):
    stored = git.import_tarball(_pack(unpacked, suffix))
    assert _tree(stored) == _tree_by_hand(unpacked, tmp_path / "by-hand")
    stored.store.git.run("fsck", "--full", "--strict")
    log = stored.store.git.run("log", "--format=%an %ae %at %cn %ct %s%n%b", stored.commit_id)
    assert log == b"afugen afugen@localhost 1113690036 afugen 1113690036 Linux 6.1.192\n\n"


def test_unpacked_files_are_a_clean_worktree_for_builds(unpacked):
    stored = git.import_tarball(_pack(unpacked))
    worktree = stored.store.directory / "work" / git.BUILD_WORKTREE
    assert userrepo.git(worktree, "status", "--porcelain", "--ignored") == ""
    assert userrepo.git(worktree, "rev-parse", "HEAD").strip() == stored.commit_id
    # Not only clean: known to be so without reading a file.
    assert userrepo.git(worktree, "diff-files") == ""
    theirs = {
        path: (mode, content) for path, (mode, _, content) in userrepo.snapshot(unpacked).items()
    }
    ours = {
        path: (mode, content) for path, (mode, _, content) in userrepo.snapshot(worktree).items()
    }
    del ours[".git"]
    assert ours == theirs
    assert stored.store.checkout(stored.commit_id, git.BUILD_WORKTREE) == worktree
    assert (
        userrepo.snapshot(worktree)["Makefile"][1]
        == userrepo.snapshot(unpacked)["Makefile"][1] // 10**9 * 10**9
    )


def test_times_of_a_tarball_are_kept(unpacked):
    os.utime(unpacked / "Kconfig", (1400000000, 1400000000))
    stored = git.import_tarball(_pack(unpacked))
    worktree = stored.store.checkout(stored.commit_id, git.BUILD_WORKTREE)
    assert (worktree / "Kconfig").stat().st_mtime == 1400000000


def test_commit_is_the_same_from_tarball_and_directory_and_on_any_machine(unpacked, monkeypatch):
    first = git.import_tarball(_pack(unpacked)).commit_id
    monkeypatch.setenv("XDG_CACHE_HOME", str(unpacked.parent / "other"))
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    monkeypatch.setenv("GIT_COMMITTER_NAME", "Somebody Else")
    for place in unpacked.rglob("*"):
        os.utime(place, (1234567890, 1234567890), follow_symlinks=False)
        if place.name == "Kconfig":
            place.chmod(0o664)
    mask = os.umask(0o077)
    try:
        assert import_directory(unpacked).commit_id == first
        assert git.import_tarball(_pack(unpacked, "gz", "other name")).commit_id == first
    finally:
        os.umask(mask)


def test_tarball_is_imported_once_and_a_new_one_again(unpacked):
    tarball = _pack(unpacked)
    assert not _is_imported(tarball)
    events = []
    stored = git.import_tarball(tarball, events.append)
    assert events[0].fraction == 0.0
    assert events[-1].fraction == 1.0
    assert _is_imported(tarball)
    quiet = []
    assert git.import_tarball(tarball, quiet.append).commit_id == stored.commit_id
    assert quiet == []
    (unpacked / "Kconfig").write_text("config NEWER\n")
    newer = _pack(unpacked)
    os.utime(newer, (1400000000, 1400000000))
    assert not _is_imported(newer)
    assert git.import_tarball(newer).files().read("Kconfig") == b"config NEWER\n"


def _short(tarball: Path) -> None:
    tarball.write_bytes(tarball.read_bytes()[:-100])


def _garbage(tarball: Path) -> None:
    tarball.write_bytes(b"not a tarball at all" * 100)


def _escaping(tarball: Path) -> None:
    with tarfile.open(tarball, "w:xz") as archive:
        info = tarfile.TarInfo("linux/../../escaped")
        info.size = 1
        archive.addfile(info, io.BytesIO(b"x"))


def _through_symlink(tarball: Path) -> None:
    with tarfile.open(tarball, "w:xz") as archive:
        link = tarfile.TarInfo("linux/out")
        link.type, link.linkname = tarfile.SYMTYPE, str(tarball.parent / "outside")
        archive.addfile(link)
        info = tarfile.TarInfo("linux/out/escaped")
        info.size = 1
        archive.addfile(info, io.BytesIO(b"x"))


def _device(tarball: Path) -> None:
    with tarfile.open(tarball, "w:xz") as archive:
        info = tarfile.TarInfo("linux/null")
        info.type = tarfile.CHRTYPE
        archive.addfile(info)


def _hard_link(tarball: Path) -> None:
    with tarfile.open(tarball, "w:xz") as archive:
        archive.addfile(tarfile.TarInfo("linux/Kconfig"))
        link = tarfile.TarInfo("linux/twin")
        link.type, link.linkname = tarfile.LNKTYPE, "linux/Kconfig"
        archive.addfile(link)


def _twice(tarball: Path) -> None:
    with tarfile.open(tarball, "w:xz") as archive:
        archive.addfile(tarfile.TarInfo("linux/Kconfig"))
        archive.addfile(tarfile.TarInfo("linux/Kconfig"))


def _no_kernel(tarball: Path) -> None:
    with tarfile.open(tarball, "w:xz") as archive:
        archive.addfile(tarfile.TarInfo("something/main.c"))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_short, "is damaged"),
        (_garbage, "is damaged"),
        (_escaping, "is not a path inside a kernel tree"),
        (_through_symlink, "escaped is in the tarball below something that is not a directory"),
        (_device, "linux/null is neither a file nor a symlink"),
        (_hard_link, "linux/twin is neither .*: unpack it and name that"),
        (_twice, "Kconfig is in the tarball twice"),
        (_no_kernel, "holds no kernel"),
    ],
)
def test_bad_tarball_is_refused_and_leaves_nothing(unpacked, tmp_path, spoil, message):
    (tmp_path / "outside").mkdir()
    tarball = _pack(unpacked)
    spoil(tarball)
    with pytest.raises(TreeError, match=message):
        git.import_tarball(tarball)
    assert not _is_imported(tarball)
    assert not list(tmp_path.rglob("escaped"))
    assert not list((tmp_path / "outside").iterdir())


@pytest.mark.parametrize("name", ["none.tar.xz", "linux.zip", "directory.tar.xz"])
def test_what_is_no_tarball_is_named(tmp_path, name):
    if name == "linux.zip":
        (tmp_path / name).touch()
    if name.startswith("directory"):
        (tmp_path / name).mkdir()
    with pytest.raises(TreeError, match=name):
        git.import_tarball(tmp_path / name)


def test_directory_is_only_read_and_reimported_when_it_changes(unpacked):
    before = userrepo.snapshot(unpacked)
    tree = git.open_tree(unpacked)
    first = tree.stored_commit()
    assert userrepo.snapshot(unpacked) == before
    assert tree.stored_commit().commit_id == first.commit_id
    (unpacked / "Kconfig").write_text("config CHANGED\n")
    (unpacked / "Makefile").unlink()
    (unpacked / "drivers.h").unlink()
    (unpacked / "lib-a/x").unlink()
    (unpacked / "lib-a").rmdir()
    userrepo.write(unpacked, {"drivers.h/below": "x\n", "lib-a": "a file now\n"})
    (unpacked / "scripts/run.sh").chmod(0o644)
    second = tree.stored_commit()
    assert second.commit_id != first.commit_id
    base = second.files()
    assert base.read("Kconfig") == b"config CHANGED\n"
    assert base.read("drivers.h/below") == b"x\n"
    assert base.read("lib-a") == b"a file now\n"
    assert base.mode("scripts/run.sh") == "100644"
    assert not base.exists("Makefile")
    assert first.files().read("Kconfig") == FILES["Kconfig"].encode()


def test_what_a_build_left_in_a_directory_stays_out(unpacked):
    clean = git.open_tree(unpacked).stored_commit().commit_id
    left = (
        ".config", ".config.old", "vmlinux", "System.map", "Module.symvers", "drivers/built-in.a",
        "drivers/misc/cxl/file.o", "drivers/misc/cxl/.file.o.cmd", "drivers/misc/cxl/cxl.ko",
        "drivers/misc/cxl/cxl.mod.c", "modules.order", "include/config/auto.conf",
        "include/generated/autoconf.h", "arch/powerpc/include/generated/asm/x.h",
    )  # fmt: skip
    userrepo.write(unpacked, dict.fromkeys(left, "built\n"))
    assert git.open_tree(unpacked).stored_commit().commit_id == clean


def test_directory_with_a_git_ignore_and_hostile_user_is_imported_whole(
    unpacked, tmp_path, monkeypatch
):
    by_hand = _tree_by_hand(unpacked, tmp_path / "by-hand")
    userrepo.make_hostile(tmp_path / "evil", None, monkeypatch)
    assert _tree(import_directory(unpacked)) == by_hand
    (unpacked / "Kconfig").write_text("a\r\nb\r\n")
    assert import_directory(unpacked).files().read("Kconfig") == b"a\r\nb\r\n"
    assert not userrepo.triggered_traps(tmp_path / "evil")


_SCRIPT = """
import sys
from pathlib import Path
from afugen import git
print("started", flush=True)
what = Path(sys.argv[1])
stored = git.open_tree(what).stored_commit() if what.is_dir() else git.import_tarball(what)
stored.store.checkout(stored.commit_id, "build")
print(stored.commit_id)
"""


@pytest.mark.parametrize("kind", ["tarball", "directory"])
def test_kill_at_any_moment_of_an_import_is_recovered_from(unpacked, kind, monkeypatch):
    userrepo.write(unpacked, {f"drivers/many/{n}.c": f"int many_{n};\n" for n in range(4000)})
    what = _pack(unpacked, "gz") if kind == "tarball" else unpacked
    before = userrepo.snapshot(unpacked)
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("XDG_CACHE_HOME", str(unpacked.parent / "elsewhere"))
        whole = userrepo.seconds_of(_SCRIPT, str(what))
    killed = [userrepo.killed_after(whole * n / 8, _SCRIPT, str(what)) for n in range(7)]
    assert any(killed)
    last = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(what)], capture_output=True, text=True, check=True
    ).stdout.split()[-1]
    stored = git.open_tree(what).stored_commit() if what.is_dir() else git.import_tarball(what)
    assert stored.commit_id == last
    stored.store.git.run("fsck", "--full")
    worktree = stored.store.checkout(last, "build")
    assert userrepo.git(worktree, "status", "--porcelain", "--ignored") == ""
    assert userrepo.snapshot(unpacked) == before


def test_second_importer_waits_for_the_first(unpacked):
    tarball = _pack(unpacked)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _SCRIPT, str(tarball)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    outputs = {process.communicate()[0] for process in processes}
    assert all(process.returncode == 0 for process in processes)
    assert len(outputs) == 1


# TarballFiles: some files of a tarball that nobody imported.


def test_files_of_a_tarball_are_read_without_importing_it(unpacked):
    tarball = _pack(unpacked)
    base = git.TarballFiles(tarball, ("Kconfig", "scripts/run.sh", "not/there.c"))
    assert base.read("Kconfig") == FILES["Kconfig"].encode()
    assert base.mode("scripts/run.sh") == "100755"
    assert not base.exists("not/there.c")
    assert not base.exists("link")
    with pytest.raises(TreeError, match=r"linux\.tar\.xz: there is no not/there\.c"):
        base.read("not/there.c")
    assert not _is_imported(tarball)


def test_files_read_once_are_kept_and_others_can_follow(unpacked):
    tarball = _pack(unpacked)
    git.TarballFiles(tarball, ("Kconfig",))
    status = tarball.stat()
    content = tarball.read_bytes()
    tarball.write_bytes(bytes(status.st_size))
    os.utime(tarball, ns=(status.st_mtime_ns, status.st_mtime_ns))
    kept = git.TarballFiles(tarball, ("Kconfig", "not/there.c"))
    assert kept.read("Kconfig") == FILES["Kconfig"].encode()
    with pytest.raises(TreeError, match="is damaged"):
        kept.read("Makefile")
    tarball.write_bytes(content)
    os.utime(tarball, ns=(status.st_mtime_ns, status.st_mtime_ns))
    assert kept.read("Makefile") == FILES["Makefile"].encode()


def test_another_tarball_of_the_same_name_is_another(unpacked):
    git.TarballFiles(_pack(unpacked), ("Kconfig",))
    (unpacked / "Kconfig").write_text("config NEWER\n")
    tarball = _pack(unpacked)
    os.utime(tarball, (1400000000, 1400000000))
    assert git.TarballFiles(tarball, ("Kconfig",)).read("Kconfig") == b"config NEWER\n"


def test_lock_is_not_left_behind(unpacked):
    git.import_tarball(_pack(unpacked))
    assert not list(cache.root().rglob("index.lock"))
