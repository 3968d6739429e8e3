# SPDX-License-Identifier: GPL-2.0-only
"""The cache: its directory, its locks, complete directories, and keys."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from importlib import metadata
from pathlib import Path

import pytest

from afugen import cache, command
from afugen.command import ProgressEvent


def wait_for(path: Path) -> None:
    end = time.monotonic() + 5
    while not path.exists():
        assert time.monotonic() < end, f"{path} never came"
        time.sleep(0.01)


def python(program: str) -> subprocess.Popen[bytes]:
    """Start another process that uses the cache."""
    preamble = "import time\nfrom pathlib import Path\nfrom afugen import cache, command\n"
    return subprocess.Popen([sys.executable, "-c", preamble + program])


def test_root_follows_the_xdg_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.root() == tmp_path / "xdg" / "afugen"
    assert cache.root().is_dir()


@pytest.mark.parametrize("value", ["", "relative/path"])
def test_root_is_in_the_home_directory_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", value)
    assert cache.root() == tmp_path / ".cache" / "afugen"


def test_the_second_afugen_waits_and_says_for_whom(tmp_path: Path) -> None:
    lock, held, let_go = (tmp_path / name for name in ("lock", "held", "let_go"))
    other = python(
        f"with cache.locked(Path({str(lock)!r})):\n"
        f"    Path({str(held)!r}).touch()\n"
        f"    while not Path({str(let_go)!r}).exists(): time.sleep(0.01)\n"
    )
    wait_for(held)
    events: list[ProgressEvent] = []

    def progress(event: ProgressEvent) -> None:
        events.append(event)
        threading.Timer(0.3, let_go.touch).start()

    start = time.monotonic()
    with cache.locked(lock, progress):
        waited = time.monotonic() - start
    assert [event.message for event in events] == [f"waiting for another afugen (pid {other.pid})"]
    assert waited >= 0.3
    assert other.wait() == 0


def test_a_free_lock_is_taken_without_a_word(tmp_path: Path) -> None:
    events: list[ProgressEvent] = []
    for _ in range(2):
        with cache.locked(tmp_path / "deep" / "lock", events.append):
            assert (tmp_path / "deep" / "lock").read_text() == f"{os.getpid()}\n"
    assert events == []


def test_a_daemon_that_a_program_left_behind_does_not_keep_the_lock(tmp_path: Path) -> None:
    with cache.locked(tmp_path / "lock"):
        done = command.run(["sh", "-c", "setsid sleep 5 & echo $!"], deadline_seconds=10)
    events: list[ProgressEvent] = []
    with cache.locked(tmp_path / "lock", events.append):
        assert events == []
    os.kill(int(done.output), signal.SIGKILL)


def test_a_lock_is_free_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), cache.locked(tmp_path / "lock"):
        raise ZeroDivisionError
    events: list[ProgressEvent] = []
    with cache.locked(tmp_path / "lock", events.append):
        assert events == []


def test_a_killed_holder_does_not_block_the_next(tmp_path: Path) -> None:
    lock, held = tmp_path / "lock", tmp_path / "held"
    other = python(
        f"with cache.locked(Path({str(lock)!r})):\n"
        f"    Path({str(held)!r}).touch()\n"
        "    time.sleep(100)\n"
    )
    wait_for(held)
    other.send_signal(signal.SIGKILL)
    other.wait()
    events: list[ProgressEvent] = []
    with cache.locked(lock, events.append):
        assert events == []


def test_what_a_killed_holder_started_is_waited_for(tmp_path: Path) -> None:
    lock, running, ended = (tmp_path / name for name in ("lock", "running", "ended"))
    script = (
        f"trap 'sleep 0.5; echo > {ended}; exit' TERM; echo > {running}; "
        "while :; do sleep 0.05; done"
    )
    other = python(
        f"with cache.locked(Path({str(lock)!r})):\n"
        f"    command.run(['sh', '-c', {script!r}], deadline_seconds=None)\n"
    )
    wait_for(running)
    other.send_signal(signal.SIGKILL)
    other.wait()
    with cache.locked(lock):
        assert ended.exists(), "the build of a killed afugen was still writing"


def test_create_once_runs_once(tmp_path: Path) -> None:
    calls: list[Path] = []

    def maker(path: Path) -> None:
        calls.append(path)
        path.mkdir()
        (path / "content").write_text("x")

    for _ in range(2):
        assert cache.create_once(tmp_path / "thing", maker) == tmp_path / "thing"
    assert calls == [tmp_path / "thing"]
    assert (tmp_path / "thing" / "content").read_text() == "x"
    assert cache.is_complete(tmp_path / "thing")


def test_half_made_things_are_made_again_from_nothing(tmp_path: Path) -> None:
    thing = tmp_path / "thing"

    def fails(path: Path) -> None:
        path.mkdir()
        (path / "half").touch()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cache.create_once(thing, fails)
    assert not cache.is_complete(thing)
    cache.create_once(thing, lambda path: (path / "whole").mkdir(parents=True))
    assert [entry.name for entry in thing.iterdir()] == ["whole"]


def test_a_kill_while_making_leaves_no_marker(tmp_path: Path) -> None:
    thing = tmp_path / "thing"
    other = python(
        "def maker(path):\n"
        "    path.mkdir()\n"
        "    (path / 'half').touch()\n"
        "    time.sleep(100)\n"
        f"cache.create_once(Path({str(thing)!r}), maker)\n"
    )
    wait_for(thing / "half")
    other.kill()
    other.wait()
    assert not cache.is_complete(thing)
    cache.create_once(thing, Path.mkdir)
    assert list(thing.iterdir()) == []


def test_two_afugens_make_a_thing_once(tmp_path: Path) -> None:
    program = (
        "def maker(path):\n"
        "    path.mkdir()\n"
        "    time.sleep(0.3)\n"
        f"    with Path({str(tmp_path / 'calls')!r}).open('a') as file: file.write('call')\n"
        f"cache.create_once(Path({str(tmp_path / 'thing')!r}), maker)\n"
    )
    both = [python(program), python(program)]
    assert [process.wait() for process in both] == [0, 0]
    assert (tmp_path / "calls").read_text() == "call"


def test_remove_deletes_the_marker_too(tmp_path: Path) -> None:
    cache.create_once(tmp_path / "thing", Path.mkdir)
    cache.remove(tmp_path / "thing")
    assert not cache.is_complete(tmp_path / "thing")
    assert not cache.completion_marker(tmp_path / "thing").exists()


def test_write_atomically_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    cache.write_atomically(path, b"one")
    cache.write_atomically(path, b"two", mode=0o755)
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o755
    assert list(path.parent.iterdir()) == [path]


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    contents = {bytes([letter]) * 1_000_000 for letter in b"ab"}
    cache.write_atomically(path, b"a" * 1_000_000)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            for content in contents:
                cache.write_atomically(path, content)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        seen = {path.read_bytes() for _ in range(300)}
    finally:
        stop.set()
        writer.join()
    assert seen <= contents


def test_write_if_changed_leaves_an_equal_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert cache.write_if_changed(path, b"one")
    os.utime(path, (1, 1))
    assert not cache.write_if_changed(path, b"one")
    assert path.stat().st_mtime == 1
    assert cache.write_if_changed(path, b"two")
    assert path.read_bytes() == b"two"


def test_a_code_digest_changes_with_any_module_it_reaches(monkeypatch):
    cache.code_digest.cache_clear()
    before = cache.code_digest("afugen.series.trees")
    source = cache.resources.module_source
    for changed, differs in (("afugen.csource.cfile", True), ("afugen.boot.qemu", False)):
        edited = {changed: source(changed) + "# edited\n"}
        monkeypatch.setattr(
            cache.resources, "module_source", lambda name, e=edited: e.get(name) or source(name)
        )
        cache.code_digest.cache_clear()
        assert (cache.code_digest("afugen.series.trees") != before) is differs
    cache.code_digest.cache_clear()


def test_a_code_digest_changes_with_the_version_of_a_library(monkeypatch):
    cache.code_digest.cache_clear()
    before = cache.code_digest("afugen.csource.cfile")
    assert cache._libraries()["tree_sitter"] == metadata.version("tree-sitter")
    libraries = cache._libraries() | {"tree_sitter": "99"}
    monkeypatch.setattr(cache, "_libraries", lambda: libraries)
    cache.code_digest.cache_clear()
    assert cache.code_digest("afugen.csource.cfile") != before
    cache.code_digest.cache_clear()
