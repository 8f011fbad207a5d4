"""`staff`: who works for a tenant."""

from __future__ import annotations

import argparse
from typing import Any

from sqlalchemy import select

from riskportal.audit.services import Actor
from riskportal.cli.common import CliError, Invocation, add_tenant_option, chosen_tenant, say
from riskportal.db.guard import Scope
from riskportal.identity.addresses import canonical_email
from riskportal.identity.models import StaffMember, User
from riskportal.identity.staff import TeamRefused, appoint
from riskportal.plug.declarations import STAFF_ROLES


def add_commands(subparsers: Any) -> None:
    """Add the commands of this file."""
    staff = subparsers.add_parser("staff", help="list and add people who work for a tenant")
    actions = staff.add_subparsers(dest="action", metavar="ACTION", required=True)
    people = actions.add_parser("list", help="who works for a tenant")
    people.set_defaults(func=_list)
    add = actions.add_parser("add", help="let somebody work for a tenant, or change their role")
    add.add_argument("email", metavar="EMAIL")
    add.add_argument("--role", required=True, choices=STAFF_ROLES)
    add.add_argument("--name", help="the person's name")
    add.set_defaults(func=_add)
    for parser in (people, add):
        add_tenant_option(parser)


def _list(arguments: argparse.Namespace, invocation: Invocation) -> None:
    scope = Scope.tenant_wide(chosen_tenant(arguments, invocation))
    with invocation.portal().database.session(scope, write=False) as db:
        query = select(User.email, User.name, StaffMember.role).join(StaffMember, StaffMember.user_id == User.id)
        people = db.execute(query.order_by(User.email)).all()
    for email, name, role in people:
        say(f"{email:<40} {role:<10} {name or ''}".rstrip())
    if not people:
        say("Nobody yet. Add somebody: riskportal staff add EMAIL --role owner")


def _add(arguments: argparse.Namespace, invocation: Invocation) -> None:
    try:
        email = canonical_email(arguments.email)
    except ValueError:
        raise CliError(f"{arguments.email!r} is not one full e-mail address such as ada@company.com") from None
    scope = Scope.tenant_wide(chosen_tenant(arguments, invocation))
    try:
        with invocation.portal().database.session(scope) as db:
            new = appoint(db, email, arguments.role, arguments.name, Actor("system", name="riskportal staff add"))
    except TeamRefused:
        raise CliError(
            f"{email} is the last owner who can sign in. Make somebody else an owner first: "
            "riskportal staff add EMAIL --role owner"
        ) from None
    say(f"{email} works here as {arguments.role} {'now' if new else 'already'}.")
