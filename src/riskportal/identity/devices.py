"""Browsers from which a user has come in before; a sign-in from another one is worth a mail.

A browser is known by a token in a cookie of its own, which outlives sign-out. Nothing is decided by it but the
mail, and whose wrong passwords count together. It is forgotten a year after its last sign-in, when its cookie is
over as well.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from riskportal.identity.models import KnownDevice, User
from riskportal.identity.tokens import hashed

# As long as the cookie lives (security.cookies.YEAR).
KEPT = timedelta(days=365)


def is_known(db: Session, user_id: int, device: str) -> bool:
    """Whether the user (0: nobody) has come in from the browser with this token."""
    return bool(db.scalar(select(exists().where(*_this(user_id, device)))))


def greet(db: Session, user: User, device: str, now: datetime) -> bool:
    """Remember the browser of a sign-in. True when it is new to a user who is known from another browser."""
    seen = db.execute(update(KnownDevice).where(*_this(user.id, device)).values(last_seen_at=now))
    if seen.rowcount:  # type: ignore[attr-defined]
        return False
    first = db.scalar(select(KnownDevice.id).where(KnownDevice.user_id == user.id).limit(1)) is None
    row = KnownDevice(user_id=user.id, device_hash=hashed(device), first_seen_at=now, last_seen_at=now)
    try:
        with db.begin_nested():
            db.add(row)
    except IntegrityError:
        # Two sign-ins of one browser at the same moment; the other one tells the user.
        return False
    return not first


def purge(db: Session, now: datetime) -> int:
    """Forget browsers that nobody came in from for a year; returns how many.

    The one that a user came in from last stays: without any, the next browser would be nobody's news.
    """
    later = aliased(KnownDevice)
    not_the_last = exists().where(
        later.user_id == KnownDevice.user_id,
        or_(
            later.last_seen_at > KnownDevice.last_seen_at,
            and_(later.last_seen_at == KnownDevice.last_seen_at, later.id > KnownDevice.id),
        ),
    )
    result = db.execute(
        delete(KnownDevice)
        .where(KnownDevice.last_seen_at < now - KEPT, not_the_last)
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def _this(user_id: int, device: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return KnownDevice.user_id == user_id, KnownDevice.device_hash == hashed(device)
