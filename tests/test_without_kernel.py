# SPDX-License-Identifier: GPL-2.0-only
"""`baseline` on real kernels: as they are, in other styles and orders, with a user beside."""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import cache

import pytest

import merged
from afugen.csource.cfile import error_count
from afugen.errors import FeatureError
from afugen.series import trees
from afugen.series.baseline import baseline
from afugen.spec import interface
from linux_source import BESIDE, FEATURE_FILES, linux_source
from merged import Tree, tokens_of
from rendering import FILE, KCONFIG, Files
from test_anchors import STYLES, restyled, tokens

pytestmark = pytest.mark.kernel
VERSIONS = ("6.1", "6.12")

# Of each file without the feature; the diffs were read.
SHA256 = {
    "6.1": {
        "drivers/misc/cxl/api.c":
            "8ea4a254afbda5f50a6bfeecbcb867fd317cf2485f2f9f53949ef687083ff02e",
        "drivers/misc/cxl/cxl.h":
            "7da0edae389388be456f0fb3156e4e436cde9ff71d8c5b2c947b52bef513e196",
        "drivers/misc/cxl/file.c":
            "08e1ac59a76eea8b78deb6f5601528e1bbd79823f2fa6dc60187583d4faa4426",
        "include/misc/cxl.h":
            "8d9eab2f64d0883760eb34eb2a2e8d9fc51fe520473ee95f168cf22634ecbcab",
        "include/uapi/misc/cxl.h":
            "ca90960d857641691c40042f505e5993d6bd95c1b6a6a6d8dca9f151dc780fa0",
    },
    "6.12": {
        "drivers/misc/cxl/api.c":
            "8ea4a254afbda5f50a6bfeecbcb867fd317cf2485f2f9f53949ef687083ff02e",
        "drivers/misc/cxl/cxl.h":
            "b49bb0943045220a6feb9d744034d2a95b35f7abf8c07910d8d25eb0c704b81a",
        "drivers/misc/cxl/file.c":
            "94d97ec9251b01a7ae0abf25da46bd769b0cff894ac23d5c155e293cf86bdb4e",
        "include/misc/cxl.h":
            "78a6d6f39c9e8aee5f15c21119c676d7c96fc3de86a86006753e39f51a9de980",
        "include/uapi/misc/cxl.h":
            "ca90960d857641691c40042f505e5993d6bd95c1b6a6a6d8dca9f151dc780fa0",
    },
}  # fmt: skip


@cache
def stock(version: str) -> Tree:
    """The files of a kernel that the feature touches, and those beside them."""
    return Tree(linux_source(version, (*FEATURE_FILES, *BESIDE)), version)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_five_files_are_the_ones_that_were_read(version):
    removal = stock(version).removal()
    found = {c.path: hashlib.sha256(c.after).hexdigest() for c in removal.changes}
    assert found == SHA256[version]
    assert removal.users == removal.prose == ()
    assert removal.reshaped == ((FILE, "\tif (ctx->pending_irq) {"),)
    assert all(error_count(c.after) <= error_count(c.before) for c in removal.changes)


@pytest.mark.parametrize("version", VERSIONS)
def test_there_is_nothing_to_remove_twice(version):
    with pytest.raises(FeatureError, match="nothing to remove"):
        stock(version).without().removal()


@cache
def without_commas() -> dict[str, str]:
    return {p: tokens(s).replace(",}", "}") for p, s in stock("6.1").without().files.items()}


@pytest.mark.parametrize("noise", [None, 1])
@pytest.mark.parametrize("style", STYLES)
def test_another_style_has_the_same_result(style, noise):
    touched = Files({path: stock("6.1").files[path] for path in merged.TOUCHED})
    other = Tree(restyled(touched, style, noise).files, style)
    removal = other.removal()
    assert removal.users == removal.prose == ()
    after = other.files | {change.path: change.after for change in removal.changes}
    for path in merged.TOUCHED:
        # The last of an enum's constants may leave its comma behind.
        assert tokens(after[path]).replace(",}", "}") == without_commas()[path], path


@pytest.mark.parametrize("version", VERSIONS)
def test_another_order_has_the_same_result(version):
    found = tokens_of(merged.reordered(stock(version)).without().files)
    for path, words in tokens_of(stock(version).without().files).items():
        assert Counter(found[path]) == Counter(words)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_dialect_of_2016_has_the_same_result(version):
    expected = merged.of_2016(stock(version).without()).files
    expected |= {KCONFIG: stock(version).files[KCONFIG]}
    assert merged.of_2016(stock(version)).without().files == expected


@pytest.mark.parametrize(("version", "commit"), [
    ("6.1", "b02715489f7292a4a8645a3323b0bedb2e1fc9ea"),
    ("6.12", "96e15a28ad0fd49ff01930172a94509acafeaefc"),
])  # fmt: skip
def test_the_baseline_of_a_package_is_this_commit(version, commit):
    stock_tree = trees.stock_tree(name=f"linux-source-{version}")
    made = trees.without_feature(stock_tree, interface.find("cxl"))
    assert made.stored.commit_id == commit


def test_nothing_else_of_the_whole_tree_is_a_user():
    """Searched, not assumed: all 79,000 files, look-alikes of cxlflash among them."""
    base = trees.stock_tree().files()
    removal = baseline(base, interface.default())
    assert removal.users == removal.prose == ()
    assert {c.path: c.after for c in removal.changes} == {
        path: stock("6.1").without().files[path] for path in FEATURE_FILES
    }
