"""Staff: who works for a tenant, in which role, and who may change that.

Three rules hold whoever asks, and in parallel as well: nobody gives or touches a role that may do more than
their own, nobody changes their own role, and one owner who can sign in always stays. Changes of one team run
one after another, behind a lock on the tenant's row, and judge roles as they are then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from riskportal.audit.services import Actor, record
from riskportal.contracts.records import RecordRef
from riskportal.identity.links import STAFF_SETUP, end_links
from riskportal.identity.models import Passkey, Password, RecoveryCode, StaffMember, Totp, User, UserSession
from riskportal.identity.proofs import Ways
from riskportal.identity.sessions import end_sessions
from riskportal.identity.users import user_of
from riskportal.tenancy.models import Tenant
from riskportal.tenancy.services import OWNER, TenantConfig, TenantConfigs, lock_tenant

RECORD_KIND = "core.staff_member"


class TeamRefused(Exception):
    """A change of the team against its rules. `code` is one of

    own (one's own role), beyond (a role that may do more than one may oneself), last_owner, member (works here
    already), disabled (the login is switched off), gone (the colleague doesn't work here any more, or whoever
    asks may not change the team any more), changed (a role isn't as whoever asks saw it).
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Chief:
    """Whoever changes the team: their user's id, where roles are looked up, and the permission that this takes."""

    user_id: int
    configs: TenantConfigs
    permission: str


@dataclass(frozen=True)
class Team:
    """The team, held still until the transaction ends, and what its roles may do now."""

    tenant: Tenant
    members: list[StaffMember]
    config: TenantConfig
    held: frozenset[str]

    def may_touch(self, role: str) -> None:
        """TeamRefused when the role may do more than the chief may."""
        if not self.config.role_permissions("staff", role) <= self.held:
            raise TeamRefused("beyond")

    def other(self, chief: Chief, user: User) -> StaffMember:
        """A colleague whom the chief may act on; TeamRefused otherwise."""
        if user.id == chief.user_id:
            raise TeamRefused("own")
        member = _member(self.members, user)
        if member is None:
            raise TeamRefused("gone")
        self.may_touch(member.role)
        return member


@dataclass(frozen=True)
class Colleague:
    """A staff member as the team page shows them; `seen_at` is when they last used the console."""

    member: StaffMember
    user: User
    seen_at: datetime | None
    ways: Ways


def team(db: Session) -> list[Colleague]:
    """Everybody who works for the session's tenant, by name. One statement."""
    rows = db.execute(_team().order_by(func.coalesce(User.name, User.email), User.id))
    return [_colleague(row) for row in rows]


def colleague(db: Session, user_public_id: str) -> Colleague | None:
    """One of the team by the user's public id, None for anybody else."""
    row = db.execute(_team().where(User.public_id == user_public_id)).one_or_none()
    return _colleague(row) if row is not None else None


def _team() -> Any:
    def count(model: type[Password | Passkey | Totp | RecoveryCode], *also: Any) -> Any:
        return select(func.count(model.id)).where(model.user_id == StaffMember.user_id, *also).scalar_subquery()

    of_console = (UserSession.user_id == StaffMember.user_id, UserSession.kind == "staff")
    return (
        select(
            StaffMember,
            select(func.max(UserSession.seen_at)).where(*of_console).scalar_subquery().label("seen_at"),
            count(Password).label("passwords"),
            count(Totp).label("totps"),
            count(Passkey).label("passkeys"),
            count(RecoveryCode, RecoveryCode.used_at.is_(None)).label("codes"),
        )
        .join(User, User.id == StaffMember.user_id)
        .options(contains_eager(StaffMember.user))
    )


def _colleague(row: Any) -> Colleague:
    ways = Ways(bool(row.passwords), bool(row.totps), row.passkeys, row.codes)
    return Colleague(row.StaffMember, row.StaffMember.user, row.seen_at, ways)


def hold_still(db: Session, chief: Chief) -> Team:
    """Keep the team and its roles as they are until the transaction ends; TeamRefused when the chief is none now.

    Call it before anything is changed: what it reads of the tenant is remembered as committed.
    """
    tenant, members = _locked(db)
    config = chief.configs.get(db, tenant)
    own = next((row.role for row in members if row.user_id == chief.user_id), None)
    held = config.role_permissions("staff", own) if own is not None else frozenset()
    if chief.permission not in held:
        raise TeamRefused("gone")
    return Team(tenant, members, config, held)


@dataclass(frozen=True)
class LeftBehind:
    """What another host name leaves behind: how many passkeys of how many people, and the colleagues who have
    nothing else to open the console with."""

    passkeys: int
    people: int
    staff: list[User]


class Moving(Exception):
    """No owner could open the console any more."""


def moving_away(db: Session) -> LeftBehind:
    """What the tenant's passkeys are, which browsers give out under their host name only."""
    passkeys, people = db.execute(select(func.count(Passkey.id), func.count(Passkey.user_id.distinct()))).one()
    return LeftBehind(passkeys, people, [one.user for one in team(db) if _by_passkey_alone(one)])


def check_move(db: Session) -> None:
    """Moving unless an owner can open the console without a passkey, or none can with one either.

    Call it with the tenant locked: it looks at the team anew, which stands still then.
    """
    rows = db.execute(_team().execution_options(populate_existing=True))
    owners = [one for one in map(_colleague, rows) if one.member.role == OWNER and one.user.disabled_at is None]
    ready = [one for one in owners if one.ways.staff_ready]
    if ready and all(_by_passkey_alone(one) for one in ready):
        raise Moving()


def _by_passkey_alone(one: Colleague) -> bool:
    return one.ways.passkeys > 0 and not (one.ways.password and one.ways.totp)


def appoint(db: Session, email: str, role: str, name: str | None, actor: Actor, now: datetime) -> bool:
    """Let a canonical address work for the session's tenant, or change its role; False when it has the role already.

    For the command line, which stands above all roles. TeamRefused: "disabled", or "last_owner", who is protected
    here as well. A given `name` becomes the person's name in any case.
    """
    _tenant, members = _locked(db)
    user = _login_of(db, email)
    if name:
        user.name = name
    member = _member(members, user)
    if member is not None and member.role == role:
        return False
    if member is None:
        _let_work(db, user, role, now)
    else:
        _keep_an_owner(members, without=member, role=role)
        member.role = role
    ref = RecordRef(RECORD_KIND, user.public_id)
    record(db, "core.staff_added", actor=actor, ref=ref, data={"email": email, "role": role})
    return True


def add_colleague(db: Session, chief: Chief, email: str, role: str, name: str | None, now: datetime) -> User:
    """Let a canonical address work for the tenant; TeamRefused says what is against it."""
    still = hold_still(db, chief)
    still.may_touch(role)
    user = _login_of(db, email)
    if _member(still.members, user) is not None:
        raise TeamRefused("member")
    if name:
        user.name = name
    _let_work(db, user, role, now)
    return user


def _login_of(db: Session, email: str) -> User:
    """The login of an address, made when there is none; TeamRefused when it is off.

    Held, so that nobody switches it off (identity.directory) or moves it (identity.email_change) at this very moment.
    """
    user = user_of(db, email)
    db.refresh(user, with_for_update={"key_share": True})
    if user.email != email:
        # It has just moved, and nobody meant the address where it is now.
        return _login_of(db, email)
    if user.disabled_at is not None:
        raise TeamRefused("disabled")
    return user


def _let_work(db: Session, user: User, role: str, now: datetime) -> None:
    """From now on the user's proofs open the console, so that those from before end: whoever read this person's
    mails could have made one in the portal, which asks for less. Links end as well: one to another address would
    carry the colleague's login off. They get a set-up link."""
    end_links(db, user, now)
    for proof in (Passkey, Password, Totp, RecoveryCode):
        db.execute(delete(proof).where(proof.user_id == user.id))
    db.add(StaffMember(user_id=user.id, role=role))


def change_role(db: Session, chief: Chief, user: User, role: str) -> str:
    """Give a colleague another role and return the one before; TeamRefused says what is against it."""
    still = hold_still(db, chief)
    member = still.other(chief, user)
    still.may_touch(role)
    _keep_an_owner(still.members, without=member, role=role)
    before, member.role = member.role, role
    return before


def remove_colleague(db: Session, chief: Chief, user: User, now: datetime) -> str:
    """End a colleague's work here, their console sessions and set-up links at once; returns the role they had.

    The login stays: it may reach bill groups as a customer. TeamRefused says what is against it.
    """
    still = hold_still(db, chief)
    member = still.other(chief, user)
    _keep_an_owner(still.members, without=member, role=None)
    role = member.role
    db.delete(member)
    end_console(db, user, now)
    return role


def check_touch(db: Session, chief: Chief, user: User) -> None:
    """TeamRefused unless the chief may act on this colleague (send a set-up link, end sessions)."""
    hold_still(db, chief).other(chief, user)


def end_console(db: Session, user: User, now: datetime) -> int:
    """End every session of the console that a user has open, and the set-up links that wait for them; returns how
    many sessions ended."""
    end_links(db, user, now, STAFF_SETUP)
    return end_sessions(db, user, now, UserSession.kind == "staff")


def _locked(db: Session) -> tuple[Tenant, list[StaffMember]]:
    tenant = lock_tenant(db)
    query = select(StaffMember).options(joinedload(StaffMember.user)).order_by(StaffMember.id)
    # What this session read before the lock may be old by now.
    return tenant, list(db.scalars(query.execution_options(populate_existing=True)))


def _member(members: list[StaffMember], user: User) -> StaffMember | None:
    return next((row for row in members if row.user_id == user.id), None)


def _keep_an_owner(members: list[StaffMember], *, without: StaffMember, role: str | None) -> None:
    """An owner who can sign in remains once `without` has `role` (None: no role any more)."""
    if without.role != OWNER or role == OWNER:
        return
    others = [row for row in members if row is not without]
    if not any(row.role == OWNER and row.user.disabled_at is None for row in others):
        raise TeamRefused("last_owner")
