# SPDX-License-Identifier: GPL-2.0-only
"""The Kconfig files of a whole tree: checks of a symbol, and why an option was dropped.

Loading runs the `$(shell …)` probes of the tree, as any kernel build does; so only trees that
are built anyway are loaded. The .config that `make` writes stays the authority.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import kconfiglib

from afugen import command
from afugen.errors import KconfigError

_CONFIG = "afugen.config"
# Newer than kconfiglib: the bare `modules` of a symbol, and `transitional`. Lines are kept.
_MODULES = re.compile(r"^(\s+)modules$", re.MULTILINE)
_TRANSITIONAL = re.compile(r"^\s+transitional$", re.MULTILINE)
_PROBE_SECONDS = 60.0
_VALUES = ("n", "m", "y")


class Kconfig:
    """The Kconfig files of one tree, loaded for one architecture and compiler."""

    def __init__(self, tree: Path, arch: str, cross_compile: str) -> None:
        """Load the files (seconds); KconfigError with file and line if they are malformed."""
        self._environment = _environment(tree, arch, cross_compile)
        with self._at_tree():
            try:
                self._parsed = _Tree()
            except kconfiglib.KconfigError as error:
                raise KconfigError(str(error).strip()) from None

    def definitions(self, name: str) -> tuple[str, ...]:
        """Return each `file:line` that defines a symbol."""
        return tuple(map(_place, self._symbol(name).nodes)) if self.has(name) else ()

    def has(self, name: str) -> bool:
        """Return whether any file defines the symbol."""
        return bool(name in self._parsed.syms and self._parsed.syms[name].nodes)

    def set_options(self, config: str) -> None:
        """Set the options of a .config, and all others to their defaults."""
        with self._at_tree():
            self._parsed.config = config
            self._parsed.load_config(_CONFIG)

    def value(self, name: str) -> str:
        """Return the value of a bool or tristate symbol under the options that were set."""
        return _VALUES[self._symbol(name).tri_value] if self.has(name) else "n"

    def selectors(self, name: str) -> tuple[str, ...]:
        """Return the symbols that select a symbol, sorted."""
        if not self.has(name):
            return ()
        symbol = self._symbol(name)
        return tuple(
            sorted(
                other.name
                for other in self._parsed.unique_defined_syms
                if any(selected is symbol for selected, _ in other.selects)
            )
        )

    def undefined_references(self, file: str) -> tuple[str, ...]:
        """Return `file:line: NAME` for each undefined symbol that a file's entries use."""
        found = []
        for node in self._parsed.node_iter():
            if node.filename == file:
                found += [
                    f"{_place(node)}: {symbol.name}"
                    for symbol in sorted(node.referenced, key=lambda symbol: str(symbol.name))
                    if _is_undefined(symbol)
                ]
        return tuple(dict.fromkeys(found))

    def complaint(self, name: str, wanted: str) -> str:
        """Return why an option does not have the requested value, under the options set."""
        option = f"CONFIG_{name}={wanted}"
        if not self.has(name):
            near = get_close_matches(name, self._parsed.syms, n=3)
            hint = f"; it has {', '.join(near)}" if near else ""
            return f"{option}: this tree has no such option{hint}"
        symbol = self._symbol(name)
        where = f"{option} ({_place(symbol.nodes[0])})"
        if wanted == "n":
            by = ", ".join(other for other in self.selectors(name) if self.value(other) != "n")
            return f"{where} is on all the same" + (f": selected by {by}" if by else "")
        unmet = self._unmet(symbol.direct_dep)
        if unmet:
            whole = kconfiglib.expr_str(symbol.direct_dep)
            return f"{where} was dropped: it depends on {whole}; unmet: {', '.join(unmet)}"
        if not any(node.prompt for node in symbol.nodes):
            by = ", ".join(self.selectors(name)) or "nothing"
            return f"{where} was dropped: it has no prompt and is only selected, by {by}"
        return f"{where} was dropped: the tree's Kconfig sets {symbol.str_value!r}"

    def _unmet(self, expression: Any) -> tuple[str, ...]:  # noqa: ANN401 - kconfiglib's tuples
        """Return the terms of a dependency that are n, with the values of their symbols."""
        terms = kconfiglib.split_expr(expression, kconfiglib.AND)
        return tuple(self._shown(term) for term in terms if kconfiglib.expr_value(term) == 0)

    def _shown(self, term: Any) -> str:  # noqa: ANN401 - kconfiglib's tuples
        text = str(kconfiglib.expr_str(term))
        named = sorted(
            {
                symbol
                for symbol in kconfiglib.expr_items(term)
                if symbol.__class__.__name__ == "Symbol"
            },
            key=lambda symbol: str(symbol.name),
        )
        values = [
            f"{symbol.name} is {'nowhere defined' if _is_undefined(symbol) else symbol.str_value}"
            for symbol in named
            if not symbol.is_constant
        ]
        return f"{text} ({', '.join(values)})" if values else text

    def _symbol(self, name: str) -> Any:  # noqa: ANN401 - kconfiglib is not typed
        return self._parsed.syms[name]

    @contextmanager
    def _at_tree(self) -> Iterator[None]:
        """Set the environment, from which kconfiglib reads where the tree is."""
        before = dict(os.environ)
        os.environ.update(self._environment)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


class _Tree(kconfiglib.Kconfig):  # type: ignore[misc]
    """kconfiglib with the newer syntax, and with the results of probes cached."""

    def __init__(self) -> None:
        self.config = ""
        self._results: dict[str, str] = {}
        super().__init__(warn=False)

    def _open(self, filename: str, mode: str) -> Any:  # noqa: ANN401
        self._functions["shell"] = (self._probe, 1, 1)
        if filename == _CONFIG:
            return io.StringIO(self.config)
        text = Path(filename).read_text(encoding="utf-8")
        return io.StringIO(_TRANSITIONAL.sub("", _MODULES.sub(r"\1option modules", text)))

    def _probe(self, _kconfig: object, _name: str, probe: str) -> str:
        if probe not in self._results:
            done = command.run(
                ["sh", "-c", f"exec 2>/dev/null; {probe}"],
                deadline_seconds=_PROBE_SECONDS,
            )
            self._results[probe] = done.output.rstrip("\n").replace("\n", " ")
        return self._results[probe]


def check_symbol(kconfig: Kconfig, name: str, selector: str | None, config: str) -> tuple[str, ...]:
    """Return what is wrong with a symbol that a series adds.

    It has to be defined once and selected by `selector`, unless that is None; the file that defines
    it must name no undefined symbol; and with the options of `config` it must not be n.
    """
    places = kconfig.definitions(name)
    if not places:
        return (f"{name} is defined nowhere",)
    complaints = []
    if len(places) > 1:
        complaints.append(f"{name} is defined {len(places)} times: {', '.join(places)}")
    if selector is not None and selector not in kconfig.selectors(name):
        complaints.append(f"{places[0]}: {name} is not selected by {selector}")
    for file in dict.fromkeys(place.rpartition(":")[0] for place in places):
        complaints += [f"{place} is not defined" for place in kconfig.undefined_references(file)]
    kconfig.set_options(config)
    if kconfig.value(name) == "n":
        reason = f": {selector} is {kconfig.value(selector)}" if selector is not None else ""
        complaints.append(f"{places[0]}: {name} is n on powernv{reason}")
    return tuple(complaints)


def explain(
    tree: Path, arch: str, cross_compile: str, lost: Iterable[tuple[str, str]], config: str
) -> tuple[str, ...]:
    """Return why options (name, value) were dropped from the .config that kbuild made."""
    kconfig = Kconfig(tree, arch, cross_compile)
    kconfig.set_options(config)
    return tuple(kconfig.complaint(name, value) for name, value in lost)


def _environment(tree: Path, arch: str, cross_compile: str) -> dict[str, str]:
    """Return the variables that kbuild's makefiles export to Kconfig."""
    tools = {"CC": "gcc", "LD": "ld", "AR": "ar", "NM": "nm", "OBJCOPY": "objcopy"}
    return {
        **{variable: cross_compile + tool for variable, tool in tools.items()},
        "srctree": str(tree),
        "ARCH": arch,
        "SRCARCH": arch,
        "HOSTCC": "gcc",
        "HOSTCXX": "g++",
        "KERNELVERSION": "0",
        "CONFIG_": "CONFIG_",
        "CLANG_FLAGS": "",
        "RUSTC": "rustc",
        "BINDGEN": "bindgen",
        "PAHOLE": "pahole",
        "LANG": "C",
    }


def _place(node: Any) -> str:  # noqa: ANN401 - kconfiglib is not typed
    return f"{node.filename}:{node.linenr}"


def _is_undefined(symbol: Any) -> bool:  # noqa: ANN401 - kconfiglib is not typed
    """Return whether a symbol has no definition, and is no constant, number or quoted text."""
    if symbol.__class__.__name__ != "Symbol" or symbol.is_constant or symbol.nodes:
        return False
    return not re.fullmatch(r"0[xX][0-9a-fA-F]+|\d+|[nmy]", str(symbol.name))
