# SPDX-License-Identifier: GPL-2.0-only
"""The driver's directory of a commit, compiled by itself: compiler messages and symbol CRCs.

Through kbuild as any build, in O= directories of its own. A result is cached under what it was
made from (the tree without what no compiler reads, the configuration, the tools), so that a commit
which was compiled before costs no compiler, and no checkout either.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from afugen import build, cache, command
from afugen.abi.exports import Exports, read_symtypes, read_versions
from afugen.build import BuildRequest, Message
from afugen.command import CompletedProcess, Progress, ProgressEvent, ignore_progress
from afugen.errors import CompileError, TreeError
from afugen.git import BUILD_WORKTREE, StoredCommit
from afugen.spec.interface import Interface

_SPARSE_PREFIX = "sparse: "
# What no object depends on, at the top of a tree and in tools/.
_UNREAD = frozenset(
    {"Documentation", "LICENSES", "samples", "CREDITS", "MAINTAINERS", "README", "COPYING",
     "testing", ".gitignore", ".mailmap"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compiled:
    """The result of compiling a directory; only `compiled` returns `exports`."""

    is_good: bool
    messages: tuple[Message, ...]
    exports: Exports = field(default_factory=lambda: Exports({}, {}, {}))

    def refuse_failure(self, directory: str) -> None:
        """Raise CompileError with the first error if the directory does not compile."""
        if not self.is_good:
            errors = [str(message) for message in self.messages if message.severity == "error"]
            raise CompileError(errors[0] if errors else f"{directory} does not compile")


def compiled(
    stored: StoredCommit, interface: Interface, progress: Progress = ignore_progress
) -> Compiled:
    """Compile with gcc as kbuild calls it by default; also returns symbol CRCs and their types."""
    return _cached(stored, interface, progress, _compile, name="default")


def exported(
    stored: StoredCommit, interface: Interface, progress: Progress = ignore_progress
) -> Exports:
    """Return the symbols that the directory exports; CompileError if it does not compile.

    Locks the build worktree when it compiles: not for callers that hold that lock.
    """
    made = compiled(stored, interface, progress)
    made.refuse_failure(interface.data.build.directory)
    return made.exports


def compiled_w1(
    stored: StoredCommit, interface: Interface, progress: Progress = ignore_progress
) -> Compiled:
    """Compile with the additional warnings of `make W=1`."""
    return _cached(stored, interface, progress, _compile_w1, name="w1")


def checked(
    stored: StoredCommit, interface: Interface, progress: Progress = ignore_progress
) -> Compiled:
    """Check with sparse; MissingToolError where it is not installed."""
    version = command.run(["sparse", "--version"], deadline_seconds=60).output.strip()
    return _cached(stored, interface, progress, _check, name="sparse", tool=version)


def _cached(
    stored: StoredCommit,
    interface: Interface,
    progress: Progress,
    make: Callable[[Path, Interface, Progress], Compiled],
    *,
    name: str,
    tool: str = "",
) -> Compiled:
    """Return a result from the cache, or made by `make` in a worktree of the commit."""
    path = cache.root() / "gates" / _key(stored, interface, tool) / f"{name}.json"
    if path.is_file():
        return _loaded(json.loads(path.read_bytes()))
    directory = interface.data.build.directory
    progress(ProgressEvent("gates", f"{name} pass over {directory} of {stored.commit_id[:12]}"))
    with stored.store.checked_out(stored.commit_id, BUILD_WORKTREE, progress) as tree:
        made = make(tree, interface, progress)
    cache.write_atomically(path, json.dumps(_saved(made)).encode())
    return made


def _key(stored: StoredCommit, interface: Interface, tool: str) -> str:
    """Return a digest of everything that shapes the result for a commit."""
    plan = build.check_plan(interface, with_test=True)
    digest = hashlib.sha256()
    for part in (
        json.dumps(sorted(_compiled_entries(stored).items())),
        interface.data.build.directory,
        *(path.read_text() for path in BuildRequest(Path(), Path(), plan).fragments()),
        repr(build.toolchain()),
        build.toolchain().version(),
        tool,
        cache.code_digest(__name__),
    ):
        digest.update(f"{len(part)} {part}".encode())
    return digest.hexdigest()[:32]


def _compiled_entries(stored: StoredCommit) -> dict[str, str]:
    """Return the ids of the files and directories that objects may depend on, by name."""
    listed = stored.store.entry_ids(stored.commit_id)
    tools = listed.pop("tools", None)
    if tools is not None:
        inner = stored.store.entry_ids(f"{stored.commit_id}:tools")
        listed |= {f"tools/{name}": id_ for name, id_ in inner.items() if name not in _UNREAD}
    return {name: id_ for name, id_ in listed.items() if name not in _UNREAD}


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
    messages = tuple(Message(*one) for one in found["messages"])  # type: ignore[attr-defined]
    return Compiled(bool(found["is_good"]), messages, exports)


def _compile(tree: Path, interface: Interface, progress: Progress) -> Compiled:
    directory = interface.data.build.directory
    with _configured(tree, interface, "", progress) as request:
        done = _make(request, directory, "default", "KBUILD_SYMTYPES=1", afresh=True)
        if done.returncode:
            return Compiled(is_good=False, messages=_messages(done, tree))
        exports = _read_exports(request.output / directory, tree / directory)
    return Compiled(is_good=True, messages=_messages(done, tree), exports=exports)


def _compile_w1(tree: Path, interface: Interface, progress: Progress) -> Compiled:
    # In a directory of its own: kbuild's own programs are made again when W changes.
    with _configured(tree, interface, "-w1", progress) as request:
        done = _make(request, interface.data.build.directory, "w1", "W=1", afresh=True)
    return Compiled(not done.returncode, _messages(done, tree))


def _check(tree: Path, interface: Interface, progress: Progress) -> Compiled:
    # With C=2 kbuild checks also what it need not compile.
    arguments = (
        "KBUILD_SYMTYPES=1",
        "C=2",
        f"CHECK={command.require('sparse')} -fdiagnostic-prefix",
    )
    with _configured(tree, interface, "", progress) as request:
        done = _make(request, interface.data.build.directory, "sparse", *arguments, afresh=False)
    return Compiled(not done.returncode, _sparse_messages(done, tree))


@contextmanager
def _configured(
    tree: Path, interface: Interface, suffix: str, progress: Progress
) -> Iterator[BuildRequest]:
    """Hold an O= directory, configured for the tree, until the block ends."""
    plan = build.check_plan(interface, with_test=build.has_test(interface, tree))
    output = build.output_directory(tree, plan)
    request = BuildRequest(tree, output.with_name(output.name + suffix), plan)
    with build.configured(request, progress):
        yield request


def _make(
    request: BuildRequest, directory: str, name: str, *arguments: str, afresh: bool
) -> CompletedProcess:
    """Compile the directory; `afresh`, so that gcc prints every message again."""
    if afresh:
        for made in (request.output / directory).rglob("*.o"):
            made.unlink()
    log = request.record / f"{name}.log"
    # Every message is wanted, not only those before the first error.
    done = build.make(request, "--keep-going", *arguments, f"{directory}/", log=log)
    build.refuse_trouble(done, log)
    return done


def _messages(done: CompletedProcess, tree: Path) -> tuple[Message, ...]:
    """Return the messages about the tree's own code, not kbuild's own programs."""
    found = build.messages_in(done.output.splitlines(), tree)
    return tuple(one for one in found if not one.file.startswith(("scripts/", "tools/")))


def _sparse_messages(done: CompletedProcess, tree: Path) -> tuple[Message, ...]:
    """Return sparse's messages, with the types that it prints on lines of their own.

    `file.c:1:2: sparse: warning: text` and `file.c:1:2: sparse:    expected …`.
    """
    found: list[Message] = []
    for line in done.output.splitlines():
        place, prefix, text = line.partition(_SPARSE_PREFIX)
        if not prefix:
            continue
        message = build.message_in(place + text, tree)
        if message is not None:
            found.append(message)
        elif found and text.startswith("  "):
            joined = f"{found[-1].text.rstrip(':')}; {text.strip()}"
            found[-1] = replace(found[-1], text=joined)
    return tuple(found)


def _read_exports(objects: Path, sources: Path) -> Exports:
    """Return the CRCs in kbuild's command files, and the types in genksyms' dumps."""
    versions: dict[str, tuple[str, str]] = {}
    types: dict[str, Mapping[str, str]] = {}
    for recorded in sorted(objects.rglob(".*.o.cmd")):
        name = recorded.name.removeprefix(".").removesuffix(".o.cmd")
        home = str(recorded.with_name(name).relative_to(objects))
        crcs = read_versions(recorded.read_text())
        if crcs:
            versions |= {symbol: (crc, home) for symbol, crc in crcs.items()}
            types[home] = read_symtypes((objects / f"{home}.symtypes").read_text())
    if not versions and any(b"EXPORT_SYMBOL" in one.read_bytes() for one in sources.rglob("*.c")):
        raise TreeError(f"{sources}: this tree's kbuild leaves no #SYMVER lines beside its objects")
    ordered = sorted(versions.items())
    return Exports(
        {symbol: crc for symbol, (crc, _) in ordered},
        {symbol: home for symbol, (_, home) in ordered},
        types,
    )
