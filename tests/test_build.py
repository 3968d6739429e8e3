# SPDX-License-Identifier: GPL-2.0-only
"""Builds, on a fake kernel tree: what is made, when it is made again, and how it fails."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import specs
from afugen import build, cache
from afugen.build import kbuild, probes
from afugen.build.estimate import LINK_OBJECTS
from afugen.command import ProgressEvent
from afugen.errors import InfraError, InputError, KconfigError, TreeError
from afugen.verdict import Outcome

FAKE = Path(__file__).parent / "fakelinux"
FRAGMENT = "CONFIG_MODULES=y\nCONFIG_PCI_MSI=y\nCONFIG_EEH=y\nCONFIG_CXL=m\n"
SOFTAFU = "CONFIG_CXL_SOFTAFU=m\n"
SELFTEST = "tools/testing/selftests/drivers/misc/cxl/answers.c"


@dataclass
class Bench:
    """A fake tree, what to build of it, and the progress that was heard."""

    request: build.BuildRequest
    heard: list[ProgressEvent]

    @property
    def tree(self) -> Path:
        return self.request.tree

    @property
    def output(self) -> Path:
        return self.request.output

    def build(self, **changes: object) -> build.BuildResult:
        self.heard.clear()
        return build.build(replace(self.request, **changes), self.heard.append)

    def passes(self) -> build.BuildResult:
        result = self.build()
        assert (result.outcome, result.reason) == (Outcome.PASS, "")
        return result

    def made(self) -> set[str]:
        """The objects the last build made."""
        return {event.message for event in self.heard if event.stage == "build"}

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.tree / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def hook(self, script: str) -> None:
        """What the tree does before each target; `$1` is its name."""
        (self.tree / "hook").write_text(script)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    fragment = tmp_path / "some.config"
    fragment.write_text(FRAGMENT + SOFTAFU)
    request = build.BuildRequest(
        tree=shutil.copytree(FAKE, tmp_path / "tree"),
        output=tmp_path / "out",
        plan=replace(build.build_plan(specs.CXL), fragments=(fragment,)),
        toolchain=replace(build.toolchain(), fragments=()),
        jobs=2,
        identity="a fake",
    )
    return Bench(request, [])


def test_a_build_makes_what_a_boot_needs(bench: Bench) -> None:
    result = bench.passes()
    assert result.kernel_built
    assert result.vmlinux is not None
    assert result.vmlinux.read_bytes().startswith(b"\x7fELF")
    assert [path.name for path in result.modules] == ["cxl.ko", "cxl_softafu.ko"]
    assert result.initramfs is not None
    packed = result.initramfs.read_bytes()
    programs = (bench.output / "afugen" / name for name in ("init", "selftest/answers"))
    for path in (*result.modules, *programs):
        assert path.read_bytes() in packed
    assert re.search(rb"tests/list\0+answers\n", packed)
    assert re.search(rb"modules\0+cxl.ko\ncxl_softafu.ko\n", packed)
    assert {stage.name for stage in result.stages} == {
        "configure", "kernel", "selftest", "initramfs"
    }  # fmt: skip


def test_a_plan_without_a_selftest_packs_the_modules_alone(bench: Bench) -> None:
    shutil.rmtree(bench.tree / "tools")
    result = bench.build(plan=replace(bench.request.plan, selftest=None))
    assert result.outcome is Outcome.PASS
    assert result.initramfs is not None
    packed = result.initramfs.read_bytes()
    assert re.search(rb"modules\0+cxl.ko\ncxl_softafu.ko\n", packed)
    assert all(path.read_bytes() in packed for path in result.modules)
    assert b"tests/answers" not in packed


def test_a_plan_without_modules_makes_the_kernel_alone(bench: Bench) -> None:
    bench.hook('echo "$1" >> "$srctree/../targets"\n')
    plan = replace(bench.request.plan, modules=(), selftest=None)
    for kernel_built in (True, False):
        result = bench.build(plan=plan)
        assert (result.outcome, result.kernel_built) == (Outcome.PASS, kernel_built)
        assert result.modules == ()
    targets = (bench.tree.parent / "targets").read_text().split()
    assert not [target for target in targets if target.endswith(".ko")]


def test_the_tree_stays_as_it_is(bench: Bench) -> None:
    before = {path.relative_to(bench.tree) for path in bench.tree.rglob("*")}
    bench.passes()
    assert {path.relative_to(bench.tree) for path in bench.tree.rglob("*")} == before


def test_a_tree_without_the_test_cannot_be_tested(bench: Bench) -> None:
    shutil.rmtree(bench.tree / "tools")
    with pytest.raises(TreeError, match="there is no tools/testing/selftests/drivers/misc/cxl"):
        bench.build()


def test_records_are_there_before_make_starts(bench: Bench) -> None:
    bench.hook('[ "$1" != allnoconfig ] || cp "$O"/afugen/* "$srctree/.." 2>/dev/null; true\n')
    bench.passes()
    seen = json.loads((bench.tree.parent / "metadata.json").read_text())
    assert seen["identity"] == "a fake"
    assert seen["compiler"].startswith("powerpc64le-linux-gnu-gcc")
    assert "KBUILD_BUILD_TIMESTAMP=2015-08-19" in seen["make"]
    assert "result" not in seen
    assert os.access(bench.tree.parent / "reproduce.sh", os.X_OK)
    assert "CONFIG_CXL=m" in (bench.tree.parent / "request.config").read_text()


def test_metadata_says_in_the_end_what_became_of_the_build(bench: Bench) -> None:
    bench.passes()
    metadata = json.loads((bench.output / "afugen" / "metadata.json").read_text())
    assert metadata["result"]["outcome"] == "pass"
    assert metadata["result"]["kernel_built"] is True
    assert "kernel" in metadata["result"]["stages"]


def test_reproduce_gives_the_same_bytes(bench: Bench, tmp_path: Path) -> None:
    result = bench.passes()
    assert result.vmlinux is not None
    elsewhere = shutil.copytree(FAKE, tmp_path / "elsewhere" / "tree")
    kit = shutil.copytree(bench.output / "afugen", tmp_path / "elsewhere" / "kit")
    again = tmp_path / "elsewhere" / "out"
    done = subprocess.run(
        [kit / "reproduce.sh", elsewhere, again], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (again / "vmlinux.stripped").read_bytes() == result.vmlinux.read_bytes()
    for path in result.modules:
        assert (again / path.relative_to(bench.output)).read_bytes() == path.read_bytes()
    ours = bench.output / "afugen" / "selftest"
    assert (again / "selftest" / "answers").read_bytes() == (ours / "answers").read_bytes()


def test_an_unchanged_tree_makes_nothing(bench: Bench) -> None:
    bench.passes()
    kernel = (bench.output / "vmlinux").stat().st_mtime_ns
    result = bench.passes()
    assert bench.made() == set()
    assert not result.kernel_built
    assert (bench.output / "vmlinux").stat().st_mtime_ns == kernel


def test_an_edit_of_the_driver_makes_its_object_and_no_kernel(bench: Bench) -> None:
    first = bench.passes()
    assert first.initramfs is not None
    packed = first.initramfs.read_bytes()
    bench.edit("drivers/misc/cxl/file.c", "ctx->pending", "ctx->pending + 1")
    result = bench.passes()
    assert bench.made() == {"drivers/misc/cxl/file.o"}
    assert not result.kernel_built
    assert first.initramfs.read_bytes() != packed


def test_a_header_edit_that_leaves_the_built_in_object_as_it_was_makes_no_kernel(
    bench: Bench,
) -> None:
    bench.passes()
    bench.edit("drivers/misc/cxl/cxl.h", "int pending;", "int pending, priority;")
    result = bench.passes()
    assert "drivers/misc/cxl/base.o" in bench.made()
    assert not result.kernel_built
    assert not bench.passes().kernel_built
    assert bench.made() == set()


def test_a_header_edit_that_changes_the_built_in_object_makes_the_kernel(bench: Bench) -> None:
    before = bench.passes().vmlinux
    assert before is not None
    kernel = before.read_bytes()
    bench.edit("drivers/misc/cxl/cxl.h", "CXL_BASE_ANSWER 0", "CXL_BASE_ANSWER 42")
    result = bench.passes()
    assert result.kernel_built
    assert before.read_bytes() != kernel
    assert not bench.passes().kernel_built


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["cxl.ko", "vmlinux"])
def test_a_kernel_half_proven_when_killed_is_made_again(bench: Bench, moment: str) -> None:
    bench.passes()
    bench.edit("drivers/misc/cxl/cxl.h", "CXL_BASE_ANSWER 0", "CXL_BASE_ANSWER 42")
    # Killed when base.o was made again, but is not in vmlinux yet.
    bench.hook(
        f'[ "$1" = {moment} ] || exit 0\n'
        "cd drivers/misc/cxl\n"
        'until [ "$O/drivers/misc/cxl/.base.o.cmd" -nt cxl.h ]; do sleep 0.05; done\n'
        'touch "$srctree/../now"\n'
        "sleep 3\n"
    )
    called = f"build.build({bench.request!r})\n".replace("PosixPath", "Path")
    program = f"from afugen.build import *\nfrom test_build import *\n{called}"
    afugen = subprocess.Popen([sys.executable, "-c", program], cwd=Path(__file__).parent)
    wait_for(bench.tree.parent / "now")
    afugen.send_signal(signal.SIGKILL)
    afugen.wait()
    bench.hook("")
    assert bench.passes().kernel_built


def wait_for(path: Path) -> None:
    end = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < end, f"{path} never came"
        time.sleep(0.01)


@pytest.mark.parametrize(
    "edit",
    [
        lambda bench: (bench.tree / "drivers/misc/cxl/Makefile").write_text("# changed\n"),
        lambda bench: bench.edit("init/main.c", "cxl_base();\n}", "cxl_base() + 1;\n}"),
        lambda bench: (bench.output / "vmlinux").unlink(),
        lambda bench: bench.request.plan.fragments[0].write_text(FRAGMENT + "CONFIG_X=y\n"),
        lambda bench: (bench.output / ".config").write_text("CONFIG_OTHER=y\n"),
    ],
    ids=["makefile", "built-in source", "vmlinux gone", "fragment", "config"],
)
def test_the_kernel_is_made_again_when_it_may_be_another(
    bench: Bench, edit: Callable[[Bench], object]
) -> None:
    bench.passes()
    edit(bench)
    assert bench.passes().kernel_built
    assert not bench.passes().kernel_built


def test_a_kconfig_edit_configures_again(bench: Bench) -> None:
    bench.passes()
    bench.hook('echo "$1" >> "$srctree/../targets"\n')
    bench.passes()
    bench.edit(
        "drivers/misc/cxl/Kconfig", "config CXL_BASE", "config CXL_NEW\n\tbool\n\nconfig CXL_BASE"
    )
    assert not bench.passes().kernel_built
    targets = (bench.tree.parent / "targets").read_text().split()
    assert targets.count("allnoconfig") == 1


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("include/uapi/misc/cxl.h", "SIZE 8", "SIZE 16"),
        ("drivers/misc/cxl/softafu_uapi.h", "ANSWER 42", "ANSWER 54"),
        ("tools/testing/selftests/kselftest_harness.h", "test();", "test() + 1;"),
        (SELFTEST, "+ SOFT", "- SOFT"),
        ("tools/testing/selftests/drivers/misc/cxl/Makefile", "CFLAGS +=", "CFLAGS += -O2"),
    ],
)
def test_the_test_programs_are_made_again_for_what_they_are_made_of(
    bench: Bench, name: str, old: str, new: str
) -> None:
    bench.passes()
    program = bench.output / "afugen" / "selftest" / "answers"
    made = program.read_bytes()
    bench.edit(name, old, new)
    bench.passes()
    assert program.read_bytes() != made


def test_the_test_programs_are_left_alone_for_anything_else(bench: Bench) -> None:
    bench.passes()
    programs = [bench.output / "afugen" / name for name in ("init", "selftest/answers")]
    made = [program.stat().st_mtime_ns for program in programs]
    bench.edit("drivers/misc/cxl/file.c", "ctx->pending", "ctx->pending + 1")
    bench.passes()
    assert [program.stat().st_mtime_ns for program in programs] == made


def test_a_test_program_that_is_no_more_is_not_booted(bench: Bench) -> None:
    bench.passes()
    (bench.tree / SELFTEST).rename((bench.tree / SELFTEST).with_name("other.c"))
    bench.edit("tools/testing/selftests/drivers/misc/cxl/Makefile", "answers", "other")
    result = bench.passes()
    assert result.initramfs is not None
    packed = result.initramfs.read_bytes()
    assert b"tests/other" in packed
    assert b"tests/answers" not in packed


def test_a_test_program_of_a_build_that_failed_is_not_taken_for_an_older_one(
    bench: Bench,
) -> None:
    bench.passes()
    program = bench.output / "afugen" / "selftest" / "answers"
    whole = program.read_bytes()
    bench.edit(SELFTEST, "return", "return 1000 +")
    bench.edit("drivers/misc/cxl/file.c", "ctx->pending", "ctx->nothing")
    bench.hook(f'[ "$1" != cxl.ko ] || while cmp -s {program} "$O/was"; do sleep 0.05; done\n')
    shutil.copy(program, bench.output / "was")
    assert bench.build().outcome is Outcome.BUILD_FAIL
    bench.hook("")
    bench.edit(SELFTEST, "return 1000 +", "return")
    bench.edit("drivers/misc/cxl/file.c", "ctx->nothing", "ctx->pending")
    bench.passes()
    assert program.read_bytes() == whole


def test_a_compiler_error_is_a_result_with_its_place(bench: Bench) -> None:
    bench.passes()
    bench.edit("drivers/misc/cxl/file.c", "ctx->pending", "ctx->nothing")
    result = bench.build()
    assert result.outcome is Outcome.BUILD_FAIL
    assert result.vmlinux is None
    assert result.reason.startswith("drivers/misc/cxl/file.c:6:19: error: ")
    assert "no member named 'nothing'" in result.reason
    assert result.messages[0].line == 6
    assert "no member named" in result.log.read_text()
    bench.edit("drivers/misc/cxl/file.c", "ctx->nothing", "ctx->pending")
    bench.passes()


def test_a_warning_is_kept_and_does_not_fail_the_build(bench: Bench) -> None:
    bench.edit("drivers/misc/cxl/api.c", "\tctx", "\tint unused;\n\n\tctx")
    result = bench.passes()
    assert [(m.file, m.line, m.severity) for m in result.warnings] == [
        ("drivers/misc/cxl/api.c", 6, "warning")
    ]


def test_an_error_in_the_selftest_is_a_result_with_its_place(bench: Bench) -> None:
    bench.edit(SELFTEST, "SOFTAFU_ANSWER", "X")
    result = bench.build()
    assert result.outcome is Outcome.BUILD_FAIL
    assert result.reason.startswith(f"{SELFTEST}:8:40: error: 'X' undeclared")


def test_a_make_that_just_fails_is_a_result_with_its_last_words(bench: Bench) -> None:
    bench.hook(
        '[ "$1" != vmlinux ] || { echo "no, not today"; echo "  CC      late.o"; exit 1; }\n'
    )
    result = bench.build()
    assert (result.outcome, result.reason) == (Outcome.BUILD_FAIL, "no, not today")


def test_a_tree_that_cannot_be_configured_is_a_result(bench: Bench) -> None:
    bench.hook('[ "$1" != allnoconfig ] || { echo "drivers/x/Kconfig:3: syntax error"; exit 1; }\n')
    result = bench.build()
    assert result.reason == "drivers/x/Kconfig:3: error: syntax error"
    assert result.log.name == "configure.log"


def test_a_full_disk_is_no_result(bench: Bench) -> None:
    bench.hook('[ "$1" != vmlinux ] || { echo "ld: No space left on device"; exit 1; }\n')
    with pytest.raises(InfraError, match="No space left on device"):
        bench.build()


def test_a_dropped_option_is_named_with_what_it_depends_on(bench: Bench) -> None:
    (bench.tree / "drops").write_text("EEH\nCXL\n")
    with pytest.raises(KconfigError) as caught:
        bench.build()
    eeh, cxl = str(caught.value).splitlines()
    assert eeh == (
        "CONFIG_EEH=y (Kconfig:11) was dropped: it depends on PCI_MSI && HOTPLUG_OF_CARDS; "
        "unmet: HOTPLUG_OF_CARDS (HOTPLUG_OF_CARDS is n)"
    )
    assert "unmet: EEH (EEH is n)" in cxl


def test_an_unknown_fragment_is_the_users_error(bench: Bench) -> None:
    tools = replace(bench.request.toolchain, fragments=("powernw",))
    with pytest.raises(
        InputError, match=r"no configuration fragment 'powernw'; there are .*powernv"
    ):
        bench.build(toolchain=tools)


def test_a_fragment_with_something_else_in_it_is_refused(bench: Bench, tmp_path: Path) -> None:
    bad = tmp_path / "bad.config"
    bad.write_text("# a comment\nCONFIG_A=y\nPCI=y\n")
    with pytest.raises(KconfigError, match=r"bad.config:3: not a configuration option: PCI=y"):
        bench.build(plan=replace(bench.request.plan, fragments=(bad,)))


def test_the_users_environment_does_not_reach_the_build(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("KCFLAGS", "MAKEFLAGS", "CROSS_COMPILE", "ARCH", "LOCALVERSION", "CC"):
        monkeypatch.setenv(name, "-n" if name == "MAKEFLAGS" else "-no-such-flag")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    bench.passes()


def test_a_cold_build_estimates_and_a_warm_one_does_not(bench: Bench) -> None:
    bench.passes()
    fractions = [event.fraction for event in bench.heard if event.stage == "build"]
    assert all(fraction is not None for fraction in fractions)
    assert fractions == sorted(fractions, key=lambda fraction: fraction or 0)
    bench.edit("drivers/misc/cxl/file.c", "ctx->pending", "ctx->pending + 1")
    bench.passes()
    assert [event.eta_seconds for event in bench.heard] == [None]


def test_the_second_cold_build_knows_how_many_objects_there_are(bench: Bench) -> None:
    bench.passes()
    assert (bench.output / "afugen" / "objects").read_text() == f"{len(bench.made())}\n"
    for path in ("vmlinux", "vmlinux.o", "init/main.o", "drivers/misc/cxl/base.o"):
        (bench.output / path).unlink()
    (bench.output / "afugen" / "objects").write_text("2\n")
    bench.passes()
    fractions = [event.fraction for event in bench.heard if event.stage == "build"]
    assert fractions == [1 / (2 + LINK_OBJECTS), 2 / (2 + LINK_OBJECTS)]


def test_what_a_killed_make_left_is_swept(bench: Bench) -> None:
    bench.passes()
    victim = bench.output / "drivers/misc/cxl/file.o"
    whole = victim.read_bytes()
    # As if killed in the middle of a compilation: the target is newer than its command file.
    (bench.output / "afugen" / "building").touch()
    time.sleep(0.01)
    victim.write_bytes(whole[:100])
    bench.passes()
    assert bench.made() == {"drivers/misc/cxl/file.o"}
    assert victim.read_bytes() == whole


def test_sweeping_spares_what_is_whole(bench: Bench) -> None:
    bench.passes()
    assert kbuild.sweep(bench.output) == []


def ask(bench: Bench, *words: str) -> subprocess.CompletedProcess[str]:
    compiler = probes.compiler(bench.request)
    return subprocess.run([compiler, *words], capture_output=True, text=True, check=False)


@pytest.fixture
def counting(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A compiler that knows one option and counts how often it is asked; the file it counts in."""
    counted = tmp_path / "counted"
    gcc = tmp_path / "bin" / bench.request.toolchain.gcc
    gcc.parent.mkdir()
    gcc.write_text(
        f'#!/bin/sh\necho "$*" >> {counted}\n'
        'case "$*" in *-dies*) kill -9 $$;; *-known*) ;; *) echo no >&2; exit 1;; esac\n'
    )
    gcc.chmod(0o755)
    counted.touch()
    monkeypatch.setenv("PATH", str(gcc.parent), prepend=":")
    probes.install(bench.request)
    return counted


@pytest.mark.parametrize(("flag", "status"), [("-known", 0), ("-unknown", 1)])
def test_the_compiler_is_asked_once_whether_it_knows_an_option(
    bench: Bench, counting: Path, flag: str, status: int
) -> None:
    for process in ("17", "4711"):
        output = f".tmp_{process}/tmp"
        done = ask(bench, "-Werror", flag, "-c", "-x", "c", "/dev/null", "-o", output)
        assert done.returncode == status
    assert len(counting.read_text().splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [
        "-known -c -o drivers/file.o drivers/file.c",
        "-known -c -x c /dev/null -o wanted.o",
        "-known -dM -E -x c /dev/null",
        "-known -c -x c - -o .tmp_1/tmp",
        "--version",
    ],
)
def test_all_other_work_is_the_compilers(bench: Bench, counting: Path, words: str) -> None:
    for _ in range(2):
        ask(bench, *words.split())
    assert counting.read_text().splitlines() == [words, words]


def test_a_compiler_that_was_killed_gave_no_answer(bench: Bench, counting: Path) -> None:
    for _ in range(2):
        done = ask(bench, "-dies", "-c", "-x", "c", "/dev/null", "-o", "/dev/null")
        assert done.returncode > 128
    assert len(counting.read_text().splitlines()) == 2


def test_what_a_compiler_says_is_said_each_time(bench: Bench, counting: Path) -> None:
    gcc = counting.parent / "bin" / bench.request.toolchain.gcc
    gcc.write_text("#!/bin/sh\necho GNU assembler 2.40\n")
    probes.install(bench.request)
    question = ("-Wa,--version", "-c", "-x", "assembler-with-cpp", "/dev/null", "-o", "/dev/null")
    assert [ask(bench, *question).stdout for _ in range(2)] == ["GNU assembler 2.40\n"] * 2


def test_what_a_compiler_warns_of_is_said_each_time(bench: Bench, counting: Path) -> None:
    gcc = counting.parent / "bin" / bench.request.toolchain.gcc
    gcc.write_text("#!/bin/sh\necho do not do that >&2\n")
    probes.install(bench.request)
    question = ("-odd", "-c", "-x", "c", "/dev/null", "-o", "/dev/null")
    assert [ask(bench, *question).stderr for _ in range(2)] == ["do not do that\n"] * 2


def test_another_compiler_is_asked_anew(bench: Bench, counting: Path) -> None:
    question = ("-known", "-c", "-x", "c", "/dev/null", "-o", "/dev/null")
    ask(bench, *question)
    gcc = counting.parent / "bin" / bench.request.toolchain.gcc
    gcc.write_text(gcc.read_text() + "# updated\n")
    probes.install(bench.request)
    ask(bench, *question)
    assert len(counting.read_text().splitlines()) == 2


def test_two_builds_in_one_directory_take_turns(bench: Bench) -> None:
    with ThreadPoolExecutor() as pool:
        with cache.locked(bench.output.with_name("out.lock")):
            second = pool.submit(bench.build)
            end = time.monotonic() + 20
            while not bench.heard:
                assert time.monotonic() < end, "the second build did not say that it waits"
                time.sleep(0.01)
            assert not (bench.output / ".config").exists()
        assert second.result().outcome is Outcome.PASS
    assert bench.heard[0].message == f"waiting for another afugen (pid {os.getpid()})"


def test_the_output_directory_is_one_for_a_tree_and_a_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    tree = tmp_path / "linux"
    plan = build.build_plan(specs.CXL)
    first = build.output_directory(tree, plan)
    assert first == build.output_directory(tree, plan)
    assert first.parent == tmp_path / "afugen" / "build"
    others = {
        build.output_directory(tmp_path / "x" / "linux", plan),
        build.output_directory(tree, replace(plan, fragments=plan.fragments[:1])),
    }
    assert len({first, *others}) == 3


def test_unknown_toolchains_are_the_users_error() -> None:
    with pytest.raises(InputError, match="no toolchain 'clang'; there are ppc64le-gcc"):
        build.toolchain("clang")


def test_every_requested_option_of_ours_has_a_reason() -> None:
    plans = build.build_plan(specs.CXL), build.check_plan(specs.CXL, with_test=True)
    paths = {path for one in plans for path in build.BuildRequest(Path(), Path(), one).fragments()}
    assert len(paths) == 7
    for path in paths:
        lines = path.read_text().splitlines()
        reason = False
        for line in lines[1:]:
            is_option = "CONFIG_" in line
            assert reason or not is_option, f"{path.name}: no reason for {line}"
            reason = line.startswith("# ") or (is_option and reason)
