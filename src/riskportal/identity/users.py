"""Users: found by their canonical address, made when they are first needed."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from riskportal.identity.models import User


def user_of(db: Session, email: str) -> User:
    """The user of the session's tenant with a canonical address; made when there is none yet."""
    known = find_user(db, email)
    if known is not None:
        return known
    user = User(email=email)
    try:
        with db.begin_nested():
            db.add(user)
    except IntegrityError:
        # Two came to the address at the same moment, by a first sign-in or to hire somebody; the other one made it.
        return db.scalars(select(User).where(User.email == email)).one()
    return user


def set_language(user: User, language: str) -> None:
    """Remember the language (`en`, `de`) in which the user wants pages and mails."""
    user.language = language


def find_user(db: Session, email: str) -> User | None:
    """The user of the session's tenant with a canonical address, None when there is none."""
    return db.scalar(select(User).where(User.email == email))
