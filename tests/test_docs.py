# SPDX-License-Identifier: GPL-2.0-only
"""The documentation: it builds without a warning, says all, and leads nowhere that is not there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from afugen.cli.arguments import parser
from afugen.cli.commands import COMMANDS
from afugen.errors import AfugenError
from afugen.verdict import Outcome

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS))

import generated  # noqa: E402
import links  # noqa: E402
import schemapage  # noqa: E402

pytestmark = pytest.mark.slow

MACHINE = re.compile(r"/(?:root|home/\w+|work|tmp)/")


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Path:
    """HTML and man pages, made as `make docs` makes them."""
    out = tmp_path_factory.mktemp("docs")
    for builder in ("html", "man"):
        done = subprocess.run(
            [Path(sys.executable).with_name("sphinx-build"), "-q", "-W", "--keep-going",
             "-d", out / "doctrees", "-b", builder, DOCS, out / builder],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return out


def text_of(page: Path) -> str:
    return re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_and_option_has_a_page_and_a_man_page(built, command):
    page = text_of(built / "html" / "reference" / "cli" / f"{command.name}.html")
    manual = (built / "man" / f"afugen-{command.name}.1").read_text().replace("\\", "")
    actions = generated.commands()[command.name]._actions
    options = [option for action in actions for option in action.option_strings]
    for wanted in (*options, command.example):
        assert wanted in page
        assert wanted in manual
    assert f"afugen {command.name}" in text_of(built / "html" / "reference" / "cli" / "afugen.html")


def test_the_pages_are_those_of_the_parser():
    assert list(generated.commands()) == [
        name for action in parser()._actions if action.dest == "command" for name in action.choices
    ]


@pytest.mark.parametrize("name", generated.schemas())
def test_every_field_of_a_schema_is_told(built, name):
    page = text_of(built / "html" / "reference" / "files" / f"{name}.html")
    printed = subprocess.run(
        [Path(sys.executable).with_name("afugen"), "schema", name],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    fields = set(fields_of(json.loads(printed)))
    assert len(fields) > 20
    assert [field for field in fields if field not in page] == []


def fields_of(schema: object) -> Iterator[str]:
    """Return the name of every property in a schema, at any depth."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
    for part in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(part, dict | list):
            yield from fields_of(part)


def test_every_outcome_and_error_is_told(built):
    page = text_of(built / "html" / "reference" / "outcomes.html")
    assert all(one.meaning and one.meaning.replace("`", "") in page for one in Outcome)
    errors, waiting = [], [AfugenError]
    while waiting:
        errors.append(waiting.pop())
        waiting += errors[-1].__subclasses__()
    told = [one.__name__ for one in errors if one.__module__ == "afugen.errors"]
    assert all(name in page for name in told)


def test_links_inside_lead_somewhere(built):
    assert links.broken(built / "html") == []


def test_a_link_that_leads_nowhere_is_found(tmp_path):
    (tmp_path / "a.html").write_text('<p id="here"><a href="b.html#no"></a><img src="c.svg">')
    (tmp_path / "b.html").write_text('<a href="a.html#here"></a><a href="https://example.org">')
    assert links.broken(tmp_path) == ["a.html: b.html#no", "a.html: c.svg"]


def test_no_page_names_a_machine(built):
    pages = [*built.rglob("*.html"), *built.glob("man/*")]
    assert len(pages) > 40
    assert [page.name for page in pages if MACHINE.search(text_of(page))] == []


# A file of the repository as text names it: `qemu/machines/`, `tests/test_code.py`.
_TOPS = "docs|generator|kernel-patches|qemu|templates|tests"
_PATH = re.compile(rf"`((?:{_TOPS})/[\w./-]*|[A-Z]+\.md)`")


def test_files_that_the_texts_name_are_there(built):
    texts = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")]
    named = {(text.name, path) for text in texts for path in _PATH.findall(text.read_text("utf-8"))}
    assert len(named) > 30
    # Made when the documentation is: `built` comes first.
    assert sorted(one for one in named if not (ROOT / one[1]).exists()) == []


def test_every_page_is_reached(built):
    pages = {path.relative_to(DOCS).with_suffix(".html") for path in DOCS.rglob("*.md")}
    unread = {page for page in pages if page.parent.name in ("intro", "tables")}
    assert [page for page in pages - unread if not (built / "html" / page).is_file()] == []


# A schema in the form of JSON Schema 2020-12 that pydantic does not write.
DEEP = {"type": ["string", "null"], "when": {"kind": "a"}, "default": None}
WRITTEN_OUT = {
    "title": "Thing",
    "description": "A thing.",
    "type": "object",
    "required": ["kind"],
    "properties": {
        "kind": {
            "description": "Which of them",
            "oneOf": [
                {"const": "a", "description": "The first: a|b", "means": {"programs": "more"}},
                {"const": "b", "description": "the second"},
            ],
        },
        "who": {
            "type": "object",
            "description": "Somebody.",
            "properties": {"name": {"type": "string", "format": "mail-address"}},
        },
        "list": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "object", "properties": {"deep": DEEP}},
        },
        "by_name": {"additionalProperties": {"type": "object", "properties": {"x": {}}}},
        "more": {"$ref": "#/$defs/more"},
        "foreign": {"$ref": "series.json"},
        "flag": {"type": "boolean", "default": False},
    },
    "$defs": {"more": {"description": "More *of* it.", "enum": ["x", 1, None]}},
}


def test_a_schema_that_is_written_out_in_place_is_told_in_full():
    told = schemapage.markdown(WRITTEN_OUT, "Fields")
    for wanted in (
        "`kind`\n: `a` or `b`. Which of them.\n\n  - `a`: The first: a\\|b. To programs: more.\n",
        "`who`\n: Mapping; optional. Somebody.\n",
        "### `who`\n",
        "`name`\n: Text (mail-address); optional.\n",
        "`list`\n: List of mappings, at least 1 items; optional.\n",
        "### `list[]`\n",
        "`deep`\n: Text; only with `kind: a`.\n",
        "### `by_name.NAME`\n",
        "`more`\n: [more](#schema-thing-more); optional. More \\*of\\* it.\n",
        "`foreign`\n: `series.json`; optional.\n",
        "`flag`\n: `true` or `false`; default `false`.\n",
        "(schema-thing-more)=\n",
        "`x`, `1` or `null`.\n",
    ):
        assert wanted in told, told
