"""`migrate`: the database's tables."""

from __future__ import annotations

import argparse
from typing import Any

from riskportal.cli.common import Invocation, packages, say
from riskportal.db.migrate import pending, upgrade


def add_commands(subparsers: Any) -> None:
    """Add the commands of this file."""
    migrate = subparsers.add_parser("migrate", help="bring the database's tables up to this version")
    migrate.set_defaults(func=_migrate)


def _migrate(_arguments: argparse.Namespace, invocation: Invocation) -> None:
    portal = invocation.portal()
    missing = pending(portal.database.url, packages(portal))
    if not missing:
        say("The database is up to date.")
        return
    upgrade(portal.database.url, packages(portal))
    say(f"The database is up to date now ({', '.join(missing)}).")
