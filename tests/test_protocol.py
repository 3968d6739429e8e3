# SPDX-License-Identifier: GPL-2.0-only
"""What a spec says for its delivery protocol: all that it needs, and nothing of the other's."""

from __future__ import annotations

import pytest

import specs
from afugen.errors import SpecError
from afugen.spec import loading, texts
from test_spec import NOT_IDENTIFIERS

FETCH, DELIVERED = ("ops", "callbacks", 0), ("ops", "callbacks", 1)
V3_TEXT = specs.V3.read_text()


def said(path, value, of=specs.v3) -> list[str]:
    """What is said of a version with one leaf changed."""
    raw = of()
    specs.put(raw, path, value)
    with pytest.raises(SpecError) as caught:
        specs.model(raw)
    return [complaint.message for complaint in caught.value.complaints]


def complaints_of(text: str, tmp_path) -> list[tuple[int, int, str]]:
    path = tmp_path / "spec.yaml"
    path.write_text(text)
    with pytest.raises(SpecError) as caught:
        loading.load(path)
    return [(c.line, c.column, c.message) for c in caught.value.complaints]


def _line_of(text: str, row: str) -> int:
    return text.split("\n").index(row) + 1


def test_one_word_picks_the_protocol_and_the_rest_is_told_where_it_stands(tmp_path):
    text = V3_TEXT.replace("delivery: counter\n", "delivery: callback\n")
    line = {row: _line_of(text, row) for row in (
        "      role: fetch", "      role: delivered", "  name: cxl_context_events_pending",
        "  copy_event: copy_afu_event", "  counter: afu_driver_events", "  callbacks:",
    )}  # fmt: skip
    found = {(row, message) for row, _, message in complaints_of(text, tmp_path)}
    assert found == {
        (line["      role: fetch"], "the delivery callback has no role fetch"),
        (line["      role: delivered"], "the delivery callback has no role delivered"),
        (line["  callbacks:"] + 1, "0 callbacks have the role pending, not one"),
        (line["  callbacks:"] + 1, "0 callbacks have the role deliver, not one"),
        (line["  name: cxl_context_events_pending"], "notify belongs to the delivery counter"),
        (line["  copy_event: copy_afu_event"],
         "helpers.copy_event belongs to the delivery counter"),
        (line["  counter: afu_driver_events"], "context.counter belongs to the delivery counter"),
    }  # fmt: skip


def test_what_the_protocol_needs_is_missed_at_the_word_that_picks_it(tmp_path):
    text = V3_TEXT.replace("  copy_event: copy_afu_event\n", "")
    text = text.replace("  counter: afu_driver_events\n", "")
    (first, second) = complaints_of(text, tmp_path)
    line = _line_of(text, "delivery: counter")
    assert first == (line, 11, "the delivery counter needs context.counter")
    assert second == (line, 11, "the delivery counter needs helpers.copy_event")


@pytest.mark.parametrize(
    "path", [("notify", "name"), ("helpers", "copy_event"), ("context", "counter")], ids=str
)
@pytest.mark.parametrize(("value", "why"), NOT_IDENTIFIERS.items(), ids=repr)
def test_no_name_takes_anything_but_an_identifier(path, value, why):
    (message,) = said(path, value)
    assert why in message


PAYLOAD = "struct cxl_event_afu_driver_reserved *"
CONTRADICTIONS = [
    ((*FETCH, "role"), "none", "0 callbacks have the role fetch, not one"),
    ((*FETCH, "role"), "delivered", "2 callbacks have the role delivered, not one"),
    ((*FETCH, "role"), "pending", "the delivery counter has no role pending"),
    ((*FETCH, "returns"), "void *", f"an op with the role fetch returns {PAYLOAD}"),
    ((*FETCH, "returns"), f"const {PAYLOAD}", f"an op with the role fetch returns {PAYLOAD}"),
    ((*FETCH, "parameters"), [], "needs a 'struct cxl_context *'"),
    ((*FETCH, "parameters", 0, "type"), "struct cxl_event *", "has nothing to pass as"),
    ((*FETCH, "parameters", 0, "type"), "int", "has nothing to pass as 'int'"),
    ((*DELIVERED, "returns"), "int", "an op with the role delivered returns void"),
    ((*DELIVERED, "parameters"), [], f"needs a {PAYLOAD!r}"),
    ((*DELIVERED, "parameters"), [], "needs an 'int'"),
    ((*DELIVERED, "parameters", 2, "type"), "size_t", "has nothing to pass as 'size_t'"),
    ((*DELIVERED, "parameters", 2, "type"), "u32", "has nothing to pass as 'u32'"),
    ((*DELIVERED, "parameters", 0, "type"), "int", "has nothing to pass as 'int'"),
    ((*DELIVERED, "parameters", 1, "type"), "struct other *", "to pass as 'struct other *'"),
    (("payload", "struct"), "other", "an op with the role fetch returns struct other *"),
    (("payload", "words"), 4, "'flexible'"),
    (("size_check",), "trust", "'bound'"),
    (("context", "counter"), "afu_driver_ops", "already the name of context"),
    (("notify", "name"), "cxl_set_driver_ops", "already the name of setter"),
    (("notify", "name"), "CXL_EVENT_AFU_DRIVER", "already the name of"),
    (("helpers", "copy_event"), "ctx_event_pending", "already the name of helpers.pending"),
    (("helpers", "copy_event"), "payload", "is the name of a variable where this is used"),
    (("event", "name"), "payload", "is the name of a variable where this is used"),
    (("notify", "doc"), "a */ b", "'*/' would end"),
    (("notify", "doc"), "${self}", "unknown placeholder ${self}"),
    (("ops", "doc"), "${pending}", "unknown placeholder ${pending}; there are: ops, setter, "
     "notify, fetch, delivered, context, counter, event, payload, member"),
    (("ops", "doc"), "${size}", "unknown placeholder ${size}"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "why"), CONTRADICTIONS, ids=lambda v: str(v)[:40])
def test_what_contradicts_the_protocol_is_told(path, value, why):
    messages = said(path, value)
    assert any(why in message for message in messages), messages


@pytest.mark.parametrize("word", ["fetch", "delivered", "notify", "counter"])
def test_a_word_of_one_protocol_means_nothing_in_the_other(word):
    (message,) = said(("ops", "doc"), f"${{{word}}}", specs.v1)
    assert message.startswith(f"unknown placeholder ${{{word}}}; there are: ops, setter, pending,")


def test_a_variable_of_one_protocol_is_a_name_in_the_other():
    assert specs.changed(helpers__pending__name="payload")


def test_texts_say_the_names_of_the_protocol():
    raw = specs.v3()
    specs.put(raw, ("ops", "doc"), "${fetch} ${delivered} ${notify} ${counter}")
    spec = specs.model(raw)
    assert texts.expand(spec.ops.doc, spec) == (
        "fetch_event event_delivered cxl_context_events_pending afu_driver_events"
    )
