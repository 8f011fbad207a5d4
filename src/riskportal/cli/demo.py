"""`demo`: from nothing to a portal that can be looked at, in one command."""

from __future__ import annotations

import argparse
from typing import Any

from sqlalchemy import select

from riskportal.app import Portal
from riskportal.cli.common import SYSTEM, CliError, Invocation, loader_of, packages, say
from riskportal.cli.serving import Address, address_of, listening, run_server, start_logging
from riskportal.clock import local_date
from riskportal.db.migrate import pending, upgrade
from riskportal.demo.file import FOLDER, portfolio
from riskportal.demo.staff import add_staff
from riskportal.demo.tenants import HARBOUR, RISKITO
from riskportal.demo.users import DEMO_STAFF, DEMO_USERS
from riskportal.portfolio.tenants import known_tenants
from riskportal.tenancy.models import Tenant, TenantHost
from riskportal.tenancy.services import config_changed

TIME_ZONE = "Europe/Berlin"
RISKITO_HOST, HARBOUR_HOST = "127.0.0.1", "harbour.localhost"


def add_commands(subparsers: Any) -> None:
    """Add the command of this file."""
    demo = subparsers.add_parser("demo", help="prepare the demo and run it (PORT and HOST are honoured)")
    demo.set_defaults(func=_demo)


def _demo(_arguments: argparse.Namespace, invocation: Invocation) -> None:
    portal = invocation.portal()
    if portal.settings.production:
        raise CliError("this configuration is for production; the demo needs riskportal.environment = development")
    start_logging(invocation.config)
    address = address_of(invocation.config)
    with listening(address) as bound:
        prepare(portal, address)
        run_server(portal, invocation.ini, bound, welcome(portal, address))


def prepare(portal: Portal, address: Address) -> None:
    """Tables, demo data when there is none, and addresses that fit where the demo runs."""
    if pending(portal.database.url, packages(portal)):
        say("Preparing the database ...")
        upgrade(portal.database.url, packages(portal))
    with portal.database.session(SYSTEM, write=False) as db:
        loaded = {RISKITO, HARBOUR} <= known_tenants(db).keys()
    if not loaded:
        say("Loading the demo data ...")
        today = local_date(portal.clock.now(), TIME_ZONE)
        report = loader_of(portal).load(portfolio(today), folder=FOLDER)
        say(f"{report.total.created} records loaded, file and database agree.")
    _move_to(portal, address)
    if portal.settings["demo"]:
        with portal.database.session(SYSTEM, write=False) as db:
            known = known_tenants(db)
        hosts = {RISKITO_HOST: known[RISKITO], HARBOUR_HOST: known[HARBOUR]}
        add_staff(portal.database, hosts, portal.secret)


def _move_to(portal: Portal, address: Address) -> None:
    """Let the links in the demo's mails lead to where it runs now."""
    bases = {RISKITO: address.url(), HARBOUR: address.url(HARBOUR_HOST)}
    with portal.database.session(SYSTEM) as db:
        for ref, tenant_id in known_tenants(db).items():
            base = bases.get(ref)
            tenant = db.get_one(Tenant, tenant_id)
            if base is None or tenant.base_url == base:
                continue
            tenant.base_url = base
            config_changed(tenant)
            host = base.removeprefix("http://").rpartition(":")[0] or base.removeprefix("http://")
            if db.scalar(select(TenantHost.id).where(TenantHost.host == host)) is None:
                db.add(TenantHost(tenant_id=tenant_id, host=host))


def welcome(portal: Portal, address: Address) -> list[str]:
    """Where to go and how to sign in."""
    lines = ["", f"The demo portal runs at  {address.url()}", "", "Sign in as:"]
    for user in DEMO_USERS:
        here = address.url(HARBOUR_HOST) if HARBOUR_HOST in user.hosts else ""
        lines.append(f"  {user.email:<34} {user.shows}" + (f", at {here}" if here else ""))
    if portal.settings["demo"]:
        lines += ["", "One click on the sign-in page is enough. Or enter an address there:"]
    else:
        lines += ["", "Enter one of these addresses on the sign-in page:"]
    where = str(portal.settings["mail"]).removeprefix("file:")
    lines += [f"the mail with link and code lands in {where}/ as an .eml file."]
    return [*lines, *_staff_lines(portal, address), "", "Ctrl-C stops it."]


def _staff_lines(portal: Portal, address: Address) -> list[str]:
    """The provider's side, which has a door of its own."""
    if not portal.settings["demo"]:
        return []
    lines = ["", f"The provider's side is at  {address.url()}/staff/sign-in  (one click there as well):"]
    return lines + [f"  {person.email:<34} {person.shows}" for person in DEMO_STAFF]
