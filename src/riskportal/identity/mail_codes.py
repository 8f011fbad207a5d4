"""Codes by mail for somebody who is signed in and shall prove again who they are.

Good for one session, ten minutes and five tries; a newer code ends the older. Kept as a hash. Source: OWASP ASVS
5.0, 6.5.5, 6.6.3, 7.5.3.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from riskportal.identity.links import make_link, spend
from riskportal.identity.models import OneTimeLink, User, UserSession
from riskportal.identity.tokens import clean_code, keyed_hash, new_code

PURPOSE = "prove"
LIFETIME = timedelta(minutes=10)
TRIES = 5


def make_code(db: Session, user: User, session: UserSession, secret: str, now: datetime) -> str:
    """A new code for this session of the user, as "K7QP-3MXD"; it is to be mailed to them."""
    code = new_code()
    data = {"session": session.id, "code": _hash(secret, session, code), "tries": 0}
    # The link's own token stays unused: its row counts the tries and holds the hash of the short code.
    make_link(db, user, PURPOSE, now, data, LIFETIME)
    return f"{code[:4]}-{code[4:]}"


def is_waiting(db: Session, user: User, session: UserSession, now: datetime) -> bool:
    """Whether a code for this session is on its way and can still be typed."""
    row = _newest(db, user, lock=False)
    return row is not None and _counts(row, session, now)


def was_made(db: Session, user: User, session: UserSession) -> bool:
    """Whether the newest code was made for this session, be it used up or over by now."""
    row = _newest(db, user, lock=False)
    return row is not None and bool(row.data["session"] == session.id)


def try_code(db: Session, user: User, session: UserSession, typed: str, secret: str, now: datetime) -> bool:
    """Count a try and compare; the right code is used up. Tries stand behind the row's lock, one after another."""
    row = _newest(db, user, lock=True)
    if row is None or not _counts(row, session, now):
        return False
    row.data = {**row.data, "tries": row.data["tries"] + 1}
    if row.data["code"] != _hash(secret, session, clean_code(typed)):
        return False
    db.flush()
    return spend(db, row, now)


def _newest(db: Session, user: User, *, lock: bool) -> OneTimeLink | None:
    newest = (
        select(OneTimeLink)
        .where(OneTimeLink.user_id == user.id, OneTimeLink.purpose == PURPOSE)
        .order_by(OneTimeLink.id.desc())
        .limit(1)
    )
    return db.scalar(newest.with_for_update().execution_options(populate_existing=True) if lock else newest)


def _counts(row: OneTimeLink, session: UserSession, now: datetime) -> bool:
    return (
        row.used_at is None
        and row.expires_at > now
        and row.data["session"] == session.id
        and row.data["tries"] < TRIES
    )


def _hash(secret: str, session: UserSession, code: str) -> str:
    return keyed_hash(secret, f"proof by mail in session {session.id}", code)
