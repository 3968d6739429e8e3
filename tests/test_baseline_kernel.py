# SPDX-License-Identifier: GPL-2.0-only
"""`baseline` on real kernels, as they are, renamed, reformatted and with foreign code beside."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from afugen import resources
from afugen.csource.cfile import error_count
from afugen.errors import FeatureError, TreeError
from afugen.git import import_tarball
from afugen.series.baseline import baseline
from afugen.strip import Stripped, strip
from afugen.strip.feature import Feature, load_feature
from baseline_tree import assert_only_removes, code_words
from linux_source import FEATURE_FILES, linux_source

pytestmark = pytest.mark.kernel
VERSIONS = ("6.1", "6.12")

# What is left where the feature was, in the words of 6.1 and 6.12 themselves.
LEFT = {
    "drivers/misc/cxl/api.c": [
        "EXPORT_SYMBOL_GPL(cxl_fops_get_context);\n\nint cxl_start_work(",
    ],
    "drivers/misc/cxl/cxl.h": [
        "#include <misc/cxl-base.h>\n\n#include <uapi/misc/cxl.h>\n",
        "\tbool pending_afu_err;\n\n\tstruct rcu_head rcu;\n",
        "#define CXL_API_VERSION 3\n",
    ],
    "drivers/misc/cxl/file.c": [
        "\tif (ctx->pending_irq || ctx->pending_fault || ctx->pending_afu_err)\n"
        "\t\treturn true;\n\n\treturn false;\n}\n",
        "\tif (ctx_event_pending(ctx))\n",
        "\t\tif (ctx_event_pending(ctx) || (ctx->status == CLOSED))\n",
        "\treturn mask;\n}\n\nssize_t afu_read(",
        "\tstruct cxl_context *ctx = file->private_data;\n\tstruct cxl_event event;\n",
        "\tevent.header.size = sizeof(struct cxl_event_header);\n\tif (ctx->pending_irq) {\n",
        "\tspin_unlock_irqrestore(&ctx->lock, flags);\n\n\tif (copy_to_user(",
    ],
    "include/misc/cxl.h": ["size_t count);\n\n#endif /* _MISC_CXL_H */\n"],
    "include/uapi/misc/cxl.h": [
        "\tCXL_EVENT_AFU_ERROR     = 3,\n};\n",
        "\t__u64 error;\n};\n\nstruct cxl_event {\n",
        "\t\tstruct cxl_event_afu_error afu_error;\n\t};\n};\n",
    ],
}


@cache
def feature() -> Feature:
    return load_feature(resources.kernel_patches() / "mainline-feature.yaml")


@cache
def stripped(version: str) -> Stripped:
    return strip(linux_source(version), feature())


def words_of(files: Mapping[str, bytes]) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", "\n".join(files[p].decode() for p in sorted(files)))


@pytest.mark.parametrize("version", VERSIONS)
def test_the_five_files_lose_it_and_keep_their_shape(version: str) -> None:
    files = {path: source.decode() for path, source in stripped(version).files}
    assert set(files) == set(FEATURE_FILES)
    for path, pieces in LEFT.items():
        for piece in pieces:
            assert files[path].count(piece) == 1, (path, piece)


@pytest.mark.parametrize("version", VERSIONS)
def test_only_the_head_of_the_chain_is_reshaped(version: str) -> None:
    (line,) = stripped(version).reshaped
    assert line.path == "drivers/misc/cxl/file.c"
    assert (line.before, line.after) == (
        "\t} else if (ctx->pending_irq) {",
        "\tif (ctx->pending_irq) {",
    )
    assert_only_removes(linux_source(version), stripped(version))


@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_is_left_and_nothing_broken(version: str) -> None:
    before = linux_source(version)
    for path, source in stripped(version).files:
        assert code_words(source.decode()).isdisjoint({*feature().words, "afu_driver_event_copy"})
        assert error_count(source) <= error_count(before[path])
        assert b"\n\n\n" not in source or b"\n\n\n" in before[path]
    assert stripped(version).mentions == stripped(version).stuck == ()


@pytest.mark.parametrize("version", VERSIONS)
def test_twice_is_once(version: str) -> None:
    once = {**linux_source(version), **dict(stripped(version).files)}
    assert strip(once, feature()).files == ()


@pytest.mark.parametrize("version", VERSIONS)
def test_same_after_every_identifier_was_renamed(version: str) -> None:
    listed = feature()
    names = {item.name: f"zz_{n}_{item.name[::-1]}" for n, item in enumerate(listed.identifiers)}

    def renamed(text: str) -> str:
        return re.sub(r"\b\w+\b", lambda m: names.get(m[0], m[0]), text)

    other = Feature(
        "renamed",
        tuple(replace(i, name=names[i.name], of=names.get(i.of, i.of)) for i in listed.identifiers),
    )
    files = {path: renamed(s.decode()).encode() for path, s in linux_source(version).items()}
    result = strip(files, other)
    assert result.files == stripped(version).files
    assert len(result.reshaped) == 1


@pytest.mark.parametrize("style", ["GNU", "LLVM", "{BasedOnStyle: Mozilla, ColumnLimit: 60}"])
def test_same_after_clang_format(style: str) -> None:
    """In another layout the same words stay, in the same order."""
    before = linux_source("6.1", FEATURE_FILES)
    formatted = {path: clang_format(source, path, style) for path, source in before.items()}
    result = {**formatted, **dict(strip(formatted, feature()).files)}
    expected = {**before, **dict(strip(before, feature()).files)}
    for path in FEATURE_FILES:
        assert words_of({path: result[path]}) == words_of(
            {path: clang_format(expected[path], path, style)}
        )


def clang_format(source: bytes, path: str, style: str) -> bytes:
    program = Path(sys.executable).with_name("clang-format")
    options = (f"--style={style}", f"--assume-filename={path}", "--sort-includes=false")
    run = subprocess.run([program, *options], input=source, capture_output=True, check=True)
    return run.stdout


FOREIGN = {
    "drivers/misc/cxl/cxl.h": (
        "\tbool pending_afu_err;\n",
        "\tbool pending_afu_err;\n\tstruct { int afu_driver_events; } foreign;\n",
        "\tatomic_t afu_driver_events;\n",
        "\tatomic_t afu_driver_events;\n\tatomic_t afu_driver_events_seen;\n",
    ),
    "drivers/misc/cxl/file.c": (
        "\t} else if (ctx->pending_irq) {\n",
        "\t} else if (ctx->foreign.afu_driver_events) { /* not afu_driver_events */\n"
        "\t\tctx->foreign.afu_driver_events--;\n\t} else if (ctx->pending_irq) {\n",
        "static ssize_t afu_driver_event_copy(",
        "struct foreign_ops {\n\tint (*fetch_event)(int n);\n};\n\n"
        "static int my_fetch_event(struct foreign_ops *afu_driver_ops)\n{\n"
        "\tif (afu_driver_ops && afu_driver_ops->fetch_event)\n"
        "\t\treturn afu_driver_ops->fetch_event(1);\n\treturn 0;\n}\n\n"
        "static ssize_t afu_driver_event_copy(",
        "\tint rc;\n\tDEFINE_WAIT(wait);\n",
        "\tint rc, event_delivered = my_fetch_event(NULL);\n\tDEFINE_WAIT(wait);\n\n"
        "\tif (event_delivered)\n\t\treturn event_delivered;\n",
    ),
    "drivers/misc/cxl/api.c": (
        "void cxl_context_events_pending(",
        "#ifdef CONFIG_FOREIGN\nint foreign_cxl_set_driver_ops(void)\n{\n\treturn 1;\n}\n#endif\n\n"
        "void cxl_context_events_pending(",
    ),
    "include/uapi/misc/cxl.h": (
        "\tCXL_EVENT_AFU_DRIVER    = 4,\n",
        "\tCXL_EVENT_AFU_DRIVER    = 4,\n\tCXL_EVENT_AFU_DRIVER_FOREIGN = 5,\n",
        "struct cxl_event_afu_driver_reserved {",
        "#define CXL_EVENT_AFU_DRIVER_MASK 4\n\nstruct cxl_event_afu_driver_reserved {",
        "\t\tstruct cxl_event_afu_driver_reserved afu_driver_event;\n",
        "\t\tstruct cxl_event_afu_driver_reserved afu_driver_event;\n\t\t__u64 foreign;\n",
    ),
    "include/misc/cxl.h": (
        "/* Notify cxl driver that",
        "/* Not cxl_set_driver_ops(), but foreign */\nint cxl_foreign(int fetch_event);\n\n"
        "/* Notify cxl driver that",
    ),
}


def with_foreign_code(files: Mapping[str, bytes]) -> tuple[dict[str, bytes], list[tuple[str, str]]]:
    """The files with foreign code beside the feature, and the lines that it consists of."""
    result, added = dict(files), []
    for path, pairs in FOREIGN.items():
        text = files[path].decode()
        for old, new in zip(pairs[::2], pairs[1::2], strict=True):
            assert text.count(old) == 1, (path, old)
            text = text.replace(old, new)
            old_lines = old.split("\n")
            added += [(path, line) for line in new.split("\n") if line not in old_lines]
        result[path] = text.encode()
    return result, added


@pytest.mark.parametrize("version", VERSIONS)
def test_foreign_code_beside_it_stays(version: str) -> None:
    files, added = with_foreign_code(linux_source(version))
    result = strip(files, feature())
    after = {path: source.decode() for path, source in result.files}
    reshaped = {(line.path, line.before): line.after for line in result.reshaped}
    for path, line in added:
        assert line in after[path].split("\n") or (path, line) in reshaped, (path, line)
    assert list(reshaped.values()) == [
        "\tif (ctx->foreign.afu_driver_events) { /* not afu_driver_events */"
    ]
    again = strip({**files, **dict(result.files)}, feature())
    assert again.files == ()


def test_whole_tree_has_nothing_left() -> None:
    """Searched, not assumed: all 79,000 files of the tree with the changed ones in it."""
    stored = import_tarball(Path("/usr/src/linux-source-6.1.tar.xz"))
    base = stored.store.base(stored.commit_id)
    result = baseline(base.mentioning, base.read, feature(), base.label)
    assert result.files == stripped("6.1").files
    changed = dict(result.files)
    assert set(base.mentioning(feature().words)) == set(changed)
    words = re.compile(rb"\b(?:" + "|".join(feature().words).encode() + rb")\b")
    assert [path for path, source in changed.items() if words.search(source)] == []


def test_tree_without_it_is_refused() -> None:
    files = {**linux_source("6.1"), **dict(stripped("6.1").files)}

    def read(path: str) -> bytes:
        if path in files:
            return files[path]
        raise TreeError(f"there is no {path}")

    with pytest.raises(FeatureError, match="nothing to remove"):
        baseline(lambda words: tuple(files), read, feature())
