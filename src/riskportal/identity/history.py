"""What became of a user's sign-ins: when, how, in which browser, and how each ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, exists, or_, select
from sqlalchemy.orm import Session, aliased

from riskportal.db.keyset import Key, Order, turn
from riskportal.identity.models import KnownDevice, User, UserSession
from riskportal.identity.sessions import Lifetime

KEPT = timedelta(days=90)
PAGE_SIZE = 25
OPEN, ENDED, IDLE, OLD = "open", "ended", "idle", "old"
_BY_TIME = Order("signed_in", (Key(UserSession.created_at),), tie=UserSession)


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
    """A page of sign-ins, newest first, and the cursors of its neighbours, None at the ends."""

    items: list[SignIn]
    before: str | None
    after: str | None


def sign_ins(
    db: Session, user: User, now: datetime, lifetime: Lifetime, cursor: str | None = None, size: int = PAGE_SIZE
) -> SignIns:
    """The user's sign-ins of the last 90 days, newest first. BadCursor when the cursor isn't one of this list."""
    # The very first browser of a login is new to nobody.
    device, earlier = aliased(KnownDevice), aliased(KnownDevice)
    first_seen = and_(
        exists().where(device.user_id == UserSession.user_id, device.first_seen_at == UserSession.created_at),
        exists().where(earlier.user_id == UserSession.user_id, earlier.first_seen_at < UserSession.created_at),
    )
    query = select(UserSession, first_seen).where(UserSession.user_id == user.id, UserSession.created_at > now - KEPT)
    page = turn(db, query, _BY_TIME.turned(), cursor, size)
    items = [_judged(session, bool(new), now, lifetime) for session, new, *_hidden in page.rows]
    return SignIns(items, page.before, page.after)


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
