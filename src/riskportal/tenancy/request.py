"""`request.tenant`, `request.tenant_config`, `request.today`: whose portal was asked for, by host name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from pyramid.httpexceptions import HTTPNotFound

from riskportal.clock import local_date
from riskportal.db.guard import Scope, set_scope
from riskportal.tenancy.brand import ink_for
from riskportal.tenancy.models import Tenant
from riskportal.tenancy.services import TenantConfig, tenant_by_host


class UnknownHost(HTTPNotFound):
    """No tenant answers under this host name; the page must not say who lives elsewhere."""


@dataclass(frozen=True)
class Brand:
    """What a page shows of the tenant; stays usable after the request's transaction has ended."""

    name: str
    accent: str
    accent_ink: str
    version: int
    has_logo: bool
    support_email: str | None
    https: bool


def includeme(config: Any) -> None:
    config.add_request_method(_tenant, "tenant", reify=True)
    config.add_request_method(_tenant_config, "tenant_config", reify=True)
    config.add_request_method(_brand, "brand", reify=True)
    config.add_request_method(_today, "today", reify=True)


def _tenant(request: Any) -> Tenant:
    """The tenant of the request's host name; from here on the session sees this tenant only.

    Raises UnknownHost. The Host header alone decides: X-Forwarded-Host is never read.
    """
    host = request.host.rpartition(":")[0] or request.host if ":" in request.host else request.host
    set_scope(request.db, Scope.system_wide("tenancy.resolve"))
    tenant = tenant_by_host(request.db, host.lower().removesuffix("."))
    if tenant is None:
        raise UnknownHost()
    set_scope(request.db, Scope.tenant(tenant.id))
    return tenant


def _tenant_config(request: Any) -> TenantConfig:
    return request.registry.portal.configs.get(request.db, request.tenant)


def _brand(request: Any) -> Brand:
    tenant = request.tenant
    return Brand(
        name=tenant.name,
        accent=tenant.accent,
        accent_ink=ink_for(tenant.accent),
        version=tenant.config_version,
        has_logo=tenant.logo_sha256 is not None,
        support_email=tenant.support_email,
        https=tenant.base_url.startswith("https:"),
    )


def _today(request: Any) -> date:
    """Today in the tenant's time zone: the date that due dates are compared with."""
    return local_date(request.clock.now(), request.tenant.time_zone)
