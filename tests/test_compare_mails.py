# SPDX-License-Identifier: GPL-2.0-only
"""Patches as they are mailed, and applied to what they show of their base."""

from __future__ import annotations

import pytest

import seed
from afugen.compare import mailbox, sparse_base
from afugen.compare.sparse_base import ApplyError, SparseBase
from afugen.errors import InputError
from rendering import git, repository, write

FILES = {
    "drivers/a.c": "".join(f"int a{n};\n" for n in range(1, 61)).encode(),
    "drivers/b.h": b"#define B 1\n",
}


@pytest.fixture
def series(tmp_path):
    """A repository with three commits, and the mailbox that git makes of the last two."""
    tree = repository(tmp_path / "tree", FILES)
    first = FILES["drivers/a.c"].replace(b"int a10;\n", b"long a10;\nlong a10b;\n")
    first = first.replace(b"int a30;\n", b"long a30;\n")
    write(tree, {"drivers/a.c": first, "drivers/new.c": b"/* \xc3\xa9 */\nint n;\n"})
    git(tree, "add", "-A")
    git(tree, "commit", "-qm", "first: change\n\nBecause.")
    write(tree, {"drivers/a.c": first.replace(b"int a50;\n", b"").replace(b"a10b", b"a10c")})
    (tree / "drivers/b.h").unlink()
    git(tree, "add", "-A")
    git(tree, "commit", "-qm", "second: change")
    box = git(tree, "format-patch", "--stdout", "HEAD~2", "--cover-letter", "-v3")
    return tree, box.encode()


def test_a_mailbox_is_read_as_git_wrote_it(series):
    _, box = series
    first, second = mailbox.parse_mails({"box": box})
    assert (first.subject, first.message, first.number) == ("first: change", "Because.", 1)
    assert (first.author_name, first.author_email) == ("t", "t@example.org")
    assert (second.subject, second.number) == ("second: change", 2)
    assert [(f.old, f.new) for f in first.files] == [
        ("drivers/a.c", "drivers/a.c"), (None, "drivers/new.c"),
    ]  # fmt: skip
    assert [(f.old, f.new) for f in second.files] == [
        ("drivers/a.c", "drivers/a.c"), ("drivers/b.h", None),
    ]  # fmt: skip


def test_mails_out_of_order_are_put_in_order(series):
    _, box = series
    cover, first, second = [b"From " + part for part in box.split(b"\nFrom ")]
    shuffled = b"\n".join((second, cover, first)).replace(b"From From ", b"From ")
    assert [m.number for m in mailbox.parse_mails({"box": shuffled})] == [1, 2]


def test_a_bare_diff_is_a_patch_without_words():
    (mail,) = mailbox.parse_mails({"v1.diff": seed.diff().encode()})
    assert mail.subject == "v1.diff"
    assert len(mail.files) == 6


def test_quoted_printable_with_the_line_ends_of_mail_is_undone(series):
    _, box = series
    first = mailbox.parse_mails({"box": box})[0]
    part = b"From " + box.split(b"\nFrom ")[1]
    head, _, body = part.partition(b"\n\n")
    import quopri  # noqa: PLC0415

    coded = head + b"\nContent-Transfer-Encoding: quoted-printable\n\n" + quopri.encodestring(body)
    (again,) = mailbox.parse_mails({"box": coded.replace(b"\n", b"\r\n")})
    assert again.files == first.files


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"hello\n", "there is no diff in it"),
        (b"--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n a\n", "file:5: the patch is damaged"),
        (b"--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n a\nb\n", "file:5: the patch is damaged"),
        (b"--- a/f\n+++ b/f\n@@ -1,1 +1,2 @@\n a\n b\n", "file:5: the patch is damaged"),
        (b"diff --git a/f b/f\nGIT binary patch\n", "binary patch"),
    ],
)
def test_what_is_no_patch_is_told(raw, message):
    with pytest.raises(InputError, match=message):
        mailbox.parse_mails({"file": raw})


def test_one_number_twice_is_told(series):
    _, box = series
    with pytest.raises(InputError, match="there are two patches 1"):
        mailbox.parse_mails({"box": box + box})


def states(base, found):
    applied = base.apply(found)
    return [{path: sparse_base.content(s) if s is not None else None for path, s in state.items()}
            for state in applied]  # fmt: skip


def test_on_known_files_a_series_gives_what_git_am_gives(series):
    tree, box = series
    first, second = states(SparseBase(FILES), mailbox.parse_mails({"box": box}))
    for state, rev in ((first, "HEAD~1"), (second, "HEAD")):
        for path, content in state.items():
            if content is not None:
                assert content.decode() == git(tree, "show", f"{rev}:{path}")
    assert second["drivers/b.h"] is None


def test_by_itself_a_series_gives_the_same_patches_again(series):
    """Planted on what it shows of its base, its diffs are its own."""
    tree, box = series
    found = mailbox.parse_mails({"box": box})
    base = SparseBase()
    applied = states(base, found)
    other = repository(tree.parent / "other", base.files())
    for state in applied:
        write(other, {path: content for path, content in state.items() if content is not None})
        for path in (path for path, content in state.items() if content is None):
            (other / path).unlink()
        git(other, "add", "-A")
        git(other, "commit", "-qm", "patch")
    again = mailbox.parse_mails(
        {"again": git(other, "format-patch", "--stdout", "HEAD~2").encode()}
    )
    assert [[f.hunks for f in m.files] for m in again] == [
        [f.hunks for f in m.files] for m in found
    ]


def test_a_hunk_that_moved_is_found_on_a_real_file(series):
    _, box = series
    shifted = FILES | {"drivers/a.c": b"/* one\n * more */\n" + FILES["drivers/a.c"]}
    first = states(SparseBase(shifted), mailbox.parse_mails({"box": box}))[0]
    assert first["drivers/a.c"].startswith(b"/* one\n * more */\nint a1;\n")
    assert b"int a9;\nlong a10;\nlong a10b;\nint a11;\n" in first["drivers/a.c"]


def test_a_patch_that_does_not_fit_says_where(series):
    _, box = series
    other = FILES | {"drivers/a.c": b"int other;\n"}
    with pytest.raises(ApplyError, match=r"'first: change' in drivers/a.c .* line 7"):
        SparseBase(other).apply(mailbox.parse_mails({"box": box}))


def test_two_series_on_one_base_fill_in_what_the_other_does_not_show(series):
    _, box = series
    found = mailbox.parse_mails({"box": box})
    base = SparseBase()
    base.apply(found[:1])
    assert base.files()["drivers/a.c"].count(b"int") == 14
    base.apply(found)
    assert base.files()["drivers/a.c"].count(b"int") == 21


def test_series_on_different_bases_do_not_fit_together(series):
    _, box = series
    base = SparseBase()
    base.apply(mailbox.parse_mails({"box": box}))
    with pytest.raises(ApplyError):
        base.apply(mailbox.parse_mails({"box": box.replace(b" int a9;", b" int z9;")}))


def in_latin_1(box: bytes) -> bytes:
    head = b"Content-Type: text/plain; charset=ISO-8859-1\nContent-Transfer-Encoding: 8bit\n"
    _, _, mail = box.partition(b"\nSubject: [PATCH v3 1/2]")
    text = mail.replace(b"Because.", "Jörg says so.".encode("latin-1"))
    return b"From: J\xf6rg <j@example.org>\n" + head + b"Subject: [PATCH v3 1/2]" + text


@pytest.mark.parametrize("declared", [b"charset=ISO-8859-1", b"charset=UTF-8", b"charset=nonsense"])
def test_a_message_is_read_in_its_charset_and_code_as_it_is(series, declared):
    _, box = series
    mail = in_latin_1(box).replace(b"charset=ISO-8859-1", declared)
    first = mailbox.parse_mails({"box": mail})[0]
    assert first.message.startswith("Jörg says so.")
    assert first.author_name.isprintable()
    (new,) = (file for file in first.files if file.new == "drivers/new.c")
    assert new.hunks[0].lines[0] == ("+", "/* é */\n")


def test_a_hunk_that_no_file_has_room_for_is_refused(series):
    _, box = series
    with pytest.raises(InputError, match=r"box:\d+: no file has a line 99999999"):
        mailbox.parse_mails({"box": box.replace(b"@@ -7,", b"@@ -99999999,", 1)})


def test_the_files_of_one_series_are_one_series(series):
    _, box = series
    cover, first, second = (
        b"From " + mail for mail in box.removeprefix(b"From ").split(b"\nFrom ")
    )
    found = mailbox.parse_mails({"0000": cover, "0002": second, "0001": first})
    assert found == mailbox.parse_mails({"box": box})


@pytest.mark.parametrize("known", [FILES, None], ids=["tree", "sparse"])
def test_copies_and_renames_are_those_of_git(tmp_path, known):
    tree = repository(tmp_path / "tree", FILES)
    git(tree, "mv", "drivers/b.h", "drivers/renamed.h")
    write(tree, {"drivers/copy.c": FILES["drivers/a.c"].replace(b"int a30;", b"long a30;")})
    git(tree, "add", "-A")
    git(tree, "commit", "-qm", "move")
    patch = git(tree, "format-patch", "--stdout", "-M", "-C", "--find-copies-harder", "HEAD~1")
    (state,) = states(SparseBase(known), mailbox.parse_mails({"patch": patch.encode()}))
    assert state["drivers/b.h"] is None
    assert set(state) == {"drivers/b.h", "drivers/renamed.h", "drivers/copy.c"}
    assert b"int a29;\nlong a30;\nint a31;\n" in state["drivers/copy.c"]


def test_a_new_file_does_not_replace_one_that_exists(series):
    _, box = series
    files = FILES | {"drivers/new.c": b"old\n"}
    with pytest.raises(ApplyError, match=r"creates drivers/new\.c, which exists"):
        SparseBase(files).apply(mailbox.parse_mails({"box": box}))
