"""Which bill groups an address reaches, and with which roles. Decided anew on every request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session, contains_eager

from riskportal.customers.models import BillGroup, Customer
from riskportal.identity.addresses import domain_of, is_role_mailbox
from riskportal.identity.models import AccessRule


@dataclass(frozen=True)
class Grant:
    """A bill group that a user reaches, with the roles that the matching rules give."""

    bill_group: BillGroup
    roles: frozenset[str]


@dataclass(frozen=True)
class Reachable:
    """A line of the bill-group switcher."""

    public_id: str
    name: str
    customer: str


# Every request of the portal runs these, so they are built once: composing a statement costs more than
# running it. `domain` is empty for a shared mailbox, which only a rule for its own address lets in.
_FITS = or_(
    and_(AccessRule.kind == "email", AccessRule.value == bindparam("email")),
    and_(AccessRule.kind == "domain", AccessRule.value == bindparam("domain")),
)
_LETS_IN = and_(
    AccessRule.bill_group_id == BillGroup.id,
    _FITS,
    or_(AccessRule.expires_at.is_(None), AccessRule.expires_at > bindparam("now")),
    BillGroup.portal_enabled,
    BillGroup.state == "active",
)
_ANY = select(exists(select(BillGroup.id).join(AccessRule, _LETS_IN)))
_ONE = (
    select(BillGroup, AccessRule.role)
    .join(AccessRule, _LETS_IN)
    .join(Customer, Customer.id == BillGroup.customer_id)
    .options(contains_eager(BillGroup.customer))
    .where(BillGroup.public_id == bindparam("public_id"))
)
_ALL = (
    select(BillGroup.public_id, BillGroup.name, Customer.name.label("customer"))
    .join(AccessRule, _LETS_IN)
    .join(Customer, Customer.id == BillGroup.customer_id)
    .distinct()
    .order_by(Customer.name, BillGroup.name, BillGroup.public_id)
    .limit(bindparam("most"))
)


def _asking(email: str, now: datetime) -> dict[str, Any]:
    return {"email": email, "domain": "" if is_role_mailbox(email) else domain_of(email), "now": now}


def may_sign_in(db: Session, email: str, now: datetime) -> bool:
    """Whether any open bill group of the session's tenant lets this canonical address in."""
    return bool(db.scalar(_ANY, _asking(email, now)))


def grant_for(db: Session, email: str, public_id: str, now: datetime) -> Grant | None:
    """The grant of `email` on one bill group, None when it has none (or the group doesn't exist)."""
    rows = db.execute(_ONE, {**_asking(email, now), "public_id": public_id}).all()
    if not rows:
        return None
    return Grant(rows[0][0], frozenset(row[1] for row in rows))


def reachable(db: Session, email: str, now: datetime, limit: int) -> list[Reachable]:
    """Up to `limit` bill groups that `email` reaches, by customer and name."""
    rows = db.execute(_ALL, {**_asking(email, now), "most": limit})
    return [Reachable(row.public_id, row.name, row.customer) for row in rows]


def bill_group_of_portal_link(db: Session, portal_token: str) -> BillGroup | None:
    """The open bill group behind a portal link, None for any other token."""
    return db.scalar(
        select(BillGroup).where(
            BillGroup.portal_token == portal_token, BillGroup.portal_enabled, BillGroup.state == "active"
        )
    )
