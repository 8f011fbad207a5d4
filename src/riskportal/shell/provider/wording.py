"""Names of roles and areas in words."""

from __future__ import annotations

from riskportal.plug import Message, _
from riskportal.web.visible import visible

ROLES: dict[str, Message] = {
    "owner": _("Owner"),
    "billing": _("Billing"),
    "technical": _("Technical"),
    "viewer": _("Viewer"),
    "support": _("Support"),
    "read_only": _("Read only"),
}
AREAS: dict[str, Message] = {"staff": _("Your team"), "portal": _("Customers")}


def role_name(role: str) -> str:
    """A role in words; an unknown one as it is stored."""
    return ROLES.get(role, visible(role))
