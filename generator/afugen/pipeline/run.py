# SPDX-License-Identifier: GPL-2.0-only
"""Spec to verdict: the stages joined, each timed, in the order in which they can fail."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from afugen import build, cache, command
from afugen.boot import BootRequest, boot, load_machine
from afugen.build import BuildRequest, BuildResult
from afugen.checks import check_kconfig
from afugen.command import Progress, ProgressEvent, ignore_progress
from afugen.errors import InfraError, InputError
from afugen.git import BUILD_WORKTREE, StoredCommit
from afugen.series import commits
from afugen.series.commits import Made
from afugen.series.version import Version
from afugen.spec import interface
from afugen.spec.interface import Interface
from afugen.verdict import Outcome, Stage, Verdict, parse_log

# Ends of a boot that may not be the kernel's fault: a busy machine, a short --timeout.
_CUT_SHORT = frozenset({Outcome.INFRA, Outcome.NO_BOOT, Outcome.HANG, Outcome.TIMEOUT})


@dataclass(frozen=True, slots=True)
class Request:
    """What to run. Without a version the tree is built as it is, without the feature.

    `is_stock`: as it is, too, but with the feature as it was merged, which the version describes.
    `tree` None is the default tree, `base` a revision of `tree`. `is_whole` adds to build and boot
    what a reviewer wants besides: the mail, and the check of Kconfig on the full tree.
    """

    version: Version | None
    tree: Path | None = None
    base: str = "HEAD"
    machine: str = "powernv9"
    timeout_seconds: float | None = None
    is_whole: bool = True
    is_stock: bool = False

    @property
    def interface(self) -> Interface:
        """Return the interface whose driver is built and tested."""
        return self.version.spec.interface if self.version else interface.default()


@dataclass(frozen=True, slots=True)
class Result:
    """A verdict, the directory of its log and mails, and the mails of what was tested."""

    verdict: Verdict
    directory: Path
    patches: tuple[Path, ...] = ()


@dataclass(slots=True)
class _Stages:
    """The stages so far, each with its seconds; a stage without a message reports no progress."""

    progress: Progress
    done: list[Stage] = field(default_factory=list)

    @contextmanager
    def __call__(self, name: str, message: str = "") -> Iterator[None]:
        if message:
            self.progress(ProgressEvent(name, message))
        start = time.monotonic()
        try:
            yield
        finally:
            self.done.append(Stage(name, time.monotonic() - start))


@dataclass(frozen=True, slots=True)
class _Subject:
    """The commit under test, with the test on top, and the series that it is of."""

    stored: StoredCommit
    made: Made | None


def run(request: Request, progress: Progress = ignore_progress) -> Result:
    """Render, commit, build, boot and judge; a failure of the series is a verdict.

    InputError if the interface has no test.
    """
    stages = _Stages(progress)
    # A wrong name and a missing emulator are reported before all the work.
    command.require(load_machine(request.machine).qemu)
    if request.interface.data.test is None:
        raise InputError(f"{request.interface.label} has no test: there is nothing to boot")
    subject = _subject(request, stages)
    directory = _directory(request, subject)
    patches = _patches(subject, directory, stages) if request.is_whole else ()
    with _built(request, subject, stages) as built:
        if built.outcome is not Outcome.PASS:
            verdict = _build_verdict(built)
        else:
            verdict = _boot(request, built, directory / _log_name(request), progress)
    whole = replace(verdict, stages=(*stages.done, *verdict.stages))
    return Result(whole, directory, patches)


def saved(request: Request, made: Made | None = None) -> Verdict | None:
    """Return the verdict of an earlier run of the same commit on the same machine, judged anew.

    None without one, or if that run was cut short. `made` are the version's commits if they are
    known: then nothing is rendered again.
    """
    subject = _subject(request, _Stages(ignore_progress), made)
    log = _directory(request, subject) / _log_name(request)
    if not log.is_file():
        return None
    verdict = parse_log(log, request.version.expected if request.version else ())
    is_usable = verdict.machine == request.machine and verdict.outcome not in _CUT_SHORT
    return verdict if is_usable else None


def build_only(request: Request, progress: Progress = ignore_progress) -> BuildResult:
    """Build what QEMU would boot; `stages` of the result are those of the whole way."""
    stages = _Stages(progress)
    with _built(request, _subject(request, stages), stages) as built:
        return replace(built, stages=tuple(stages.done))


def _subject(request: Request, stages: _Stages, made: Made | None = None) -> _Subject:
    progress, version = stages.progress, request.version
    with stages("tree"):
        stored = commits.base_of(
            request.tree, request.base, request.interface, progress, is_stock=request.is_stock
        )
    with stages("commit"):
        if version is not None and not request.is_stock:
            made = made or commits.commit(version, stored)
            stored = StoredCommit(stored.store, made.commit_id)
        if request.interface.data.test is not None:
            spec = version.spec if version else None
            stored = commits.add_test(stored, request.interface, spec)
        return _Subject(stored, made)


def _directory(request: Request, subject: _Subject) -> Path:
    name = request.version.name if request.version else "none"
    return cache.root() / "results" / f"{name}-{subject.stored.commit_id[:12]}"


def _log_name(request: Request) -> str:
    return f"console-{request.machine}.log"


def _patches(subject: _Subject, directory: Path, stages: _Stages) -> tuple[Path, ...]:
    """Write the mails of the series beside its results, unsigned where it has no author yet."""
    if subject.made is None:
        return ()
    with stages("series"):
        mails = commits.outgoing(subject.made, sign=None)
        return tuple(commits.write_patch(directory, mail) for mail in mails)


@contextmanager
def _built(request: Request, subject: _Subject, stages: _Stages) -> Iterator[BuildResult]:
    """Build a commit; its worktree stays locked until the block ends."""
    commit = subject.stored.commit_id
    with ExitStack() as stack:
        with stages("checkout"):
            checkout = subject.stored.store.checked_out(commit, BUILD_WORKTREE, stages.progress)
            tree = stack.enter_context(checkout)
        if request.is_whole and subject.made is not None:
            with stages("kconfig", "checking the symbol on the full tree"):
                check_kconfig(subject.made, tree)
        plan = build.build_plan(request.interface)
        output = build.output_directory(tree, plan)
        result = build.build(
            BuildRequest(tree, output, plan, identity=f"commit {commit}"), stages.progress
        )
        stages.done += result.stages
        yield result


def _build_verdict(built: BuildResult) -> Verdict:
    messages = tuple(str(message) for message in built.messages)[-20:]
    return Verdict(built.outcome, built.reason, last_lines=messages, log=built.log)


def _boot(request: Request, built: BuildResult, log: Path, progress: Progress) -> Verdict:
    if built.vmlinux is None or built.initramfs is None:
        raise InfraError(f"{built.log}: the build made no kernel to boot")
    chosen = load_machine(request.machine)
    limits = chosen.limits
    if request.timeout_seconds is not None:
        limits = replace(limits, total=request.timeout_seconds)
    return boot(
        BootRequest(
            machine=chosen,
            vmlinux=built.vmlinux,
            initramfs=built.initramfs,
            log=log,
            expected=request.version.expected if request.version else (),
            limits=limits,
        ),
        progress,
    )
