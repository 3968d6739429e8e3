# SPDX-License-Identifier: GPL-2.0-only
"""git processes, isolated from the user's environment and configuration.

These settings of users have changed patches: diff.noprefix, diff.context, external diffs,
`*.c diff=cpp` attributes, i18n.commitEncoding, signing, hooks, and GIT_DIR and the like in the
environment. git receives only the variables that a program needs to start.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from afugen.command import require
from afugen.errors import InfraError, TreeError

if TYPE_CHECKING:
    import git

_PASSED_ON = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "LD_PRELOAD")
_ENVIRONMENT = {
    "GIT_ADVICE": "0",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_COMMITTER_EMAIL": "afugen@localhost",
    "GIT_COMMITTER_NAME": "afugen",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "HOME": "/nonexistent",
    "LANGUAGE": "C",
    "LC_ALL": "C",
    "TZ": "UTC0",
}
# These override the configuration of any repository.
_PINS = {
    "core.alternateRefsCommand": "",
    "core.attributesFile": "/dev/null",
    "core.autocrlf": "false",
    "core.excludesFile": "/dev/null",
    "core.fsmonitor": "false",
    "core.hooksPath": "/dev/null",
    "core.quotePath": "true",
    "core.untrackedCache": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "protocol.allow": "never",
}

_PERCENTAGE = re.compile(rb"(\d+)%")


@dataclass(frozen=True, slots=True)
class GitResult:
    """The exit status and the output of a git process."""

    status: int
    stdout: bytes
    stderr: str

    @property
    def error_message(self) -> str:
        """Return git's error message in one line, without its `fatal: `."""
        lines = [line.strip() for line in self.stderr.splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith(("fatal: ", "error: "))] or lines
        if not errors:
            return f"exit status {self.status}"
        return errors[-1].partition(": ")[2] or errors[-1]


def _checked(command: str, status: int, stdout: bytes, stderr: str) -> GitResult:
    """Return a result; raise InfraError if git was killed or ran out of memory."""
    if status < 0:
        raise InfraError(f"git {command} was killed by {signal.Signals(-status).name}")
    if "out of memory" in stderr.lower() or "malloc failed" in stderr:
        raise InfraError(f"git {command}: {stderr.strip().splitlines()[-1]}")
    return GitResult(status, stdout, stderr)


@cache
def _gitpython() -> git.Git:
    """Return GitPython, which takes 0.1 s to import and needs git to be installed."""
    require("git")
    import git  # noqa: PLC0415

    return git.Git()


class Git:
    """git on one repository, which is named by its directory and never searched for."""

    def __init__(self, git_dir: Path, work_tree: Path | None = None) -> None:
        """Commands run in `work_tree`, if there is one."""
        self.git_dir, self.work_tree = git_dir, work_tree

    def run(
        self, *args: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None
    ) -> bytes:
        """Return the stdout of a git command; raise TreeError with its message if it fails."""
        result = self.try_run(*args, stdin=stdin, environment=environment)
        if result.status:
            where = self.work_tree or self.git_dir
            raise TreeError(f"{where}: git {args[0]}: {result.error_message}")
        return result.stdout

    def try_run(
        self, *args: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None
    ) -> GitResult:
        """Return the result of a git command, which may fail."""
        with tempfile.TemporaryFile() as file:
            file.write(stdin)
            file.seek(0)
            # git inherits the locks of this process: they are held until git has ended, too.
            status, stdout, stderr = _gitpython().execute(
                self._command(args, environment or {}),
                istream=cast("BinaryIO", file) if stdin else None,
                with_extended_output=True,
                with_exceptions=False,
                stdout_as_string=False,
                strip_newline_in_stdout=False,
                close_fds=False,
            )
        return _checked(args[0], status, stdout, stderr)

    def run_with_progress(self, on_fraction: Callable[[float], None], *args: str) -> GitResult:
        """Return the result of a command with `--progress`, and pass on its percentages."""
        command = self._command(args, {"GIT_PROGRESS_DELAY": "0"})
        process = _gitpython().execute(command, as_process=True, close_fds=False)
        stderr = b""
        # Read from the descriptor: a buffered read would wait for a whole buffer.
        while chunk := os.read(cast("IO[bytes]", process.stderr).fileno(), 4096):
            stderr += chunk
            percentages = _PERCENTAGE.findall(chunk)
            if percentages:
                on_fraction(int(percentages[-1]) / 100)
        stdout = cast("IO[bytes]", process.stdout).read()
        status = _popen(process).wait()
        return _checked(args[0], status, stdout, stderr.decode(errors="replace"))

    def object_reader(self) -> ObjectReader:
        """Start a process that reads many objects."""
        command = self._command(("cat-file", "--batch"), {})
        return ObjectReader(_gitpython().execute(command, istream=subprocess.PIPE, as_process=True))

    def _command(self, args: Sequence[str], environment: Mapping[str, str]) -> list[str]:
        """Return the argv; `env -i`, because GitPython can add variables but not remove them."""
        repository = {"GIT_DIR": str(self.git_dir)}
        if self.work_tree is not None:
            repository["GIT_WORK_TREE"] = str(self.work_tree)
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        variables = passed_on | _ENVIRONMENT | repository | dict(environment)
        directory = ["-C", str(self.work_tree or self.git_dir.parent)]
        pins = [word for name, value in _PINS.items() for word in ("-c", f"{name}={value}")]
        return [
            *("env", "-i", *(f"{name}={value}" for name, value in variables.items())),
            *("git", *directory, "--literal-pathspecs", *pins, *args),
        ]


def run_as_user(directory: Path, *args: str) -> GitResult:
    """Return the result of a git command that reads the user's own configuration."""
    status, stdout, stderr = _gitpython().execute(
        ["git", "-C", str(directory), *args],
        with_extended_output=True, with_exceptions=False, stdout_as_string=False,
    )  # fmt: skip
    return GitResult(status, stdout, stderr)


def _popen(process: git.Git.AutoInterrupt) -> subprocess.Popen[bytes]:
    """Return GitPython's process without its wrapper, whose `wait()` raises if git fails."""
    return cast("subprocess.Popen[bytes]", process.proc)


def _end(process: git.Git.AutoInterrupt) -> None:
    """Close the pipes of a git that reads objects, and wait for its end."""
    with contextlib.suppress(OSError):
        cast("IO[bytes]", process.stdin).close()
    cast("IO[bytes]", process.stdout).close()
    _popen(process).wait()


class ObjectReader:
    """A `git cat-file --batch` process, which ends when this object is deleted."""

    def __init__(self, process: git.Git.AutoInterrupt) -> None:
        self._process = process
        self._requests = cast("IO[bytes]", process.stdin)
        self._answers = cast("IO[bytes]", process.stdout)
        # Not __del__: in a reference cycle the pipes would be deleted before it runs.
        weakref.finalize(self, _end, process)

    def read(self, name: str) -> tuple[str, bytes] | None:
        """Return the type and content of an object, None if the repository lacks it."""
        if "\n" in name:
            return None
        try:
            self._requests.write(os.fsencode(name) + b"\n")
            self._requests.flush()
        except BrokenPipeError:
            raise self._early_end() from None
        header = self._answers.readline()
        if not header.endswith(b"\n"):
            raise self._early_end()
        words = header.rstrip(b"\n").rsplit(b" ", 2)
        if len(words) != 3 or not words[2].isdigit():
            return None
        size = int(words[2])
        content = self._answers.read(size + 1)
        if len(content) != size + 1:
            raise self._early_end()
        return words[1].decode(), content[:size]

    def _early_end(self) -> InfraError:
        """Return the error that tells how git ended while it was still needed."""
        process = _popen(self._process)
        status = process.wait()
        stderr = process.stderr.read().decode(errors="replace") if process.stderr else ""
        result = _checked("cat-file --batch", status, b"", stderr)
        return InfraError(f"git cat-file --batch ended early: {result.error_message}")


def split_nul(output: bytes) -> Iterator[str]:
    """Return the fields of a `-z` output, decoded as paths are."""
    return (os.fsdecode(field) for field in output.split(b"\0") if field)
