# SPDX-License-Identifier: GPL-2.0-only
"""The options of every command."""

from __future__ import annotations

import argparse
from pathlib import Path

from afugen.cli.commands import COMMANDS

SPEC = "a spec file, or a version such as v1"
TESTED = f"{SPEC}; none: the tree as it is; stock: with the feature as it was merged"
TREE = "a git repository or an unpacked kernel tarball"
BRANCHES = "a git repository, to which the branch is written"
ANY_TREE = f"{TREE}, or an installed Debian package such as linux-source-6.12; without it " \
           "linux-source-6.1; a package is unpacked, imported, stripped in the cache"  # fmt: skip

SHELLS = ("bash", "zsh", "fish", "tcsh")


def _digits(text: str) -> int:
    value = int(text)
    if not 4 <= value <= 40:
        raise argparse.ArgumentTypeError("must be from 4 to 40")
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= 86400:
        raise argparse.ArgumentTypeError("must be more than 0, and a day at the most")
    return value


class _PrintVersion(argparse.Action):
    """Print the version of the installed package, and exit; it is looked up only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version  # noqa: PLC0415 - takes 40 ms

        print(f"{parser.prog} {version('afugen')}")
        parser.exit()


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="afugen",
        description="From a spec of a driver's callbacks to a built, booted, tested patch series.",
        epilog="Exit status: 0 good, 1 the series fails, 2 wrong input, 3 missing on this machine, "
        "130 interrupted.",
        allow_abbrev=False,
    )
    top.add_argument(
        "--version", nargs=0, action=_PrintVersion, help="show the version of afugen and exit"
    )
    subparsers = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        sub = subparsers.add_parser(
            command.name,
            help=command.summary,
            description=f"{command.summary[0].upper()}{command.summary[1:]}. {command.details}",
            epilog=f"example: {command.example}",
            allow_abbrev=False,
        )
        _OPTIONS[command.name](sub)
    return top


def _spec(sub: argparse.ArgumentParser, *, default: str | None = None) -> None:
    if default:
        about = f"{TESTED} (default: {default})"
        sub.add_argument("spec", metavar="SPEC", nargs="?", default=default, help=about)
    else:
        sub.add_argument("spec", metavar="SPEC", help=SPEC)


def _tree(sub: argparse.ArgumentParser, *, required: bool = False) -> None:
    sub.add_argument(
        "--tree",
        metavar="REPO",
        type=Path,
        required=required,
        help=BRANCHES if required else ANY_TREE,
    )
    sub.add_argument(
        "--base",
        metavar="REV",
        default="HEAD",
        help="the commit of --tree to start from (default: HEAD)",
    )


def _branch(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--branch", metavar="NAME", required=True, help="the branch to make or move")
    sub.add_argument(
        "--force",
        action="store_true",
        help="move a branch that holds something else; its old tip is printed",
    )


def _json(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--json",
        metavar="FILE",
        type=Path,
        help="write the result as JSON to FILE; - is standard output",
    )


def _machine(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--machine",
        metavar="NAME",
        default="powernv9",
        help="powernv8, powernv9 or powernv10 (default: powernv9)",
    )
    sub.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=_seconds,
        default=None,
        help="limit for the whole boot (default: the machine's)",
    )
    sub.add_argument("--junit", metavar="FILE", type=Path, help="write JUnit XML to FILE")


def _run(sub: argparse.ArgumentParser) -> None:
    _spec(sub, default="v1")
    _tree(sub)
    _machine(sub)
    _json(sub)
    _html(sub)


def _render(sub: argparse.ArgumentParser) -> None:
    _spec(sub)
    _tree(sub)
    sub.add_argument(
        "--abbrev",
        metavar="N",
        type=_digits,
        default=7,
        help="digits of the ids on index lines (default: 7)",
    )


def _apply(sub: argparse.ArgumentParser) -> None:
    _spec(sub)
    _tree(sub, required=True)
    _branch(sub)
    _json(sub)


def _baseline(sub: argparse.ArgumentParser) -> None:
    _tree(sub, required=True)
    _branch(sub)
    _interface_option(sub)
    sub.add_argument(
        "--leave-users",
        action="store_true",
        help="commit although something of the tree still uses the feature",
    )
    _json(sub)


def _series(sub: argparse.ArgumentParser) -> None:
    _spec(sub)
    _tree(sub)
    where = sub.add_mutually_exclusive_group()
    where.add_argument("--output", metavar="DIR", type=Path, help="write the mails to DIR")
    where.add_argument(
        "--update", action="store_true", help="renew the committed copy beside the spec"
    )


def _check(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("spec", metavar="SPEC", nargs="*", help=f"{SPEC} (default: every version)")
    _tree(sub)
    sub.add_argument("--regen", action="store_true", help="only compare patches with specs")
    sub.add_argument("--kconfig", action="store_true", help="only check Kconfig")
    sub.add_argument("--gates", action="store_true", help="only ask gcc, sparse and checkpatch")
    _json(sub)


def _review(sub: argparse.ArgumentParser) -> None:
    _spec(sub)
    _tree(sub)
    _json(sub)


def _schema(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "file", metavar="FILE", nargs="?", choices=("spec", "review", "interface"),
        default="spec", help="spec, review or interface: which file it is for (default: spec)",
    )  # fmt: skip
    _interface_option(sub)


def _interface_option(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--interface", metavar="NAME",
        help="an interface's name, or a folder's path (default: the default interface)",
    )  # fmt: skip


def _interfaces(sub: argparse.ArgumentParser) -> None:
    _json(sub)


def _interface(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("name", metavar="NAME", help="an interface's name, or a folder's path")
    _json(sub)


def _build(sub: argparse.ArgumentParser) -> None:
    _spec(sub, default="v1")
    _tree(sub)
    _json(sub)


def _boot(sub: argparse.ArgumentParser) -> None:
    _spec(sub, default="v1")
    _tree(sub)
    _machine(sub)
    _json(sub)


def _diff(sub: argparse.ArgumentParser) -> None:
    what = "a version, spec, patch file, mailbox, directory of patches, or revision of --tree"
    sub.add_argument("before", metavar="A", help=what)
    sub.add_argument("after", metavar="B", help="the same, to compare with A")
    sub.add_argument("--tree", metavar="REPO", type=Path, help=TREE)
    sub.add_argument(
        "--base",
        metavar="REV",
        help="the commit of --tree that both start from (default: where they part, or HEAD)",
    )
    sub.add_argument(
        "--no-build",
        action="store_true",
        help="build and boot nothing: tell only what the cache has of tests",
    )
    _html(sub)
    _json(sub)


def _matrix(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--update",
        metavar="README",
        type=Path,
        help="renew the table in README, and the results and mails beside the specs",
    )
    _json(sub)


def _html(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--html",
        metavar="FILE",
        type=Path,
        help="write one self-contained page to FILE, to be read without a network",
    )


def _parse(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("log", metavar="LOG", type=Path, help="a console log; - is standard input")
    sub.add_argument("--spec", metavar="SPEC", help="whose expected failures count (default: none)")
    sub.add_argument("--junit", metavar="FILE", type=Path, help="write JUnit XML to FILE")
    _json(sub)


def _completion(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("shell", choices=SHELLS, help="the shell")


_OPTIONS = {
    "run": _run, "render": _render, "apply": _apply, "baseline": _baseline, "series": _series,
    "check": _check, "review": _review, "diff": _diff,
    "matrix": _matrix, "build": _build, "boot": _boot, "parse": _parse,
    "interfaces": _interfaces,
    "interface": _interface,
    "schema": _schema, "doctor": _json, "completion": _completion,
}  # fmt: skip
