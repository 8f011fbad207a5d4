"""Own rights of single people in a bill group: invited, changed, revoked, restored.

    (nobody) --invite--> invited --first sign-in--> joined
    (comes in by a rule) --set_rights--> joined
    invited | joined | by a rule --revoke--> revoked --restore--> as before
    own rights --follow_rules--> by a rule

Four things hold whoever asks, in parallel as well (a lock on the bill group's row): nobody gives rights that
they lack, or for longer than they have them themselves, nobody touches somebody who has more, nobody changes
their own, and as long as there would have been an owner who has been here, there is one.
Staff hold every right of the portal; they may take the last owner away.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from riskportal.customers.models import BillGroup
from riskportal.identity.access import grant_for
from riskportal.identity.models import AccessRule, Membership
from riskportal.identity.people import Person, has_owner_besides, person_of
from riskportal.identity.rights import Powers, Rights, rights_of
from riskportal.identity.rules import EMAIL, lock
from riskportal.plug import Message, _
from riskportal.plug.declarations import PORTAL_ROLES
from riskportal.tenancy.services import OWNER

# What it takes to manage a bill group's people.
MANAGE = "core.people.manage"
MESSAGES: dict[str, Message] = {
    "here": _("This person has access already. Open them in the list to change what they may do."),
    "revoked": _("The access of this person was taken away. Open them in the list to restore it."),
    "over": _("The time of this person is over. Open them in the list to choose a new last day."),
    "gone": _("This person isn't here any more."),
    "yourself": _("Nobody changes their own access. Ask another owner."),
    "beyond": _("This person may do more than you may yourself. Ask an owner."),
    "lacking": _("You can't give what you don't have yourself."),
    "nothing": _("Choose at least one thing that this person may do."),
    "empty": _("With this limit the person would see nothing: choose permissions about the chosen records."),
    "past": _("Choose a later day: access that has ended already lets nobody in."),
    "longer": _("Your own access ends before that. Choose a last day that isn't later than your own."),
    "changed": _("Somebody has changed this person's rights while you were looking at them. Below stands what they "
                 "are now."),
    "last_owner": _("Nobody else who has signed in is an owner for as long. Make somebody else an owner first."),
    "out": _("You may not manage the people here any more."),
    "no_rule": _("No rule lets this person in; without own rights they would be out."),
}  # fmt: skip
# Later than any end that somebody chooses.
FOREVER = datetime(9999, 12, 31, tzinfo=UTC)


class PeopleRefused(ValueError):
    """Somebody's rights can't be changed like this. `code` is a key of MESSAGES, `message` says what to do."""

    def __init__(self, code: str) -> None:
        self.code, self.message = code, MESSAGES[code]
        super().__init__(str(self.message))


@dataclass(frozen=True)
class Manager:
    """Whoever manages the people of a bill group.

    `email` is their own address, None for staff; `name` is what others know them by; `holds` what they may do
    here themselves, None for everything, `until` when that ends (UTC), None for never. Services look again what
    both are once they hold the lock.
    """

    email: str | None
    name: str
    powers: Powers
    holds: frozenset[str] | None
    until: datetime | None = None

    @property
    def signature(self) -> str:
        """How mails name them: with their address, because anybody may write any name."""
        return self.name if self.email in (None, self.name) else f"{self.name} ({self.email})"

    def may_give(self, rights: Rights) -> bool:
        """Whether they hold all that these rights come to, with their limit and without."""
        return self._hold(self.powers.full(rights))

    def lasts_for(self, rights: Rights) -> bool:
        """Whether their own access doesn't end before these rights do."""
        return self.until is None or (rights.expires_at is not None and rights.expires_at <= self.until)

    def may_touch(self, person: Person) -> bool:
        """Whether they hold all that the person does."""
        return self._hold(held_by(person, self.powers))

    def _hold(self, permissions: frozenset[str]) -> bool:
        return self.holds is None or permissions <= self.holds


def held_by(person: Person, powers: Powers) -> frozenset[str]:
    """What a person may do, or might again: a limit can be lifted, an ended time prolonged."""
    single = person.membership.permissions if person.membership is not None else None
    return powers.of(person.roles, frozenset(single or ()), None)


def rights_now(person: Person) -> Rights:
    """A person's rights as they are, whether by membership or by rules."""
    if person.membership is not None:
        return rights_of(person.membership)
    return Rights(_strongest(person), expires_at=_end_of_rules(person))


def invite(
    db: Session,
    bill_group: BillGroup,
    email: str,
    rights: Rights,
    *,
    manager: Manager,
    name: str | None,
    now: datetime,
) -> Membership:
    """Give somebody new own rights. The address is canonical; a mail is the caller's to send.

    Somebody whom only a domain rule would let in, and who hasn't been here yet, is new as well.
    """
    manager = _entered(db, bill_group, manager, now)
    person = _fresh(db, bill_group, email, now)
    if person is not None:
        _refuse_known(person)
        _refuse_beyond(manager, person)
    _refuse_rights(manager, rights, now)
    _refuse_longer(manager, rights)
    member = Membership(bill_group_id=bill_group.id, email=email, name=name or None, joined_at=None)
    _write(member, rights)
    member.invited_at, member.invited_by = now, manager.name
    db.add(member)
    db.flush()
    return member


def set_rights(
    db: Session,
    bill_group: BillGroup,
    email: str,
    rights: Rights,
    *,
    manager: Manager,
    now: datetime,
    seen: str | None = None,
) -> Membership:
    """Change what somebody may do. Who came in by a rule has own rights from then on, which outrank it.

    `seen` is the mark of the rights that whoever asks saw (Rights.mark), None for any.
    """
    manager = _entered(db, bill_group, manager, now)
    person = _touchable(db, bill_group, email, manager, now)
    if person.state == "revoked":
        raise PeopleRefused("revoked")
    before = rights_now(person)
    if seen is not None and seen != before.mark:
        raise PeopleRefused("changed")
    _refuse_rights(manager, rights, now, check_end=rights.expires_at != before.expires_at)
    if not _has(person, rights, manager.powers):
        _refuse_longer(manager, rights)
    if not _stays_owner(before, rights):
        _keep_an_owner(db, bill_group, person, manager, now)
    member = person.membership or _own(db, bill_group, person, now)
    _write(member, rights)
    db.flush()
    return member


def revoke(db: Session, bill_group: BillGroup, email: str, *, manager: Manager, now: datetime) -> bool:
    """Keep somebody out from their next click on, rules or not; False when they are out already."""
    manager = _entered(db, bill_group, manager, now)
    person = _touchable(db, bill_group, email, manager, now)
    if person.state == "revoked":
        return False
    _keep_an_owner(db, bill_group, person, manager, now)
    member = person.membership or _own(db, bill_group, person, now)
    member.revoked_at = now
    db.flush()
    return True


def restore(db: Session, bill_group: BillGroup, email: str, *, manager: Manager, now: datetime) -> bool:
    """Let a revoked person in again, with the rights they had; False when nobody revoked them."""
    manager = _entered(db, bill_group, manager, now)
    person = _touchable(db, bill_group, email, manager, now)
    if person.membership is None or person.membership.revoked_at is None:
        return False
    _refuse_rights(manager, rights_now(person), now, check_end=False)
    _refuse_longer(manager, rights_now(person))
    person.membership.revoked_at = None
    db.flush()
    return True


def follow_rules(db: Session, bill_group: BillGroup, email: str, *, manager: Manager, now: datetime) -> None:
    """Forget somebody's own rights, so that the rules for their address decide again."""
    manager = _entered(db, bill_group, manager, now)
    person = _touchable(db, bill_group, email, manager, now)
    if person.membership is None:
        raise PeopleRefused("gone")
    with db.begin_nested():
        keeps = _keeper(db, bill_group, person, manager, now)
        db.delete(person.membership)
        db.flush()
        after = _fresh(db, bill_group, email, now)
        if after is None or after.state not in ("active", "awaited"):
            raise PeopleRefused("no_rule")
        _refuse_beyond(manager, after, "lacking")
        if not _has(person, rights_now(after), manager.powers):
            _refuse_longer(manager, rights_now(after))
        if keeps and not _stays_owner(rights_now(person), rights_now(after)):
            raise PeopleRefused("last_owner")


def membership_of(db: Session, bill_group: BillGroup, email: str) -> Membership | None:
    """Somebody's membership by canonical address, None when they have none."""
    return db.scalar(select(Membership).where(Membership.bill_group_id == bill_group.id, Membership.email == email))


def note_invitation(member: Membership, manager: Manager, now: datetime) -> None:
    """The invitation was sent again."""
    member.invited_at, member.invited_by = now, manager.name


def _entered(db: Session, bill_group: BillGroup, manager: Manager, now: datetime) -> Manager:
    """The manager as they are once nobody else can change the people of this bill group."""
    lock(db, bill_group)
    if manager.email is None:
        return manager
    grant = grant_for(db, manager.email, bill_group.public_id, now)
    holds = manager.powers.of(grant.roles, grant.permissions, grant.limited_to) if grant else frozenset()
    own = _fresh(db, bill_group, manager.email, now)
    if MANAGE not in holds or own is None:
        raise PeopleRefused("out")
    return replace(manager, holds=holds, until=rights_now(own).expires_at)


def _touchable(db: Session, bill_group: BillGroup, email: str, manager: Manager, now: datetime) -> Person:
    person = _fresh(db, bill_group, email, now)
    if person is None:
        raise PeopleRefused("gone")
    if person.email == manager.email:
        raise PeopleRefused("yourself")
    _refuse_beyond(manager, person)
    return person


def _fresh(db: Session, bill_group: BillGroup, email: str, now: datetime) -> Person | None:
    """The person as the database has them now: what was read before the lock was there may be old."""
    db.flush()
    for row in list(db.identity_map.values()):
        if isinstance(row, Membership | AccessRule):
            db.expire(row)
    return person_of(db, bill_group, email, now)


def _refuse_beyond(manager: Manager, person: Person, code: str = "beyond") -> None:
    if not manager.may_touch(person):
        raise PeopleRefused(code)


def _refuse_rights(manager: Manager, rights: Rights, now: datetime, *, check_end: bool = True) -> None:
    if rights.role is not None and rights.role not in PORTAL_ROLES:
        raise PeopleRefused("nothing")
    known = {permission.name for permission in manager.powers.single()}
    if rights.role is None and not rights.permissions & known:
        raise PeopleRefused("nothing")
    if not manager.may_give(rights):
        raise PeopleRefused("lacking")
    if rights.limited_to is not None and not manager.powers.given(rights) & known:
        raise PeopleRefused("empty")
    if check_end and rights.expires_at is not None and rights.expires_at <= now:
        raise PeopleRefused("past")


def _has(person: Person, rights: Rights, powers: Powers) -> bool:
    """Whether somebody has these rights already, and for as long: nobody gives them anything then."""
    if person.state == "revoked" or rights.expires_at != rights_now(person).expires_at:
        return False
    return powers.full(rights) <= held_by(person, powers)


def _refuse_longer(manager: Manager, rights: Rights) -> None:
    """Whose time is short doesn't give rights that outlast it."""
    if not manager.lasts_for(rights):
        raise PeopleRefused("longer")


def _refuse_known(person: Person) -> None:
    """Whoever is here, or has own rights, is changed in the list. A rule that has ended makes nobody known."""
    if person.state == "revoked":
        raise PeopleRefused("revoked")
    if person.state == "expired":
        if person.membership is not None:
            raise PeopleRefused("over")
    elif person.state != "awaited" or any(rule.kind == EMAIL for rule in person.rules):
        raise PeopleRefused("here")


def _keep_an_owner(db: Session, bill_group: BillGroup, person: Person, manager: Manager, now: datetime) -> None:
    if _keeper(db, bill_group, person, manager, now):
        raise PeopleRefused("last_owner")


def _keeper(db: Session, bill_group: BillGroup, person: Person, manager: Manager, now: datetime) -> bool:
    """Whether nobody would look after the bill group as long as this person does. Staff need no such care."""
    if manager.email is None or person.user is None or person.state not in ("active", "invited"):
        return False
    rights = rights_now(person)
    last_moment = FOREVER if rights.expires_at is None else rights.expires_at - timedelta(microseconds=1)
    return _full_owner(rights) and not has_owner_besides(db, bill_group, person.email, last_moment)


def _full_owner(rights: Rights) -> bool:
    return rights.role == OWNER and rights.limited_to is None


def _stays_owner(before: Rights, after: Rights) -> bool:
    """Whether somebody is an owner afterwards, and not for a shorter time."""
    sooner = after.expires_at is not None and (before.expires_at is None or after.expires_at < before.expires_at)
    return _full_owner(after) and not sooner


def _own(db: Session, bill_group: BillGroup, person: Person, now: datetime) -> Membership:
    """Own rights for somebody whom a rule lets in: at first the same ones."""
    member = Membership(
        bill_group_id=bill_group.id,
        email=person.email,
        name=person.name,
        role=_strongest(person),
        expires_at=_end_of_rules(person),
        joined_at=now if person.user is not None else None,
    )
    db.add(member)
    return member


def _write(member: Membership, rights: Rights) -> None:
    member.role = rights.role
    member.permissions = None if rights.role else sorted(rights.permissions)
    member.limited_to = None if rights.limited_to is None else [list(pair) for pair in sorted(rights.limited_to)]
    member.expires_at = rights.expires_at


def _strongest(person: Person) -> str:
    """The first of the person's roles in the order in which they are declared; of rules there is most often one."""
    return next(role for role in PORTAL_ROLES if role in person.roles)


def _end_of_rules(person: Person) -> datetime | None:
    ends = [rule.expires_at for rule in person.rules]
    return None if None in ends else max(end for end in ends if end is not None)
