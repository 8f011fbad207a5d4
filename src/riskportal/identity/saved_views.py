"""Saved views: a staff member's own named filters of the console's lists. Nobody else sees them."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from riskportal.identity.models import SavedView, User

MOST = 30
NAME_LENGTH = 60
QUERY_LENGTH = 1000


class TooManyViews(ValueError):
    """A list has as many saved views of this person as it may have."""


def views_of(db: Session, user: User, page: str) -> list[SavedView]:
    """A person's views of one list, by name."""
    query = select(SavedView).where(SavedView.user_id == user.id, SavedView.page == page)
    return list(db.scalars(query.order_by(func.lower(SavedView.name), SavedView.id)))


def save_view(db: Session, user: User, page: str, name: str, query: str) -> SavedView:
    """Keep a list's query string under a name; a view of that name is replaced. TooManyViews beyond MOST."""
    # The user's row keeps two tabs apart: both would find the name free.
    db.execute(select(User.id).where(User.id == user.id).with_for_update(key_share=True))
    known = {view.name: view for view in views_of(db, user, page)}
    view = known.get(name)
    if view is not None:
        view.query = query
        return view
    if len(known) >= MOST:
        raise TooManyViews()
    view = SavedView(user_id=user.id, page=page, name=name, query=query)
    db.add(view)
    db.flush()
    return view


def own_view(db: Session, user: User, public_id: str) -> SavedView | None:
    """A person's own view, None for anybody else's."""
    return db.scalar(select(SavedView).where(SavedView.user_id == user.id, SavedView.public_id == public_id))


def forget_view(db: Session, view: SavedView) -> None:
    """Delete a view."""
    db.delete(view)
    db.flush()
