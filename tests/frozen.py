# SPDX-License-Identifier: GPL-2.0-only
"""Facts of what afugen prints, for `test_frozen.py`: nothing is imported from the package."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import seed

ROOT = Path(__file__).parent.parent
AFUGEN = Path(sys.executable).parent / "afugen"
NAME, EMAIL = "Ada Example", "ada@example.org"
# Files that the test in the tree edits, beside those of tests/seed.py.
BESIDE = {
    "Kconfig": "",
    "Makefile": "VERSION = 4\nPATCHLEVEL = 2\nSUBLEVEL = 0\n",
    "MAINTAINERS": "CXL DRIVER\nF:\tdrivers/misc/cxl/\n\nTHE REST\nF:\t*\n",
    "drivers/misc/cxl/Makefile": "obj-$(CONFIG_CXL_BASE)\t\t+= base.o\n",
    "tools/testing/selftests/Makefile": "TARGETS += drivers/dma-buf\nTARGETS += timers\n",
}


class Place:
    """A directory with a small kernel tree `linux`, a git identity and a new cache.

    Of the user's cache the new one has only the kernel trees: earlier builds do not count. A tree
    that is not there is unpacked anew.
    """

    def __init__(self, top: Path) -> None:
        self.top, self.linux = top, top / "linux"
        (top / "gitconfig").write_text(f"[user]\n\tname = {NAME}\n\temail = {EMAIL}\n")
        users = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        self.environment = {
            **os.environ,
            **{f"GIT_{who}_DATE": "1440000000 +0000" for who in ("AUTHOR", "COMMITTER")},
            "GIT_CONFIG_GLOBAL": str(top / "gitconfig"), "GIT_CONFIG_NOSYSTEM": "1",
            "XDG_CACHE_HOME": str(top / "cache"), "COLUMNS": "100", "NO_COLOR": "1",
        }  # fmt: skip
        files = seed.base_files() | seed.files_beside()
        for path, content in (files | {k: v.encode() for k, v in BESIDE.items()}).items():
            (self.linux / path).parent.mkdir(parents=True, exist_ok=True)
            (self.linux / path).write_bytes(content)
        for command in ("init -q -b main", "add -A", "commit -q -m base"):
            git = ["git", *command.split()]
            subprocess.run(git, cwd=self.linux, check=True, env=self.environment)
        (top / "cache" / "afugen").mkdir(parents=True)
        for kept in ("trees", "tarballs"):
            (users / "afugen" / kept).mkdir(parents=True, exist_ok=True)
            (top / "cache" / "afugen" / kept).symlink_to(users / "afugen" / kept)

    def run(self, *arguments: str | Path) -> tuple[int, str, str]:
        """Run afugen and return its exit status, standard output and standard error."""
        done = subprocess.run(
            [AFUGEN, *arguments], cwd=self.top, capture_output=True, check=False,
            text=True, env=self.environment,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout, done.stderr

    def printed(self, *arguments: str | Path) -> str:
        """Run afugen, which has to succeed, and return its standard output."""
        status, printed, complaint = self.run(*arguments)
        assert status == 0, printed + complaint
        return printed

    def plain(self, text: str) -> str:
        """Remove what may differ: paths of this machine, object ids, the folder of the data."""
        text = text.replace(f"{self.top}/", "")
        text = re.sub(r"\b(templates|kernel-patches)/cxl/", r"\1/", text)
        return re.sub(r"\b(?=[a-f]*\d)(?=\d*[a-f])[\da-f]{7,40}\b", "ID", text)


def version_directory(name: str) -> Path:
    """Return the directory of a version, before and after the versions move."""
    tried = [ROOT / "kernel-patches" / family / name for family in ("cxl", "")]
    return next(path for path in tried if path.is_dir())


def digest(value: object) -> str:
    """Return the first 16 digits of SHA-256 of a text, or of a value as canonical JSON."""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def verdict(status: int, printed: str, complaint: str) -> dict[str, object]:
    """Return the facts of a verdict without seconds and paths, or those of a refusal."""
    if status == 2:
        tests = re.findall(r"\b[a-z]+\.(?!yaml\b)[a-z]\w+", complaint)
        return {"exit": status, "tests named": len(tests), "names": digest(tests)}
    result = json.loads(printed)
    assert result["exit_code"] == status
    tests = [{k: v for k, v in test.items() if k != "seconds"} for test in result["tests"]]
    return {
        "exit": status, "outcome": result["outcome"], "reason": result["reason"],
        "counts": dict(sorted(Counter(test["outcome"] for test in tests).items())),
        "tests": digest(tests), "stages": " ".join(stage["name"] for stage in result["stages"]),
        "boot warnings": len(result["boot_warnings"]), "last lines": digest(result["last_lines"]),
    }  # fmt: skip


def ledger_entry(entry: dict) -> list[str]:
    """Return the decision on a review comment, and each claim with file and line."""
    return [
        f"{entry['decision']}, {entry['who'] or 'nobody'}, holds: {entry['holds']}",
        digest({key: value for key, value in entry.items() if key != "claims"}),
        *(
            f"{claim['file']}:{claim['line']}: {claim['kind']} {claim['holds']}: {claim['text']}"
            for claim in entry["claims"]
        ),
    ]


def comparison(place: Place, *arguments: str | Path) -> dict[str, object]:
    """Return what `afugen diff` says: what people read whole, the rest as digests."""
    data = place.top / "diff.json"
    printed = place.printed("diff", *arguments, "--no-build", "--json", data)
    found = json.loads(place.plain(data.read_text()))
    return {
        "printed summary": digest(place.plain(printed).split("\n── ")[0].split()),
        **{key: found[key] for key in ("base", "before", "after", "costs", "seen", "notes")},
        **{key: found[key] for key in ("symbols", "remarks", "tests", "mainline")},
        "answers": {
            answer["question"]: [f"{answer['mood']}: {answer['text']} #{answer['anchor']}"]
            + [f"{p['head']}: {p['text']} #{p['anchor']} {p['place']}" for p in answer["points"]]
            for answer in found["answers"]
        },
        "abi": {k: v if k == "absent" else abi(v) for k, v in found["abi"].items()},
        "spec": [
            f"{field['change']} {field['path']} {field['old_line']} {field['new_line']} "
            + digest([field["before"], field["after"], field["pieces"]])
            for field in found["spec"]
        ],
        "commits": [
            f"{c['left']} {c['right']} {c['fate']}: {c['subject']} {digest(c['diff'])}"
            for c in found["commits"]
        ],
        "review": {
            comment["id"]: f"{comment['decision']} {digest(comment)}"
            for comment in found["review"]
        },
        "files": {
            f"{file['path']} {file['change']} +{file['new']} -{file['gone']}": [
                line for part in file["hunks"] for line in hunk(part)
            ]
            for file in found["files"]
        },
    }  # fmt: skip


def abi(changes: list[dict]) -> list[str]:
    """Return the names of the uapi header that changed, and how many there are."""
    return [f"{len(changes)} names {digest(changes)}"] + [
        f"{change['verdict']}: {change['name']}: {'; '.join(change['reasons'])}"
        for change in changes
        if change["verdict"] != "unchanged"
    ]


def hunk(part: dict) -> list[str]:
    """Return the lines of a hunk, its comments, and the templates and fields that made it."""
    names = " ".join([part["heading"], *(f"#{comment}" for comment in part["comments"])])
    return [f"{part['first_line']}-{part['last_line']} {names}".strip()] + [
        f"  {by['party']} {by['template']} "
        + " ".join(f"{'~' * f['differs']}{f['name']}:{f['line']}" for f in by["fields"])
        for by in part["provenance"]
    ]


class Page(HTMLParser):
    """The ids, links and hunks of a page, and the text in each section or article with an id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: set[str] = set()
        self.hunks, self.text = 0, {"": ""}
        self._open, self._is_hidden = [""], False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.ids += [attributes["id"]] if attributes.get("id") else []
        self.links |= {attributes["href"]} if attributes.get("href") else set()
        self.hunks += ", hunk " in (attributes.get("aria-label") or "")
        self._is_hidden = self._is_hidden or tag in ("script", "style")
        if tag in ("section", "article"):
            self._open.append(attributes.get("id") or self._open[-1])

    def handle_endtag(self, tag: str) -> None:
        self._is_hidden = self._is_hidden and tag not in ("script", "style")
        if tag in ("section", "article"):
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if not self._is_hidden:
            self.text[self._open[-1]] = self.text.get(self._open[-1], "") + "".join(data.split())


def page(text: str) -> dict[str, object]:
    """Return the facts of a page: its text without spaces, its hunks and its anchors."""
    read = Page(text)
    assert len(read.ids) == len(set(read.ids))
    assert {link[1:] for link in read.links if link[0] == "#"} <= {*read.ids, ""}
    lines = Counter(re.sub(r"\d+$", "", name) for name in read.ids)
    return {
        "hunks": read.hunks, "ids": digest(sorted(read.ids)),
        "numbered ids": {name: count for name, count in lines.items() if count > 1},
        "text": {name: f"{len(text)} letters {digest(text)}" for name, text in read.text.items()},
    }  # fmt: skip
