"""Reading payments of the session's bill group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from riskportal_billing.models import Allocation, Invoice, Payment
from riskportal_billing.services.cursors import Cursor, Position

PAGE_SIZE = 25


@dataclass(frozen=True)
class Share:
    """What a payment gave to an invoice, in minor units."""

    number: str
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
    """One page of the list, and the cursors of its neighbours."""

    rows: Sequence[Received]
    newer: str | None
    older: str | None


def latest_payments(db: Session, limit: int) -> list[Received]:
    """The newest payments and refunds, without their shares."""
    query = select(Payment).order_by(Payment.received_on.desc(), Payment.id.desc()).limit(limit)
    return [Received(payment, ()) for payment in db.scalars(query)]


def payment_page(db: Session, position: Position) -> PaymentPage:
    """Payments and refunds, newest first, in two statements."""
    query = position.apply(select(Payment), Payment, Payment.received_on, PAGE_SIZE)
    payments, newer, older = position.cut(list(db.scalars(query)), PAGE_SIZE)
    return PaymentPage(
        rows=_with_shares(db, payments),
        newer=_cursor(payments[0]) if payments and newer else None,
        older=_cursor(payments[-1]) if payments and older else None,
    )


def _cursor(payment: Payment) -> str:
    return str(Cursor(payment.received_on, payment.public_id))


def _with_shares(db: Session, payments: Sequence[Payment]) -> list[Received]:
    shares: dict[int, list[Share]] = {payment.id: [] for payment in payments}
    if payments:
        query = (
            select(Allocation.payment_id, Invoice.number, Invoice.public_id, Allocation.amount_minor)
            .join(Invoice, Invoice.id == Allocation.invoice_id)
            .where(Allocation.payment_id.in_(shares))
            .order_by(Invoice.issued_on, Invoice.id)
        )
        for payment_id, *share in db.execute(query):
            shares[payment_id].append(Share(*share))
    return [Received(payment, shares[payment.id]) for payment in payments]
