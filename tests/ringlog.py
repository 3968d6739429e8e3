# SPDX-License-Identifier: GPL-2.0-only
"""The second interface, copied for a test: its kernel tree as a repository, and the command line.

`tests/interfaces/ringlog` is an interface as a user of afugen has one: of another subsystem, in
files of its own, with a small kernel tree that it is for.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).parent / "interfaces" / "ringlog"
AFUGEN = Path(sys.executable).parent / "afugen"
DRIVER = "drivers/char/ringlog"


@dataclass(frozen=True)
class Ringlog:
    """A copy: `linux` is a git repository, `interface` and `series` are files of the user's."""

    top: Path
    cache: Path

    @property
    def linux(self) -> Path:
        return self.top / "linux"

    @property
    def environment(self) -> dict[str, str]:
        own = {"XDG_CACHE_HOME": str(self.cache), "GIT_CONFIG_GLOBAL": os.devnull}
        return os.environ | own

    def afugen(self, *arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run afugen in the copy's directory."""
        done = subprocess.run(
            [AFUGEN, *arguments],
            cwd=self.top,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def render(self, version: str = "v2") -> str:
        """The diff that a version makes."""
        return self.afugen("render", f"series/{version}", "--tree", "linux").stdout

    def git(self, *arguments: str) -> str:
        """Run git in the kernel tree."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.linux,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that is in a file of the copy once."""
        text = (self.top / path).read_text()
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {path}"
        (self.top / path).write_text(text.replace(old, new))

    def add(self, path: str, text: str) -> None:
        """Make a file, or add to its end."""
        (self.top / path).parent.mkdir(parents=True, exist_ok=True)
        with (self.top / path).open("a") as file:
            file.write(text)


def copied(top: Path, cache: Path) -> Ringlog:
    """The second interface in an empty directory."""
    shutil.copytree(SOURCE, top, dirs_exist_ok=True)
    (top / "tree").rename(top / "linux")
    copy = Ringlog(top, cache)
    copy.git("init", "-q", "-b", "main")
    copy.git("config", "user.name", "A Developer")
    copy.git("config", "user.email", "developer@example.org")
    copy.git("add", "-A")
    copy.git("commit", "-qm", "base")
    return copy
