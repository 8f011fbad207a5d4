"""Names of roles and areas in words."""

from __future__ import annotations

from riskportal.plug import Message, _
from riskportal.web.roles import ROLES, role_name

__all__ = ["AREAS", "ROLES", "role_name"]

AREAS: dict[str, Message] = {"staff": _("Your team"), "portal": _("Customers")}
