# SPDX-License-Identifier: GPL-2.0-only
"""A name is taken by what lives in its name space, and by nothing else."""

from __future__ import annotations

import pytest

import rendering
import specs
from afugen.errors import FeatureError
from afugen.render import presence
from afugen.render import rendering as render
from afugen.spec.model import dotted, field

BASE = rendering.seed_base()
TAKEN = [
    ("kconfig__symbol", "CXL_BASE", f'{rendering.KCONFIG}:6 config("CXL_BASE")'),
    ("ops__struct", "cxl_event", "struct cxl_event"),
    ("ops__struct", "cxl_event_type", "enum cxl_event_type"),
    ("payload__struct", "cxl_event_header", "struct cxl_event_header"),
    ("payload__member", "irq", 'union_member("cxl_event", "irq")'),
    ("payload__member", "header", 'member("cxl_event", "header")'),
    ("context__field", "pending_fault", 'member("cxl_context", "pending_fault")'),
    ("setter__name", "cxl_start_work", "function cxl_start_work"),
    ("setter__name", "cxl_fd_read", "declaration cxl_fd_read"),
    ("setter__name", "cxl_verbose", "declaration cxl_verbose"),
    ("event__name", "CXL_EVENT_AFU_ERROR", "enumerator CXL_EVENT_AFU_ERROR"),
    ("event__value", 3, "event value 3, which is CXL_EVENT_AFU_ERROR"),
    ("event__name", "afu_mmap", "function afu_mmap"),
    ("helpers__pending__name", "afu_mmap", "function afu_mmap"),
    ("helpers__pending__name", "flags", "variable flags of afu_poll()"),
    ("helpers__pending_or_closed__name", "mask", "variable mask of afu_poll()"),
    ("event__name", "buf", "variable buf of afu_read()"),
    ("context__field", "CXL_API_VERSION", "macro CXL_API_VERSION"),
    ("ops__callbacks__0__name", "CXL_API_VERSION", "macro CXL_API_VERSION"),
]
FREE = [
    ("ops__struct", "cxl_start_work"),
    ("ops__struct", "pending_irq"),
    ("payload__struct", "afu_read"),
    ("payload__member", "pending_irq"),
    ("payload__member", "cxl_event"),
    ("context__field", "irq"),
    ("context__field", "cxl_context"),
    ("setter__name", "cxl_event_type"),
    ("event__name", "pending_irq"),
    ("event__value", 77),
    ("helpers__pending__name", "cxl_start_work"),
    ("ops__callbacks__0__name", "afu_read"),
]


@pytest.mark.parametrize(("leaf", "name", "place"), TAKEN)
def test_a_name_that_is_taken_is_told_with_its_place(leaf, name, place):
    with pytest.raises(FeatureError) as caught:
        render.render(specs.changed(**{leaf: name}), BASE)
    assert str(caught.value).startswith("seed: the feature, or a name it needs, is already there:")
    assert place in str(caught.value)


@pytest.mark.parametrize(("leaf", "name"), FREE)
def test_a_name_of_another_name_space_is_free(leaf, name):
    assert render.render(specs.changed(**{leaf: name}), BASE)


@pytest.mark.parametrize("helper", ["pending", "pending_or_closed"])
def test_a_helper_may_have_the_name_of_the_function_it_replaces(helper):
    raw = specs.v1()
    raw["helpers"] = {
        "pending": {"name": "one", "returns": "int"},
        "pending_or_closed": {"name": "two", "returns": "int"},
    }
    raw["helpers"][helper]["name"] = "ctx_event_pending"
    assert render.render(specs.model(raw), BASE)


def test_another_name_may_not():
    raw = specs.v1()
    raw["helpers"]["pending_or_closed"]["name"] = "two"
    raw["setter"]["name"] = "ctx_event_pending"
    with pytest.raises(FeatureError, match=r"file.c:\d+ function ctx_event_pending"):
        render.render(specs.model(raw), BASE)


COUNTED = [
    ("notify__name", "cxl_start_work", "function cxl_start_work"),
    ("notify__name", "ctx_event_pending", "function ctx_event_pending"),
    ("notify__name", "CXL_API_VERSION", "macro CXL_API_VERSION"),
    ("context__counter", "pending_fault", 'member("cxl_context", "pending_fault")'),
    ("context__counter", "CXL_API_VERSION", "macro CXL_API_VERSION"),
    ("helpers__copy_event", "afu_mmap", "function afu_mmap"),
    ("helpers__copy_event", "buf", "variable buf of afu_read()"),
    ("helpers__copy_event", "CXL_API_VERSION", "macro CXL_API_VERSION"),
]
COUNTED_FREE = [
    ("notify__name", "cxl_event_type"),
    ("context__counter", "irq"),
    ("helpers__copy_event", "pending_irq"),
]


@pytest.mark.parametrize(("leaf", "name", "place"), COUNTED)
def test_names_of_the_other_protocol_are_taken_as_well(leaf, name, place):
    leaves = {"helpers__pending__name": "one", leaf: name}
    with pytest.raises(FeatureError) as caught:
        render.render(specs.changed(specs.v3, **leaves), rendering.driver_base())
    assert place in str(caught.value)


@pytest.mark.parametrize(("leaf", "name"), COUNTED_FREE)
def test_or_free(leaf, name):
    assert render.render(specs.changed(specs.v3, **{leaf: name}), rendering.driver_base())


@pytest.mark.parametrize("of", [specs.v1, specs.v3])
def test_every_place_is_told(of):
    base, spec = rendering.driver_base(), specs.model(of())
    added = rendering.after(spec, base)
    done = rendering.Files(base.files | added, "the same again")
    with pytest.raises(FeatureError) as caught:
        render.render(spec, done)
    text = str(caught.value)
    # Neither the helpers in file.c nor a call in context.c is a name of the feature.
    for path in added.keys() - {rendering.FILE, rendering.CONTEXT}:
        assert f"{path}:" in text
    replacing = ("helpers.pending.name", "helpers.pending_or_closed.name", "helpers.copy_event")
    for entry in specs.CXL.data.declares:
        if entry.function not in replacing:
            (leaf,) = filter(None, (getattr(entry, kind) for kind in presence.KINDS))
            assert (field(spec, dotted(leaf)) or "") in text


@pytest.mark.kernel
def test_the_names_of_a_real_kernel_are_taken(stripped_tree):
    base = stripped_tree("6.1")
    taken = {
        "setter__name": "cxl_context_alloc",
        "event__name": "CLOSED",
        "helpers__pending__name": "cxl_ops",
        "helpers__pending_or_closed__name": "rc",
        "payload__struct": "cxl_adapter_image",
        "context__field": "lock",
    }
    for leaf, name in taken.items():
        with pytest.raises(FeatureError, match=rf"\b{name}\b"):
            render.render(specs.changed(**{leaf: name}), base)
