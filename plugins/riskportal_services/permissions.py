"""What readers of the portal and of the console may be allowed to see of services and projects."""

from enum import StrEnum

from riskportal.plug import Permission, _
from riskportal.plug.declarations import PORTAL_ROLES


class P(StrEnum):
    """Permission names."""

    PROJECT_READ = "services.project.read"
    SERVICE_READ = "services.service.read"
    SERVICE_STAFF_READ = "services.service.staff_read"
    SERVICE_STAFF_WRITE = "services.service.staff_write"


PERMISSIONS = (
    Permission(P.SERVICE_READ, _("See services, prices and renewals"), "portal", PORTAL_ROLES, "services.service"),
    Permission(P.PROJECT_READ, _("See projects and milestones"), "portal", PORTAL_ROLES, "services.project"),
    Permission(
        P.SERVICE_STAFF_READ, _("See services of all customers"), "staff", ("billing", "support", "read_only")
    ),
    Permission(P.SERVICE_STAFF_WRITE, _("Add services to customers"), "staff", ("billing", "support")),
)
