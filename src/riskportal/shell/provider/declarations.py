"""What the provider's settings declare."""

from __future__ import annotations

from riskportal.plug import Permission, _
from riskportal.plug.declarations import STAFF_ROLES
from riskportal.plug.seam import CoreDeclarations
from riskportal.shell.provider.permissions import P

DECLARATIONS = CoreDeclarations(
    permissions=(
        Permission(P.SETTING_READ, _("See how the portal is set up"), "staff", STAFF_ROLES),
        Permission(P.BRAND_WRITE, _("Change brand, contact and company details"), "staff", ()),
        Permission(P.HOST_WRITE, _("Change host names and the public address"), "staff", ()),
        Permission(P.MODULE_WRITE, _("Switch modules on and off"), "staff", ()),
        Permission(P.SETTING_WRITE, _("Change the settings of modules"), "staff", ()),
        Permission(P.TEAM_READ, _("See who works here"), "staff", STAFF_ROLES),
        Permission(P.TEAM_WRITE, _("Add, change and remove colleagues"), "staff", ()),
        Permission(P.ROLE_WRITE, _("Change what roles may do"), "staff", ()),
        Permission(P.AUDIT_READ, _("Read the audit log"), "staff", ("billing", "support", "read_only")),
        Permission(P.AUDIT_EXPORT, _("Export the audit log"), "staff", ()),
    ),
)
