"""`token`: keys of programs that use a tenant's JSON API."""

from __future__ import annotations

import argparse
from typing import Any

from sqlalchemy import select

from riskportal.audit.services import Actor, record
from riskportal.cli.common import CliError, Invocation, add_tenant_option, chosen_tenant, say
from riskportal.db.guard import Scope
from riskportal.identity.api_tokens import create_api_token
from riskportal.identity.models import ApiToken

BY = Actor("system", name="riskportal token")


def add_commands(subparsers: Any) -> None:
    """Add the commands of this file."""
    token = subparsers.add_parser("token", help="list, add and revoke keys for the JSON API")
    actions = token.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="all keys of a tenant")
    listing.set_defaults(func=_list)
    add = actions.add_parser("add", help="make a key; it is shown once")
    add.add_argument("name", metavar="NAME", help="what uses it, e.g. 'accounting'")
    add.add_argument("permissions", metavar="PERMISSION", nargs="+", help="what it may do")
    add.set_defaults(func=_add)
    revoke = actions.add_parser("revoke", help="end a key at once")
    revoke.add_argument("key_id", metavar="ID", help="its id in the list")
    revoke.set_defaults(func=_revoke)
    for parser in (listing, add, revoke):
        add_tenant_option(parser)


def _list(arguments: argparse.Namespace, invocation: Invocation) -> None:
    with invocation.portal().database.session(
        Scope.tenant_wide(chosen_tenant(arguments, invocation)), write=False
    ) as db:
        rows = list(db.scalars(select(ApiToken).order_by(ApiToken.id)))
        for row in rows:
            state = "revoked" if row.revoked_at else "active"
            say(f"{row.public_id}  {state:<8} {row.name}: {', '.join(row.permissions)}")
    if not rows:
        say("No key yet. Make one: riskportal token add NAME PERMISSION")


def _add(arguments: argparse.Namespace, invocation: Invocation) -> None:
    scope = Scope.tenant_wide(chosen_tenant(arguments, invocation))
    known = {p.name for p in invocation.portal().seam.permissions.values() if p.area == "api"}
    unknown = sorted(set(arguments.permissions) - known)
    if unknown:
        names = ", ".join(sorted(known)) or "none in these modules"
        raise CliError(f"there is no API permission {unknown[0]!r}; known are: {names}")
    with invocation.portal().database.session(scope) as db:
        row, key = create_api_token(db, arguments.name, arguments.permissions)
        record(db, "core.token_added", actor=BY, data={"name": row.name, "permissions": ", ".join(row.permissions)})
    say(f"Key {row.public_id} for {row.name}. Note it now, it is never shown again:\n{key}")


def _revoke(arguments: argparse.Namespace, invocation: Invocation) -> None:
    with invocation.portal().database.session(Scope.tenant_wide(chosen_tenant(arguments, invocation))) as db:
        row = db.scalar(select(ApiToken).where(ApiToken.public_id == arguments.key_id))
        if row is None:
            raise CliError(f"there is no key {arguments.key_id!r}; see: riskportal token list")
        row.revoked_at = row.revoked_at or invocation.portal().clock.now()
        record(db, "core.token_revoked", actor=BY, data={"name": row.name})
    say(f"The key for {row.name} no longer works.")
