"""Switching modules on and off for a tenant, with those that they need and that need them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from riskportal.plug.declarations import Module
from riskportal.tenancy.models import TenantModule
from riskportal.tenancy.services import lock_tenant, set_module


class ModuleRefused(Exception):
    """A switch against the modules' dependencies. `code` is needed (others that are on need it) or needs (it
    needs others that are off); `modules` are those others by name."""

    def __init__(self, code: str, modules: Sequence[str]) -> None:
        super().__init__(f"{code}: {', '.join(modules)}")
        self.code, self.modules = code, tuple(modules)


def needed_by(modules: Iterable[Module], name: str) -> list[str]:
    """The modules that don't work without this one."""
    return [module.name for module in modules if name in module.requires]


def switch_module(db: Session, modules: Sequence[Module], name: str, *, on: bool) -> bool:
    """Switch an installed module for the session's tenant; False when it stands so already. ModuleRefused when
    others that it needs are off, or others that need it are on. KeyError for a module that isn't installed."""
    known = {module.name: module for module in modules}
    tenant = lock_tenant(db)
    off = set(db.scalars(select(TenantModule.module).where(TenantModule.enabled.is_(False))))
    if (known[name].name in off) is not on:
        return False
    missing = [other for other in known[name].requires if other in off]
    if on and missing:
        raise ModuleRefused("needs", missing)
    leaning = [other for other in needed_by(modules, name) if other not in off]
    if not on and leaning:
        raise ModuleRefused("needed", leaning)
    set_module(db, tenant, name, on)
    return True
