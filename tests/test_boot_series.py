# SPDX-License-Identifier: GPL-2.0-only
"""A series does what its cover letter says: on each machine, and after each commit."""

from __future__ import annotations

import pytest

import specs
from afugen.git import StoredCommit
from afugen.pipeline import run
from afugen.series import commits, trees, version
from afugen.verdict import Outcome

pytestmark = [pytest.mark.kernel, pytest.mark.boot]


@pytest.mark.parametrize("name", ["v2", "v3"])
@pytest.mark.parametrize("machine", ["powernv8", "powernv10"])
def test_it_is_the_same_on_the_machines_that_the_cover_letter_names(name, machine):
    chosen = version.find(name)
    found = run.run(run.Request(chosen, machine=machine, is_whole=False)).verdict
    ends = {test.name: test.outcome for test in found.tests}
    assert ends == chosen.results[trees.DEFAULT_PACKAGE]
    assert found.machine == machine


@pytest.mark.parametrize("name", ["v2", "v3"])
def test_the_first_commit_needs_no_second(name, monkeypatch):
    """What has always been there is tested on it: the test that a tree without the feature gets."""
    made = commits.commit(version.find(name), trees.default_tree(specs.CXL))
    first, _ = made.commit_ids
    stored = StoredCommit(made.stored.store, first)
    assert not stored.files().exists(f"{specs.CXL.data.test.selftest}/Makefile")
    monkeypatch.setattr(commits, "base_of", lambda *_, **__: stored)
    verdict = run.run(run.Request(None, is_whole=False)).verdict
    assert verdict.outcome is Outcome.PASS, verdict
    assert {test.outcome for test in verdict.tests} == {Outcome.PASS}
    assert {"module.loads", "generic.all_three", "module.unloads"} <= {
        t.name for t in verdict.tests
    }
