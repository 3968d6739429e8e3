# SPDX-License-Identifier: GPL-2.0-only
"""Commands about afugen itself: schema, doctor, completion."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

import shtab
from pydantic import BaseModel

from afugen.cli.arguments import parser
from afugen.cli.output import write_json
from afugen.errors import InfraError
from afugen.pipeline import doctor
from afugen.review.ledger import Ledger
from afugen.spec.model import Spec


def schema(arguments: argparse.Namespace) -> int:
    """The JSON schema of a spec or of a review ledger."""
    print(json_schema(Ledger if arguments.file == "review" else Spec), end="")
    return 0


def json_schema(model: type[BaseModel] = Spec) -> str:
    """The schema that editors read, as it is committed."""
    value = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | model.model_json_schema()
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def diagnose(arguments: argparse.Namespace) -> int:
    """What this machine lacks, and what installs it."""
    diagnosis = doctor.examine()
    for finding in diagnosis.findings:
        state = "ok" if finding.ok else "optional" if finding.optional else "MISSING"
        print(f"{state:8} {finding.name}: {finding.detail or finding.why}")
    if diagnosis.remedy:
        print(f"install what is missing with: {diagnosis.remedy}")
    findings = [asdict(finding) for finding in diagnosis.findings]
    write_json(arguments, {"ok": diagnosis.ok, "findings": findings})
    return 0 if diagnosis.ok else InfraError.exit_code


def completion(arguments: argparse.Namespace) -> int:
    """A completion script."""
    print(shtab.complete(parser(), arguments.shell))
    return 0
