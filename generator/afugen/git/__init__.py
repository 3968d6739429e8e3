# SPDX-License-Identifier: GPL-2.0-only
"""Kernel trees, and afugen's own repositories: the only user of GitPython.

The user's repository is read through alternates and written in one place only
(`Repository.update_branch`); everything else happens in the cache.
"""

from afugen.git.base import DirBase, GitBase, Overlay, Readable
from afugen.git.branch import Branch, BranchUpdate
from afugen.git.commit import CommitData
from afugen.git.history import Commit
from afugen.git.importing import BUILD_WORKTREE, import_directory, import_tarball, imported_tarball
from afugen.git.sender import sender
from afugen.git.store import Store, Stored
from afugen.git.tarball import TarballBase
from afugen.git.tree import Directory, Repository, Tree, open_tree

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
