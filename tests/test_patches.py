# SPDX-License-Identifier: GPL-2.0-only
"""Series of two patches: what the second one says, and what the two come to."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

import rendering
import specs
from afugen.git import StoredCommit
from afugen.render.rendering import paths_of_test
from afugen.series import commits, trees, version
from afugen.series.version import Version
from afugen.spec import interface

pytestmark = pytest.mark.kernel
TWO = [name for name in version.known() if version.find(name).spec.test]


@pytest.fixture(scope="module", params=TWO)
def chosen(request) -> Version:
    return version.find(request.param)


@pytest.fixture(scope="module")
def base():
    return commits.golden_base(specs.CXL)


def test_all_versions_since_the_review_bring_their_test():
    assert [name for name in version.known() if name != "v1"] == TWO


@pytest.mark.parametrize(
    ("leaf", "value", "lines"),
    [
        ("subject", "cxl: Test it with ${ops}", ["Test it with cxl_afu_driver_ops"]),
        ("message", "Only ${setter}().", ["Only cxl_set_driver_ops()."]),
        ("trailers", ["Cc: A <a@b.example>"], ["Cc: A <a@b.example>"]),
        ("changelog", "${event} first.", ["CXL_EVENT_AFU_DRIVER first."]),
    ],
)
def test_a_leaf_of_the_test_changes_the_second_mail_only(base, leaf, value, lines):
    raw = specs.v3()
    before = commits.golden_patches(Version("v3", specs.V1, specs.model(raw)), base)
    specs.put(raw, ("test", leaf), value)
    after = commits.golden_patches(Version("v3", specs.V1, specs.model(raw)), base)
    assert before[1] == after[1]
    texts = (mails[2].text.split("\n") for mails in (before, after))
    added = [line[2:] for line in difflib.ndiff(*texts) if line.startswith("+ ")]
    assert all(any(line in one for one in added) for line in lines), added


def test_git_am_makes_the_commits_of_the_mails(chosen, base, tmp_path):
    paths = {
        *paths_of_test(chosen.spec.interface),
        *(c.path for p in commits.patched(chosen, base) for c in p.changes),
    }
    files = {path: base.read(path) for path in paths if base.exists(path)}
    repository = rendering.repository(tmp_path / "linux", files)
    mails = [path for path in chosen.patches if "0000-" not in path.name]
    rendering.git(repository, "am", "-q", *map(str, mails))
    for patch in commits.patched(chosen, base):
        assert rendering.git(repository, "log", "--format=%s").count(patch.data.subject) == 1
    for change in commits.patched(chosen, base)[-1].changes:
        assert (repository / change.path).read_bytes() == change.after


def test_the_test_in_a_series_is_the_one_that_any_tree_is_tested_with(chosen):
    stored = trees.default_tree(specs.CXL)
    made = commits.commit(chosen, stored)
    first, second = made.commit_ids
    tested = commits.add_test(StoredCommit(stored.store, first), specs.CXL, chosen.spec)
    assert stored.store.changed(tested.commit_id, second) == ()
    assert (
        commits.add_test(StoredCommit(stored.store, second), specs.CXL, chosen.spec).commit_id
        == second
    )


def test_a_feature_that_was_never_merged_leaves_the_package_as_it_is():
    of = interface.load(Path(__file__).parent / "interfaces" / "ringlog" / "interface")
    assert of.data.merged is None
    stock = trees.stock_tree().commit_id
    assert trees.default_tree(of).commit_id == stock
    assert trees.default_tree(specs.CXL).commit_id != stock
