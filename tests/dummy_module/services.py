"""All reads and writes of notes."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from dummy_module.models import Note
from riskportal.contracts.records import RecordRef
from riskportal.customers.models import BillGroup
from riskportal.identity.models import User


class INotes(Protocol):
    """What other modules may ask the notebook."""

    def count(self) -> int:
        """How many notes the bill group of the request has."""
        ...


class Notes:
    """Answers INotes for the session's scope."""

    def __init__(self, db: Session) -> None:
        self._db = db

    def count(self) -> int:
        return self._db.scalar(select(func.count()).select_from(Note)) or 0


def load_note(db: Session, public_id: str) -> Note | None:
    """The note in the session's scope."""
    return db.scalar(select(Note).where(Note.public_id == public_id))


def notes(db: Session, limit: int = 50) -> list[Note]:
    """The newest notes in the session's scope."""
    return list(db.scalars(select(Note).order_by(Note.id.desc()).limit(limit)))


def unanswered(db: Session) -> int:
    """How many notes wait for an answer."""
    return db.scalar(select(func.count()).select_from(Note).where(Note.answer.is_(None))) or 0


def find(db: Session, query: str, limit: int) -> list[Note]:
    """Notes whose text holds the query."""
    return list(db.scalars(select(Note).where(Note.text.icontains(query, autoescape=True)).limit(limit)))


def about(db: Session, ref: RecordRef) -> list[Note]:
    """Notes about another module's record."""
    return list(db.scalars(select(Note).where(Note.about_kind == ref.kind, Note.about_id == ref.public_id)))


def of_bill_group(db: Session, public_id: str) -> list[Note]:
    """Notes of one bill group, in a session that sees all of the tenant."""
    group = select(BillGroup.id).where(BillGroup.public_id == public_id).scalar_subquery()
    return list(db.scalars(select(Note).where(Note.bill_group_id == group)))


def write(db: Session, author: str, text: str, ref: RecordRef | None = None) -> Note:
    """Write a note into the session's bill group."""
    note = Note(author=author, text=text)
    if ref is not None:
        note.about_kind, note.about_id = ref.kind, ref.public_id
    db.add(note)
    db.flush()
    return note


def answer(db: Session, note: Note, text: str) -> None:
    """Answer a note."""
    note.answer = text
    db.flush()


def of_author(db: Session, user: User) -> list[Note]:
    """Every note that a user wrote."""
    return list(db.scalars(select(Note).where(Note.author == user.email)))


def forget(db: Session, user: User) -> None:
    """Delete every note that a user wrote."""
    db.execute(delete(Note).where(Note.author == user.email))
