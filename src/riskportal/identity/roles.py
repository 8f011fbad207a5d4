"""Changing what a role may do: differences from what modules declare, kept per tenant.

Nobody lets a staff role do what they may not do themselves. Owners hold everything and personal permissions
belong to everybody: neither changes. Changes run one after another (identity.staff.hold_still).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from riskportal.identity.staff import Chief, Team, TeamRefused, hold_still
from riskportal.plug.declarations import Permission
from riskportal.tenancy.services import OWNER, set_role_permissions

# The permission of staff who give customers their rights.
PORTAL_RIGHTS = "core.access.write"


@dataclass(frozen=True)
class RoleChange:
    """What a role may do now and couldn't before, and the reverse; names of permissions, sorted."""

    given: list[str]
    taken: list[str]


def changeable(declared: Mapping[str, Permission], area: str) -> list[Permission]:
    """The permissions of an area that roles differ in, in the order of their declaration."""
    return [permission for permission in declared.values() if permission.area == area and not permission.personal]


def defaults(declared: Mapping[str, Permission], area: str, role: str) -> frozenset[str]:
    """Those of `changeable` that a role holds unless the tenant changes it."""
    return frozenset(one.name for one in changeable(declared, area) if role in one.default_roles)


def change_role_permissions(
    db: Session,
    chief: Chief,
    declared: Mapping[str, Permission],
    area: str,
    role: str,
    wanted: Collection[str],
    seen: Collection[str],
) -> RoleChange:
    """Let a role hold exactly `wanted` of its area's changeable permissions.

    `seen` is what whoever asks saw the role hold. TeamRefused: "changed" when that is no longer so, "beyond" for
    a permission that the chief lacks (to give it, and to take it from others), "own" for the owner's role, "gone"
    when the chief is none any more.
    """
    still = hold_still(db, chief)
    if role == OWNER:
        raise TeamRefused("own")
    known = {permission.name: permission for permission in changeable(declared, area)}
    now = still.config.role_permissions(area, role) & known.keys()
    if now != set(seen) & known.keys():
        raise TeamRefused("changed")
    change = RoleChange(given=sorted(set(wanted) & known.keys() - now), taken=sorted(now - set(wanted)))
    _check(still, area, change)
    wishes = [(known[name], name in change.given) for name in (*change.given, *change.taken)]
    set_role_permissions(db, still.tenant, role, wishes)
    return change


def _check(still: Team, area: str, change: RoleChange) -> None:
    """Staff who decide about access hold every right of the portal; who doesn't may give none of them."""
    touched = {*change.given, *change.taken} if area == "staff" else {PORTAL_RIGHTS}
    if not still.held.issuperset(touched):
        raise TeamRefused("beyond")
