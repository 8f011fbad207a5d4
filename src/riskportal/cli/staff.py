"""`staff`: who works for a tenant, and their set-up links.

The first owner is made here and nowhere else: no address of the portal ever makes one (security.md, A22).
"""

from __future__ import annotations

import argparse
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from riskportal.audit.services import Actor, record
from riskportal.cli.common import CliError, Invocation, add_tenant_option, chosen_tenant, say
from riskportal.db.guard import Scope
from riskportal.identity.addresses import canonical_email
from riskportal.identity.models import StaffMember, User
from riskportal.identity.proofs import works_here
from riskportal.identity.staff import TeamRefused, appoint
from riskportal.identity.users import find_user, user_of
from riskportal.plug.declarations import STAFF_ROLES
from riskportal.shell.signin.staff_links import setup_url
from riskportal.tenancy.models import Tenant

# What appoint refuses, and what to do about it.
_REFUSALS = {
    "last_owner": "{email} is the last owner who can sign in. Make somebody else an owner first: "
    "riskportal staff add EMAIL --role owner",
    "disabled": "the login of {email} is switched off, so that no link would open it. Somebody who works here can "
    "switch it on again in the console, under Users; else choose another address",
}


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
    link = actions.add_parser("link", help="a new set-up link for a colleague who has lost their way in")
    link.add_argument("email", metavar="EMAIL")
    link.set_defaults(func=_link)
    for parser in (people, add, link):
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
    email, command = _address(arguments.email), "riskportal staff add"
    tenant_id = chosen_tenant(arguments, invocation)
    try:
        with invocation.portal().database.session(Scope.tenant_wide(tenant_id)) as db:
            before = find_user(db, email)
            new = before is None or not works_here(db, before)
            now, actor = db.info["clock"].now(), Actor("system", name=command)
            changed = appoint(db, email, arguments.role, arguments.name, actor, now)
            url = _new_link(db, email, tenant_id, command) if new else None
    except TeamRefused as refused:
        raise CliError(_REFUSALS[refused.code].format(email=email)) from None
    say(f"{email} works here as {arguments.role} {'now' if changed else 'already'}.")
    if url is not None:
        _say_link(url)
    else:
        say(f"They sign in as before. Should they need a new set-up link: riskportal staff link {email}")


def _link(arguments: argparse.Namespace, invocation: Invocation) -> None:
    email = _address(arguments.email)
    tenant_id = chosen_tenant(arguments, invocation)
    with invocation.portal().database.session(Scope.tenant_wide(tenant_id)) as db:
        user = find_user(db, email)
        if user is None or not works_here(db, user):
            raise CliError(f"{email} doesn't work here. Add them: riskportal staff add {email} --role ROLE")
        if user.disabled_at is not None:
            raise CliError(_REFUSALS["disabled"].format(email=email))
        url = _new_link(db, email, tenant_id, "riskportal staff link")
    _say_link(url)


def _new_link(db: Session, email: str, tenant_id: int, command: str) -> str:
    """A set-up link for a staff member, with its audit entry."""
    user = user_of(db, email)
    record(db, "core.staff_link_made", actor=Actor("system", name=command), data={"email": email})
    return setup_url(db, db.get_one(Tenant, tenant_id), user, db.info["clock"].now())


def _say_link(url: str) -> None:
    say("Their set-up link. It works once, for 24 hours, and is shown only now; whoever opens it gets the login:")
    say(url)


def _address(text: str) -> str:
    try:
        return canonical_email(text)
    except ValueError:
        raise CliError(f"{text!r} is not one full e-mail address such as ada@company.com") from None
