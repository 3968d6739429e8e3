# SPDX-License-Identifier: GPL-2.0-only
"""Templates read like the kernel, and templates/README.md describes all that they may use.

    .venv/bin/python tests/test_templates.py

writes the tables of templates/README.md again.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from jinja2 import meta, nodes

import specs
from afugen import resources
from afugen.anchors import ANCHORS
from afugen.render import rendering as render
from afugen.render.edits import Action
from afugen.render.vocabulary import FILTERS, FUNCTIONS

DIRECTORY = specs.CXL.directory
README = resources.templates() / "README.md"
TEMPLATES = sorted(path.relative_to(DIRECTORY).as_posix() for path in DIRECTORY.rglob("*.j2"))
every_template = pytest.mark.parametrize("name", TEMPLATES)


def parsed(name: str) -> nodes.Template:
    return render.environment(DIRECTORY).parse((DIRECTORY / name).read_text(), name)


@every_template
def test_a_name_is_the_specs_or_set_in_the_template_that_uses_it(name):
    known = {*ANCHORS, *(one.__name__ for one in FUNCTIONS), "spec", "_edits", "range"}
    assert meta.find_undeclared_variables(parsed(name)) - known == set()


@every_template
def test_no_template_slices_or_measures_text(name):
    tree = parsed(name)
    assert not list(tree.find_all(nodes.Slice))
    measured = [one.name for one in tree.find_all(nodes.Filter) if one.name in ("length", "count")]
    assert measured == []


C = re.compile(r"[(){};&|*]|->")


@every_template
def test_no_template_builds_c_from_halves(name):
    for joined in parsed(name).find_all((nodes.Concat, nodes.Add)):
        parts = [one.value for one in joined.find_all(nodes.Const) if isinstance(one.value, str)]
        assert not any(C.search(part) for part in parts), f"{name}:{joined.lineno}"


@every_template
def test_layouts_are_partials_and_a_filter(name):
    for compared in parsed(name).find_all(nodes.Compare):
        read = {one.attr for one in compared.find_all(nodes.Getattr)}
        assert "layout" not in read, f"{name}:{compared.lineno}"


def test_each_layout_has_the_same_partials():
    found = {
        folder.name: sorted(path.name for path in folder.iterdir())
        for folder in (DIRECTORY / "layout").iterdir()
    }
    strict, historic = found["strict"], found["historic"]
    assert strict == historic
    assert strict


# The README.


def _row(name: str, thing: object) -> str:
    """Return the row of an anchor, a function or a filter, whose first argument is its input."""
    names = [one for one in inspect.signature(thing).parameters if one not in ("self", "context")]
    is_filter = thing in FILTERS
    shown = ", ".join(names[1:] if is_filter else names)
    doc = inspect.getdoc(thing).split("\n")[0]
    return f"| `{name}{f'({shown})' if shown or not is_filter else ''}` | {doc} |"


def tables() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each table that the code has the rows of."""
    anchors = (_row(*pair) for pair in ANCHORS.items())
    functions = (_row(one.__name__, one) for one in FUNCTIONS)
    for name, head, rows in (
        ("anchors", "anchor | the part of a file", anchors),
        ("functions", "function | what it does", functions),
        ("filters", "filter | what it does", (_row(one.__name__, one) for one in FILTERS)),
    ):
        yield name, "\n".join([f"| {head} |", "|---|---|", *rows])


def with_tables(text: str) -> str:
    for name, table in tables():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- end -->)"
        text = re.sub(pattern, lambda m, table=table: f"{m[1]}{table}\n{m[2]}", text, flags=re.S)
    return text


def test_the_readme_has_every_anchor_function_and_filter():
    text = README.read_text()
    assert with_tables(text) == text, "run tests/test_templates.py"


def test_the_readme_has_every_action():
    described = re.findall(r"^\| `(\w+)` \|", README.read_text(), re.M)
    assert {*Action} - {Action.CREATE} <= set(described)


def test_the_files_that_the_readme_names_are_there():
    for path in re.findall(r"`(delivery/\S+?|layout/|test/|config/)`", README.read_text()):
        for protocol in ("callback", "counter"):
            assert (DIRECTORY / path.replace("PROTOCOL", protocol)).exists(), path


def test_a_name_from_nowhere_is_told_with_its_line(tmp_path: Path):
    (tmp_path / "x.c.j2").write_text("\n{% set a = fetch.name %}\n")
    env = render.environment(tmp_path)
    assert meta.find_undeclared_variables(env.parse("{% set a = fetch.name %}")) == {"fetch"}
    with pytest.raises(jinja2.UndefinedError, match="'fetch' is undefined"):
        env.get_template("x.c.j2").render()


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text()))
