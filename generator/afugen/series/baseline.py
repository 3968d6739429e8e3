# SPDX-License-Identifier: GPL-2.0-only
"""The stage `baseline`: what a tree's files become without a feature that it has.

Files are found by searching the whole tree for the feature's identifiers; no path is known
beforehand. Other files are read only to understand these: what they include, and who includes a
header that would lose an #include of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from posixpath import basename, dirname, join, normpath

from afugen.errors import FeatureError, TreeError
from afugen.strip import Stripped, strip
from afugen.strip.feature import Feature
from afugen.strip.tables import SOURCES, meant_by

Find = Callable[[tuple[str, ...]], Iterable[str]]
Read = Callable[[str], bytes]

_INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*("[^"\n]+"|<[^>\n]+>)', re.MULTILINE)


def baseline(find: Find, read: Read, feature: Feature, label: str = "the tree") -> Stripped:
    """The files of a tree that change when the feature is taken out of it.

    `find` gives the paths, of the whole tree, of the files that have one of the words as a whole
    word; `read` gives a file, or raises TreeError. FeatureError if there is nothing to remove,
    or something that cannot be removed.
    """
    files: dict[str, bytes] = {}
    searched: set[str] = set()
    words, headers = set(feature.words), set[str]()
    while words | headers:
        found = find(tuple(sorted(words))) if words else ()
        for path in found:
            _add(files, path, read)
        for header in sorted(headers):
            _add_readers(files, header, find, read)
        searched |= words | headers
        result = strip(files, feature)
        words, headers = set(result.found) - searched, _changed_headers(files, result) - searched
    if not result.files:
        raise FeatureError(f"{label}: nothing to remove: it has nothing of the {feature.name}")
    if result.stuck:
        places = "; ".join(map(str, result.stuck))
        raise FeatureError(f"{label}: cannot tell how to remove the {feature.name} from {places}")
    return result


def _add(files: dict[str, bytes], path: str, read: Read) -> None:
    """Read a file, and the files in its own directory that it includes."""
    if path in files:
        return
    files[path] = read(path)
    if not path.endswith(SOURCES):
        return
    for said in _INCLUDE.findall(files[path]):
        if said.startswith(b'"'):
            place = normpath(join(dirname(path), said.decode("utf-8", "replace").strip('"')))
            # what is not there is found by an -I of some Makefile, or generated
            with suppress(TreeError):
                _add(files, place, read)


def _add_readers(files: dict[str, bytes], header: str, find: Find, read: Read) -> None:
    """Read the files that include a header."""
    for path in find((basename(header),)):
        if path.endswith(SOURCES) and path not in files:
            source = read(path)
            said = (word.decode("utf-8", "replace") for word in _INCLUDE.findall(source))
            if any(meant_by(path, word, (header,)) for word in said):
                _add(files, path, read)
                if path.endswith(".h"):
                    _add_readers(files, path, find, read)


def _changed_headers(files: dict[str, bytes], result: Stripped) -> set[str]:
    """The headers that would lose an #include, which their readers may depend on."""
    return {
        path
        for path, source in result.files
        if path.endswith(".h") and _INCLUDE.findall(source) != _INCLUDE.findall(files[path])
    }
