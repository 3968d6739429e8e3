# SPDX-License-Identifier: GPL-2.0-only
"""What a user sees of afugen does not change unnoticed: whole processes, no import of the package.

Mails are compared with the committed ones. Everything else is compared with `data/frozen/*.json`,
where long texts are SHA-256. After a wanted change

    .venv/bin/python tests/test_frozen.py --renew [NAME ...]

writes these files again, all or those that are named. Read their diff like that of code.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

import frozen
import seed
from frozen import EMAIL, NAME, ROOT, Place, version_directory

pytestmark = pytest.mark.slow

DATA = ROOT / "tests" / "data"
VERSIONS = ("v1", "v2", "v3")
# Of v1's spec a text, what it becomes, and a word of each complaint, in their order.
BROKEN = {
    "unknown key": ("  words: 4\n", "  wrods: 4\n", "words wrods"),
    "wrong type": ("  value: 4\n", "  value: four\n", "value"),
    "not an identifier": ("name: event_pending\n", "name: event-pending\n", "event-pending"),
    "duplicate key": ("size_check: warn", "size_check: warn\nsize_check: bound", "size_check"),
    "role missing": ("      role: deliver\n", "", "role"),
    "two with one role": (
        "role: deliver\n",
        "role: pending\n",
        "deliver pending pending cxl_event size_t",
    ),
    "names clash": ("struct: cxl_event_afu_driver_reserved", "struct: cxl_afu_driver_ops", "ops"),
    "unknown placeholder": ("adds an ${context}", "adds an ${contxt}", "contxt"),
    "subject of two lines": ('specific events"\n', 'specific\\nevents"\n', "subject"),
    "bad date": ("2015-08-19T", "2015-08-32T", "date"),
    "no words": ("  words: 4\n", "  words: 0\n", "words"),
    "setter without error": ("ops: unchecked", "ops: error", "incomplete_ops"),
    "wrong size": ("  value: 4\n", "  value: 4\n  size: 41\n", "payload.words"),
    "bad mail address": ("imunsie@au1.ibm.com\n  date", "imunsie\n  date", "email"),
    "two at once": ("layout: historic\n", "layout: modern\ncolour: red\n", "layout colour"),
}


def verdicts(place: Place) -> dict[str, object]:
    """Return the verdict on each saved log, by itself and by what a version expects."""
    found = {}
    for log in sorted((DATA / "boot-logs").glob("*.log")):
        others = ("v2", "v3", "stock") if log.stem.startswith("kselftest") else ()
        for spec in (None, "v1", *others):
            option = ("--spec", spec) if spec else ()
            ended = place.run("parse", log, *option, "--json", "-")
            found[" ".join([log.stem, *option])] = frozen.verdict(*ended)
    return found


def reviews(place: Place) -> dict[str, object]:
    """Return what `afugen review` finds, by entry of the ledger."""
    found = {}
    for version in ("v2", "v3"):
        command = ("review", version, "--tree", place.linux)
        entries = json.loads(place.printed(*command, "--json", "-"))["entries"]
        text = place.plain(place.printed(*command))
        found[version] = {
            "words": frozen.digest(text.split()),
            "ends": text.splitlines()[-2:],
            "entries": {entry["id"]: frozen.ledger_entry(entry) for entry in entries},
        }
    return found


def renderings(place: Place) -> dict[str, object]:
    """Return what `afugen render` prints for the small tree, with the blob ids of v1."""
    found = {}
    for version in VERSIONS:
        printed = place.printed("render", version, "--tree", place.linux)
        found[version] = {"lines": printed.count("\n"), "diff": frozen.digest(printed)}
        if version == "v1":
            found[version]["blobs"] = re.findall(r"^index (\S+)", printed, re.M)
    return found


def diff_on_small_tree(place: Place) -> dict[str, object]:
    """Return the facts of v1 and v2 compared on a tree of 2015, whose header lacks its types."""
    return frozen.comparison(place, "v1", "v2", "--tree", place.linux)


def diffs_on_linux(place: Place) -> dict[str, object]:
    """Return the facts of all pairs compared on the default tree, and of the page about one."""
    html = place.top / "diff.html"
    found = {
        f"{old} {new}": frozen.comparison(place, old, new, "--html", html)
        for old, new in (("v1", "v2"), ("v2", "v3"), ("v1", "v3"))
    }
    return found | {"page of v1 v3": frozen.page(place.plain(html.read_text()))}


def complaints(place: Place) -> dict[str, object]:
    """Return where the complaints of each broken spec point to; their words may change."""
    found, spec = {}, place.top / "spec.yaml"
    original = (version_directory("v1") / "spec.yaml").read_text()
    for name, (old, new, words) in BROKEN.items():
        assert original.count(old) == 1, name
        spec.write_text(original.replace(old, new))
        status, _, told = place.run("render", spec, "--tree", place.linux)
        pattern = r"^(?:afugen: )?(spec\.yaml:\d+:\d+): (.*)\n((?: .*\n)*)"
        parts = re.findall(pattern, place.plain(told), re.M)
        assert (status, len(parts)) == (2, len(words.split())), told
        for word, (_, message, _) in zip(words.split(), parts, strict=True):
            assert word in message, told
        found[name] = [[where, *shown.splitlines()] for where, _, shown in parts]
    return found


OBSERVED = {
    "verdicts": verdicts, "reviews": reviews, "renderings": renderings, "complaints": complaints,
    "diff_on_small_tree": diff_on_small_tree, "diffs_on_linux": diffs_on_linux,
}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Place:
    return Place(tmp_path_factory.mktemp("frozen"))


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=pytest.mark.kernel) if n == "diffs_on_linux" else n for n in OBSERVED],
)
def test_what_is_printed_is_what_was_frozen(place, name):
    found = json.loads(json.dumps(OBSERVED[name](place)))
    assert found == json.loads((DATA / "frozen" / f"{name}.json").read_text())


def test_v1_is_the_patch_of_2015(place):
    printed = place.printed("render", "v1", "--tree", place.linux)
    assert seed.without_index(printed) == seed.without_index(seed.diff())


def unsent(mail: str) -> str:
    """Return a mail as it is committed, without its sender and the base commit."""
    mail = re.sub(r"\nbase-commit: [\da-f]{40}\n", "", mail)
    mail = re.sub(rf"((?<=\n)\n)?Signed-off-by: {NAME} <{EMAIL}>\n", "", mail)
    return mail.replace(f"{NAME} <{EMAIL}>", "afugen <afugen@localhost>").replace(NAME, "afugen")


@pytest.mark.kernel
@pytest.mark.parametrize("name", VERSIONS)
def test_a_series_is_the_committed_mails(place, name):
    place.printed("series", name, "--output", place.top / name)
    mails = {path.name: path.read_text() for path in (place.top / name).iterdir()}
    committed = {path.name: path.read_text() for path in version_directory(name).glob("*.patch")}
    assert {path: unsent(mail) for path, mail in mails.items()} == committed
    signed = {
        path for path, mail in mails.items() if f"\nSigned-off-by: {NAME} <{EMAIL}>\n" in mail
    }
    assert signed == ({path for path in mails if "-0000-" not in path} if name != "v1" else set())
    assert ["\nbase-commit: " in mails[path] for path in sorted(mails)].index(True) == 0
    assert place.printed("series", name) == "".join(mail for _, mail in sorted(mails.items()))


@pytest.mark.kernel
def test_the_committed_mails_are_up_to_date(place):
    lines = place.printed("check", "--regen").splitlines()
    assert [line.split(":")[0] for line in lines] == list(VERSIONS)


@pytest.mark.parametrize("name", VERSIONS)
def test_the_readme_has_the_totals_of_the_results(name):
    results = json.loads((version_directory(name) / "results.json").read_text())
    counts = Counter(results["linux-source-6.1"].values())
    failed, total = counts["xfail"], counts.total()
    assert failed + counts["pass"] == total
    heads, totals = (
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in (ROOT / "README.md").read_text().splitlines()
        if line.startswith(("| what is tested |", "| all tests |"))
    )
    assert totals[heads.index(name)] == (f"{failed} of {total} fail" if failed else f"{total} pass")


def renew(names: list[str]) -> None:
    """Write frozen files again."""
    for name in names or OBSERVED:
        with tempfile.TemporaryDirectory() as top:
            text = json.dumps(OBSERVED[name](Place(Path(top))), indent=1, ensure_ascii=False)
        (DATA / "frozen" / f"{name}.json").write_text(f"{text}\n")


if __name__ == "__main__":
    if sys.argv[1:2] != ["--renew"]:
        sys.exit(__doc__)
    renew(sys.argv[2:])
