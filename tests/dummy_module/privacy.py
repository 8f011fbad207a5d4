"""Personal data of the notebook."""

from __future__ import annotations

from collections.abc import Iterable
from json import dumps

from sqlalchemy.orm import Session

from dummy_module import services
from riskportal.identity.models import User


def export(db: Session, user: User) -> Iterable[tuple[str, bytes]]:
    """The user's notes as one JSON file."""
    yield "notes.json", dumps([note.text for note in services.of_author(db, user)]).encode()


def erase(db: Session, user: User) -> None:
    """Delete the user's notes."""
    services.forget(db, user)
