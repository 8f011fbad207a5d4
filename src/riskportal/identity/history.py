"""What became of a user's sign-ins: when, how, in which browser, and how each ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, exists, or_, select
from sqlalchemy.orm import Session, aliased

from riskportal.identity.models import KnownDevice, User, UserSession
from riskportal.identity.sessions import Lifetime

KEPT = timedelta(days=90)
OPEN, ENDED, IDLE, OLD = "open", "ended", "idle", "old"


@dataclass(frozen=True)
class SignIn:
    """One sign-in. `end` is open, ended (by a person), idle (nobody used it) or old (its longest time was over).

    `ended_at` (UTC) is None while it is open. `new_device`: the browser had never come in
    before, but another one had.
    """

    session: UserSession
    new_device: bool
    end: str
    ended_at: datetime | None


@dataclass(frozen=True)
class SignIns:
    """A page of sign-ins, newest first; `older` is the public id that the next page goes on after."""

    items: list[SignIn]
    older: str | None


def sign_ins(
    db: Session, user: User, now: datetime, lifetime: Lifetime, *, after: str | None = None, limit: int = 25
) -> SignIns:
    """The user's sign-ins of the last 90 days, newest first; an unknown `after` gives the first page."""
    # The very first browser of a login is new to nobody.
    device, earlier = aliased(KnownDevice), aliased(KnownDevice)
    first_seen = and_(
        exists().where(device.user_id == UserSession.user_id, device.first_seen_at == UserSession.created_at),
        exists().where(earlier.user_id == UserSession.user_id, earlier.first_seen_at < UserSession.created_at),
    )
    query = select(UserSession, first_seen).where(UserSession.user_id == user.id, UserSession.created_at > now - KEPT)
    last = db.scalar(select(UserSession).where(UserSession.user_id == user.id, UserSession.public_id == after))
    if after and last is not None:
        query = query.where(
            or_(
                UserSession.created_at < last.created_at,
                and_(UserSession.created_at == last.created_at, UserSession.id < last.id),
            )
        )
    newest = query.order_by(UserSession.created_at.desc(), UserSession.id.desc())
    rows = db.execute(newest.limit(limit + 1)).all()
    items = [_judged(session, bool(new), now, lifetime) for session, new in rows[:limit]]
    return SignIns(items, items[-1].session.public_id if len(rows) > limit else None)


def purge(db: Session, now: datetime) -> int:
    """Forget sign-ins of more than 90 days ago whose session is over; returns how many."""
    over = or_(UserSession.expires_at < now, UserSession.revoked_at.is_not(None))
    result = db.execute(delete(UserSession).where(UserSession.created_at < now - KEPT, over))
    return int(result.rowcount)  # type: ignore[attr-defined]


def _judged(session: UserSession, new_device: bool, now: datetime, lifetime: Lifetime) -> SignIn:
    """Whatever came first ended it; a session that was over can be revoked no more."""
    ends = [(session.seen_at + lifetime.idle, IDLE), (session.expires_at, OLD)]
    if session.revoked_at is not None:
        ends.append((session.revoked_at, ENDED))
    at, how = min(ends)
    return SignIn(session, new_device, how, at) if at <= now else SignIn(session, new_device, OPEN, None)
