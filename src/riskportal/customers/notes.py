"""What staff write down about customers. Customers never see it: no page, mail or file of theirs reads this table."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from riskportal.customers.models import BillGroup, Customer, StaffNote

TEXT_LENGTH = 10_000
# More are never shown at once; the newest stay.
SHOWN = 200


class NotYours(Exception):
    """Only its author deletes a note."""


def notes_of(db: Session, customer: Customer, group: BillGroup | None = None) -> list[StaffNote]:
    """The notes about a customer and its bill groups, or about one bill group: pinned ones first, then the newest."""
    query = select(StaffNote).where(StaffNote.customer_id == customer.id)
    if group is not None:
        query = query.where(StaffNote.bill_group_id == group.id)
    return list(
        db.scalars(
            query.order_by(StaffNote.pinned.desc(), StaffNote.created_at.desc(), StaffNote.id.desc()).limit(SHOWN)
        )
    )


def count_notes(db: Session, customer: Customer, group: BillGroup | None = None) -> int:
    """How many there are."""
    query = select(func.count()).select_from(StaffNote).where(StaffNote.customer_id == customer.id)
    if group is not None:
        query = query.where(StaffNote.bill_group_id == group.id)
    return db.scalar(query) or 0


def load_note(db: Session, public_id: str) -> StaffNote | None:
    """A note of the session's tenant."""
    return db.scalar(select(StaffNote).where(StaffNote.public_id == public_id))


def add_note(
    db: Session,
    customer: Customer,
    group: BillGroup | None,
    *,
    public_id: str,
    author: tuple[int, str],
    text: str,
    pinned: bool = False,
) -> tuple[StaffNote, bool]:
    """A new note, and True; the one with this public id, and False, when the form came twice. `author` is a user's
    id and name."""
    db.refresh(customer, with_for_update={"key_share": True})
    known = load_note(db, public_id)
    if known is not None:
        return known, False
    note = StaffNote(
        public_id=public_id,
        customer_id=customer.id,
        bill_group_id=group.id if group is not None else None,
        author_id=author[0],
        author_name=author[1][:200],
        text=text,
        pinned=pinned,
    )
    db.add(note)
    db.flush()
    return note, True


def pin_note(db: Session, note: StaffNote, pinned: bool) -> None:
    """Keep a note on top, or let it take its place again."""
    note.pinned = pinned
    db.flush()


def delete_note(db: Session, note: StaffNote, author_id: int) -> None:
    """Delete one's own note. NotYours."""
    if note.author_id != author_id:
        raise NotYours()
    db.delete(note)
    db.flush()
