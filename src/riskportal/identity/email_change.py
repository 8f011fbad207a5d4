"""A login moves to another e-mail address, once its owner has shown that mail there reaches them.

    asked (step-up, mail to both addresses) --(button behind the link, one hour)--> done (mail to both)

The address is what rules and memberships name, so a change may cost access. A membership moves with its
person; a rule names an address and stays as it is. So a change is refused up front when the new address
would reach fewer bill groups, or may do less in one. Who owns the new address is told nowhere but in that
very mailbox; and only somebody who is signed in as the login presses the button: else whoever has a mailbox
would give its access away with one press.

A login of somebody who works here moves in the console only (proofs.begin_change): the portal opens to whoever
reads a mailbox. That is asked when the button is pressed as well, for they may have been hired meanwhile.

The old address opens nothing any more: in every bill group that it reached, or had rights of its own in, a
revoked membership stays behind. A rule for its domain would let it in anew, past every limit and revocation.
Source: reference list of attacks, A21; CVE-2026-44584 (an e-mail change that kept "verified").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, union_all, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from riskportal.customers.models import BillGroup
from riskportal.identity.access import Grant, Reachable, grants_of
from riskportal.identity.addresses import domain_of
from riskportal.identity.links import EMAIL_CHANGE, end_links, living, make_link, spend
from riskportal.identity.models import AccessRule, Membership, OneTimeLink, SignInRequest, User, UserSession
from riskportal.identity.proofs import begin_change
from riskportal.identity.rules import lock_ids
from riskportal.identity.second_step import end_pending
from riskportal.identity.sessions import revoke_others
from riskportal.plug.declarations import PORTAL_ROLES

LIFETIME = timedelta(hours=1)

# The permissions that a grant means for this tenant; roles are the tenant's to edit.
Rights = Callable[[Grant], frozenset[str]]


class SameAddress(ValueError):
    """It is the user's address already."""


class LosesAccess(ValueError):
    """The new address would not reach the bill groups `lost` of the old one, or may do less in those of `weaker`."""

    def __init__(self, lost: list[Reachable], weaker: list[Reachable]) -> None:
        super().__init__(f"the new address loses {len(lost)} bill groups, and rights in {len(weaker)}")
        self.lost, self.weaker = lost, weaker


class Taken(ValueError):
    """The new address has a login or memberships of its own; only its mailbox may learn that."""


@dataclass(frozen=True)
class Changed:
    """A login that has moved, and the ids of the bill groups that it reaches."""

    user: User
    old: str
    new: str
    reaches: Sequence[int]


@dataclass(frozen=True)
class Waiting:
    """A change that waits for the button in the mail; it ends by itself at `until` (UTC)."""

    email: str
    until: datetime


def ask(db: Session, user: User, new: str, now: datetime, rights: Rights) -> tuple[str, bool]:
    """Make the link that goes to the canonical address `new`; older links of this user die.

    Returns its token, and whether the address is free: a taken one gets a mail without the link, and nobody
    but its mailbox sees a difference. Raises SameAddress or LosesAccess.
    """
    if new == user.email:
        raise SameAddress(new)
    _reached_without_loss(db, user, new, now, rights)
    token = make_link(db, user, EMAIL_CHANGE, now, {"email": new, "old": user.email}, LIFETIME)
    return token, not _is_taken(db, user, new)


def waiting(db: Session, user: User, now: datetime) -> Waiting | None:
    """The user's change that waits for its confirmation."""
    link = db.scalar(
        select(OneTimeLink).where(*living(user, now, EMAIL_CHANGE)).order_by(OneTimeLink.id.desc()).limit(1)
    )
    return Waiting(str(link.data["email"]), link.expires_at) if link is not None else None


def cancel(db: Session, user: User, now: datetime) -> bool:
    """End a waiting change; False when none waits."""
    return end_links(db, user, now, EMAIL_CHANGE) > 0


def confirm(db: Session, link: OneTimeLink, via: UserSession, now: datetime, rights: Rights) -> Changed:
    """Spend the link and move its user, who pressed the button in the session `via`. All other sessions of theirs
    end, and with them every sign-in under way and every link in the old mailbox.

    Raises Taken or LosesAccess when things have changed since it was sent, SameAddress when it was spent
    meanwhile or the login was switched off, ConsoleOnly when a colleague's login would move outside the console.
    """
    user, new = link.user, str(link.data["email"])
    # An address is a unique key: to change it takes the whole row. Asked for at once, nobody waits for each other.
    db.refresh(user, with_for_update=True)
    begin_change(db, user, via)
    old = user.email
    if user.disabled_at is not None or old != link.data["old"] or not spend(db, link, now):
        raise SameAddress(new)
    _lock_bill_groups(db, old, new)
    reached = _reached_without_loss(db, user, new, now, rights)
    if _is_taken(db, user, new):
        raise Taken(new)
    _move(db, user, old, new)
    _close(db, old, reached | _with_own_rights(db, new), now)
    revoke_others(db, user, via.id, now)
    _end_what_is_under_way(db, user, old, now)
    return Changed(user, old, new, sorted(reached))


def _lock_bill_groups(db: Session, old: str, new: str) -> None:
    """Nobody else changes meanwhile who reaches the bill groups that rules may open to the old address, or in which
    one of the two has rights of its own. Two statements."""
    by_rules = select(AccessRule.bill_group_id).where(AccessRule.value.in_([old, domain_of(old)]))
    by_rights = select(Membership.bill_group_id).where(Membership.email.in_([old, new]))
    lock_ids(db, db.scalars(select(BillGroup.id).where(BillGroup.id.in_(union_all(by_rules, by_rights)))))


def _reached_without_loss(db: Session, user: User, new: str, now: datetime, rights: Rights) -> set[int]:
    """The ids of the bill groups that the user reaches now. LosesAccess when rules give the new address less in them;
    memberships move along.

    Three statements, however many bill groups there are.
    """
    moving = _with_own_rights(db, user.email)
    reached = {grant.bill_group.id: grant for grant in grants_of(db, user.email, now)}
    held = {grant.bill_group.id: rights(grant) for grant in grants_of(db, new, now)}
    by_rules = [grant for number, grant in reached.items() if number not in moving]
    lost = [_named(grant) for grant in by_rules if grant.bill_group.id not in held]
    weaker = [_named(grant) for grant in by_rules if rights(grant) - held.get(grant.bill_group.id, rights(grant))]
    if lost or weaker:
        raise LosesAccess(lost, weaker)
    return set(reached)


def _named(grant: Grant) -> Reachable:
    group = grant.bill_group
    return Reachable(group.public_id, group.name, group.customer.name)


def _is_taken(db: Session, user: User, new: str) -> bool:
    """Another login has the address, or it has a membership where the user has one: two can't become one."""
    if db.scalar(select(User.id).where(User.email == new)) is not None:
        return True
    theirs = aliased(Membership)
    both = (
        select(Membership.id)
        .join(theirs, theirs.bill_group_id == Membership.bill_group_id)
        .where(Membership.email == user.email, theirs.email == new)
    )
    return db.scalar(both.limit(1)) is not None


def _move(db: Session, user: User, old: str, new: str) -> None:
    """Give the user and their memberships the new address; revoked ones as well, they keep the person out.

    Taken when somebody else came to the address at this very moment.
    """
    try:
        with db.begin_nested():
            user.email = new
            db.flush()
            db.execute(update(Membership).where(Membership.email == old).values(email=new))
    except IntegrityError:
        db.refresh(user)
        raise Taken(new) from None


def _with_own_rights(db: Session, email: str) -> set[int]:
    """The ids of the bill groups in which an address has rights of its own."""
    return set(db.scalars(select(Membership.bill_group_id).where(Membership.email == email)))


def _close(db: Session, old: str, bill_groups: set[int], now: datetime) -> None:
    """Keep whoever has the old mailbox out of these bill groups."""
    for number in sorted(bill_groups):
        db.add(Membership(bill_group_id=number, email=old, role=PORTAL_ROLES[-1], revoked_at=now))
    db.flush()


def _end_what_is_under_way(db: Session, user: User, old: str, now: datetime) -> None:
    """Sign-ins that were asked for or half done by the old address, and links that lie in its mailbox."""
    db.execute(
        update(SignInRequest)
        .where(SignInRequest.email == old, SignInRequest.used_at.is_(None), SignInRequest.voided_at.is_(None))
        .values(voided_at=now)
    )
    end_pending(db, user, now)
    end_links(db, user, now)
