# SPDX-License-Identifier: GPL-2.0-only
"""What is left of the statements of a function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tree_sitter import Node

from afugen.strip.declarations import fate_of_declaration
from afugen.strip.fate import GONE, STAYS, Fate, all_of, cut_of, fate_by, fate_of_conditional
from afugen.strip.syntax import (
    CONDITIONALS,
    field,
    has_effect,
    inner,
    is_constant,
    jumps,
    owned_start,
    parts,
    text_of,
    within,
)
from afugen.strip.text import Cut, whole_lines
from afugen.strip.values import KEPT, Worth, left_of
from afugen.strip.view import View, declared_at, declared_name, returns


def fate_of(view: View, node: Node) -> Fate:
    """What becomes of one statement, or of a directive among statements."""
    if node.type in CONDITIONALS:
        return fate_of_conditional(view, node, fate_of_block)
    return _FATES.get(node.type, _other)(view, node)


def fate_of_block(view: View, statements: list[Node]) -> Fate:
    """What becomes of statements that follow each other."""
    return all_of(view, statements, _fates(view, statements))


def _fates(view: View, statements: list[Node]) -> list[Fate]:
    fates: list[Fate] = []
    unreachable = False
    for index, node in enumerate(statements):
        before = statements[index - 1] if index else None
        entered = node.type in ("labeled_statement", "case_statement")
        if entered and _label_stays(view, node):
            unreachable = False
        elif entered and before is not None and jumps(before) and not fates[-1].gone:
            unreachable = True
        if unreachable:
            fates.append(GONE)
            continue
        seen = _knowing_zero(view, before, node) if before is not None and fates[-1].gone else view
        fate = fate_of(seen, node)
        if before is not None and _is_loop_head(before) and (fate.gone or fates[-1].gone):
            # `for_each_thing(x) statement`: neither goes without the other
            fates[-1] = fate = GONE
        unreachable = fate.ends
        fates.append(fate)
    return fates


def _label_stays(view: View, node: Node) -> bool:
    label = field(node, "label")
    return label is None or view.local(label) not in view.gone.labels


def _is_loop_head(node: Node) -> bool:
    """Whether it is a call without a `;`: a macro that heads the statement after it."""
    return node.type == "expression_statement" and not (node.text or b"").endswith(b";")


def _knowing_zero(view: View, before: Node, node: Node) -> View:
    """The view in which a local is zero, for a test of it right after its assignment went.

    `rc = gone(); if (rc) goto out;` loses both.
    """
    assignment = (
        parts(before)[0] if before.type == "expression_statement" and parts(before) else None
    )
    if node.type != "if_statement" or assignment is None:
        return view
    target = field(assignment, "left") if assignment.type == "assignment_expression" else None
    if target is None or target.type != "identifier":
        return view
    declaration = declared_at(target)
    own = declared_name(declaration, text_of(target)) if declaration is not None else None
    condition = field(node, "condition")
    if own is None or condition is None or not _is_test_of(condition, text_of(target)):
        return view
    gone = replace(view.gone, locals=view.gone.locals | {view.local(own)})
    knowing = replace(view, gone=gone, words=view.words | {text_of(target)})
    return knowing if left_of(knowing, condition).worth is Worth.ABSENT else view


def _is_test_of(condition: Node, name: str) -> bool:
    node = inner(condition)
    if node.type == "unary_expression":
        return _is_test_of(field(node, "argument") or node, name)
    if node.type == "binary_expression":
        return text_of(field(node, "left")) == name and is_constant(field(node, "right"))
    return text_of(node) == name


def _expression(view: View, node: Node) -> Fate:
    if not parts(node):
        return STAYS
    expression = parts(node)[0]
    unread = _unread_assignment(view, expression)
    if unread is not None:
        left = left_of(view, unread)
        if left.kept and has_effect(unread):
            return Fate(cuts=(Cut(expression.start_byte, unread.start_byte), *left.cuts))
        return GONE
    return fate_by(left_of(view, expression))


def _unread_assignment(view: View, expression: Node) -> Node | None:
    """What is assigned to a variable that nothing reads any more."""
    target = field(expression, "left") if expression.type == "assignment_expression" else None
    if not view.gone.unread or target is None or target.type != "identifier":
        return None
    declaration = declared_at(target)
    own = declared_name(declaration, text_of(target)) if declaration is not None else None
    if own is None or view.local(own) not in view.gone.unread:
        return None
    return field(expression, "right")


def _return(view: View, node: Node) -> Fate:
    if not parts(node):
        return STAYS
    returned = parts(node)[0]
    left = left_of(view, returned)
    if left.kept:
        return Fate(cuts=left.cuts)
    nothing = returns(within(node, "function_definition"))
    true = "true" if nothing == "false" else "1"
    word = nothing if left.worth is Worth.ABSENT else true
    return Fate(cuts=(Cut(returned.start_byte, returned.end_byte, word.encode()),))


def _if(view: View, node: Node) -> Fate:
    condition, yes = field(node, "condition"), field(node, "consequence")
    if condition is None or yes is None:
        return STAYS
    taken = _taken(view, node)
    if taken != node:
        return _only(view, node, taken)
    left, fate_yes = left_of(view, condition), fate_of(view, yes)
    clause, no = field(node, "alternative"), _otherwise(node)
    fate_no = fate_of(view, no) if no is not None else STAYS
    if fate_yes.gone:
        only = _taken(view, no) if no is not None and not fate_no.gone else None
        if only is None:
            return _for_effect(node, inner(condition), left.cuts)
        rest = (Cut(yes.start_byte, only.start_byte), Cut(only.end_byte, node.end_byte))
        cuts = (*_negated(condition, left.cuts), *rest, *fate_of(view, only).cuts)
        return Fate(cuts=cuts)
    cuts = left.cuts + fate_yes.cuts
    if clause is not None and fate_no.gone:
        return Fate(cuts=(*cuts, Cut(yes.end_byte, clause.end_byte)))
    ends = no is not None and _comes_to_end(fate_yes, yes) and _comes_to_end(fate_no, no)
    changed = fate_yes.ends or fate_no.ends
    return Fate(cuts=cuts + fate_no.cuts, ends=ends and changed)


def _otherwise(node: Node) -> Node | None:
    clause = field(node, "alternative")
    return next(iter(parts(clause)), None) if clause is not None else None


def _taken(view: View, branch: Node | None) -> Node | None:
    """The statement of a chain that is always come to; one whose condition stays is one."""
    while branch is not None and branch.type == "if_statement":
        left = left_of(view, field(branch, "condition"))
        if left.kept:
            return branch
        absent = left.worth is Worth.ABSENT
        branch = _otherwise(branch) if absent else field(branch, "consequence")
    return branch


def _comes_to_end(fate: Fate, node: Node) -> bool:
    return fate.ends or jumps(node)


def _negated(condition: Node, cuts: tuple[Cut, ...]) -> tuple[Cut, ...]:
    test = inner(condition)
    if test.type == "unary_expression" and text_of(field(test, "operator")) == "!" and not cuts:
        return (Cut(test.start_byte, test.start_byte + 1),)
    opening, closing = condition.start_byte + 1, condition.end_byte - 1
    if test.type in ("binary_expression", "conditional_expression", "assignment_expression"):
        return (Cut(opening, opening, b"!("), *cuts, Cut(closing, closing, b")"))
    return (Cut(opening, opening, b"!"), *cuts)


def _for_effect(node: Node, test: Node, cuts: tuple[Cut, ...]) -> Fate:
    """An `if` that has nothing to do any more: only its test may still have an effect."""
    if not has_effect(test):
        return GONE
    before = Cut(node.start_byte, test.start_byte)
    return Fate(cuts=(before, *cuts, Cut(test.end_byte, node.end_byte, b";")))


def _only(view: View, node: Node, branch: Node | None) -> Fate:
    """An `if` of which only one branch is ever taken."""
    if branch is None:
        return GONE
    fate = fate_of(view, branch)
    if fate.gone:
        return GONE
    ends = fate.ends or jumps(branch)
    clause = node.parent
    if clause is not None and clause.type == "else_clause":
        return Fate(cuts=(*_as_else(node, clause, branch), *fate.cuts), ends=ends)
    return Fate(cuts=(*_unwrapped(view, node, branch), *fate.cuts), ends=ends)


def _as_else(node: Node, clause: Node, branch: Node) -> tuple[Cut, ...]:
    """`else if (x) A else B` as `else B`, or as `else A`."""
    own = branch.parent
    if own is not None and own.type == "else_clause":
        return (Cut(clause.start_byte, own.start_byte),)
    condition = (field(own, "condition") if own is not None else None) or node
    before = Cut(clause.children[0].end_byte, condition.end_byte)
    return (before, Cut(branch.end_byte, node.end_byte))


def _unwrapped(view: View, node: Node, branch: Node) -> tuple[Cut, ...]:
    """The statements of the branch in the place of the `if`, moved to its indentation.

    Braces stay where the statements need them.
    """
    first, last = branch, branch
    if branch.type == "compound_statement":
        body = branch.named_children
        alone = node.parent is not None and node.parent.type in (
            "compound_statement",
            "case_statement",
        )
        if not alone or any(child.type == "declaration" for child in body):
            return (
                Cut(node.start_byte, branch.start_byte),
                Cut(branch.end_byte, node.end_byte),
            )
        first, last = body[0], body[-1]
    source = view.text.source
    cuts = [Cut(node.start_byte, first.start_byte), Cut(last.end_byte, node.end_byte)]
    deeper, indent = _indent(source, first.start_byte), _indent(source, node.start_byte)
    extra = len(deeper) - len(indent)
    if extra > 0 and deeper.startswith(indent):
        position = source.find(b"\n", first.start_byte, last.end_byte) + 1
        while position:
            if source.startswith(deeper, position):
                cuts.append(Cut(position, position + extra))
            position = source.find(b"\n", position, last.end_byte) + 1
    return tuple(cuts)


def _indent(source: bytes, offset: int) -> bytes:
    start = source.rfind(b"\n", 0, offset) + 1
    line = source[start:offset]
    return line if not line.strip() else line[: len(line) - len(line.lstrip())]


def _switch(view: View, node: Node) -> Fate:
    condition, body = field(node, "condition"), field(node, "body")
    left = left_of(view, condition)
    if not left.kept or body is None:
        return GONE if not left.kept else STAYS
    fate = fate_of(view, body)
    return GONE if fate.gone else Fate(cuts=left.cuts + fate.cuts)


def _case(view: View, node: Node) -> Fate:
    value = field(node, "value")
    statements = [child for child in parts(node) if child != value]
    colon = next(child for child in node.children if child.type == ":")
    if left_of(view, value) == KEPT:
        fate = fate_of_block(view, statements)
        if not fate.gone:
            return fate
        if node.next_named_sibling is not None:
            return Fate(cuts=tuple(cut_of(view, child) for child in statements))
        first, last = statements[0], statements[-1]
        return Fate(cuts=(Cut(first.start_byte, last.end_byte, b"break;"),))
    before = node.prev_named_sibling
    while before is not None and before.type == "comment":
        before = before.prev_named_sibling
    if before is None or before.type != "case_statement" or jumps(before):
        return GONE
    # the case before runs into this one: what it runs into stays
    label = Cut(*whole_lines(view.text.source, owned_start(node), colon.end_byte))
    fate = fate_of_block(view, statements)
    return GONE if fate.gone else Fate(cuts=(label, *fate.cuts))


def _labeled(view: View, node: Node) -> Fate:
    statement = parts(node)[-1]
    fate = fate_of(view, statement)
    if not _label_stays(view, node):
        if fate.gone:
            return GONE
        colon = next(child for child in node.children if child.type == ":")
        label = Cut(*whole_lines(view.text.source, owned_start(node), colon.end_byte))
        return replace(fate, cuts=(label, *fate.cuts))
    if not fate.gone:
        return fate
    if node.next_named_sibling is None:
        return Fate(cuts=(Cut(statement.start_byte, statement.end_byte, b";"),))
    return Fate(cuts=(cut_of(view, statement),))


def _loop(view: View, node: Node) -> Fate:
    """A loop that asks for something gone goes: it iterated over that, or waited for it."""
    heads = [field(node, name) for name in ("initializer", "condition", "update")]
    cuts: tuple[Cut, ...] = ()
    for head in heads:
        if head is not None and head.type == "declaration":
            fate = fate_of_declaration(view, head)
        else:
            fate = fate_by(left_of(view, head))
        if fate.gone:
            return GONE
        cuts += fate.cuts
    body = field(node, "body")
    fate = fate_of(view, body) if body is not None else STAYS
    if not fate.gone:
        return Fate(cuts=cuts + fate.cuts)
    condition = field(node, "condition")
    if body is not None and condition is not None and has_effect(condition):
        return Fate(cuts=(*cuts, Cut(body.start_byte, body.end_byte, b";")))
    return GONE


def _compound(view: View, node: Node) -> Fate:
    return fate_of_block(view, parts(node))


def _other(view: View, node: Node) -> Fate:
    return fate_by(left_of(view, node))


def _stays(_view: View, _node: Node) -> Fate:
    return STAYS


_FATES: dict[str, Callable[[View, Node], Fate]] = {
    "break_statement": _stays,
    "case_statement": _case,
    "compound_statement": _compound,
    "continue_statement": _stays,
    "declaration": fate_of_declaration,
    "do_statement": _loop,
    "expression_statement": _expression,
    "for_statement": _loop,
    "goto_statement": _stays,
    "if_statement": _if,
    "labeled_statement": _labeled,
    "preproc_include": _stays,
    "return_statement": _return,
    "switch_statement": _switch,
    "while_statement": _loop,
}
