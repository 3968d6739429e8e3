# SPDX-License-Identifier: GPL-2.0-only
"""The filter `wrap`: C with each statement broken as the kernel breaks it.

A template shows a statement as it reads best, and names of any length take the place of its
expressions. `wrap` joins the lines of each statement and breaks it anew. Comments, preprocessor
lines and lines that are no statement remain as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from afugen.render import ctext

_UNTOUCHED = re.compile(r"\s*(?:#|//|\*|$)")
_OPERATOR = re.compile(r"\s*(?:&&|\|\|)")
_CONTINUED = re.compile(r"\s*(?:&&|\|\||->)")
_STRING = re.compile(r'"(?:\\.|[^"\\])*"')
_UNFINISHED = re.compile(r"(?:&&|\|\||=)$")
_CONDITION = re.compile(
    r"(?P<lead>(?:(?:\} )?else )?(?:if|while) \()(?P<inner>.*)(?P<tail>\)(?: \{)?)"
)
_RETURN = re.compile(r"(?P<lead>return )(?P<inner>.*)(?P<tail>;)")
_WARNING = re.compile(r"(?P<lead>\w+\()(?P<inner>.*)(?P<tail>\))")
_MEMBER = re.compile(r"(?P<returns>.*?) ?\(\*(?P<name>\w+)\) ?\((?P<parameters>.*)\);")
_PROTOTYPE = re.compile(r"(?P<returns>\w.*?[ *])(?P<name>\w+)\((?P<parameters>.*)\)(?P<tail>;?)")
_CALL = re.compile(r"(?P<head>(?:[\w>.-]+ = |return )?[\w>.-]+)\((?P<arguments>.*)\)(?P<tail>;)")
_ASSIGNMENT = re.compile(r"(?P<target>[^=]*[^=!<>]) = (?P<value>.*);")
_DECLARATION = re.compile(r"(?P<type>(?:\w+ )+\**)(?P<name>\w+);")


def wrap(text: str, layout: str = ctext.STRICT) -> str:
    """Return C with its statements wrapped, in the layout of today or in that of 2015."""
    lines: list[str] = []
    for statement in _statements(text.split("\n")):
        wrapped = _wrapped(statement, layout)
        if _stands_apart(wrapped, lines):
            lines.append("")
        lines += wrapped
    return "\n".join(lines)


def else_if(text: str, *, behind_brace: bool) -> str:
    """Return an `if` statement as the `else if` of a chain, its condition wrapped anew.

    It begins with `else`; `behind_brace` says that a closing brace comes before it on its line.
    """
    indent = len(text) - len(text.lstrip("\t"))
    head, *body = _statements(text.rstrip("\n").split("\n"))
    layout = ctext.HISTORIC if any(map(_OPERATOR.match, head[1:])) else ctext.STRICT
    lead = "} else " if behind_brace else "else "
    lines = _wrapped(["\t" * indent + lead + head[0].lstrip("\t"), *head[1:]], layout)
    lines += [line for statement in body for line in statement]
    return "\n".join(lines).lstrip("\t").removeprefix("} ")


def _statements(lines: Sequence[str]) -> Iterator[list[str]]:
    """Yield the lines of each statement; a line of a comment is yielded alone."""
    statement: list[str] = []
    in_comment = False
    for index, line in enumerate(lines):
        if not statement and (in_comment or "/*" in line or _UNTOUCHED.match(line)):
            in_comment = line.rfind("/*") > line.rfind("*/") or (in_comment and "*/" not in line)
            yield [line]
            continue
        statement.append(line)
        following = lines[index + 1] if index + 1 < len(lines) else ""
        if not _is_open(statement, following):
            yield statement
            statement = []
    if statement:
        yield statement


def _is_open(statement: Sequence[str], following: str) -> bool:
    """Return whether the statement continues on the following line."""
    text = _joined(statement)
    return bool(_is_within(text) or _UNFINISHED.search(text) or _CONTINUED.match(following))


def _is_within(text: str) -> bool:
    """Return whether a parenthesis or a string is open at the end of a text."""
    bare = _STRING.sub("", text)
    return '"' in bare or bare.count("(") > bare.count(")")


def _joined(statement: Sequence[str]) -> str:
    """Return a statement on one line, with the indentation of its first line."""
    text = statement[0].rstrip()
    for line in statement[1:]:
        piece = line.strip()
        text += piece if text.endswith("(") or piece.startswith("->") else f" {piece}"
    return text


def _wrapped(statement: Sequence[str], layout: str) -> list[str]:
    line = _joined(statement)
    code = line.lstrip("\t")
    indent = len(line) - len(code)
    if code.startswith(" ") or (len(statement) == 1 and _UNTOUCHED.match(line)):
        return list(statement)
    if "/*" in line:
        return list(statement)
    text = (
        _condition(code, indent, layout)
        or _member(code, indent, layout)
        or (_prototype(code) if indent == 0 else _call(code, indent))
        or _declaration(code, indent)
    )
    return text.split("\n") if text else list(statement)


def _condition(code: str, indent: int, layout: str) -> str | None:
    """Return an `if`, a `while` or a `return` of several operands, or None."""
    found = _CONDITION.fullmatch(code) or _RETURN.fullmatch(code)
    if found is None:
        return None
    lead, inner, tail = found["lead"], found["inner"], found["tail"]
    operator, operands = split_operands(inner)
    warning = _WARNING.fullmatch(inner)
    if len(operands) == 1 and warning:  # WARN_ON(a && b): its parenthesis is the one to align with
        lead, tail = lead + warning["lead"], warning["tail"] + tail
        operator, operands = split_operands(warning["inner"])
    if len(operands) == 1:
        return None
    grouped = [_group(operand) for operand in operands]
    return "\t" * indent + ctext.condition(
        layout, ctext.Operands(grouped, lead, tail, operator), indent
    )


def _group(operand: str) -> str | list[str]:
    """Return an operand, or the operands within its parentheses where it has several."""
    if operand.startswith("(") and operand.endswith(")") and _closes_last(operand):
        _, inner = split_operands(operand[1:-1])
        return inner if len(inner) > 1 else operand
    return operand


def _closes_last(text: str) -> bool:
    """Return whether the first parenthesis of a text is closed by the last character."""
    return all(_is_within(text[:end]) for end in range(1, len(text)))


def split_operands(text: str) -> tuple[str, list[str]]:
    """Return the outermost logical operator of an expression, and its operands."""
    for operator in ("||", "&&"):
        operands = _split(text, f" {operator} ")
        if len(operands) > 1:
            return operator, operands
    return "&&", [text]


def _split(text: str, separator: str) -> list[str]:
    """Return the parts of a text between separators that are outside of parentheses."""
    parts: list[str] = []
    for part in text.split(separator):
        if parts and _is_within(parts[-1]):
            parts[-1] += separator + part
        else:
            parts.append(part)
    return parts


def _member(code: str, indent: int, layout: str) -> str | None:
    """Return a function pointer that is a member of a struct, or None."""
    found = _MEMBER.fullmatch(code)
    if found is None or not indent:
        return None
    return ctext.op(layout, found["returns"], found["name"], _split(found["parameters"], ", "))


def _prototype(code: str) -> str | None:
    found = _PROTOTYPE.fullmatch(code)
    if found is None:
        return None
    parameters = _split(found["parameters"], ", ")
    return ctext.prototype(found["returns"].rstrip(), found["name"], parameters, found["tail"])


def _call(code: str, indent: int) -> str | None:
    """Return a call that is too long, or an assignment or return of one, or None.

    A line with a message, which readers search the tree for, may be as long as checkpatch's limit.
    """
    found = _CALL.fullmatch(code)
    limit = ctext.LIMIT if '"' in code else ctext.FILL
    if found is None or ctext.width("\t" * indent + code) <= limit:
        return None
    arguments = [one for one in _split(found["arguments"], ", ") if one]
    return ctext.call("\t" * indent + found["head"], arguments or [""], found["tail"])


def _declaration(code: str, indent: int) -> str | None:
    """Return an assignment or a declaration, or None."""
    if found := _DECLARATION.fullmatch(code):
        return ctext.declare(found["type"].rstrip(), found["name"], indent)
    if found := _ASSIGNMENT.fullmatch(code):
        return ctext.assign(found["target"], found["value"], indent)
    return None


def _stands_apart(wrapped: Sequence[str], before: Sequence[str]) -> bool:
    """Return whether a function pointer whose parameters are below its name follows a member."""
    is_broken = len(wrapped) > 1 and re.fullmatch(r"\t.*\(\*\w+\)", wrapped[0]) is not None
    return is_broken and bool(before) and before[-1].endswith(";")
