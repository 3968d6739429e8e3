# SPDX-License-Identifier: GPL-2.0-only
"""A tree's Kconfig is loaded whole, and tells what holds and what does not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from afugen.build import kconfig
from afugen.errors import KconfigError

MAIN = """\
mainmenu "A tree"

config MODULES
\tbool "Modules"
\tmodules

config OLD
\tbool
\ttransitional

config ANSWER
\tdef_bool $(shell,echo $CC | grep -q cross-gcc && echo y || echo n)

config PCI_MSI
\tbool "MSI"
\tdepends on !OF_ANOTHER_ARCHITECTURE

source "drivers/misc/cxl/Kconfig"
"""
CXL = """\
config CXL_AFU_DRIVER_OPS
\tbool

config CXL
\ttristate "CXL"
\tdepends on PCI_MSI
\tselect CXL_AFU_DRIVER_OPS
"""
CONFIG = "CONFIG_MODULES=y\nCONFIG_PCI_MSI=y\nCONFIG_CXL=m\n"
SYMBOL = "CXL_AFU_DRIVER_OPS"


def tree(path: Path, cxl: str = CXL, main: str = MAIN) -> kconfig.Kconfig:
    (path / "drivers/misc/cxl").mkdir(parents=True, exist_ok=True)
    (path / "Kconfig").write_text(main)
    (path / "drivers/misc/cxl/Kconfig").write_text(cxl)
    return kconfig.Kconfig(path, "powerpc", "cross-")


def complaints(path: Path, cxl: str, config: str = CONFIG) -> tuple[str, ...]:
    return kconfig.check_symbol(tree(path, cxl), SYMBOL, "CXL", config)


def test_a_symbol_that_holds_gives_no_complaint(tmp_path: Path) -> None:
    assert complaints(tmp_path, CXL) == ()


def test_newer_kconfig_syntax_is_understood(tmp_path: Path) -> None:
    loaded = tree(tmp_path)
    loaded.set_options(CONFIG)
    assert loaded.value("CXL") == "m"
    assert loaded.definitions("PCI_MSI") == ("Kconfig:14",)


def test_probes_are_asked_with_the_cross_compiler_and_once(tmp_path: Path) -> None:
    probe = f"$(shell,echo x >> {tmp_path}/asked; echo $CC | grep -q cross-gcc && echo y)"
    main = MAIN + f"\nconfig A\n\tdef_bool {probe}\n\nconfig B\n\tdef_bool {probe}\n"
    loaded = tree(tmp_path, main=main)
    assert (loaded.value("A"), loaded.value("B"), loaded.value("ANSWER")) == ("y", "y", "y")
    assert (tmp_path / "asked").read_text() == "x\n"


def test_the_environment_is_left_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("srctree", raising=False)
    before = dict(os.environ)
    tree(tmp_path).set_options(CONFIG)
    assert dict(os.environ) == before


def test_a_symbol_nobody_defines(tmp_path: Path) -> None:
    cxl = CXL.replace("config CXL_AFU_DRIVER_OPS", "config CXL_OTHER")
    assert complaints(tmp_path, cxl) == ("CXL_AFU_DRIVER_OPS is defined nowhere",)


def test_a_symbol_defined_twice(tmp_path: Path) -> None:
    (complaint,) = complaints(tmp_path, CXL + f"\nconfig {SYMBOL}\n\tbool\n")
    assert complaint.startswith(f"{SYMBOL} is defined 2 times: drivers/misc/cxl/Kconfig:1, ")


def test_a_symbol_that_is_not_selected(tmp_path: Path) -> None:
    first, second = complaints(tmp_path, CXL.replace("\tselect CXL_AFU_DRIVER_OPS\n", ""))
    assert first == f"drivers/misc/cxl/Kconfig:1: {SYMBOL} is not selected by CXL"
    assert "is n" in second


def test_an_undefined_reference_in_the_file_is_seen(tmp_path: Path) -> None:
    cxl = CXL.replace("depends on PCI_MSI", "depends on PCI_MSI || PCI_MSY || 'text'")
    assert complaints(tmp_path, cxl) == ("drivers/misc/cxl/Kconfig:4: PCI_MSY is not defined",)


def test_a_symbol_that_no_powernv_kernel_has(tmp_path: Path) -> None:
    (complaint,) = complaints(tmp_path, CXL, config="CONFIG_MODULES=y\nCONFIG_CXL=m\n")
    assert complaint == f"drivers/misc/cxl/Kconfig:1: {SYMBOL} is n on powernv: CXL is n"


def test_a_malformed_kconfig_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(KconfigError, match=r"drivers/misc/cxl/Kconfig:2:.*couldn't parse"):
        tree(tmp_path, "config CXL\n\tbool bool bool\n")


@pytest.mark.parametrize(
    ("name", "wanted", "words"),
    [
        ("CXI", "y", "this tree has no such option; it has CXL"),
        ("CXL", "m", "it depends on PCI_MSI; unmet: PCI_MSI (PCI_MSI is n)"),
        (SYMBOL, "y", "it has no prompt and is only selected, by CXL"),
        ("ANSWER", "n", "CONFIG_ANSWER=n (Kconfig:11) is on all the same"),
        ("PCI_MSI", "y", "the tree's Kconfig sets 'n'"),
    ],
)
def test_why_an_option_was_not_granted(tmp_path: Path, name: str, wanted: str, words: str) -> None:
    loaded = tree(tmp_path)
    loaded.set_options("CONFIG_MODULES=y\n")
    assert words in loaded.complaint(name, wanted)


def test_who_selects_what_was_to_be_off(tmp_path: Path) -> None:
    loaded = tree(tmp_path)
    loaded.set_options(CONFIG)
    assert loaded.complaint(SYMBOL, "n").endswith("is on all the same: selected by CXL")
