"""Who reaches a bill group: whom mails about it go to, and the people that its pages list.

A person's own membership outranks every rule (identity.access). Without one, the rules for their address
and for its domain decide; of a domain those count here who are users already, because nobody else is known.
Of a domain that names no organisation (not AccessRule.names_people) nobody counts: its users are strangers to each
other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Subquery, and_, false, func, literal, not_, or_, select, union
from sqlalchemy.orm import Session

from riskportal.customers.models import BillGroup
from riskportal.identity.access import closed_to_domains
from riskportal.identity.addresses import domain_of, is_role_mailbox, untagged
from riskportal.identity.models import AccessRule, Membership, NotificationChoice, User, UserSession
from riskportal.tenancy.services import OWNER

# Nobody writes the same mail to a whole company: of a domain whose rule gives the role, those who came first.
MOST_RECIPIENTS = 100
PAGE = 50


@dataclass(frozen=True)
class Recipient:
    """Somebody to write to, and the language (`en`, `de`) they read."""

    email: str
    language: str


@dataclass(frozen=True)
class Person:
    """Somebody who reaches a bill group, or did until they were revoked or their time was over.

    Either `membership` says what they may do, or `rules` do, all that are for their address. `user` is None
    until they have signed in somewhere. `last_seen` is when they last used the portal (UTC), in any bill group.
    """

    email: str
    user: User | None
    membership: Membership | None
    rules: tuple[AccessRule, ...]
    last_seen: datetime | None
    state: str  # active | invited | awaited | expired | revoked | disabled

    @property
    def key(self) -> str:
        """The public id that names this person in addresses (`person_by_key`); an e-mail address never does."""
        if self.membership is not None:
            return self.membership.public_id
        return self.user.public_id if self.user is not None else self.rules[0].public_id

    @property
    def name(self) -> str | None:
        """What they are called, in their own words before those of whoever invited them."""
        return (self.user.name if self.user else None) or (self.membership.name if self.membership else None)

    @property
    def roles(self) -> frozenset[str]:
        """The roles they hold, or would hold if their time weren't over; none when they have single permissions."""
        if self.membership is not None:
            return frozenset({self.membership.role} if self.membership.role else ())
        return frozenset(rule.role for rule in self.rules)


@dataclass(frozen=True)
class People:
    """A page of people by address, the address to go on `after` (None when this is all), and the `domains` whose
    every personal address gets in."""

    persons: list[Person]
    after: str | None
    domains: list[AccessRule]


def recipients(
    db: Session, bill_group: BillGroup, *, role: str = "owner", category: str = "account", now: datetime
) -> list[Recipient]:
    """Whom a mail of `category` to the bill group's people of one `role` goes to, each address once.

    Whoever turned the category off is left out; "security" can't be turned off. Who is limited to single
    records gets none of these mails, which are about the whole bill group.
    """
    return _willing(db, sorted(holders(db, bill_group, role, now)), bill_group.language, category)


def holders(db: Session, bill_group: BillGroup, role: str, now: datetime) -> set[str]:
    """The addresses that hold a role for the whole bill group now; of a company's domain those of the first users."""
    decided = select(Membership.email).where(Membership.bill_group_id == bill_group.id)
    members = select(Membership.email).where(
        Membership.bill_group_id == bill_group.id,
        Membership.role == role,
        Membership.limited_to.is_(None),
        _alive(now),
    )
    rules = db.scalars(
        select(AccessRule).where(AccessRule.bill_group_id == bill_group.id, AccessRule.role == role, _valid(now))
    ).all()
    found = set(db.scalars(members))
    by_address = {rule.value for rule in rules if rule.kind == "email"}
    domains = [rule.value for rule in rules if rule.names_people]
    if domains:
        theirs = select(User.email).where(
            _of_domains(domains), User.email.not_in(decided), User.disabled_at.is_(None)
        )
        named = db.scalars(theirs.order_by(User.id).limit(MOST_RECIPIENTS))
        # Whoever comes by a tag is most often one of these once more, not somebody else.
        by_address |= {email for email in named if not is_role_mailbox(email) and untagged(email) is None}
    return found | (by_address - set(db.scalars(decided.where(Membership.email.in_(by_address)))))


def has_owner_besides(db: Session, bill_group: BillGroup, email: str, at: datetime) -> bool:
    """Whether another owner than this one looks after the bill group, now or still at a later instant: somebody who
    has been here and may sign in."""
    others = holders(db, bill_group, OWNER, at) - {email}
    users = select(User.id).where(User.email.in_(others), User.disabled_at.is_(None)).limit(1)
    return db.scalar(users) is not None


def _willing(db: Session, emails: Sequence[str], language: str, category: str) -> list[Recipient]:
    """Those who want mails of the category and aren't disabled, in the language they chose or else the given one."""
    users = {user.email: user for user in db.scalars(select(User).where(User.email.in_(emails)))}
    unwanted = set(
        db.scalars(
            select(NotificationChoice.user_id).where(
                NotificationChoice.user_id.in_([user.id for user in users.values()]),
                NotificationChoice.category == category,
                NotificationChoice.wanted.is_(False),
            )
        )
        if category != "security"
        else ()
    )
    willing = []
    for email in emails:
        user = users.get(email)
        if user is None or (user.disabled_at is None and user.id not in unwanted):
            willing.append(Recipient(email, (user.language if user else None) or language))
    return willing


def people_of(
    db: Session,
    bill_group: BillGroup,
    now: datetime,
    *,
    after: str = "",
    limit: int = PAGE,
    find: str = "",
    show: str = "all",
) -> People:
    """Up to `limit` people of a bill group by address, going on `after` one.

    `find` keeps the addresses that contain it; `show` is "here" for those who get in, "gone" for those who
    were revoked or whose time is over, "all" for both. Five statements, however many users a domain has.
    """
    rules = list(db.scalars(select(AccessRule).where(AccessRule.bill_group_id == bill_group.id)))
    email = _addresses(bill_group, rules, now, show).c.email
    wanted = select(email).where(email > after, email.contains(find.lower(), autoescape=True))
    emails = list(db.scalars(wanted.order_by(email).limit(limit + 1)))
    page = emails[:limit]
    persons = _persons(db, bill_group, page, rules, now)
    domains = [rule for rule in rules if rule.kind == "domain" and (rule.expires_at is None or rule.expires_at > now)]
    return People(persons, page[-1] if len(emails) > limit else None, domains)


def person_of(db: Session, bill_group: BillGroup, email: str, now: datetime) -> Person | None:
    """One person of a bill group by canonical address, None when neither membership nor rule is for them."""
    rules = list(db.scalars(select(AccessRule).where(AccessRule.bill_group_id == bill_group.id)))
    found = _persons(db, bill_group, [email], rules, now)
    return found[0] if found else None


def rule_behind(db: Session, bill_group: BillGroup, person: Person, now: datetime) -> AccessRule | None:
    """A rule that would let somebody in now if they had no own rights; None when there is no such rule."""
    if person.membership is None:
        return None
    rules = db.scalars(select(AccessRule).where(AccessRule.bill_group_id == bill_group.id, _valid(now)))
    closed = closed_to_domains(db, bill_group, [person.email])
    return next(iter(_rules_for(person.email, _by_value(rules), closed)), None)


def person_by_key(db: Session, bill_group: BillGroup, key: str, now: datetime) -> Person | None:
    """The person that a key names (`Person.key`), an older key of theirs as well; None for anybody else."""
    email = (
        db.scalar(
            select(Membership.email).where(Membership.public_id == key, Membership.bill_group_id == bill_group.id)
        )
        or db.scalar(select(User.email).where(User.public_id == key))
        or db.scalar(
            select(AccessRule.value).where(
                AccessRule.public_id == key, AccessRule.bill_group_id == bill_group.id, AccessRule.kind == "email"
            )
        )
    )
    return person_of(db, bill_group, email, now) if email is not None else None


def came_by(db: Session, bill_group: BillGroup, rule: AccessRule, now: datetime) -> tuple[list[Person], bool]:
    """The people whom a domain rule lets in now, among the first PAGE of its domain, and whether there are more."""
    found = people_of(db, bill_group, now, find=f"@{rule.value}", show="here")
    return [person for person in found.persons if rule in person.rules], found.after is not None


def _addresses(bill_group: BillGroup, rules: Sequence[AccessRule], now: datetime, show: str) -> Subquery:
    """The addresses of memberships, of e-mail rules and of a domain's users, each once."""
    alive = {"here": (True,), "gone": (False,), "all": (True, False)}[show]
    fitting = [rule for rule in rules if (rule.expires_at is None or rule.expires_at > now) in alive]
    single = [rule.id for rule in fitting if rule.kind == "email"]
    domains = [rule.value for rule in fitting if rule.names_people]
    own = select(Membership.email.label("email")).where(Membership.bill_group_id == bill_group.id)
    decided = own.with_only_columns(Membership.email)
    if show != "all":
        own = own.where(_alive(now) if show == "here" else not_(_alive(now)))
    return union(
        own,
        select(AccessRule.value).where(AccessRule.id.in_(single), AccessRule.value.not_in(decided)),
        select(User.email).where(_of_domains(domains), User.email.not_in(decided)),
    ).subquery()


def _persons(
    db: Session, bill_group: BillGroup, emails: Sequence[str], rules: Iterable[AccessRule], now: datetime
) -> list[Person]:
    members = {
        member.email: member
        for member in db.scalars(
            select(Membership).where(Membership.bill_group_id == bill_group.id, Membership.email.in_(emails))
        )
    }
    users = {user.email: user for user in db.scalars(select(User).where(User.email.in_(emails)))}
    seen = _last_seen(db, [user.id for user in users.values()])
    by_value, closed = _by_value(rules), closed_to_domains(db, bill_group, emails)
    persons = []
    for email in emails:
        member, user = members.get(email), users.get(email)
        fitting = [] if member else _rules_for(email, by_value, closed)
        if member is None and not fitting:
            continue
        # What has ended counts only when nothing else is left.
        fitting = [rule for rule in fitting if rule.expires_at is None or rule.expires_at > now] or fitting
        last = seen.get(user.id) if user else None
        state = _state(member, fitting, user, last, now)
        persons.append(Person(email, user, member, tuple(fitting), last, state))
    return persons


def _by_value(rules: Iterable[AccessRule]) -> dict[str, list[AccessRule]]:
    found: dict[str, list[AccessRule]] = {}
    for rule in rules:
        found.setdefault(rule.value, []).append(rule)
    return found


def _rules_for(email: str, by_value: dict[str, list[AccessRule]], closed: set[str]) -> list[AccessRule]:
    """The rules for an address; those for its domain unless it is among the `closed` ones."""
    return [*by_value.get(email, ()), *(() if email in closed else by_value.get(domain_of(email), ()))]


def _state(
    member: Membership | None,
    rules: Sequence[AccessRule],
    user: User | None,
    last_seen: datetime | None,
    now: datetime,
) -> str:
    if member is not None and member.revoked_at is not None:
        return "revoked"
    ends = [member.expires_at] if member is not None else [rule.expires_at for rule in rules]
    if all(end is not None and end <= now for end in ends):
        return "expired"
    if user is not None and user.disabled_at is not None:
        return "disabled"
    if member is not None:
        return "active" if member.joined_at is not None or last_seen is not None else "invited"
    return "active" if user is not None else "awaited"


def _last_seen(db: Session, user_ids: Sequence[int]) -> dict[int, datetime]:
    sessions = select(UserSession.user_id, func.max(UserSession.seen_at)).where(
        UserSession.user_id.in_(user_ids), UserSession.kind == "portal"
    )
    return dict(db.execute(sessions.group_by(UserSession.user_id)).all())


def _alive(now: datetime) -> ColumnElement[bool]:
    return and_(Membership.revoked_at.is_(None), or_(Membership.expires_at.is_(None), Membership.expires_at > now))


def _valid(now: datetime) -> ColumnElement[bool]:
    return or_(AccessRule.expires_at.is_(None), AccessRule.expires_at > now)


def _of_domains(domains: Sequence[str]) -> ColumnElement[bool]:
    """The user's address is of one of these canonical domains, exactly."""
    # A canonical domain holds neither % nor _, the signs that LIKE gives a meaning.
    return or_(false(), *(User.email.like(literal(f"%@{domain}")) for domain in domains))
