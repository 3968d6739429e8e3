# SPDX-License-Identifier: GPL-2.0-only
"""The mail of a patch, its file's name, and what a committed copy is worth."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email import message_from_string
from email.header import decode_header, make_header
from pathlib import Path

import pytest

import userrepo
from afugen import git
from afugen.errors import InputError
from afugen.series import mails as series

DATA = series.PatchData(
    subject="cxl: Add mechanism for delivering AFU driver specific events",
    author_name="Ian Munsie",
    author_email="imunsie@au1.ibm.com",
    date=datetime(2015, 8, 19, 14, 19, 31, tzinfo=timezone(timedelta(hours=10))),
    body="This adds an afu_driver_ops structure.  \n\n\n\nIt is new.\n",
    trailers=("Signed-off-by: Ian Munsie <imunsie@au1.ibm.com>", "Cc: B <b@example.com>"),
    position=1,
    total=2,
)
FILE = "drivers/misc/cxl/file.c"
HEAD = """\
From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
From: Ian Munsie <imunsie@au1.ibm.com>
Date: Wed, 19 Aug 2015 14:19:31 +1000
Subject: [PATCH 1/2] cxl: Add mechanism for delivering AFU driver specific
 events

This adds an afu_driver_ops structure.

It is new.

Signed-off-by: Ian Munsie <imunsie@au1.ibm.com>
Cc: B <b@example.com>
---
 Kconfig                 | 2 +-
 drivers/misc/cxl/file.c | 2 +-
 2 files changed, 2 insertions(+), 2 deletions(-)

diff --git a/Kconfig b/Kconfig
"""


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def user(tmp_path) -> Path:
    return userrepo.make(tmp_path / "user")


def _files(base: git.TreeFiles) -> dict[str, bytes | None]:
    return {
        "Kconfig": base.read("Kconfig").replace(b"bool", b"tristate"),
        FILE: base.read(FILE).replace(b"return 4", b"return 44"),
    }


def _golden(base: git.TreeFiles, data: series.PatchData = DATA) -> series.Patch:
    (patch,) = series.golden(base, [series.Step(_files(base), data)])
    return patch


def _new_file(base: git.TreeFiles, content: bytes) -> series.Patch:
    return series.golden(base, [series.Step({"drivers/new.c": content}, DATA)])[0]


def _compare(committed: str | None, fresh: series.Patch, base: git.TreeFiles) -> series.Comparison:
    return series.compare({} if committed is None else {fresh.name: committed}, [fresh], base)


def test_mail_is_as_mailed_in_2015(user):
    patch = _golden(git.DirectoryFiles(user))
    assert patch.text.startswith(HEAD)
    assert patch.text.endswith("\n static int f5(void)\n")
    assert "base-commit" not in patch.text


def test_mail_can_be_applied_and_gives_back_the_commit(user, tmp_path):
    tree = git.open_tree(user)
    assert isinstance(tree, git.Repository)
    store, base = tree.store(), tree.files()
    commit = store.commit(base.commit_id, _files(base), DATA.commit)
    (tmp_path / "mail").write_text(series.mail(store, commit, DATA))
    userrepo.git(user, "am", "-q", str(tmp_path / "mail"))
    assert userrepo.git(user, "rev-parse", "HEAD^{tree}").strip() == (
        store.git.run("rev-parse", f"{commit}^{{tree}}").decode().strip()
    )
    assert userrepo.git(user, "log", "-1", "--format=%B").strip() == DATA.commit.message.strip()
    assert userrepo.git(user, "log", "-1", "--format=%an %ad") == (
        "Ian Munsie Wed Aug 19 14:19:31 2015 +1000\n"
    )


def test_mail_that_is_sent_names_its_base_and_is_else_the_golden_copy(user):
    tree = git.open_tree(user)
    assert isinstance(tree, git.Repository)
    store, base = tree.store(), tree.files()
    commit = store.commit(base.commit_id, _files(base), DATA.commit)
    sent = series.mail(store, commit, DATA, base_commit=base.commit_id)
    assert sent == f"{_golden(base).text}\nbase-commit: {base.commit_id}\n"


def test_golden_copy_does_not_depend_on_other_files(user, tmp_path):
    before = _golden(git.open_tree(user).files())
    userrepo.write(user, {"Makefile": "VERSION = 7\n", "drivers/other.c": "x\n"})
    userrepo.git(user, "commit", "-q", "-a", "-m", "point release")
    assert _golden(git.open_tree(user).files()) == before
    userrepo.write(tmp_path / "few", {p: userrepo.FILES[p] for p in ("Kconfig", FILE)})
    assert _golden(git.DirectoryFiles(tmp_path / "few")) == before


def test_changelog_is_below_the_message_and_not_in_the_commit(user, tmp_path):
    data = replace(DATA, changelog="v1 -> v2:\n - Größe\n\n\n - more\n")
    text = _golden(git.DirectoryFiles(user), data).text
    assert "Cc: B <b@example.com>\n---\nv1 -> v2:\n - Größe\n\n - more\n---\n Kconfig" in text
    assert "Content-Type: text/plain; charset=UTF-8\n" in text
    (tmp_path / "mail").write_text(text)
    userrepo.git(user, "am", "-q", str(tmp_path / "mail"))
    assert userrepo.git(user, "log", "-1", "--format=%B").strip() == DATA.commit.message.strip()


def _two_steps(base: git.TreeFiles) -> list[series.Step]:
    new = {"drivers/test.c": b"int test;\n", FILE: _files(base)[FILE] + b"/* tested */\n"}
    second = replace(DATA, subject="cxl: Test it", position=2)
    return [series.Step(_files(base), DATA), series.Step(new, second)]


COVER = series.Cover("cxl: Events of AFU drivers", "Why, and how.\n\n  v1   11 xfail\n")


def test_series_of_two_patches_is_a_cover_letter_and_two_mails_for_git_am(user, tmp_path):
    base = git.DirectoryFiles(user)
    mails = series.golden(base, _two_steps(base), COVER)
    assert [mail.name[:12] for mail in mails] == ["0000-cover-l", "0001-cxl-Add", "0002-cxl-Tes"]
    for mail in mails[1:]:
        (tmp_path / mail.name).write_text(mail.text)
    userrepo.git(user, "am", "-q", *sorted(map(str, tmp_path.glob("0*"))))
    assert (user / "drivers/test.c").read_text() == "int test;\n"
    assert (user / FILE).read_text().endswith("/* tested */\n")


def test_cover_letter_is_gits_with_our_words_in_it(user):
    base = git.DirectoryFiles(user)
    letter = series.golden(base, _two_steps(base), COVER)[0].text
    assert letter.startswith(
        f"From {'0' * 40} Mon Sep 17 00:00:00 2001\n"
        "From: Ian Munsie <imunsie@au1.ibm.com>\n"
        "Date: Wed, 19 Aug 2015 14:19:31 +1000\n"
        "Subject: [PATCH 0/2] cxl: Events of AFU drivers\n"
        "\nWhy, and how.\n\n  v1   11 xfail\n\nIan Munsie (2):\n"
    )
    assert " 3 files changed, 4 insertions(+), 2 deletions(-)\n" in letter
    assert "***" not in letter
    assert "diff --git" not in letter


def test_cover_letter_says_what_it_is_written_in(user):
    base = git.DirectoryFiles(user)
    words = series.Cover("cxl: Größe" + " der Ereignisse" * 8, "Grüße.")
    letter = message_from_string(series.golden(base, _two_steps(base), words)[0].text)
    assert letter.get_content_charset() == "utf-8"
    subject = str(make_header(decode_header(letter["Subject"].replace("\n", ""))))
    assert subject == f"[PATCH 0/2] {words.subject}"
    assert "Content-Type" not in series.golden(base, _two_steps(base), COVER)[0].text


@pytest.mark.parametrize("cover", [None, COVER])
def test_first_mail_of_a_series_that_is_sent_names_the_base(user, cover):
    tree = git.open_tree(user)
    assert isinstance(tree, git.Repository)
    base = tree.files()
    steps = _two_steps(base)
    sent = series.mails(tree.store(), base.commit_id, steps, cover, tells_base=True)
    assert [f"\nbase-commit: {base.commit_id}\n" in mail.text for mail in sent] == [
        True, *[False] * (len(sent) - 1)
    ]  # fmt: skip


def test_whoever_sends_what_is_nobodys_is_its_author_and_signs_it():
    signed = DATA.signed_by("A B", "a@b.example")
    assert signed.trailers == (*DATA.trailers, "Signed-off-by: A B <a@b.example>")
    assert (signed.commit.author_name, signed.commit.author_email) == ("A B", "a@b.example")


@pytest.fixture
def own_git(tmp_path, monkeypatch) -> Path:
    """The configuration of the user's git."""
    config = tmp_path / "gitconfig"
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    for variable in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "EMAIL"):
        monkeypatch.delenv(variable, raising=False)
    return config


def test_sender_is_who_the_users_git_says(tmp_path, own_git):
    own_git.write_text("[user]\nname = Jürgen <J> Doe\nemail = j@example.org\n")
    assert git.user_identity(tmp_path) == ("Jürgen J Doe", "j@example.org")


@pytest.mark.parametrize("config", ["", "[user]\nname = A\n", "[user]\nemail = a@b.example\n[x\n"])
def test_sender_whom_git_does_not_know_is_told_what_to_do(tmp_path, own_git, config):
    own_git.write_text(config)
    with pytest.raises(InputError, match=r"say git config --global user\.name"):
        git.user_identity(tmp_path)


@pytest.mark.parametrize(
    ("change", "prefix"),
    [
        ({"total": 1}, "PATCH"),
        ({}, "PATCH 1/2"),
        ({"version": 2}, "PATCH v2 1/2"),
        ({"version": 3, "total": 1}, "PATCH v3"),
        ({"position": 2, "total": 10}, "PATCH 02/10"),
    ],
)
def test_numbers_stand_in_brackets_as_git_puts_them(user, change, prefix):
    data = replace(DATA, **change)
    assert data.subject_prefix == prefix
    assert f"\nSubject: [{prefix}] cxl: " in _golden(git.DirectoryFiles(user), data).text


@pytest.mark.parametrize(
    ("subject", "version", "position"),
    [
        (DATA.subject, 1, 1),
        (DATA.subject, 2, 12),
        ("short", 1, 1),
        ("a/b: c...d [x] (y) ümlaut. ", 1, 2),
        ("x" * 100, 3, 1),
        ("word " * 20 + "end", 1, 1),
    ],
)
def test_file_is_named_as_git_names_it(user, tmp_path, subject, version, position):
    data = replace(
        DATA, subject=subject.strip(), version=version, position=position, total=position
    )
    tree = git.open_tree(user)
    assert isinstance(tree, git.Repository)
    store, base = tree.store(), tree.files()
    commit = store.commit(base.commit_id, _files(base), data.commit)
    reroll = ("-v", str(version)) if version > 1 else ()
    named = userrepo.git(
        store.git.git_dir, "format-patch", "-1", *reroll, f"--start-number={position}",
        "-o", str(tmp_path / "out"), commit,
    )  # fmt: skip
    assert (
        series.file_name(*store.sanitized_subjects(base.commit_id, commit), data)
        == Path(named.strip()).name
    )


@pytest.mark.parametrize(
    "line", ["---", "--- a/file", "diff --git a/x b/x", "Index: x", f"From {'0' * 40} Mon"]
)
def test_message_that_would_end_itself_is_refused(line):
    with pytest.raises(InputError, match="has a line that ends it in mail: "):
        series.commit_message("subject", f"one\n{line}\ntwo", ())


def test_message_has_the_white_space_that_git_leaves(user):
    raw = "subject\n\n\n\nbody  \n\t\n\nmore\n\n\n"
    mine = series.commit_message("subject", "\nbody  \n\t\n\nmore\n\n", ())
    assert mine == userrepo.git(user, "stripspace", stdin=raw)
    assert series.commit_message("subject", "", ()) == "subject\n"
    assert series.commit_message("subject", " \n", ("A: b",)) == "subject\n\nA: b\n"


def test_same_bytes_are_fresh(user):
    base = git.DirectoryFiles(user)
    assert _compare(_golden(base).text, _golden(base), base) == series.Fresh()


def test_other_spec_is_stale_with_a_diff_that_leads_to_the_fresh_patch(user, tmp_path):
    base = git.DirectoryFiles(user)
    committed = _golden(base)
    fresh = _golden(base, replace(DATA, subject="cxl: Other"))
    found = _compare(committed.text, fresh, base)
    assert isinstance(found, series.Stale)
    assert "-Subject: [PATCH 1/2] cxl: Add mechanism" in found.diff
    assert "+Subject: [PATCH 1/2] cxl: Other\n" in found.diff
    (tmp_path / "p").write_text(committed.text)
    userrepo.git(tmp_path, "init", "-q")
    lines = found.diff.split("\n", 2)
    userrepo.git(tmp_path, "apply", "-", stdin=f"--- a/p\n+++ b/p\n{lines[2]}")
    assert (tmp_path / "p").read_text() == fresh.text


def test_later_patch_is_not_made_on_the_base_and_says_nothing_of_it(user):
    base = git.DirectoryFiles(user)
    fresh = series.golden(base, _two_steps(base), COVER)
    committed = {mail.name: mail.text for mail in fresh}
    assert series.compare(committed, fresh, base) == series.Fresh()
    gone = {name: text for name, text in committed.items() if "cover" not in name}
    found = series.compare(gone, fresh, base)
    assert isinstance(found, series.Stale)
    assert "+Why, and how.\n" in found.diff
    found = series.compare(committed | {"0003-old.patch": "old\n"}, fresh, base)
    assert isinstance(found, series.Stale)
    assert "-old\n" in found.diff


def test_missing_copy_is_stale(user):
    base = git.DirectoryFiles(user)
    found = _compare(None, _golden(base), base)
    assert isinstance(found, series.Stale)
    assert "+Subject: [PATCH 1/2] cxl: Add" in found.diff


def test_touched_file_that_changed_is_a_moved_base_not_a_stale_patch(user):
    committed = _golden(git.DirectoryFiles(user)).text
    (user / FILE).write_text("/* new */\n" + userrepo.FILES[FILE])
    base = git.DirectoryFiles(user)
    found = _compare(committed, _golden(base), base)
    assert isinstance(found, series.BaseMoved)
    assert found.files == (FILE,)
    (user / FILE).unlink()
    (user / "Kconfig").write_text("config OTHER\n")
    found = _compare(committed, series.Patch("0001-x.patch", ""), base)
    assert isinstance(found, series.BaseMoved)
    assert found.files == ("Kconfig", FILE)


def test_untouched_file_that_changed_is_not_a_moved_base(user):
    committed = _golden(git.DirectoryFiles(user)).text
    (user / "Makefile").write_text("VERSION = 7\n")
    base = git.DirectoryFiles(user)
    assert _compare(committed, _golden(base), base) == series.Fresh()


def test_new_file_has_no_preimage_until_the_base_has_one(user):
    base = git.DirectoryFiles(user)
    committed = _new_file(base, b"x\n").text
    assert series.preimages(committed) == {"drivers/new.c": "0000000"}
    fresh = _new_file(base, b"y\n")
    assert isinstance(_compare(committed, fresh, base), series.Stale)
    (user / "drivers/new.c").write_text("there\n")
    moved = _compare(committed, fresh, base)
    assert isinstance(moved, series.BaseMoved)
    assert moved.files == ("drivers/new.c",)


def test_preimages_are_the_ids_of_the_base(user):
    base = git.DirectoryFiles(user)
    found = series.preimages(_golden(base).text)
    assert found == {
        path: userrepo.git(user, "rev-parse", f"HEAD:{path}")[:7] for path in ("Kconfig", FILE)
    }
    assert all(series.blob_id(base, path, 7).startswith(blob) for path, blob in found.items())
