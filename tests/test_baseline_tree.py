# SPDX-License-Identifier: GPL-2.0-only
"""How `baseline` finds its way in a tree, what it refuses, and the list it works by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from afugen import resources
from afugen.errors import FeatureError, SpecError, TreeError
from afugen.series.baseline import baseline
from afugen.strip import Stripped
from afugen.strip.feature import Kind, load_feature
from baseline_tree import FEATURE, HEADER, PATH, tree

USER = """\
#include <port.h>

int f(struct port *port)
{
	port_hook_ready(port);
	return port->irq;
}
"""


@dataclass
class Searched:
    """A tree in memory that notes what it is searched for."""

    files: Mapping[str, bytes]
    searches: list[tuple[str, ...]] = field(default_factory=list)

    def find(self, words: tuple[str, ...]) -> list[str]:
        self.searches.append(words)
        pattern = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, words)) + r")(?!\w)")
        return [path for path, source in self.files.items() if pattern.search(source.decode())]

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise TreeError(f"there is no {path}")
        return self.files[path]

    def baseline(self) -> Stripped:
        return baseline(self.find, self.read, FEATURE, "here")


def encoded(**files: str) -> dict[str, bytes]:
    return {name.replace("__", "/").replace("_DOT_", "."): t.encode() for name, t in files.items()}


def test_users_of_what_turns_out_to_be_the_features_are_found_too() -> None:
    """Neither the second file nor the third has a word of the list."""
    middle = USER + "\nvoid port_say(struct port *port)\n{\n\tport_hook_ready(port);\n}\n"
    far = (
        "void port_say(struct port *port);\n\n"
        "int g(struct port *port)\n{\n\tport_say(port);\n\treturn 1 + port->irq;\n}\n"
    )
    searched = Searched(
        tree(middle) | encoded(drivers__far_DOT_c=far, drivers__no_DOT_c="int i;\n")
    )
    files = dict(searched.baseline().files)
    assert files["drivers/far.c"] == b"int g(struct port *port)\n{\n\treturn 1 + port->irq;\n}\n"
    assert "drivers/no.c" not in files


def test_readers_of_a_header_are_asked_before_it_loses_an_include() -> None:
    private = "#include <port.h>\n\nstruct box { struct hook_ops *o; int n; };\n"
    reader = '#include "box.h"\n\nint n(void)\n{\n\treturn port_open(0);\n}\n'
    files = {"include/port.h": HEADER.encode(), "drivers/box.h": private.encode()}
    kept = dict(Searched({**files, "drivers/reader.c": reader.encode()}).baseline().files)
    assert b"#include <port.h>" in kept["drivers/box.h"]
    assert b"#include" not in dict(Searched(files).baseline().files)["drivers/box.h"]


def test_types_of_a_private_header_tell_whose_member_it_is() -> None:
    """The header beside has no word of the list but says what `box->coat` is."""
    other = (
        '#include <port.h>\n#include "box.h"\n\n'
        "int g(struct box *box)\n{\n\treturn box->coat->hooked;\n}\n"
    )
    files = tree(USER) | encoded(
        drivers__other_DOT_c=other,
        drivers__box_DOT_h="struct coat;\nstruct box { struct coat *coat; };\n",
    )
    assert "drivers/other.c" not in dict(Searched(files).baseline().files)


def test_nothing_to_remove_is_an_error() -> None:
    with pytest.raises(FeatureError, match="here: nothing to remove: it has nothing of the hooks"):
        Searched(encoded(a_DOT_c="int hook;\n")).baseline()


def test_prose_alone_is_nothing_to_remove() -> None:
    with pytest.raises(FeatureError, match="nothing to remove"):
        Searched(encoded(a_DOT_rst="see port_set_hooks()\n")).baseline()


def test_what_cannot_be_removed_is_an_error_with_its_place() -> None:
    broken = USER + "\nstatic int n __attribute__((cleanup(port_hook_ready)));\nint *p = &n;\n"
    with pytest.raises(FeatureError, match=rf"cannot tell how to remove .*{PATH}:\d+: "):
        Searched(tree(broken)).baseline()


def test_chain_cut_by_an_ifdef_is_an_error_not_half_of_it() -> None:
    source = (
        "int f(struct port *port)\n{\n\tif (port->hooks) {\n\t\ta(port);\n#ifdef CONFIG_X\n"
        "\t} else if (port->state) {\n\t\tb(port);\n#endif\n"
        "\t} else if (port->irq) {\n\t\tc(port);\n\t}\n\treturn 0;\n}\n"
    )
    with pytest.raises(FeatureError, match=rf"cannot tell .*{PATH}:\d+: #endif"):
        Searched(tree(source)).baseline()


def test_kconfig_symbol_goes_with_its_users_lines() -> None:
    kconfig = (
        'config PORT\n\ttristate "Ports"\n\tselect PORT_HOOKS\n\tselect NET if PORT_HOOKS\n\n'
        "# for hooks\nconfig PORT_HOOKS\n\tbool\n\tdefault n\n\thelp\n\t  Hooks.\n\n\t  More.\n\n"
        "config PORT_HOOKS_NOT\n\tbool\n\tdepends on PORT_HOOKS\n"
    )
    files = tree(USER) | {"drivers/Kconfig": kconfig.encode()}
    result = Searched(files).baseline()
    assert dict(result.files)["drivers/Kconfig"].decode() == (
        'config PORT\n\ttristate "Ports"\n\tselect NET if PORT_HOOKS\n\n'
        "config PORT_HOOKS_NOT\n\tbool\n"
    )
    assert [m.text for m in result.mentions] == ["\tselect NET if PORT_HOOKS"]


def test_one_search_for_the_list_one_for_each_header_that_changes() -> None:
    searched = Searched(tree(USER))
    searched.baseline()
    assert searched.searches == [tuple(sorted(FEATURE.words))]


def test_committed_list_holds_the_merged_feature() -> None:
    feature = load_feature(resources.kernel_patches() / "mainline-feature.yaml")
    kinds = {item.name: item.kind for item in feature.identifiers}
    assert kinds["cxl_afu_driver_ops"] is Kind.STRUCT
    assert kinds["cxl_set_driver_ops"] is Kind.FUNCTION
    assert "CONFIG_CXL_AFU_DRIVER_OPS" in feature.words
    assert "ctx_event_pending" not in feature.words


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name: x\nidentifiers:\n  a-b: {kind: struct}\n", ":3:.*'a-b' is not a C identifier"),
        ("name: x\nidentifiers:\n  a: {kind: thing}\n", ":3:.*kind 'thing' is not one of struct"),
        ("name: x\nidentifiers:\n  a: {kind: member}\n", ":3:.*a member needs `of`"),
        ("name: x\nidentifiers:\n  a: {kind: struct, of: b}\n", "`of` is for members"),
        ("name: x\nidentifiers:\n  a: {kind: struct, extra: 1}\n", "expected `kind`"),
        ("name: x\nidentifiers: {}\n", "lists nothing"),
        ("name: x\nother: y\nidentifiers:\n  a: {kind: struct}\n", ":2:.*unknown key 'other'"),
        ("identifiers:\n  a: {kind: struct}\n", "`name` must be a text"),
        ("- a\n", "expected `name`"),
    ],
)
def test_wrong_list_is_refused_with_its_place(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "list.yaml"
    path.write_text(text)
    with pytest.raises(SpecError, match=complaint):
        load_feature(path)
