"""Links that do one thing once: a staff member's set-up, the check of a new e-mail address.

    made --(spend)--> used
      |
      +-- newer link of the same purpose, or its time is over --> dead

Looking at a link changes nothing, however often a mail scanner opens it: only what it was made for spends it.
The token is kept as a hash.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.orm import Session, aliased, contains_eager

from riskportal.identity.models import OneTimeLink, User
from riskportal.identity.tokens import hashed, new_token

LIFETIME = timedelta(hours=24)
KEEP_LINKS = timedelta(days=30)
STAFF_SETUP = "staff_setup"
EMAIL_CHANGE = "email_change"


def make_link(
    db: Session,
    user: User,
    purpose: str,
    now: datetime,
    data: dict[str, Any] | None = None,
    lifetime: timedelta = LIFETIME,
) -> str:
    """Make a link and return its token, kept nowhere else; older links of this user and purpose die."""
    end_links(db, user, now, purpose)
    token = new_token()
    db.add(
        OneTimeLink(
            user_id=user.id,
            purpose=purpose,
            token_hash=hashed(token),
            data=data or {},
            created_at=now,
            expires_at=now + lifetime,
        )
    )
    db.flush()
    return token


def open_link(db: Session, token: str, purpose: str, now: datetime) -> OneTimeLink | None:
    """The living link with its `user`; None when it is unknown, used, over, or its user is disabled.

    The newest alone counts: two that are made at the same moment can't see and end each other.
    """
    newer = aliased(OneTimeLink)
    overtaken = exists().where(
        newer.user_id == OneTimeLink.user_id, newer.purpose == OneTimeLink.purpose, newer.id > OneTimeLink.id
    )
    return db.scalar(
        select(OneTimeLink)
        .join(User, User.id == OneTimeLink.user_id)
        .options(contains_eager(OneTimeLink.user))
        .where(
            OneTimeLink.token_hash == hashed(token),
            OneTimeLink.purpose == purpose,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > now,
            User.disabled_at.is_(None),
            ~overtaken,
        )
    )


def spend(db: Session, link: OneTimeLink, now: datetime) -> bool:
    """Use the link up; False when somebody else was faster or its time is over."""
    spent = db.execute(
        update(OneTimeLink)
        .where(OneTimeLink.id == link.id, OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > now)
        .values(used_at=now)
    )
    return bool(spent.rowcount)  # type: ignore[attr-defined]


def living(user: User, now: datetime, purpose: str | None = None) -> list[ColumnElement[bool]]:
    """Which links of a user can still be used, for one purpose or (None) for any."""
    found = [OneTimeLink.user_id == user.id, OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > now]
    return found if purpose is None else [*found, OneTimeLink.purpose == purpose]


def end_links(db: Session, user: User, now: datetime, purpose: str | None = None) -> int:
    """End the living links of a user, for one purpose or (None) whatever they are for; returns how many."""
    ended = db.execute(update(OneTimeLink).where(*living(user, now, purpose)).values(expires_at=now))
    return int(ended.rowcount)  # type: ignore[attr-defined]


def purge(db: Session, now: datetime) -> int:
    """Forget links that ended a month ago; returns how many."""
    result = db.execute(delete(OneTimeLink).where(OneTimeLink.expires_at < now - KEEP_LINKS))
    return int(result.rowcount)  # type: ignore[attr-defined]
