"""`load` and `schema`: portfolio files in, their description out."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from riskportal.cli.common import Invocation, loader_of, say
from riskportal.portfolio.check import in_order
from riskportal.portfolio.docs import page
from riskportal.portfolio.jsonschema import file_schema
from riskportal.portfolio.reader import read_file


def add_commands(subparsers: Any) -> None:
    """Add the commands of this file."""
    load = subparsers.add_parser("load", help="bring data in from a portfolio file (docs/portfolio.md)")
    load.add_argument("file", metavar="FILE", type=Path)
    load.add_argument(
        "--dry-run", action="store_true", help="do everything but keep nothing, and say what would change"
    )
    load.add_argument("--tenant", metavar="REF", help="whose the records are that don't say; a ref or a host name")
    load.set_defaults(func=_load)
    schema = subparsers.add_parser("schema", help="print the portfolio file's JSON Schema")
    schema.add_argument("--markdown", action="store_true", help="print docs/portfolio.md instead")
    schema.set_defaults(func=_schema)


def _load(arguments: argparse.Namespace, invocation: Invocation) -> None:
    # A broken file is told before anything is said about the database.
    raw = read_file(arguments.file)
    loader = loader_of(invocation.migrated())
    folder = arguments.file.resolve().parent
    report = loader.load(raw, folder=folder, dry_run=arguments.dry_run, tenant=arguments.tenant)
    for line in report.lines():
        say(line)


def _schema(arguments: argparse.Namespace, invocation: Invocation) -> None:
    importers = in_order(invocation.portal().seam.importers.values())
    say(page(importers) if arguments.markdown else json.dumps(file_schema(importers), indent=2, ensure_ascii=False))
