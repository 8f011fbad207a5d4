"""Access rules of a bill group: added one at a time, changed, removed; never two that overlap.

A domain rule lets in every personal address of its domain, an e-mail rule one address. Two rules overlap when
one address is let in by both: nobody could tell which role counts. Shared mailboxes (info@...) are never let
in by a domain rule, so a rule for their own address overlaps none.

Whoever adds a rule holds the lock on the bill group's row until the transaction ends, so that two who add at
the same moment see each other's rules. On SQLite writers wait for each other anyway.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from riskportal.audit.models import AuditEntry
from riskportal.customers.models import BillGroup
from riskportal.identity import domains
from riskportal.identity.addresses import canonical_email, domain_of, is_role_mailbox
from riskportal.identity.models import AccessRule, Membership
from riskportal.identity.rights import Rights
from riskportal.plug import Message, _
from riskportal.plug.declarations import PORTAL_ROLES
from riskportal.tenancy.services import OWNER

DOMAIN, EMAIL = "domain", "email"
# The kind of record that audit entries about a rule name, and their codes for a new one.
RECORD_KIND, ADDED = "core.access_rule", ("core.rule_added", "core.rule_overridden")
REASON_LENGTH = 300
_BETWEEN = re.compile(r"[\s,;|]+")

MESSAGES: dict[str, Message] = {
    "several": _("Please add addresses and domains one by one: one rule for each."),
    "unreadable": _("Write a domain such as company.com, or one e-mail address such as ada@company.com."),
    "role": _("Choose one of the roles."),
    "open_owner": _("Anybody can get an address or a domain under {value}, so nobody may come in by it as the owner. "
                    "Choose another role."),
    "gone": _("Somebody removed this rule meanwhile."),
    "changed": _("Somebody has changed this rule while you were looking at it. Below stands what it says now."),
    "past": _("Choose a later day: a rule that has ended already lets nobody in."),
    "twice": _("There is a rule for {rule} already. You can change its role and date in the list."),
    "covered": _("The domain rule for {rule} lets this address in already. To give one person of a domain other "
                 "rights, use “People” on this page."),
    "covers": _("The e-mail rule for {rule} overlaps this domain. Remove the e-mail rules of the domain first; "
                "their people then come in by the domain rule."),
    "member": _("{value} has own rights here already. You find them under “People” on this page."),
    "revoked": _("The access of {value} was taken away. If they shall come back, restore it under “People” on "
                 "this page; a rule would not let them in."),
    domains.SUFFIX: _("Anybody can get a domain under {value}, so it names no organisation. Add the customer's own "
                      "domain, or people one by one."),
    domains.FREE_MAIL: _("Anybody can get an address at {value}, so it names no organisation. Add people one by "
                         "one by their e-mail addresses."),
    "reason": _("Anybody can get an address or a domain under {value}. Say why it shall be let in nevertheless; "
                "the reason is kept in the audit log."),
}  # fmt: skip


class RuleRefused(ValueError):
    """A rule can't be added or changed. `code` is a key of MESSAGES, `rule` the rule that stands in the way,
    `message` says what to do instead."""

    def __init__(self, code: str, value: str = "", rule: AccessRule | None = None) -> None:
        self.code, self.rule = code, rule
        self.message = _(MESSAGES[code].msgid, value=value, rule=rule.value if rule is not None else "")
        super().__init__(str(self.message))


def read(text: str) -> tuple[str, str]:
    """(kind, canonical value) of what somebody typed: an e-mail address, or a domain with or without "@" before it.

    RuleRefused "several" for a list, "unreadable" for anything else.
    """
    parts = [part for part in _BETWEEN.split(text) if part]
    if len(parts) > 1 and sum("@" in part or "." in part for part in parts) > 1:
        raise RuleRefused("several")
    try:
        if "@" in text.strip().removeprefix("@"):
            return EMAIL, canonical_email(text)
        return DOMAIN, domains.canonical_domain(text.strip().removeprefix("@"))
    except ValueError:
        raise RuleRefused("unreadable") from None


def overlaps(email: str, domain: str) -> bool:
    """Whether a domain rule lets in this address: both are canonical."""
    return domain_of(email) == domain and not is_role_mailbox(email)


def add_rule(
    db: Session,
    bill_group: BillGroup,
    text: str,
    role: str,
    *,
    now: datetime,
    expires_at: datetime | None = None,
    override_reason: str | None = None,
    may_override: bool = False,
) -> AccessRule:
    """Let an address or a domain, as typed, into a bill group with a role until `expires_at` (UTC; None: always).

    RuleRefused names the rule in the way. Who `may_override` can let in a public suffix or a free-mail domain
    by giving a reason, which stays on the rule.
    """
    kind, value = read(text)
    _check(role, expires_at, now)
    reason = _reason(value, override_reason, may_override) if kind == DOMAIN else None
    _refuse_open_owner(value, role, reason)
    lock(db, bill_group)
    _refuse_overlap(db, bill_group, kind, value)
    if kind == EMAIL:
        _refuse_decided(db, bill_group, value)
    rule = AccessRule(
        bill_group_id=bill_group.id,
        kind=kind,
        value=value,
        role=role,
        expires_at=expires_at,
        override_reason=reason,
    )
    db.add(rule)
    db.flush()
    return rule


def change_rule(
    db: Session, rule: AccessRule, *, role: str, expires_at: datetime | None, now: datetime, seen: str | None = None
) -> Rights | None:
    """Give a rule another role or end (UTC; None: never) and return what it gave before; None when nothing changes.

    An end that has passed already may stay as it is. `seen` is the mark of what whoever asks saw (Rights.mark),
    None for anything. RuleRefused says what is against it.
    """
    _hold(db, rule)
    before = rights_by(rule)
    if seen is not None and seen != before.mark:
        raise RuleRefused("changed", rule.value)
    _refuse_open_owner(rule.value, role, rule.override_reason)
    if expires_at == rule.expires_at:
        _check(role, None, now)
    else:
        _check(role, expires_at, now)
    rule.role, rule.expires_at = role, expires_at
    return before if before != rights_by(rule) else None


def rights_by(rule: AccessRule) -> Rights:
    """What a rule gives."""
    return Rights(rule.role, expires_at=rule.expires_at)


def remove_rule(db: Session, rule: AccessRule) -> None:
    """Take a rule away: at their next click those who came in by it are out. RuleRefused when it is gone already."""
    _hold(db, rule)
    db.delete(rule)
    db.flush()


def rules_of(db: Session, bill_group: BillGroup) -> list[AccessRule]:
    """The rules of a bill group, domains first."""
    wanted = select(AccessRule).where(AccessRule.bill_group_id == bill_group.id)
    return list(db.scalars(wanted.order_by(AccessRule.kind, AccessRule.value)))


def added_by(db: Session, rules: Sequence[AccessRule]) -> dict[str, str]:
    """Who added rules, by the rules' public ids; rules that came with a file are missing."""
    entries = select(AuditEntry.record_id, AuditEntry.actor_name).where(
        AuditEntry.record_kind == RECORD_KIND,
        AuditEntry.record_id.in_([rule.public_id for rule in rules]),
        AuditEntry.code.in_(ADDED),
    )
    return {str(public_id): name for public_id, name in db.execute(entries)}


def outranked(db: Session, bill_group: BillGroup, rules: Sequence[AccessRule]) -> set[str]:
    """Of e-mail rules the addresses that own rights decide about, so that the rule changes nothing."""
    emails = [rule.value for rule in rules if rule.kind == EMAIL]
    return set(
        db.scalars(
            select(Membership.email).where(Membership.bill_group_id == bill_group.id, Membership.email.in_(emails))
        )
    )


def rule_by_public_id(db: Session, bill_group: BillGroup, public_id: str) -> AccessRule | None:
    """One rule of this bill group; None for another's."""
    return db.scalar(
        select(AccessRule).where(AccessRule.bill_group_id == bill_group.id, AccessRule.public_id == public_id)
    )


def lock(db: Session, *bill_groups: BillGroup) -> None:
    """Who changes who reaches these bill groups does so one after another; locked in order of their ids.

    The lock lets others write rows that belong to the bill group (FOR NO KEY UPDATE).
    """
    lock_ids(db, [group.id for group in bill_groups])


def lock_ids(db: Session, ids: Iterable[int]) -> None:
    """As `lock`, by database ids."""
    wanted = select(BillGroup.id).where(BillGroup.id.in_(sorted(ids))).order_by(BillGroup.id)
    db.execute(wanted.with_for_update(key_share=True)).all()


def _hold(db: Session, rule: AccessRule) -> None:
    """The rule as it is once nobody else can change the rules of its bill group."""
    lock_ids(db, [rule.bill_group_id])
    still = select(AccessRule).where(AccessRule.id == rule.id)
    if db.scalar(still, execution_options={"populate_existing": True}) is None:
        raise RuleRefused("gone", rule.value)


def _refuse_open_owner(value: str, role: str, override_reason: str | None) -> None:
    """Owners change who else gets in: not even with a reason is that for whoever makes an address."""
    if override_reason is not None and role == OWNER:
        raise RuleRefused("open_owner", value)


def _check(role: str, expires_at: datetime | None, now: datetime) -> None:
    if role not in PORTAL_ROLES:
        raise RuleRefused("role")
    if expires_at is not None and expires_at <= now:
        raise RuleRefused("past")


def _reason(domain: str, given: str | None, may_override: bool) -> str | None:
    """Why an open domain is let in; None for a domain that is somebody's own."""
    why = domains.why_open(domain)
    if why is None:
        return None
    if not may_override:
        raise RuleRefused(why, domain)
    reason = (given or "").strip()
    if not reason:
        raise RuleRefused("reason", domain)
    return reason[:REASON_LENGTH]


def _refuse_overlap(db: Session, bill_group: BillGroup, kind: str, value: str) -> None:
    if kind == EMAIL:
        near = and_(AccessRule.kind == DOMAIN, AccessRule.value == domain_of(value))
    else:
        # A canonical domain holds neither % nor _, the signs that LIKE gives a meaning.
        near = and_(AccessRule.kind == EMAIL, AccessRule.value.like(f"%@{value}"))
    same = and_(AccessRule.kind == kind, AccessRule.value == value)
    found = select(AccessRule).where(AccessRule.bill_group_id == bill_group.id, or_(same, near))
    # What this request has read before it waited for the lock may be old.
    for rule in db.scalars(found.order_by(AccessRule.value), execution_options={"populate_existing": True}):
        if rule.kind == kind:
            raise RuleRefused("twice", value, rule)
        if kind == EMAIL and overlaps(value, rule.value):
            raise RuleRefused("covered", value, rule)
        if kind == DOMAIN and overlaps(rule.value, value):
            raise RuleRefused("covers", value, rule)


def _refuse_decided(db: Session, bill_group: BillGroup, email: str) -> None:
    """A rule for somebody whose membership outranks it would change nothing."""
    own = select(Membership.revoked_at).where(Membership.bill_group_id == bill_group.id, Membership.email == email)
    found = db.execute(own).first()
    if found is not None:
        raise RuleRefused("member" if found.revoked_at is None else "revoked", email)
