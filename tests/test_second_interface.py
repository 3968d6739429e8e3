# SPDX-License-Identifier: GPL-2.0-only
"""An interface that afugen does not come with, through every command, and edited without Python."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import jsonschema
import pytest

import ringlog
from afugen.spec import yamlsource
from ringlog import DRIVER, SOURCE

pytestmark = pytest.mark.slow

INTERFACE = "interface/interface.yaml"
NAME = "2-0001-ringlog-Let-a-source-hand-out-records-of-its-own.patch"


@pytest.fixture(scope="module")
def shared_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def user(tmp_path, shared_cache):
    """The second interface as a user has it."""
    return ringlog.copied(tmp_path, shared_cache)


def added(diff: str) -> list[str]:
    return [line[1:].strip() for line in diff.splitlines() if re.match(r"\+(?!\+\+)", line)]


def test_its_schema_is_printed_for_editors(user):
    schema = json.loads(user.afugen("schema", "--interface", "./interface").stdout)
    for version in ("v1", "v2"):
        spec = yamlsource.read(SOURCE / "series" / version / "spec.yaml").value
        jsonschema.validate(spec, schema)
        with pytest.raises(jsonschema.ValidationError, match="surprise"):
            jsonschema.validate(spec | {"surprise": 1}, schema)


def test_its_fields_are_described(user):
    told = user.afugen("interface", "interface/").stdout
    assert told.startswith("Records of sources, read through ringlog\n")
    assert "notify: section, with wakes: source\n" in told
    assert "        to programs: records of a source are read before texts\n" in told


def test_a_folder_without_a_slash_is_told_how_to_be_named(user):
    told = user.afugen("interface", "interface", code=2).stderr
    assert told.endswith("; for the folder write ./interface\n")


def test_render_prints_a_diff_that_git_applies(user):
    (user.top / "v2.diff").write_text(user.render())
    user.git("apply", "--check", "--index", str(user.top / "v2.diff"))
    assert "	} else if (ringlog_source_ready(log)) {" in (user.top / "v2.diff").read_text()


def test_the_two_versions_differ_in_what_their_fields_choose(user):
    first, second = added(user.render("v1")), added(user.render("v2"))
    assert "if (ringlog_source_ready(log)) {" in first
    assert "} else if (ringlog_source_ready(log)) {" in second
    assert "if (rc < 0 || rc > RINGLOG_MAX) {" in set(second) - set(first)
    assert "void ringlog_notify(struct ringlog *log)" in set(second) - set(first)


def test_apply_commits_each_patch_to_a_branch(user):
    told = user.afugen("apply", "series/v2", "--tree", "linux", "--branch", "new").stdout
    assert told.endswith(" is now new in linux, a new branch\n")
    assert user.git("log", "--format=%s", "main..new").splitlines() == [
        "ringlog: Add a test of sources",
        "ringlog: Let a source hand out records of its own",
    ]
    assert user.git("status", "--porcelain") == ""
    diff = user.git("diff", "main", "new")
    assert added(diff) == added(user.render())


def test_a_tree_that_has_the_feature_is_refused(user):
    user.afugen("apply", "series/v1", "--tree", "linux", "--branch", "new")
    arguments = ("render", "series/v2", "--tree", "linux", "--base", "new")
    told = user.afugen(*arguments, code=2).stderr
    assert 'member("ringlog", "ops")' in told
    assert re.search(r"include/linux/ringlog\.h:\d+ struct ringlog_ops,", told)
    assert re.search(r"include/uapi/linux/ringlog\.h:\d+ enumerator RINGLOG_SOURCE", told)


BASELINE = ("baseline", "--interface", "./interface", "--tree", "linux", "--branch", "old")


def test_baseline_takes_out_what_apply_put_in(user):
    user.afugen("apply", "series/v2", "--tree", "linux", "--branch", "new")
    told = user.afugen(*BASELINE, "--base", "new~1").stdout
    assert told.splitlines()[1] == f"changed {DRIVER}/main.c"
    assert user.git("diff", "main", "old") == ""
    assert user.git("log", "-1", "--format=%s", "old") == "Remove the ops of ringlog's sources\n"


def test_baseline_tells_who_still_uses_the_ops(user):
    user.afugen("apply", "series/v2", "--tree", "linux", "--branch", "new")
    told = user.afugen(*BASELINE, "--base", "new", code=2).stderr
    assert re.search(rf"\n  {DRIVER}/ringlog_test\.c:\d+: ringlog_notify\(", told)
    assert user.git("branch", "--list", "old") == ""


def test_an_interface_without_edits_that_remove_has_no_baseline(user):
    (user.top / "interface/without").rename(user.top / "gone")
    told = user.afugen(*BASELINE, code=2).stderr
    assert told.endswith("interface has no without/: there is nothing to take out of a tree\n")


def test_series_writes_mail_that_git_am_takes(user):
    user.afugen("series", "series/v2", "--tree", "linux", "--output", "outgoing")
    cover, *patches = sorted((user.top / "outgoing").iterdir())
    assert cover.name == "v2-0000-cover-letter.patch"
    assert "Signed-off-by: A Developer <developer@example.org>" in patches[0].read_text()
    user.afugen("apply", "series/v2", "--tree", "linux", "--branch", "new")
    user.git("checkout", "-q", "-b", "received")
    user.git("am", "-q", *map(str, patches))
    assert user.git("rev-parse", "received^{tree}") == user.git("rev-parse", "new^{tree}")


def test_the_committed_mails_are_what_the_specs_make(user):
    told = user.afugen("check", "--regen", "series/v1", "series/v2", "--tree", "linux").stdout
    assert told == "".join(
        f"{name}: the committed patches are what the spec makes\n" for name in ("v1", "v2")
    )


def test_a_stale_mail_is_told_with_the_command_that_renews_it(user):
    user.edit("series/v2/spec.yaml", "value: 3", "value: 33")
    check = ("check", "--regen", "series/v2", "--tree", "linux", "--base", "main")
    told = user.afugen(*check, code=1).stdout
    assert "+\tRINGLOG_SOURCE = 33,\t" in told
    (command,) = re.findall(r"renew it with: afugen (.*)", told)
    assert command == "series series/v2/spec.yaml --update --tree linux --base main"
    user.afugen(*command.split())
    user.afugen(*check)


def test_a_tree_that_moved_on_is_told_from_a_stale_mail(user):
    user.edit(f"linux/{DRIVER}/api.c", "kernel code can do", "kernel code may do")
    user.git("commit", "-qam", "another word")
    told = user.afugen("check", "--regen", "series/v2", "--tree", "linux", code=1).stdout
    assert f"base moved: {DRIVER}/api.c; renew it with" in told


def test_review_checks_the_claims_of_its_ledger(user):
    told = user.afugen("review", "series/v2", "--tree", "linux").stdout
    assert told.endswith("all 4 claims hold\n")
    assert f"       {DRIVER}/main.c:82\n         ringlog_read() returns -EIO if" in told
    user.edit("series/v2/review.yaml", "rc > RINGLOG_MAX", "rc > sizeof(body)")
    told = user.afugen("review", "series/v2", "--tree", "linux", code=1).stdout
    assert "1 of 4 claims do not hold" in told


def test_diff_says_what_the_later_version_costs_and_changes(user):
    pages = ("--html", "diff.html", "--json", "diff.json")
    told = user.afugen("diff", "series/v1", "series/v2", "--tree", "linux", "--no-build", *pages)
    flat = " ".join(told.stdout.split())
    assert "source: call ringlog_notify() when there is a record" in flat
    assert "refused with an error; it was: ops that lack a callback are taken" in flat
    found = json.loads((user.top / "diff.json").read_text())
    assert [one.partition(";")[0] for one in found["seen"]] == [
        "a record of a source wakes whoever sleeps in poll() or read()",
        "a source's record of an impossible size is dropped, and read() returns EIO",
        "records of a source are read before texts",
    ]
    assert "~ priority: first → before-texts" in told.stdout
    assert "interface/drivers/char/ringlog/main.c.j2:" in told.stdout
    assert str(user.top) not in told.stdout
    page = (user.top / "diff.html").read_text()
    assert "check-ops-once" in page
    assert "interface/read/bound.c.j2" in page or "main.c.j2" in page


def test_diff_compares_versions_of_an_older_and_a_newer_interface(user):
    shutil.copytree(user.top / "interface", user.top / "newer")
    for old, new in (("  wakes:", "  woken_by:"), ("[wakes, size", "[woken_by, size"),
                     ("{wakes: source}", "{woken_by: source}"),
                     ("{field: record.value,", "{field: woken_by,")):  # fmt: skip
        user.edit("newer/interface.yaml", old, new)
    user.edit("series/v2/spec.yaml", "wakes: source", "woken_by: source")
    user.edit("series/v2/spec.yaml", "../../interface", "../../newer")
    told = user.afugen("diff", "series/v1", "series/v2", "--tree", "linux", "--no-build").stdout
    assert "- wakes: nobody" in told
    assert "+ woken_by: source" in told
    assert "call ringlog_notify() when there is a record" in " ".join(told.split())


def test_build_makes_the_modules_and_the_programs_of_its_test(user):
    made = user.afugen("build", "series/v2", "--tree", "linux", "--json", "build.json").stdout
    names = [line.rpartition("/")[2] for line in made.splitlines()]
    assert names == [
        "vmlinux.stripped", "ringlog.ko", "ringlog_test.ko", "initramfs.cpio", "reproduce.sh"
    ]  # fmt: skip
    packed = Path(made.splitlines()[3]).read_bytes()
    assert re.search(rb"tests/list\0+reads\n", packed)
    user.edit("interface/read/bound.c.j2", "return -EIO;", "return -EIOU;")
    failed = user.afugen("build", "series/v2", "--tree", "linux", code=1).stderr
    assert f"{DRIVER}/main.c:84:" in failed
    assert "EIOU" in failed


# Edits of an interface's own files, without Python.

FIELD = """\
      value: {description: "header.type, a __u16", type: integer, minimum: 1, maximum: 65535}
"""
TARGET = "	/* what it holds is the source's to say */"


def test_mistakes_of_several_kinds_are_told_at_once(user):
    user.edit(INTERFACE, "partials: [read]", "partial: [read]")
    user.edit(INTERFACE, "at: size_check", "at: size_chek")
    user.edit(INTERFACE, "record: spec.record.name", "record: spec.record.")
    user.edit(INTERFACE, "when: {wakes: source}", "when: {wake: source}")
    told = user.afugen("render", "series/v2", "--tree", "linux", code=2).stderr
    heads = re.findall(r"^(?:afugen: )?interface/interface\.yaml:\d+:\d+: (.*)$", told, re.M)
    assert [head.partition(":")[0] for head in heads] == [
        "a spec has no field 'wake'",
        "a spec has no field 'size_chek'",
        "not an expression",
        "unknown key 'partial'",
    ]


def test_a_new_field_is_checked_and_reaches_the_code(user):
    user.edit(INTERFACE, FIELD, f"{FIELD}      comment: {{type: string, format: c-comment-line}}\n")
    user.edit(INTERFACE, "required: [name, value]", "required: [name, value, comment]")
    template = "interface/include/uapi/linux/ringlog.h.j2"
    user.edit(template, TARGET, "	{{ spec.record.comment | comment_line }}")
    told = user.afugen("render", "series/v2", "--tree", "linux", code=2).stderr
    assert re.search(r"series/v2/spec\.yaml:\d+:\d+: 'comment' is missing\n", told)
    user.edit("series/v2/spec.yaml", "  value: 3\n", "  value: 3\n  comment: a */ b\n")
    told = user.afugen("render", "series/v2", "--tree", "linux", code=2).stderr
    assert "comment: '*/' would end or nest the C comment it goes into\n" in told
    user.edit("series/v2/spec.yaml", "a */ b", "of a source")
    assert "RINGLOG_SOURCE = 3,	/* of a source */" in added(user.render())
    assert "record.comment: c-comment-line\n" in user.afugen("interface", "./interface").stdout


def test_a_new_op_is_checked_and_called(user):
    user.edit(INTERFACE, "[ready, fill, none]", "[ready, fill, dropped, none]")
    user.edit(
        INTERFACE,
        "arguments:\n",
        "  dropped: {when: {size_check: bound}, returns: [void], passes: [log], needs: [log]}\n"
        "arguments:\n",
    )
    user.edit(
        "interface/read/bound.c.j2",
        "			mutex_unlock(&log->lock);\n",
        "			log->{{ spec.ring.member }}->{{ op('dropped').name }}(log);\n"
        "			mutex_unlock(&log->lock);\n",
    )
    told = user.afugen("render", "series/v2", "--tree", "linux", code=2).stderr
    assert "0 callbacks have the role dropped, not one\n" in told
    user.edit(
        "series/v2/spec.yaml",
        "  locking: |\n",
        """\
    - name: discard
      role: dropped
      returns: void
      parameters: [{name: log, type: struct ringlog *}]
      promise: "${self}() is called when a record of ${fill}() is dropped.\\n"
  locking: |
""",
    )
    lines = added(user.render())
    assert "void (*discard)(struct ringlog *log);" in lines
    assert "log->ops->discard(log);" in lines
    assert "if (!ops->ready || !ops->fill || !ops->discard)" in lines
    assert "* discard() is called when a record of fill() is dropped." in lines
    assert user.render("v1")
    told = user.afugen("diff", "series/v1", "series/v2", "--tree", "linux", "--no-build").stdout
    assert "discard() is a new op: void discard(struct ringlog *log)" in " ".join(told.split())


def test_one_more_kernel_file_is_one_more_template(user):
    user.edit(
        INTERFACE,
        "\n  ops:\n",
        """
  kconfig:
    type: [object, "null"]
    default: null
    required: [symbol]
    additionalProperties: false
    properties: {symbol: {type: string, format: kconfig-symbol}}

  ops:
""",
    )
    user.edit(INTERFACE, "declares:\n", "declares:\n  - {config: kconfig.symbol}\n")
    user.add(
        f"interface/{DRIVER}/Kconfig.j2",
        """\
{% if spec.kconfig %}
{% edit after config("RINGLOG") %}

config {{ spec.kconfig.symbol }}
	bool
{% endedit %}
{% endif %}
""",
    )
    assert f"diff --git a/{DRIVER}/Kconfig" not in user.render("v1")
    user.add("series/v1/spec.yaml", "kconfig: {symbol: RINGLOG_SOURCES}\n")
    assert "config RINGLOG_SOURCES" in added(user.render("v1"))
    user.add(f"linux/{DRIVER}/Kconfig", "\nconfig RINGLOG_SOURCES\n	bool\n")
    user.git("commit", "-qam", "taken")
    told = user.afugen("render", "series/v1", "--tree", "linux", code=2).stderr
    assert f'{DRIVER}/Kconfig:8 config("RINGLOG_SOURCES")' in told
