# SPDX-License-Identifier: GPL-2.0-only
"""The name and address under which the user sends mail, from the user's git configuration."""

from __future__ import annotations

import re
from pathlib import Path

from afugen.errors import InputError
from afugen.git.process import run_as_user

_IDENT = re.compile(r"(?P<name>.*) <(?P<email>.*)> \d+ [+-]\d+")


def user_identity(directory: Path) -> tuple[str, str]:
    """Return the name and address of git's user in `directory`; raise InputError if unset."""
    # Without useConfigOnly git invents an address from the login and host names.
    result = run_as_user(directory, "-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT")
    ident = None if result.status else _IDENT.fullmatch(result.stdout.decode().strip())
    if ident is None or not ident["name"].strip():
        raise InputError(
            "this series has no author yet: whoever sends it signs it, and git does not know you; "
            "say git config --global user.name and user.email"
        )
    return ident["name"], ident["email"]
