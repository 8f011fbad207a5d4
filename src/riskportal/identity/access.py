"""Which bill groups an address reaches, and with which roles. Decided anew on every request."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, bindparam, exists, literal_column, or_, select, union_all
from sqlalchemy.orm import Session, aliased, contains_eager, defer

from riskportal.customers.models import BillGroup, Customer
from riskportal.db.types import UtcDateTime
from riskportal.identity.addresses import domain_of, is_role_mailbox, untagged
from riskportal.identity.models import AccessRule, Membership, User


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


_EMAIL, _DOMAIN = bindparam("email", type_=String), bindparam("domain", type_=String)
# Of a tagged address: the one without its tag, and the pattern of all with one.
_PLAIN, _TAGGED, _ESCAPE = bindparam("plain", type_=String), bindparam("tagged", type_=String), "/"
_PUBLIC_ID, _NOW = bindparam("public_id", type_=String), bindparam("now", type_=UtcDateTime())


def _word(word: str) -> ColumnElement[str]:
    """A fixed word as part of the statement: every value costs something each time it is passed."""
    return literal_column(f"'{word}'", String)


def _fits(rule: type[AccessRule], *, tagged: bool) -> ColumnElement[bool]:
    """The rule is for the address and hasn't expired."""
    return and_(_is_for(rule, tagged=tagged), or_(rule.expires_at.is_(None), rule.expires_at > _NOW))


def _is_for(rule: type[AccessRule], *, tagged: bool) -> ColumnElement[bool]:
    """The rule is for the address (closed_to_domains says the same for lists).

    `domain` is empty for an address that only a rule of its own lets in (_asking). A `tagged` address comes by no
    domain rule where somebody of its mailbox has own rights: whoever is limited there, or was taken out, would
    come in by a tag anew.
    """
    by_domain = and_(rule.kind == _word("domain"), rule.value == _DOMAIN)
    return and_(
        # Says nothing more than the lines below, but lets an index find the few rules: an OR alone doesn't.
        rule.value.in_([_EMAIL, _DOMAIN]),
        or_(
            and_(rule.kind == _word("email"), rule.value == _EMAIL),
            and_(by_domain, ~_same_mailbox(rule)) if tagged else by_domain,
        ),
    )


def _same_mailbox(rule: type[AccessRule]) -> ColumnElement[bool]:
    own = aliased(Membership)
    is_other = or_(own.email == _PLAIN, own.email.like(_TAGGED, escape=_ESCAPE))
    return exists().where(own.bill_group_id == rule.bill_group_id, is_other)


def _alive(member: type[Membership]) -> ColumnElement[bool]:
    return and_(member.revoked_at.is_(None), or_(member.expires_at.is_(None), member.expires_at > _NOW))


def _open(group: type[BillGroup]) -> ColumnElement[bool]:
    return and_(group.portal_enabled, group.state == _word("active"))


@dataclass(frozen=True)
class _Statements:
    """What is asked about an address: whether it reaches anything, what it holds in one bill group (`to_be`: once
    its portal is switched on), what in every one, and the lines of the switcher; `rule`: that a rule is for it."""

    anything: Any
    one: Any
    to_be: Any
    every: Any
    switcher: Any
    rule: ColumnElement[bool]


_BY_MEMBERSHIP = select(Membership.bill_group_id).where(Membership.email == _EMAIL, _alive(Membership))
# What no page of the portal shows of the two; every column costs something on every request.
_UNREAD = [defer(of, raiseload=True) for of in (BillGroup.search_text, BillGroup.created_at, BillGroup.updated_at)]
_UNREAD_OF_CUSTOMER = [
    defer(of, raiseload=True)
    for of in (Customer.search_text, Customer.sort_name, Customer.created_at, Customer.updated_at)
]
_BY_NAME = (Customer.name, BillGroup.name, BillGroup.public_id)


def _statements(*, tagged: bool) -> _Statements:
    """A person's own membership outranks the rules, in both directions."""
    own = aliased(Membership)
    decided = exists().where(own.bill_group_id == AccessRule.bill_group_id, own.email == _EMAIL)
    by_rule = select(AccessRule.bill_group_id).where(_fits(AccessRule, tagged=tagged), ~decided)
    reached = and_(BillGroup.id.in_(union_all(by_rule, _BY_MEMBERSHIP)), _open(BillGroup))
    grants = _grants(tagged)
    one = grants.add_columns(_elsewhere(by_rule).label("elsewhere")).where(BillGroup.public_id == _PUBLIC_ID)
    return _Statements(
        anything=select(exists(select(BillGroup.id).where(reached))),
        one=one.where(_open(BillGroup)),
        # Before the portal is switched on, staff look at what it will show.
        to_be=one.where(BillGroup.state == _word("active")),
        every=grants.where(reached).order_by(*_BY_NAME),
        switcher=select(BillGroup.public_id, BillGroup.name, Customer.name.label("customer"))
        .join(Customer, Customer.id == BillGroup.customer_id)
        .where(reached)
        .order_by(*_BY_NAME)
        .limit(bindparam("most")),
        rule=_is_for(AccessRule, tagged=tagged),
    )


def _grants(tagged: bool) -> Any:
    """Bill groups with what decides in them: columns of the membership, because making an object of the whole row
    costs more than finding it."""
    rule, member = aliased(AccessRule), aliased(Membership)
    return (
        select(BillGroup, member.id, member.role, member.permissions, member.limited_to, rule.role.label("rule_role"))
        .join(Customer, Customer.id == BillGroup.customer_id)
        .outerjoin(member, and_(member.bill_group_id == BillGroup.id, member.email == _EMAIL))
        .outerjoin(rule, and_(rule.bill_group_id == BillGroup.id, _fits(rule, tagged=tagged)))
        .options(contains_eager(BillGroup.customer).options(*_UNREAD_OF_CUSTOMER), *_UNREAD)
        .where(or_(and_(member.id.is_not(None), _alive(member)), and_(member.id.is_(None), rule.id.is_not(None))))
    )


def _elsewhere(by_rule: Any) -> ColumnElement[bool]:
    """Whether the address reaches another bill group: two questions instead of one over their union, because each
    ends with the first row that it finds."""
    other = aliased(BillGroup)
    is_other = and_(_open(other), other.public_id != _PUBLIC_ID)
    return or_(
        _BY_MEMBERSHIP.join(other, other.id == Membership.bill_group_id).where(is_other).exists(),
        by_rule.join(other, other.id == AccessRule.bill_group_id).where(is_other).exists(),
    )


# Every request of the portal runs these, so they are built once: composing a statement costs more than running it.
# Tagged addresses have their own, so that nobody else pays for what they ask.
_UNTAGGED, _BY_TAG = _statements(tagged=False), _statements(tagged=True)
_IS_DISABLED = select(exists().where(User.email == _PLAIN, User.disabled_at.is_not(None)))


def _asking(db: Session, email: str, now: datetime) -> tuple[_Statements, dict[str, Any]]:
    """The statements for an address, and what they are given. A shared mailbox comes by a rule for its own address
    only, and so does another address of somebody who may not sign in any more."""
    given = {"email": email, "domain": "" if is_role_mailbox(email) else domain_of(email), "now": now}
    plain = untagged(email)
    if plain is None:
        return _UNTAGGED, given
    if db.scalar(_IS_DISABLED, {"plain": plain}):
        given["domain"] = ""
    return _BY_TAG, {**given, "plain": plain, "tagged": _with_any_tag(plain)}


def _with_any_tag(plain: str) -> str:
    """The pattern of all addresses that are this one with a tag."""
    local, _at, host = plain.partition("@")
    for sign in (_ESCAPE, "%", "_"):
        local = local.replace(sign, _ESCAPE + sign)
    return f"{local}+%@{host}"


def closed_to_domains(db: Session, bill_group: BillGroup, emails: Collection[str]) -> set[str]:
    """Those of the canonical addresses that no domain rule lets into the bill group: shared mailboxes, and tagged
    addresses of a mailbox in which another address has own rights there, or whose plain one is disabled. Two
    statements when there is a tagged address among them, else none."""
    closed = {email for email in emails if is_role_mailbox(email)}
    plain = {email: mailbox for email in emails if (mailbox := untagged(email)) is not None}
    if not plain:
        return closed
    mailboxes = set(plain.values())
    disabled = set(db.scalars(select(User.email).where(User.email.in_(mailboxes), User.disabled_at.is_not(None))))
    tagged = (Membership.email.like(_with_any_tag(mailbox), escape=_ESCAPE) for mailbox in mailboxes)
    own = db.scalars(
        select(Membership.email).where(
            Membership.bill_group_id == bill_group.id, or_(Membership.email.in_(mailboxes), *tagged)
        )
    ).all()
    for email, mailbox in plain.items():
        others = (member for member in own if member != email)
        if mailbox in disabled or any((untagged(member) or member) == mailbox for member in others):
            closed.add(email)
    return closed


def is_ruled(db: Session, email: str, now: datetime) -> tuple[ColumnElement[bool], dict[str, Any]]:
    """A criterion on AccessRule with its values: the rule, ended or not, is for this canonical address."""
    ask, given = _asking(db, email, now)
    return ask.rule, given


def may_sign_in(db: Session, email: str, now: datetime) -> bool:
    """Whether any open bill group of the session's tenant lets this canonical address in."""
    ask, given = _asking(db, email, now)
    return bool(db.scalar(ask.anything, given))


def grant_for(db: Session, email: str, public_id: str, now: datetime) -> Grant | None:
    """The grant of `email` on one bill group, None when it has none (or the group doesn't exist). One statement,
    two for a tagged address."""
    ask, given = _asking(db, email, now)
    return _granted(db, ask.one, given, public_id)


def preview_grant(db: Session, email: str, public_id: str, now: datetime) -> Grant | None:
    """The grant that `email` has, or will have once the bill group's portal is switched on."""
    ask, given = _asking(db, email, now)
    return _granted(db, ask.to_be, given, public_id)


def _granted(db: Session, statement: Any, given: dict[str, Any], public_id: str) -> Grant | None:
    rows = db.execute(statement, {**given, "public_id": public_id}).all()
    return _grant(rows, bool(rows[0].elsewhere)) if rows else None


def grants_of(db: Session, email: str, now: datetime) -> list[Grant]:
    """Every grant of `email`, by customer and name of the bill group. One statement, however many there are; two
    for a tagged address."""
    ask, given = _asking(db, email, now)
    rows: dict[int, list[Any]] = {}
    for row in db.execute(ask.every, given):
        rows.setdefault(row.BillGroup.id, []).append(row)
    return [_grant(found, len(rows) > 1) for found in rows.values()]


def _grant(rows: Sequence[Any], elsewhere: bool) -> Grant:
    """What the rows of one bill group come to: one for a membership, else one for each rule that fits."""
    first = rows[0]
    by_rules = first.id is None
    return Grant(
        bill_group=first.BillGroup,
        roles=frozenset(row.rule_role for row in rows) if by_rules else frozenset({first.role} if first.role else ()),
        permissions=frozenset(first.permissions or ()),
        limited_to=_limits(first.limited_to),
        elsewhere=elsewhere,
    )


def limits_of(member: Membership) -> frozenset[tuple[str, str]] | None:
    """The records that a membership is limited to as (kind, public id); None for all."""
    return _limits(member.limited_to)


def _limits(stored: list[Any] | None) -> frozenset[tuple[str, str]] | None:
    return None if stored is None else frozenset((kind, public_id) for kind, public_id in stored)


def reachable(db: Session, email: str, now: datetime, limit: int) -> list[Reachable]:
    """Up to `limit` bill groups that `email` reaches, by customer and name."""
    ask, given = _asking(db, email, now)
    rows = db.execute(ask.switcher, {**given, "most": limit})
    return [Reachable(row.public_id, row.name, row.customer) for row in rows]


def bill_group_of_portal_link(db: Session, portal_token: str) -> BillGroup | None:
    """The open bill group behind a portal link, None for any other token."""
    return db.scalar(
        select(BillGroup).where(
            BillGroup.portal_token == portal_token, BillGroup.portal_enabled, BillGroup.state == "active"
        )
    )
