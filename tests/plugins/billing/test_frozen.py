"""An issued invoice can't be changed: not by the ORM, not by bare SQL (security.md C14)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import IntegrityError

from riskportal.audit.services import SYSTEM, record
from riskportal.db.session import Database
from riskportal_billing.models import Allocation, Invoice, InvoiceLine, InvoiceTax, Payment
from riskportal_billing.triggers import _FROZEN


def test_every_column_but_the_settlement_is_frozen() -> None:
    from riskportal_billing.models import SETTLEMENT_COLUMNS

    assert set(_FROZEN) | set(SETTLEMENT_COLUMNS) == set(Invoice.__table__.columns.keys())


@pytest.mark.parametrize(
    "statement",
    [
        update(Invoice).values(note="changed"),
        update(Invoice).values(number="R-1"),
        update(Invoice).values(document_state="draft"),
        update(Invoice).values(total_minor=1, net_minor=1, tax_minor=0),
        delete(Invoice),
        update(InvoiceLine).values(title="changed"),
        delete(InvoiceLine),
        update(InvoiceTax).values(tax_minor=0),
        delete(InvoiceTax),
        update(Payment).values(amount_minor=1),
        delete(Payment),
        update(Allocation).values(amount_minor=1),
        delete(Allocation),
    ],
    ids=str,
)
def test_issued_documents_and_booked_money_stay(books: Any, database: Database, statement: Any) -> None:
    books.pay(books.invoice())
    with pytest.raises(IntegrityError), database.session(books.scope) as db:
        db.execute(statement)


def test_no_line_can_be_added_to_an_issued_invoice(books: Any, database: Database) -> None:
    invoice = books.invoice()
    with pytest.raises(IntegrityError, match="issued invoice"), database.session(books.scope) as db:
        db.add(
            InvoiceLine(
                invoice_id=invoice.id,
                bill_group_id=invoice.bill_group_id,
                position=2,
                title="One more",
                quantity=1,
                unit_price=1,
                net_minor=100,
                tax_category="S",
                tax_rate=19,
            )
        )


def test_bare_sql_is_refused_too(books: Any, database: Database) -> None:
    invoice = books.invoice()
    with pytest.raises(IntegrityError, match="issued invoice"), database.engine.begin() as connection:
        connection.execute(text("UPDATE billing_invoices SET buyer = '{}' WHERE id = :id"), {"id": invoice.id})


@pytest.mark.parametrize(
    "table",
    [
        "audit_entries",
        "billing_invoices",
        "billing_invoice_lines",
        "billing_invoice_taxes",
        "billing_payments",
        "billing_allocations",
    ],
)
def test_rows_dont_go_by_replace_or_truncate(books: Any, database: Database, table: str) -> None:
    """Both delete without a DELETE trigger, unless one asks for it: REPLACE once rewrote an issued invoice."""
    books.pay(books.invoice())
    with database.session(books.scope) as db:
        record(db, "core.signed_in", actor=SYSTEM)
    backend = database.url.get_backend_name()
    sql = f"REPLACE INTO {table} SELECT * FROM {table}" if backend == "sqlite" else f"TRUNCATE {table} CASCADE"
    with pytest.raises(IntegrityError), database.engine.begin() as connection:
        connection.execute(text(sql))


def test_a_draft_may_change_and_go(books: Any, database: Database) -> None:
    draft = books.invoice(state="draft")
    with database.session(books.scope) as db:
        stored = db.get_one(Invoice, draft.id)
        stored.note = "another note"
        stored.lines[0].title = "another title"
    with database.session(books.scope) as db:
        db.delete(db.get_one(Invoice, draft.id))
    with database.session(books.scope) as db:
        assert db.get(Invoice, draft.id) is None


def test_settlement_follows_payments(books: Any) -> None:
    invoice = books.invoice()
    books.pay(invoice, 4000)
    assert (books.stored(invoice).payment_state, books.stored(invoice).open_minor) == ("partially_paid", 7900)
    books.pay(invoice, 7900, state="pending")
    assert books.stored(invoice).open_minor == 7900
    payment = books.pay(invoice, 7900)
    paid = books.stored(invoice)
    assert (paid.payment_state, paid.open_minor, paid.paid_on) == ("paid", 0, payment.received_on)
    books.pay(invoice, 11900, kind="refund")
    assert (books.stored(invoice).payment_state, books.stored(invoice).paid_on) == ("refunded", None)
