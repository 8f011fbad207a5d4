"""How a user wants to be addressed: name, language, time zone, and which mails they want."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from riskportal.identity.models import NotificationChoice, User

NAME_LENGTH = 200


def set_preferences(user: User, *, name: str | None, language: str | None, time_zone: str | None) -> None:
    """Keep a user's own choices; None means: as the provider's portal has it.

    `language` is `en` or `de`, `time_zone` an IANA name. Whether they exist is the caller's to know.
    """
    user.name = name
    user.language = language
    user.time_zone = time_zone


def unwanted_categories(db: Session, user: User) -> frozenset[str]:
    """The categories of mails (`Email.category`) that a user has turned off."""
    choices = select(NotificationChoice.category).where(
        NotificationChoice.user_id == user.id, NotificationChoice.wanted.is_(False)
    )
    return frozenset(db.scalars(choices))


def choose_categories(db: Session, user: User, wanted: Mapping[str, bool]) -> bool:
    """Turn categories on or off; those that `wanted` doesn't name stay as they are. Whether anything changed.

    The category "security" can't be turned off: ValueError.
    """
    if not wanted.get("security", True):
        raise ValueError("mails about security can't be turned off")
    # The user's row keeps two tabs apart: both would find a category without a choice.
    db.execute(select(User.id).where(User.id == user.id).with_for_update(key_share=True))
    rows = {
        row.category: row
        for row in db.scalars(select(NotificationChoice).where(NotificationChoice.user_id == user.id))
    }
    changed = False
    for category, choice in wanted.items():
        row = rows.get(category)
        if choice == (row is None or row.wanted):
            continue
        changed = True
        if row is None:
            db.add(NotificationChoice(user_id=user.id, category=category, wanted=choice))
        else:
            row.wanted = choice
    return changed
