"""Addresses of the provider's settings: /staff/brand, settings, team, roles, audit (DESIGN: stable)."""

from __future__ import annotations

from typing import Any

from riskportal.identity.staff import RECORD_KIND
from riskportal.shell.provider.permissions import P


def includeme(config: Any) -> None:
    """Add the routes."""
    staff = config.add_staff_route
    staff("core.staff_brand", "/brand", permission=P.BRAND_WRITE)
    staff("core.staff_brand_css", "/brand/preview.css", permission=P.BRAND_WRITE)
    staff("core.staff_logo", "/brand/logo", permission=P.BRAND_WRITE)
    staff("core.staff_logo_remove", "/brand/logo/remove", permission=P.BRAND_WRITE)
    # Who mails come from and where invoices are paid to: what a stolen browser would be used for.
    staff("core.staff_tenant_contact", "/brand/contact", permission=P.BRAND_WRITE, step_up=True)
    staff("core.staff_company", "/brand/company", permission=P.BRAND_WRITE, step_up=True)

    staff("core.staff_settings", "/settings", permission=P.SETTING_READ)
    staff("core.staff_hosts", "/settings/hosts", permission=P.HOST_WRITE, step_up=True)
    staff("core.staff_host_remove", "/settings/hosts/remove", permission=P.HOST_WRITE, step_up=True)
    staff("core.staff_address", "/settings/address", permission=P.HOST_WRITE, step_up=True)
    staff("core.staff_modules", "/settings/modules", permission=P.SETTING_READ)
    staff("core.staff_module", "/settings/modules/{module}", permission=P.MODULE_WRITE)
    staff("core.staff_module_settings", "/settings/of/{module}", permission=P.SETTING_WRITE)
    staff("core.staff_setting_reset", "/settings/of/{module}/reset", permission=P.SETTING_WRITE)

    staff("core.staff_team", "/team", permission=P.TEAM_READ)
    staff("core.staff_team_add", "/team/add", permission=P.TEAM_WRITE, step_up=True)
    staff("core.staff_member", "/team/{public_id}", permission=P.TEAM_READ, record=RECORD_KIND)
    for name in ("role", "link", "sessions", "remove"):
        staff(
            f"core.staff_member_{name}",
            f"/team/{{public_id}}/{name}",
            permission=P.TEAM_WRITE,
            record=RECORD_KIND,
            step_up=True,
        )

    staff("core.staff_roles", "/roles", permission=P.TEAM_READ)
    staff("core.staff_role", "/roles/{area}/{role}", permission=P.ROLE_WRITE, step_up=True)

    staff("core.staff_audit", "/audit", permission=P.AUDIT_READ)
    staff("core.staff_audit_export", "/audit/export", permission=P.AUDIT_EXPORT)
