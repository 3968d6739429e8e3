# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's configuration: everything off, then what the fragments ask for, then a check."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from afugen import cache
from afugen.build import fragments, kbuild, kconfig
from afugen.build.request import BuildRequest
from afugen.command import CompletedProcess
from afugen.errors import KconfigError

# What `make tinyconfig` of the tree adds to allnoconfig; trees differ in it (SLOB, SLUB_TINY).
_TINY = ("kernel/configs/tiny-base.config", "kernel/configs/tiny.config")
_KCONFIG_FILE = re.compile(r"^\t(\S+) \\$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Configured:
    """A configuration step: `failed` is the make that failed, None if none did."""

    changed: bool
    failed: CompletedProcess | None = None


def requested_options(request: BuildRequest) -> tuple[fragments.Option, ...]:
    """Return the options that the fragments ask for."""
    return fragments.read(request.fragments())


def request_text(request: BuildRequest) -> str:
    """Return the tree's tinyconfig and the fragments as one file, each option once."""
    tiny = (request.tree / name for name in _TINY)
    base = fragments.read(path for path in tiny if path.is_file())
    return fragments.text(fragments.merge((*base, *requested_options(request))))


def configure(request: BuildRequest, log: Path) -> Configured:
    """Make .config, unless fragments and Kconfig files are those that it was made from.

    KconfigError names each requested option that was dropped and what it depends on.
    """
    text = request_text(request)
    state = _state_file(request)
    if state.exists() and json.loads(state.read_text()) == _state(request, text):
        return Configured(changed=False)
    state.unlink(missing_ok=True)
    requested = request.record / "request.config"  # written with the other records
    config = request.output / ".config"
    before = config.read_bytes() if config.exists() else b""
    # `allnoconfig` with KCONFIG_ALLCONFIG is how the kernel makes its tinyconfig. Adding the
    # fragments there, not to the finished .config, keeps what they make visible off as well.
    done = kbuild.make(request, f"KCONFIG_ALLCONFIG={requested}", "allnoconfig", log=log)
    if done.returncode:
        return Configured(changed=True, failed=done)
    _verify(request, config.read_text())
    return Configured(changed=config.read_bytes() != before)


def record_inputs(request: BuildRequest) -> None:
    """Record what .config was made from; only after a build are all Kconfig files known."""
    state = _state(request, request_text(request))
    cache.write_atomically(_state_file(request), json.dumps(state).encode())


def _verify(request: BuildRequest, config: str) -> None:
    dropped = fragments.dropped(requested_options(request), config)
    if not dropped:
        return
    tools = request.toolchain
    options = ((option.name, option.value) for option in dropped)
    reasons = kconfig.explain(request.tree, tools.arch, tools.cross_compile, options, config)
    raise KconfigError("\n".join(reasons))


def _state_file(request: BuildRequest) -> Path:
    return request.record / "configured.json"


def _state(request: BuildRequest, text: str) -> dict[str, str]:
    """Return digests of what a .config depends on, by content: a checkout changes mtimes."""
    digest = hashlib.sha256(text.encode())
    for path in _kconfig_files(request):
        digest.update(path.read_bytes() if path.is_file() else b"\0")
    config = request.output / ".config"
    made = hashlib.sha256(config.read_bytes()).hexdigest() if config.exists() else ""
    return {"inputs": digest.hexdigest(), "config": made}


def _kconfig_files(request: BuildRequest) -> tuple[Path, ...]:
    """Return the Kconfig files that kbuild read when it last synchronised the configuration."""
    listed = request.output / "include" / "config" / "auto.conf.cmd"
    if not listed.exists():
        return ()
    names = dict.fromkeys(_KCONFIG_FILE.findall(listed.read_text()))
    return tuple(request.tree / name for name in names)
