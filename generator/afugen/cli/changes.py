# SPDX-License-Identifier: GPL-2.0-only
"""The commands render, apply, baseline, series and check."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from afugen.cli.output import write_json
from afugen.cli.screen import Screen
from afugen.errors import InputError, TreeError
from afugen.git import BUILD_WORKTREE, BranchUpdate, Repository, TreeFiles, open_tree, user_identity
from afugen.series import commits, mails, trees, version
from afugen.spec import interface

if TYPE_CHECKING:
    from afugen.series.baseline import Removal


def render(arguments: argparse.Namespace) -> int:
    """Print the diff that a spec makes."""
    chosen = version.find(arguments.spec)
    with Screen() as screen:
        base = _files(arguments, chosen, screen)
    sys.stdout.write(commits.diff(chosen, base, abbrev=arguments.abbrev))
    return 0


def _files(arguments: argparse.Namespace, chosen: version.Version, screen: Screen) -> TreeFiles:
    """Return the files that a version touches, of the tree that --tree and --base name."""
    return commits.files_of(arguments.tree, arguments.base, chosen.spec.interface, screen.progress)


def _repository(arguments: argparse.Namespace) -> Repository:
    if trees.package_of(arguments.tree) is not None:
        raise TreeError(f"{arguments.tree} is a package's tarball: there is no branch to write to")
    tree = open_tree(arguments.tree)
    if isinstance(tree, Repository):
        return tree
    raise TreeError(f"{arguments.tree} is an unpacked tarball: there is no branch to write to")


def apply(arguments: argparse.Namespace) -> int:
    """Commit what a spec makes to a branch of the user's repository."""
    chosen = version.find(arguments.spec)
    repository = _repository(arguments)
    repository.branch(arguments.branch)
    with Screen() as screen:
        made = commits.commit(chosen, repository.stored_commit(arguments.base, screen.progress))
        update = repository.update_branch(
            made.stored.store, arguments.branch, made.commit_id,
            reason=f"afugen apply {chosen.name}", force=arguments.force,
            progress=screen.progress,
        )  # fmt: skip
    _say_update(arguments, update)
    return 0


def _say_update(arguments: argparse.Namespace, update: BranchUpdate) -> None:
    where = f"{update.name} in {arguments.tree}"
    if update.is_unchanged:
        print(f"{update.new} is already there: {where}")
    elif update.old:
        print(f"{update.new} is now {where}; it was {update.old}")
    else:
        print(f"{update.new} is now {where}, a new branch")
    write_json(arguments, {"branch": update.name, "commit": update.new, "previous": update.old})


def baseline(arguments: argparse.Namespace) -> int:
    """Commit the tree without the merged feature to a branch of the user's repository."""
    of = interface.find(arguments.interface) if arguments.interface else interface.default()
    repository = _repository(arguments)
    repository.branch(arguments.branch)
    with Screen() as screen:
        stored = repository.stored_commit(arguments.base, screen.progress)
        made = trees.without_feature(stored, of, screen.progress, leave_users=arguments.leave_users)
        update = repository.update_branch(
            stored.store, arguments.branch, made.stored.commit_id,
            reason="afugen baseline", force=arguments.force,
            progress=screen.progress,
        )  # fmt: skip
    for line in _baseline_lines(made.removal):
        print(line)
    _say_update(arguments, update)
    return 0


def _baseline_lines(removal: Removal) -> list[str]:
    lines = [f"changed {change.path}" for change in removal.changes]
    lines += [f"reshaped {path}: {line.strip()}" for path, line in removal.reshaped]
    lines += [f"still uses it: {user}" for user in removal.users]
    return lines + [f"mentioned in a comment or a text: {mention}" for mention in removal.prose]


def write_series(arguments: argparse.Namespace) -> int:
    """Print the mails, write them to a directory, or renew them beside the spec."""
    chosen = version.find(arguments.spec)
    if arguments.update:
        if version.is_installed(chosen.path):
            raise InputError(
                f"{chosen.name} is a part of the installed afugen: there is nothing to update; "
                "copy its directory and name the spec in the copy"
            )
        with Screen() as screen:
            base = _files(arguments, chosen, screen)
        for path in commits.renew_golden(chosen, base):
            print(path)
        return 0
    with Screen() as screen:
        made = commits.commit(
            chosen,
            commits.base_of(arguments.tree, arguments.base, chosen.spec.interface, screen.progress),
        )
    patches = commits.outgoing(made, lambda: user_identity(arguments.tree or Path()))
    for patch in patches:
        if arguments.output is None:
            sys.stdout.write(patch.text)
        else:
            print(commits.write_patch(arguments.output, patch))
    return 0


def check(arguments: argparse.Namespace) -> int:
    """Check committed mails, Kconfig on the full tree, and the output of the kernel's tools."""
    chosen = [version.find(word) for word in arguments.spec or version.known()]
    every = not (arguments.regen or arguments.kconfig or arguments.gates)
    if arguments.gates or every:
        from afugen.checks import known_beside  # noqa: PLC0415

        for one in chosen:
            known_beside(one.path)  # a file that is wrong is told before all the work
    findings: list[dict[str, object]] = []
    with Screen() as screen:
        if arguments.regen or every:
            findings += _regen(arguments, screen, chosen)
        if arguments.kconfig or arguments.gates or every:
            made = [
                commits.commit(
                    one,
                    commits.base_of(
                        arguments.tree, arguments.base, one.spec.interface, screen.progress
                    ),
                )
                for one in chosen
            ]
            if arguments.kconfig or every:
                findings += [_kconfig(screen, one) for one in made]
            if arguments.gates or every:
                findings += [_gates(screen, one) for one in made]
    write_json(arguments, {"checks": findings})
    return 0 if all(finding["outcome"] == "pass" for finding in findings) else 1


def _regen(
    arguments: argparse.Namespace, screen: Screen, chosen: Sequence[version.Version]
) -> list[dict[str, object]]:
    bases = {one.spec.interface: _files(arguments, one, screen) for one in chosen}
    screen.clear()
    # Half of the time is spent in git, which others can use. A repository has one reader.
    with ThreadPoolExecutor(1 if arguments.tree else None) as pool:
        found = pool.map(lambda one: commits.compare_golden(one, bases[one.spec.interface]), chosen)
        return [
            _regen_finding(arguments, one, comparison)
            for one, comparison in zip(chosen, found, strict=True)
        ]


def _regen_finding(
    arguments: argparse.Namespace, chosen: version.Version, comparison: mails.Comparison
) -> dict[str, object]:
    about: dict[str, object] = {"check": "regen", "spec": chosen.name}
    match comparison:
        case mails.Fresh():
            print(f"{chosen.name}: the committed patches are what the spec makes")
            return about | {"outcome": "pass"}
        case mails.BaseMoved(files, diff):
            sys.stdout.write(diff)
            print(f"{chosen.name}: base moved: {', '.join(files)}; {_renew(arguments, chosen)}")
            return about | {"outcome": "base-moved", "diff": diff}
        case mails.Stale(diff):
            sys.stdout.write(diff)
            print(f"{chosen.name}: stale: the committed patches and the spec disagree; "
                  f"{_renew(arguments, chosen)}")  # fmt: skip
            return about | {"outcome": "stale", "diff": diff}


def _renew(arguments: argparse.Namespace, chosen: version.Version) -> str:
    command = ["afugen", "series", chosen.word, "--update"]
    command += ["--tree", str(arguments.tree)] if arguments.tree else []
    command += ["--base", arguments.base] if arguments.base != "HEAD" else []
    return f"renew it with: {shlex.join(command)}"


def _kconfig(screen: Screen, made: commits.Made) -> dict[str, object]:
    # Loading a whole tree takes more modules than the other commands here need.
    from afugen.checks import check_kconfig  # noqa: PLC0415

    with made.stored.store.checked_out(made.commit_id, BUILD_WORKTREE, screen.progress) as tree:
        check_kconfig(made, tree)
    screen.clear()
    name = made.version.name
    print(f"{name}: Kconfig holds on the full tree")
    return {"check": "kconfig", "spec": name, "outcome": "pass"}


def _gates(screen: Screen, made: commits.Made) -> dict[str, object]:
    # Compiling takes more modules than the other commands here need.
    from afugen.checks import check as checked  # noqa: PLC0415

    found = checked(made, screen.progress)
    screen.clear()
    name = made.version.name
    for remark in found.unknown:
        print(f"{name}: new: {remark}")
    for known in found.missing:
        print(f"{name}: no longer said, take it out of known-remarks.yaml: {known}")
    for remark in found.gone:
        print(f"{name}: gone: {remark}")
    print(f"{name}: {found.summary}")
    return {
        "check": "gates",
        "spec": name,
        "outcome": "pass" if found.is_good else "fail",
        "new": [asdict(remark) for remark in found.unknown],
        "known": [asdict(remark) for remark in found.known],
        "gone": [asdict(remark) for remark in found.gone],
        "missing": [asdict(known) for known in found.missing],
    }
