# SPDX-License-Identifier: GPL-2.0-only
"""The stages of a build, joined: configure, compile, link the test programs, pack."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from afugen import cache
from afugen.build import config, initramfs, kbuild, messages, probes, programs, record, vmlinux
from afugen.build.estimate import TYPICAL_OBJECTS, Estimate, compiled_object
from afugen.build.request import BuildRequest, BuildResult
from afugen.command import (
    CompletedProcess,
    DeadlineError,
    Process,
    Progress,
    ProgressEvent,
    ignore_progress,
    run,
)
from afugen.errors import InfraError, TreeError
from afugen.verdict import Outcome, Stage

_COMPILE_SECONDS = 300.0


@dataclass(slots=True)
class _Build:
    """A build under way."""

    request: BuildRequest
    progress: Progress
    stages: list[Stage] = field(default_factory=list)
    messages: list[messages.Message] = field(default_factory=list)
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
    def __init__(self, done: CompletedProcess, log: Path) -> None:
        self.done, self.log = done, log


def build(request: BuildRequest, progress: Progress = ignore_progress) -> BuildResult:
    """Bring the O= directory up to date with the tree, and make what a boot needs.

    Raises KconfigError for an option that was dropped, TreeError for a tree without what the plan
    names, and InfraError for a machine that cannot build; code that does not compile is a result.
    """
    request = replace(request, tree=request.tree.absolute(), output=request.output.absolute())
    request.record.mkdir(parents=True, exist_ok=True)
    with cache.locked(request.output.with_name(f"{request.output.name}.lock"), progress):
        work = _Build(request, progress)
        programs.install_header(request)
        probes.install(request)
        # Before anything can fail: what is about to be built, and how to build it again.
        record.write(request, config.request_text(request))
        try:
            result = _build(work)
        except _Failed as failed:
            result = _failure(work, failed)
        record.write_result(request, result)
        return result


@contextmanager
def configured(request: BuildRequest, progress: Progress = ignore_progress) -> Iterator[None]:
    """Hold an O= directory, configured for its tree, until the block ends.

    For builds of other targets than `build` makes. TreeError if the configuration fails.
    """
    request.record.mkdir(parents=True, exist_ok=True)
    with cache.locked(request.output.with_name(f"{request.output.name}.lock"), progress):
        probes.install(request)
        record.write(request, config.request_text(request))
        log = request.record / "configure.log"
        failed = config.configure(request, log).failed
        if failed:
            kbuild.refuse_trouble(failed, log)
            found = messages.messages_in(failed.output.splitlines(), request.tree)
            raise TreeError(f"{request.tree}: no configuration: {found[0] if found else log}")
        yield
        config.record_inputs(request)


def _build(work: _Build) -> BuildResult:
    request = work.request
    with work.stage("configure"):
        configured = config.configure(request, work.log("configure"))
        if configured.failed:
            lines = configured.failed.output.splitlines()
            work.messages += messages.messages_in(lines, request.tree)
            raise _Failed(configured.failed, work.log("configure"))
    with ExitStack() as stack:
        started = _start_programs(work, stack)
        with work.stage("modules" if _is_warm(request) else "kernel"):
            _make_kernel(work, is_reconfigured=configured.changed)
        with work.stage("selftest"):
            for target, process in started:
                _finish_program(work, target, process)
    config.record_inputs(request)
    with work.stage("initramfs"):
        packed = _pack(request)
    return BuildResult(
        outcome=Outcome.PASS,
        log=work.log("make"),
        stages=tuple(work.stages),
        messages=tuple(work.messages),
        vmlinux=_stripped(request),
        modules=_modules(request),
        initramfs=packed,
        kernel_built=work.kernel_built,
    )


def _make_kernel(work: _Build, *, is_reconfigured: bool) -> None:
    """Make the modules; and vmlinux, unless it is found to be up to date."""
    request = work.request
    uncertain = None if is_reconfigured else vmlinux.uncertain_objects(request)
    if uncertain is not None:
        if uncertain.digests:
            vmlinux.mark_uncertain(request)
        _make(work, *request.plan.modules, *uncertain.digests)
        if uncertain.are_unchanged(request.output):
            vmlinux.resolve(request, uncertain)
            return
    vmlinux.mark_uncertain(request)
    _make(work, *kbuild.all_targets(request))
    vmlinux.record_sources(request)
    work.kernel_built = True


def _make(work: _Build, *targets: str) -> None:
    """Run make; without a target do nothing, where kbuild would make its default ones."""
    if not targets:
        return
    request = work.request
    watch = _Watch(work, _expected_objects(request) if "vmlinux" in targets else None)
    done = kbuild.make(request, *targets, log=work.log("make"), on_line=watch)
    work.messages += messages.messages_in(done.output.splitlines(), request.tree)
    if done.returncode:
        raise _Failed(done, work.log("make"))
    if watch.estimate is not None:
        cache.write_atomically(_objects_file(request), f"{watch.estimate.done}\n".encode())


class _Watch:
    """Turns kbuild's lines into progress; estimates only when all is to be made."""

    def __init__(self, work: _Build, expected: int | None) -> None:
        self.progress, self.start = work.progress, time.monotonic()
        self.estimate = None if expected is None else Estimate(expected)

    def __call__(self, line: str) -> None:
        path = compiled_object(line)
        if path is None:
            return
        fraction = remaining = None
        if self.estimate is not None:
            fraction, remaining = self.estimate.step(time.monotonic() - self.start)
        self.progress(ProgressEvent("build", path, fraction, remaining))


def _objects_file(request: BuildRequest) -> Path:
    return request.record / "objects"


def _expected_objects(request: BuildRequest) -> int | None:
    """Return how many objects a cold build will make; None for one that is not cold."""
    if (request.output / "vmlinux.o").exists():
        return None
    recorded = _objects_file(request)
    return int(recorded.read_text()) if recorded.exists() else TYPICAL_OBJECTS


def _start_programs(work: _Build, stack: ExitStack) -> list[tuple[programs.Target, Process]]:
    """Start making the programs: they use the time in which kbuild leaves a processor idle."""
    stale = [target for target in programs.targets(work.request) if not target.is_current()]
    for target in stale:
        target.mark_stale()
    return [
        (target, stack.enter_context(
            Process(target.command, env=kbuild.environment(), log=work.log(target.name))
        ))
        for target in stale
    ]  # fmt: skip


def _finish_program(work: _Build, target: programs.Target, process: Process) -> None:
    start = time.monotonic()
    lines = tuple(line for _, line in process.lines(_COMPILE_SECONDS))
    output = "".join(f"{line}\n" for line in lines)
    if process.returncode is None:
        raise DeadlineError(process.argv, _COMPILE_SECONDS, output)
    work.messages += messages.messages_in(lines, work.request.tree, target.directory)
    if process.returncode:
        seconds = time.monotonic() - start
        done = CompletedProcess(process.argv, process.returncode, output, seconds)
        raise _Failed(done, work.log(target.name))
    target.record(lines)


def _pack(request: BuildRequest) -> Path:
    """Write the initramfs: the programs, and the modules with the list that /init loads them by."""
    modules = {path.name: path.read_bytes() for path in _modules(request)}
    listed = "".join(f"{name}\n" for name in modules).encode()
    packed = initramfs.initramfs({**programs.files(request), **modules, "modules": listed})
    path = request.record / "initramfs.cpio"
    cache.write_if_changed(path, packed)
    return path


def _stripped(request: BuildRequest) -> Path:
    """Return the kernel without its symbol table, which QEMU need not load."""
    kernel, stripped = request.output / "vmlinux", request.record / "vmlinux.stripped"
    if not stripped.exists() or stripped.stat().st_mtime_ns <= kernel.stat().st_mtime_ns:
        fresh = stripped.with_suffix(".new")
        done = run(
            [request.toolchain.strip, "-o", fresh, kernel], deadline_seconds=_COMPILE_SECONDS
        )
        if done.returncode:
            raise InfraError(f"{request.toolchain.strip}: {done.tail(1)}")
        fresh.replace(stripped)
    return stripped


def _failure(work: _Build, failed: _Failed) -> BuildResult:
    """Return the result of a build that failed, with the first error as its reason."""
    kbuild.refuse_trouble(failed.done, failed.log)
    errors = [str(message) for message in work.messages if message.severity == "error"]
    # Neither make's own lines nor the objects that were under way beside the one that failed.
    lines = failed.done.output.splitlines()
    others = [line for line in lines if line.strip() and not line.startswith(("make", "  "))]
    reason = errors[0] if errors else (others or ["make failed without a word"])[-1].strip()
    return BuildResult(
        outcome=Outcome.BUILD_FAIL,
        log=failed.log,
        reason=reason,
        stages=tuple(work.stages),
        messages=tuple(work.messages),
    )


def _is_warm(request: BuildRequest) -> bool:
    return (request.output / "vmlinux").exists()


def _modules(request: BuildRequest) -> tuple[Path, ...]:
    return tuple(request.output / name for name in request.plan.modules)
