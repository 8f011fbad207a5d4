"""What a customer's own pages declare."""

from __future__ import annotations

from riskportal.plug import AuditEvent, NavEntry, Permission, _
from riskportal.plug.declarations import PORTAL_ROLES, STAFF_ROLES
from riskportal.plug.seam import CoreDeclarations
from riskportal.shell.account.permissions import P

DECLARATIONS = CoreDeclarations(
    nav_entries=(
        NavEntry(
            "core.security", "portal", _("Security"), "core.security", P.SELF, "shield", _("Your account"), weight=90
        ),
    ),
    permissions=(
        Permission(P.SELF, _("Look after one's own login"), "portal", PORTAL_ROLES, personal=True),
        Permission(P.STAFF_SELF, _("Look after one's own login"), "staff", STAFF_ROLES, personal=True),
    ),
    audit_events=(
        AuditEvent("core.session_revoked", _("Session ended"), _("{email} ended {count} of their sessions")),
    ),
)
