# SPDX-License-Identifier: GPL-2.0-only
"""Where things are in a Kconfig file, as kernel people write them; nothing is executed."""

from __future__ import annotations

from pathlib import Path

import pytest

import rendering
import specs
from afugen.anchors.kconfigfile import Config, Selects
from afugen.errors import AnchorError, KconfigError
from afugen.render import rendering as render


def owned(source: str, symbol: str) -> str:
    (place,) = Config(symbol).places(source.encode())
    return source.encode()[place.start : place.end].decode()


def with_select(source: str, symbol: str) -> str:
    (place,) = Selects(symbol).places(source.encode())
    raw = source.encode()
    return (raw[: place.start] + b"\tselect NEW\n" + raw[place.start :]).decode()


HELP = "\n".join(
    (
        "# Ours.",
        "config A",
        '\ttristate "A"',
        "\tdepends on B && \\",
        "\t\t   C",
        "\tselect D",
        "\tselect E if \\",
        "\t\t   F",
        "\tdefault m",
        "\thelp",
        "\t  Select this.",
        "",
        "\t  config X is not a symbol here",
        "\t  if unsure, say N.",
        "",
        "# Its own comment.",
        "config B",
        "\tbool",
        "",
        'menu "more"',
        "",
        "config C",
        "\tbool",
        "\t---help---",
        "\t    Old style.",
        "",
        "endmenu",
        "",
    )
)


def test_a_definition_has_its_comment_and_its_help():
    assert owned(HELP, "A") == HELP[: HELP.index("\n# Its own")]
    assert owned(HELP, "B") == "# Its own comment.\nconfig B\n\tbool\n"
    assert owned(HELP, "C") == "config C\n\tbool\n\t---help---\n\t    Old style.\n"


SELECTS = {
    "after the last select, continued": (
        HELP, "A", "\tselect E if \\\n\t\t   F\n\tselect NEW\n\tdefault m\n"
    ),
    "without selects, after depends": (
        "config A\n\tbool \"a\"\n\tdepends on B\n\tdefault y\n", "A",
        "\tdepends on B\n\tselect NEW\n\tdefault y\n",
    ),
    "without both, after the type": (
        "config A\n\tbool\n\tdefault n\n", "A", "\tbool\n\tselect NEW\n\tdefault n\n"
    ),
    "the word select in help": (
        "config A\n\tbool\n\thelp\n\t  x\n\t  select B\n\nconfig B\n\tbool\n", "A",
        "config A\n\tbool\n\tselect NEW\n\thelp\n",
    ),
    "of another symbol": (
        "config A\n\tbool\n\nconfig B\n\tbool\n\tselect C\n", "A",
        "config A\n\tbool\n\tselect NEW\n\nconfig B\n",
    ),
    "a menuconfig": (
        "menuconfig A\n\ttristate \"a\"\n\nif A\nendif\n", "A",
        "\ttristate \"a\"\n\tselect NEW\n\nif A\n",
    ),
    "with spaces": ("config A\n    bool\n    select B\n", "A", "    select B\n\tselect NEW\n"),
    "a comment between": (
        "config A\n\tbool\n# why\n\tselect B\n\t# and why\n\tselect C\n\tdefault y\n", "A",
        "\tselect C\n\tselect NEW\n\tdefault y\n",
    ),
    "no newline at the end": ("config A\n\tbool", "A", "config A\n\tbool"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "symbol", "part"), SELECTS.values(), ids=SELECTS)
def test_where_a_select_goes(source, symbol, part):
    assert part in with_select(source, symbol)


def _render(kconfig: str):
    base = rendering.seed_base()
    base.files[rendering.KCONFIG] = kconfig.encode()
    return rendering.after(specs.model(specs.v1()), base)[rendering.KCONFIG].decode()


NOISY = """\
# About this file.

config CXL_BASE
	bool

# CXL itself: the comment goes with it.
config CXL

	tristate "CXL"

	# why
	depends on PCI
	# selects
	select CXL_BASE

	# more
	default m
"""


def test_comments_and_blank_lines_move_no_anchor():
    made = _render(NOISY)
    assert "\tbool\n\nconfig CXL_AFU_DRIVER_OPS\n\tbool\n\tdefault n\n\n# CXL itself" in made
    assert "\tselect CXL_BASE\n\tselect CXL_AFU_DRIVER_OPS\n\n\t# more\n" in made


def test_a_symbol_that_is_missing_or_defined_twice_is_told():
    with pytest.raises(AnchorError, match=r'config\("CXL"\): not found; candidates: OCXL'):
        _render("config OCXL\n\tbool\n")
    with pytest.raises(AnchorError, match=r'config\("CXL"\): ambiguous, 2 places match'):
        _render("config CXL\n\tbool\n\nconfig CXL\n\tdefault y\n")


def test_a_kconfig_file_that_does_not_parse_is_told():
    with pytest.raises(KconfigError, match="couldn't parse"):
        _render("config CXL\n\tnonsense here\n")


def test_nothing_of_a_kconfig_file_is_executed_or_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _render(
        f'x := $(shell,touch {tmp_path}/run)\nsource "{tmp_path}/other"\norsource "*"\n'
        f'config CXL\n\tbool "$(shell,touch {tmp_path}/again)"\n\n'
        f"\tdefault $(shell,touch {tmp_path}/3)\n\tdef_bool $(cc-option,-m$(shell,y))\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_the_shell_would_have_been_run(tmp_path):
    """The test above can fail: kconfiglib by itself runs what it reads."""
    import kconfiglib  # noqa: PLC0415

    file = tmp_path / "Kconfig"
    file.write_text(f"x := $(shell,touch {tmp_path}/run)\nconfig CXL\n\tbool\n")
    kconfiglib.Kconfig(str(file), warn=False)
    assert Path(tmp_path / "run").exists()


@pytest.mark.kernel
def test_real_files_are_found_whole(stripped_tree):
    source = stripped_tree("6.1").read(rendering.KCONFIG).decode()
    assert owned(source, "CXL").endswith("If unsure, say N.\n")
    assert owned(source, "CXL_BASE").splitlines()[-1] == "\tselect PPC_64S_HASH_MMU"
    assert "\tselect CXL_BASE\n\tselect NEW\n\tdefault m\n" in with_select(source, "CXL")


def test_a_spec_without_a_symbol_leaves_kconfig_alone():
    raw = specs.v1()
    raw["kconfig"] = None
    changed = render.render(specs.model(raw), rendering.seed_base())
    assert rendering.KCONFIG not in {change.path for change in changed}
    assert len(changed) == 5
