"""Invoices as the provider's staff see them: of the whole tenant, of a customer, of a bill group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, case, func, select
from sqlalchemy.orm import Session

from riskportal.contracts.records import RecordRef
from riskportal.customers.models import BillGroup, Customer
from riskportal.db.keyset import At, Key, Order, Page, by_name, turn
from riskportal.db.words import Narrowed, begins, holds_any_case, narrowed
from riskportal_billing.models import Invoice
from riskportal_billing.services.invoices import BY_DAY, LEAN, VISIBLE, in_state, is_open

ORDERS = by_name(
    BY_DAY,
    Order("due", (Key(Invoice.due_on), Key(Invoice.number))),
    Order("number", (Key(Invoice.number),)),
)
AnyRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True)
class StateSum:
    """How many invoices of one currency stand in a state (open, overdue, paid, cancelled) and what they come to in
    minor units: of open and overdue ones what is still open, of the others their totals."""

    state: str
    currency: str
    count: int
    minor: int


@dataclass(frozen=True)
class Overdue:
    """What of a tenant's invoices is overdue: how many, by currency how much (minor units), and since when."""

    count: int
    sums: Sequence[tuple[str, int]]
    oldest: date


def of_record(ref: RecordRef | None) -> list[ColumnElement[bool]]:
    """The condition that an invoice belongs to a customer or a bill group; none for the whole tenant."""
    if ref is None:
        return []
    if ref.kind == "core.bill_group":
        groups = select(BillGroup.id).where(BillGroup.public_id == ref.public_id)
    else:
        groups = (
            select(BillGroup.id)
            .join(Customer, Customer.id == BillGroup.customer_id)
            .where(Customer.public_id == ref.public_id)
        )
    return [Invoice.bill_group_id.in_(groups)]


def desk_page(db: Session, ref: RecordRef | None, text: str, state: str, today: date, at: At) -> Page:
    """A page of invoices in a state whose number holds `text`; rows carry `Invoice`, `group` and `customer` (names)
    and `group_id` (the group's public id)."""
    query = (
        select(
            Invoice,
            BillGroup.name.label("group"),
            BillGroup.public_id.label("group_id"),
            Customer.name.label("customer"),
        )
        .join(BillGroup, BillGroup.id == Invoice.bill_group_id)
        .join(Customer, Customer.id == BillGroup.customer_id)
        .options(*LEAN)
        .where(in_state(state, today), *of_record(ref))
    )
    found = _numbers(db, [holds_any_case(Invoice.number, text)] if text else [])
    return at.turn(db, query.where(*found), ORDERS, few=found.few or state == "cancelled")


_LATE = Invoice.due_on < bindparam("today")
_STATE = case(
    (Invoice.document_state == "cancelled", "cancelled"),
    (is_open() & _LATE, "overdue"),
    (is_open(), "open"),
    (Invoice.payment_state == "paid", "paid"),
    else_="refunded",
).label("state")
_MINOR = func.sum(case((is_open(), Invoice.open_minor), else_=Invoice.total_minor))


def state_sums(db: Session, ref: RecordRef, today: date) -> list[StateSum]:
    """Sums per state and currency of a customer's or bill group's invoices, in one statement; "open" leaves out what
    is overdue."""
    query = (
        select(_STATE, Invoice.currency, func.count(), _MINOR)
        .where(Invoice.document_state.in_(VISIBLE), *of_record(ref))
        .group_by(_STATE, Invoice.currency)
        .order_by(Invoice.currency)
    )
    rows = db.execute(query, {"today": today})
    return [StateSum(state, currency, count, int(minor)) for state, currency, count, minor in rows]


def open_count(db: Session, ref: RecordRef) -> int:
    """How many open invoices a customer or bill group has."""
    return db.scalar(select(func.count(Invoice.id)).where(is_open(), *of_record(ref))) or 0


# The staff's home asks it on every visit.
_OVERDUE = (
    select(Invoice.currency, func.count(), func.sum(Invoice.open_minor), func.min(Invoice.due_on))
    .where(is_open(), _LATE)
    .group_by(Invoice.currency)
    .order_by(Invoice.currency)
)


def overdue(db: Session, today: date) -> Overdue | None:
    """What is overdue in the whole tenant, None when nothing is. One statement."""
    rows = db.execute(_OVERDUE, {"today": today}).all()
    if not rows:
        return None
    return Overdue(
        count=sum(count for _currency, count, _minor, _oldest in rows),
        sums=[(currency, int(minor)) for currency, _count, minor, _oldest in rows],
        oldest=min(oldest for _currency, _count, _minor, oldest in rows if oldest is not None),
    )


def find_numbers(db: Session, text: str, limit: int) -> Sequence[AnyRow]:
    """Invoices by number: the one that has it, else those that begin with it, else those that contain it, newest
    first; rows as in `desk_page`. Only the last of these reads all numbers."""
    forms = sorted({text, text.upper()})
    query = (
        select(Invoice, BillGroup.name.label("group"), Customer.name.label("customer"))
        .join(BillGroup, BillGroup.id == Invoice.bill_group_id)
        .join(Customer, Customer.id == BillGroup.customer_id)
        .options(*LEAN)
        .where(Invoice.document_state.in_(VISIBLE))
    )
    found = db.execute(query.where(Invoice.number.in_(forms))).all()
    if found or not any(char.isdigit() for char in text):
        return found
    # One after the other: of conditions joined by OR, SQLite would read all numbers.
    for wanted in (*(begins(Invoice.number, form) for form in forms), holds_any_case(Invoice.number, text)):
        named = _numbers(db, [wanted])
        rows = turn(db, query.where(*named), BY_DAY.turned(), None, limit, few=named.few).rows
        if rows:
            return rows
    return []


def _numbers(db: Session, wanted: list[ColumnElement[bool]]) -> Narrowed:
    """Conditions on numbers as a list can use them. They stand in an index, which is less to read than invoices."""
    return narrowed(db, Invoice, wanted, as_they_lie=False)
