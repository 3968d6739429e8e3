# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's own tools on the real driver: symbol CRCs, and what they say of each version."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

import specs
from afugen import abi, checks
from afugen.abi import SymbolState, directory
from afugen.checks import gates
from afugen.command import ignore_progress
from afugen.errors import CompileError
from afugen.git import BUILD_WORKTREE, CommitData, StoredCommit, import_tarball
from afugen.series import commits, trees, version
from afugen.series.commits import Made
from afugen.series.version import Version

pytestmark = [pytest.mark.kernel, pytest.mark.boot]

AFUGEN = Path(sys.executable).parent / "afugen"
ROOT = Path(__file__).parent.parent
API, FILE = "drivers/misc/cxl/api.c", "drivers/misc/cxl/file.c"


@pytest.fixture(scope="module")
def base() -> StoredCommit:
    return trees.default_tree(specs.CXL)


@pytest.fixture(scope="module")
def stock() -> StoredCommit:
    """6.1 as it comes, with the feature as it was merged."""
    return import_tarball(trees.default_tarball())


def made(name: str, base: StoredCommit) -> Made:
    return commits.commit(version.find(name), base)


def end_of(series: Made) -> StoredCommit:
    return StoredCommit(series.stored.store, series.commit_id)


@pytest.fixture(scope="module")
def v1(base: StoredCommit) -> StoredCommit:
    return end_of(made("v1", base))


def edited(stored: StoredCommit, path: str, old: bytes, new: bytes) -> StoredCommit:
    """A commit that replaces one place of a file."""
    content = stored.files().read(path)
    assert content.count(old) == 1
    message = CommitData("a", "a@b", stored.store.date(stored.commit_id), "edit\n")
    files = {path: content.replace(old, new)}
    return StoredCommit(stored.store, stored.store.commit(stored.commit_id, files, message))


def causes(before: StoredCommit, after: StoredCommit) -> Counter[tuple[SymbolState, str]]:
    changed = abi.compare_exports(abi.exported(before, specs.CXL), abi.exported(after, specs.CXL))
    return Counter((one.state, one.why) for one in changed if one.state is not SymbolState.EQUAL)


def test_two_builds_of_one_tree_give_the_same_crcs(base: StoredCommit) -> None:
    kept = abi.exported(base, specs.CXL).crcs
    with base.store.checked_out(base.commit_id, BUILD_WORKTREE) as tree:
        again = directory._compile(tree, specs.CXL, ignore_progress).exports.crcs
    assert again == kept
    assert len(again) == 41
    assert all(re.fullmatch("0x[0-9a-f]{8}", crc) for crc in again.values())


def test_stock_exports_what_the_feature_adds(base: StoredCommit, stock: StoredCommit) -> None:
    added = abi.exported(stock, specs.CXL).crcs.keys() - abi.exported(base, specs.CXL).crcs.keys()
    assert added == {"cxl_set_driver_ops", "cxl_context_events_pending"}
    assert causes(stock, stock) == {}


# A pointer more in struct cxl_context, which almost everything takes or reaches; and its
# definition of the ops makes the private header include <misc/cxl.h>, whose <linux/poll.h>
# shows types that were only declared before.
MEMBER = "struct cxl_context gains `struct cxl_afu_driver_ops * afu_driver_ops`"
POLL = "the definition of struct {} is seen by the code that exports, and was not"


def test_v1_changes_33_crcs_and_why_is_told(base: StoredCommit, v1: StoredCommit) -> None:
    assert causes(base, v1) == {
        (SymbolState.CHANGED, MEMBER): 29,
        (SymbolState.CHANGED, POLL.format("poll_table_struct")): 3,
        (SymbolState.CHANGED, POLL.format("pollfd")): 1,
        (SymbolState.NEW, ""): 1,
    }


def test_a_driver_of_stock_would_load_with_12_of_43_symbols_of_v1(
    stock: StoredCommit, v1: StoredCommit
) -> None:
    assert causes(stock, v1) == {
        (SymbolState.CHANGED, "struct cxl_context loses `atomic_t afu_driver_events`"): 30,
        (SymbolState.GONE, ""): 1,
    }


def test_a_body_changes_no_crc_and_a_return_type_changes_its_own(stock: StoredCommit) -> None:
    setter = b"void cxl_set_driver_ops("
    at_return = b"\tctx->afu_driver_ops = ops;\n}"
    body = edited(stock, API, at_return, b"\tctx->afu_driver_ops = ops;\n\tsmp_wmb();\n}")
    assert causes(stock, body) == {}
    returns = edited(stock, API, at_return, b"\tctx->afu_driver_ops = ops;\n\treturn 0;\n}")
    returns = edited(returns, API, setter, b"int cxl_set_driver_ops(")
    returns = edited(returns, "include/misc/cxl.h", setter, b"int cxl_set_driver_ops(")
    (why,) = (why for _, why in causes(stock, returns))
    assert why.startswith("cxl_set_driver_ops: was `void cxl_set_driver_ops (")
    assert "is `int cxl_set_driver_ops (" in why
    assert causes(stock, returns).total() == 1


def test_what_does_not_compile_is_told_at_its_line(base: StoredCommit) -> None:
    broken = edited(base, FILE, b"poll_wait(", b"pol_wait(")
    text = broken.files().read(FILE).decode()
    line = text[: text.index("pol_wait(")].count("\n") + 1
    with pytest.raises(CompileError) as caught:
        abi.exported(broken, specs.CXL)
    assert re.match(rf"{FILE}:{line}:\d+: error: .*pol_wait", str(caught.value))
    assert [one.line for one in gates.compiler(broken, specs.CXL) if one.severity == "error"] == [
        line
    ]


def test_a_warning_of_each_tool_is_new_at_its_line(base: StoredCommit) -> None:
    place = b"__poll_t afu_poll("
    code = (
        b"static int *unused_here(void __user *p)\n{\n\treturn (int *)p;\n}\n\n"
        b"int global_here(void)\n{\n\treturn 0;\n}\n\n"
    )
    worse = edited(base, FILE, place, code + place)
    first = base.files().read(FILE).decode().partition(place.decode())[0].count("\n") + 1
    delta = checks.compare_commits(
        base, checks.remarks_on(base, specs.CXL), worse, checks.remarks_on(worse, specs.CXL)
    )
    assert {(one.tool, one.line - first, one.kind) for one in delta.new} == {
        ("gcc", 0, "-Wunused-function"),
        ("gcc W=1", 5, "-Wmissing-prototypes"),
        ("sparse", 2, ""),
        ("sparse", 5, ""),
    }
    assert {one.severity for one in delta.new} == {"warning"}
    assert delta.gone == ()


def test_29_complaints_of_sparse_were_there_before_v1_and_none_is_new(
    base: StoredCommit, v1: StoredCommit
) -> None:
    before, after = gates.sparse(base, specs.CXL), gates.sparse(v1, specs.CXL)
    assert len(before) == 29
    delta = checks.compare_commits(base, before, v1, after)
    assert (delta.new, delta.gone, len(delta.kept)) == ((), (), 29)
    types = [one.text for one in before if one.file.endswith("base.c")]
    assert types[0].endswith("; struct cxl_calls [noderef] __rcu *; struct cxl_calls *")


def test_checkpatch_has_3_warnings_and_4_checks_for_v1(base: StoredCommit) -> None:
    series = made("v1", base)
    (mail,) = commits.outgoing(series, None)
    said = gates.checkpatch(end_of(series), mail.text)
    assert Counter(one.severity for one in said) == {"warning": 3, "check": 4}
    assert all(one.line for one in said)


@pytest.mark.parametrize("name", version.known())
def test_the_tools_have_nothing_new_to_say_of(name: str, base: StoredCommit) -> None:
    result = checks.check(made(name, base))
    assert (result.unknown, result.missing) == ((), ())
    # v1 is kept as it was mailed; no later version may excuse anything.
    assert bool(result.known) == (name == "v1")


def test_a_second_look_costs_milliseconds(base: StoredCommit, v1: StoredCommit) -> None:
    def look() -> None:
        for stored in (base, v1):
            checks.remarks_on(stored, specs.CXL)
            abi.exported(stored, specs.CXL)

    look()
    start = time.monotonic()
    look()
    assert time.monotonic() - start < 0.5


def test_a_message_that_no_object_depends_on_compiles_nothing_again(
    v1: StoredCommit, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates.compiler(v1, specs.CXL)
    message = CommitData("b", "b@c", v1.store.date(v1.commit_id), "Another message\n")
    files: dict[str, bytes | None] = {
        "Documentation/cxl-new.rst": b"x\n",
        "tools/testing/selftests/drivers/misc/cxl/new.c": b"int x;\n",
    }
    other = StoredCommit(v1.store, v1.store.commit(v1.commit_id, files, message))
    monkeypatch.setattr(type(v1.store), "checked_out", None)
    assert gates.compiler(other, specs.CXL) == gates.compiler(v1, specs.CXL)


def afugen(*arguments: str | Path, code: int) -> str:
    done = subprocess.run([AFUGEN, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def test_check_fails_for_what_no_list_excuses(tmp_path: Path) -> None:
    told = afugen("check", "--gates", "v1", code=0)
    assert "v1: gcc, sparse and checkpatch have nothing new to say; known: " in told
    spec = tmp_path / "spec.yaml"
    spec.write_bytes((ROOT / "kernel-patches/cxl/v1/spec.yaml").read_bytes())
    saved = tmp_path / "result.json"
    told = afugen("check", "--gates", spec, "--json", saved, code=1)
    assert told.count(": new: checkpatch: ") == 7
    (found,) = json.loads(saved.read_text())["checks"]
    assert (found["check"], found["outcome"], len(found["new"])) == ("gates", "fail", 7)


def test_check_fails_for_an_excuse_that_is_no_longer_needed(
    base: StoredCommit, tmp_path: Path
) -> None:
    directory = ROOT / "kernel-patches/cxl/v1"
    (tmp_path / "spec.yaml").write_bytes((directory / "spec.yaml").read_bytes())
    known = (directory / "known-remarks.yaml").read_text()
    entry = known[known.index("  - tool") : known.index("  - tool", known.index("  - tool") + 1)]
    (tmp_path / "known-remarks.yaml").write_text(known + entry)
    path = tmp_path / "spec.yaml"
    chosen = Version("mine", path, version.find(str(path)).spec)
    result = checks.check(commits.commit(chosen, base))
    assert not result.is_good
    assert [one.kind for one in result.missing] == ["PARENTHESIS_ALIGNMENT"]
