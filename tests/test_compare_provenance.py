# SPDX-License-Identifier: GPL-2.0-only
"""Each line that a spec put into a file is told with the template's line and the fields."""

from __future__ import annotations

import rendering
from afugen import resources
from afugen.compare.provenance import edited_lines, yaml_path
from afugen.render import rendering as render
from afugen.spec import loading
from test_cli import V1


def found(path: str):
    changes = render.render(loading.load(V1), rendering.seed_base())
    (change,) = (change for change in changes if change.path == path)
    return change, edited_lines(change.before, change.after, change.edits)


def test_the_lines_of_an_origin_are_those_that_its_edit_wrote():
    change, made = found(rendering.UAPI)
    lines = change.after.decode().split("\n")
    written = {o.template: "\n".join(lines[o.lines.start - 1 : o.lines.stop - 1]) for o in made}
    for template, text in written.items():
        file, _, line = template.rpartition(":")
        tag = (resources.templates().parent / file).read_text().split("\n")[int(line) - 1]
        assert "{% edit" in tag
        expected = {"enum": "CXL_EVENT_AFU_DRIVER", "struct": "__u64 reserved[4];",
                    "union": "afu_driver_event;"}  # fmt: skip
        (kind,) = (kind for kind in expected if f" {kind}(" in tag)
        assert expected[kind] in text


def test_an_inline_edit_is_the_whole_line_it_stands_in():
    change, made = found(rendering.PRIVATE)
    (version,) = (o for o in made if o.fields == ("api_version",))
    (line,) = version.lines
    assert change.after.decode().split("\n")[line - 1].startswith("#define CXL_API_VERSION ")


def test_what_takes_lines_out_is_told_of_the_lines_around():
    change, made = found(rendering.FILE)
    (gone,) = (o for o in made if o.removes)
    place = gone.lines.start
    for line, edits in ((place - 1, [gone]), (place, [gone]), (place + 5, [])):
        assert [edit for edit in made if edit.covers({line})] == edits
    assert b"static inline int ctx_event_pending" not in change.before.split(b"\n")[place]


def test_every_line_that_came_has_an_origin():
    spec, base = loading.load(V1), rendering.seed_base()
    for change in render.render(spec, base):
        covered = {
            line
            for origin in edited_lines(change.before, change.after, change.edits)
            for line in origin.lines
        }
        old = set(change.before.split(b"\n"))
        for number, line in enumerate(change.after.split(b"\n"), 1):
            if line not in old:
                assert number in covered, (change.path, number, line)


def test_a_new_file_is_its_edits():
    change, _ = found(rendering.UAPI)
    (origin, *_) = edited_lines(None, b"a\nb\n", change.edits[:1])
    assert (origin.lines, origin.template) == (range(1, 3), change.edits[0].origin)


def test_a_field_is_a_path_in_its_file():
    assert yaml_path("ops.callbacks[1].promise") == ("ops", "callbacks", 1, "promise")
