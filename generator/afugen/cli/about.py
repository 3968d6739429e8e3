# SPDX-License-Identifier: GPL-2.0-only
"""Commands about afugen itself: schema, doctor, completion."""

from __future__ import annotations

import argparse
import json

import shtab

from afugen.cli.arguments import parser
from afugen.spec import Spec


def schema(arguments: argparse.Namespace) -> int:
    """The JSON schema of a spec."""
    print(json_schema(), end="")
    return 0


def json_schema() -> str:
    """The schema that editors read, as it is committed."""
    value = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Spec.model_json_schema()
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def completion(arguments: argparse.Namespace) -> int:
    """A completion script."""
    print(shtab.complete(parser(), arguments.shell))
    return 0
