"""What a first sign-in changes: the invitations of a person are taken up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from riskportal.identity.models import Membership, User


def note_arrival(db: Session, user: User, now: datetime) -> None:
    """Note on the user's living memberships, in whatever bill group, that they have come.

    Who has no name of their own yet gets the one that an invitation called them by.
    """
    waiting = (
        Membership.email == user.email,
        Membership.joined_at.is_(None),
        Membership.revoked_at.is_(None),
        or_(Membership.expires_at.is_(None), Membership.expires_at > now),
    )
    if user.name is None:
        called = select(Membership.name).where(*waiting, Membership.name.is_not(None)).order_by(Membership.id)
        user.name = db.scalar(called.limit(1))
    db.execute(update(Membership).where(*waiting).values(joined_at=now))
