"""The names of roles in words."""

from __future__ import annotations

from riskportal.plug.messages import Message, _
from riskportal.web.visible import visible

ROLES: dict[str, Message] = {
    "owner": _("Owner"),
    "billing": _("Billing"),
    "technical": _("Technical"),
    "viewer": _("Viewer"),
    "support": _("Support"),
    "read_only": _("Read only"),
}


def role_name(role: str) -> Message | str:
    """A role in words; an unknown one as it is stored."""
    return ROLES.get(role) or visible(role)
