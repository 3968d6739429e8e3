# SPDX-License-Identifier: GPL-2.0-only
"""YAML files whose shape the engine knows, such as machines: definitions of engine.yaml."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from afugen import cache
from afugen.errors import SpecError
from afugen.spec import schema, yamlsource


def read_data_file(path: Path, definition: str) -> dict[str, Any]:
    """Return the fields of a YAML file under a definition of engine.yaml.

    SpecError with every complaint; a file that was found sound before is not checked again.
    """
    raw = yamlsource.read_bytes(path)
    recipe = f"{definition} {cache.code_digest(__name__)} {schema.key()} "
    key = hashlib.sha256(recipe.encode() + raw).hexdigest()[:32]
    kept = cache.root() / "records" / f"{key}.json"
    if not kept.is_file():
        # It takes longer to import than all else that a sound file needs.
        from afugen.spec import validation  # noqa: PLC0415

        source = yamlsource.parse(raw, str(path))
        shape = schema.inlined({"$ref": f"{schema.ENGINE}#/$defs/{definition}"}, {})
        found = (*source.complaints, *validation.complaints(source, shape))
        if found:
            raise SpecError(found)
        cache.write_atomically(kept, json.dumps([shape, source.value]).encode())
    shape, data = json.loads(kept.read_bytes())
    return schema.fields_of(data, shape)
