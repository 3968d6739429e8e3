# SPDX-License-Identifier: GPL-2.0-only
"""`baseline`: what it takes out of a tree, what it keeps, what it refuses, and whom it names."""

from __future__ import annotations

from collections import Counter

import pytest

import merged
from afugen.errors import AnchorError, FeatureError, InputError, TreeError
from merged import DRIVER_BRANCH, Tree, tokens_of
from rendering import API, FILE, HEADER, KCONFIG, PRIVATE, UAPI

SMALL = merged.small()
WITHOUT = SMALL.without()

# What is left where the feature was, in the words of the tree itself.
LEFT = {
    API: ["EXPORT_SYMBOL_GPL(cxl_fops_get_context);\n\nint cxl_start_work("],
    PRIVATE: [
        "#include <misc/cxl-base.h>\n\n#include <uapi/misc/cxl.h>\n",
        "\tbool pending_afu_err;\n\n\tstruct rcu_head rcu;\n",
        "#define CXL_API_VERSION 3\n",
    ],
    FILE: [
        "\tif (ctx->pending_irq || ctx->pending_fault || ctx->pending_afu_err)\n"
        "\t\treturn true;\n\n\treturn false;\n}\n",
        "\tif (ctx_event_pending(ctx))\n",
        "\t\tif (ctx_event_pending(ctx) || (ctx->status == CLOSED))\n",
        "\treturn mask;\n}\n\nssize_t afu_read(",
        "\tstruct cxl_context *ctx = file->private_data;\n\tstruct cxl_event event;\n",
        "\tevent.header.size = sizeof(struct cxl_event_header);\n\tif (ctx->pending_irq) {\n",
        "\tspin_unlock_irqrestore(&ctx->lock, flags);\n\n\tif (copy_to_user(",
    ],
    HEADER: ["size_t count);\n\n#endif /* _MISC_CXL_H */\n"],
    UAPI: [
        "\tCXL_EVENT_AFU_ERROR     = 3,\n};\n",
        "\t__u64 error;\n};\n\nstruct cxl_event {\n",
        "\t\tstruct cxl_event_afu_error afu_error;\n\t};\n};\n",
    ],
}


def test_the_files_lose_it_and_keep_their_shape():
    assert [change.path for change in SMALL.removal().changes] == sorted(LEFT)
    for path, pieces in LEFT.items():
        for piece in pieces:
            assert WITHOUT.files[path].decode().count(piece) == 1, (path, piece)


def test_lines_only_go_but_for_the_head_of_the_chain():
    assert SMALL.removal().reshaped == ((FILE, "\tif (ctx->pending_irq) {"),)
    for path in LEFT:
        before = iter(SMALL.files[path].split(b"\n"))
        kept = WITHOUT.files[path].split(b"\n")
        assert all(line in before for line in kept if line != b"\tif (ctx->pending_irq) {")


def test_nothing_of_it_is_left_to_take_out():
    assert SMALL.removal().users == SMALL.removal().prose == ()
    with pytest.raises(FeatureError, match=r"^small: nothing to remove: .*AFU driver ops"):
        WITHOUT.removal()


def test_a_tree_that_never_had_it_is_refused():
    with pytest.raises(FeatureError, match="nothing to remove"):
        Tree({"Makefile": b"VERSION = 7\n"}).removal()


# Other shapes of the same: another age, another order, another dialect.


def test_a_tree_of_2016_loses_the_symbol_too():
    old = merged.of_2016(SMALL)
    assert b"POLLIN" in old.files[FILE]
    assert b"link_ok" not in old.files[FILE]
    expected = merged.of_2016(WITHOUT).files | {KCONFIG: SMALL.files[KCONFIG]}
    assert old.without().files == expected


def test_any_order_of_functions_branches_and_members_has_the_same_result():
    found = tokens_of(merged.reordered(SMALL).without().files)
    for path, tokens in tokens_of(WITHOUT.files).items():
        assert Counter(found[path]) == Counter(tokens)


def test_a_tree_without_the_functions_of_the_kernel_api_is_one_that_has_neither():
    functions = merged.Tree(SMALL.files | {p: WITHOUT.files[p] for p in (API, HEADER)})
    struct = SMALL.files[HEADER].decode()
    start, end = struct.index("/*\n * AFU driver ops"), struct.index("/*\n * Associate")
    header = functions.files[HEADER].decode().replace("#endif", struct[start:end] + "#endif")
    tree = Tree(functions.files | {HEADER: header.encode()})
    assert tree.without().files == WITHOUT.files


def _branch_moved(before: str) -> Tree:
    """The driver's branch behind that of the interrupt, or before `before` in the chain."""
    tree = SMALL.edited(FILE, DRIVER_BRANCH, "")
    moved = DRIVER_BRANCH.removesuffix("} else ")
    return tree.edited(FILE, before, f"}} else {moved}{before}")


CHAIN = '\t} else if (ctx->status == CLOSED) {\n\t\tpr_devel("afu_read fatal error'


@pytest.mark.parametrize("before", ["} else if (ctx->pending_fault) {", CHAIN.strip()])
def test_a_branch_in_the_middle_of_the_chain_goes_alone(before):
    assert _branch_moved(before).without().files == WITHOUT.files


def test_the_last_branch_of_the_chain_goes_alone():
    last = '\t} else\n\t\tWARN(1, "afu_read must be buggy\\n");\n'
    moved = DRIVER_BRANCH.removesuffix(" else ")
    tree = SMALL.edited(FILE, DRIVER_BRANCH, "").edited(FILE, last, f"\t}} else {moved}\n")
    expected = WITHOUT.edited(FILE, last, "\t}\n")
    assert tree.without().files == expected.files


PENDING = "if (ctx->afu_driver_ops && atomic_read(&ctx->afu_driver_events))\n\t\treturn true;\n"
SHAPES = {
    "compared with zero": PENDING.replace("_ops &&", "_ops != NULL &&").replace("))", ") > 0)"),
    "braces": PENDING.replace("))\n", ")) {\n") + "\t}\n",
    "unlikely": PENDING.replace("if (ctx", "if (unlikely(ctx").replace("))\n", ")))\n"),
    "its own comment": "/* The AFU driver's. */\n\t" + PENDING,
    "ops are looked up, too": PENDING.replace("&& a", "&& ctx->afu_driver_ops->fetch_event && a"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_condition_may_be_spelled_otherwise(shape):
    expected = WITHOUT.files
    tree = SMALL.edited(FILE, PENDING, SHAPES[shape])
    if "fetch_event" in SHAPES[shape]:
        with pytest.raises(AnchorError, match=r"file\.c: anchor guarded\(callee"):
            tree.removal()
    else:
        assert tree.without().files == expected


# What a vendor added stays: none of it is what a template names.

OWN_OPERAND = {
    "first": ("if (ctx->vendor || (DRIVER))", "if (ctx->vendor)"),
    "last": ("if ((DRIVER) || ctx->vendor)", "if (ctx->vendor)"),
    "middle": ("if (a(ctx) || (DRIVER) || ctx->vendor)", "if (a(ctx) || ctx->vendor)"),
    "deep": ("if (ctx->vendor && (a(ctx) || (DRIVER)))", "if (ctx->vendor && (a(ctx)))"),
    "without parentheses": ("if (ctx->vendor || DRIVER)", "if (ctx->vendor)"),
}


@pytest.mark.parametrize("place", OWN_OPERAND)
def test_an_operand_of_a_vendor_is_kept(place):
    driver = "ctx->afu_driver_ops && atomic_read(&ctx->afu_driver_events)"
    condition, left = (text.replace("DRIVER", driver) for text in OWN_OPERAND[place])
    tree = SMALL.edited(FILE, PENDING, f"{condition}\n\t\treturn true;\n")
    last = "\treturn false;\n"
    expected = WITHOUT.edited(FILE, last, f"\t{left}\n\t\treturn true;\n\n{last}")
    assert tree.without().files == expected.files


def test_an_operand_of_one_return_is_taken_out_of_it():
    body = SMALL.files[FILE].decode()
    start, end = body.index("\tif (ctx->pending_irq ||"), body.index("}\n\n__poll_t")
    one = "\treturn ctx->pending_irq || ctx->pending_fault || ctx->pending_afu_err"
    driver = " ||\n\t       (ctx->afu_driver_ops && atomic_read(&ctx->afu_driver_events))"
    tree = Tree(SMALL.files | {FILE: f"{body[:start]}{one}{driver};\n{body[end:]}".encode()})
    assert f"{{\n{one};\n}}".encode() in tree.without().files[FILE]


BESIDE = [
    (PRIVATE, "\tbool pending_afu_err;\n", "\tstruct { int afu_driver_events; } vendor;\n"),
    (PRIVATE, "\tbool pending_afu_err;\n", "\tatomic_t afu_driver_events_seen;\n"),
    (PRIVATE, "struct cxl_context {\n", "struct vendor { bool (*fetch_event)(int); };\n\n"),
    (FILE, "__poll_t afu_poll(", "static int my_fetch_event(int fetch_event);\n\n"),
    (FILE, "\t} else if (ctx->pending_fault) {\n",
     "\t} else if (ctx->vendor.afu_driver_events) {\n\t\tctx->vendor.afu_driver_events--;\n"),
    (UAPI, "};\n\nstruct cxl_event_header {\n", "\tCXL_EVENT_AFU_DRIVER_VENDOR = 5,\n"),
    (UAPI, "struct cxl_event_afu_driver_reserved {\n", "#define CXL_EVENT_AFU_DRIVER_MASK 4\n\n"),
    (UAPI, "\t};\n};\n\n#endif", "\t\t__u64 vendor;\n"),
    (API, "void cxl_context_events_pending(", "int my_cxl_set_driver_ops(void)\n{\n}\n\n"),
    (HEADER, "/* Notify cxl driver", "int cxl_vendor(int fetch_event);\n\n"),
]  # fmt: skip


def test_code_of_a_vendor_beside_it_stays():
    tree = SMALL
    for path, before, added in BESIDE:
        tree = tree.edited(path, before, added + before)
    removal = tree.removal()
    assert removal.users == removal.prose == ()
    after = {change.path: change.after.decode() for change in removal.changes}
    for path, _, added in BESIDE:
        assert added in after[path], (path, added)


SHARED = [
    (PRIVATE, "\tstruct cxl_afu_driver_ops *afu_driver_ops;\n\tatomic_t afu_driver_events;\n",
     "\tstruct cxl_afu_driver_ops *afu_driver_ops; bool vendor;\n"
     "\tatomic_t afu_driver_events, mine;\n",
     [" bool vendor;\n", "\tatomic_t mine;\n"]),
    (PRIVATE, "\tatomic_t afu_driver_events;\n", "\tatomic_t mine, afu_driver_events, yours;\n",
     ["\tatomic_t mine, yours;\n"]),
    (UAPI, "\tCXL_EVENT_AFU_ERROR     = 3,\n\tCXL_EVENT_AFU_DRIVER    = 4,\n",
     "\tCXL_EVENT_AFU_DRIVER = 4, CXL_EVENT_AFU_ERROR = 3\n", ["\tCXL_EVENT_AFU_ERROR = 3\n"]),
    (UAPI, "\tCXL_EVENT_AFU_DRIVER    = 4,\n", "\tCXL_VENDOR = 5, CXL_EVENT_AFU_DRIVER = 4\n",
     ["\tCXL_VENDOR = 5\n"]),
    (API, "EXPORT_SYMBOL_GPL(cxl_set_driver_ops);\n",
     "EXPORT_SYMBOL_GPL(cxl_set_driver_ops); static int vendor;\n", [" static int vendor;\n"]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "old", "new", "left"), SHARED)
def test_what_shares_a_line_with_it_stays(path, old, new, left):
    after = SMALL.edited(path, old, new).without().files[path].decode()
    assert all(after.count(piece) == 1 for piece in left), after


def test_the_private_header_keeps_an_include_that_it_uses_for_something_else():
    tree = SMALL.edited(PRIVATE, "struct cxl_context {\n", "struct vendor *cxl_vendor_of(int);\n"
                        "struct cxl_context {\n\tstruct vendor mine;\n")  # fmt: skip
    tree = tree.edited(
        HEADER, "/*\n * AFU driver ops", "struct vendor { int a; };\n\n/*\n * AFU driver ops"
    )
    assert b"#include <misc/cxl.h>\n" in tree.without().files[PRIVATE]


# What a template does not account for is refused, with the file and what was looked for.

REFUSED = {
    "a vendor's operand that the feature depends on": (
        FILE, "if (ctx->afu_driver_ops && atomic_read(&ctx->afu_driver_events))\n\t\treturn",
        "if (ctx->afu_driver_ops && ctx->vendor)\n\t\treturn", r"anchor guarded\(callee"),
    "a condition that holds without the feature": (
        FILE, "if (ctx->afu_driver_ops && atomic_read(&ctx->afu_driver_events))\n\t\treturn",
        "if (!ctx->afu_driver_ops)\n\t\treturn", r"anchor guarded\(callee"),
    "a comparison that holds without the feature": (
        FILE, "if (event.header.type == CXL_EVENT_AFU_DRIVER)",
        "if (event.header.type != CXL_EVENT_AFU_DRIVER)",
        r"anchor guarded\(\"afu_read\", by=\['CXL"),
    "the body of another condition": (
        FILE, PENDING, f"if (ctx->vendor)\n\t\t{PENDING}", r"anchor guarded\(callee"),
    "a condition in two places": (
        FILE, PENDING, f"{PENDING}\n\t{PENDING}", r"anchor guarded\(callee.*2 places match"),
    "a loop": (FILE, PENDING, PENDING.replace("if", "while"), r"anchor guarded\(callee"),
    "a label": (FILE, PENDING, f"out:\n\t{PENDING}", r"anchor guarded\(callee"),
    "a part that depends on the configuration": (
        FILE, f"\t{PENDING}", f"#ifdef CONFIG_VENDOR\n\t{PENDING}#endif\n",
        r"anchor guarded\(callee"),
    "a variable that something else uses": (
        FILE, "\t\treturn -EFAULT;\n\treturn event.header.size;\n\nout:",
        "\t\treturn pl ? -EFAULT : 0;\n\treturn event.header.size;\n\nout:",
        r"\d+: pl is used here"),
    "a function that something else calls": (
        FILE, "\treturn event.header.size;\n\nout:",
        "\treturn afu_driver_event_copy(ctx, 0, 0, 0);\n\nout:",
        r"\d+: afu_driver_event_copy is used"),
    "a variable that something is called for": (
        FILE, "*pl = NULL;", "*pl = vendor(ctx);", r"anchor variable\("),
    "a conflict marker": (
        FILE, "__poll_t afu_poll(", "<<<<<<< HEAD\n__poll_t afu_poll(", r"\d+: a conflict marker"),
    "constants that would change": (
        UAPI, "\tCXL_EVENT_AFU_DRIVER    = 4,\n", "\tCXL_EVENT_AFU_DRIVER,\n\tCXL_VENDOR,\n",
        "CXL_VENDOR would be 4 instead of 5"),
    "a member that depends on the configuration": (
        PRIVATE, "\tatomic_t afu_driver_events;\n",
        "#ifdef CONFIG_VENDOR\n\tatomic_t afu_driver_events;\n#endif\n",
        r'anchor member\("cxl_context", "afu_driver_events"\): not found'),
    "two definitions": (
        API, "int cxl_start_work(",
        "void cxl_set_driver_ops(struct cxl_context *ctx)\n{\n}\n\nint cxl_start_work(",
        r'anchor function\("cxl_set_driver_ops"\): ambiguous, 2 places'),
    "a function that no header declares": (
        HEADER, "void cxl_set_driver_ops(", "void cxl_vendor_set_driver_ops(",
        r'anchor declaration\("cxl_set_driver_ops"\): not found'),
    "a symbol that is selected and nowhere defined": (
        KCONFIG, "\tselect CXL_BASE\n", "\tselect CXL_BASE\n\tselect CXL_AFU_DRIVER_OPS\n",
        r'anchor config\("CXL_AFU_DRIVER_OPS"\): not found'),
    "a symbol that nothing selects": (
        KCONFIG, "config CXL\n", "config CXL_AFU_DRIVER_OPS\n\tbool\n\nconfig CXL\n",
        r'anchor select\("CXL", "CXL_AFU_DRIVER_OPS"\): not found'),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_other_shapes_are_refused_with_file_and_anchor(case):
    path, old, new, message = REFUSED[case]
    with pytest.raises(InputError, match=f"^{path}: ?{message}"):
        SMALL.edited(path, old, new).removal()


def test_a_label_in_its_branch_that_something_else_jumps_to_is_refused():
    dec = "\t\tatomic_dec(&ctx->afu_driver_events);\n"
    tree = SMALL.edited(FILE, dec, f"vendor:\n{dec}")
    tree = tree.edited(
        FILE, "\tfinish_wait(&ctx->wq, &wait);\n\n", "\tif (ctx->vendor)\n\t\tgoto vendor;\n\n"
    )
    line = tree.files[FILE].split(b"\n").index(b"\t\tgoto vendor;") + 1
    with pytest.raises(InputError, match=rf"^{FILE}:{line}: vendor is used here"):
        tree.removal()


@pytest.mark.parametrize("path", LEFT)
def test_half_of_the_feature_is_refused_with_file_and_anchor(path):
    """One file has nothing of it, or only one file has it."""
    for tree in (
        Tree(SMALL.files | {path: WITHOUT.files[path]}),
        Tree(WITHOUT.files | {path: SMALL.files[path]}),
    ):
        with pytest.raises(AnchorError, match=r"^\S+/\S+: anchor .*not found"):
            tree.removal()


@pytest.mark.parametrize("path", merged.TOUCHED)
def test_a_file_that_is_missing_is_named(path):
    tree = Tree({p: source for p, source in SMALL.files.items() if p != path})
    with pytest.raises(TreeError, match=f"there is no {path}"):
        tree.removal()
