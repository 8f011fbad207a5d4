"""`modules`: what is enabled, which hooks each module uses, and switches per tenant."""

from __future__ import annotations

import argparse
from typing import Any

from sqlalchemy import select

from riskportal.audit.services import Actor, record
from riskportal.cli.common import (
    SYSTEM,
    CliError,
    Invocation,
    add_tenant_option,
    chosen_tenant,
    module_names,
    say,
    unknown,
)
from riskportal.db.guard import Scope
from riskportal.installed import OWN_PREFIX, own_packages
from riskportal.tenancy.models import Tenant, TenantModule
from riskportal.tenancy.modules import ModuleRefused, switch_module

HOW_TO_LIST = "List them: riskportal modules list"


def add_commands(subparsers: Any) -> None:
    """Add the commands of this file."""
    modules = subparsers.add_parser("modules", help="list modules, and switch them per tenant")
    actions = modules.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="enabled modules and the hooks they use").set_defaults(func=_list)
    for action, enabled in (("on", True), ("off", False)):
        switch = actions.add_parser(action, help=f"switch a module {action} for a tenant")
        switch.add_argument("name", metavar="NAME")
        add_tenant_option(switch)
        switch.set_defaults(func=_switch, enabled=enabled)


def _list(_arguments: argparse.Namespace, invocation: Invocation) -> None:
    portal = invocation.migrated()
    with portal.database.session(SYSTEM, write=False) as db:
        off: dict[str, list[str]] = {}
        query = select(TenantModule.module, Tenant.name).join(Tenant, Tenant.id == TenantModule.tenant_id)
        for module, tenant in db.execute(query.where(TenantModule.enabled.is_(False))):
            off.setdefault(module, []).append(tenant)
    for loaded in portal.seam.modules:
        name = loaded.module.name
        say(f"{name} {loaded.module.version}  {loaded.module.title}  ({loaded.package})")
        say(f"  hooks: {', '.join(portal.seam.modules.hooks_of(loaded)) or 'none'}")
        if name in off:
            say(f"  off for: {', '.join(sorted(off[name]))}")
    idle = set(own_packages()) - {loaded.package for loaded in portal.seam.modules}
    if idle:
        say(f"not enabled: {', '.join(sorted(name.removeprefix(OWN_PREFIX) for name in idle))}")
        say("  add one to riskportal.plugins in the ini file to enable it")


def _switch(arguments: argparse.Namespace, invocation: Invocation) -> None:
    portal = invocation.migrated()
    if arguments.name not in module_names(portal):
        raise unknown("enabled module", arguments.name, module_names(portal), HOW_TO_LIST)
    tenant_id = chosen_tenant(arguments, invocation)
    with portal.database.session(Scope.tenant_wide(tenant_id)) as db:
        tenant = db.get_one(Tenant, tenant_id)
        try:
            switched = switch_module(
                db, [one.module for one in portal.seam.modules], arguments.name, on=arguments.enabled
            )
        except ModuleRefused as refused:
            raise CliError(_why(arguments.name, refused)) from None
        if switched:
            code = "core.module_on" if arguments.enabled else "core.module_off"
            record(db, code, actor=Actor("system", name="riskportal modules"), data={"module": arguments.name})
    say(f"{arguments.name} is {'on' if arguments.enabled else 'off'} for {tenant.name} now.")


def _why(name: str, refused: ModuleRefused) -> str:
    others = ", ".join(refused.modules)
    if refused.code == "needs":
        return f"{name} needs {others}. Switch that on first."
    return f"{others} can't work without {name}. Switch that off first."
