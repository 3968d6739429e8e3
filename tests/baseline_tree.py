# SPDX-License-Identifier: GPL-2.0-only
"""A little tree with a feature in it, to take the feature out of."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent, indent

from afugen.strip import Stripped, strip
from afugen.strip.feature import Feature, Identifier, Kind

FEATURE = Feature(
    "hooks",
    (
        Identifier("hook_ops", Kind.STRUCT),
        Identifier("hook_data", Kind.STRUCT),
        Identifier("grab", Kind.MEMBER, "hook_ops"),
        Identifier("settle", Kind.MEMBER, "hook_ops"),
        Identifier("hooks", Kind.MEMBER, "port"),
        Identifier("hooked", Kind.MEMBER, "port"),
        Identifier("extra", Kind.MEMBER, "note"),
        Identifier("NOTE_HOOK", Kind.ENUMERATOR, "note_kind"),
        Identifier("port_set_hooks", Kind.FUNCTION),
        Identifier("port_hook_ready", Kind.FUNCTION),
        Identifier("PORT_HOOKS", Kind.CONFIG),
    ),
)

HEADER = """\
/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PORT_H
#define _PORT_H

struct list { struct list *next; };

enum note_kind {
	NOTE_NONE = 0,
	NOTE_IRQ  = 1,
	NOTE_HOOK = 2,
};

struct hook_data {
	unsigned int size;
	char bytes[];
};

struct note {
	int kind;
	union {
		int irq;
		struct hook_data extra;
	};
};

struct port {
	int irq;
	int state;

	/* what hooks have to say */
	struct hook_ops *hooks;
	int hooked;

	struct list all;
};

/*
 * Hooks let another driver have a say.
 */
struct hook_ops {
	struct hook_data *(*grab)(struct port *port);
	void (*settle)(struct port *port, struct hook_data *data);
};

/* Set them */
int port_set_hooks(struct port *port, struct hook_ops *ops);
void port_hook_ready(struct port *port);
int port_open(struct port *port);

#endif
"""

PATH = "drivers/port/port.c"


def cases_in(file: str) -> dict[str, tuple[str, str]]:
    """The cases of a data file: name -> what goes in, what comes out."""
    text = (Path(__file__).parent / "data/baseline" / file).read_text()
    found = {}
    for case in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]:
        name, _, rest = case.partition("\n")
        before, _, after = rest.partition("---\n")
        found[name] = (before, after.rstrip("\n") + "\n" if after.strip() else "")
    return found


def stripped(source: str, **others: str) -> str:
    """What becomes of a C file that includes the header."""
    return files_of(run(source, **others), source)


def run(source: str, **others: str) -> Stripped:
    """Strip a C file beside the header; `others` are more files, `__` for `/` and `_DOT_`."""
    return strip(tree(source, **others), FEATURE)


def tree(source: str, **others: str) -> dict[str, bytes]:
    """The files of the little tree."""
    names = {name.replace("__", "/").replace("_DOT_", "."): text for name, text in others.items()}
    files = {"include/port.h": HEADER, PATH: "#include <port.h>\n\n" + source, **names}
    return {path: text.encode() for path, text in files.items()}


def files_of(result: Stripped, source: str) -> str:
    """The text of the C file in a result, without the include that `tree` gave it."""
    text = dict(result.files).get(PATH, b"#include <port.h>\n\n" + source.encode()).decode()
    return text.removeprefix("#include <port.h>\n").removeprefix("\n")


def in_function(body: str, head: str = "int f(struct port *port)") -> str:
    """The body as that of a function, indented by a tab."""
    return f"{head}\n{{\n{indent(dedent(body), chr(9), lambda line: bool(line.strip()))}}}\n"


def assert_only_removes(before: Mapping[str, bytes], result: Stripped) -> None:
    """The lines that stay are the original's, in its order, but for those the result lists."""
    for path, source in result.files:
        after = {(r.path, r.after) for r in result.reshaped}
        old = before[path].decode().split("\n")
        kept = [line for line in source.decode().split("\n") if (path, line) not in after]
        position = 0
        for line in kept:
            assert line in old[position:], f"{path}: new line {line!r}\n{_diff(old, kept)}"
            position = old.index(line, position) + 1


def _diff(old: list[str], new: list[str]) -> str:
    return "\n".join(difflib.unified_diff(old, new, lineterm="", n=1))


def code_words(source: str) -> set[str]:
    """The words of a C file outside of its comments."""
    return set(re.findall(r"\w+", re.sub(r"/\*.*?\*/", " ", source, flags=re.DOTALL)))
