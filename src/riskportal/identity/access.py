"""Which bill groups an address reaches, and with which roles. Decided anew on every request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
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


def _matches(email: str, now: datetime) -> ColumnElement[bool]:
    """Rules that let `email` in: its own address, or its whole domain unless it is a shared mailbox."""
    own = and_(AccessRule.kind == "email", AccessRule.value == email)
    whole = and_(AccessRule.kind == "domain", AccessRule.value == domain_of(email))
    fits = own if is_role_mailbox(email) else or_(own, whole)
    return and_(fits, or_(AccessRule.expires_at.is_(None), AccessRule.expires_at > now))


def _open_groups(statement: Any, email: str, now: datetime) -> Any:
    return statement.join(AccessRule, AccessRule.bill_group_id == BillGroup.id).where(
        _matches(email, now), BillGroup.portal_enabled, BillGroup.state == "active"
    )


def may_sign_in(db: Session, email: str, now: datetime) -> bool:
    """Whether any open bill group of the session's tenant lets this canonical address in."""
    return bool(db.scalar(select(exists(_open_groups(select(BillGroup.id), email, now)))))


def grant_for(db: Session, email: str, public_id: str, now: datetime) -> Grant | None:
    """The grant of `email` on one bill group, None when it has none (or the group doesn't exist)."""
    statement = (
        _open_groups(select(BillGroup, AccessRule.role), email, now)
        .join(Customer, Customer.id == BillGroup.customer_id)
        .options(contains_eager(BillGroup.customer))
        .where(BillGroup.public_id == public_id)
    )
    rows = db.execute(statement).all()
    if not rows:
        return None
    return Grant(rows[0][0], frozenset(row[1] for row in rows))


def reachable(db: Session, email: str, now: datetime, limit: int) -> list[Reachable]:
    """Up to `limit` bill groups that `email` reaches, by customer and name."""
    statement = (
        _open_groups(select(BillGroup.public_id, BillGroup.name, Customer.name.label("customer")), email, now)
        .join(Customer, Customer.id == BillGroup.customer_id)
        .distinct()
        .order_by(Customer.name, BillGroup.name, BillGroup.public_id)
        .limit(limit)
    )
    return [Reachable(row.public_id, row.name, row.customer) for row in db.execute(statement)]


def bill_group_of_portal_link(db: Session, portal_token: str) -> BillGroup | None:
    """The open bill group behind a portal link, None for any other token."""
    return db.scalar(
        select(BillGroup).where(
            BillGroup.portal_token == portal_token, BillGroup.portal_enabled, BillGroup.state == "active"
        )
    )
