"""`setting`: what a tenant has set for its modules."""

from __future__ import annotations

import argparse
from typing import Any

import colander

from riskportal.cli.common import CliError, Invocation, add_tenant_option, chosen_tenant, say, unknown
from riskportal.db.guard import Scope
from riskportal.tenancy.models import Tenant
from riskportal.tenancy.services import set_setting, tenant_config

HOW_TO_LIST = "List them: riskportal setting list"


def add_commands(subparsers: Any) -> None:
    """Add the commands of this file."""
    setting = subparsers.add_parser("setting", help="list and change a tenant's settings of its modules")
    actions = setting.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="all settings, their values and what they mean")
    listing.set_defaults(func=_list)
    change = actions.add_parser("set", help="change one")
    change.add_argument("key", metavar="KEY")
    change.add_argument("value", metavar="VALUE")
    change.set_defaults(func=_set)
    for parser in (listing, change):
        add_tenant_option(parser)


def _list(arguments: argparse.Namespace, invocation: Invocation) -> None:
    tenant_id, portal = chosen_tenant(arguments, invocation), invocation.portal()
    with portal.database.session(Scope.tenant_wide(tenant_id), write=False) as db:
        config = tenant_config(db, db.get_one(Tenant, tenant_id), portal.seam.settings, portal.seam.permissions)
    for key, declared in portal.seam.settings.items():
        say(f"{key} = {config.setting(key)}   {declared.label}{': ' + declared.help if declared.help else ''}")
    if not portal.seam.settings:
        say("No enabled module has settings.")


def _set(arguments: argparse.Namespace, invocation: Invocation) -> None:
    tenant_id, portal = chosen_tenant(arguments, invocation), invocation.portal()
    declared = portal.seam.settings.get(arguments.key)
    if declared is None:
        raise unknown("setting", arguments.key, list(portal.seam.settings), HOW_TO_LIST)
    try:
        with portal.database.session(Scope.tenant_wide(tenant_id)) as db:
            set_setting(db, db.get_one(Tenant, tenant_id), declared, arguments.value)
    except colander.Invalid as error:
        raise CliError(f"{arguments.key}: {'; '.join(error.asdict().values())}") from None
    say(f"{arguments.key} is {arguments.value} now.")
