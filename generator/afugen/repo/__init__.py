# SPDX-License-Identifier: GPL-2.0-only
"""Kernel trees, and afugen's own repositories: the only user of GitPython.

The user's repository is read through alternates and written in one place only
(`Repository.update_branch`); everything else happens in the cache.
"""

from afugen.repo.base import DirBase, GitBase, Overlay, Readable
from afugen.repo.branch import Branch, BranchUpdate
from afugen.repo.commit import CommitData
from afugen.repo.history import Commit
from afugen.repo.importing import (
    BUILD_WORKTREE,
    import_directory,
    import_tarball,
    imported_tarball,
)
from afugen.repo.sender import sender
from afugen.repo.store import Store, Stored
from afugen.repo.tarball import TarballBase
from afugen.repo.tree import Directory, Repository, Tree, open_tree

__all__ = [
    "BUILD_WORKTREE",
    "Branch",
    "BranchUpdate",
    "Commit",
    "CommitData",
    "DirBase",
    "Directory",
    "GitBase",
    "Overlay",
    "Readable",
    "Repository",
    "Store",
    "Stored",
    "TarballBase",
    "Tree",
    "import_directory",
    "import_tarball",
    "imported_tarball",
    "open_tree",
    "sender",
]
