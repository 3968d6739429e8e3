# SPDX-License-Identifier: GPL-2.0-only
"""`baseline` names whoever uses the feature elsewhere, and changes none of it."""

from __future__ import annotations

import pytest

import merged
from afugen.errors import SpecError
from afugen.spec.datafile import read_data_file
from merged import Tree
from rendering import API, FILE, HEADER, PRIVATE, UAPI

SMALL = merged.small()

DRIVER = """\
// SPDX-License-Identifier: GPL-2.0
/* Uses cxl_set_driver_ops(). */
#include <misc/cxl.h>

static struct cxl_afu_driver_ops ops = {
	.fetch_event = fetch,
};

void f(struct cxl_context *ctx)
{
	cxl_set_driver_ops(ctx, &ops);
	if (IS_ENABLED(CONFIG_CXL_AFU_DRIVER_OPS))
		kallsyms("cxl_context_events_pending");
}
"""


def _told(tree: Tree) -> tuple[list[str], list[str]]:
    removal = tree.removal()
    assert {change.path for change in removal.changes} == {API, PRIVATE, FILE, HEADER, UAPI}
    return [str(user) for user in removal.users], [str(mention) for mention in removal.prose]


def test_a_driver_that_uses_it_is_told_line_by_line():
    users, prose = _told(SMALL.with_files(drivers__vendor__a_DOT_c=DRIVER))
    assert users == [
        "drivers/vendor/a.c:5: static struct cxl_afu_driver_ops ops = {",
        "drivers/vendor/a.c:6: .fetch_event = fetch,",
        "drivers/vendor/a.c:11: cxl_set_driver_ops(ctx, &ops);",
        "drivers/vendor/a.c:12: if (IS_ENABLED(CONFIG_CXL_AFU_DRIVER_OPS))",
        'drivers/vendor/a.c:13: kallsyms("cxl_context_events_pending");',
    ]
    assert prose == ["drivers/vendor/a.c:2: /* Uses cxl_set_driver_ops(). */"]


USERS = {
    "drivers/misc/cxl/vendor.c": ('#include "cxl.h"\nint f = g->afu_driver_events;\n', [2]),
    "drivers/vendor/macro.h": (
        "#include <misc/cxl.h>\n#define F(c) \\\n\t((c)->afu_driver_ops)\n", [3]),
    "tools/vendor.c": ("#include <misc/cxl.h>\nint f = CXL_EVENT_AFU_DRIVER;\n", [2]),
    "drivers/vendor/Kconfig": (
        "config A\n\tdepends on CXL_AFU_DRIVER_OPS # not CXL_AFU_DRIVER_OPS\n", [2]),
    "drivers/vendor/Makefile": ("obj-$(CONFIG_CXL_AFU_DRIVER_OPS) += a.o\n", [1]),
    "arch/powerpc/configs/a_defconfig": ("CONFIG_CXL=m\nCONFIG_CXL_AFU_DRIVER_OPS=y\n", [2]),
    "rust/a.rs": ("fn f() { bindings::cxl_set_driver_ops(c, o); }\n", [1]),
    # What is spelled alike, and is another's.
    "drivers/scsi/ocxl_hw.c": (
        "#include <misc/ocxl.h>\nstatic bool ctx_event_pending(struct c *c);\n"
        "int f = c->afu_driver_events + c->fetch_event(c);\n", []),
    "drivers/vendor/own.c": (
        "static int cxl_set_driver_ops(struct vendor *v)\n{\n\treturn 0;\n}\n"
        "int f = cxl_set_driver_ops(0);\n", []),
    "drivers/cxl/pci.c": ('#include "cxl.h"\nint f = c->fetch_event;\n', []),
    "drivers/vendor/members.c": (
        "#include <misc/cxl.h>\nstruct v { int (*fetch_event)(int); };\n"
        "int f(struct v *v)\n{\n\treturn v->fetch_event(1);\n}\n", []),
    "drivers/vendor/words.c": (
        "#include <misc/cxl.h>\nint event_delivered, my_cxl_set_driver_ops;\n", []),
    "drivers/vendor/symbol.c": ("int CXL_AFU_DRIVER_OPS;\n", []),
}  # fmt: skip


@pytest.mark.parametrize("path", USERS)
def test_users_and_their_look_alikes(path):
    source, lines = USERS[path]
    users, prose = _told(Tree(SMALL.files | {path: source.encode()}))
    assert [user.split(": ")[0] for user in users] == [f"{path}:{line}" for line in lines]
    assert prose == []


@pytest.mark.parametrize("path", ["Documentation/a.rst", "README.md", "drivers/vendor/TODO.txt"])
def test_a_text_that_mentions_it_is_told_and_is_no_user(path):
    users, prose = _told(Tree(SMALL.files | {path: b"See\n* cxl_set_driver_ops().\n"}))
    assert users == []
    assert prose == [f"{path}:2: * cxl_set_driver_ops()."]


def test_lines_of_a_changed_file_are_those_of_the_tree():
    added = "void vendor(struct cxl_context *ctx)\n{\n\tcxl_context_events_pending(ctx, 1);\n}\n\n"
    tree = SMALL.edited(API, "int cxl_start_work(", f"{added}int cxl_start_work(")
    users, _ = _told(tree)
    line = tree.files[API].decode().split("\n").index("\tcxl_context_events_pending(ctx, 1);") + 1
    assert users == [f"{API}:{line}: cxl_context_events_pending(ctx, 1);"]


def test_the_names_are_read_under_a_schema(tmp_path):
    path = tmp_path / "declares.yaml"
    path.write_text("name: a\nstructs: [a-b]\nmembers: []\nfunctions: []\nenumerators: []\n")
    with pytest.raises(SpecError, match=r"declares\.yaml:2:\d+: .*a-b") as caught:
        read_data_file(path, "declares")
    assert "symbols" in str(caught.value)
