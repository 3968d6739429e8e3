# SPDX-License-Identifier: GPL-2.0-only
"""Places in makefiles and in MAINTAINERS."""

from __future__ import annotations

import pytest

from afugen.anchors.listfile import Assignment, Maintained, SortedAssignment
from afugen.errors import AnchorError
from afugen.render.edits import Action, Edit, apply

MAKEFILE = b"""\
# comment := value
obj-$(CONFIG_A)\t\t+= a.o
obj-$(CONFIG_B) += b.o
LIST += able
LIST += charlie
LIST += echo
LIST += delta
ifdef X
LIST   +=   zulu
endif
one = 1
two ?= 2
three := 3
"""
MAINTAINERS = b"""\
FIRST DRIVER
M:\tSomebody <a@example.org>
F:\tdrivers/first/
F:\tinclude/first.h

SECOND DRIVER
S:\tOrphan
F:\tdrivers/second/

THIRD DRIVER
F:\tdrivers/third/
F:\tinclude/first.h
"""


def after(source: bytes, anchor, text: str = "new\n") -> bytes:
    return apply(source, [Edit("Makefile", Action.AFTER, anchor, text, "t.j2:1")], "Makefile")


@pytest.mark.parametrize(
    ("anchor", "line"),
    [
        (Assignment("obj-$(CONFIG_A)", "a.o"), b"obj-$(CONFIG_A)\t\t+= a.o\n"),
        (Assignment("one", "1"), b"one = 1\n"),
        (Assignment("two", "2"), b"two ?= 2\n"),
        (Assignment("three", "3"), b"three := 3\n"),
        (Assignment("LIST", "zulu"), b"LIST   +=   zulu\n"),
        (SortedAssignment("LIST", "bravo"), b"LIST += able\n"),
        (SortedAssignment("LIST", "delight"), b"LIST += charlie\n"),
        (SortedAssignment("LIST", "dora"), b"LIST += delta\n"),
        (SortedAssignment("LIST", "foxtrot"), b"LIST += echo\n"),
        (SortedAssignment("LIST", "zz"), b"LIST   +=   zulu\n"),
    ],
    ids=str,
)
def test_text_comes_behind_the_line(anchor, line):
    assert after(MAKEFILE, anchor) == MAKEFILE.replace(line, line + b"new\n")


@pytest.mark.parametrize(
    ("anchor", "message"),
    [
        (Assignment("obj-$(CONFIG_A)", "b.o"), "not found; candidates: obj-"),
        (Assignment("comment", "value"), "not found"),
        (SortedAssignment("LIST", "aaa"), "not found; candidates: LIST"),
        (SortedAssignment("LOST", "x"), "not found; candidates: LIST"),
    ],
    ids=str,
)
def test_a_line_that_is_not_there_is_told(anchor, message):
    with pytest.raises(AnchorError, match=message):
        after(MAKEFILE, anchor)


def test_an_entry_is_known_by_what_it_maintains():
    assert after(MAINTAINERS, Maintained("drivers/first/")) == MAINTAINERS.replace(
        b"include/first.h\n\nSECOND", b"include/first.h\nnew\n\nSECOND"
    )
    assert after(MAINTAINERS, Maintained("drivers/third/")) == MAINTAINERS + b"new\n"


def test_two_entries_of_one_path_are_ambiguous():
    with pytest.raises(AnchorError, match="ambiguous, 2 places"):
        after(MAINTAINERS, Maintained("include/first.h"))


def test_a_path_nobody_maintains_is_told_with_the_nearest():
    with pytest.raises(AnchorError, match="not found; candidates: drivers/second/"):
        after(MAINTAINERS, Maintained("drivers/secund/"))
