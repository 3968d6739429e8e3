# SPDX-License-Identifier: GPL-2.0-only
"""From a spec to a verdict, with the real kernel under the real QEMU."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from junitparser import JUnitXml

from afugen.cli.commands import COMMANDS
from afugen.verdict import load_expected

pytestmark = [pytest.mark.kernel, pytest.mark.boot]

AFUGEN = Path(sys.executable).parent / "afugen"
V1 = Path(__file__).parent.parent / "kernel-patches" / "cxl" / "v1"
STOCK = V1.parent / "stock" / "expected.yaml"
NONSENSE = {
    "cxl_event_afu_driver_reserved": "quux_box",
    "cxl_afu_driver_ops": "grault_table",
    "cxl_set_driver_ops": "waldo_bind",
    "CXL_EVENT_AFU_DRIVER": "FROB_HAPPENED",
    "CXL_AFU_DRIVER_OPS": "GARPLY_TABLE",
    "afu_driver_event": "plugh_part",
    "afu_driver_ops": "xyzzy_table",
    "event_pending": "is_thud",
    "deliver_event": "hand_fred",
    "_ctx_is_thud": "corge_now",
    "ctx_is_thud": "corge_or_gone",
}


@pytest.fixture
def own_spec(tmp_path):
    """Write a spec made of v1's by replacing texts, with v1's expected failures."""

    def write(*replacements: tuple[str, str], expected: str | None = None) -> Path:
        text = (V1 / "spec.yaml").read_text()
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "spec.yaml").write_text(text)
        own = tmp_path / "expected.yaml"
        own.write_text((V1 / "expected.yaml").read_text() if expected is None else expected)
        return tmp_path / "spec.yaml"

    return write


def afugen(*arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([AFUGEN, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout[-3000:] + done.stderr[-3000:]
    assert "Traceback" not in done.stderr
    return done


def outcomes(path: Path) -> dict[str, str]:
    return {test["name"]: test["outcome"] for test in json.loads(path.read_text())["tests"]}


def test_v1_fails_as_it_is_known_to_and_in_no_other_way(tmp_path):
    result, junit = tmp_path / "result.json", tmp_path / "result.xml"
    done = afugen("run", "v1", "--json", result, "--junit", junit)
    found = json.loads(result.read_text())
    expected = {failure.test for failure in load_expected(V1 / "expected.yaml")}
    assert found["outcome"] == "xfail"
    assert {n for n, outcome in outcomes(result).items() if outcome == "xfail"} == expected
    assert set(outcomes(result).values()) == {"pass", "xfail"}
    assert {"tree", "commit", "checkout", "kernel"} <= {stage["name"] for stage in found["stages"]}
    assert done.stdout.splitlines()[-1].startswith("xfail")
    assert JUnitXml.fromfile(str(junit)).skipped == len(expected)

    again = afugen("parse", found["log"], "--spec", "v1")
    assert again.stdout.splitlines()[-1] == done.stdout.splitlines()[-1]
    patch = Path(done.stderr.rpartition("patch: ")[2].splitlines()[0])
    assert re.search(r"^base-commit: [0-9a-f]{40}$", patch.read_text(), re.M)


def test_the_same_selftest_passes_when_every_name_is_another(own_spec, tmp_path):
    result = tmp_path / "result.json"
    afugen("run", own_spec(*NONSENSE.items()), "--json", result)
    assert json.loads(result.read_text())["outcome"] == "xfail"
    assert set(outcomes(result).values()) == {"pass", "xfail"}


WAKE_UPS = """\
expected_failures:
""" + "".join(
    f"""\
  - test: sleep.{test}
    observed: {observed}
    reason: Nobody wakes a sleeper.
"""
    for what, says, epoll_says in [
        ("driver_event", "POLLIN", "POLLIN|POLLRDNORM"), ("closing", "POLLERR", "POLLERR")
    ]
    for test, observed in [
        *((f"{what}_wakes_{call}", f"asleep while a fresh poll(0) says {says}")
          for call in ("read", "poll", "select", "epoll")),
        (f"{what}_reaches_epoll_set", f'"epoll_wait(0) says 0 while poll(0) says {epoll_says}"'),
    ]
)  # fmt: skip


def test_a_spec_that_checks_ops_and_bounds_sizes_loses_only_wake_ups(own_spec, tmp_path):
    spec = own_spec(
        ("incomplete_ops: unchecked", "incomplete_ops: error"),
        ("null_ops: accept", "null_ops: refuse"),
        ("name: cxl_set_driver_ops\n  returns: void", "name: cxl_set_driver_ops\n  returns: int"),
        ("size_check: warn", "size_check: bound"),
        ("priority: before-generic", "priority: after-generic"),
        ("words: 4", "words: 40"),
        ("value: 4", "value: 77"),
        ("api_version: bump", "api_version: none"),
        ("layout: historic", "layout: strict"),
        expected=WAKE_UPS,
    )
    result = tmp_path / "result.json"
    afugen("run", spec, "--json", result)
    assert sorted(n for n, o in outcomes(result).items() if o == "xfail") == sorted(
        re.findall(r"test: (\S+)", WAKE_UPS)
    )


def test_generic_events_work_on_the_tree_without_the_feature(tmp_path):
    result = tmp_path / "result.json"
    afugen("boot", "none", "--json", result)
    found = outcomes(result)
    assert set(found.values()) == {"pass"}
    assert "generic.all_three" in found
    assert not any(name.startswith(("driver.", "ops.", "size.")) for name in found)


@pytest.mark.parametrize("tree", [(), ("--tree", "linux-source-6.12")], ids=["6.1", "6.12"])
def test_the_feature_as_it_was_merged_fails_as_it_is_known_to(tree, tmp_path):
    result = tmp_path / "result.json"
    afugen("run", "stock", *tree, "--json", result)
    expected = {failure.test for failure in load_expected(STOCK)}
    assert {n for n, outcome in outcomes(result).items() if outcome == "xfail"} == expected
    assert set(outcomes(result).values()) == {"pass", "xfail"}
    again = afugen("parse", json.loads(result.read_text())["log"], "--spec", "stock")
    assert again.stdout.splitlines()[-1].startswith("xfail")


def test_no_test_of_the_last_version_fails_and_its_page_says_so(tmp_path):
    result = tmp_path / "result.json"
    page = tmp_path / "run.html"
    afugen("run", "v3", "--json", result, "--html", page)
    assert set(outcomes(result).values()) == {"pass"}
    html = page.read_text()
    assert len(html) < 1_000_000
    assert re.search(r"What did the tests say\?</h2>\s*<p.*pass: 66 pass", html)
    assert 'id="file.c"' in html


def test_a_package_that_is_not_installed_is_named_with_the_command_that_installs_it():
    done = afugen("build", "stock", "--tree", "linux-source-2.4", code=3)
    assert "apt-get install linux-source-2.4" in done.stderr
    done = afugen("build", "stock", "--tree", "linux-source-6.12", "--base", "v6", code=2)
    assert "--base names a commit of --tree" in done.stderr


def test_the_tree_without_the_feature_compiles_without_a_warning(tmp_path):
    afugen("build", "v1")
    result = tmp_path / "build.json"
    done = afugen("build", "none", "--json", result)
    log = Path(done.stdout.split()[0]).with_name("make.log").read_text()
    assert "drivers/misc/cxl/file.o" in log
    assert json.loads(result.read_text())["result"]["messages"] == []


# What W=1 adds (scripts/Makefile.extrawarn of 6.1), less what asks for more than the sources.
W1 = (
    "-Wextra", "-Wunused", "-Wno-unused-parameter", "-Wmissing-declarations", "-Wrestrict",
    "-Wmissing-format-attribute", "-Wmissing-prototypes", "-Wold-style-definition",
    "-Wunused-but-set-variable", "-Wunused-const-variable", "-Wpacked-not-aligned",
    "-Wstringop-truncation", "-Wno-missing-field-initializers", "-Wno-sign-compare",
    "-Wno-type-limits", "-Wno-shift-negative-value",
)  # fmt: skip


@pytest.mark.parametrize("name", ["none", "v1", "v3"])
def test_the_module_of_the_test_compiles_without_a_warning_of_w1(name: str) -> None:
    done = afugen("build", name)
    assert "warning" not in done.stderr
    module = next(Path(line) for line in done.stdout.splitlines() if "softafu" in line)
    for source in ["softafu"] if name == "none" else ["softafu", "softafu_events"]:
        recorded = (module.parent / f".{source}.o.cmd").read_text().split("\n", 1)[0]
        command = re.sub(r"-o \S+\.o ", "-o /dev/null ", recorded.split(":= ", 1)[1])
        command = re.sub(r" -Wp,-MMD,\S+", "", command)
        done = subprocess.run(
            f"{command} {' '.join(W1)} -Wno-error", shell=True, cwd=module.parents[3],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        # The driver's own headers draw some, which are not the module's.
        assert re.findall(r"^\S*softafu\S*:\d+:\d+: .*", done.stderr, re.M) == []


def test_code_that_does_not_compile_is_a_result_with_a_place(own_spec):
    spec = own_spec()
    text = spec.read_text().replace(
        "  locking: |",
        "    - name: odd\n      role: none\n      returns: no_such_type_t\n      parameters:\n"
        "        - name: cxl\n          type: struct cxl_context *\n      promise: None.\n"
        "  locking: |",
    )
    spec.write_text(text)
    done = afugen("boot", spec, code=1)
    assert re.search(r"include/misc/cxl\.h:\d+:\d+: error: .*no_such_type_t", done.stdout)
    assert re.search(r"^build-fail: include/misc/cxl\.h:", done.stdout, re.M)


def test_an_expected_failure_that_does_not_happen_is_told(own_spec):
    spec = own_spec(
        expected=(V1 / "expected.yaml").read_text()
        + "  - test: driver.read\n    observed: nothing\n    reason: Made up.\n"
    )
    done = afugen("boot", spec, code=1)
    assert re.search(r"^xpass +driver\.read", done.stdout, re.M)


@pytest.mark.parametrize(
    "command",
    [command for command in COMMANDS if command.name in ("run", "build", "boot")],
    ids=lambda command: command.name,
)
def test_the_example_of_a_long_command_works(tmp_path, command):
    done = subprocess.run(
        [AFUGEN, *command.example.split()[1:]],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_example_of_parse_works(tmp_path):
    result = tmp_path / "result.json"
    afugen("boot", "v1", "--json", result)
    shutil.copy(json.loads(result.read_text())["log"], tmp_path / "console.log")
    example = next(command.example for command in COMMANDS if command.name == "parse")
    subprocess.run([AFUGEN, *example.split()[1:]], cwd=tmp_path, check=True)


def started(spec: str | Path, stage: str) -> subprocess.Popen[str]:
    """A boot of the spec that has come to a stage, and whose stderr is still to be read."""
    process = subprocess.Popen([AFUGEN, "boot", spec], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert any(line.startswith(f"afugen: {stage}") for line in process.stderr)
    return process


def test_an_interrupted_boot_leaves_nothing_behind():
    with started("v1", "boot") as process:
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert process.stderr.read().endswith("afugen: interrupted\n")
    assert process.returncode == 130
    console = Path(json.loads(afugen("boot", "v1", "--json", "-").stdout)["log"])
    emulators = subprocess.run(["pgrep", "-f", console.parent], capture_output=True, check=False)
    assert emulators.stdout == b""


def test_a_build_that_was_killed_is_made_whole(own_spec):
    spec = own_spec(("field: afu_driver_ops", "field: killed_ops"))
    with started(spec, "build") as process:
        process.kill()
    afugen("boot", spec)


def test_two_runs_at_once_take_turns(tmp_path):
    both = [
        subprocess.Popen(
            [AFUGEN, "boot", "v1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    told = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum("waiting for another afugen" in stderr for _, stderr in told) == 1


def test_a_boot_that_takes_too_long_is_a_timeout():
    done = afugen("boot", "v1", "--timeout", "1", code=1)
    assert done.stdout.splitlines()[-1].startswith(("timeout", "no-boot"))
    # What it says of v1 is nothing that a comparison may use.
    done = afugen("diff", "v1", "v1", "--no-build")
    assert "no-boot" not in done.stdout
    assert "v1: left out: it is not in the cache" in done.stdout


def test_a_missing_emulator_is_infra_with_the_command_that_installs_it(tmp_path):
    path = tmp_path / "bin"
    path.mkdir()
    for directory in ("/usr/bin", "/bin", "/usr/sbin", "/sbin"):
        for tool in Path(directory).iterdir():
            if not tool.name.startswith("qemu-system") and not (path / tool.name).exists():
                (path / tool.name).symlink_to(tool)
    done = subprocess.run(
        [AFUGEN, "boot", "v1"], env={**os.environ, "PATH": str(path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert "apt-get install qemu-system-ppc" in done.stderr
    assert shutil.which("qemu-system-ppc64")
