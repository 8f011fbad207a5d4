"""Users as the console lists them: who they are, what they reach and why; switched off and on.

Nothing here reads or writes a password, a passkey or a login address: those are their owners' alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager

from riskportal.customers.models import BillGroup, Customer
from riskportal.db.keyset import At, Key, Order, Page, by_name, turn
from riskportal.db.words import holds, holds_any_case, narrowed
from riskportal.identity.access import is_ruled
from riskportal.identity.models import AccessRule, Membership, StaffMember, User
from riskportal.identity.sessions import end_sessions

STATES = ("all", "active", "disabled", "staff")
MOST_REACHED = 200

_WORKS_HERE = exists().where(StaffMember.user_id == User.id)
USER_ORDERS = by_name(
    Order("email", (Key(User.email),)),
    Order("created", (Key(User.created_at),), tie=User),
)


class WorksHere(Exception):
    """The user is a member of the staff: their access is the team's concern."""


@dataclass(frozen=True)
class Reached:
    """A bill group that a user reaches, would reach, or reached, and by what: an access rule or a membership.

    `state` is "open"; "off" while the portal is off; "closed" when the bill group is; "expired" or "revoked";
    "outranked" when the person's own membership decides instead of this rule.
    """

    group: BillGroup
    rule: AccessRule | None
    membership: Membership | None
    state: str


def user_page(db: Session, text: str, state: str, at: At) -> Page:
    """A page of users whose address or name holds `text`; rows carry `User` and `staff`, whether they work here."""
    found = narrowed(db, User, _matches(text))
    query = select(User, _WORKS_HERE.label("staff")).where(*found)
    few = found.few or state in ("staff", "disabled")
    if state == "staff":
        # Not EXISTS: that would be asked of every user until a page is full.
        query = query.where(User.id.in_(select(StaffMember.user_id)))
    elif state == "disabled":
        query = query.where(User.disabled_at.is_not(None))
    elif state != "all":
        query = query.where(User.disabled_at.is_(None))
    return at.turn(db, query, USER_ORDERS, few=few)


def find_users(db: Session, text: str, limit: int) -> list[User]:
    """Users by address or name, the one whose address it is first."""
    exact = list(db.scalars(select(User).where(User.email == text.strip().lower())))
    found = narrowed(db, User, _matches(text))
    page = turn(db, select(User).where(*found), USER_ORDERS["email"], None, limit, few=found.few)
    return [*exact, *(row.User for row in page.rows if row.User not in exact)][:limit]


def load_user(db: Session, public_id: str) -> User | None:
    """A user of the session's tenant."""
    return db.scalar(select(User).where(User.public_id == public_id))


def works_here(db: Session, user: User) -> StaffMember | None:
    """The user as a member of the staff, None for everybody else."""
    return db.scalar(select(StaffMember).where(StaffMember.user_id == user.id))


def reached_by(db: Session, user: User, now: datetime) -> list[Reached]:
    """What lets a user into which bill groups, also what did and doesn't any more: up to MOST_REACHED by own rights
    and as many by rules. Two statements, three for a tagged address."""
    own, is_own = aliased(Membership), Membership.email == user.email
    decided = exists().where(own.bill_group_id == AccessRule.bill_group_id, own.email == user.email)
    is_for, given = is_ruled(db, user.email, now)
    found = [
        Reached(row.BillGroup, None, row.Membership, _state(row.BillGroup, row.Membership, now))
        for row in db.execute(_reaching(Membership).where(is_own))
    ]
    for row in db.execute(_reaching(AccessRule).add_columns(decided.label("decided")).where(is_for), given):
        state = "outranked" if row.decided else _state(row.BillGroup, row.AccessRule, now)
        found.append(Reached(row.BillGroup, row.AccessRule, None, state))
    return sorted(found, key=lambda item: (*_by_name(item.group), item.rule is not None))


def _reaching(source: type[AccessRule] | type[Membership]) -> Any:
    """Bill groups with what lets somebody into them, the first by name."""
    return (
        select(BillGroup, source)
        .join(source, source.bill_group_id == BillGroup.id)
        .join(BillGroup.customer)
        .options(contains_eager(BillGroup.customer))
        .order_by(Customer.sort_name, BillGroup.name, BillGroup.id)
        .limit(MOST_REACHED)
    )


def _by_name(group: BillGroup) -> tuple[str, str, int]:
    return group.customer.sort_name, group.name, group.id


def disable_user(db: Session, user: User, now: datetime) -> bool:
    """Keep a user out everywhere, at once and until enabled again; False when they are out already. WorksHere."""
    db.refresh(user, with_for_update={"key_share": True})
    if works_here(db, user) is not None:
        raise WorksHere()
    if user.disabled_at is not None:
        return False
    user.disabled_at = now
    db.flush()
    end_sessions(db, user, now)
    return True


def enable_user(db: Session, user: User) -> bool:
    """Let a user in again; what they reach is for rules and memberships to say. False when nothing kept them out."""
    db.refresh(user, with_for_update={"key_share": True})
    if user.disabled_at is None:
        return False
    user.disabled_at = None
    db.flush()
    return True


def _state(group: BillGroup, source: AccessRule | Membership, now: datetime) -> str:
    if isinstance(source, Membership) and source.revoked_at is not None:
        return "revoked"
    if source.expires_at is not None and source.expires_at <= now:
        return "expired"
    if group.state != "active":
        return "closed"
    return "open" if group.portal_enabled else "off"


def _matches(text: str) -> list[Any]:
    """Address or name hold each word."""
    words = text.lower().split()[:8]
    return [or_(holds(User.email, word), holds_any_case(User.name, word)) for word in words]
