"""The customer's billing pages, as a browser sees them."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from billing_books import TODAY, line

from riskportal.contracts.records import RecordRef
from riskportal.db.guard import Scope
from riskportal_billing.models import Payment
from riskportal_services.models import Project, ServiceArea


@pytest.fixture
def home(testapp: Any, signed_in: Any, user: Any, bill_group: Any) -> Any:
    """The signed-in browser and a function that builds addresses below /billing."""
    signed_in(testapp, user)

    def url(path: str = "") -> str:
        return f"/g/{bill_group.public_id}/billing{path}"

    testapp.url = url
    return testapp


def test_overview_without_anything_is_designed(home: Any) -> None:
    page = home.get(home.url())
    page.mustcontain("Nothing is due", "No invoices yet", "No payments yet", "€0.00")


def test_overview_shows_balance_and_latest(home: Any, books: Any) -> None:
    books.invoice(line(price="800.00"), due=TODAY - timedelta(days=3))
    paid = books.invoice(line("Backup storage", "50.00"))
    books.pay(paid)
    page = home.get(home.url())
    page.mustcontain("€952.00", "1 invoice is overdue", "3 days overdue", "Backup storage", "Bank transfer", "Paid")


def test_billing_works_where_services_are_switched_off(
    home: Any, make: Any, tenant: Any, books: Any, bill_group: Any
) -> None:
    make.switch_off(tenant, "services")
    invoice = books.invoice(line(record=RecordRef("services.service", "bcdfghjkmnpqrstvwxz2")))
    home.get(home.url()).mustcontain("Outstanding balance", no=["Next billing date", "Billing frequency"])
    home.get(home.url(f"/invoices/{invoice.public_id}")).mustcontain("Care plan Plus")
    home.get(f"/g/{bill_group.public_id}/").mustcontain("Open balance")


def test_the_list_shows_states_in_words(home: Any, books: Any) -> None:
    books.invoice(due=TODAY)
    books.invoice(due=TODAY + timedelta(days=10))
    books.invoice(state="cancelled")
    part = books.invoice(due=TODAY + timedelta(days=1))
    books.pay(part, 1900)
    page = home.get(home.url("/invoices"))
    page.mustcontain("Due today", "Due 30 Apr", "Cancelled", "Partly paid, due 21 Apr", "€100.00 open")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "1234"),
        ("?state=open", "12"),
        ("?state=overdue", "1"),
        ("?state=paid", "3"),
        ("?state=cancelled", "4"),
        ("?year=2026", "3"),
        ("?year=2027", "124"),
        ("?q=storage", "2"),
        ("?q=STORAGE backup", "2"),
        ("?q=119", "134"),
        ("?q=€119.00", "134"),
        ("?q=1.190,00", "2"),
        ("?q=%25", ""),
        ("?q=0003", "3"),
        ("?q=übung", "4"),
    ],
)
def test_filters_and_search(home: Any, books: Any, query: str, expected: str) -> None:
    known = {
        "1": books.invoice(due=TODAY - timedelta(days=1)),
        "2": books.invoice(line("Backup Storage", "1000.00"), due=TODAY + timedelta(days=1)),
        "3": books.invoice(due=date(2026, 6, 1)),
        "4": books.invoice(line("Übung"), state="cancelled"),
    }
    books.invoice(state="draft")
    books.pay(known["3"])
    page = home.get(home.url("/invoices" + quote(query, safe="?=&%")))
    found = {name for name, invoice in known.items() if f'/invoices/{invoice.public_id}"' in page}
    assert found == set(expected)


def cursor(*place: str | None) -> str:
    """The cursor behind an invoice's day and number, as the list itself would write it."""
    return urlsafe_b64encode(json.dumps(["-issued", 0, 1, place, None]).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "query",
    [
        "at=junk",
        "at=" + cursor("2027-13-40", "R-1"),
        "at=" + cursor("2027-04-20", "\0"),
        "at=" + cursor("٢٠٢٧-04-20", "R-1"),
        "at=" + cursor("2027-04-20"),
        "state=nonsense",
        "state=",
        "year=0000",
        "year=99999",
        "year=x",
        "q=" + "x" * 201,
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_junk_parameters_are_a_bad_request(home: Any, query: str) -> None:
    assert home.get(home.url("/invoices?" + query), expect_errors=True).status_int == 400


def test_paging_shows_every_invoice_once_and_leads_back(home: Any, books: Any) -> None:
    made = {books.invoice(due=TODAY - timedelta(days=n % 7)).number for n in range(60)}
    seen: list[str] = []
    page, pages = home.get(home.url("/invoices")), []
    while True:
        pages.append([a.text for a in page.html.select("tbody strong a")])
        seen += pages[-1]
        older = page.html.find("a", rel="next")
        if older is None:
            break
        page = home.get(older["href"])
    assert [len(rows) for rows in pages] == [25, 25, 10]
    assert set(seen) == made and len(seen) == len(made)
    back = home.get(page.html.find("a", rel="prev")["href"])
    assert [a.text for a in back.html.select("tbody strong a")] == pages[1]
    first = home.get(back.html.find("a", rel="prev")["href"])
    assert [a.text for a in first.html.select("tbody strong a")] == pages[0]
    assert first.html.find("a", rel="prev") is None


def test_invoices_of_one_day_stand_by_number(home: Any, books: Any) -> None:
    made = [books.invoice().number for _ in range(4)]
    rows = home.get(home.url("/invoices")).html.select("tbody strong a")
    assert [row.text for row in rows] == made[::-1]


def test_a_cursor_of_somebody_else_shows_only_own_rows(home: Any, books: Any, other_books: Any) -> None:
    books.invoice()
    theirs = other_books.invoice(line("Secret of others"))
    page = home.get(home.url("/invoices?at=" + cursor("2027-04-30", theirs.number)))
    page.mustcontain("Care plan Plus", no="Secret of others")


def test_an_invoice_page_is_complete(home: Any, books: Any) -> None:
    invoice = books.invoice(
        line("Care plan", "330.00", period_start=date(2027, 4, 1), period_end=date(2027, 6, 30)),
        line("Storage", "0.0045", quantity=Decimal("1234.5"), unit="GB", tax_rate=Decimal(7)),
        due=TODAY + timedelta(days=10),
        po_number="4500-88",
        note="Thank you",
    )
    books.pay(invoice, 10000, reference="TRX-77")
    page = home.get(home.url(f"/invoices/{invoice.public_id}"))
    page.mustcontain(
        "Alder Hosting GmbH", "Northwind Atelier GmbH", "PO 4500-88", "1 Apr 2027 to 30 Jun 2027", "1,234.5 GB",
        "€0.0045", "VAT 19% on €330.00", "VAT 7% on €5.56", "€398.65", "Still to pay", "€298.65", "TRX-77",
        "Partly paid", "Thank you", "Download PDF",
    )  # fmt: skip


def test_reverse_charge_is_said_in_words(home: Any, books: Any) -> None:
    invoice = books.invoice(line(tax_category="AE", tax_rate=Decimal(0)))
    page = home.get(home.url(f"/invoices/{invoice.public_id}"))
    page.mustcontain("VAT 0%, reverse charge", "the recipient of the service owes the VAT")


@pytest.mark.parametrize("path", ["", ".pdf"])
def test_drafts_and_foreign_invoices_are_absent(home: Any, books: Any, other_books: Any, path: str) -> None:
    for invoice in (books.invoice(state="draft"), other_books.invoice()):
        assert home.get(home.url(f"/invoices/{invoice.public_id}{path}"), expect_errors=True).status_int == 404
    assert home.get(home.url(f"/invoices/unknown{path}"), expect_errors=True).status_int == 404


def test_hostile_text_is_inert(home: Any, books: Any) -> None:
    evil = "<script>alert(1)</script>{{ 7*7 }}"
    invoice = books.invoice(line(evil, detail=evil), note=evil)
    for path in ("", "/invoices", f"/invoices/{invoice.public_id}", "/invoices?q=<script>"):
        page = home.get(home.url(path))
        assert ("<script>alert" not in page and "{{ 7*7 }}" in page) or path.endswith("<script>")


def test_payments_name_their_invoices(home: Any, books: Any) -> None:
    invoice = books.invoice()
    books.pay(invoice, 4000, method="card", reference="ch_123")
    books.pay(invoice, 1000, kind="refund")
    books.pay(invoice, 500, state="failed")
    page = home.get(home.url("/payments"))
    page.mustcontain(invoice.number, "€40.00", "Card", "ch_123", "Refunded", "-€10.00", "Failed")


@pytest.mark.parametrize("role", ["technical"])
def test_a_technical_contact_sees_no_money(
    testapp: Any, signed_in: Any, make: Any, bill_group: Any, books: Any, role: str
) -> None:
    invoice = books.invoice()
    signed_in(testapp, make.member(bill_group, "tech@customer.test", role))
    group = f"/g/{bill_group.public_id}"
    for path in (
        "",
        "/invoices",
        f"/invoices/{invoice.public_id}",
        f"/invoices/{invoice.public_id}.pdf",
        "/payments",
    ):
        assert testapp.get(f"{group}/billing{path}", expect_errors=True).status_int == 403
    assert "€119.00" not in testapp.get(f"{group}/")


def test_pages_are_german_for_germans(home: Any, books: Any, user: Any, make: Any, database: Any) -> None:
    invoice = books.invoice(due=TODAY - timedelta(days=3))
    with database.session(Scope.tenant_wide(user.tenant_id)) as db:
        db.get(type(user), user.id).language = "de"
    home.get(home.url()).mustcontain("Offener Betrag", "3 Tage überfällig")
    home.get(home.url(f"/invoices/{invoice.public_id}")).mustcontain("PDF herunterladen", "Rechnungsdatum")


def test_a_line_links_to_what_it_bills_and_back(home: Any, books: Any, make: Any, bill_group: Any) -> None:
    area = make.save(ServiceArea(tenant_id=bill_group.tenant_id, name="Care"))
    project = make.save(
        Project(
            tenant_id=bill_group.tenant_id, bill_group_id=bill_group.id, area_id=area.id, name="Relaunch",
            state="active", started_on=TODAY,
        )
    )  # fmt: skip
    invoice = books.invoice(line("Milestone 8", record=RecordRef("services.project", project.public_id)))
    page = home.get(home.url(f"/invoices/{invoice.public_id}"))
    record = page.click(href=project.public_id)
    record.mustcontain("Relaunch", invoice.number)


def test_payments_page_forth_and_back(home: Any, books: Any) -> None:
    invoice = books.invoice(line(price="1000.00"))
    for n in range(30):
        books.pay(invoice, 100, received_on=TODAY - timedelta(days=n // 4), reference=f"ref-{n}-")
    first = home.get(home.url("/payments"))
    second = home.get(first.html.find("a", rel="next")["href"])
    back = home.get(second.html.find("a", rel="prev")["href"])

    def references(page: Any) -> list[str]:
        return [small.text for small in page.html.select("tbody small")]

    assert (len(references(first)), len(references(second))) == (25, 5)
    assert references(back) == references(first)
    assert len({*references(first), *references(second)}) == 30


def test_money_without_an_invoice_is_named(home: Any, books: Any, make: Any) -> None:
    payment = {"kind": "payment", "state": "succeeded", "currency": "EUR", "method": "card", "received_on": TODAY}
    owner = {"tenant_id": books.tenant_id, "bill_group_id": books.bill_group_id}
    make.save(Payment(amount_minor=5000, **payment, **owner))
    home.get(home.url("/payments")).mustcontain("€50.00 not assigned to an invoice yet")
    books.pay(books.invoice())
    page = home.get(home.url())
    assert page.text.count("not assigned") == 1


def test_filters_count_only_what_their_links_show(home: Any, books: Any) -> None:
    books.invoice()
    books.invoice(due=date(2026, 6, 1))

    def filters(query: str) -> str:
        page = home.get(home.url(f"/invoices{query}"))
        return str(page.html.find("nav", attrs={"aria-label": "Invoices by state"}).get_text(" ", strip=True))

    assert filters("") == "All 2 Open 2 Overdue 1 Paid 0 Cancelled 0"
    assert filters("?year=2026") == filters("?q=care") == "All Open Overdue Paid Cancelled"
