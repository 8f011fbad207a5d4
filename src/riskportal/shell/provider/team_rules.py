"""Whoever changes the team, and what the rules of the team say to them in words."""

from __future__ import annotations

from typing import Any

from riskportal.identity.staff import Chief, TeamRefused
from riskportal.plug import Message, _
from riskportal.plug.declarations import STAFF_ROLES
from riskportal.web.roles import role_name

REFUSALS: dict[str, Message] = {
    "own": _("You can't change your own place in the team. Ask a colleague."),
    "beyond": _("This goes beyond your own role: you can only give and change what you may do yourself."),
    "last_owner": _("This is the last owner who can sign in. Make somebody else an owner first."),
    "member": _("This person works here already."),
    "disabled": _("This login is switched off. Switch it on again under Users first."),
    "gone": _("The team has just changed. Please look again."),
    "changed": _("Somebody else has changed this role in the meantime. Please look again."),
}


def chief(request: Any, permission: str) -> Chief:
    """The reader as whoever changes the team."""
    return Chief(request.user.id, request.registry.portal.configs, permission)


def refusal(refused: TeamRefused) -> Message:
    """Why something can't be done, in words."""
    return REFUSALS[refused.code]


def givable_roles(request: Any) -> list[tuple[str, Message | str]]:
    """The staff roles that the reader may give: those that may do no more than they."""
    held = request.context.permissions
    powers = request.tenant_config.role_permissions
    return [(role, role_name(role)) for role in STAFF_ROLES if powers("staff", role) <= held]


def may_touch(request: Any, role: str, user_id: int) -> bool:
    """Whether the reader may act on a colleague with this role, as far as the page can tell."""
    within: bool = request.tenant_config.role_permissions("staff", role) <= request.context.permissions
    return within and user_id != request.user.id
