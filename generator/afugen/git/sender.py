# SPDX-License-Identifier: GPL-2.0-only
"""Whose name goes under mail: the one thing that the user's own git configuration decides."""

from __future__ import annotations

import re
from pathlib import Path

from afugen.errors import InputError
from afugen.git.process import user_git

_IDENT = re.compile(r"(?P<name>.*) <(?P<email>.*)> \d+ [+-]\d+")


def sender(where: Path) -> tuple[str, str]:
    """Name and address of the user whose git works in `where`; InputError if git knows none."""
    # What git would make up of the login and the host's name is nobody's address.
    answer = user_git(where, "-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT")
    found = None if answer.status else _IDENT.fullmatch(answer.stdout.decode().strip())
    if found is None or not found["name"].strip():
        raise InputError(
            "this series has no author yet: whoever sends it signs it, and git does not know you; "
            "say git config --global user.name and user.email"
        )
    return found["name"], found["email"]
