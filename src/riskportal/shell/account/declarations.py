"""What a customer's own pages declare."""

from __future__ import annotations

from riskportal.plug import Permission, _
from riskportal.plug.declarations import PORTAL_ROLES, STAFF_ROLES
from riskportal.plug.seam import CoreDeclarations
from riskportal.shell.account import login_declared
from riskportal.shell.account.permissions import P

DECLARATIONS = CoreDeclarations(
    nav_entries=(*login_declared.NAV,),
    permissions=(
        Permission(P.SELF, _("Look after one's own login"), "portal", PORTAL_ROLES, personal=True),
        Permission(P.STAFF_SELF, _("Look after one's own login"), "staff", STAFF_ROLES, personal=True),
    ),
    emails=(*login_declared.EMAILS,),
    audit_events=(*login_declared.AUDIT_EVENTS,),
)
