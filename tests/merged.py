# SPDX-License-Identifier: GPL-2.0-only
"""Trees with the feature as it was merged: a small one, and what older and other trees differ in.

The small one is linux-source-6.1, as far as the feature touches it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from afugen.series.baseline import Removal, baseline
from afugen.spec import interface
from linux_source import linux_source
from rendering import API, FILE, HEADER, KCONFIG, PRIVATE, UAPI, Files

TOUCHED = (KCONFIG, API, PRIVATE, FILE, HEADER, UAPI)

DRIVER_BRANCH = """\
if (ctx->afu_driver_ops && atomic_read(&ctx->afu_driver_events)) {
		pr_devel("afu_read delivering AFU driver specific event\\n");
		pl = ctx->afu_driver_ops->fetch_event(ctx);
		atomic_dec(&ctx->afu_driver_events);
		event.header.type = CXL_EVENT_AFU_DRIVER;
	} else """


class Tree(Files):
    """A handful of files that can be searched, as a whole tree is."""

    def paths_with_words(self, words: tuple[str, ...]) -> tuple[str, ...]:
        pattern = re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)")
        return tuple(p for p, s in sorted(self.files.items()) if pattern.search(s.decode()))

    def edited(self, path: str, old: str | bytes, new: str | bytes) -> Tree:
        return Tree(super().edited(path, old, new).files, self.label)

    def with_files(self, **files: str) -> Tree:
        """More files; `__` stands for `/` and `_DOT_` for a dot in a path."""
        more = {n.replace("__", "/").replace("_DOT_", "."): t.encode() for n, t in files.items()}
        return Tree(self.files | more, self.label)

    def removal(self) -> Removal:
        """What baseline makes of the tree."""
        return baseline(self, interface.default())

    def without(self) -> Tree:
        """The tree with what baseline changes, changed."""
        return Tree(self.files | {c.path: c.after for c in self.removal().changes}, self.label)


@cache
def small() -> Tree:
    """The files that the feature touches, as Debian's 6.1 has them."""
    return Tree(linux_source("6.1", TOUCHED), "small")


def of_2016(tree: Tree) -> Tree:
    """A tree in the dialect of 4.8: POLLIN, unsigned int, no link_ok, and the Kconfig symbol."""
    source = tree.files[FILE].decode().replace("__poll_t", "unsigned int").replace("EPOLL", "POLL")
    source = re.sub(r"\n\t*if \(!cxl_ops->link_ok\(.*?\n\n", "\n", source, flags=re.DOTALL)
    symbol = "config CXL_AFU_DRIVER_OPS\n\tbool\n\tdefault n\n\nconfig CXL\n"
    kconfig = tree.files[KCONFIG].decode().replace("config CXL\n", symbol)
    kconfig = kconfig.replace(
        "\tselect CXL_BASE\n\tdef", "\tselect CXL_BASE\n\tselect CXL_AFU_DRIVER_OPS\n\tdef"
    )
    return Tree(tree.files | {FILE: source.encode(), KCONFIG: kconfig.encode()}, "2016")


def reordered(tree: Tree) -> Tree:
    """Functions, branches, members, declarations and constants in another order."""
    for path, first, second in _SWAPPED:
        source = tree.files[path].decode()
        pattern = re.compile(f"({first})(.*?)({second})", re.DOTALL | re.MULTILINE)
        source, count = pattern.subn(lambda m: m[3] + m[2] + m[1], source)
        assert count == 1, (path, first)
        tree = Tree(tree.files | {path: source.encode()}, "reordered")
    return tree


def _function(name: str) -> str:
    return rf"^[\w ]+\**{name}\([^;{{]*\{{\n.*?^\}}\n(?:EXPORT_SYMBOL_GPL\({name}\);\n)?"


_SWAPPED = (
    (FILE, _function("afu_poll"), _function("afu_read")),
    (API, _function("cxl_set_driver_ops"), _function("cxl_start_work")),
    (PRIVATE, r"\tbool pending_irq;\n", r"\tatomic_t afu_driver_events;\n"),
    (UAPI, r"\tCXL_EVENT_AFU_ERROR     = 3,\n", r"\tCXL_EVENT_AFU_DRIVER    = 4,\n"),
    (UAPI, r"\t\tstruct cxl_event_data_storage fault;\n", r"\t\tstruct \w+ afu_driver_event;\n"),
)


def tokens_of(files: Mapping[str, bytes]) -> dict[str, list[str]]:
    """Each file's words and signs, comments apart."""
    comment = re.compile(r'/\*.*?\*/|//[^\n]*|("(?:\\.|[^"\\])*")', re.DOTALL)
    return {
        path: re.findall(r"\w+|[^\w\s]", comment.sub(r"\1", source.decode()))
        for path, source in files.items()
    }
