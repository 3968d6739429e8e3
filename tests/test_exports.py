# SPDX-License-Identifier: GPL-2.0-only
"""Symbol CRCs compared, and the reason for a difference found in genksyms' dumps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from afugen.abi.exports import (
    Exports,
    SymbolChange,
    SymbolState,
    compare_exports,
    in_c,
    read_symtypes,
    read_versions,
)

COMMAND_FILE = """\
cmd_drivers/misc/cxl/api.o := gcc -c -o drivers/misc/cxl/api.o api.c

source_drivers/misc/cxl/api.o := api.c
#SYMVER cxl_get_fd 0x403a48b6
#SYMVER cxl_set_priv 0x0000abcd
"""
DUMP = """\
t#u64 typedef unsigned long long u64
e#state enum state { OPENED , STARTED }
s#lock struct lock { int owner ; }
s#ctx struct ctx { s#lock lock ; union { t#u64 a ; int b ; } ; e#state state ; int ( * call ) ( s#ctx * , int ) ; }
get s#ctx * get ( int )
put void put ( s#ctx * )
pid int pid ( void )
"""  # noqa: E501


def exports(dump: str = DUMP, **crcs: str) -> Exports:
    known = {"get": "0x1", "pid": "0x3", "put": "0x2"} | crcs
    return Exports(known, dict.fromkeys(known, "api"), {"api": read_symtypes(dump)})


def changed(dump: str) -> SymbolChange:
    """What is said of `put` when the types are those of `dump`."""
    (change,) = (
        one
        for one in compare_exports(exports(), exports(dump, put="0x9"))
        if one.state is not SymbolState.EQUAL
    )
    assert (change.name, change.state, change.before, change.after) == (
        "put", SymbolState.CHANGED, "0x2", "0x9",
    )  # fmt: skip
    return change


def test_crcs_are_read_from_command_files() -> None:
    assert read_versions(COMMAND_FILE) == {"cxl_get_fd": "0x403a48b6", "cxl_set_priv": "0x0000abcd"}
    assert read_versions("cmd_x.o := gcc #SYMVER cxl_no 0x1\n") == {}


def test_new_and_gone_symbols_are_told_from_equal_ones() -> None:
    before, after = exports(old="0x4"), exports(new="0x5")
    assert [
        (one.name, one.state, one.before, one.after) for one in compare_exports(before, after)
    ] == [
        ("get", SymbolState.EQUAL, "0x1", "0x1"),
        ("new", SymbolState.NEW, None, "0x5"),
        ("old", SymbolState.GONE, "0x4", None),
        ("pid", SymbolState.EQUAL, "0x3", "0x3"),
        ("put", SymbolState.EQUAL, "0x2", "0x2"),
    ]


@pytest.mark.parametrize(
    ("was", "now", "cause", "why"),
    [
        (
            "e#state state ;", "e#state state ; int more ;",
            "struct ctx", "struct ctx gains `int more`",
        ),
        (
            "t#u64 a ; int b ;", "int b ;",
            "struct ctx",
            "struct ctx loses `union { u64 a ; int b ; }` and gains `union { int b ; }`",
        ),
        (
            "s#lock lock ; union { t#u64 a ; int b ; } ;",
            "union { t#u64 a ; int b ; } ; s#lock lock ;",
            "struct ctx", "struct ctx has its members in another order",
        ),
        (
            "struct lock { int owner ; }", "struct lock { const int owner ; }",
            "struct lock", "struct lock loses `int owner` and gains `const int owner`",
        ),
        (
            "struct lock { int owner ; }", "struct lock { UNKNOWN }",
            "struct lock",
            "the definition of struct lock was seen by the code that exports, and is not",
        ),
        (
            "{ OPENED , STARTED }", "{ OPENED , STARTED , CLOSED }",
            "enum state", "enum state gains `CLOSED`",
        ),
        (
            "typedef unsigned long long u64", "typedef unsigned long u64",
            "u64", "u64: was `typedef unsigned long long u64`, is `typedef unsigned long u64`",
        ),
        (
            "put void put", "put int put",
            "put", "put: was `void put ( struct ctx * )`, is `int put ( struct ctx * )`",
        ),
    ],
)  # fmt: skip
def test_the_first_type_that_differs_is_the_reason(
    was: str, now: str, cause: str, why: str
) -> None:
    change = changed(DUMP.replace(was, now))
    assert (change.cause, change.why) == (cause, why)


def test_the_type_nearest_to_the_symbol_comes_first() -> None:
    dump = DUMP.replace("put void put ( s#ctx * )", "put void put ( e#last , s#ctx * )")
    dump += "e#last enum last { LAST }\n"
    deep = dump.replace("int owner", "long owner")
    near = deep.replace("{ LAST }", "{ LAST , MORE }")
    for after, cause in ((deep, "struct lock"), (near, "enum last")):
        (change,) = (
            one
            for one in compare_exports(exports(dump), exports(after, put="0x9"))
            if one.state is not SymbolState.EQUAL
        )
        assert change.cause == cause


def test_a_type_that_the_symbol_does_not_reach_is_no_reason() -> None:
    unrelated = DUMP + "s#far struct far { int x ; }\n"
    assert changed(unrelated).why == ""


def test_each_object_s_own_view_of_a_type_counts() -> None:
    other = {"s#ctx": "struct ctx { UNKNOWN }", "put": "void put ( s#ctx * )"}
    before = replace(exports(), types={"api": read_symtypes(DUMP), "base": other})
    homes = dict(before.homes) | {"put": "base"}
    (change,) = (
        one
        for one in compare_exports(
            replace(before, homes=homes),
            replace(before, homes=homes, crcs=dict(before.crcs) | {"put": "0x9"},
                    types={"api": read_symtypes(DUMP),
                           "base": other | {"put": "int put ( s#ctx * )"}}),
        )
        if one.state is SymbolState.CHANGED
    )  # fmt: skip
    assert change.cause == "put"


def test_genksyms_words_become_c() -> None:
    assert (
        in_c("s#ctx * f ( u#u , e#state , t#u64 )")
        == "struct ctx * f ( union u , enum state , u64 )"
    )
