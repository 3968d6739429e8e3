# SPDX-License-Identifier: GPL-2.0-only
"""The test in the tree: what it says follows the spec, and a maintainer finds nothing to mend."""

from __future__ import annotations

import re
import subprocess

import pytest

import intree
import rendering
import specs
from afugen import resources
from afugen.errors import TemplateError, TreeError
from afugen.render import rendering as render
from intree import DIRECTORY, MODULE, SELFTESTS

pytestmark = pytest.mark.slow

V1, V3 = specs.model(specs.v1()), specs.model(specs.v3())
SPECS = {"v1": V1, "v3": V3, "none": None}
STRICT = ("-Wextra", "-Wno-unused-parameter", "-Wno-missing-field-initializers",
          "-Wno-clobbered", "-Werror")  # fmt: skip

every_spec = pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
every_kernel = pytest.mark.parametrize("version", ["6.1", "6.12"])


def test_the_templates_of_the_two_patches_are_told_apart():
    test = set(render.paths_of_test(specs.CXL))
    assert {f"{MODULE}/softafu.c", f"{DIRECTORY}/events.c", "MAINTAINERS"} <= test
    assert f"{MODULE}/file.c" in render.kernel_paths(specs.CXL)
    assert not any(
        path.startswith(("test/", "delivery/")) for path in render.kernel_paths(specs.CXL)
    )
    assert test & set(render.kernel_paths(specs.CXL)) == {f"{MODULE}/Kconfig"}


@every_spec
def test_it_adds_files_and_lines_and_takes_nothing_away(spec):
    for change in render.render_test(spec, specs.CXL, intree.base()):
        if change.before is None:
            assert change.path not in intree.base().files
        else:
            assert change.path in intree.EDITED
            kept = iter(change.after.decode().splitlines())
            assert all(line in kept for line in change.before.decode().splitlines())


@every_kernel
def test_it_is_listed_where_the_alphabet_has_it(version):
    files = intree.rendered(V1, version)
    targets = re.findall(r"^TARGETS \+= (\S+)$", files[f"{SELFTESTS}/Makefile"].decode(), re.M)
    place = targets.index("drivers/misc/cxl")
    assert targets[place - 1] == "drivers/dma-buf"
    assert all(name < "drivers/misc/cxl" for name in targets[:place])
    entry = files["MAINTAINERS"].decode().split("\n\nCXL (IBM", 1)[1].split("\n\n")[0]
    patterns = re.findall(r"^F:\t(.+)$", entry, re.M)
    assert patterns[-1] == f"{DIRECTORY}/"
    assert patterns == sorted(patterns)


def test_without_a_spec_nothing_speaks_of_driver_events():
    files = intree.rendered(None)
    new = {path: text.decode() for path, text in files.items() if path not in intree.EDITED}
    assert not any("driver_" in path or "softafu_events" in path for path in new)
    for path, text in new.items():
        assert not re.search(r"(?i)afu_driver|softafu_(event|ops|state)|SET_OPS", text), path


@pytest.mark.parametrize("of", [specs.v1, specs.v3])
def test_every_name_is_the_specs(of):
    renamed = specs.model(specs.renamed(9, of))
    files = intree.rendered(renamed)
    added = "".join(text.decode() for path, text in files.items() if path not in intree.EDITED)
    old, new = specs.model(of()), renamed
    for spec, is_there in ((old, False), (new, True)):
        names = {spec.ops.struct, spec.setter.name, spec.event.name, spec.payload.struct}
        names |= {op.name for op in spec.ops.callbacks}
        names |= {spec.notify.name} if spec.notify else set()
        found = names & set(re.findall(r"\w+", added))
        assert found == (names if is_there else set())


@every_kernel
@every_spec
def test_the_selftest_compiles_without_a_warning(spec, version, tmp_path):
    done = intree.compiled(intree.planted(tmp_path, spec, version), *STRICT)
    assert (done.returncode, done.stderr) == (0, "")
    named = re.findall(r"\w+", (tmp_path / DIRECTORY / ".gitignore").read_text().split("\n", 1)[1])
    objects = {path.name for path in (tmp_path / "obj").iterdir() if not path.suffix}
    assert set(named) == objects


@pytest.mark.parametrize(
    "leaves",
    [
        {"setter__returns": "int"},
        {"setter__incomplete_ops": "error", "setter__returns": "int"},
        {"setter__incomplete_ops": "refuse"},
        {"setter__null_ops": "refuse"},
        {"setter__null_ops": "refuse", "setter__returns": "int"},
        {"payload__words": 64},
        {"priority": "after-generic"},
        {"ops__callbacks__1__returns": "int"},
    ],
    ids=str,
)
def test_whatever_the_spec_promises_the_selftest_compiles(leaves, tmp_path):
    spec = specs.changed(**leaves)
    assert intree.rendered(spec) != intree.rendered(V1)
    done = intree.compiled(intree.planted(tmp_path, spec), *STRICT)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_format_that_does_not_fit_would_be_found(tmp_path):
    tree = intree.planted(tmp_path, V1)
    source = tree / DIRECTORY / "afu.c"
    source.write_text(source.read_text().replace('"poll(0) says %s"', '"poll(0) says %d"'))
    assert "-Werror=format" in intree.compiled(tree, *STRICT).stderr


@pytest.mark.kernel
@every_spec
def test_checkpatch_strict_has_nothing_to_say(spec, checkpatch, tmp_path):
    assert _checkpatch(checkpatch, tmp_path, intree.rendered(spec)) == ""


@pytest.mark.kernel
def test_checkpatch_would_say_something(checkpatch, tmp_path):
    files = intree.rendered(V1)
    files[f"{DIRECTORY}/new.c"] = b"int f()\n{\n  return(0);\n}\n"
    assert "SPDX_LICENSE_TAG" in _checkpatch(checkpatch, tmp_path, files)


def _checkpatch(script, where, files):
    repo = rendering.repository(where / "repo", intree.base().files)
    rendering.write(repo, files)
    rendering.git(repo, "add", "-A", "-f")
    rendering.git(
        repo, "commit", "-q", "-m", "cxl: Add a software AFU\n\nSo that it is tested.\n\n"
        "Signed-off-by: t <t@example.org>"
    )  # fmt: skip
    patch = where / "test.patch"
    patch.write_text(rendering.git(repo, "format-patch", "-1", "--stdout"))
    options = ("--strict", "--terse", "--show-types", "--no-tree", "--no-summary")
    done = subprocess.run(
        ["perl", script, *options, patch], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


# New files.


def test_a_file_that_is_to_be_new_and_is_there_is_told():
    path = f"{MODULE}/softafu.c"
    there = rendering.Files(intree.base().files | {path: b"int theirs;\n"}, "their tree")
    message = rf"their tree: {path} is there already, and templates/cxl/test/{path}.j2:2 makes it"
    with pytest.raises(TreeError, match=message):
        render.render_test(V1, specs.CXL, there)


def test_a_file_that_is_to_be_edited_and_is_not_there_is_told():
    files = {path: text for path, text in intree.base().files.items() if path != "MAINTAINERS"}
    with pytest.raises(TreeError, match="their tree: there is no MAINTAINERS"):
        render.render_test(V1, specs.CXL, rendering.Files(files, "their tree"))


def test_a_new_file_knows_its_template_and_what_it_read_of_the_spec():
    changes = {change.path: change for change in render.render_test(V3, specs.CXL, intree.base())}
    (edit,) = changes[f"{MODULE}/softafu_events.c"].edits
    assert edit.origin == f"templates/cxl/test/{MODULE}/softafu_events.c.j2:3"
    assert {"ops.struct", "setter.name", "notify.name", "ops.callbacks[0].name"} <= set(edit.fields)
    (edit,) = changes[f"{DIRECTORY}/kmsg.c"].edits
    assert edit.fields == ()


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{% create %}\nint a;\n{% endcreate %}\nstray\n", "x.h.j2:4: text outside"),
        ("\n{% create %}\nint a;\n", "x.h.j2:"),
        (
            '{% create %}\nint a;\n{% endcreate %}\n{% edit before struct("a") %}{% endedit %}\n',
            "x.h.j2:4: templates/test/x.h.j2:1 makes the whole of x.h",
        ),
        ('\n{% edit create struct("a") %}{% endedit %}\n', "x.h.j2:2: edit create: one of before"),
    ],
)
def test_a_wrong_template_of_a_new_file_is_told_by_its_line(tmp_path, template, message):
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "x.h.j2").write_text(template)
    with pytest.raises(TemplateError, match=rf"^templates/test/{message}"):
        render.render_test(V1, specs.CXL, rendering.Files({}), tmp_path)


def test_no_file_of_the_test_is_made_for_one_version_by_name():
    for path in (resources.templates() / "test").rglob("*.j2"):
        assert not re.search(r"\bv[123]\b|6\.1\b|stock|mainline", path.read_text()), path
