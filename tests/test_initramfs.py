# SPDX-License-Identifier: GPL-2.0-only
"""An initramfs that cpio reads, the same wherever it is made."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from afugen.build.initramfs import Entry, archive, directory, initramfs


def test_cpio_lists_what_was_put_in() -> None:
    files = {"init": b"\x7fELF-odd", "cxl.ko": b"ko", "tests/a/b": b"", "tests/c": b""}
    packed = initramfs(files)
    listed = subprocess.run(
        ["cpio", "-itv", "--quiet", "-n"], input=packed, capture_output=True, check=True
    ).stdout.decode()
    lines = [line.split() for line in listed.splitlines()]
    assert [(line[0], line[2], line[3], line[-1]) for line in lines] == [
        ("drwxr-xr-x", "0", "0", "dev"),
        ("crw-------", "0", "0", "dev/console"),
        ("drwxr-xr-x", "0", "0", "tests"),
        ("drwxr-xr-x", "0", "0", "tests/a"),
        ("-rwxr-xr-x", "0", "0", "cxl.ko"),
        ("-rwxr-xr-x", "0", "0", "init"),
        ("-rwxr-xr-x", "0", "0", "tests/a/b"),
        ("-rwxr-xr-x", "0", "0", "tests/c"),
    ]
    assert lines[1][4:6] == ["5,", "1"]


def test_cpio_unpacks_the_bytes(tmp_path: Path) -> None:
    files = {f"file{size}": bytes(range(256))[:size] for size in range(9)}
    packed = archive(Entry(name, 0o100644, content) for name, content in files.items())
    subprocess.run(["cpio", "-i", "--quiet"], input=packed, cwd=tmp_path, check=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == files


def test_the_archive_is_four_byte_aligned_as_the_kernel_wants() -> None:
    for length in range(1, 9):
        assert len(archive([directory("d" * length)])) % 4 == 0


def test_the_order_of_the_files_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    first = initramfs({"a": b"1", "b": b"2"})
    monkeypatch.setattr("time.time", lambda: 1e9)
    assert first == initramfs({"b": b"2", "a": b"1"})
