# SPDX-License-Identifier: GPL-2.0-only
"""git itself, started so that nothing of the user's environment or configuration reaches it.

What a user may have set and what it did to patches: diff.noprefix, diff.context, external diffs,
`*.c diff=cpp` attributes, i18n.commitEncoding, signing, hooks; GIT_DIR and its kin from the
environment. Of the environment only what a program needs to be found is passed on.
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
# Above any repository's own configuration.
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
class Answer:
    """What a git that ended had to say."""

    status: int
    stdout: bytes
    stderr: str

    @property
    def complaint(self) -> str:
        """git's own message in one line, without its `fatal: `."""
        lines = [line.strip() for line in self.stderr.splitlines() if line.strip()]
        said = [line for line in lines if line.startswith(("fatal: ", "error: "))] or lines
        return said[-1].partition(": ")[2] or said[-1] if said else f"exit status {self.status}"


def _refuse_dead(command: str, status: int, stderr: str) -> None:
    """Raise InfraError if git did not end by itself, or had no memory to work with."""
    if status < 0:
        raise InfraError(f"git {command} was killed by {signal.Signals(-status).name}")
    if "out of memory" in stderr.lower() or "malloc failed" in stderr:
        raise InfraError(f"git {command}: {stderr.strip().splitlines()[-1]}")


@cache
def _starter() -> git.Git:
    """GitPython; it takes a tenth of a second to import, and needs a git to be there."""
    require("git")
    import git  # noqa: PLC0415

    return git.Git()


class Git:
    """git on one repository, named outright: never searched for upwards from anywhere."""

    def __init__(self, git_dir: Path, work_tree: Path | None = None) -> None:
        """`work_tree` is for commands that need one; they run in it."""
        self.git_dir, self.work_tree = git_dir, work_tree

    def run(
        self, *args: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None
    ) -> bytes:
        """stdout of a git that succeeds; TreeError with its complaint otherwise."""
        answer = self.ask(*args, stdin=stdin, environment=environment)
        if answer.status:
            raise TreeError(f"{self.work_tree or self.git_dir}: git {args[0]}: {answer.complaint}")
        return answer.stdout

    def ask(
        self, *args: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None
    ) -> Answer:
        """Run to the end, whatever that is."""
        with tempfile.TemporaryFile() as given:
            given.write(stdin)
            given.seek(0)
            # Locks that this process holds stay held until git, too, is gone (close_fds).
            status, stdout, stderr = _starter().execute(
                self._command(args, environment or {}),
                istream=cast("BinaryIO", given) if stdin else None,
                with_extended_output=True,
                with_exceptions=False,
                stdout_as_string=False,
                strip_newline_in_stdout=False,
                close_fds=False,
            )
        _refuse_dead(args[0], status, stderr)
        return Answer(status, stdout, stderr)

    def watch(self, on_fraction: Callable[[float], None], *args: str) -> Answer:
        """Run a command that has `--progress`, and pass on the percentages it says."""
        command = self._command(args, {"GIT_PROGRESS_DELAY": "0"})
        process = _starter().execute(command, as_process=True, close_fds=False)
        said = b""
        # Read from the descriptor: a buffered read would wait for a whole buffer.
        while chunk := os.read(cast("IO[bytes]", process.stderr).fileno(), 4096):
            said += chunk
            percentages = _PERCENTAGE.findall(chunk)
            if percentages:
                on_fraction(int(percentages[-1]) / 100)
        stdout = cast("IO[bytes]", process.stdout).read()
        # Not `process.wait()`: that raises.
        status = cast("subprocess.Popen[bytes]", process.proc).wait()
        complaint = said.decode(errors="replace")
        _refuse_dead(args[0], status, complaint)
        return Answer(status, stdout, complaint)

    def _command(self, args: Sequence[str], environment: Mapping[str, str]) -> list[str]:
        """`env -i` because GitPython can add to the environment, not take from it."""
        where = {"GIT_DIR": str(self.git_dir)}
        if self.work_tree is not None:
            where["GIT_WORK_TREE"] = str(self.work_tree)
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        variables = passed_on | _ENVIRONMENT | where | dict(environment)
        at = ["-C", str(self.work_tree or self.git_dir.parent)]
        pins = [word for name, value in _PINS.items() for word in ("-c", f"{name}={value}")]
        return [
            *("env", "-i", *(f"{name}={value}" for name, value in variables.items())),
            *("git", *at, "--literal-pathspecs", *pins, *args),
        ]

    def objects(self) -> Objects:
        """Objects as fast as they can be asked for."""
        process = _starter().execute(
            self._command(("cat-file", "--batch"), {}), istream=subprocess.PIPE, as_process=True
        )
        return Objects(cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout), process)


def user_git(where: Path, *args: str) -> Answer:
    """git as the user would run it in `where`, with all that is theirs: to read, not to write."""
    status, stdout, stderr = _starter().execute(
        ["git", "-C", str(where), *args],
        with_extended_output=True, with_exceptions=False, stdout_as_string=False,
    )  # fmt: skip
    return Answer(status, stdout, stderr)


def _end(asked: IO[bytes], answers: IO[bytes], process: object) -> None:
    """Let a git that reads what it is asked come to the end of it."""
    with contextlib.suppress(OSError):
        asked.close()
    answers.close()
    cast("subprocess.Popen[bytes]", getattr(process, "proc", process)).wait()


class Objects:
    """A `git cat-file --batch` that stays; ends with the object."""

    def __init__(self, asked: IO[bytes], answers: IO[bytes], process: object) -> None:
        self._asked, self._answers, self._process = asked, answers, process
        # Not __del__: in a cycle the streams would be gone before it.
        weakref.finalize(self, _end, asked, answers, process)

    def find(self, name: str) -> tuple[str, str, bytes] | None:
        """(id, type, content) of anything git can name, None if it is not there."""
        if "\n" in name:
            return None
        try:
            self._asked.write(os.fsencode(name) + b"\n")
            self._asked.flush()
        except BrokenPipeError:
            raise self._death() from None
        head = self._answers.readline()
        if not head.endswith(b"\n"):
            raise self._death()
        fields = head.rstrip(b"\n").rsplit(b" ", 2)
        if len(fields) != 3 or not fields[2].isdigit():
            return None
        size = int(fields[2])
        content = self._answers.read(size + 1)
        if len(content) != size + 1:
            raise self._death()
        return fields[0].decode(), fields[1].decode(), content[:size]

    def _death(self) -> InfraError:
        """The error that says how git ended while it was still needed."""
        process = cast("subprocess.Popen[bytes]", getattr(self._process, "proc", self._process))
        status = process.wait()
        stderr = process.stderr.read().decode(errors="replace") if process.stderr else ""
        _refuse_dead("cat-file --batch", status, stderr)
        complaint = Answer(status, b"", stderr).complaint
        return InfraError(f"git cat-file --batch ended early: {complaint}")


def fields(output: bytes) -> Iterator[str]:
    """The NUL-terminated fields of a `-z` output, as paths are decoded."""
    return (os.fsdecode(field) for field in output.split(b"\0") if field)
