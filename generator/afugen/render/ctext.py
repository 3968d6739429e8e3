# SPDX-License-Identifier: GPL-2.0-only
"""Kernel C as text: comments filled, parameters aligned, conditions broken.

Widths are columns with tabs of eight, and bytes rather than letters, as checkpatch counts them.
`FILL` is where text and parameter lists are broken, `LIMIT` is the last column of checkpatch's
long-line check.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from afugen.spec import ctype

FILL = 80
LIMIT = 100


def width(line: str) -> int:
    """The columns that a line takes."""
    return len(line.expandtabs(8).encode())


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
    taken = width(lead + " ")
    for line in fill(text, FILL - 1 - taken, LIMIT - taken):
        lines.append(f"{lead} {line}".rstrip())
    return "\n".join([*lines, f"{lead}/"])


def comment_line(text: str, indent: int = 0) -> str:
    """A comment on one line, or a block where it would be too wide."""
    line = "\t" * indent + f"/* {text} */"
    return line if width(line) <= FILL and "\n" not in text else comment(text, indent)


_DRAWN = (" ", "\t", "-", "*", ">")


def fill(text: str, columns: int, limit: int | None = None) -> list[str]:
    """The lines of a text with plain paragraphs filled; lists and drawings keep their lines.

    Only where there is a `limit` are lines broken that a paragraph of the text is too wide for:
    drawn ones, and words. Links are never broken.
    """
    lines: list[str] = []
    for paragraph in re.split(r"\n(?:[ \t]*\n)+", text.strip("\n")):
        if lines:
            lines.append("")
        rows = [row.rstrip() for row in paragraph.split("\n")]
        if not any(row.startswith(_DRAWN) for row in rows):
            lines += _wrapped(" ".join(rows), columns, limit)
            continue
        for row in rows:
            too_wide = limit is not None and width(row) > limit
            lines += _wrapped(row, columns, limit, _hang(row)) if too_wide else [row]
    return lines


def _hang(row: str) -> str:
    """The white space under a list item's text."""
    mark = re.match(r"[-\s*>]*", row)
    return " " * min(mark.end() if mark else 0, FILL // 2)


def _wrapped(text: str, columns: int, limit: int | None, hang: str = "") -> Iterator[str]:
    line, is_open = "", False
    for gap, word in re.findall(r"([ \t]*)([^ \t]+)", text):
        line += gap
        if is_open and width(line + word) > columns:
            yield line.rstrip()
            line = hang
        *whole, rest = _pieces(word, limit and limit - width(line))
        for piece in whole:
            yield line + piece
            line = hang
        line, is_open = line + rest, True
    if is_open:
        yield line


def _pieces(word: str, columns: int | None) -> list[str]:
    """A word, in pieces where it is wider than that and no link."""
    if columns is None or width(word) <= columns or "://" in word:
        return [word]
    cut = next(n for n in range(len(word), 0, -1) if width(word[:n]) <= columns)
    return [word[:cut], *_pieces(word[cut:], columns)]


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
    return f"{head}\n{listed(start, items, tail) or _stacked(start, items, tail)}"


def _stacked(start: str, items: Sequence[str], tail: str) -> str:
    """One item a line; one that is wider still is broken before its name."""
    behind = pad(width(start))
    lines = [item + "," for item in items[:-1]] + [items[-1] + ")" + tail]
    kept = [
        line if fits(behind + line) else re.sub(r" (?=[*\w]+[,)])", f"\n{behind}", line, count=1)
        for line in lines
    ]
    return start + f"\n{behind}".join(kept)


def op(layout: str, returns: str, name: str, parameters: Sequence[str]) -> str:
    """A function pointer as a struct member."""
    space = " " if layout == "historic" else ""
    separator = "" if returns.endswith("*") else " "
    head = f"\t{returns}{separator}(*{name}){space}"
    items = parameters or ["void"]
    return listed(f"{head}(", items, ";") or _indented(head.rstrip(), items, ";", 1)


def ops(layout: str, callbacks: Sequence[Any]) -> str:
    """Function pointers as members; one whose parameters are below its name stands apart."""
    text = ""
    for callback in callbacks:
        parameters = [ctype.declare(p.type, p.name) for p in callback.parameters]
        member = op(layout, callback.returns, callback.name, parameters)
        is_apart = member.split("\n", 1)[0].endswith(")")
        text += ("\n" if text else "") + ("\n" if text and is_apart else "") + member
    return text


def members(pointer: str, callbacks: Sequence[Any], lead: str = "") -> list[str]:
    """The ops behind a pointer, each with something in front."""
    return [f"{lead}{pointer}->{callback.name}" for callback in callbacks]


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
    layout: str,
    operands: Sequence[str | Sequence[str]],
    indent: int,
    lead: str = "if (",
    tail: str = ")",
    operator: str = "&&",
) -> str:
    """`if (a && b)` from its keyword on; one operand a line where one line is too short.

    What the historic layout has no room for is laid out strictly.
    An operand that is a list is a group of the other operator, in parentheses.
    """
    other = "||" if operator == "&&" else "&&"
    texts = [o if isinstance(o, str) else f"({f' {other} '.join(o)})" for o in operands]
    one = lead + f" {operator} ".join(texts) + tail
    if width("\t" * indent + one) <= FILL:
        return one
    if layout == "historic":
        broken, inner = f"\n{pad(8 * indent + 16)}{operator} ", f"\n{pad(8 * indent + 24)}{other} "
    else:
        column = 8 * indent + len(lead)
        broken, inner = f" {operator}\n{pad(column)}", f" {other}\n{pad(column + 1)}"
    lines = [
        text if isinstance(o, str) or fits(pad(8 * indent + 24) + text) else f"({inner.join(o)})"
        for o, text in zip(operands, texts, strict=True)
    ]
    text = lead + broken.join(lines) + tail
    if layout == "historic" and widest(text) > LIMIT:
        return condition("strict", operands, indent, lead, tail, operator)
    return text


def enumerator(name: str, value: int, column: int | None) -> str:
    """An enumerator with its `=` in the column of its siblings, where they share one."""
    gap = max(1, (column or 0) - width("\t" + name))
    return f"\t{name}{' ' * gap}= {value},"
