# SPDX-License-Identifier: GPL-2.0-only
"""Builds for an interface of another subsystem, with less of a test or none, in a tiny tree."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from afugen import build
from afugen.errors import InputError, TreeError
from afugen.spec import interface

pytestmark = pytest.mark.slow

TREE = Path(__file__).parent / "tinylinux"
AFUGEN = Path(sys.executable).parent / "afugen"
INTERFACE = """\
title: A lamp's ops
type: object
required: [series, function]
additionalProperties: false
properties:
  interface: {$ref: "afugen:engine#/$defs/interface"}
  series: {$ref: "afugen:engine#/$defs/series"}
  test: {$ref: "afugen:engine#/$defs/test"}
  function: {description: The new function, type: string, format: c-identifier}
  ops:
    description: The lamp calls none
    type: object
    default: {callbacks: []}
    properties:
      callbacks: {type: array, items: {$ref: "afugen:engine#/$defs/callback"}}
build:
  directory: drivers/leds
  modules: [blinker.ko]
  config: [blinker]
"""
MODULE_TEST = """\
test:
  commit: "leds: test the lamp"
  modules: [blinker_test.ko]
  config: [blinker-test]
"""
SPEC = """\
interface: ../lamp
function: blinker_off
ops: {callbacks: []}
series:
  subject: "leds: blinker: Add blinker_off()"
  message: |
    A lamp can be turned off.
  date: 2024-05-01T12:00:00+00:00
  position: 1
  total: 1
"""
TEMPLATE = """\
{# SPDX-License-Identifier: GPL-2.0-only #}
{% edit after function("blinker_toggle") %}

void {{ spec.function }}(struct blinker *lamp)
{
	lamp->on = 0;
}
{% endedit %}
"""


KCONFIG = """\
{# SPDX-License-Identifier: GPL-2.0-only #}
{% edit before config("BLINKER") %}
config BLINKER_OFF
	bool
	default n

config BLINKER_ON
	def_bool y

{% endedit %}
"""


@pytest.fixture
def lamp(tmp_path: Path) -> Path:
    """The folder of an interface without a test."""
    where = tmp_path / "lamp"
    (where / "config").mkdir(parents=True)
    (where / "drivers/leds").mkdir(parents=True)
    (where / "interface.yaml").write_text(INTERFACE)
    (where / "config/blinker.config").write_text("CONFIG_MODULES=y\nCONFIG_BLINKER=m\n")
    (where / "config/blinker-test.config").write_text("CONFIG_BLINKER_TEST=m\n")
    (where / "drivers/leds/blinker.c.j2").write_text(TEMPLATE)
    return where


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The tiny tree, a git repository."""
    tree = shutil.copytree(TREE, tmp_path / "linux")
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@b")
    for words in ("init -q", "add .", "commit -q -m start"):
        subprocess.run([*git, *words.split()], cwd=tree, check=True)
    return tree


def afugen(*words: str | Path, tree: Path, code: int = 0) -> str:
    """Run afugen on the tree; return what it prints, also to stderr if it fails."""
    done = subprocess.run(
        [AFUGEN, *words, "--tree", tree], capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + (done.stderr if code else "")


def spec_of(lamp: Path, name: str = "v1", function: str = "blinker_off") -> Path:
    """Write a spec of the interface."""
    spec = lamp.parent / name / "spec.yaml"
    spec.parent.mkdir(exist_ok=True)
    spec.write_text(SPEC.replace("blinker_off", function))
    return spec


def built(lamp: Path, tree: Path) -> list[Path]:
    """The files that `afugen build` makes of a spec."""
    return [Path(line) for line in afugen("build", spec_of(lamp), tree=tree).splitlines()]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_a_driver_without_a_test_is_built(lamp: Path, tree: Path) -> None:
    kernel, module, packed, script = built(lamp, tree)
    assert [path.name for path in (kernel, module, script)] == [
        "vmlinux.stripped", "blinker.ko", "reproduce.sh",
    ]  # fmt: skip
    assert b"blinker_off" in module.read_bytes()
    assert re.search(rb"modules\0+blinker.ko\n", packed.read_bytes())
    fragments = json.loads((script.parent / "metadata.json").read_text())["fragments"]
    assert [Path(path).stem for path in fragments] == [
        "powernv", "blinker", "selftest", "little-endian",
    ]  # fmt: skip


def test_a_test_that_is_only_a_module_is_built(lamp: Path, tree: Path) -> None:
    (lamp / "interface.yaml").write_text(INTERFACE + MODULE_TEST)
    _, driver, test, packed, script = built(lamp, tree)
    assert [path.name for path in (driver, test)] == ["blinker.ko", "blinker_test.ko"]
    assert re.search(rb"modules\0+blinker.ko\nblinker_test.ko\n", packed.read_bytes())
    assert "selftest" not in script.read_text()


def test_a_driver_that_is_built_in_is_built(lamp: Path, tree: Path) -> None:
    (lamp / "interface.yaml").write_text(INTERFACE.replace("  modules: [blinker.ko]\n", ""))
    (lamp / "config/blinker.config").write_text("CONFIG_BLINKER=y\n")
    kernel, packed, script = built(lamp, tree)
    assert (kernel.name, packed.name, script.name) == (
        "vmlinux.stripped", "initramfs.cpio", "reproduce.sh",
    )  # fmt: skip


def test_reproduce_makes_the_same_module(lamp: Path, tree: Path, tmp_path: Path) -> None:
    _, module, _, script = built(lamp, tree)
    again = tmp_path / "again"
    worktree = json.loads((script.parent / "metadata.json").read_text())["tree"]
    subprocess.run([script, worktree, again], check=True, capture_output=True)
    assert (again / "drivers/leds/blinker.ko").read_bytes() == module.read_bytes()


def test_without_a_test_there_is_nothing_to_run(lamp: Path, tree: Path) -> None:
    failed = afugen("run", spec_of(lamp), tree=tree, code=2)
    assert "has no test: there is nothing to boot" in failed


def test_a_comparison_names_what_the_interface_does_not_have(lamp: Path, tree: Path) -> None:
    specs = spec_of(lamp), spec_of(lamp, "v2", "blinker_dark")
    compared = afugen("diff", *specs, tree=tree)
    assert "lamp names no uapi header" in compared
    assert "lamp has no test" in compared
    assert "against before: 0 of 0 have the same CRC" in compared
    assert "there is no scripts/checkpatch.pl" in compared.replace("\n", " ")


def test_kconfig_is_checked_in_a_tree_without_a_defconfig(lamp: Path, tree: Path) -> None:
    assert "Kconfig holds on the full tree" in afugen(
        "check", "--kconfig", spec_of(lamp), tree=tree
    )
    declares = "declares: [{config: symbol}]\n"
    with_symbol = INTERFACE.replace(
        "  function:", "  symbol: {description: The new symbol, type: string}\n  function:", 1
    )
    (lamp / "interface.yaml").write_text(with_symbol + declares)
    spec = spec_of(lamp)
    for symbol, code, text in (
        ("BLINKER_NEW", 2, "BLINKER_NEW is defined nowhere"),
        ("BLINKER_OFF", 2, "BLINKER_OFF is n on powernv"),
        ("BLINKER_ON", 0, "Kconfig holds on the full tree"),
    ):
        spec.write_text(f"symbol: {symbol}\n{SPEC}")
        (lamp / "drivers/leds/Kconfig.j2").write_text(KCONFIG)
        assert text in afugen("check", "--kconfig", spec, tree=tree, code=code)


def test_a_fragment_that_is_not_there_is_named(lamp: Path) -> None:
    (lamp / "config/blinker.config").rename(lamp / "config/other.config")
    with pytest.raises(InputError, match=r"lamp/config: no configuration fragment 'blinker'; "
                       r"there are blinker-test, other"):  # fmt: skip
        build.build_plan(interface.load(lamp))


def test_the_checks_of_a_tree_use_the_tests_options_where_it_has_the_test(
    lamp: Path, tree: Path
) -> None:
    (lamp / "interface.yaml").write_text(INTERFACE + MODULE_TEST)
    of = interface.load(lamp)
    assert build.has_test(of, tree)
    kconfig = tree / "drivers/leds/Kconfig"
    kconfig.write_text(kconfig.read_text().replace("config BLINKER_TEST", "config BLINKER_OTHER"))
    assert not build.has_test(of, tree)
    kconfig.unlink()
    assert not build.has_test(of, tree)


def test_a_selftest_that_the_tree_lacks_is_named(lamp: Path, tree: Path, tmp_path: Path) -> None:
    directory = "tools/testing/selftests/leds"
    (lamp / "interface.yaml").write_text(f"{INTERFACE}{MODULE_TEST}  selftest: {directory}\n")
    plan = build.build_plan(interface.load(lamp))
    with pytest.raises(TreeError, match=f"there is no {directory} to test with"):
        build.build(build.BuildRequest(tree, tmp_path / "out", plan))
