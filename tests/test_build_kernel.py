# SPDX-License-Identifier: GPL-2.0-only
"""Builds of the real kernel, in the user's own cache: the claims a fake tree cannot prove."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import specs
from afugen import build
from afugen.boot import BootRequest, boot, load_machine
from afugen.build import BuildRequest, BuildResult, probes
from afugen.build import config as buildconfig
from afugen.errors import KconfigError
from afugen.git import BUILD_WORKTREE
from afugen.series import commits, trees
from afugen.verdict import Outcome

pytestmark = [pytest.mark.kernel, pytest.mark.boot]


@pytest.fixture(scope="module")
def tree() -> Iterator[Path]:
    """The default tree's worktree for builds, with the test, ours until the last test here."""
    stored = commits.add_test(trees.default_tree(specs.CXL), specs.CXL, None)
    with stored.store.checked_out(stored.commit_id, BUILD_WORKTREE) as path:
        yield path


@pytest.fixture(scope="module")
def request_(tree: Path) -> BuildRequest:
    plan = build.build_plan(specs.CXL)
    return BuildRequest(tree, build.output_directory(tree, plan), plan)


@pytest.fixture
def edited(tree: Path) -> Iterator[Path]:
    """The worktree; what a test changed in it is put back."""
    yield tree
    subprocess.run(["git", "checkout", "--quiet", "--force", "."], cwd=tree, check=True)


def built(request: BuildRequest) -> BuildResult:
    result = build.build(request)
    assert (result.outcome, result.reason, result.warnings) == (Outcome.PASS, "", ())
    return result


def vermagic(module: Path) -> bytes:
    found = re.search(rb"vermagic=([^\0]+)", module.read_bytes())
    assert found is not None
    return found[1]


def passes_when_booted(result: BuildResult, log: Path) -> bool:
    assert result.vmlinux is not None
    assert result.initramfs is not None
    chosen = load_machine("powernv9")
    request = BootRequest(
        machine=chosen, vmlinux=result.vmlinux, initramfs=result.initramfs, log=log,
        expected=(), limits=chosen.limits,
    )  # fmt: skip
    return boot(request).outcome is Outcome.PASS


def test_modules_of_a_tagged_tree_load_into_the_kernel_of_an_untagged_one(
    request_: BuildRequest, edited: Path, tmp_path: Path
) -> None:
    before = [vermagic(module) for module in built(request_).modules]
    assert all(b"+" not in magic for magic in before)
    tag = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "tag"]
    subprocess.run([*tag, "-a", "-m", "release", "v6.1"], cwd=edited, check=True)
    try:
        for name in ("file.c", "cxl.h"):
            (edited / "drivers/misc/cxl" / name).touch()
        result = built(request_)
        assert not result.kernel_built
        assert [vermagic(module) for module in result.modules] == before
        assert passes_when_booted(result, tmp_path / "console.log")
    finally:
        subprocess.run([*tag, "-d", "v6.1"], cwd=edited, check=True)


def test_a_header_edit_of_the_driver_leaves_vmlinux_alone(
    request_: BuildRequest, edited: Path
) -> None:
    kernel = built(request_).vmlinux
    assert kernel is not None
    made = kernel.stat().st_mtime_ns
    header = edited / "drivers/misc/cxl/cxl.h"
    header.write_text(
        header.read_text().replace("struct cxl_context {", "struct cxl_context {\n\tint x;")
    )
    result = built(request_)
    assert not result.kernel_built
    assert kernel.stat().st_mtime_ns == made


def test_a_mistake_in_the_driver_is_found_at_its_line(request_: BuildRequest, edited: Path) -> None:
    source = edited / "drivers/misc/cxl/file.c"
    text = source.read_text()
    line = text[: text.index("poll_wait(")].count("\n") + 1
    source.write_text(text.replace("poll_wait(", "pol_wait(", 1))
    result = build.build(request_)
    assert result.outcome is Outcome.BUILD_FAIL
    assert re.match(rf"drivers/misc/cxl/file.c:{line}:\d+: error: .*pol_wait", result.reason)


def test_reproduce_sh_makes_the_same_kernel_modules_and_programs(
    request_: BuildRequest, tmp_path: Path
) -> None:
    result = built(request_)
    assert result.vmlinux is not None
    out = shutil.copytree(request_.output, tmp_path / "out", symlinks=True)
    for path in (*result.modules, request_.output / "vmlinux"):
        (out / path.relative_to(request_.output)).unlink()
    done = subprocess.run(
        [request_.record / "reproduce.sh", request_.tree, out],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert (out / "vmlinux.stripped").read_bytes() == result.vmlinux.read_bytes()
    for path in result.modules:
        assert (out / path.relative_to(request_.output)).read_bytes() == path.read_bytes()
    for program in ("events", "wakeups"):
        ours = request_.record / "selftest" / program
        assert (out / "selftest" / program).read_bytes() == ours.read_bytes()


def test_anyone_can_make_the_selftest_from_the_top_of_the_selftests(
    request_: BuildRequest, tmp_path: Path
) -> None:
    built(request_)
    done = subprocess.run(
        [
            "make", "-s", "-C", request_.tree / "tools/testing/selftests",
            "TARGETS=drivers/misc/cxl", f"OUTPUT={tmp_path}", "FORCE_TARGETS=1",
            f"KHDR_INCLUDES=-isystem {request_.record / 'uapi'}", "run_tests",
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "ok 1 selftests: drivers/misc/cxl: events # SKIP" in done.stdout
    assert "ok 2 selftests: drivers/misc/cxl: wakeups # SKIP" in done.stdout


def test_every_option_of_ours_survives_and_others_are_explained(
    request_: BuildRequest, tmp_path: Path
) -> None:
    fragment = tmp_path / "debug.config"
    fragment.write_text("CONFIG_KASAN=y\nCONFIG_NO_SUCH_THING=y\n")
    plan = request_.plan
    request = replace(
        request_, output=tmp_path / "out", plan=replace(plan, fragments=(*plan.fragments, fragment))
    )
    with pytest.raises(KconfigError) as caught:
        build.build(request)
    kasan, nothing = str(caught.value).splitlines()
    assert "unmet: (SLUB && SYSFS) || (SLAB && !DEBUG_SLAB)" in kasan
    assert "SLUB is n" in kasan
    assert "no such option" in nothing


def test_kconfiglib_agrees_with_kbuild_on_the_whole_configuration(
    request_: BuildRequest,
) -> None:
    built(request_)
    text = (request_.output / ".config").read_text()
    tools = request_.toolchain
    loaded = build.Kconfig(request_.tree, tools.arch, tools.cross_compile)
    loaded.set_options(text)
    assert {option for option in build.requested_options(request_) if option.value in "ym"} != set()
    for name, value in re.findall(r"^CONFIG_(\w+)=([ym])$", text, re.MULTILINE):
        assert loaded.value(name) == value, name


def test_the_configuration_suits_the_newer_kernel_too(tmp_path: Path) -> None:
    stored = trees.default_tree(specs.CXL, name="linux-source-6.12")
    with stored.store.checked_out(stored.commit_id, BUILD_WORKTREE) as tree:
        plan = build.build_plan(specs.CXL)
        without_test = replace(plan, fragments=plan.fragments[:-1])
        request = BuildRequest(tree, tmp_path / "out", without_test)
        request.record.mkdir(parents=True)
        asked = buildconfig.request_text(request)
        (request.record / "request.config").write_text(asked)
        probes.install(request)
        assert buildconfig.configure(request, tmp_path / "configure.log").failed is None
