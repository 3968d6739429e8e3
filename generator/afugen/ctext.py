# SPDX-License-Identifier: GPL-2.0-only
"""Kernel C as text: comments filled, parameters aligned, conditions broken.

Widths are columns with tabs of eight, as checkpatch counts them. `FILL` is where text and
parameter lists are broken, `LIMIT` is the last column of checkpatch's long-line check.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from afugen import ctype
from afugen.spec import Layout

FILL = 80
LIMIT = 100


def width(line: str) -> int:
    """The columns that a line takes."""
    return len(line.expandtabs(8))


def widest(text: str) -> int:
    """The columns that the widest line of a text takes."""
    return max((width(line) for line in text.split("\n")), default=0)


def fits(*lines: str) -> bool:
    """Whether each line ends within checkpatch's limit."""
    return all(width(line) <= LIMIT for line in lines)


def pad(columns: int) -> str:
    """White space up to a column: tabs first, as the kernel indents."""
    return "\t" * (columns // 8) + " " * (columns % 8)


def comment(text: str, indent: int = 0) -> str:
    """A block comment of the text's paragraphs, each filled; lists and drawings stay."""
    lead = "\t" * indent + " *"
    lines = ["\t" * indent + "/*"]
    for line in fill(text, FILL - 1 - width(lead + " ")):
        lines.append(f"{lead} {line}".rstrip())
    return "\n".join([*lines, f"{lead}/"])


def comment_line(text: str, indent: int = 0) -> str:
    """A comment on one line, or a block where it would be too wide."""
    line = "\t" * indent + f"/* {text} */"
    return line if width(line) <= FILL else comment(text, indent)


def fill(text: str, columns: int) -> list[str]:
    """The lines of a text with plain paragraphs filled; an indented line keeps its paragraph."""
    lines: list[str] = []
    for paragraph in text.strip("\n").split("\n\n"):
        if lines:
            lines.append("")
        rows = paragraph.split("\n")
        if any(row[:1] in (" ", "\t", "-", "*", ">") for row in rows):
            lines += rows
        else:
            lines += textwrap.wrap(
                " ".join(rows), columns, break_long_words=False, break_on_hyphens=False
            )
    return lines


def listed(head: str, items: Sequence[str], tail: str) -> str | None:
    """`head(a, b)tail` with the items aligned behind the parenthesis; None where that is too wide.

    `head` ends with the opening parenthesis and starts with its own indentation.
    """
    behind = pad(width(head.rsplit("\n", maxsplit=1)[-1]))
    lines, current = [], head
    for index, item in enumerate(items):
        piece = item + (")" + tail if index == len(items) - 1 else ",")
        joined = current + ("" if current.endswith("(") else " ") + piece
        if current.strip() and not current.endswith("(") and width(joined) >= FILL:
            lines.append(current)
            joined = behind + piece
        current = joined
    text = "\n".join([*lines, current])
    return text if widest(text) <= LIMIT else None


def prototype(returns: str, name: str, parameters: Sequence[str], tail: str = "") -> str:
    """A function's declarator; the return type takes a line of its own where it must."""
    separator = "" if returns.endswith("*") else " "
    one = listed(f"{returns}{separator}{name}(", parameters, tail)
    return (
        one
        or listed(f"{returns}\n{name}(", parameters, tail)
        or _indented(f"{returns}\n{name}", parameters, tail, 0)
    )


def _indented(head: str, items: Sequence[str], tail: str, indent: int) -> str:
    """The items below the head, one step further in: for names too long to align behind."""
    start = "\t" * (indent + 1) + "("
    return f"{head}\n{listed(start, items, tail) or start + ', '.join(items) + ')' + tail}"


def op(layout: Layout, returns: str, name: str, parameters: Sequence[str]) -> str:
    """A function pointer as a struct member."""
    space = " " if layout is Layout.HISTORIC else ""
    separator = "" if returns.endswith("*") else " "
    head = f"\t{returns}{separator}(*{name}){space}"
    return listed(f"{head}(", parameters, ";") or _indented(head, parameters, ";", 1)


def call(head: str, arguments: Sequence[str], tail: str = ";") -> str:
    """A call; `head` is all before the parenthesis, with its indentation."""
    indent = len(head) - len(head.lstrip("\t"))
    return listed(f"{head}(", arguments, tail) or _indented(head, arguments, tail, indent)


def assign(target: str, value: str, indent: int) -> str:
    """An assignment; broken behind the `=` where it is too wide."""
    line = "\t" * indent + f"{target} = {value};"
    if fits(line):
        return line
    return "\t" * indent + f"{target} =\n" + "\t" * (indent + 1) + f"{value};"


def declare(type_text: str, name: str, indent: int) -> str:
    """A member or variable; the name takes a line of its own where it must."""
    line = "\t" * indent + ctype.declare(type_text, name) + ";"
    if fits(line):
        return line
    bare = type_text.rstrip("* ")
    stars = type_text.removeprefix(bare).strip()
    return "\t" * indent + bare + "\n" + "\t" * (indent + 1) + f"{stars}{name};"


def condition(  # noqa: PLR0917 - as templates say it
    layout: Layout,
    operands: Sequence[str],
    indent: int,
    lead: str = "if (",
    tail: str = ")",
    operator: str = "&&",
) -> str:
    """`if (a && b)` from its keyword on; one operand a line where one line is too short."""
    one = lead + f" {operator} ".join(operands) + tail
    if width("\t" * indent + one) <= FILL:
        return one
    if layout is Layout.HISTORIC:
        further_in = "\n" + "\t" * (indent + 2) + f"{operator} "
        return lead + further_in.join(operands) + tail
    behind = pad(8 * indent + len(lead))
    return lead + f" {operator}\n{behind}".join(operands) + tail


def enumerator(name: str, value: int, column: int | None) -> str:
    """An enumerator with its `=` in the column of its siblings, where they share one."""
    gap = max(1, (column or 0) - width("\t" + name))
    return f"\t{name}{' ' * gap}= {value},"
