"""Reading invoices of the session's bill group. Drafts are nobody's business yet and never found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, false, func, or_, select
from sqlalchemy.orm import Session, defer

from riskportal.contracts.money import Money
from riskportal.contracts.records import RecordRef
from riskportal.db.keyset import AnySelect, Key, Order, Page, sorted_by, turn
from riskportal_billing.models import OPEN_STATES, Allocation, Invoice, InvoiceLine, InvoiceTax, Payment

PAGE_SIZE = 25
# Counts stop here; a page says "999+".
COUNT_LIMIT = 999
VISIBLE = ("issued", "cancelled")
# What lists don't show and shouldn't read.
LEAN = tuple(
    defer(column, raiseload=True) for column in (Invoice.seller, Invoice.buyer, Invoice.note, Invoice.search_text)
)
_FIRST_LINE = and_(InvoiceLine.invoice_id == Invoice.id, InvoiceLine.position == 1)
_AMOUNT = re.compile(r"\d{1,3}(?:[., ’']?\d{3})*(?:[.,]\d{1,3})?\Z|\d+(?:[.,]\d{1,3})?\Z")


@dataclass(frozen=True)
class Listed:
    """An invoice in a list (its parties and note are not loaded), and what its first line says."""

    invoice: Invoice
    what: str


@dataclass(frozen=True)
class Wanted:
    """Which invoices a list shows; `state` is all, open, overdue, paid or cancelled."""

    state: str = "all"
    year: int | None = None
    text: str = ""


@dataclass(frozen=True)
class Counts:
    """How many invoices stand behind each filter, at most COUNT_LIMIT + 1, and the years they were issued in."""

    by_state: dict[str, int]
    years: Sequence[int]


def is_open() -> ColumnElement[bool]:
    """Issued, and not settled."""
    return and_(Invoice.document_state == "issued", Invoice.payment_state.in_(OPEN_STATES))


# What stands behind each filter; the statements that name "overdue" are given `today`.
CONDITIONS: dict[str, ColumnElement[bool]] = {
    "all": Invoice.document_state.in_(VISIBLE),
    "open": is_open(),
    "overdue": and_(is_open(), Invoice.due_on < bindparam("today")),
    "paid": and_(Invoice.document_state == "issued", Invoice.payment_state == "paid"),
    "cancelled": Invoice.document_state == "cancelled",
}
STATES = tuple(CONDITIONS)
# Invoices of one day stand by number.
BY_DAY = Order("issued", (Key(Invoice.issued_on), Key(Invoice.number)))
NEWEST = sorted_by(BY_DAY.turned())


def in_state(state: str, today: date) -> ColumnElement[bool]:
    """What stands behind a filter on a local date."""
    return and_(is_open(), Invoice.due_on < today) if state == "overdue" else CONDITIONS[state]


def invoice_page(db: Session, wanted: Wanted, cursor: str | None, today: date, currency: str) -> Page:
    """A page of invoices, newest first: rows of (invoice, what its first line says), its parties and note not loaded.

    `currency` is that of typed amounts. BadCursor when the cursor isn't one of this list.
    """
    query = _listed().where(in_state(wanted.state, today))
    if wanted.year is not None:
        query = query.where(Invoice.issued_on.between(date(wanted.year, 1, 1), date(wanted.year, 12, 31)))
    if wanted.text:
        query = query.where(_matches(wanted.text, currency))
    return turn(db, query, BY_DAY.turned(), cursor, PAGE_SIZE)


def _listed() -> AnySelect:
    return select(Invoice, InvoiceLine.title).outerjoin(InvoiceLine, _FIRST_LINE).options(*LEAN)


def _matches(text: str, currency: str) -> ColumnElement[bool]:
    """Number and line texts that contain the words, or an amount that is exactly this one."""
    parts = [Invoice.search_text.contains(word, autoescape=True) for word in text.casefold().split()]
    minor = typed_amount(text, currency)
    amount = false() if minor is None else or_(Invoice.total_minor == minor, Invoice.open_minor == minor)
    return or_(and_(*parts), amount)


def typed_amount(text: str, currency: str) -> int | None:
    """Minor units of an amount as people type it ("€1,280.00", "1.280", "920"); None when it is none."""
    plain = re.sub(rf"^\s*[€$£]\s*|\s*[€$£]\s*$|\b{currency}\b", "", text).strip()
    if not _AMOUNT.match(plain):
        return None
    whole, cents = _split(plain)
    digits = re.sub(r"\D", "", whole)
    try:
        return Money.parse((digits.lstrip("0") or "0") + (f".{cents}" if cents else ""), currency).minor
    except ValueError:
        return None


def _split(plain: str) -> tuple[str, str]:
    """Whole part and cents; the last point or comma starts the cents unless three digits follow it."""
    found = re.search(r"[.,](\d{1,2})\Z", plain)
    return (plain[: found.start()], found[1]) if found else (plain, "")


def counts(db: Session, today: date) -> Counts:
    """Counts behind all filters and the span of years, in one statement."""
    row = db.execute(_COUNTS, {"today": today}).one()
    years = range(row.last.year, row.first.year - 1, -1) if row.first and row.last else ()
    return Counts({state: getattr(row, state) for state in STATES}, list(years))


def _capped(condition: ColumnElement[bool]) -> Any:
    some = select(Invoice.id).where(condition).limit(COUNT_LIMIT + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


# Not IN (...): that would lead SQLite away from the index that is sorted by day.
_ISSUED = select(Invoice.issued_on).where(Invoice.document_state != "draft").limit(1)
_COUNTS = select(
    *(_capped(condition).label(state) for state, condition in CONDITIONS.items()),
    _ISSUED.order_by(Invoice.issued_on, Invoice.number).scalar_subquery().label("first"),
    _ISSUED.order_by(*NEWEST).scalar_subquery().label("last"),
)


def open_invoices(db: Session, limit: int) -> list[Listed]:
    """Open invoices, the longest due first."""
    return [Listed(*row) for row in db.execute(_OPEN, {"most": limit})]


def latest_invoices(db: Session, limit: int) -> list[Listed]:
    """The newest invoices."""
    return [Listed(*row) for row in db.execute(_LATEST, {"most": limit})]


_OPEN = _listed().where(is_open()).order_by(Invoice.due_on, Invoice.number).limit(bindparam("most"))
_LATEST = _listed().where(CONDITIONS["all"]).order_by(*NEWEST).limit(bindparam("most"))


def invoice_by_public_id(db: Session, public_id: str) -> Invoice | None:
    """An invoice of the session's bill group; None for a draft, a foreign or an unknown one."""
    return db.scalar(select(Invoice).where(Invoice.public_id == public_id, Invoice.document_state.in_(VISIBLE)))


def search_invoices(db: Session, text: str, limit: int, currency: str) -> list[Listed]:
    """Invoices whose number, lines or amount match, newest first."""
    query = _listed().where(Invoice.document_state.in_(VISIBLE), _matches(text, currency))
    query = query.order_by(*NEWEST).limit(limit)
    return [Listed(*row) for row in db.execute(query)]


def invoices_of_records(db: Session, refs: Sequence[RecordRef], limit: int) -> list[Listed]:
    """Invoices that bill one of the records, newest first."""
    billed = select(InvoiceLine.invoice_id).where(
        InvoiceLine.record_kind.in_({ref.kind for ref in refs}),
        InvoiceLine.record_id.in_([ref.public_id for ref in refs]),
    )
    query = _listed().where(Invoice.id.in_(billed), Invoice.document_state.in_(VISIBLE))
    query = query.order_by(*NEWEST).limit(limit)
    return [Listed(*row) for row in db.execute(query)]


def lines_of(db: Session, invoice: Invoice) -> list[InvoiceLine]:
    """The lines of an invoice in their order."""
    query = select(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id).order_by(InvoiceLine.position)
    return list(db.scalars(query))


def taxes_of(db: Session, invoice: Invoice) -> list[InvoiceTax]:
    """VAT by category and rate, the highest rate first."""
    query = select(InvoiceTax).where(InvoiceTax.invoice_id == invoice.id).order_by(InvoiceTax.rate_order)
    return list(db.scalars(query))


def bookings_of(db: Session, invoice: Invoice) -> list[tuple[Payment, int]]:
    """Payments and refunds of an invoice with what they gave to it (minor units), oldest first."""
    query = (
        select(Payment, Allocation.amount_minor)
        .join(Allocation, Allocation.payment_id == Payment.id)
        .where(Allocation.invoice_id == invoice.id)
        .order_by(Payment.received_on, Payment.id)
    )
    return [(payment, amount) for payment, amount in db.execute(query)]
