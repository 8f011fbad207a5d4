"""Which bill groups an address reaches, and with which roles. Decided anew on every request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, or_, select, union_all
from sqlalchemy.orm import Session, aliased, contains_eager

from riskportal.customers.models import BillGroup, Customer
from riskportal.identity.addresses import domain_of, is_role_mailbox
from riskportal.identity.models import AccessRule, Membership


@dataclass(frozen=True)
class Grant:
    """What somebody holds in a bill group.

    `roles` come from the matching rules or the person's own membership; `permissions` are single ones that a
    membership names instead of a role. `limited_to` holds (kind, public id) of the only records to see, None
    for all. `elsewhere`: whether the user reaches another bill group as well, which a switcher then lists.
    """

    bill_group: BillGroup
    roles: frozenset[str]
    permissions: frozenset[str]
    limited_to: frozenset[tuple[str, str]] | None
    elsewhere: bool


@dataclass(frozen=True)
class Reachable:
    """A line of the bill-group switcher."""

    public_id: str
    name: str
    customer: str


def _fits(rule: type[AccessRule]) -> ColumnElement[bool]:
    """The rule is for the address and hasn't expired.

    `domain` is empty for a shared mailbox, which only a rule for its own address lets in.
    """
    return and_(
        or_(
            and_(rule.kind == "email", rule.value == bindparam("email")),
            and_(rule.kind == "domain", rule.value == bindparam("domain")),
        ),
        or_(rule.expires_at.is_(None), rule.expires_at > bindparam("now")),
    )


def _alive(member: type[Membership]) -> ColumnElement[bool]:
    return and_(member.revoked_at.is_(None), or_(member.expires_at.is_(None), member.expires_at > bindparam("now")))


def _open(group: type[BillGroup]) -> ColumnElement[bool]:
    return and_(group.portal_enabled, group.state == "active")


# Every request of the portal runs these, so they are built once: composing a statement costs more than
# running it. A person's own membership outranks the rules, in both directions.
_OWN = aliased(Membership)
_DECIDED = exists().where(_OWN.bill_group_id == AccessRule.bill_group_id, _OWN.email == bindparam("email"))
_REACHED = union_all(
    select(AccessRule.bill_group_id).where(_fits(AccessRule), ~_DECIDED),
    select(Membership.bill_group_id).where(Membership.email == bindparam("email"), _alive(Membership)),
)
_OTHER = aliased(BillGroup)
_ELSEWHERE = exists(
    select(_OTHER.id).where(_OTHER.id.in_(_REACHED), _open(_OTHER), _OTHER.public_id != bindparam("public_id"))
)
_ANY = select(exists(select(BillGroup.id).where(BillGroup.id.in_(_REACHED), _open(BillGroup))))
_RULE, _MEMBER = aliased(AccessRule), aliased(Membership)
_GRANTS = (
    select(BillGroup, _MEMBER, _RULE.role, _ELSEWHERE)
    .join(Customer, Customer.id == BillGroup.customer_id)
    .outerjoin(_MEMBER, and_(_MEMBER.bill_group_id == BillGroup.id, _MEMBER.email == bindparam("email")))
    .outerjoin(_RULE, and_(_RULE.bill_group_id == BillGroup.id, _fits(_RULE)))
    .options(contains_eager(BillGroup.customer))
    .where(
        BillGroup.public_id == bindparam("public_id"),
        or_(and_(_MEMBER.id.is_not(None), _alive(_MEMBER)), and_(_MEMBER.id.is_(None), _RULE.id.is_not(None))),
    )
)
_ONE = _GRANTS.where(_open(BillGroup))
# Before the portal is switched on, staff look at what it will show.
_ONE_TO_BE = _GRANTS.where(BillGroup.state == "active")
_ALL = (
    select(BillGroup.public_id, BillGroup.name, Customer.name.label("customer"))
    .join(Customer, Customer.id == BillGroup.customer_id)
    .where(BillGroup.id.in_(_REACHED), _open(BillGroup))
    .order_by(Customer.name, BillGroup.name, BillGroup.public_id)
    .limit(bindparam("most"))
)


def _asking(email: str, now: datetime) -> dict[str, Any]:
    return {"email": email, "domain": "" if is_role_mailbox(email) else domain_of(email), "now": now}


def may_sign_in(db: Session, email: str, now: datetime) -> bool:
    """Whether any open bill group of the session's tenant lets this canonical address in."""
    return bool(db.scalar(_ANY, _asking(email, now)))


def grant_for(db: Session, email: str, public_id: str, now: datetime) -> Grant | None:
    """The grant of `email` on one bill group, None when it has none (or the group doesn't exist). One statement."""
    return _granted(db, _ONE, email, public_id, now)


def preview_grant(db: Session, email: str, public_id: str, now: datetime) -> Grant | None:
    """The grant that `email` has, or will have once the bill group's portal is switched on."""
    return _granted(db, _ONE_TO_BE, email, public_id, now)


def _granted(db: Session, statement: Any, email: str, public_id: str, now: datetime) -> Grant | None:
    rows = db.execute(statement, {**_asking(email, now), "public_id": public_id}).all()
    if not rows:
        return None
    group, member, _role, elsewhere = rows[0]
    if member is None:
        return Grant(group, frozenset(row[2] for row in rows), frozenset(), None, bool(elsewhere))
    return Grant(
        bill_group=group,
        roles=frozenset({member.role} if member.role else ()),
        permissions=frozenset(member.permissions or ()),
        limited_to=limits_of(member),
        elsewhere=bool(elsewhere),
    )


def limits_of(member: Membership) -> frozenset[tuple[str, str]] | None:
    """The records that a membership is limited to as (kind, public id); None for all."""
    return (
        None if member.limited_to is None else frozenset((kind, public_id) for kind, public_id in member.limited_to)
    )


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
