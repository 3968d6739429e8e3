# SPDX-License-Identifier: GPL-2.0-only
"""Versions that are nobody's until they are sent: what their mails say, and checkpatch of them."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

import rendering
from afugen.series import commits, version
from afugen.series import mails as series

NOBODYS = [name for name in version.known() if version.find(name).spec.series.author is None]
IAN = "1439957971-30483-1-git-send-email-imunsie@au.ibm.com"


@pytest.fixture
def base(stripped_tree):
    return stripped_tree("6.1")


def _signed(name: str, base) -> tuple[series.Patch, ...]:
    """The mails as somebody sends them."""
    made = version.find(name)
    steps = [one.step for one in commits.patched(made, base)]
    steps = [replace(s, data=s.data.signed_by("Some One", "one@example.org")) for s in steps]
    return series.golden(base, steps, made.cover)


def _complaints(script: Path, mails: tuple[series.Patch, ...], where: Path) -> list[str]:
    """What checkpatch --strict says of the mails but the cover letter."""
    files = {mail.name: mail.text.encode() for mail in mails if "cover-letter" not in mail.name}
    rendering.write(where, files)
    done = subprocess.run(
        ["perl", script, "--strict", "--terse", "--show-types", "--no-tree", "--no-summary",
         *(where / name for name in files)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.kernel
@pytest.mark.parametrize("name", NOBODYS)
def test_checkpatch_strict_has_nothing_to_say_of_what_is_sent(name, base, checkpatch, tmp_path):
    assert _complaints(checkpatch, _signed(name, base), tmp_path) == []


@pytest.mark.kernel
@pytest.mark.parametrize("name", NOBODYS)
def test_checkpatch_misses_the_sender_in_what_is_committed(name, base, checkpatch, tmp_path):
    committed = commits.golden_patches(version.find(name), base)
    said = _complaints(checkpatch, committed, tmp_path)
    assert len(said) == len(version.find(name).mails)
    assert all("ERROR:MISSING_SIGN_OFF" in line for line in said)


@pytest.mark.parametrize("name", NOBODYS)
def test_committed_mails_name_no_person_but_in_words(name):
    for path in version.find(name).patches:
        head = path.read_text().split("\ndiff --git")[0]
        assert re.findall(r"^[A-Z][a-z]+(?:-[a-z]+)*-by: .*", head, flags=re.M) == []
        assert re.findall(r"^From: (.*)", head, flags=re.M) == ["afugen <afugen@localhost>"]


@pytest.mark.parametrize("name", NOBODYS)
def test_the_author_of_2015_is_credited_by_the_message_id(name):
    feature = version.find(name).mails[0]
    assert f"Link: https://lore.kernel.org/r/{IAN}" in feature.trailers
    assert "Based on a patch by Ian Munsie." in feature.body


@pytest.mark.parametrize("name", NOBODYS)
def test_messages_are_wrapped_at_72(name):
    made = version.find(name)
    for text in (*(m.body for m in made.mails), *(m.changelog for m in made.mails),
                 made.cover.body if made.cover else ""):  # fmt: skip
        assert [line for line in text.split("\n") if len(line) > 72] == []


@pytest.mark.parametrize("name", NOBODYS)
def test_what_changed_since_the_last_version_stands_below_the_line(name):
    made = version.find(name)
    number = int(name.removeprefix("v"))
    assert made.mails[0].version == number
    assert made.mails[0].changelog.startswith(f"v{number - 1} → v{number}")
    mail = next(p for p in made.patches if "0001" in p.name).read_text()
    message, _, below = mail.partition("\n---\n")
    assert "→" not in message
    assert below.startswith(f"v{number - 1} → v{number}")
