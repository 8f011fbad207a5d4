"""What billing puts on the home page, beside the navigation and into the search."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from billing_books import TODAY, line

from riskportal.db.guard import Scope
from riskportal_billing.models import AutoPay


@pytest.fixture
def home(testapp: Any, signed_in: Any, user: Any, bill_group: Any) -> Any:
    """A function that opens an address of the bill group as its owner."""
    signed_in(testapp, user)
    return lambda path="/": testapp.get(f"/g/{bill_group.public_id}{path}")


def test_nothing_due_is_a_designed_state(home: Any) -> None:
    home().mustcontain("Open balance", "€0.00", "Nothing is due", "Nothing waits for you")


def test_one_open_invoice_is_one_click_away(home: Any, books: Any) -> None:
    invoice = books.invoice(line("Webshop relaunch, milestone 8 of 9", "800.00"), due=TODAY - timedelta(days=3))
    page = home()
    page.mustcontain(
        f"Invoice {invoice.number}, €952.00", "Webshop relaunch", "3 days overdue", "View the open invoice"
    )
    badge = page.html.select_one(".nav .badge")
    assert badge is not None and badge.text == "1"


def test_the_overdue_come_first_and_many_are_summed_up(home: Any, books: Any) -> None:
    for days in range(17):
        books.invoice(line(f"Line {days}"), due=TODAY + timedelta(days=5 - days))
    page = home()
    page.mustcontain("€2,023.00", "and 12 more open invoices", "View 17 open invoices")
    titles = [strong.text for strong in page.html.select(".needs .what small")]
    assert titles[0] == "Line 16"


def test_currencies_are_never_added_up(home: Any, books: Any) -> None:
    books.invoice()
    books.invoice(currency="USD")
    home().mustcontain("€119.00", "US$119.00")


def test_auto_pay_is_named(home: Any, books: Any, make: Any, bill_group: Any) -> None:
    home().mustcontain("Auto-pay", "Off")
    make.save(
        AutoPay(
            tenant_id=bill_group.tenant_id, bill_group_id=bill_group.id, enabled=True, method_label="Visa ending 4242"
        )
    )
    home().mustcontain("Visa ending 4242")


def test_search_finds_number_text_and_amount(home: Any, books: Any, other_books: Any) -> None:
    invoice = books.invoice(line("Extra backup storage", "30.00"))
    other_books.invoice(line("Extra backup storage", "30.00"))
    for query in (invoice.number, "backup STORAGE", "35.70", "35,70 €"):
        page = home(f"/search?q={quote(query)}")
        page.mustcontain(f"Invoice {invoice.number}, €35.70")
        assert page.text.count("Invoice R-") == 1


@pytest.mark.parametrize("many", [10, 1000])
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_statements_do_not_grow_with_invoices(
    home: Any, books: Any, database: Any, sql_count: Any, many: int
) -> None:
    fill(books, database, many)
    budgets = {"/": (14, 4), "/billing": (9, 4), "/billing/invoices": (8, 4), "/billing/payments": (8, 4)}
    home()
    for path, (whole, own) in budgets.items():
        with sql_count() as sql:
            home(path)
        billing = [text for text in sql.statements if "billing_" in text]
        assert len(billing) <= own and len(sql.statements) <= whole, f"{path}:\n{sql}"


def fill(books: Any, database: Any, many: int) -> None:
    """Invoices in every state, copied by the row: writing them one by one would take minutes."""
    from sqlalchemy import insert, select

    from riskportal.db.mixins import new_public_id
    from riskportal_billing.models import Invoice

    first = books.invoice()
    books.pay(books.invoice(), 100)
    with database.session(Scope.system_wide("test")) as db:
        row = {c.name: getattr(first, c.name) for c in Invoice.__table__.columns if c.name != "id"}
        rows = [
            {
                **row,
                "public_id": new_public_id(),
                "number": f"X-{n}",
                "due_on": TODAY - timedelta(days=n % 40 - 20),
                "issued_on": TODAY - timedelta(days=n % 900),
                "payment_state": "paid" if n % 3 else "unpaid",
                "open_minor": 0 if n % 3 else row["total_minor"],
            }
            for n in range(many)
        ]
        db.execute(insert(Invoice), rows)
        assert len(db.scalars(select(Invoice.id)).all()) == many + 2
