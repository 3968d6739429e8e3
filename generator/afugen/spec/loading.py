# SPDX-License-Identifier: GPL-2.0-only
"""Spec files: from YAML to a checked spec, with complaints that point at the line and column."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from afugen import cache
from afugen.errors import Complaint, InputError, SpecError
from afugen.spec import interface, schema, yamlsource
from afugen.spec.contradictions import contradictions
from afugen.spec.interface import Interface
from afugen.spec.model import Spec
from afugen.spec.yamlsource import Source


def load(path: Path) -> Spec:
    """Read and check a spec file; SpecError with every complaint about it.

    One that was found sound before, by the same code under the same interface, is not checked
    again.
    """
    raw = yamlsource.read_bytes(path)
    key = hashlib.sha256(raw + cache.code_digest(__name__).encode()).hexdigest()[:32]
    kept = cache.root() / "specs" / f"{key}.json"
    if kept.is_file():
        interface_key, data = json.loads(kept.read_bytes())
        of = _interface_of(data, path.parent)
        if of.key == interface_key:
            return Spec(schema.fields_of(data, of.fields), of)
    source = yamlsource.parse(raw, str(path))
    spec = check(source, path.parent)
    cache.write_atomically(kept, json.dumps([spec.interface.key, source.value]).encode())
    return spec


def check(source: Source, directory: Path | None = None) -> Spec:
    """Make the spec of parsed YAML; SpecError with every complaint about it.

    `directory` is where a path in `interface:` starts from.
    """
    complaints = list(source.complaints)
    try:
        of = _interface_of(source.value, directory or Path())
    except SpecError:
        raise
    except InputError as error:
        raise SpecError((*complaints, source.complaint(("interface",), str(error)))) from None
    spec = _model(source, of, complaints)
    if spec is not None:
        complaints += [source.complaint(path, text) for path, text in contradictions(spec)]
        if not complaints:
            return spec
    raise SpecError(tuple(sorted(set(complaints), key=lambda c: (c.line, c.column, c.message))))


def _interface_of(data: Any, directory: Path) -> Interface:  # noqa: ANN401 - plain data
    name = data.get("interface") if isinstance(data, dict) else None
    return interface.find(name, directory) if isinstance(name, str) else interface.default()


def _model(source: Source, of: Interface, complaints: list[Complaint]) -> Spec | None:
    """Return the spec, if need be without the keys that its schema does not know; else None."""
    # It takes longer to import than all else that a sound spec needs.
    from afugen.spec import validation  # noqa: PLC0415

    found = validation.complaints(source, of.fields)
    complaints += found
    data: Any = source.value
    if found:
        data = schema.without_unknown(data, of.fields)
        if validation.complaints(Source("", "", data, {}), of.fields):
            return None
    return Spec(schema.fields_of(data, of.fields), of)
