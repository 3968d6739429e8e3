# SPDX-License-Identifier: GPL-2.0-only
"""drivers/misc/cxl of a commit, compiled by itself: what is said about it, and its symbol CRCs.

Through kbuild as any build, in O= directories of their own. A result is kept under what it was
made from (the tree less what no compiler reads, the configuration, the tools), so that a commit
which was seen before costs no compiler, and no checkout either.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from afugen import build, cache, command
from afugen.abi.exports import Exports, read_symtypes, read_versions
from afugen.build import BuildRequest, Message, config, kbuild, messages, probes, record
from afugen.command import Finished, Progress, ProgressEvent, ignore_progress
from afugen.errors import CompileError, TreeError
from afugen.git import BUILD_WORKTREE, Stored

DIRECTORY = "drivers/misc/cxl"
FRAGMENTS = ("powernv", "cxl", "gates")
# Besides, where a tree has the test module.
SOFTAFU = (*FRAGMENTS, "softafu")
_SOFTAFU_SYMBOL = re.compile(rb"^config CXL_SOFTAFU$", re.MULTILINE)
SPARSE_PREFIX = "sparse: "
# What no object depends on, at the top of a tree and in tools/.
_UNREAD = frozenset(
    {"Documentation", "LICENSES", "samples", "CREDITS", "MAINTAINERS", "README", "COPYING",
     "testing", ".gitignore", ".mailmap"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compiled:
    """A pass over the directory; `exports` has no symbols where the pass was not for them."""

    is_good: bool
    messages: tuple[Message, ...]
    exports: Exports

    @property
    def good(self) -> Compiled:
        """Itself; CompileError with the first error if it did not get through."""
        if self.is_good:
            return self
        errors = [str(message) for message in self.messages if message.severity == "error"]
        raise CompileError(errors[0] if errors else f"{DIRECTORY} does not compile")


def compiled(stored: Stored, progress: Progress = ignore_progress) -> Compiled:
    """gcc as kbuild calls it by default; symbol CRCs, and the types that they are made of."""
    return _kept(stored, "default", "", progress, _compile)


def exported(stored: Stored, progress: Progress = ignore_progress) -> Exports:
    """Return what the directory of a commit exports; CompileError if it does not compile.

    Takes the lock of the build worktree when it compiles: not to be called by who holds it.
    """
    return compiled(stored, progress).good.exports


def compiled_w1(stored: Stored, progress: Progress = ignore_progress) -> Compiled:
    """gcc with the warnings of `make W=1` besides."""
    return _kept(stored, "w1", "", progress, _compile_w1)


def checked(stored: Stored, progress: Progress = ignore_progress) -> Compiled:
    """sparse; MissingTool where it is not installed."""
    version = command.run(["sparse", "--version"], deadline_seconds=60).output.strip()
    return _kept(stored, "sparse", version, progress, _check)


def compile_tree(tree: Path, progress: Progress = ignore_progress) -> Compiled:
    """`compiled` of a checked-out worktree, now; whoever holds its lock may call this."""
    return _compile(tree, progress)


def _kept(
    stored: Stored,
    name: str,
    tool: str,
    progress: Progress,
    make: Callable[[Path, Progress], Compiled],
) -> Compiled:
    """What is in the cache, or what `make` makes of the commit's worktree."""
    path = cache.root() / "gates" / _key(stored, tool) / f"{name}.json"
    if path.is_file():
        return _loaded(json.loads(path.read_bytes()))
    progress(ProgressEvent("gates", f"{name} pass over {DIRECTORY} of {stored.commit_id[:12]}"))
    with stored.store.checked_out(stored.commit_id, BUILD_WORKTREE, progress) as tree:
        made = make(tree, progress)
    cache.write_atomically(path, json.dumps(_saved(made)).encode())
    return made


def _key(stored: Stored, tool: str) -> str:
    """Names what a pass over a commit depends on."""
    tools = build.toolchain()
    paths = BuildRequest(Path(), Path(), SOFTAFU).fragment_paths()
    digest = hashlib.sha256()
    for part in (
        json.dumps(sorted(_read_by_compilers(stored).items())),
        *(path.read_text() for path in paths),
        tools.version(),
        tool,
        cache.recipe(__name__),
    ):
        digest.update(f"{len(part)} {part}".encode())
    return digest.hexdigest()[:32]


def _read_by_compilers(stored: Stored) -> dict[str, str]:
    """The ids of the files and directories that matter, by name."""
    listed = stored.store.directory_ids(stored.commit_id)
    tools = listed.pop("tools", None)
    if tools is not None:
        inner = stored.store.directory_ids(f"{stored.commit_id}:tools")
        listed |= {f"tools/{name}": one for name, one in inner.items() if name not in _UNREAD}
    return {name: one for name, one in listed.items() if name not in _UNREAD}


def _saved(made: Compiled) -> dict[str, object]:
    return {
        "is_good": made.is_good,
        "messages": [
            [one.file, one.line, one.column, one.severity, one.text] for one in made.messages
        ],
        "homes": dict(made.exports.homes),
        "crcs": dict(made.exports.crcs),
        "types": {name: dict(types) for name, types in made.exports.types.items()},
    }


def _loaded(saved: Mapping[str, object]) -> Compiled:
    found: dict[str, object] = dict(saved)
    exports = Exports(found["crcs"], found["homes"], found["types"])  # type: ignore[arg-type]
    said = tuple(Message(*one) for one in found["messages"])  # type: ignore[attr-defined]
    return Compiled(bool(found["is_good"]), said, exports)


def _compile(tree: Path, progress: Progress) -> Compiled:
    with _configured(tree, "", progress) as request:
        done = _make(request, "default", "KBUILD_SYMTYPES=1", afresh=True)
        found = _read_exports(request.output / DIRECTORY, tree) if not done.returncode else _NONE
    return Compiled(not done.returncode, _said(done, tree), found)


def _compile_w1(tree: Path, progress: Progress) -> Compiled:
    # In a directory of its own: kbuild's own programs are made again when W changes.
    with _configured(tree, "-w1", progress) as request:
        done = _make(request, "w1", "W=1", afresh=True)
    return Compiled(not done.returncode, _said(done, tree), _NONE)


def _check(tree: Path, progress: Progress) -> Compiled:
    # With C=2 kbuild checks also what it need not compile.
    checker = f"CHECK={command.require('sparse')} -fdiagnostic-prefix"
    with _configured(tree, "", progress) as request:
        done = _make(request, "sparse", "KBUILD_SYMTYPES=1", "C=2", checker, afresh=False)
    return Compiled(not done.returncode, _sparse_said(done, tree), _NONE)


_NONE = Exports({}, {}, {})


@contextmanager
def _configured(tree: Path, suffix: str, progress: Progress) -> Iterator[BuildRequest]:
    """An O= directory for the tree, configured, ours until the block ends."""
    has_softafu = _SOFTAFU_SYMBOL.search((tree / DIRECTORY / "Kconfig").read_bytes())
    fragments = SOFTAFU if has_softafu else FRAGMENTS
    output = build.output_directory(tree, fragments)
    request = BuildRequest(tree, output.with_name(output.name + suffix), fragments)
    request.record.mkdir(parents=True, exist_ok=True)
    with cache.locked(request.output.with_name(f"{request.output.name}.lock"), progress):
        probes.place(request)
        record.write(request, config.request_text(request))
        log = request.record / "configure.log"
        configured = config.configure(request, log)
        if configured.failed:
            kbuild.refuse_trouble(configured.failed, log)
            said = messages.parse(configured.failed.output.splitlines(), tree)
            raise TreeError(f"{tree}: no configuration: {said[0] if said else log}")
        yield request
        config.remember(request)


def _make(request: BuildRequest, name: str, *arguments: str, afresh: bool) -> Finished:
    """Compile the directory; `afresh`, so that gcc says everything again."""
    if afresh:
        for made in (request.output / DIRECTORY).glob("*.o"):
            made.unlink()
    log = request.record / f"{name}.log"
    # All that can be said is wanted, not only what comes before the first error.
    done = kbuild.make(request, "--keep-going", *arguments, f"{DIRECTORY}/", log=log)
    kbuild.refuse_trouble(done, log)
    return done


def _said(done: Finished, tree: Path) -> tuple[Message, ...]:
    """What is said of the tree's own code; not of the programs that kbuild makes for itself."""
    found = messages.parse(done.output.splitlines(), tree)
    return tuple(one for one in found if not one.file.startswith(("scripts/", "tools/")))


def _sparse_said(done: Finished, tree: Path) -> tuple[Message, ...]:
    """sparse's complaints; what it puts on further lines (the types it means) joined to the first.

    `file.c:1:2: sparse: warning: text` and `file.c:1:2: sparse:    expected …`.
    """
    found: list[Message] = []
    for line in done.output.splitlines():
        place, prefix, said = line.partition(SPARSE_PREFIX)
        if not prefix:
            continue
        one = messages.parse_line(place + said, tree)
        if one is not None:
            found.append(one)
        elif found and said.startswith("  "):
            text = f"{found[-1].text.rstrip(':')}; {said.strip()}"
            found[-1] = replace(found[-1], text=text)
    return tuple(found)


def _read_exports(directory: Path, tree: Path) -> Exports:
    """The CRCs in kbuild's command files, and the types in genksyms' dumps."""
    versions: dict[str, tuple[str, str]] = {}
    types: dict[str, Mapping[str, str]] = {}
    for recorded in sorted(directory.glob(".*.o.cmd")):
        home = recorded.name.removeprefix(".").removesuffix(".o.cmd")
        of_home = read_versions(recorded.read_text())
        if of_home:
            versions |= {symbol: (crc, home) for symbol, crc in of_home.items()}
            types[home] = read_symtypes((directory / f"{home}.symtypes").read_text())
    if not versions:
        raise TreeError(f"{tree}: this tree's kbuild leaves no #SYMVER lines beside its objects")
    ordered = sorted(versions.items())
    return Exports(
        {symbol: crc for symbol, (crc, _) in ordered},
        {symbol: home for symbol, (_, home) in ordered},
        types,
    )
