# SPDX-License-Identifier: GPL-2.0-only
"""Commands about afugen itself: interfaces, interface, schema, doctor."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict

from afugen.cli.output import write_json
from afugen.errors import InfraError
from afugen.pipeline import doctor
from afugen.review import Ledger
from afugen.series import version
from afugen.spec import description, interface
from afugen.spec.interface import Interface


def schema(arguments: argparse.Namespace) -> int:
    """Print the JSON schema of an interface's specs, of a review ledger, or of interface.yaml."""
    match arguments.file:
        case "review":
            print(review_schema(), end="")
        case "interface":
            print(_json(interface.own_schema()), end="")
        case _:
            name = arguments.interface
            print(spec_schema(interface.find(name) if name else interface.default()), end="")
    return 0


def spec_schema(of: Interface) -> str:
    """Return the JSON schema of specs, in the form in which it is committed."""
    return _json({"title": of.data.title, "description": of.data.description, **of.fields})


def review_schema() -> str:
    """Return the JSON schema of review ledgers, in the form in which it is committed."""
    return _json(Ledger.model_json_schema())


def _json(value: Mapping[str, object]) -> str:
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **value}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def interfaces(arguments: argparse.Namespace) -> int:
    """Print the interfaces and their versions."""
    found = [interface.find(name) for name in interface.known()]
    for one in found:
        mark = " (default)" if one.default else ""
        print(f"{one.name}{mark}: {one.data.title}")
        print(f"    versions: {', '.join(version.known(one)) or 'none'}")
    write_json(
        arguments,
        [
            {"name": one.name, "title": one.data.title, "default": one.default,
             "versions": list(version.known(one))}
            for one in found
        ],
    )  # fmt: skip
    return 0


def describe_interface(arguments: argparse.Namespace) -> int:
    """Print the fields of an interface's specs, their values, and what these mean."""
    of = interface.find(arguments.name)
    sys.stdout.write(description.text(of))
    write_json(arguments, of.fields)
    return 0


def diagnose(arguments: argparse.Namespace) -> int:
    """Print what this machine lacks, and the command that installs it."""
    diagnosis = doctor.examine()
    for finding in diagnosis.findings:
        state = "ok" if finding.ok else "optional" if finding.optional else "MISSING"
        print(f"{state:8} {finding.name}: {finding.detail or finding.why}")
    if diagnosis.remedy:
        print(f"install what is missing with: {diagnosis.remedy}")
    findings = [asdict(finding) for finding in diagnosis.findings]
    write_json(arguments, {"ok": diagnosis.ok, "findings": findings})
    return 0 if diagnosis.ok else InfraError.exit_code
