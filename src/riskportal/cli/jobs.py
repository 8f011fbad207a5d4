"""`jobs`: the jobs that gave up, and another try for them."""

from __future__ import annotations

import argparse
from typing import Any

from sqlalchemy import select

from riskportal.cli.common import SYSTEM, CliError, Invocation, say
from riskportal.jobs.services import NotDead, dead_letters, retry_dead
from riskportal.tenancy.models import Tenant

SHOWN = 200


def add_commands(subparsers: Any) -> None:
    """Add the commands of this file."""
    jobs = subparsers.add_parser("jobs", help="list jobs that gave up, and try them again")
    actions = jobs.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="jobs that gave up, newest first, and why").set_defaults(func=_list)
    retry = actions.add_parser("retry", help="put jobs back into the queue with fresh attempts")
    retry.add_argument("numbers", metavar="NUMBER", type=int, nargs="+", help="a job's number in the list")
    retry.set_defaults(func=_retry)


def _list(_arguments: argparse.Namespace, invocation: Invocation) -> None:
    with invocation.migrated().database.session(SYSTEM, write=False) as db:
        rows = dead_letters(db, limit=SHOWN)
        tenants = dict(iter(db.execute(select(Tenant.id, Tenant.name))))
    for row in rows:
        say(f"{row.id:<8} {row.finished_at:%Y-%m-%d %H:%M} UTC  {tenants[row.tenant_id]}: {row.name}")
        say(f"         {row.last_error or 'no reason was noted'}")
    if not rows:
        say("No job gave up.")


def _retry(arguments: argparse.Namespace, invocation: Invocation) -> None:
    with invocation.migrated().database.session(SYSTEM) as db:
        for number in arguments.numbers:
            try:
                retry_dead(db, number)
            except NotDead as error:
                raise CliError(f"{error}, so nothing was changed. List them: riskportal jobs list") from error
    say("Put back into the queue; a worker runs them next.")
