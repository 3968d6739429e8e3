# SPDX-License-Identifier: GPL-2.0-only
"""What `baseline` takes out of a tree, and what it leaves alone."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from afugen.strip import strip
from afugen.strip.feature import Feature, Identifier, Kind
from baseline_tree import (
    FEATURE,
    HEADER,
    PATH,
    assert_only_removes,
    cases_in,
    code_words,
    files_of,
    in_function,
    run,
    stripped,
    tree,
)

DRIVER = """\
static int port_count;

static int port_hook_copy(struct port *port, struct hook_data *data)
{
	if (!data)
		return -EINVAL;
	port->hooks->settle(port, data);
	return copy_out(data->bytes, data->size);
}

int port_set_hooks(struct port *port, struct hook_ops *ops)
{
	if (!ops->grab)
		return -EINVAL;
	port->hooks = ops;
	return 0;
}
EXPORT_SYMBOL_GPL(port_set_hooks);

/* Wake up who sleeps */
void port_hook_ready(struct port *port)
{
	port->hooked++;
	wake_up(&port->all);
}
EXPORT_SYMBOL_GPL(port_hook_ready);

int port_open(struct port *port)
{
	struct hook_data *data = NULL;

	port_count++;
	if (port->hooks && port->hooked) {
		data = port->hooks->grab(port);
		port->hooked--;
	} else if (port->irq) {
		port->irq = 0;
	}

	if (data)
		return port_hook_copy(port, data);

	return port_count;
}
"""

DRIVER_WITHOUT = """\
static int port_count;

int port_open(struct port *port)
{
	port_count++;
	if (port->irq) {
		port->irq = 0;
	}

	return port_count;
}
"""

HEADER_WITHOUT = """\
/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PORT_H
#define _PORT_H

struct list { struct list *next; };

enum note_kind {
	NOTE_NONE = 0,
	NOTE_IRQ  = 1,
};

struct note {
	int kind;
	union {
		int irq;
	};
};

struct port {
	int irq;
	int state;

	struct list all;
};

int port_open(struct port *port);

#endif
"""

# beside every part of the feature something foreign that looks like it
FOREIGN = """\
#define NOTE_HOOK_MASK 7
#define grab_all(x) ((x)->grabbed)

/* settle() here has nothing to do with hook_ops */
struct crane {
	int grab;
	void (*settle)(struct crane *crane);
	struct { int hooked; } state;
};

enum crane_kind { CRANE_HOOK, CRANE_GRAB };

static int crane_settle(struct crane *crane, int extra)
{
	int hooks = crane->grab + crane->state.hooked;

	crane->grab = extra; /* grab it, unlike port_set_hooks() */
#ifdef CONFIG_CRANE
	if (hooks && extra)
		crane->settle(crane);
#endif
	return hooks;
}

static struct crane cranes[] = {
	{ .grab = 1, .settle = NULL },
	{ .grab = 2, .state = { .hooked = 3 } },
};

static int settle(void)
{
	struct crane *crane = cranes;


	return crane_settle(crane, NOTE_HOOK_MASK) + grab_all(crane);
}
"""


MENTIONS = """\
struct hook_data *data = NULL;
int n = 0;

lock(port);
if (port->hooks)
	data = port->hooks->grab(port);
port->hooked = 3;

if (data) {
	n = data->size;
	port->hooks->settle(port, data);
}
unlock(port);

return port->irq;
"""

SHADOWS = """\
int NOTE_HOOK = port->irq, port_hook_ready = 2;

if (NOTE_HOOK && port_hook_ready)
	a(NOTE_HOOK);
return NOTE_HOOK;
"""


def test_driver_loses_all_of_it_and_nothing_else() -> None:
    result = run(DRIVER)
    assert files_of(result, DRIVER) == DRIVER_WITHOUT
    assert dict(result.files)["include/port.h"].decode() == HEADER_WITHOUT
    assert [str(line) for line in result.reshaped] == [
        "drivers/port/port.c:38: } else if (port->irq) { -> if (port->irq) {"
    ]
    assert result.mentions == ()


def test_no_word_of_it_is_left() -> None:
    result = run(DRIVER)
    for _, source in result.files:
        assert code_words(source.decode()).isdisjoint(FEATURE.words)


def test_twice_is_once() -> None:
    once = dict(run(DRIVER).files)
    assert strip(once, FEATURE).files == ()


def test_tree_without_it_stays() -> None:
    files = tree(FOREIGN) | {"include/port.h": HEADER_WITHOUT.encode()}
    assert strip(files, FEATURE).files == ()


def test_look_alikes_in_a_file_of_their_own_stay() -> None:
    result = run(
        DRIVER, drivers__crane_DOT_c=FOREIGN, drivers__crane2_DOT_c="#include <port.h>\n" + FOREIGN
    )
    assert {path for path, _ in result.files} == {PATH, "include/port.h"}


@pytest.mark.parametrize("position", ["before", "after"])
def test_look_alikes_in_the_same_file_stay(position: str) -> None:
    both = FOREIGN + "\n" + DRIVER if position == "before" else DRIVER + "\n" + FOREIGN
    expected = both.replace(DRIVER, DRIVER_WITHOUT)
    assert stripped(both) == expected


def test_foreign_code_between_stays() -> None:
    """Foreign lines put between any two lines of a function's statements survive in place."""
    probe, lines = (
        "\tprobe(port, 7);",
        in_function(MENTIONS).split("\n"),
    )
    statement_starts = [i for i in range(5, len(lines) - 2) if not lines[i - 1].endswith(")")]
    for index in statement_starts:
        text = stripped("\n".join([*lines[:index], probe, *lines[index:]]))
        inside = re.match(r"\t\t|\t}", lines[index]) is not None
        assert text.count(probe) == (0 if inside else 1), f"line {index}:\n{text}"


def test_other_branches_and_members_stay() -> None:
    header = HEADER.replace("	int hooked;\n", "	int hooked;\n	int foreign;\n").replace(
        "		struct hook_data extra;\n",
        "		struct hook_data extra;\n		long foreign;\n",
    )
    source = DRIVER.replace(
        "	} else if (port->irq) {\n",
        "	} else if (port->foreign) {\n		port->foreign = 0;\n	} else if (port->irq) {\n",
    )
    result = strip(tree(source) | {"include/port.h": header.encode()}, FEATURE)
    files = dict(result.files)
    assert (
        b"	int state;\n\n	int foreign;\n\n	struct list all;\n" in files["include/port.h"]
    )
    assert b"		int irq;\n		long foreign;\n	};\n" in files["include/port.h"]
    assert "	if (port->foreign) {\n		port->foreign = 0;\n	} else if" in files_of(
        result, source
    )


def test_static_function_of_a_listed_name_is_anothers() -> None:
    source = "static int port_set_hooks(int n)\n{\n\treturn n;\n}\n\nint g = 1;\n"
    other = {
        "drivers/other.c": (source + "int h(void)\n{\n\treturn port_set_hooks(2);\n}\n").encode()
    }
    assert "drivers/other.c" not in dict(strip(tree(DRIVER) | other, FEATURE).files)


def test_enumerator_of_another_enum_is_anothers() -> None:
    enum = b"enum drink { NOTE_HOOK = 1, WATER };\n"
    use = b"int h(int n)\n{\n\treturn n == NOTE_HOOK;\n}\n"
    files = tree(DRIVER) | {
        "drivers/own.c": enum + use,
        "drivers/drink.h": enum,
        "drivers/user.c": b'#include "drink.h"\n\n' + use,
    }
    assert {path for path, _ in strip(files, FEATURE).files} == {PATH, "include/port.h"}


def test_local_variable_of_a_listed_name_is_anothers() -> None:
    source = in_function(SHADOWS)
    assert stripped(source) == source


def test_member_of_an_unknown_struct_is_the_features_only_if_no_other_has_it() -> None:
    source = in_function("if (any_port()->hooked)\n\ta(port);\nreturn any_port()->irq;\n")
    assert "a(port)" not in stripped(source)
    beside = "struct coat {\n\tint hooked;\n};\n\n"
    assert stripped(beside + source) == beside + source


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("A,\n\tNOTE_HOOK,\n\tB,\n\tC", "A,\n\tB = 2,\n\tC"),
        ("A = 4,\n\tNOTE_HOOK,\n\tB = 9", "A = 4,\n\tB = 9"),
        ("A, NOTE_HOOK, B = 9", "A, B = 9"),
        ("NOTE_HOOK = 0x10, B", "B = 17"),
        ("A,\n\tNOTE_HOOK", "A,"),
    ],
)
def test_other_constants_keep_their_values(before: str, after: str) -> None:
    files = {"include/k.h": f"enum note_kind {{\n\t{before}\n}};\n".encode()}
    ((_, source),) = strip(files, FEATURE).files
    assert source.decode() == f"enum note_kind {{\n\t{after}\n}};\n"


CASES = cases_in("files.cases")


@pytest.mark.parametrize("case", CASES)
def test_of_a_file(case: str) -> None:
    before, after = CASES[case]
    assert stripped(before) == after


def test_macro_made_of_it_goes_with_its_uses() -> None:
    source = "#define port_is_hooked(p) ((p)->hooked > 0)\n#define port_irq(p) ((p)->irq)\n\n"
    use = in_function("if (port_is_hooked(port))\n\ta(port);\nreturn port_irq(port);\n")
    assert stripped(source + use) == (
        "#define port_irq(p) ((p)->irq)\n\n" + in_function("return port_irq(port);\n")
    )


def test_function_that_is_left_without_meaning_goes_with_its_callers_calls() -> None:
    source = in_function("port_hook_ready(port);\nreturn 0;\n", "static int g(struct port *port)")
    use = "\n" + in_function("int rc = port->irq;\n\nif (g(port))\n\treturn 1;\nreturn rc;\n")
    assert stripped(source + use) == in_function("int rc = port->irq;\n\nreturn rc;\n")


def test_include_that_was_for_it_alone_goes() -> None:
    private = (
        "#include <linux/types.h>\n#include <port.h>\n\n"
        "struct hook_ops;\nstruct box { int n; struct hook_ops *o; };\n"
    )
    files = {
        "include/port.h": HEADER.encode(),
        "drivers/port/box.h": private.encode(),
        "drivers/port/box.c": b'#include "box.h"\n\nint n(struct box *box);\n',
    }
    result = dict(strip(files, FEATURE).files)
    assert result["drivers/port/box.h"] == b"#include <linux/types.h>\n\nstruct box { int n; };\n"


@pytest.mark.parametrize(
    "use", ["int f(struct port *port);", "enum note_kind kind;", "#define F port_open"]
)
def test_include_stays_if_something_else_of_it_is_used(use: str) -> None:
    private = f"#include <port.h>\n\nstruct box {{ struct hook_ops *o; int n; }};\n{use}\n"
    files = {"include/port.h": HEADER.encode(), "drivers/box.h": private.encode()}
    assert b"#include <port.h>" in dict(strip(files, FEATURE).files)["drivers/box.h"]


def test_include_stays_if_another_file_needs_it_through_this_one() -> None:
    private = "#include <port.h>\n\nstruct box { struct hook_ops *o; int n; };\n"
    files = {
        "include/port.h": HEADER.encode(),
        "drivers/box.h": private.encode(),
        "drivers/box.c": b'#include "box.h"\n\nint n(void)\n{\n\treturn port_open(0);\n}\n',
    }
    assert b"#include <port.h>" in dict(strip(files, FEATURE).files)["drivers/box.h"]


def test_comments_at_the_top_are_the_files() -> None:
    top = "// SPDX-License-Identifier: GPL-2.0\n/*\n * Copyright\n */\n"
    files = {"a.h": (top + "struct hook_ops;\n/* b */\nint b;\n").encode()}
    assert dict(strip(files, FEATURE).files)["a.h"].decode() == top + "/* b */\nint b;\n"


def test_parameters_of_another_files_function_stay() -> None:
    own = "static int g(struct hook_data *d, int n)\n{\n\treturn b(n);\n}\n\nint i = g(0, 1);\n"
    other = b"static int g(int m, int n)\n{\n\treturn m + n;\n}\n\nint j = g(2, 3);\n"
    files = dict(strip(tree(own) | {"drivers/other.c": other}, FEATURE).files)
    assert "drivers/other.c" not in files
    assert b"int i = g(1);" in files[PATH]


def test_include_that_was_never_used_stays() -> None:
    files = tree('#include "spare.h"\n\n' + DRIVER) | {"drivers/port/spare.h": b"int spare;\n"}
    assert b'#include "spare.h"' in dict(strip(files, FEATURE).files)[PATH]


def test_names_that_other_files_may_use_are_told() -> None:
    source = (
        "struct hook_data *port_peek(struct port *port)\n{\n\treturn port->hooks->grab(port);\n}\n"
    )
    assert run(source).found == ("port_peek",)
    assert run("struct only {\n\tstruct hook_ops *ops;\n};\n").found == ("only",)
    assert run("struct some {\n\tstruct hook_ops *o1;\n\tint n;\n};\n").found == ("o1",)


def test_prose_is_told_not_edited() -> None:
    result = run(
        DRIVER, Documentation__port_DOT_rst="Ports\n=====\n\nCall port_set_hooks() first.\n"
    )
    (mention,) = result.mentions
    assert str(mention) == "Documentation/port.rst:4: Call port_set_hooks() first."
    assert "Documentation/port.rst" not in dict(result.files)


def test_comments_of_others_are_told_not_edited() -> None:
    result = run(DRIVER + "\n/* see port_hook_ready() */\nint f(void);\n")
    assert [m.text for m in result.mentions] == ["/* see port_hook_ready() */"]


@pytest.mark.parametrize("source", [DRIVER, DRIVER + FOREIGN, HEADER])
def test_it_only_removes(source: str) -> None:
    before = tree(source)
    assert_only_removes(before, strip(before, FEATURE))


def test_result_hangs_on_the_list_not_on_names() -> None:
    """The same with every identifier renamed, in the files and in the list."""

    def renamed(text: str) -> str:
        words = "|".join(word.removeprefix("CONFIG_") for word in FEATURE.words)
        return re.sub(rf"\b((?:CONFIG_)?)({words})\b", r"\1q_\2_z", text)

    feature = Feature(
        "q", tuple(replace(i, name=renamed(i.name), of=renamed(i.of)) for i in FEATURE.identifiers)
    )
    plain = tree(DRIVER + FOREIGN)
    result = strip({p: renamed(s.decode()).encode() for p, s in plain.items()}, feature)
    expected = {p: renamed(s.decode()) for p, s in strip(plain, FEATURE).files}
    assert {p: s.decode() for p, s in result.files} == expected


def test_shorter_list_takes_out_what_follows_from_it() -> None:
    """Members of a listed type need not be listed, nor what is made of them."""
    fewer = Feature(
        "hooks",
        tuple(i for i in FEATURE.identifiers if i.kind is not Kind.MEMBER or i.name == "hooked"),
    )
    assert strip(tree(DRIVER), fewer).files == run(DRIVER).files


def test_enum_left_empty_goes() -> None:
    feature = Feature("k", (Identifier("K", Kind.ENUMERATOR, "k"),))
    files = {"a.c": b"enum k { K };\n\nstruct s { enum k k; int n; };\n"}
    assert dict(strip(files, feature).files)["a.c"] == b"struct s { int n; };\n"
