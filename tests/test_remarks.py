# SPDX-License-Identifier: GPL-2.0-only
"""What tools say, read and compared: new, gone, or only on another line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import specs
from afugen import abi
from afugen.abi import Compiled
from afugen.build import Message
from afugen.checks import gates
from afugen.checks.remarks import (
    KnownRemark,
    Remark,
    compare,
    judge,
    line_map,
    load_known,
    read_checkpatch,
)
from afugen.errors import CompileError, SpecError
from afugen.git import Store, StoredCommit

FILE = "drivers/misc/cxl/file.c"
OUTPUT = f"""\
{FILE}:361: CHECK:PARENTHESIS_ALIGNMENT: Alignment should match open parenthesis
include/misc/cxl.h:237: WARNING:SPACING: Unnecessary space before function pointer arguments
:0: WARNING:COMMIT_LOG_LONG_LINE: Possible unwrapped commit description
ERROR:MISSING_SIGN_OFF: Missing Signed-off-by: line(s)
this line is none
"""
DIFF = f"""\
diff --git a/{FILE} b/{FILE}
index 1111111..2222222 100644
--- a/{FILE}
+++ b/{FILE}
@@ -10,4 +10,6 @@ context
 ten
+new eleven
+new twelve
 eleven
-twelve
+thirteen has become of it
 thirteen
@@ -30,3 +32,2 @@ context
 thirty
-thirty-one
 thirty-two
diff --git a/new.c b/new.c
new file mode 100644
--- /dev/null
+++ b/new.c
@@ -0,0 +1 @@
+--- looks like a header
"""


def remark(line: int, text: str = "context imbalance", file: str = FILE) -> Remark:
    return Remark("sparse", "warning", file, line, text)


def test_checkpatch_is_read() -> None:
    assert read_checkpatch(OUTPUT) == (
        Remark("checkpatch", "check", FILE, 361, "Alignment should match open parenthesis",
               "PARENTHESIS_ALIGNMENT"),
        Remark("checkpatch", "warning", "include/misc/cxl.h", 237,
               "Unnecessary space before function pointer arguments", "SPACING"),
        Remark("checkpatch", "warning", "", 0, "Possible unwrapped commit description",
               "COMMIT_LOG_LONG_LINE"),
        Remark("checkpatch", "error", "", 0, "Missing Signed-off-by: line(s)", "MISSING_SIGN_OFF"),
    )  # fmt: skip


def test_a_remark_reads_as_its_tool_would_put_it() -> None:
    first, *_, last = read_checkpatch(OUTPUT)
    assert str(first) == (
        f"checkpatch: {FILE}:361: check: Alignment should match open parenthesis"
        " [PARENTHESIS_ALIGNMENT]"
    )
    assert str(last) == "checkpatch: error: Missing Signed-off-by: line(s) [MISSING_SIGN_OFF]"


def test_lines_are_followed_through_a_diff() -> None:
    moved = line_map(DIFF)
    assert [moved(FILE, line) for line in (9, 10, 11, 12, 13, 14, 29, 30, 31, 32, 33)] == [
        9, 10, 13, None, 15, 16, 31, 32, None, 33, 34,
    ]  # fmt: skip
    assert moved("other.c", 12) == 12


def test_a_line_that_only_moved_is_kept() -> None:
    delta = compare((remark(20),), (remark(22),))
    assert (delta.new, delta.gone, delta.kept) == ((), (), (remark(22),))


def test_another_text_file_or_tool_is_new() -> None:
    before = remark(20)
    for after in (
        remark(20, "another text"),
        remark(20, file="other.c"),
        replace(before, tool="gcc"),
        replace(before, severity="error"),
        replace(before, kind="-Wcontext"),
    ):
        delta = compare((before,), (after,))
        assert (delta.new, delta.gone, delta.kept) == ((after,), (before,), ())


def test_of_several_alike_the_one_on_a_new_line_is_new() -> None:
    before = (remark(11), remark(29))
    after = (remark(12), remark(13), remark(31))
    delta = compare(before, after, line_map(DIFF))
    assert (delta.new, delta.gone) == ((remark(12),), ())
    assert delta.kept == (remark(13), remark(31))


def test_a_remark_less_is_gone() -> None:
    delta = compare((remark(11), remark(29)), (remark(31),), line_map(DIFF))
    assert (delta.new, delta.gone) == ((), (remark(11),))


def test_known_remarks_excuse_as_many_as_they_are() -> None:
    known = KnownRemark("sparse", FILE, "", "context imbalance", "why")
    assert judge((remark(1),), (known,)) == ((), ())
    assert judge((remark(1), remark(2)), (known,)) == ((remark(2),), ())
    assert judge((remark(1),), (known, known)) == ((), (known,))
    assert judge((remark(1, "other"),), (known,)) == ((remark(1, "other"),), (known,))


def test_the_known_remarks_of_a_version_are_read(tmp_path: Path) -> None:
    path = tmp_path / "known-remarks.yaml"
    entry = f"- {{tool: sparse, file: {FILE}, kind: '', text: context imbalance, reason: why}}\n"
    path.write_text(f"known_remarks:\n{entry}{entry}")
    assert load_known(path) == (KnownRemark("sparse", FILE, "", "context imbalance", "why"),) * 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("known: []\n", ":1:1: the one key of this file must be known_remarks, a list"),
        ("known_remarks: 3\n", ":1:1: the one key of this file must be known_remarks, a list"),
        (
            "known_remarks:\n  - tool: sparse\n",
            ":2:5: must be a mapping of tool, file, kind, text, reason to lines of text",
        ),
    ],
)
def test_a_wrong_list_of_known_remarks_is_told_at_its_line(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "known-remarks.yaml"
    path.write_text(text)
    with pytest.raises(SpecError) as caught:
        load_known(path)
    assert f"{path}{message}" in str(caught.value)


@pytest.mark.parametrize("messages", [(), (Message("a.c", 1, 1, "warning", "odd"),)])
def test_a_failure_without_an_error_message_is_an_error(monkeypatch, messages):
    failed = Compiled(is_good=False, messages=messages)
    monkeypatch.setattr(abi, "compiled", lambda *_: failed)
    with pytest.raises(CompileError, match="drivers/misc/cxl does not compile"):
        gates.compiler(StoredCommit(Store(Path("none")), "0" * 40), specs.CXL)


def test_an_error_message_of_a_failure_is_a_remark(monkeypatch):
    why = Message("a.c", 1, 1, "error", "no such thing")
    failed = Compiled(is_good=False, messages=(why,))
    monkeypatch.setattr(abi, "compiled", lambda *_: failed)
    monkeypatch.setattr(abi, "compiled_w1", lambda *_: failed)
    (remark,) = gates.compiler(StoredCommit(Store(Path("none")), "0" * 40), specs.CXL)
    assert (remark.severity, remark.text) == ("error", "no such thing")
