# SPDX-License-Identifier: GPL-2.0-only
"""Kernel C as text: comments, lists of parameters, conditions.

Widths are columns with tabs of eight, and bytes rather than letters, as checkpatch counts them.
`FILL` is where text and parameter lists are broken, `LIMIT` is the last column of checkpatch's
long-line check.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from afugen.spec import ctype

FILL = 80
LIMIT = 100
# The layouts: as checkpatch --strict wants it, and as the patch of 2015 was.
STRICT, HISTORIC = "strict", "historic"


def width(line: str) -> int:
    """Return how many columns a line has."""
    return len(line.expandtabs(8).encode())


def widest(text: str) -> int:
    """Return how many columns the widest line of a text has."""
    return max((width(line) for line in text.split("\n")), default=0)


def fits(*lines: str) -> bool:
    """Return whether each line ends within checkpatch's limit."""
    return all(width(line) <= LIMIT for line in lines)


def pad(columns: int) -> str:
    """Return white space up to a column: tabs first, as the kernel indents."""
    return "\t" * (columns // 8) + " " * (columns % 8)


def comment(text: str, indent: int = 0) -> str:
    """Return a block comment of the paragraphs of a text, each filled; lists keep their lines."""
    lead = "\t" * indent + " *"
    lines = ["\t" * indent + "/*"]
    taken = width(lead + " ")
    for line in fill(text, FILL - 1 - taken, LIMIT - taken):
        lines.append(f"{lead} {line}".rstrip())
    return "\n".join([*lines, f"{lead}/"])


def comment_line(text: str, indent: int = 0) -> str:
    """Return a comment on one line, or a block where it would be too wide."""
    line = "\t" * indent + f"/* {text} */"
    return line if width(line) <= FILL and "\n" not in text else comment(text, indent)


_DRAWN = (" ", "\t", "-", "*", ">")


def fill(text: str, columns: int, limit: int | None = None) -> list[str]:
    """Return the lines of a text, plain paragraphs filled; lists and drawings keep their lines.

    Lines of lists and drawings, and words, are broken only where they are wider than `limit`.
    Links are never broken.
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
    """Return the white space below the marks of a list item."""
    mark = re.match(r"[-\s*>]*", row)
    return " " * min(mark.end() if mark else 0, FILL // 2)


def _wrapped(text: str, columns: int, limit: int | None, hang: str = "") -> Iterator[str]:
    """Yield the lines of a paragraph; all but the first begin with `hang`."""
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
    """Return a word in pieces where it is wider than `columns` and no link."""
    if columns is None or width(word) <= columns or "://" in word:
        return [word]
    cut = next(n for n in range(len(word), 0, -1) if width(word[:n]) <= columns)
    return [word[:cut], *_pieces(word[cut:], columns)]


def listed(head: str, items: Sequence[str], tail: str) -> str | None:
    """Return `head(a, b)tail`, the items aligned behind the parenthesis; None where too wide.

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
    """Return a function's declarator; the return type has a line of its own where it must."""
    separator = "" if returns.endswith("*") else " "
    one = listed(f"{returns}{separator}{name}(", parameters, tail)
    return (
        one
        or listed(f"{returns}\n{name}(", parameters, tail)
        or _indented(f"{returns}\n{name}", parameters, tail, 0)
    )


def _indented(head: str, items: Sequence[str], tail: str, indent: int) -> str:
    """Return a list with its items below the head: for names too long to align behind."""
    start = "\t" * (indent + 1) + "("
    return f"{head}\n{listed(start, items, tail) or _stacked(start, items, tail)}"


def _stacked(start: str, items: Sequence[str], tail: str) -> str:
    """Return a list of one item a line; an item that is too wide is broken before its name."""
    behind = pad(width(start))
    lines = [item + "," for item in items[:-1]] + [items[-1] + ")" + tail]
    kept = [
        line if fits(behind + line) else re.sub(r" (?=[*\w]+[,)])", f"\n{behind}", line, count=1)
        for line in lines
    ]
    return start + f"\n{behind}".join(kept)


def op(layout: str, returns: str, name: str, parameters: Sequence[str]) -> str:
    """Return a function pointer as a struct member."""
    space = " " if layout == HISTORIC else ""
    separator = "" if returns.endswith("*") else " "
    head = f"\t{returns}{separator}(*{name}){space}"
    return listed(f"{head}(", parameters, ";") or _indented(head.rstrip(), parameters, ";", 1)


def call(head: str, arguments: Sequence[str], tail: str = ";") -> str:
    """Return a call; `head` is all before the parenthesis, with its indentation."""
    indent = len(head) - len(head.lstrip("\t"))
    target, is_assigned, called = head.partition(" = ")
    if is_assigned and listed(f"{head}(", arguments, tail) is None:
        below = call("\t" * (indent + 1) + called, arguments, tail)
        return f"{target} =\n{below}"
    if not fits(head):
        head = _at_arrow(head, 8 * indent + 8)
    return listed(f"{head}(", arguments, tail) or _indented(head, arguments, tail, indent)


def _at_arrow(text: str, column: int) -> str:
    """Return an expression broken before its last `->`, which begins the next line at a column."""
    structure, arrow, member = text.rpartition("->")
    return f"{structure}\n{pad(column)}{arrow}{member}" if arrow else text


def assign(target: str, value: str, indent: int) -> str:
    """Return an assignment; broken behind the `=` where it is too wide."""
    line = "\t" * indent + f"{target} = {value};"
    if fits(line):
        return line
    below = "\t" * (indent + 1) + f"{value};"
    if not fits(below):
        below = _at_arrow(below, 8 * indent + 16)
    return "\t" * indent + f"{target} =\n{below}"


def declare(type_text: str, name: str, indent: int) -> str:
    """Return a declaration of a member or variable; the name has its own line where it must."""
    line = "\t" * indent + ctype.declare(type_text, name) + ";"
    if fits(line):
        return line
    bare = type_text.rstrip("* ")
    stars = type_text.removeprefix(bare).strip()
    return "\t" * indent + bare + "\n" + "\t" * (indent + 1) + f"{stars}{name};"


@dataclass(frozen=True, slots=True)
class Operands:
    """The operands of a condition or a return value, and the text before and after them.

    An operand that is a list is a group of the other operator, in parentheses.
    """

    operands: Sequence[str | Sequence[str]]
    lead: str = "if ("
    tail: str = ")"
    operator: str = "&&"

    @property
    def other(self) -> str:
        """Return the operator within groups."""
        return "||" if self.operator == "&&" else "&&"

    @property
    def texts(self) -> list[str]:
        """Return the operands, each on one line."""
        joined = f" {self.other} ".join
        return [one if isinstance(one, str) else f"({joined(one)})" for one in self.operands]


def condition(layout: str, of: Operands, indent: int) -> str:
    """Return a condition from its keyword on; one operand a line where one line is too short.

    Operands that are too wide for the historic layout are laid out strictly.
    """
    one = of.lead + f" {of.operator} ".join(of.texts) + of.tail
    if width("\t" * indent + one) <= FILL:
        return one
    column = 8 * indent + len(of.lead)
    if layout == HISTORIC:
        lead, inner = 8 * indent + 16, f"\n{pad(8 * indent + 24)}{of.other} "
        text = of.lead + f"\n{pad(lead)}{of.operator} ".join(_broken(of, lead + 3, inner, indent))
        if widest(text + of.tail) <= LIMIT:
            return text + of.tail
    inner = f" {of.other}\n{pad(column + 1)}"
    return (
        of.lead
        + f" {of.operator}\n{pad(column)}".join(_broken(of, column, inner, indent))
        + of.tail
    )


def _broken(of: Operands, column: int, inner: str, indent: int) -> list[str]:
    """Return the operands for a line each, those that are too wide on several."""
    found = []
    for operand, text in zip(of.operands, of.texts, strict=True):
        if not isinstance(operand, str) and not fits(pad(8 * indent + 24) + text):
            text = f"({inner.join(operand)})"  # noqa: PLW2901
        elif not fits(pad(column) + text + of.tail):
            text = _at_arrow(text, column + 4)  # noqa: PLW2901
        found.append(text)
    return found


def align(entry: str, column: int | None) -> str:
    """Return an enumerator with its `=` in a column, as far as its name leaves room."""
    name, value = entry.rstrip().split(" = ", 1)
    gap = max(1, (column or 0) - width(name))
    return f"{name}{' ' * gap}= {value}"
