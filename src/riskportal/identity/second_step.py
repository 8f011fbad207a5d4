"""The second step of a sign-in: who has an authenticator app shows its code after link, code or password.

    begun --(right code)--> passed --(finish)--> used
      |
      +-- five tries, five minutes, a newer one in the same browser --> dead

Only the browser that did the first step can do the second. Source: OWASP ASVS 5.0, 6.5.5, 6.6.3.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session, contains_eager
from sqlalchemy.orm.attributes import set_committed_value

from riskportal.identity import recovery, totp
from riskportal.identity.access import may_sign_in
from riskportal.identity.models import PendingSignIn, User
from riskportal.identity.proofs import works_here
from riskportal.identity.tokens import hashed

LIFETIME = timedelta(minutes=5)
TRIES = 5
KEEP = timedelta(days=1)


def may_enter(db: Session, user: User, kind: str, now: datetime) -> bool:
    """Whether the user may have a session of `kind` portal or staff at all, however they prove themselves."""
    if user.disabled_at is not None:
        return False
    return works_here(db, user) if kind == "staff" else may_sign_in(db, user.email, now)


def begin(
    db: Session, user: User, kind: str, method: str, browser: str, next_path: str | None, now: datetime
) -> PendingSignIn:
    """Note that the first step is done by `method`; an earlier one of this browser and kind ends."""
    db.execute(
        update(PendingSignIn)
        .where(*_of(browser, kind), PendingSignIn.used_at.is_(None), PendingSignIn.expires_at > now)
        .values(expires_at=now)
    )
    pending = PendingSignIn(
        user_id=user.id,
        kind=kind,
        method=method,
        browser_hash=hashed(browser),
        next_path=next_path,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    db.add(pending)
    db.flush()
    set_committed_value(pending, "user", user)
    return pending


def pending_of(db: Session, browser: str, kind: str, now: datetime) -> PendingSignIn | None:
    """The newest sign-in of this browser that waits for its second step, with its `user`."""
    pending = db.scalar(
        select(PendingSignIn)
        .join(User, User.id == PendingSignIn.user_id)
        .options(contains_eager(PendingSignIn.user))
        .where(*_of(browser, kind))
        .order_by(PendingSignIn.id.desc())
        .limit(1)
    )
    return pending if pending is not None and _alive(pending, now) else None


def try_code(db: Session, pending: PendingSignIn, typed: str, secret: str, now: datetime) -> str | None:
    """Count a try and compare: "totp" or "recovery" when it was right, None when not or after five tries.

    The count is one guarded UPDATE, so parallel tries can't share a number.
    """
    counted = db.execute(
        update(PendingSignIn)
        .where(PendingSignIn.id == pending.id, PendingSignIn.tries < TRIES)
        .values(tries=PendingSignIn.tries + 1)
    )
    if not counted.rowcount:  # type: ignore[attr-defined]
        return None
    return check_code(db, pending.user, typed, secret, now)


def check_code(db: Session, user: User, typed: str, secret: str, now: datetime) -> str | None:
    """A code of the user's app ("totp") or one of their recovery codes ("recovery"), spent by asking; else None."""
    if totp.verify(db, user, typed, secret, now):
        return "totp"
    return "recovery" if recovery.use(db, user, typed, secret, now) else None


def finish(db: Session, pending: PendingSignIn, now: datetime) -> User | None:
    """Spend the passed second step and give its user; None when it is spent, over, or they may not enter any more."""
    spent = db.execute(
        update(PendingSignIn)
        .where(PendingSignIn.id == pending.id, PendingSignIn.used_at.is_(None), PendingSignIn.expires_at > now)
        .values(used_at=now)
    )
    if not spent.rowcount or not may_enter(db, pending.user, pending.kind, now):  # type: ignore[attr-defined]
        return None
    return pending.user


def end_pending(db: Session, user: User, now: datetime) -> None:
    """End every sign-in of a user that waits for its second step."""
    db.execute(
        update(PendingSignIn)
        .where(PendingSignIn.user_id == user.id, PendingSignIn.used_at.is_(None))
        .values(used_at=now)
    )


def purge(db: Session, now: datetime) -> int:
    """Forget what ended a day ago; returns how many."""
    result = db.execute(delete(PendingSignIn).where(PendingSignIn.expires_at < now - KEEP))
    return int(result.rowcount)  # type: ignore[attr-defined]


def _of(browser: str, kind: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return PendingSignIn.browser_hash == hashed(browser), PendingSignIn.kind == kind


def _alive(pending: PendingSignIn, now: datetime) -> bool:
    return pending.used_at is None and pending.expires_at > now and pending.tries < TRIES
