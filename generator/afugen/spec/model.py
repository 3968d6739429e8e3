# SPDX-License-Identifier: GPL-2.0-only
"""A spec as a frozen value: one version of a series, read under the schema of its interface."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from afugen.spec.yamlsource import Key

if TYPE_CHECKING:
    from afugen.spec.interface import Interface


class Section:
    """A mapping of a spec whose keys are attributes; an optional key that is not set is None."""

    __slots__ = ("_fields",)
    _fields: dict[str, Any]

    def __init__(self, fields: Mapping[str, Any]) -> None:
        object.__setattr__(self, "_fields", dict(fields))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as many types as a spec has
        try:
            return self._fields[name]
        except KeyError:
            raise AttributeError(f"a spec has no field {name!r} here") from None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a spec is frozen")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Section) and self._fields == other._fields

    def __hash__(self) -> int:
        return hash(tuple(self._fields.items()))

    def __repr__(self) -> str:
        return f"Section({self._fields!r})"


class Spec(Section):
    """The whole of a checked spec, and the interface that it is of."""

    __slots__ = ("interface",)
    interface: Interface

    def __init__(self, fields: Mapping[str, Any], interface: Interface) -> None:
        super().__init__(fields)
        object.__setattr__(self, "interface", interface)


def items(section: Section) -> Iterator[tuple[str, Any]]:
    """Return the fields of a section and their values, in the order of the schema."""
    return iter(section._fields.items())


def field(value: object, path: tuple[Key, ...]) -> Any:  # noqa: ANN401
    """Return the value at a path such as ("ops", "callbacks", 0, "name").

    None below an optional section that is not there; AttributeError, IndexError or TypeError
    for a path that the schema does not have.
    """
    for key in path:
        if value is None:
            return None
        value = value[key] if isinstance(key, int) else getattr(value, key)  # type: ignore[index]
    return value


def dotted(path: str) -> tuple[Key, ...]:
    """Return the path that `ops.callbacks.0.name` names."""
    return tuple(int(key) if key.isdigit() else key for key in path.split("."))


def op_with(spec: Any, role: str) -> Any:  # noqa: ANN401 - a Spec, or a template's view of one
    """Return the op that has the role, or None."""
    return next((op for op in spec.ops.callbacks if op.role == role), None)
