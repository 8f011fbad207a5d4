"""Reading payments of the session's bill group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from riskportal.db.keyset import Key, Order, sorted_by, turn
from riskportal_billing.models import Allocation, Invoice, Payment

PAGE_SIZE = 25
# Those of one day in the order in which they were booked.
_BY_DAY = Order("received", (Key(Payment.received_on), Key(Payment.created_at)), tie=Payment)
_NEWEST = sorted_by(_BY_DAY.turned())


@dataclass(frozen=True)
class Share:
    """What a payment gave to an invoice, in minor units."""

    number: str | None
    public_id: str
    amount_minor: int


@dataclass(frozen=True)
class Received:
    """A payment or refund with its shares."""

    payment: Payment
    shares: Sequence[Share]

    @property
    def rest_minor(self) -> int:
        """What belongs to no invoice yet; a failed payment has nothing to give."""
        if self.payment.state == "failed":
            return 0
        return self.payment.amount_minor - sum(share.amount_minor for share in self.shares)


@dataclass(frozen=True)
class PaymentPage:
    """One page of the list, and the cursors of its neighbours, None at the ends."""

    rows: Sequence[Received]
    before: str | None
    after: str | None


def latest_payments(db: Session, limit: int) -> list[Received]:
    """The newest payments and refunds, in one statement."""
    return _with_shares(db, select(Payment.id).order_by(*_NEWEST).limit(limit))


def payment_page(db: Session, cursor: str | None) -> PaymentPage:
    """Payments and refunds, newest first, in two statements. BadCursor when the cursor isn't one of this list."""
    page = turn(db, select(Payment.id), _BY_DAY.turned(), cursor, PAGE_SIZE)
    return PaymentPage(_with_shares(db, [row.id for row in page.rows]), page.before, page.after)


def _with_shares(db: Session, ids: Any) -> list[Received]:
    """The payments with some ids, or those of a query, newest first, each with what it gave to which invoice."""
    query = (
        select(Payment, Invoice.number, Invoice.public_id, Allocation.amount_minor)
        .outerjoin(Allocation, Allocation.payment_id == Payment.id)
        .outerjoin(Invoice, Invoice.id == Allocation.invoice_id)
        .where(Payment.id.in_(ids))
        .order_by(*_NEWEST, Allocation.id)
    )
    found: dict[int, tuple[Payment, list[Share]]] = {}
    for payment, number, public_id, amount in db.execute(query):
        _payment, shares = found.setdefault(payment.id, (payment, []))
        if amount is not None:
            shares.append(Share(number, public_id, amount))
    return [Received(payment, shares) for payment, shares in found.values()]
