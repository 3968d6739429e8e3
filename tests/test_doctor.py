# SPDX-License-Identifier: GPL-2.0-only
"""The doctor sees what is missing and names what mends it."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from afugen.pipeline import doctor
from afugen.pipeline.doctor import Diagnosis, Finding


def finding(name: str) -> Finding:
    return next(finding for finding in doctor.examine().findings if finding.name == name)


def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **scripts: str) -> None:
    """Put programs, shell scripts, before all others."""
    for name, script in scripts.items():
        path = tmp_path / name.replace("_", "-")
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def test_a_machine_that_runs_these_tests_is_well() -> None:
    diagnosis = doctor.examine()
    assert [finding for finding in diagnosis.findings if not finding.ok] == []
    assert diagnosis.ok
    assert diagnosis.remedy == ""


def test_every_package_is_looked_at_and_says_why() -> None:
    findings = {finding.name: finding for finding in doctor.examine().findings}
    assert findings["qemu-system-data"].detail == "/usr/share/qemu/skiboot.lid"
    assert "linux-source-6.1" in findings
    assert all(finding.why for finding in findings.values())


def test_missing_packages_are_installed_by_one_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("git", "xz", "make", "gcc", "flex", "bison", "setpriv", "sh"):
        (tmp_path / name).symlink_to(shutil.which(name, path="/usr/bin:/bin") or "")
    diagnosis = doctor.examine()
    assert not diagnosis.ok
    assert diagnosis.remedy == (
        "apt-get install bc gcc-powerpc64le-linux-gnu binutils-powerpc64le-linux-gnu"
        " perl sparse qemu-system-ppc"
    )


def test_a_compiler_that_cannot_link_is_found_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tools(tmp_path, monkeypatch, powerpc64le_linux_gnu_gcc="echo 'ld: cannot find -lc'; exit 1")
    found = finding("ppc64le-gcc")
    assert (found.ok, found.detail) == (False, "ld: cannot find -lc")
    assert found.remedy == "apt-get install libc6-dev-ppc64el-cross"


@pytest.mark.parametrize(
    ("said", "ok"),
    [
        ("git version 2.39.5", True),
        ("git version 2.30.2", True),
        ("git version 2.29.9", False),
        ("git version 3.0", True),
        ("git version 1.99.0", False),
        ("who knows", False),
    ],
)
def test_an_old_git_is_not_enough(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str, *, ok: bool
) -> None:
    tools(tmp_path, monkeypatch, git=f"echo {said}")
    found = finding("git version")
    assert (found.ok, found.detail) == (ok, said)


def test_a_full_disk_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")(10, 8, 2 * 2**30)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    found = finding("disk space")
    assert not found.ok
    assert "2.0 GiB free" in found.detail
    assert "XDG_CACHE_HOME" in found.remedy


def test_a_used_cache_needs_less(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")(10, 8, 2 * 2**30)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    kernel = doctor.cache.root() / "build" / "a" / "vmlinux"
    kernel.parent.mkdir(parents=True)
    kernel.touch()
    assert finding("disk space").ok


def test_what_is_optional_does_not_make_a_machine_ill() -> None:
    missing = Finding("x", ok=False, why="w", detail="d", remedy="apt-get install x", optional=True)
    assert Diagnosis((missing,)).ok
    assert Diagnosis((missing,)).remedy == "apt-get install x"
