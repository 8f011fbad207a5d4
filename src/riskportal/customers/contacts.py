"""The contacts of a bill group: whom invoices and parcels go to, and whoever else shall be known.

At most one billing and one shipping contact; without one it is the account itself. Names and addresses
come from a form that has checked them.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from riskportal.customers.details import ADDRESS, lock_bill_group
from riskportal.customers.models import CONTACT_KINDS, BillGroup, Contact
from riskportal.db.changes import Change, differences, values_of

FIELDS = ("name", "email", "phone", *ADDRESS)
SINGLE_KINDS = ("billing", "shipping")
MOST_CONTACTS = 50


class ContactRefused(Exception):
    """`reason` is "taken" (there is one of this kind already), "full" (MOST_CONTACTS) or "gone" (removed)."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"contact refused: {reason}")
        self.reason = reason


def contacts_of(db: Session, bill_group: BillGroup) -> dict[str, list[Contact]]:
    """The contacts by kind, each kind in the order they were added."""
    query = select(Contact).where(Contact.bill_group_id == bill_group.id).order_by(Contact.id)
    found: dict[str, list[Contact]] = {kind: [] for kind in CONTACT_KINDS}
    for contact in db.scalars(query.limit(2 * MOST_CONTACTS)):
        found[contact.kind].append(contact)
    return found


def contact_of(db: Session, bill_group: BillGroup, public_id: str) -> Contact | None:
    """A contact of this bill group, None for another's; for sessions that see the whole tenant."""
    return db.scalar(select(Contact).where(Contact.public_id == public_id, Contact.bill_group_id == bill_group.id))


def find_contact(db: Session, public_id: str) -> Contact | None:
    """A contact of the session's bill group, or None."""
    return db.scalar(select(Contact).where(Contact.public_id == public_id))


def contact_values(contact: Contact) -> dict[str, str | None]:
    """What can be changed about a contact, by field."""
    return values_of(contact, FIELDS)


def add_contact(
    db: Session, bill_group: BillGroup, kind: str, values: Mapping[str, str | None], *, public_id: str
) -> tuple[Contact, tuple[Change, ...]]:
    """A new contact and its values as changes, none for one that is there because the form came twice.

    ContactRefused when there is no room for it.
    """
    # Two who add a billing contact at once wait for each other here.
    lock_bill_group(db, bill_group)
    known = contact_of(db, bill_group, public_id)
    if known is not None:
        return known, ()
    of_kind = select(func.count()).select_from(Contact).where(Contact.bill_group_id == bill_group.id)
    if kind in SINGLE_KINDS and db.scalar(of_kind.where(Contact.kind == kind)):
        raise ContactRefused("taken")
    if (db.scalar(of_kind) or 0) >= MOST_CONTACTS:
        raise ContactRefused("full")
    given = {field: values.get(field) or None for field in FIELDS}
    contact = Contact(public_id=public_id, bill_group_id=bill_group.id, kind=kind, **given)
    db.add(contact)
    db.flush()
    return contact, differences(dict.fromkeys(FIELDS), given)


def change_contact(
    db: Session, contact: Contact, values: Mapping[str, str | None], *, seen: str | None = None
) -> tuple[Change, ...]:
    """Write the given fields; what changed. Outdated when `seen` isn't the row's mark, ContactRefused "gone"."""
    _lock(db, contact)
    wanted = {field: values[field] or None for field in FIELDS if field in values}
    changes = differences(contact_values(contact), wanted, seen)
    for change in changes:
        setattr(contact, change.field, change.new)
    db.flush()
    return changes


def remove_contact(db: Session, contact: Contact) -> tuple[Change, ...]:
    """Remove a contact; its values as changes to nothing. ContactRefused "gone" when somebody else did."""
    _lock(db, contact)
    changes = differences(contact_values(contact), dict.fromkeys(FIELDS))
    db.delete(contact)
    db.flush()
    return changes


def _lock(db: Session, contact: Contact) -> None:
    query = select(Contact.id).where(Contact.id == contact.id).with_for_update()
    if db.scalar(query) is None:
        raise ContactRefused("gone")
    db.refresh(contact)
