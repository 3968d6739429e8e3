# SPDX-License-Identifier: GPL-2.0-only
"""Starting other programs: deadlines, process groups, lines as they come, and no survivors.

Every program runs in a session of its own with stdin from /dev/null, so that neither a
terminal's Ctrl-C nor a program that fiddles with the terminal gets past us. Whatever ends the
wait (end of output, deadline, KeyboardInterrupt, any exception), the whole group is gone
afterwards. If afugen itself is killed with SIGKILL, `setpriv --pdeathsig` has the kernel tell
the program to stop, and locks of `afugen.cache`, which children inherit, stay held until it has.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import time
import tomllib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from afugen import resources
from afugen.errors import InfraError, MissingTool

# How long a group may take to clean up after SIGTERM (make deletes half-made targets).
GRACE_SECONDS = 3.0
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """How far a long stage is; `fraction` is 0..1, `eta_seconds` counts from now."""

    stage: str
    message: str
    fraction: float | None = None
    eta_seconds: float | None = None


Progress = Callable[[ProgressEvent], None]


def ignore_progress(event: ProgressEvent) -> None:
    """The progress callback of whoever does not care."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A program that ended by itself; `output` is its stdout and stderr as they came."""

    argv: tuple[str, ...]
    returncode: int
    output: str
    seconds: float

    def tail(self, lines: int = 10) -> str:
        """The last lines of the output, for messages."""
        return "\n".join(self.output.splitlines()[-lines:])


class Deadline(InfraError):  # noqa: N818 - named for what it is, as TimeoutExpired is
    """A program did not end in time and was killed; `output` is what it had said."""

    def __init__(self, argv: Sequence[str], seconds: float, output: str) -> None:
        self.argv, self.seconds, self.output = tuple(argv), seconds, output
        tail = "".join(f"\n    {line}" for line in output.splitlines()[-5:])
        super().__init__(f"{argv[0]} was still running after {seconds:g} s and was stopped{tail}")


@dataclass(frozen=True, slots=True)
class Package:
    """What provides some programs: the Debian package, and what afugen wants it for."""

    name: str
    why: str
    tools: tuple[str, ...]
    files: tuple[str, ...]
    optional: bool

    @property
    def install(self) -> str:
        """The command that installs it."""
        return f"apt-get install {self.name}"


@cache
def packages() -> tuple[Package, ...]:
    """The Debian packages of qemu/packages.toml, in the file's order."""
    table = tomllib.loads((resources.qemu() / "packages.toml").read_text())
    return tuple(
        Package(
            name=name,
            why=entry["why"],
            tools=tuple(entry.get("tools", ())),
            files=tuple(entry.get("files", ())),
            optional=entry.get("optional", False),
        )
        for name, entry in table.items()
    )


def require(tool: str) -> Path:
    """Where a program is; `MissingTool` with the command that installs it, if it is nowhere."""
    found = shutil.which(tool)
    if found is not None:
        return Path(found)
    for package in packages():
        if tool in package.tools:
            raise MissingTool(tool, package.install)
    raise MissingTool(tool, f"apt-get install the package that provides {tool}")


class Process:
    """A running program, to be used in a `with`: its group does not outlive the block."""

    def __init__(
        self,
        argv: Sequence[str | Path],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        log: Path | None = None,
    ) -> None:
        """Nothing starts before the `with`. `log` is written anew, byte for byte."""
        self.argv = tuple(map(str, argv))
        self._cwd, self._env, self._log_path = cwd, env, log
        self._popen: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self._pidfd = -1
        self._rest = b""

    def __enter__(self) -> Self:
        program = require(self.argv[0])
        if self._log_path is not None:
            self._log = self._log_path.open("wb")
        self._popen = subprocess.Popen(
            [*_die_with_us(), str(program.absolute()), *self.argv[1:]],
            cwd=self._cwd,
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # Python's own descriptors are not inheritable; a held lock is, on purpose.
            close_fds=False,
        )
        self._pidfd = os.pidfd_open(self._popen.pid)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()
        if self._pidfd >= 0:
            os.close(self._pidfd)
        if self._popen is not None and self._popen.stdout is not None:
            self._popen.stdout.close()
        if self._log is not None:
            self._log.close()

    @property
    def returncode(self) -> int | None:
        """What it ended with (negative: the signal), None while it runs."""
        return None if self._popen is None else self._popen.poll()

    def lines(self, deadline_seconds: float | None = None) -> Iterator[tuple[float, str]]:
        """Each line with the monotonic time it came at, until the program ends or time is up.

        Ends are told apart by `returncode`: None after a deadline. A last line without a
        newline is yielded too. May be called again to go on reading.
        """
        assert self._popen is not None
        end = None if deadline_seconds is None else time.monotonic() + deadline_seconds
        for chunk in self._chunks(end):
            if self._log is not None:
                self._log.write(chunk)
                self._log.flush()
            *whole, self._rest = (self._rest + chunk).split(b"\n")
            now = time.monotonic()
            for line in whole:
                yield now, _text(line)
        if self._rest:
            line, self._rest = self._rest, b""
            yield time.monotonic(), _text(line)

    def _chunks(self, end: float | None) -> Iterator[bytes]:
        """Output as it comes; over when the program is, even if a child keeps its pipe open."""
        assert self._popen is not None
        assert self._popen.stdout is not None
        pipe = self._popen.stdout.fileno()
        os.set_blocking(pipe, False)
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            selector.register(self._pidfd, selectors.EVENT_READ)
            while True:
                left = None if end is None else end - time.monotonic()
                if left is not None and left <= 0:
                    return
                ready = {key.fd for key, _ in selector.select(left)}
                if pipe in ready:
                    chunk = os.read(pipe, _CHUNK)
                    if not chunk:
                        selector.unregister(pipe)
                        continue
                    yield chunk
                elif self._pidfd in ready:
                    self._popen.wait()
                    return

    def kill(self) -> None:
        """Stop the whole group: asked first, so that make can delete what is half made."""
        if self._popen is None:
            return
        with contextlib.suppress(ProcessLookupError):
            if self._popen.poll() is None:
                os.killpg(self._popen.pid, signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._popen.wait(GRACE_SECONDS)
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()


def run(
    argv: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    deadline_seconds: float | None,
    on_line: Callable[[str], None] | None = None,
    log: Path | None = None,
) -> Finished:
    """Run to the end; `Deadline` if that does not come in time. A failure is for the caller."""
    start = time.monotonic()
    said: deque[str] = deque()
    with Process(argv, cwd=cwd, env=env, log=log) as process:
        for _, line in process.lines(deadline_seconds):
            said.append(line)
            if on_line is not None:
                on_line(line)
        if process.returncode is None:
            assert deadline_seconds is not None
            raise Deadline(process.argv, deadline_seconds, "\n".join(said))
        returncode = process.returncode
    output = "".join(f"{line}\n" for line in said)
    return Finished(process.argv, returncode, output, time.monotonic() - start)


@cache
def _die_with_us() -> tuple[str, ...]:
    """The prefix that has a program told to stop when afugen dies; util-linux has it."""
    setpriv = shutil.which("setpriv")
    return () if setpriv is None else (setpriv, "--pdeathsig", "TERM", "--")


def _text(line: bytes) -> str:
    return line.rstrip(b"\r").decode(errors="replace")
