"""What a reader of the portal may be allowed to see of services and projects."""

from enum import StrEnum

from riskportal.plug import Permission, _
from riskportal.plug.declarations import PORTAL_ROLES


class P(StrEnum):
    """Permission names."""

    PROJECT_READ = "services.project.read"
    SERVICE_READ = "services.service.read"


PERMISSIONS = (
    Permission(P.SERVICE_READ, _("See services, prices and renewals"), "portal", PORTAL_ROLES, "services.service"),
    Permission(P.PROJECT_READ, _("See projects and milestones"), "portal", PORTAL_ROLES, "services.project"),
)
