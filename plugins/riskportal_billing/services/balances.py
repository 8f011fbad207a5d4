"""What a bill group owes, and how it pays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.orm import Session

from riskportal_billing.models import AutoPay, Invoice
from riskportal_billing.services.invoices import is_open


@dataclass(frozen=True)
class OpenSum:
    """What is open in one currency: how many invoices and how much (minor units), and what of it is overdue."""

    currency: str
    count: int
    minor: int
    overdue_count: int
    overdue_minor: int


_LATE = Invoice.due_on < bindparam("today")
# Every page of the portal asks this for the navigation, so it is built once.
_OPEN_SUMS = (
    select(
        Invoice.currency,
        func.count(),
        func.sum(Invoice.open_minor),
        func.sum(case((_LATE, 1), else_=0)),
        func.sum(case((_LATE, Invoice.open_minor), else_=0)),
    )
    .where(is_open())
    .group_by(Invoice.currency)
    .order_by(Invoice.currency)
)


def open_sums(db: Session, today: date) -> list[OpenSum]:
    """What is open, by currency; empty when nothing is. One statement."""
    rows = db.execute(_OPEN_SUMS, {"today": today})
    return [OpenSum(currency, *(int(figure) for figure in figures)) for currency, *figures in rows]


def autopay(db: Session) -> AutoPay | None:
    """How the session's bill group pays by itself; None when nothing was ever set up."""
    return db.scalar(select(AutoPay))
