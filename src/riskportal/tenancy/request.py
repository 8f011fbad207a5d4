"""`request.tenant`, `request.tenant_config`, `request.today`: whose portal was asked for, by host name; and whether
it was their own console."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from pyramid.httpexceptions import HTTPNotFound

from riskportal.clock import local_date
from riskportal.db.guard import Scope, set_scope
from riskportal.tenancy.brand import ink_for
from riskportal.tenancy.models import Tenant
from riskportal.tenancy.services import TenantConfig, tenant_by_host

# A name and perhaps a port, nothing else.
_HOST = re.compile(r"([^:@/\\?#\s]+)(?::[0-9]{1,5})?\Z")


class UnknownHost(HTTPNotFound):
    """No tenant answers under this host name; the page must not say who lives elsewhere."""


@dataclass(frozen=True)
class Brand:
    """What a page shows of the tenant; stays usable after the request's transaction has ended."""

    name: str
    accent: str
    accent_ink: str
    version: int
    logo: str | None
    support_email: str | None
    languages: tuple[str, ...]
    time_zone: str
    https: bool


# For pages that can't know whose portal was asked for: they name nobody.
NEUTRAL = Brand("riskportal", "#33414d", "#ffffff", 0, None, None, ("en", "de"), "UTC", False)


def includeme(config: Any) -> None:
    config.add_request_method(_tenant, "tenant", reify=True)
    config.add_request_method(_tenant_config, "tenant_config", reify=True)
    config.add_request_method(_brand, "brand", property=True)
    config.add_request_method(_today, "today", reify=True)


def _tenant(request: Any) -> Tenant:
    """The tenant of the request's host name; from here on the session sees this tenant only.

    Raises UnknownHost. The Host header alone decides: X-Forwarded-Host is never read.
    """
    # Redirects repeat the header, so that all of it has to be a name and a port, not only its beginning.
    asked = _HOST.match(request.host)
    if asked is None:
        raise UnknownHost()
    host = asked[1]
    set_scope(request.db, Scope.system_wide("tenancy.resolve"))
    tenant = tenant_by_host(request.db, host.lower().removesuffix("."))
    if tenant is None:
        raise UnknownHost()
    set_scope(request.db, Scope.tenant(tenant.id))
    request.environ["riskportal.brand"] = brand_of(tenant)
    return tenant


def in_console(request: Any) -> bool:
    """Whether the address belongs to the staff console."""
    return bool(request.path_info == "/staff" or request.path_info.startswith("/staff/"))


def brand_of(tenant: Tenant) -> Brand:
    """What pages and mails show of a tenant."""
    return Brand(
        name=tenant.name,
        accent=tenant.accent,
        accent_ink=ink_for(tenant.accent),
        version=tenant.config_version,
        logo=tenant.logo_sha256,
        support_email=tenant.support_email,
        languages=tuple(tenant.languages),
        time_zone=tenant.time_zone,
        https=tenant.base_url.startswith("https:"),
    )


def _tenant_config(request: Any) -> TenantConfig:
    return request.registry.portal.configs.get(request.db, request.tenant)


def _brand(request: Any) -> Brand:
    """The tenant's brand, or the neutral one on an error page that came before the tenant was known."""
    if "riskportal.brand" not in request.environ and not request.environ.get("riskportal.failing"):
        _ = request.tenant
    return request.environ.get("riskportal.brand", NEUTRAL)


def _today(request: Any) -> date:
    """Today in the tenant's time zone: the date that due dates are compared with."""
    return local_date(request.clock.now(), request.brand.time_zone)
