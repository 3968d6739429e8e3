# SPDX-License-Identifier: GPL-2.0-only
"""Specs of strangers, generated: what they give parses, is laid out well and compiles."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

import rendering
import specs
from afugen.build import BuildResult
from afugen.csource import cfile
from afugen.pipeline import run
from afugen.render import ctext
from afugen.render import rendering as render
from afugen.series.version import Version
from afugen.verdict import Outcome

BASE = rendering.driver_base()


def _names(raw: dict) -> set[str]:
    wanted = {raw["ops"]["struct"], raw["setter"]["name"], raw["context"]["field"]}
    wanted |= {raw["event"]["name"], raw["payload"]["struct"], raw["payload"]["member"]}
    wanted |= {raw["helpers"][which]["name"] for which in ("pending", "pending_or_closed")}
    if raw["delivery"] == "counter":
        wanted |= {raw["notify"]["name"], raw["context"]["counter"], raw["helpers"]["copy_event"]}
    wanted |= {raw["kconfig"]["symbol"]} if raw["kconfig"] else set()
    for op in raw["ops"]["callbacks"]:
        wanted |= {op["name"], *(parameter["name"] for parameter in op["parameters"])}
    return wanted


def _texts(raw: dict) -> list[str]:
    ops = raw["ops"]
    return [
        ops["doc"], *(op["promise"] for op in ops["callbacks"]), ops["locking"],
        raw["setter"]["doc"], raw["context"]["comment"], raw["payload"]["doc"],
        *([raw["notify"]["doc"]] if raw["delivery"] == "counter" else []),
    ]  # fmt: skip


def _letters(text: str) -> str:
    return "".join(text.split())


@pytest.mark.slow
@settings(
    max_examples=40, derandomize=True, database=None, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(specs.raw_specs())
def test_any_spec_gives_c_that_parses_fits_and_says_all(raw):
    spec = specs.model(raw)
    for change in render.render(spec, BASE):
        if change.path.endswith((".c", ".h")):
            assert cfile.error_count(change.after) == cfile.error_count(change.before)
    added = [line for lines in rendering.inserted(spec, BASE).values() for line in lines]
    for line in added:
        assert ctext.fits(line) or "://" in line, line
        assert line == line.rstrip()
        assert " \t" not in line
        assert not re.match(r"\t* {8}", line) or line.lstrip().startswith("*")
    assert _names(raw) <= rendering.words(added)
    comments = _letters("\n".join(re.sub(r"^\s*(/\*|\*/|\*)|\*/$", "", line) for line in added))
    for text in _texts(raw):
        assert _letters(text) in comments


# checkpatch.

# What v1 itself has: six checks and warnings about its layout, as the kernel's checkpatch counts.
V1_HAS = {
    "CHECK:PARENTHESIS_ALIGNMENT": 1,
    "CHECK:LOGICAL_CONTINUATIONS": 3,
    "WARNING:EMBEDDED_FUNCTION_NAME": 1,
    "WARNING:SPACING": 2,
}
# Today's afu_read() has `ctx_event_pending(ctx) || (ctx->status == CLOSED)`: a new name in that
# line has checkpatch look at the tree's own parentheses.
TREES_OWN = "Unnecessary parentheses around 'ctx->status == CLOSED'"


def _complaints(script: Path, where: Path, raws: list[dict], base: rendering.Files) -> list[str]:
    """What checkpatch --strict says of the diffs, all in one go; `TYPE: message` each."""
    repo = rendering.repository(where / "repo", base.files)
    patches = []
    for number, raw in enumerate(raws):
        rendering.write(repo, base.files | rendering.after(specs.model(raw), base))
        patches.append(where / f"{number:03}.patch")
        patches[-1].write_text(rendering.git(repo, "diff"))
    # A diff has no message and no sign-off: those are the series' business.
    options = ("--strict", "--terse", "--show-types", "--no-tree", "--no-summary")
    options += ("--no-signoff", "--ignore", "COMMIT_MESSAGE")
    done = subprocess.run(
        ["perl", script, *options, *patches], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return [re.sub(r"^\S*\.patch:\d+: ", "", line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def stripped(stripped_tree) -> rendering.Files:
    return rendering.only_touched(stripped_tree("6.1"))


def _types(found: list[str]) -> Counter:
    return Counter(line.split(": ", 1)[0] for line in found if TREES_OWN not in line)


@pytest.mark.kernel
def test_checkpatch_says_of_v1_what_it_said_of_the_patch_of_2015(checkpatch, stripped, tmp_path):
    found = _complaints(checkpatch, tmp_path, [specs.v1()], stripped)
    assert _types(found) == V1_HAS


@pytest.mark.kernel
def test_checkpatch_strict_has_nothing_to_say_of_the_strict_layout(checkpatch, stripped, tmp_path):
    raws = [specs.v1() | {"layout": "strict"}, specs.v3(), *specs.strangers(36, "strict")]
    for of in (specs.v1, specs.v3):
        for length in (3, 40):
            raws.append(specs.renamed(length, of) | {"layout": "strict"})
    found = _complaints(checkpatch, tmp_path, raws, stripped)
    assert found == []


@pytest.mark.kernel
def test_the_historic_layout_has_no_faults_but_those_of_2015(checkpatch, stripped, tmp_path):
    found = _complaints(checkpatch, tmp_path, specs.strangers(12, "historic"), stripped)
    assert _types(found).keys() <= V1_HAS.keys()


# The compiler.

BUILT = (0, 4, 7, 9)


def _version(raw: dict) -> Version:
    return Version("stranger", Path("stranger/spec.yaml"), specs.model(raw))


@pytest.fixture(scope="module")
def kbuild(kernel: BuildResult) -> tuple[list[str], Path]:
    """kbuild's own command line for file.c, up to what it makes, and where it is run."""
    output = kernel.modules[0].parents[3]
    line = (output / "drivers/misc/cxl/.file.o.cmd").read_text().split("\n", 1)[0]
    words = shlex.split(line.split(":=", 1)[1])
    return [w for w in words[: words.index("-c")] if not w.startswith("-Wp,-MMD")], output


@pytest.mark.kernel
@pytest.mark.boot
@pytest.mark.parametrize("number", BUILT)
def test_what_strangers_get_builds_with_kbuild_and_without_a_warning(number):
    """cxl.ko, and the software AFU, which knows the interface by its generated header alone."""
    raw = specs.stranger(number)
    built = run.build_only(run.Request(_version(raw)))
    assert (built.outcome, built.reason, built.warnings) == (Outcome.PASS, "", ())


@pytest.mark.kernel
@pytest.mark.boot
@pytest.mark.parametrize("number", [n for n in range(12) if n not in BUILT])
def test_what_strangers_get_passes_the_compiler(number, kbuild, stripped, tmp_path):
    """As above, but only the front end of the compiler, on the files that have code."""
    _assert_passes(specs.stranger(number), kbuild, stripped, tmp_path)


@pytest.mark.kernel
@pytest.mark.boot
@pytest.mark.parametrize("version", [specs.v1, specs.v3])
def test_versions_with_other_names_pass_the_compiler(version, kbuild, stripped, tmp_path):
    _assert_passes(specs.renamed(40, version), kbuild, stripped, tmp_path)


def _assert_passes(raw, kbuild, stripped, where) -> None:
    spec = specs.model(raw)
    command, output = kbuild
    source = Path(command[command.index("-include") + 1]).parents[2]
    shutil.copytree(source / "drivers/misc/cxl", where / "drivers/misc/cxl")
    rendering.write(where, stripped.files | rendering.after(spec, stripped))
    ours = [f"-I{where}/{path}" for path in ("include", "include/uapi", "drivers/misc/cxl")]
    for path in (rendering.FILE, rendering.API, rendering.CONTEXT):
        done = subprocess.run(
            [command[0], *ours, *command[1:], "-Werror", "-fsyntax-only", where / path],
            cwd=output, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.stderr, done.returncode) == ("", 0)
