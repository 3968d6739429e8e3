# SPDX-License-Identifier: GPL-2.0-only
"""Small real repositories of users, also with a hostile configuration."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

FILES = {
    ".gitattributes": "*.c diff=cpp\n*.h diff=hostile\n",
    "Kconfig": "config CXL\n\tbool\n",
    "Makefile": "VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 192\nEXTRAVERSION =\n",
    "drivers/misc/cxl/file.c": "".join(
        f"static int f{n}(void)\n{{\nout:\n\treturn {n};\n}}\n\n" for n in range(9)
    ),
    "include/misc/cxl.h": "#ifndef _CXL_H\n#define _CXL_H\n\nint a(void);\n\n#endif\n",
    "scripts/run.sh": "#!/bin/sh\n",
}

_HOSTILE = """\
[core]
	abbrev = 20
	autocrlf = true
	attributesFile = {evil}/attributes
	fsmonitor = {evil}/trap
	hooksPath = {evil}/hooks
	quotePath = false
	pager = {evil}/trap
[color]
	ui = always
[commit]
	gpgSign = true
	cleanup = strip
[diff]
	algorithm = patience
	colorMoved = zebra
	context = 9
	external = {evil}/trap
	interHunkContext = 20
	mnemonicPrefix = true
	noprefix = true
	orderFile = {evil}/order
	renames = false
	statGraphWidth = 3
	wsErrorHighlight = all
[diff "hostile"]
	textconv = {evil}/trap
	command = {evil}/trap
	xfuncname = "^never$"
[diff "cpp"]
	xfuncname = "^(out:)"
[filter "trap"]
	clean = {evil}/trap
	smudge = {evil}/trap
	required = true
[format]
	attach = yes
	coverLetter = true
	from = Somebody Else <else@example.com>
	headers = "X-Hostile: yes\\n"
	numbered = true
	outputDirectory = {evil}/out
	pretty = oneline
	signature = hostile
	signOff = true
	subjectPrefix = HOSTILE
	suffix = .txt
	thread = deep
	to = else@example.com
	useAutoBase = true
	notes = true
[gpg]
	program = {evil}/trap
[i18n]
	commitEncoding = ISO-8859-1
	logOutputEncoding = ISO-8859-1
[log]
	showSignature = true
[user]
	useConfigOnly = true
"""
_TRAP = '#!/bin/sh\ntouch "{evil}/sprung-$(basename "$0")"\nexit 1\n'
_HOOKS = (
    "reference-transaction",
    "post-checkout",
    "pre-commit",
    "post-update",
    "post-index-change",
)


def git(where: Path, *args: str, stdin: str | None = None) -> str:
    """Return the stdout of git for a user with an empty configuration."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1",
        **{
            f"GIT_{role}_{key}": value
            for role in ("AUTHOR", "COMMITTER")
            for key, value in {
                "NAME": "User",
                "EMAIL": "user@example.com",
                "DATE": "1400000000 +0200",
            }.items()
        },
    }
    ran = subprocess.run(
        ["git", "-C", str(where), *args],
        env=environment, input=None if stdin is None else stdin.encode(),
        capture_output=True, check=True,
    )  # fmt: skip
    return ran.stdout.decode()


def write(root: Path, files: dict[str, str]) -> None:
    for path, content in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)
    if "scripts/run.sh" in files:
        (root / "scripts/run.sh").chmod(0o755)


def make(root: Path, *, commits: int = 2, object_format: str = "sha1") -> Path:
    """Make a worktree with `commits` commits, the last of which holds FILES."""
    root.mkdir(parents=True)
    git(root, "init", "-q", "-b", "master", f"--object-format={object_format}")
    for number in range(1, commits):
        write(root, {"Kconfig": f"config OLD{number}\n"})
        git(root, "add", "-f", ".")
        git(root, "commit", "-q", "-m", f"commit {number}")
    write(root, FILES)
    git(root, "add", "-f", ".")
    git(root, "commit", "-q", "-m", "the base")
    return root


def make_hostile(evil: Path, git_dir: Path | None, monkeypatch) -> None:
    """Set all configuration and the environment against afugen; traps record that they ran."""
    for name in ("trap", *(f"hooks/{hook}" for hook in _HOOKS)):
        write(evil, {name: _TRAP.format(evil=evil)})
        (evil / name).chmod(0o755)
    attributes = "* diff=hostile filter=trap text eol=crlf\n"
    write(evil, {"attributes": attributes, "order": "*.h\n*\n"})
    config = _HOSTILE.format(evil=evil)
    write(evil, {"home/.gitconfig": config, "system": config})
    monkeypatch.setenv("HOME", str(evil / "home"))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", str(evil / "system"))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "diff.noprefix")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "true")
    for name in ("DIR", "WORK_TREE", "INDEX_FILE", "OBJECT_DIRECTORY", "COMMON_DIR", "NAMESPACE"):
        monkeypatch.setenv(f"GIT_{name}", str(evil / "nowhere"))
    monkeypatch.setenv("GIT_DIFF_OPTS", "--unified=0")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(evil / "trap"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody Else")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "1 +0000")
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    if git_dir is not None:
        with (git_dir / "config").open("a") as file:
            file.write(config)
        write(git_dir, {"info/attributes": attributes})
        for hook in _HOOKS:
            write(git_dir, {f"hooks/{hook}": _TRAP.format(evil=evil)})
            (git_dir / "hooks" / hook).chmod(0o755)


def triggered_traps(evil: Path) -> list[str]:
    """Return the names of the traps that ran."""
    return sorted(path.name for path in evil.glob("sprung-*"))


def snapshot(root: Path) -> dict[str, tuple[int, int, bytes]]:
    """Return the mode, mtime in ns and content of every file and symlink below a directory."""
    files = {}
    for place in sorted(root.rglob("*")):
        status = place.lstat()
        if stat.S_ISREG(status.st_mode):
            content = place.read_bytes()
        elif stat.S_ISLNK(status.st_mode):
            content = os.fsencode(place.readlink())
        else:
            continue
        files[str(place.relative_to(root))] = (status.st_mode, status.st_mtime_ns, content)
    return files


def changed_paths(before: dict[str, object], after: dict[str, object]) -> set[str]:
    """Return the paths in which two snapshots differ."""
    return {path for path in {*before, *after} if before.get(path) != after.get(path)}


def seconds_of(script: str, *arguments: str) -> float:
    """Return how long a script runs after its first line of output."""
    with _started(script, *arguments) as process:
        start = time.monotonic()
        assert process.wait() == 0
        return time.monotonic() - start


def killed_after(seconds: float, script: str, *arguments: str) -> bool:
    """Kill a script some time after its first line, and return whether it was still running."""
    with _started(script, *arguments) as process:
        time.sleep(seconds)
        process.kill()
        return process.wait() == -signal.SIGKILL


def _started(script: str, *arguments: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    return process
