# SPDX-License-Identifier: GPL-2.0-only
"""Kernel trees and afugen's own repositories: the only user of git and GitPython.

The user's repository is read through alternates. Only `Repository.update_branch` writes to it;
everything else is written to the cache.
"""

from afugen.git.branch import BranchUpdate
from afugen.git.commit import CommitData
from afugen.git.files import CommitFiles, DirectoryFiles, Overlay, TreeFiles
from afugen.git.history import Commit, list_commits, merge_base, range_diff
from afugen.git.identity import user_identity
from afugen.git.importing import BUILD_WORKTREE, import_tarball
from afugen.git.store import Store, StoredCommit
from afugen.git.tarball import TarballFiles
from afugen.git.tree import Repository, open_tree

__all__ = [
    "BUILD_WORKTREE",
    "BranchUpdate",
    "Commit",
    "CommitData",
    "CommitFiles",
    "DirectoryFiles",
    "Overlay",
    "Repository",
    "Store",
    "StoredCommit",
    "TarballFiles",
    "TreeFiles",
    "import_tarball",
    "list_commits",
    "merge_base",
    "open_tree",
    "range_diff",
    "user_identity",
]
