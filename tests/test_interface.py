# SPDX-License-Identifier: GPL-2.0-only
"""What is wrong with an interface.yaml: each mistake with its line, and all of them at once."""

from __future__ import annotations

import shutil

import pytest

from afugen import resources
from afugen.errors import InputError, SpecError, TreeError
from afugen.series import commits, version
from afugen.spec import interface, loading
from ringlog import SOURCE


class User:
    """An interface of a user's, and a spec of it."""

    def __init__(self, top) -> None:
        for name in ("interface", "series"):
            shutil.copytree(SOURCE / name, top / name)
        self.yaml = top / "interface" / "interface.yaml"
        self.spec = top / "series" / "v2" / "spec.yaml"

    def edit(self, path, old: str, new: str) -> None:
        text = path.read_text()
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {path}"
        path.write_text(text.replace(old, new))

    def complaints(self) -> list[tuple[str, str]]:
        """What is said of interface.yaml: each message, and the text that its caret points at."""
        with pytest.raises(SpecError) as caught:
            loading.load(self.spec)
        lines = self.yaml.read_text().split("\n")
        for one in caught.value.complaints:
            assert one.file == "interface/interface.yaml"
            assert lines[one.line - 1].startswith(one.source.rstrip())
        return [
            (one.message, lines[one.line - 1][one.column - 1 :]) for one in caught.value.complaints
        ]


@pytest.fixture
def user(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return User(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "message", "at"),
    [
        ("rules:\n", "rules: [\n", "expected the node content, but found '-'", "- req"),
        ("\ntitle:", "\ntitel:", "unknown key 'titel'", "titel: Records"),
        ("minItems: 1", "minItem: 1", "unknown key 'minItem'", "minItem: 1"),
        ("format: c-comment-line}", "format: c-remark}", "no format 'c-remark'; there", "c-rem"),
        ("at: size_check", "at: size_chek", "a spec has no field 'size_chek'", "size_chek"),
        ("- {struct: ops.struct}", "- {struct: ops.name}", "a spec has no field 'ops.name'",
         "ops.name"),
        ("{field: attach.name,", "{field: attach.nam,", "a spec has no field 'attach.nam'",
         "attach.nam"),
        ("detail: notify.doc", "detail: notify.docs", "a spec has no field 'notify.docs'", "noti"),
        ("kernel: [attach.inc", "kernel: [attac.inc", "a spec has no field 'attac.",
         "attac."),
        ("when: {wakes: source}", "when: {wake: source}", "a spec has no field 'wake'", "wake:"),
        ("when: {wakes: source}", "when: {wakes: sauce}", "wakes is never 'sauce'; it is nobody,",
         "sauce"),
        ("means: {both: the", "means: {all: the", "unknown key 'all'; there are kernel,",
         "all: "),
        ('or spec.size_check == "trust"', "or)", "not an expression: unexpected ')'", "spec.att"),
        ("{{ spec.size_check }} needs", "{{ spec.size_check needs", "not a template: ", '"size_ch'),
        ("record: spec.record.name", "record: spec.record.nam", "a spec has no field 'record.nam'",
         "spec.record.nam"),
        ("ready: name_of(", "ready: op_of(", "there is no 'op_of' here; there are spec, name_of,",
         'op_of("ready")'),
        ("spec.record.name\n", "spec.record.name | upcase\n", "not an expression: No filter named",
         "spec.record.name | upcase"),
        ("engine#/$defs/test", "engine#/$defs/tset", "'afugen:engine#/$defs/tset' names no schema",
         '"afugen:'),
        ("  test: {$ref", "  tset: {$ref", "test has to be {$ref: ", "interface: {$ref"),
        ("passes: [log, buffer, size]", "passes: [log, buff, size]",
         "there is no 'buff' in `arguments`", "buff,"),
        ("[ready, fill, none]", "[ready, filled, none]", "there is no 'filled' in `calls`", "fil"),
        ("default: nobody", "default: noone", "default: input should be 'nobody' or 'source'",
         "noone"),
        ("partials: [read]", "partials: [red]", "there is no folder 'red'", "red]"),
        ("maximum: 65535", "maximum: many", "not JSON Schema: 'many' is not of type 'number'",
         "many}"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_column(user, old, new, message, at):
    user.edit(user.yaml, old, new)
    found = user.complaints()
    assert [one for one in found if one[0].startswith(message) and one[1].startswith(at)], found


def test_a_reference_that_leads_back_to_itself_is_told(user):
    circle = '$defs:\n  a: {$ref: "#/$defs/b"}\n  b: {$ref: "#/$defs/a"}\n'
    user.edit(user.yaml, "build:\n", f"{circle}build:\n")
    assert user.complaints() == [
        ("'#/$defs/b' leads back to itself", '"#/$defs/b"}'),
        ("'#/$defs/a' leads back to itself", '"#/$defs/a"}'),
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('spec.size_check == "trust"', "spec.record.value + spec.ring.member == 3", "TypeError: "),
        ("spec.attach.incomplete_ops ==", "spec.attach.name.nothing ==",
         "UndefinedError: 'str object' has no attribute 'nothing'"),
        ("name_of(\"ready\")", "spec.record.value / 0", "ZeroDivisionError: "),
    ],
)  # fmt: skip
def test_an_expression_that_fails_for_a_spec_is_told_with_its_line(user, old, new, message):
    user.edit(user.yaml, old, new)
    user.edit(user.spec, "incomplete_ops: error", "incomplete_ops: unchecked")
    ((told, at),) = user.complaints()
    assert told.startswith(message)
    assert new in at


def test_a_rule_is_told_of_the_spec_that_breaks_it(user):
    user.edit(user.spec, "incomplete_ops: error", "incomplete_ops: unchecked")
    with pytest.raises(SpecError) as caught:
        loading.load(user.spec)
    (one,) = caught.value.complaints
    assert one.message == "size_check: bound needs ops that are known to be complete"
    assert (one.file, one.source) == (str(user.spec), "size_check: bound")


def test_an_interface_is_called_by_its_path_from_here(user, monkeypatch):
    assert loading.load(user.spec).interface.label == "interface"
    monkeypatch.chdir(user.spec.parent)
    assert loading.load(user.spec).interface.label == str(user.yaml.parent)
    assert interface.find("cxl").label == "templates/cxl"


def test_a_folder_named_without_a_slash_is_told_how_to_be_named(user):
    with pytest.raises(InputError, match=r"no interface 'interface'; .*; for the folder write \./"):
        interface.find("interface")
    with pytest.raises(InputError, match=r"no interface 'series'; there are cxl$"):
        interface.find("series")


def test_what_is_kept_of_an_interface_is_made_again_for_another_schema(user, monkeypatch, tmp_path):
    before = interface.load(user.yaml.parent)
    schemas = shutil.copytree(resources.schemas(), tmp_path / "schemas")
    text = (schemas / "interface.schema.yaml").read_text()
    added = "  surprise: {type: boolean, default: true}\n"
    (schemas / "interface.schema.yaml").write_text(
        text.replace("  $defs: {type: object}\n", f"  $defs: {{type: object}}\n{added}")
    )
    monkeypatch.setattr(resources, "schemas", lambda: schemas)
    interface._load.cache_clear()
    after = interface.load(user.yaml.parent)
    assert after.data.surprise
    assert after.key != before.key
    interface._load.cache_clear()


def test_a_users_interface_has_no_versions_by_name_whatever_it_is_called(user):
    own = user.yaml.parent.rename(user.yaml.parent.with_name("cxl"))
    of = interface.find("./cxl")
    assert (of.name, version.known(of)) == ("cxl", ())
    with pytest.raises(InputError, match=r"^cxl: no feature of this interface was merged"):
        version.stock(of)
    user.edit(user.spec, "../../interface", "../../cxl")
    assert version.find("series/v2").word == "series/v2/spec.yaml"
    assert version.find("cxl/v2").word == version.find("v2").word == "v2"
    assert own.is_dir()


def test_a_cover_letter_has_the_results_of_the_versions_beside_it(user):
    cover = "      The first patch adds the callbacks, the second one a test of them.\n"
    user.edit(user.spec, cover, "      ${results}\n")
    results = '{"linux-source-6.1": {"source.is_read_first": "xfail"}}'
    (user.spec.parents[1] / "v1" / "results.json").write_text(results)
    body = version.find("series/v2").cover.body
    assert body.splitlines()[1].split() == ["records", "of", "a", "source", "1", "of", "1", "fail"]


def test_a_package_without_the_driver_says_how_to_name_another_tree(monkeypatch):
    def nothing(*_, **__):
        raise TreeError("linux-source-6.1: there is no x.c")

    monkeypatch.setattr(commits, "default_files", nothing)
    with pytest.raises(TreeError, match=r"there is no x\.c; --tree names another tree$"):
        commits.files_of(None, "HEAD", interface.find("cxl"))
