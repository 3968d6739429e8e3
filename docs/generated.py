# SPDX-License-Identifier: GPL-2.0-only
"""A Sphinx extension: the reference pages that the program itself knows.

Before Sphinx reads the source, pages are written to docs/reference: `cli/` from the command
line's parser, `files/` from the JSON schemas that `afugen schema` prints, `tables/` from the
outcomes and errors in the code. They are not committed, and a page that has not changed is left
alone. What is to be said besides stands in docs/reference/intro, by the same name.
"""

from __future__ import annotations

import argparse
import inspect
import json
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

import schemapage
from afugen import errors
from afugen.anchors import ANCHORS
from afugen.cli import INTERRUPTED
from afugen.cli.arguments import parser
from afugen.spec.formats import FORMATS
from afugen.verdict import Outcome, exit_code
from schemapage import escaped

_SPDX = "<!-- SPDX-License-Identifier: GPL-2.0-only -->\n"
_COLUMNS = 80


def commands() -> dict[str, argparse.ArgumentParser]:
    """Return the parser of every command, in the order of `afugen --help`."""
    return dict(_subparsers(parser()).choices)


def _subparsers(top: argparse.ArgumentParser) -> Any:  # noqa: ANN401 - private to argparse
    return next(one for one in top._actions if isinstance(one, argparse._SubParsersAction))


def summaries() -> dict[str, str]:
    """Return what `afugen --help` prints beside the name of each command."""
    return {one.dest: one.help or "" for one in _subparsers(parser())._get_subactions()}


def schemas() -> tuple[str, ...]:
    """Return the names of the files that `afugen schema` has a schema for."""
    (choices,) = (one.choices for one in commands()["schema"]._actions if one.choices)
    return tuple(choices)


def pages() -> Iterator[tuple[str, str]]:
    """Every page: its path below docs/reference, and its text."""
    yield "cli/afugen.md", _overview()
    for name, command in commands().items():
        yield f"cli/{name}.md", _command(name, command)
    for name in schemas():
        yield f"files/{name}.md", _schema_page(name)
    yield "tables/outcomes.md", _outcomes()
    yield "tables/exit-statuses.md", _exit_statuses()
    yield "tables/errors.md", _errors()
    yield "tables/anchors.md", _anchors()
    yield "tables/formats.md", _formats()


# The command line.


def _usage(command: argparse.ArgumentParser) -> str:
    command.formatter_class = _Narrow
    usage = textwrap.dedent(command.format_usage().replace("usage: ", " " * len("usage: "), 1))
    return f"```text\n{usage.rstrip()}\n```\n"


class _Narrow(argparse.HelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_COLUMNS)


def _overview() -> str:
    top = parser()
    rows = "\n".join(
        f"| [`afugen {name}`]({name}.md) | {escaped(summary)} |"
        for name, summary in summaries().items()
    )
    table = f"## Commands\n\n| command | what it does |\n| --- | --- |\n{rows}\n\n"
    options = f"## Options\n\n{_arguments(top)}\n"
    return _head("afugen", top) + table + options + _intro("cli")


def _command(name: str, command: argparse.ArgumentParser) -> str:
    example = (command.epilog or "").removeprefix("example: ")
    return (
        _head(f"afugen {name}", command)
        + f"## Arguments\n\n{_arguments(command)}\n"
        + f"## Example\n\n```sh\n{example}\n```\n\n"
        + _intro(name)
        + "## See also\n\n[afugen(1)](afugen.md), [afugen-outcomes(7)](/reference/outcomes.md), "
        + "[afugen-spec(5)](/reference/files/spec.md)\n"
    )


def _head(title: str, command: argparse.ArgumentParser) -> str:
    about = escaped(command.description or "")
    return f"# {title}\n\n## Synopsis\n\n{_usage(command)}\n## Description\n\n{about}\n\n"


def _arguments(command: argparse.ArgumentParser) -> str:
    """A definition list of the arguments, as they are called."""
    told = []
    for one in command._actions:
        if isinstance(one, argparse._SubParsersAction):
            continue
        called = ", ".join(f"`{option}`" for option in one.option_strings)
        value = _value(one)
        head = " ".join(part for part in (called, value) if part)
        about = escaped((one.help or "").replace("%(default)s", str(one.default)))
        told.append(f"{head}\n: {about or 'no description'}.\n")
    return "\n".join(told)


def _value(action: argparse.Action) -> str:
    if action.option_strings and action.nargs == 0:
        return ""
    name = str(action.metavar or "")
    if not name:
        name = "|".join(map(str, action.choices or ())) or action.dest.upper()
    return f"*{escaped(name)}*" + (" …" if action.nargs in ("*", "+") else "")


# Files.


def _schema_page(name: str) -> str:
    afugen = Path(sys.executable).with_name("afugen")
    printed = subprocess.run([afugen, "schema", name], check=True, capture_output=True, text=True)
    schema = json.loads(printed.stdout)
    heading = {"review": "The review ledger"}.get(name, f"The {name}")
    return f"# {heading}\n\n" + _intro(name, "file") + schemapage.markdown(schema, "Fields")


def _intro(name: str, kind: str = "cli") -> str:
    """The hand-written part of a page, if there is one."""
    path = Path(__file__).parent / "reference" / "intro" / f"{kind}-{name}.md"
    if not path.is_file():
        return ""
    return f"```{{include}} /reference/intro/{path.name}\n```\n\n"


# Outcomes and exit statuses.


def _outcomes() -> str:
    rows = "\n".join(
        f"| `{one}` | {exit_code(one)} | {one.meaning} |" for one in Outcome
    )  # fmt: skip
    return f"| outcome | exit status of a run | meaning |\n| --- | --- | --- |\n{rows}\n"


def _exit_statuses() -> str:
    good = [f"`{one}`" for one in Outcome if exit_code(one) == 0]
    bad = [f"`{one}`" for one in Outcome if exit_code(one) == 1]
    rows = {
        0: f"The command did what it was asked to. For tests: {' or '.join(good)}.",
        1: f"The series fails, or nothing was tested: {', '.join(bad)}; a claim, a check or a "
        "committed patch does not hold; code to be measured does not compile.",
        errors.InputError.exit_code: "The input is wrong: an option, a spec, a template, a tree.",
        errors.InfraError.exit_code: "This machine lacks something, or could not do the work. The "
        "message names the command that installs what is missing.",
        INTERRUPTED: "Interrupted with Ctrl-C.",
    }
    told = "\n".join(f"| {status} | {meaning} |" for status, meaning in rows.items())
    return f"| exit status | meaning |\n| --- | --- |\n{told}\n"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _first_line(documented: object) -> str:
    return (documented.__doc__ or "").partition("\n")[0]


def _errors() -> str:
    rows = "\n".join(
        f"| {'&nbsp;&nbsp;' * depth}`{one.__name__}` | {one.exit_code} | "
        f"{escaped(_first_line(one))} |"
        for depth, one in _family(errors.AfugenError, 0)
    )
    return f"| error | exit status | meaning |\n| --- | --- | --- |\n{rows}\n"


def _family(error: type[errors.AfugenError], depth: int) -> Iterator[tuple[int, Any]]:
    yield depth, error
    for child in error.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from _family(child, depth + 1)


# Anchors.


def _anchors() -> str:
    """What a template may name as the place of an edit, as it is called there."""
    rows = []
    for name, make in sorted(ANCHORS.items()):
        parameters = inspect.signature(make).parameters.values()
        called = ", ".join(str(one.replace(annotation=one.empty)) for one in parameters)
        needed = [one.name for one in parameters if one.default is one.empty]
        about = escaped(_first_line(type(make(*needed))))
        rows.append(f"| `{name}({called})` | {about} |")
    return "| anchor | the place |\n| --- | --- |\n" + "\n".join(rows) + "\n"


def _formats() -> str:
    """The forms that a text of a spec may have to have."""
    rows = "\n".join(
        f"| `{name}` | {_upper(escaped(_first_line(check).removeprefix('Accept ')))} |"
        for name, check in FORMATS.items()
    )
    return f"| format | what it is |\n| --- | --- |\n{rows}\n"


# Sphinx.


def _write(app: Sphinx, config: Config) -> None:
    """Write the pages that changed, remove those of commands that are gone, name the man pages."""
    home = Path(app.srcdir) / "reference"
    made = {home / name: _SPDX + text for name, text in pages()}
    for directory in {path.parent for path in made}:
        directory.mkdir(parents=True, exist_ok=True)
        for left in set(directory.glob("*.md")) - set(made):
            left.unlink()
    for path, text in made.items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    about = parser().description or ""
    config.man_pages = [
        ("reference/cli/afugen", "afugen", about.rstrip(".").lower(), config.author, 1),
        *(
            (f"reference/cli/{name}", f"afugen-{name}", summary, config.author, 1)
            for name, summary in summaries().items()
        ),
        *config.man_pages,
    ]
    config.exclude_patterns.append("reference/tables/*")


def _without_addresses(app: Sphinx, tree: nodes.document, _name: str) -> None:
    """Leave of a link in a man page its text: a page of the HTML is nowhere there."""
    if app.builder.name == "man":
        for link in list(tree.findall(nodes.reference)):
            if "://" not in link.get("refuri", ""):
                link.replace_self(link.children)


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("config-inited", _write)
    app.connect("doctree-resolved", _without_addresses)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
