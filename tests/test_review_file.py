# SPDX-License-Identifier: GPL-2.0-only
"""What a ledger may say: complaints with line and column, all of a file at once."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

import specs
from afugen.cli.about import review_schema
from afugen.errors import SpecError
from afugen.review.ledger import Ledger, load
from afugen.spec import yamlsource

ROOT = Path(__file__).parent.parent
SPEC = specs.model(specs.v1())
GOOD = """\
thread: id@example.org
entries:
  - id: one
    who: Some One
    said:
      - comment: 1
        quote: |
          > +\tquoted
          Words.
    decision: accepted
    why: >-
      Folded words
      of a reason.
    claims:
      - kind: call
        file: drivers/misc/cxl/file.c
        function: ${helpers.pending.name}
        calls: ${pending}
        when_true: ["${context}"]
      - kind: message
        says: [words]
"""


def _load(text: str, tmp_path: Path) -> Ledger:
    path = tmp_path / "review.yaml"
    path.write_text(text)
    return load(path, SPEC)


def test_names_of_claims_are_the_specs(tmp_path):
    ledger = _load(GOOD, tmp_path)
    call = ledger.entries[0].claims[0]
    assert (call.function, call.calls) == ("_ctx_event_pending", "event_pending")
    assert call.when_true == ("afu_driver_ops",)


def test_quotes_keep_their_tabs_and_folded_reasons_have_no_marks(tmp_path):
    (entry,) = _load(GOOD, tmp_path).entries
    assert entry.said[0].quote == "> +\tquoted\nWords.\n"
    assert entry.why == "Folded words of a reason."


WRONG = [
    (("kind: call", "kind: guess"), (15, 9), "input tag 'guess' found using 'kind'"),
    (("        calls: ${pending}\n", ""), (15, 9), "'calls' is missing"),
    (("kind: call\n", "kind: call\n        colour: red\n"), (16, 9), "unknown key 'colour'"),
    (('["${context}"]', "yes"), (19, 20), "when_true: input should be a valid"),
    (("says: [words]", "says: []"), (20, 9), "needs 'says' or 'omits'"),
    (("${pending}", "${pendng}"), (18, 16), "unknown placeholder ${pendng}; there are: ops"),
    (("${pending}", "${helpers.pending}"), (18, 16), "unknown placeholder ${helpers.pending}"),
    (("${pending}", "${event.size}"), (18, 16), "unknown placeholder ${event.size}"),
    (("id: one", "id: Not one"), (3, 9), "id: string should match pattern"),
    (("decision: accepted", "decision: maybe"), (10, 15), "decision: input should be"),
    (("comment: 1", "comment: -1"), (6, 18), "comment: input should be greater than or equal"),
    (("    said:\n      - comment: 1\n        quote: |\n          > +\tquoted\n          Words.\n",
      ""), (4, 10), "'said' is missing: a quote of Some One"),
    (("thread: id@example.org\n", ""), (1, 1), "'thread' is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "place", "message"), WRONG, ids=[row[2] for row in WRONG])
def test_a_complaint_has_line_and_column(edit, place, message, tmp_path):
    assert GOOD.count(edit[0]) == 1, edit[0]
    with pytest.raises(SpecError) as caught:
        _load(GOOD.replace(*edit), tmp_path)
    (complaint,) = caught.value.complaints
    assert (complaint.line, complaint.column) == place, complaint
    assert message in complaint.message


def test_a_second_entry_of_the_same_id_is_refused(tmp_path):
    twice = GOOD + GOOD.split("entries:\n")[1]
    with pytest.raises(SpecError, match=r"review\.yaml:22:9: second entry 'one'"):
        _load(twice, tmp_path)


def test_all_complaints_come_at_once(tmp_path):
    text = GOOD.replace("kind: message", "kind: guess").replace("accepted", "maybe")
    with pytest.raises(SpecError) as caught:
        _load(text.replace("${context}", "${nonsense}"), tmp_path)
    assert [c.line for c in caught.value.complaints] == [10, 19, 20]


def test_the_committed_schema_is_the_models_and_accepts_the_ledgers():
    text = (ROOT / "kernel-patches" / "review.schema.json").read_text()
    assert text == review_schema()
    for path in ROOT.glob("kernel-patches/*/review.yaml"):
        value = yamlsource.read(path).value
        jsonschema.validate(value, json.loads(text))
        value["entries"][0]["claims"][0]["surprise"] = 1
        with pytest.raises(jsonschema.ValidationError, match="surprise"):
            jsonschema.validate(value, json.loads(text))
