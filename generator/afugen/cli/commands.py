# SPDX-License-Identifier: GPL-2.0-only
"""The commands: what `afugen` lists, what each one's help adds, and an example that a test runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """A subcommand: its line in the list, further help, and an example."""

    name: str
    summary: str
    details: str
    example: str


COMMANDS = (
    Command(
        "run",
        "spec to verdict: render, commit, build, boot, test, report",
        "Exit status: 0 all tests pass or fail as expected, 1 anything else about the series, "
        "2 wrong input, 3 something is missing on this machine.",
        "afugen run v1 --json result.json",
    ),
    Command(
        "render",
        "print the diff that a spec makes, as git diff would",
        "Reads the base from git objects: a dirty worktree does not matter, and nothing is "
        "written.",
        "afugen render v1 --tree linux",
    ),
    Command(
        "apply",
        "commit what a spec makes to a branch of your repository",
        "Writes objects and one reference, never a worktree or an index. The same spec on the "
        "same base is the same commit.",
        "afugen apply v1 --tree linux --branch afu-driver-ops",
    ),
    Command(
        "baseline",
        "commit the tree without the merged feature to a branch",
        "Only removes. Lines that had to be reshaped (an `else if` that becomes an `if`) are "
        "listed. Where code still uses the feature, that is listed and nothing is committed.",
        "afugen baseline --tree linux --branch no-afu-driver-ops",
    ),
    Command(
        "series",
        "write the patch mails of a spec",
        "Without --output the mail is printed. --update renews the committed copy beside the "
        "spec, made on the default tree, or on that of --tree.",
        "afugen series v1 --tree linux --output outgoing",
    ),
    Command(
        "check",
        "compare committed patches with their specs, and see what the kernel's tools say of them",
        "--regen makes each patch again and fails with a diff where it differs (exit status 1)."
        " --kconfig loads the whole Kconfig tree with the patches applied. --gates fails on what "
        "gcc (also with W=1), sparse and checkpatch --strict say of the patches and did not say "
        "before, unless known-remarks.yaml beside the spec has it. Without any of these: all.",
        "afugen check --regen",
    ),
    Command(
        "review",
        "tell which review comments a spec answers, and check that it does",
        "Reads review.yaml beside the spec. Every claim in it is checked against what the spec "
        "makes; exit status 1 if one does not hold.",
        "afugen review v2",
    ),
    Command(
        "build",
        "cross build the kernel and modules with a spec applied",
        "Out of tree, in the cache, through kbuild. Prints where vmlinux, the modules and "
        "reproduce.sh are.",
        "afugen build v1",
    ),
    Command(
        "boot",
        "boot what build made, and run the selftest",
        "Without a change since the last build this builds nothing.",
        "afugen boot v1 --machine powernv9",
    ),
    Command(
        "diff",
        "compare two versions: spec, commits, code, ABI, messages, tests",
        "A and B are versions, spec files, patch files, mailboxes or directories of patches, "
        "revisions of --tree, or none (the tree as it is). Tests, symbols and messages that are "
        "not in the cache are made first, which takes minutes; --no-build leaves them out.",
        "afugen diff v1 v2 --html diff.html",
    ),
    Command(
        "matrix",
        "run the selftest on every version and on stock kernels, as one table",
        "Versions on the default tree, the feature as it was merged on linux-source-6.1 and 6.12."
        " --update keeps what was seen: results.json beside each spec, the table in README, and"
        " the committed cover letters.",
        "afugen matrix --json matrix.json",
    ),
    Command(
        "parse",
        "read a saved console log again",
        "Gives the verdict that the live run gave.",
        "afugen parse console.log --spec v1",
    ),
    Command(
        "interfaces",
        "list the interfaces that specs can be of",
        "Each is a folder of templates with an interface.yaml, and has versions of its series.",
        "afugen interfaces",
    ),
    Command(
        "interface",
        "describe the fields of an interface's specs, and what their values mean",
        "NAME is one that `afugen interfaces` lists, or the path of a folder, with a slash in it.",
        "afugen interface cxl",
    ),
    Command(
        "schema",
        "print the JSON schema of specs, review ledgers or interfaces, for editors",
        "The same as spec.schema.json in an interface's folder of kernel-patches, as"
        " kernel-patches/review.schema.json, and as templates/interface.schema.json.",
        "afugen schema review",
    ),
    Command(
        "doctor",
        "say what this machine lacks, and the command that installs it",
        "Exit status 3 if anything that is needed is missing.",
        "afugen doctor",
    ),
    Command(
        "completion",
        "print a completion script for a shell",
        "Where a shell reads it from: bash ~/.local/share/bash-completion/completions/afugen, "
        "zsh a file _afugen in a directory of $fpath, fish ~/.config/fish/completions/afugen.fish.",
        "afugen completion bash",
    ),
)
