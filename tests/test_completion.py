# SPDX-License-Identifier: GPL-2.0-only
"""The completion scripts in the shells that they are for: what a TAB offers."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from afugen.cli.arguments import SHELLS
from afugen.cli.commands import COMMANDS
from afugen.cli.completion import script

_BASH = """
source "$1"
read -ra COMP_WORDS <<< "$2"
if [[ $2 == *" " ]]; then COMP_WORDS+=(""); fi
COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
_shtab_afugen
printf '%s\\n' "${COMPREPLY[@]}"
"""
_FISH = "source $argv[1]; complete -C $argv[2] | string replace -r '\\t.*' ''"
# A shell on a pseudo-terminal, as zsh completes nowhere else; `zpty -r` waits for the pattern.
_ZSH = """
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "autoload -Uz compinit && compinit -u -D && bindkey '^I' list-choices &&
eval \\"\\$(<'$1')\\" && print DEFI''NED"
zpty -r -m shell seen '*DEFINED*'
zpty -w -n shell "$2"$'\\t'
zpty -r -m shell seen "*$3*"
zpty -w -n shell $'\\C-u'
print -r -- "$3"
"""


def offered(shell: str, words: str, wanted: str, where: Path) -> list[str]:
    """Return what a TAB after `words` offers; zsh returns `wanted`, or runs into the time limit."""
    if shutil.which(shell) is None:
        pytest.fail(f"{shell} is not installed; install it with: apt-get install {shell}")
    file = where / f"completion.{shell}"
    file.write_text(script(shell))
    argv = {
        "bash": ("bash", "--norc", "-c", _BASH, "bash", file, words),
        "fish": ("fish", "--no-config", "-c", _FISH, file, words),
        "zsh": ("zsh", "-f", "-c", _ZSH, "zsh", file, words, wanted),
    }[shell]
    done = subprocess.run(
        argv, cwd=where, capture_output=True, text=True, check=False, timeout=60,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.split("\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("afugen ba", "baseline"),
        ("afugen run v", "v2"),
        ("afugen run --mac", "--machine"),
        ("afugen run v1 --tree li", "linux"),
        ("afugen run --machine powernv1", "powernv10"),
        ("afugen interface c", "cxl"),
        ("afugen parse con", "console.log"),
        ("afugen schema ", "review"),
    ],
)
def test_a_tab_offers_what_the_command_accepts(tmp_path, shell, words, wanted):
    (tmp_path / "linux").mkdir()
    (tmp_path / "console.log").touch()
    found = offered(shell, words, wanted, tmp_path)
    assert wanted in [one.rstrip("/") for one in found]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_knows_every_command_and_is_sound(shell):
    text = script(shell)
    assert all(command.name in text for command in COMMANDS)
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=text, text=True, check=True)
