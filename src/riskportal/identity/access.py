"""Which bill groups an address reaches, and with which roles. Decided anew on every request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager

from riskportal.customers.models import BillGroup, Customer
from riskportal.identity.addresses import domain_of, is_role_mailbox
from riskportal.identity.models import AccessRule


@dataclass(frozen=True)
class Grant:
    """A bill group that a user reaches, with the roles that the matching rules give.

    `elsewhere`: whether the user reaches another bill group as well, which a switcher then lists.
    """

    bill_group: BillGroup
    roles: frozenset[str]
    elsewhere: bool


@dataclass(frozen=True)
class Reachable:
    """A line of the bill-group switcher."""

    public_id: str
    name: str
    customer: str


def _lets_in(rule: type[AccessRule], group: type[BillGroup]) -> ColumnElement[bool]:
    """The rule is for the group, fits the address and hasn't expired, and the group's portal is open.

    `domain` is empty for a shared mailbox, which only a rule for its own address lets in.
    """
    return and_(
        rule.bill_group_id == group.id,
        or_(
            and_(rule.kind == "email", rule.value == bindparam("email")),
            and_(rule.kind == "domain", rule.value == bindparam("domain")),
        ),
        or_(rule.expires_at.is_(None), rule.expires_at > bindparam("now")),
        group.portal_enabled,
        group.state == "active",
    )


# Every request of the portal runs these, so they are built once: composing a statement costs more than
# running it.
_HERE = _lets_in(AccessRule, BillGroup)
_RULE, _GROUP = aliased(AccessRule), aliased(BillGroup)
_ELSEWHERE = exists(
    select(_RULE.id).join(_GROUP, _lets_in(_RULE, _GROUP)).where(_GROUP.public_id != bindparam("public_id"))
)
_ANY = select(exists(select(BillGroup.id).join(AccessRule, _HERE)))
_ONE = (
    select(BillGroup, AccessRule.role, _ELSEWHERE)
    .join(AccessRule, _HERE)
    .join(Customer, Customer.id == BillGroup.customer_id)
    .options(contains_eager(BillGroup.customer))
    .where(BillGroup.public_id == bindparam("public_id"))
)
_ALL = (
    select(BillGroup.public_id, BillGroup.name, Customer.name.label("customer"))
    .join(AccessRule, _HERE)
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
    return Grant(rows[0][0], frozenset(row[1] for row in rows), bool(rows[0][2]))


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
