"""Whom invoices may be mailed to."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from riskportal.customers.models import Contact

# A form that lists more of them is no help.
MOST = 10


def billing_contacts(db: Session) -> list[Contact]:
    """The billing contacts of the session's bill group that have an address, in the order they were written down."""
    query = select(Contact).where(Contact.kind == "billing", Contact.email.is_not(None))
    return list(db.scalars(query.order_by(Contact.id).limit(MOST)))
