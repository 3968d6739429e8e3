# SPDX-License-Identifier: GPL-2.0-only
"""Specs for tests: the versions' as plain data, changed in one place, or made by hypothesis.

A generated spec is as far from v1 as the model allows: other names of 3 to 40 characters, more
ops, other sizes and policies, and texts that try to get out of where they are put.
"""

from __future__ import annotations

import copy
import re
from datetime import datetime
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from afugen.spec import ctype, interface, loading, yamlsource
from afugen.spec.model import Section, items
from afugen.spec.yamlsource import Source

_VERSIONS = Path(__file__).parent.parent / "kernel-patches" / "cxl"
CXL = interface.find("cxl")
V1, V3 = (_VERSIONS / name / "spec.yaml" for name in ("v1", "v3"))


@cache
def _plain(version: str):
    return yamlsource.read(_VERSIONS / version / "spec.yaml").value


def of(version: str) -> dict:
    """A version's spec as plain data, to be changed at will."""
    return copy.deepcopy(_plain(version))


def v1() -> dict:
    """v1's."""
    return of("v1")


def v3() -> dict:
    """v3's, which has the other delivery protocol."""
    return of("v3")


def leaf(change: str, raw: dict) -> tuple[tuple, object]:
    """What `leaf = value` or `leaf ~ old -> new` makes of a leaf: its path, and its new value."""
    name, sign, value = re.fullmatch(r"(\S+) ([=~]) (.*)", change).groups()
    path = tuple(int(key) if key.isdigit() else key for key in name.split("."))
    if sign == "=":
        parsed = YAML(typ="safe").load(value)
        return path, value if isinstance(parsed, datetime) else parsed
    old, new = value.split(" -> ")
    present = dict(leaves(raw))[path]
    assert present.count(old) == 1, f"{old!r} in {name}"
    return path, present.replace(old, new)


def model(raw: dict):
    """The checked model of plain data."""
    return loading.check(Source("spec.yaml", "", raw, {}))


def dump(value):
    """The plain data of a checked spec, or of a part of it."""
    if isinstance(value, Section):
        return {name: dump(inner) for name, inner in items(value) if name != "interface"}
    return tuple(map(dump, value)) if isinstance(value, tuple) else value


def changed(version=v1, **leaves):
    """v1, or another version, with some leaves changed: `changed(setter__returns="int")`."""
    raw = version()
    for path, value in leaves.items():
        put(raw, tuple(int(k) if k.isdigit() else k for k in path.split("__")), value)
    return model(raw)


def put(raw, path, value):
    """Set the leaf at a path such as ("ops", "callbacks", 0, "name")."""
    for key in path[:-1]:
        raw = raw[key]
    raw[path[-1]] = value


def leaves(value, path=()):
    """Every leaf of plain data: its path and its value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path, value


# Every name of v1 that a maintainer may choose; `renamed` gives each another one.
NAMES = (
    ("kconfig", "symbol"),
    ("ops", "struct"),
    ("ops", "callbacks", 0, "name"),
    ("ops", "callbacks", 0, "parameters", 0, "name"),
    ("ops", "callbacks", 1, "name"),
    ("ops", "callbacks", 1, "parameters", 0, "name"),
    ("ops", "callbacks", 1, "parameters", 1, "name"),
    ("ops", "callbacks", 1, "parameters", 2, "name"),
    ("setter", "name"),
    ("helpers", "pending", "name"),
    ("helpers", "pending_or_closed", "name"),
    ("context", "field"),
    ("event", "name"),
    ("payload", "struct"),
    ("payload", "member"),
)


V3_NAMES = (
    ("ops", "struct"),
    ("ops", "callbacks", 0, "name"),
    ("ops", "callbacks", 0, "parameters", 0, "name"),
    ("ops", "callbacks", 1, "name"),
    ("ops", "callbacks", 1, "parameters", 0, "name"),
    ("ops", "callbacks", 1, "parameters", 1, "name"),
    ("ops", "callbacks", 1, "parameters", 2, "name"),
    ("setter", "name"),
    ("notify", "name"),
    ("helpers", "pending", "name"),
    ("helpers", "pending_or_closed", "name"),
    ("helpers", "copy_event"),
    ("context", "field"),
    ("context", "counter"),
    ("event", "name"),
    ("payload", "struct"),
    ("payload", "member"),
)


def renamed(length: int | None = None, version=v1) -> dict:
    """v1, or another version, with nonsense for every name, of the length if one is given."""
    raw = version()
    payload = raw["payload"]["struct"]
    names = V3_NAMES if raw["delivery"] == "counter" else NAMES
    for number, path in enumerate(names):
        name = f"q{number:02}_wobble" if length is None else f"q{number:02}{'_wobble' * 9}"[:length]
        put(raw, path, name.upper() if path[-1] == "symbol" else name)
    for path, value in list(leaves(raw["ops"]["callbacks"])):
        if path[-1] in ("type", "returns"):
            put(raw["ops"]["callbacks"], path, value.replace(payload, raw["payload"]["struct"]))
    return raw


_FIRST = "abcdefghijklmnopqrstuvwxyz"
_TAKEN = ctype.RESERVED | {
    "irq", "fault", "afu_error", "header", "ctx", "ops", "event", "rc", "payload",
}  # fmt: skip


def _name(length: int, letters: str):
    rest = st.text(f"{_FIRST}0123456789_", min_size=length - 1, max_size=length - 1)
    return st.builds(str.__add__, st.sampled_from(letters), rest)


def names():
    """An identifier of 3 to 40 characters, often at one of the ends."""
    lengths = st.one_of(st.just(3), st.just(40), st.integers(3, 40))
    return lengths.flatmap(lambda n: _name(n, _FIRST + "_")).filter(lambda n: n not in _TAKEN)


ODD = (
    "ordinary words",
    "{{ 7 * 7 }} {% raw %} {# gone #} #} %} }}",
    "back\\slash at the end \\",
    "100 % of %s and $HOME and `id`",
    "trigraph ??/ and ??) and a lone * / or / *",
    "größe, 大きさ, ελληνικά",
    "w" * 130,
    "https://example.org/" + "u" * 110,
    "\"quoted\" 'text' #define x #include <x>",
    "-- 8 <-- nearly scissors",
    "a  b   c",
    "x",
)


def texts(*, lines: bool = True):
    """Text as a stranger writes it; of several lines and paragraphs where there may be any."""
    words = st.one_of(st.sampled_from(ODD), st.text(_FIRST + " .,()-", min_size=1, max_size=90))
    line = words.map(str.strip).filter(bool)
    if not lines:
        return line
    marks = st.sampled_from(("", "", "", "- ", "  * ", "    "))
    row = st.builds(lambda mark, text, end: mark + text + end, marks, line, st.sampled_from((
        "", "  ")))  # fmt: skip
    gaps = st.sampled_from(("\n", "\n", "\n\n", "\n \n", "\n\n\n"))
    pieces = st.lists(st.tuples(row, gaps), min_size=1, max_size=5)
    return pieces.map(lambda found: "".join(text + gap for text, gap in found))


TYPES = (
    "int",
    "bool",
    "void *",
    "const char *",
    "unsigned long",
    "u64",
    "struct cxl_context *",
    "const struct cxl_event *",
    "struct pci_dev *",
    "struct a_struct_that_no_one_has_ever_heard_of **",
    "const union an_unheard_of_union *",
)
CONTEXT = ("struct cxl_context *", "const struct cxl_context *")
SIZES = ("size_t", "unsigned int", "u64", "int")


def _parameters(types, words):
    return [{"name": word, "type": text} for word, text in zip(words, types, strict=False)]


def _asked(draw):
    """The ops of the protocol `callback`: role, what it returns, types of its parameters."""
    deliver = ["struct cxl_event *"]
    deliver += draw(st.sampled_from((CONTEXT[:0], CONTEXT[:1], CONTEXT[1:])))
    deliver += draw(st.sampled_from(([], *([size] for size in SIZES))))
    return [
        ("pending", draw(st.sampled_from(("bool", "int"))), [draw(st.sampled_from(CONTEXT))]),
        ("deliver", draw(st.sampled_from(("void", "int"))), draw(st.permutations(deliver))),
    ]


def _fetched(draw, payload):
    """The ops of the protocol `counter`, whose events are of that struct."""
    delivered = ["int", f"{draw(st.sampled_from(('', 'const ')))}struct {payload} *"]
    delivered += draw(st.sampled_from((CONTEXT[:0], CONTEXT[:1], CONTEXT[1:])))
    return [
        ("fetch", f"struct {payload} *", [draw(st.sampled_from(CONTEXT))]),
        ("delivered", "void", draw(st.permutations(delivered))),
    ]


@st.composite
def callbacks(draw, words, delivery, payload):
    """The ops of a protocol, and up to two more, in any order."""
    found = _asked(draw) if delivery == "callback" else _fetched(draw, payload)
    found += [
        ("none", draw(st.sampled_from(("void", *TYPES))), draw(st.lists(st.sampled_from(TYPES))))
        for _ in range(draw(st.integers(0, 2)))
    ]
    return [
        {
            "name": words.pop(),
            "role": role,
            "returns": returns,
            "parameters": _parameters(types[:4], [words.pop() for _ in types[:4]]),
            "promise": draw(texts()),
        }
        for role, returns, types in draw(st.permutations(found))
    ]


@st.composite
def policies(draw):
    """What leads to other code rather than to other words."""
    incomplete = draw(st.sampled_from(("unchecked", "error", "refuse")))
    returns = "int" if incomplete == "error" else draw(st.sampled_from(("void", "int")))
    return {
        "setter": {
            "returns": returns,
            "incomplete_ops": incomplete,
            "null_ops": draw(st.sampled_from(("accept", "refuse"))),
            "lock": draw(st.sampled_from(("none", "context"))),
        },
        "size_check": draw(st.sampled_from(("trust", "warn", "bound"))),
        "api_version": draw(st.sampled_from(("bump", "none"))),
        "priority": draw(st.sampled_from(("before-generic", "after-generic"))),
        "close": draw(st.sampled_from(("leave", "wake"))),
    }


DELIVERIES = ("callback", "counter")


def _counted(raw, draw, words):
    """What only the protocol `counter` has, and what it asks for."""
    raw |= {"delivery": "counter", "size_check": "bound"}
    raw["notify"] = {"name": words.pop(), "doc": draw(texts())}
    raw["helpers"]["copy_event"] = words.pop()
    raw["context"]["counter"] = words.pop()
    raw["payload"]["words"] = "flexible"


@st.composite
def raw_specs(draw, layout: str | None = None, deliveries=DELIVERIES):
    """A whole spec as plain data, valid on any base that has none of its names."""
    words = draw(st.lists(names(), min_size=44, max_size=44, unique=True))
    delivery = draw(st.sampled_from(deliveries))
    payload = words.pop()
    raw = v1() | draw(policies())
    raw["kconfig"] = draw(st.sampled_from((None, {"selected_by": "CXL"})))
    if raw["kconfig"]:
        raw["kconfig"]["symbol"] = f"X{words.pop()[1:]}".upper()
    raw["ops"] = {
        "struct": words.pop(),
        "doc": draw(texts()),
        "callbacks": draw(callbacks(words, delivery, payload)),
        "locking": draw(texts()),
    }
    raw["setter"] |= {"name": words.pop(), "doc": draw(texts())}
    returns = st.sampled_from(("int", "bool"))
    raw["helpers"] = {
        "pending": {"name": words.pop(), "returns": draw(returns)},
        "pending_or_closed": {"name": words.pop(), "returns": draw(returns)},
    }
    order = draw(st.sampled_from(("driver-first", "generic-first")))
    raw["helpers"]["pending"]["order"] = order
    raw["context"] = {"field": words.pop(), "comment": draw(texts(lines=False))}
    raw["event"] = {"name": words.pop(), "value": draw(st.integers(4, 0xFFFF))}
    raw["payload"] = {
        "struct": payload,
        "words": draw(st.one_of(st.just("flexible"), st.integers(1, 64))),
        "member": words.pop(),
        "doc": draw(texts()),
    }
    if delivery == "counter":
        _counted(raw, draw, words)
    if draw(st.booleans()):
        size = raw["payload"]["words"]
        raw["event"]["size"] = 40 if size == "flexible" else max(40, 8 + 8 * size)
    raw["series"]["message"] = "Words.\n"
    raw["layout"] = layout or draw(st.sampled_from(("strict", "historic")))
    return raw


def strangers(count: int, layout: str | None = None) -> list[dict]:
    """Some specs, the same ones every time, of each protocol as many."""
    return [stranger(number, layout) for number in range(count)]


def stranger(number: int, layout: str | None = None) -> dict:
    """One spec, drawn for itself: of those of one run hypothesis makes many alike.

    The protocols take turns.
    """
    found: list[dict] = []

    @seed(number)
    @settings(
        max_examples=2, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(raw_specs(layout, [DELIVERIES[number % 2]]))
    def draw(raw):
        found.append(raw)

    draw()
    return found[-1]
