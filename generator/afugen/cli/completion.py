# SPDX-License-Identifier: GPL-2.0-only
"""The command completion: what shtab makes of the parser, with files and names besides."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import shtab

from afugen.boot import machine_names
from afugen.cli.arguments import parser
from afugen.series import version
from afugen.spec import interface

# The metavars of arguments that accept a version of the series or a file.
_SPECS = ("SPEC", "A", "B")
_DIRECTORIES = ("REPO", "DIR")


def completion(arguments: argparse.Namespace) -> int:
    """Print the completion script for a shell."""
    print(script(arguments.shell))
    return 0


def script(shell: str) -> str:
    """Return the completion script for `shell`, one of `arguments.SHELLS`."""
    top = parser()
    specs = _offered("spec", version.known())
    interfaces = _offered("interface", interface.known())
    words = {"interface": interfaces, "name": interfaces,
             "machine": _offered("machine", machine_names(), files=False)}  # fmt: skip
    for action in _actions(top):
        if action.metavar in _SPECS or action.dest in words:
            action.complete = words.get(action.dest, specs)  # type: ignore[attr-defined]
        elif action.type is Path:
            is_directory = action.metavar in _DIRECTORIES
            action.complete = shtab.DIRECTORY if is_directory else shtab.FILE  # type: ignore[attr-defined]
    return str(shtab.complete(top, shell))


def _actions(parser_: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Return every argument of a parser and of its subcommands."""
    for action in parser_._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for sub in action.choices.values():
                yield from _actions(sub)


def _offered(kind: str, words: Iterable[str], *, files: bool = True) -> dict[str, Any]:
    """Return what completes an argument, words and files, in the form that shtab accepts."""
    name, text = f"_afugen_{kind}", " ".join(words)
    bash, zsh, fish = (
        ('  compgen -f -- "$1"\n', "  _files\n", "  __fish_complete_path (commandline -ct)\n")
        if files
        else ("", "", "")
    )
    return {
        "bash": name,
        "zsh": name,
        "fish": f"({name})",
        "tcsh": "f" if files else "",
        "preamble": {
            "bash": f'{name}() {{\n  compgen -W "{text}" -- "$1"\n{bash}}}\n',
            "zsh": f"{name}() {{\n  compadd -- {text}\n{zsh}}}\n",
            "fish": f"function {name}\n  printf '%s\\n' {text}\n{fish}end\n",
        },
    }
