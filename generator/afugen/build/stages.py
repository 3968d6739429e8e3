# SPDX-License-Identifier: GPL-2.0-only
"""The stages of a build, joined: configure, compile, link the test programs, pack."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from afugen import cache
from afugen.build import config, initramfs, kbuild, kernel, messages, probes, record, selftest
from afugen.build.estimate import TYPICAL_OBJECTS, Estimate, object_of
from afugen.build.request import BuildRequest, BuildResult
from afugen.command import (
    Deadline,
    Finished,
    Process,
    Progress,
    ProgressEvent,
    ignore_progress,
    run,
)
from afugen.errors import InfraError
from afugen.verdict import Outcome, Stage

CXL = "drivers/misc/cxl/cxl.ko"
_COMPILE_SECONDS = 300.0


@dataclass(slots=True)
class _Run:
    """A build under way."""

    request: BuildRequest
    progress: Progress
    stages: list[Stage] = field(default_factory=list)
    found: list[messages.Message] = field(default_factory=list)
    kernel_built: bool = False

    def log(self, name: str) -> Path:
        return self.request.record / f"{name}.log"

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.monotonic()
        try:
            yield
        finally:
            self.stages.append(Stage(name, time.monotonic() - start))


class _Failed(Exception):  # noqa: N818 - not an error: it ends a build, and becomes its result
    def __init__(self, done: Finished, log: Path) -> None:
        self.done, self.log = done, log


def build(request: BuildRequest, progress: Progress = ignore_progress) -> BuildResult:
    """Bring the O= directory up to date with the tree, and make what a boot needs.

    Raises KconfigError for an option that did not survive, and InfraError for a machine that
    cannot build; code that does not compile is a result.
    """
    request = replace(request, tree=request.tree.absolute(), output=request.output.absolute())
    request.record.mkdir(parents=True, exist_ok=True)
    with cache.locked(request.output.with_name(f"{request.output.name}.lock"), progress):
        work = _Run(request, progress)
        if request.is_tested:
            selftest.place(request)
        probes.place(request)
        # Before anything can fail: what is about to be built, and how to build it again.
        record.write(request, config.request_text(request))
        try:
            result = _build(work)
        except _Failed as failed:
            result = _failure(work, failed)
        record.finish(request, result)
        return result


def _build(work: _Run) -> BuildResult:
    request = work.request
    with work.stage("configure"):
        configured = config.configure(request, work.log("configure"))
        if configured.failed:
            lines = configured.failed.output.splitlines()
            work.found += messages.parse(lines, request.tree)
            raise _Failed(configured.failed, work.log("configure"))
    with ExitStack() as stack:
        programs = _start_programs(work, stack)
        with work.stage("modules" if _is_warm(request) else "kernel"):
            _kernel_and_modules(work, whole=configured.changed)
        with work.stage("selftest"):
            for part, process in programs:
                _finish_program(work, part, process)
    config.remember(request)
    with work.stage("initramfs"):
        packed = _pack(request)
    modules = _modules(request)
    return BuildResult(
        outcome=Outcome.PASS,
        log=work.log("make"),
        stages=tuple(work.stages),
        messages=tuple(work.found),
        vmlinux=_stripped(request),
        modules=modules,
        initramfs=packed,
        kernel_built=work.kernel_built,
    )


def _kernel_and_modules(work: _Run, *, whole: bool) -> None:
    """Make the modules; and vmlinux, unless it provably is what it would become."""
    request = work.request
    doubt = None if whole else kernel.doubt(request)
    if doubt is not None:
        if doubt.objects:
            kernel.forget(request)
        _make(work, *_module_targets(request), *doubt.objects)
        if doubt.settled(request.output):
            kernel.settle(request, doubt)
            return
    kernel.forget(request)
    _make(work, "vmlinux", "modules")
    kernel.remember(request)
    work.kernel_built = True


def _make(work: _Run, *targets: str) -> None:
    request = work.request
    watch = _Watch(work, _expected_objects(request) if "vmlinux" in targets else None)
    done = kbuild.make(request, *targets, log=work.log("make"), on_line=watch)
    work.found += messages.parse(done.output.splitlines(), request.tree)
    if done.returncode:
        raise _Failed(done, work.log("make"))
    if watch.estimate is not None:
        cache.write_atomically(_objects_file(request), f"{watch.estimate.done}\n".encode())


class _Watch:
    """Turns kbuild's lines into progress; estimates only when all is to be made."""

    def __init__(self, work: _Run, expected: int | None) -> None:
        self.progress, self.start = work.progress, time.monotonic()
        self.estimate = None if expected is None else Estimate(expected)

    def __call__(self, line: str) -> None:
        made = object_of(line)
        if made is None:
            return
        fraction = left = None
        if self.estimate is not None:
            fraction, left = self.estimate.step(time.monotonic() - self.start)
        self.progress(ProgressEvent("build", made, fraction, left))


def _objects_file(request: BuildRequest) -> Path:
    return request.record / "objects"


def _expected_objects(request: BuildRequest) -> int | None:
    """How many objects a cold build will make; None for one that is not cold."""
    if (request.output / "vmlinux.o").exists():
        return None
    noted = _objects_file(request)
    return int(noted.read_text()) if noted.exists() else TYPICAL_OBJECTS


def _start_programs(work: _Run, stack: ExitStack) -> list[tuple[selftest.Part, Process]]:
    """Start making the programs: it uses the time in which make has no work for all."""
    if not work.request.is_tested:
        return []
    stale = [part for part in selftest.parts(work.request) if not part.is_current()]
    for part in stale:
        part.forget()
    return [
        (part, stack.enter_context(
            Process(part.command, env=kbuild.environment(), log=work.log(part.name))
        ))
        for part in stale
    ]  # fmt: skip


def _finish_program(work: _Run, part: selftest.Part, process: Process) -> None:
    start = time.monotonic()
    lines = tuple(line for _, line in process.lines(_COMPILE_SECONDS))
    output = "".join(f"{line}\n" for line in lines)
    if process.returncode is None:
        raise Deadline(process.argv, _COMPILE_SECONDS, output)
    work.found += messages.parse(lines, work.request.tree, part.directory)
    if process.returncode:
        seconds = time.monotonic() - start
        done = Finished(process.argv, process.returncode, output, seconds)
        raise _Failed(done, work.log(part.name))
    part.remember(lines)


def _pack(request: BuildRequest) -> Path | None:
    if not request.is_tested:
        return None
    files = selftest.files(request) | {path.name: path for path in _modules(request)}
    contents = {name: path.read_bytes() for name, path in files.items()}
    packed = initramfs.initramfs(contents | {"tests/list": selftest.listed(request)})
    path = request.record / "initramfs.cpio"
    cache.write_if_changed(path, packed)
    return path


def _stripped(request: BuildRequest) -> Path:
    """The kernel without its symbol table, which QEMU need not load."""
    kernel_, stripped = request.output / "vmlinux", request.record / "vmlinux.stripped"
    if not stripped.exists() or stripped.stat().st_mtime_ns <= kernel_.stat().st_mtime_ns:
        fresh = stripped.with_suffix(".new")
        done = run(
            [request.toolchain.strip, "-o", fresh, kernel_], deadline_seconds=_COMPILE_SECONDS
        )
        if done.returncode:
            raise InfraError(f"{request.toolchain.strip}: {done.tail(1)}")
        fresh.replace(stripped)
    return stripped


def _failure(work: _Run, failed: _Failed) -> BuildResult:
    """A build that did not get through: whose fault, and the first complaint."""
    kbuild.refuse_trouble(failed.done, failed.log)
    found = tuple(work.found)
    errors = [str(message) for message in found if message.severity == "error"]
    # Neither make's own lines nor the objects that were under way beside the one that failed.
    lines = failed.done.output.splitlines()
    said = [line for line in lines if line.strip() and not line.startswith(("make", "  "))]
    reason = errors[0] if errors else (said or ["make failed without a word"])[-1].strip()
    return BuildResult(
        outcome=Outcome.BUILD_FAIL,
        log=failed.log,
        reason=reason,
        stages=tuple(work.stages),
        messages=found,
    )


def _is_warm(request: BuildRequest) -> bool:
    return (request.output / "vmlinux").exists()


def _module_targets(request: BuildRequest) -> tuple[str, ...]:
    return (CXL, selftest.MODULE) if request.is_tested else (CXL,)


def _modules(request: BuildRequest) -> tuple[Path, ...]:
    return tuple(request.output / name for name in _module_targets(request))
