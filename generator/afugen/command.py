# SPDX-License-Identifier: GPL-2.0-only
"""The start, the deadline and the end of other programs.

Every program runs in a session of its own with stdin from /dev/null: a Ctrl-C reaches afugen
alone, and the program cannot change the terminal's settings. However the wait for it ends (end of
output, deadline, KeyboardInterrupt, any exception), the whole process group is killed. If afugen
is killed with SIGKILL, the kernel sends SIGTERM to the program (`setpriv --pdeathsig`), which
holds the inherited locks of `afugen.cache` until it has ended.
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
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from afugen import resources
from afugen.errors import InfraError, MissingToolError

# The time for a process group to clean up after SIGTERM: make deletes incomplete targets.
GRACE_SECONDS = 3.0
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """The progress of a long stage: `fraction` is 0..1, `eta_seconds` the time left."""

    stage: str
    message: str
    fraction: float | None = None
    eta_seconds: float | None = None


Progress = Callable[[ProgressEvent], None]


def ignore_progress(event: ProgressEvent) -> None:
    """Do nothing: the default progress callback."""


@dataclass(frozen=True, slots=True)
class CompletedProcess:
    """A program that ended by itself; `output` is its stdout and stderr in their order."""

    argv: tuple[str, ...]
    returncode: int
    output: str
    seconds: float

    def tail(self, lines: int = 10) -> str:
        """Return the last lines of the output, for messages."""
        return "\n".join(self.output.splitlines()[-lines:])


class DeadlineError(InfraError):
    """A program was killed at its deadline; `output` is what it had printed."""

    def __init__(self, argv: Sequence[str], seconds: float, output: str) -> None:
        self.argv, self.seconds, self.output = tuple(argv), seconds, output
        tail = "".join(f"\n    {line}" for line in output.splitlines()[-5:])
        super().__init__(f"{argv[0]} was still running after {seconds:g} s and was stopped{tail}")


@dataclass(frozen=True, slots=True)
class Package:
    """A Debian package that afugen needs: the reason, and the programs and files it provides."""

    name: str
    why: str
    tools: tuple[str, ...]
    files: tuple[str, ...]
    optional: bool

    @property
    def install(self) -> str:
        """Return the command that installs the package."""
        return f"apt-get install {self.name}"


@cache
def packages() -> tuple[Package, ...]:
    """Return the Debian packages of qemu/packages.toml, in the file's order."""
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
    """Return the path of a program; raise MissingToolError if it is not installed."""
    path = shutil.which(tool)
    if path is not None:
        return Path(path)
    for package in packages():
        if tool in package.tools:
            raise MissingToolError(tool, package.install)
    raise MissingToolError(tool, f"apt-get install the package that provides {tool}")


class Process:
    """A program that runs in a `with` block; its process group is killed at the end."""

    def __init__(
        self,
        argv: Sequence[str | Path],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        log: Path | None = None,
    ) -> None:
        """Do not start yet; the output replaces the content of `log`, byte for byte."""
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
            [*_death_signal_prefix(), str(program.absolute()), *self.argv[1:]],
            cwd=self._cwd,
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # Python's descriptors are not inheritable; those of locks are, on purpose.
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
        """Return the exit status, negative for a signal, None while the program runs."""
        return None if self._popen is None else self._popen.poll()

    def lines(self, deadline_seconds: float | None = None) -> Iterator[tuple[float, str]]:
        """Yield each line and its monotonic time, until the program's end or the deadline.

        After a deadline `returncode` is None, and another call reads on. A last line without a
        newline is yielded, too.
        """
        assert self._popen is not None
        end = None if deadline_seconds is None else time.monotonic() + deadline_seconds
        for chunk in self._chunks(end):
            if self._log is not None:
                self._log.write(chunk)
                self._log.flush()
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            now = time.monotonic()
            for line in lines:
                yield now, _decode(line)
        if self._rest:
            line, self._rest = self._rest, b""
            yield time.monotonic(), _decode(line)

    def _chunks(self, end: float | None) -> Iterator[bytes]:
        """Yield output until the program ends, even if a child of it keeps the pipe open."""
        assert self._popen is not None
        assert self._popen.stdout is not None
        pipe = self._popen.stdout.fileno()
        os.set_blocking(pipe, False)
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            selector.register(self._pidfd, selectors.EVENT_READ)
            while True:
                timeout = None if end is None else end - time.monotonic()
                if timeout is not None and timeout <= 0:
                    return
                ready = {key.fd for key, _ in selector.select(timeout)}
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
        """Stop the process group: SIGTERM lets make delete incomplete targets, then SIGKILL."""
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
) -> CompletedProcess:
    """Return a completed program, whether it failed or not; raise DeadlineError if it is late."""
    start = time.monotonic()
    lines: list[str] = []
    with Process(argv, cwd=cwd, env=env, log=log) as process:
        for _, line in process.lines(deadline_seconds):
            lines.append(line)
            if on_line is not None:
                on_line(line)
        if process.returncode is None:
            assert deadline_seconds is not None
            raise DeadlineError(process.argv, deadline_seconds, "\n".join(lines))
        returncode = process.returncode
    output = "".join(f"{line}\n" for line in lines)
    return CompletedProcess(process.argv, returncode, output, time.monotonic() - start)


@cache
def _death_signal_prefix() -> tuple[str, ...]:
    """Return the command prefix (util-linux) that stops a program when afugen dies."""
    setpriv = shutil.which("setpriv")
    return () if setpriv is None else (setpriv, "--pdeathsig", "TERM", "--")


def _decode(line: bytes) -> str:
    return line.rstrip(b"\r").decode(errors="replace")
