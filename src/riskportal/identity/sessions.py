"""Sessions are rows: opened, listed, revoked, and dead once idle or old."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.orm import Session, contains_eager

from riskportal.identity.models import User, UserSession
from riskportal.identity.tokens import hashed, new_token

# How stale `seen_at` may be before a request writes it again: a page view should not cost a write.
SEEN_EVERY = timedelta(minutes=10)
USER_AGENT_LENGTH = 300


@dataclass(frozen=True)
class Lifetime:
    """How long a session lives without a page (idle) and at most (absolute)."""

    idle: timedelta
    absolute: timedelta


def open_session(
    db: Session,
    user: User,
    kind: str,
    now: datetime,
    lifetime: Lifetime,
    ip: str | None,
    user_agent: str | None,
    method: str = "link",
) -> tuple[UserSession, str]:
    """Open a session of `kind` portal or staff. Returns the row and the token for the cookie, kept nowhere else.

    `method` is how the person came in: link, code, password, passkey or setup.
    """
    token = new_token()
    row = UserSession(
        user_id=user.id,
        kind=kind,
        token_hash=hashed(token),
        created_at=now,
        seen_at=now,
        expires_at=now + lifetime.absolute,
        method=method,
        proved_at=now,
        ip=ip,
        # PostgreSQL's text holds no NUL, and a list of sessions no control characters.
        user_agent="".join(filter(str.isprintable, user_agent or ""))[:USER_AGENT_LENGTH] or None,
    )
    db.add(row)
    db.flush()
    return row, token


# Built once: every request of a signed-in browser runs it.
_LIVING = (
    select(UserSession)
    .join(User, User.id == UserSession.user_id)
    .options(contains_eager(UserSession.user))
    .where(
        UserSession.token_hash == bindparam("token_hash"),
        UserSession.revoked_at.is_(None),
        UserSession.expires_at > bindparam("now"),
        UserSession.seen_at > bindparam("idle_since"),
        User.disabled_at.is_(None),
    )
)


def find_session(db: Session, token: str, now: datetime, lifetime: Lifetime) -> UserSession | None:
    """The living session of a cookie's token with its user, None when it is unknown, over, revoked or disabled."""
    return db.scalar(_LIVING, {"token_hash": hashed(token), "now": now, "idle_since": now - lifetime.idle})


def touch(db: Session, session_id: int, now: datetime) -> None:
    """Note that the session was used."""
    db.execute(update(UserSession).where(UserSession.id == session_id, UserSession.seen_at < now).values(seen_at=now))


def sessions_of(db: Session, user: User, now: datetime, lifetime: Lifetime, limit: int = 50) -> list[UserSession]:
    """The user's living sessions, most recently used first."""
    return list(
        db.scalars(
            select(UserSession)
            .where(
                UserSession.user_id == user.id,
                UserSession.revoked_at.is_(None),
                UserSession.expires_at > now,
                UserSession.seen_at > now - lifetime.idle,
            )
            .order_by(UserSession.seen_at.desc(), UserSession.id.desc())
            .limit(limit)
        )
    )


def revoke(db: Session, user: User, public_id: str, now: datetime) -> bool:
    """End one session of this user at once; False when they have no such session, or its time was over already."""
    return end_sessions(db, user, now, UserSession.public_id == public_id) > 0


def revoke_others(db: Session, user: User, keep_id: int, now: datetime) -> int:
    """End every session of this user but `keep_id`; returns how many ended."""
    return end_sessions(db, user, now, UserSession.id != keep_id)


def end_sessions(db: Session, user: User, now: datetime, *which: ColumnElement[bool]) -> int:
    """End the user's sessions that fulfil `which`, in portal and console; returns how many ended.

    Those whose longest time is over, or that somebody has ended, stay as they are. Idle ones end as well: they
    would wake when the provider allows a longer pause.
    """
    result = db.execute(
        update(UserSession)
        .where(UserSession.user_id == user.id, UserSession.revoked_at.is_(None), UserSession.expires_at > now, *which)
        .values(revoked_at=now)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]
