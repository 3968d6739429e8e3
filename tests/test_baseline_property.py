# SPDX-License-Identifier: GPL-2.0-only
"""Functions made at random, stripped, compiled and run beside the original.

Where nobody ever sets the feature's variables, the function without the feature makes the same
calls in the same order and returns the same.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from afugen.csource.cfile import error_count
from afugen.strip import strip
from baseline_tree import FEATURE, HEADER, PATH, assert_only_removes, code_words, tree

FUNCTION = """\
int f(struct port *port)
{{
	struct hook_data *data = NULL;
	int more = 0;
	int n = probe(0), m = 1;

{body}
	return n + m;
}}
"""

MAIN = """\
#include <stdio.h>
#include <stdbool.h>
#include "{header}"

static int steps;
int probe(int n)
{{
	printf("%d ", n);
	if (++steps > 200)
		__builtin_exit(3);
	return (n * 7 + steps) % 4;
}}
{stubs}
#include "{source}"

int main(void)
{{
	struct port port = {{ .irq = 1, .state = 2 }};
	int rc = f(&port);
	printf("= %d %d %d\\n", rc, port.irq, port.state);
	return 0;
}}
"""
STUBS = """\
int port_set_hooks(struct port *port, struct hook_ops *ops) { return 0; }
void port_hook_ready(struct port *port) { }
"""

foreign_tests = st.sampled_from(
    ["n > 1", "port->irq", "!port->irq", "port->state == 2", "m", "n & 1", "(n || m > 2)"]
)
absent = st.sampled_from(
    ["port->hooked", "port->hooks", "port->hooks && port->hooks->grab", "more", "data",
     "n == NOTE_HOOK + 90 && port->hooked", "port->hooked > 0", "data && data->size"]
)  # fmt: skip
present = st.sampled_from(["!port->hooks", "port->hooked == 0", "!data", "!(more || data)"])


@st.composite
def conditions(draw: st.DrawFn) -> str:
    operands = draw(st.lists(st.one_of(foreign_tests, absent, present), min_size=1, max_size=3))
    operators = [draw(st.sampled_from([" && ", " || ", " &&\n\t    "])) for _ in operands]
    text = ""
    for operand, operator in zip(operands, operators, strict=True):
        text = f"({text}){operator}({operand})" if text else operand
    return text


@st.composite
def simple(draw: st.DrawFn) -> str:
    probe = f"probe({draw(st.integers(1, 99))})"
    return draw(
        st.sampled_from(
            [f"{probe};", f"n = {probe};", f"m += {probe};", "port->irq ^= 1;", "port->state++;",
             "port->hooked = 0;", "more = port->hooked;", "port_hook_ready(port);",
             "port_set_hooks(port, NULL);", "if (port->hooks)\n\tdata = port->hooks->grab(port);",
             "n = m ? n : port->hooked + 1;", "m = n + sizeof(struct port) % 2;"]
        )
    )  # fmt: skip


def block(statements: list[str]) -> str:
    text = "\n".join("\t" + line for s in statements for line in s.split("\n"))
    return f" {{\n{text}\n}}"


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    @st.composite
    def chains(draw: st.DrawFn) -> str:
        bodies = st.lists(inner, min_size=1, max_size=3)
        text = f"if ({draw(conditions())})" + block(draw(bodies))
        for _ in range(draw(st.integers(0, 2))):
            text += f" else if ({draw(conditions())})" + block(draw(bodies))
        return text + (" else" + block(draw(bodies)) if draw(st.booleans()) else "")

    @st.composite
    def short_if(draw: st.DrawFn) -> str:
        return f"if ({draw(conditions())})\n\t{draw(simple().filter(lambda s: 'if' not in s))}"

    @st.composite
    def loops(draw: st.DrawFn) -> str:
        head = draw(st.sampled_from(
            ["while (port->hooked)", "for (int i = 0; i < 2; i++)",
             "for (int i = 0; i < 2 && !port->hooked; i++)"]
        ))  # fmt: skip
        leave = draw(st.sampled_from([[], ["if (n > 2)\n\tbreak;"], ["if (!data)\n\tcontinue;"]]))
        return head + block([*draw(st.lists(inner, min_size=1, max_size=2)), *leave])

    @st.composite
    def switches(draw: st.DrawFn) -> str:
        text = f"switch ({draw(st.sampled_from(['n', 'port->irq']))}) {{\n"
        for case in draw(st.permutations(["0", "NOTE_HOOK + 80", "NOTE_HOOK + 81", "1"])):
            body = "\n".join("\t" + line for line in draw(inner).split("\n"))
            text += f"case {case}:\n{body}\n" + draw(st.sampled_from(["\tbreak;\n", ""]))
        return text + "default:\n\tprobe(5);\n}"

    jumps = conditions().map(lambda c: f"if ({c})\n\treturn probe(n);")
    return st.one_of(chains(), short_if(), loops(), switches(), jumps)


bodies = st.lists(st.recursive(simple(), compound, max_leaves=12), min_size=1, max_size=6)


def outcome(directory: Path, name: str, files: dict[str, bytes]) -> tuple[str, int]:
    """What the compiled function prints, and how many unused things the compiler sees."""
    header, source = directory / f"{name}.h", directory / f"{name}_f.c"
    header.write_bytes(files["include/port.h"])
    source.write_bytes(files[PATH].replace(b"#include <port.h>\n", b""))
    stubs = STUBS if b"hook_ops" in files["include/port.h"] else ""
    main = directory / f"{name}.c"
    main.write_text(MAIN.format(header=header, source=source, stubs=stubs))
    program = directory / name
    build = ("gcc", "-O1", "-Wall", "-Wno-parentheses", "-Wno-unused-value", "-o", program, main)
    built = subprocess.run(build, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    ran = subprocess.run([program], capture_output=True, text=True, check=False)
    return f"{ran.stdout}{ran.returncode}", len(re.findall(r"\[-W(unused|maybe)", built.stderr))


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=[Phase.generate],
)
@given(body=bodies)
def test_stripped_function_does_the_same(
    tmp_path_factory: pytest.TempPathFactory, body: list[str]
) -> None:
    text = "\n".join("\t" + line for statement in body for line in statement.split("\n"))
    before = tree(FUNCTION.format(body=text) + "\nint port_hooks_unused;\n")
    result = strip(before, FEATURE)
    after = {**before, **dict(result.files)}
    assert error_count(after[PATH]) <= error_count(before[PATH])
    assert code_words(after[PATH].decode()).isdisjoint(FEATURE.words)
    assert result.stuck == ()
    assert_only_removes(before, result)
    assert strip(after, FEATURE).files == ()
    directory = tmp_path_factory.mktemp("c")
    was, now = (outcome(directory, n, files) for n, files in (("was", before), ("now", after)))
    assert now[0] == was[0], after[PATH].decode()
    assert now[1] <= was[1], after[PATH].decode()


def test_header_of_the_property_has_the_feature() -> None:
    assert all(word in HEADER for word in ("hooked", "hooks", "grab", "NOTE_HOOK"))
