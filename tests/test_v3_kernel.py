# SPDX-License-Identifier: GPL-2.0-only
"""An AFU driver, or a program, that was built for mainline finds v3 to be the same."""

from __future__ import annotations

import pytest

import specs
from afugen import abi
from afugen.abi import Compatibility, SymbolState
from afugen.git import StoredCommit, import_tarball
from afugen.series import commits, trees, version
from afugen.series.version import Version

pytestmark = [pytest.mark.kernel, pytest.mark.boot]

HEADER = "include/uapi/misc/cxl.h"


def _stock(kernel: str) -> StoredCommit:
    """A kernel as Debian has it, with the feature as mainline merged it."""
    return import_tarball(trees.default_tarball(f"linux-source-{kernel}"))


@pytest.fixture(scope="module")
def stock() -> StoredCommit:
    return _stock("6.1")


def _made(spec, kernel: str = "6.1") -> StoredCommit:
    """The first commit of a spec on the kernel without the feature."""
    tree = trees.default_tree(specs.CXL, name=f"linux-source-{kernel}")
    made = commits.commit(Version("v3", specs.V3, spec), tree)
    return StoredCommit(made.stored.store, made.commit_ids[0])


@pytest.fixture(scope="module")
def v3() -> StoredCommit:
    return _made(version.find("v3").spec)


def _changed(stock: StoredCommit, other: StoredCommit) -> set[str]:
    compared = abi.compare_exports(abi.exported(stock, specs.CXL), abi.exported(other, specs.CXL))
    return {change.name for change in compared if change.state is not SymbolState.EQUAL}


@pytest.mark.parametrize("kernel", ["6.1", "6.12"])
def test_every_symbol_of_mainlines_cxl_driver_has_its_crc_in_v3(kernel):
    """Nothing changed, nothing gone, nothing new: in either direction modules load."""
    theirs = abi.exported(_stock(kernel), specs.CXL).crcs
    ours = abi.exported(_made(version.find("v3").spec, kernel), specs.CXL).crcs
    assert len(theirs) == 43
    assert {"cxl_set_driver_ops", "cxl_context_events_pending"} <= theirs.keys()
    assert ours == theirs


@pytest.mark.parametrize(
    ("leaves", "changed"),
    [
        ({"setter__returns": "int"}, {"cxl_set_driver_ops"}),
        ({"notify__name": "cxl_events"}, {"cxl_events", "cxl_context_events_pending"}),
    ],
    ids=["setter", "notify"],
)
def test_another_interface_would_be_seen(stock, leaves, changed):
    assert _changed(stock, _made(specs.changed(specs.v3, **leaves))) == changed


def test_another_context_would_be_seen_by_all_who_are_given_one(stock):
    changed = _changed(stock, _made(specs.changed(specs.v3, context__counter="events")))
    assert len(changed) == 31


def _compared(
    stock: StoredCommit, other: StoredCommit, target: str
) -> tuple[abi.LayoutChange, ...]:
    before, after = (
        abi.measure(stored.files().read(HEADER), HEADER, target=target) for stored in (stock, other)
    )
    return abi.compare_layouts(before, after)


@pytest.mark.parametrize("target", abi.TARGETS)
def test_userspace_sees_mainlines_structs_and_constants(stock, v3, target):
    """What no CRC covers: struct cxl_event, its payload, and the numbers of the events."""
    compared = _compared(stock, v3, target)
    assert {
        "struct cxl_event", "struct cxl_event_afu_driver_reserved", "enum cxl_event_type"
    } <= {change.name for change in compared}  # fmt: skip
    assert {change.verdict for change in compared} == {Compatibility.UNCHANGED}


def test_other_numbers_would_be_seen(stock):
    other = _made(specs.changed(specs.v3, event__value=5))
    broken = abi.breaks(_compared(stock, other, "ppc64le"))
    assert [change.name for change in broken] == ["enum cxl_event_type"]
