"""`tenant`: list, show, add and change providers. Values are checked as in a portfolio file."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select

from riskportal.app import Portal
from riskportal.audit import services as audit
from riskportal.cli.common import SYSTEM, CliError, Invocation, find_tenant, loader_of, module_names, say
from riskportal.portfolio.base import PortfolioError, Problem
from riskportal.portfolio.check import FORMAT
from riskportal.portfolio.tenant_edit import change_tenant
from riskportal.tenancy.models import Tenant, TenantHost, TenantModule
from riskportal.tenancy.services import tenant_by_host

# Option -> field of the portfolio's tenant section; addresses are parts of one field.
FIELDS = {
    "name": "as customers know it",
    "legal_name": "as on invoices",
    "base_url": "https://..., without a path; links in mails start with it",
    "accent": "the brand's colour, #rrggbb",
    "sender_name": "who mails come from",
    "sender_address": "the address that mails come from",
    "support_email": "where customers get help",
    "phone": "telephone number",
    "vat_number": "VAT number",
    "registration_number": "commercial register",
    "iban": "bank account for transfers",
    "bic": "its BIC",
    "time_zone": "such as Europe/Berlin",
    "currency": "such as EUR",
}
ADDRESS = ("line1", "line2", "postcode", "city", "country")
LISTS = {"host": ("hosts", "a host name (repeat for several)"), "language": ("languages", "en or de (repeat)")}
# What a new tenant can't do without.
NEEDED = ("name", "sender_address", "time_zone", "currency", "country", "language")


def add_commands(subparsers: Any) -> None:
    """Add the commands of this file."""
    tenant = subparsers.add_parser("tenant", help="list, show, add and change tenants (providers)")
    actions = tenant.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="all tenants").set_defaults(func=_list)
    show = actions.add_parser("show", help="everything about one")
    show.add_argument("host", nargs="?", metavar="HOST", help="one of its host names; needless for the only one")
    show.set_defaults(func=_show)
    add = actions.add_parser("add", help="a new one")
    add.add_argument("host_name", metavar="HOST", help="the host name under which its portal answers")
    change = actions.add_parser("set", help="change one")
    change.add_argument("host_name", metavar="HOST", help="one of its host names")
    _add_fields(add, needed=NEEDED)
    add.set_defaults(func=_add)
    _add_fields(change)
    change.set_defaults(func=_set)


def _add_fields(parser: argparse.ArgumentParser, needed: tuple[str, ...] = ()) -> None:
    for field, text in FIELDS.items():
        parser.add_argument(_option(field), help=text, required=field in needed)
    for part in ADDRESS:
        text = "two letters, such as DE" if part == "country" else "part of the postal address"
        parser.add_argument(_option(part), help=text, required=part in needed)
    for name, (_field, text) in LISTS.items():
        parser.add_argument(_option(name), help=text, action="append", required=name in needed)
    parser.add_argument(
        "--logo", metavar="FILE", type=Path, help="a PNG or JPEG picture, at most 1 MiB", default=None
    )


def _option(field: str) -> str:
    return "--" + field.replace("_", "-")


def _given(arguments: argparse.Namespace) -> dict[str, Any]:
    """The options that were given, by the field of the tenant section."""
    values = {field: getattr(arguments, field) for field in FIELDS if getattr(arguments, field) is not None}
    address = {part: getattr(arguments, part) for part in ADDRESS if getattr(arguments, part) is not None}
    if address:
        values["address"] = address
    for name, (field, _text) in LISTS.items():
        if getattr(arguments, name) is not None:
            values[field] = getattr(arguments, name)
    return values


def _list(_arguments: argparse.Namespace, invocation: Invocation) -> None:
    with invocation.migrated().database.session(SYSTEM, write=False) as db:
        tenants = list(db.scalars(select(Tenant).order_by(Tenant.name)))
        hosts: dict[int, list[str]] = {}
        for row in db.scalars(select(TenantHost).order_by(TenantHost.id)):
            hosts.setdefault(row.tenant_id, []).append(row.host)
    if not tenants:
        say("There is no tenant yet. Make one: riskportal tenant add HOST --name NAME ...")
    for tenant in tenants:
        say(f"{tenant.name:<30}  {tenant.base_url:<40}  {', '.join(hosts.get(tenant.id, []))}")


def _show(arguments: argparse.Namespace, invocation: Invocation) -> None:
    portal = invocation.migrated()
    with portal.database.session(SYSTEM, write=False) as db:
        tenant = find_tenant(db, arguments.host)
        mine = TenantHost.tenant_id == tenant.id
        hosts = list(db.scalars(select(TenantHost.host).where(mine).order_by(TenantHost.id)))
        off_rows = select(TenantModule.module).where(
            TenantModule.tenant_id == tenant.id, TenantModule.enabled.is_(False)
        )
        off = set(db.scalars(off_rows))
    town = " ".join(filter(None, (tenant.postcode, tenant.city, tenant.country)))
    shown: Mapping[str, Any] = {
        **{field: getattr(tenant, field) for field in FIELDS},
        "address": ", ".join(filter(None, (tenant.address_line1, tenant.address_line2, town))),
        "hosts": ", ".join(hosts),
        "languages": ", ".join(tenant.languages),
        "logo": tenant.logo_media_type or "none",
        "modules": ", ".join(f"{name} (off)" if name in off else name for name in module_names(portal)) or "none",
    }
    for name, value in shown.items():
        say(f"{name.replace('_', ' '):<22}{value or '-'}")


def _add(arguments: argparse.Namespace, invocation: Invocation) -> None:
    portal = invocation.migrated()
    values = _given(arguments)
    hosts = [arguments.host_name, *values.pop("hosts", [])]
    _must_be_free(portal, hosts)
    record: dict[str, Any] = {
        "ref": arguments.host_name,
        "base_url": f"https://{arguments.host_name}",
        "hosts": hosts,
        **values,
    }
    record.setdefault("legal_name", record.get("name"))
    folder = None
    if arguments.logo is not None:
        folder, record["logo"] = arguments.logo.resolve().parent, arguments.logo.name
    try:
        loader_of(portal).load({"format": FORMAT, "tenants": [record]}, folder=folder)
    except PortfolioError as error:
        problems = [Problem(_as_option(problem.path), problem.message) for problem in error.problems]
        raise PortfolioError(problems) from error
    say(f"{record['name']} answers under {', '.join(hosts)} now.")


def _must_be_free(portal: Portal, hosts: list[str]) -> None:
    """A load would bring the tenant that answers here up to date; adding must never touch one."""
    with portal.database.session(SYSTEM, write=False) as db:
        for host in hosts:
            tenant = tenant_by_host(db, host.lower().removesuffix("."))
            if tenant is not None:
                raise CliError(
                    f"{tenant.name} answers under {host!r} already. Change it: riskportal tenant set {host}"
                )


def _as_option(path: str) -> str:
    """`tenants[0].address.city` -> `--city`: the problem in the words of the command line."""
    field = path.removeprefix("tenants[0].").removeprefix("address.").partition("[")[0]
    plural = {many: name for name, (many, _text) in LISTS.items()}
    return _option(plural.get(field, field))


def _set(arguments: argparse.Namespace, invocation: Invocation) -> None:
    portal = invocation.migrated()
    with portal.database.session(SYSTEM) as db:
        tenant = find_tenant(db, arguments.host_name)
        changed = change_tenant(db, tenant, _given(arguments), logo=arguments.logo, blobs=portal.blobs)
        if changed:
            by, fields = audit.Actor("system", name="riskportal tenant set"), {"fields": list(changed)}
            # The session stands above tenants, so the entry names its own.
            audit.record(db, "core.tenant_changed", actor=by, data=fields).tenant_id = tenant.id
    say(f"{tenant.name}: changed {', '.join(changed)}." if changed else f"{tenant.name}: nothing to change.")
