"""Reading payments of the session's bill group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from riskportal_billing.models import Allocation, Invoice, Payment
from riskportal_billing.services.cursors import Cursor, Position

PAGE_SIZE = 25


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
    """One page of the list, and the cursors of its neighbours."""

    rows: Sequence[Received]
    newer: str | None
    older: str | None


def latest_payments(db: Session, limit: int) -> list[Received]:
    """The newest payments and refunds."""
    return _with_shares(db, select(Payment.id).order_by(Payment.received_on.desc(), Payment.id.desc()).limit(limit))


def payment_page(db: Session, position: Position) -> PaymentPage:
    """Payments and refunds, newest first, in one statement."""
    found = _with_shares(db, position.apply(select(Payment.id), Payment, Payment.received_on, PAGE_SIZE))
    # The page comes newest first; `cut` takes the rows as the query found them, oldest first on the way back.
    found = found[::-1] if position.before is not None else found
    rows, newer, older = position.cut(found, PAGE_SIZE)
    return PaymentPage(
        rows=rows,
        newer=_cursor(rows[0].payment) if rows and newer else None,
        older=_cursor(rows[-1].payment) if rows and older else None,
    )


def _cursor(payment: Payment) -> str:
    return str(Cursor(payment.received_on, payment.public_id))


def _with_shares(db: Session, ids: Any) -> list[Received]:
    """The payments that a query of ids finds, newest first, each with what it gave to which invoice."""
    query = (
        select(Payment, Invoice.number, Invoice.public_id, Allocation.amount_minor)
        .outerjoin(Allocation, Allocation.payment_id == Payment.id)
        .outerjoin(Invoice, Invoice.id == Allocation.invoice_id)
        .where(Payment.id.in_(ids))
        .order_by(Payment.received_on.desc(), Payment.id.desc(), Allocation.id)
    )
    found: dict[int, tuple[Payment, list[Share]]] = {}
    for payment, number, public_id, amount in db.execute(query):
        _payment, shares = found.setdefault(payment.id, (payment, []))
        if amount is not None:
            shares.append(Share(number, public_id, amount))
    return [Received(payment, shares) for payment, shares in found.values()]
