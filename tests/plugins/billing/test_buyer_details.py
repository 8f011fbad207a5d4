"""Whom an invoice is written to: what the account's own pages say on the day it is issued, for ever."""

from __future__ import annotations

import io
from typing import Any

import pypdf
import pytest

from riskportal.customers.models import BillGroup
from riskportal.db.guard import Scope


@pytest.fixture
def me(testapp: Any, signed_in: Any, user: Any) -> Any:
    """The owner's browser."""
    return signed_in(testapp, user)


def change(me: Any, bill_group: Any, **values: str) -> None:
    form = me.get(f"/g/{bill_group.public_id}/account/details/edit").forms["form"]
    for name, value in values.items():
        form[name] = value
    form.submit("save", status=303)


def words(pdf: Any) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf.body)).pages)


def test_new_invoices_follow_the_details_and_old_ones_stay(
    me: Any, books: Any, bill_group: Any, database: Any
) -> None:
    base = f"/g/{bill_group.public_id}/billing/invoices"
    before = books.invoice()
    page, paper = me.get(f"{base}/{before.public_id}"), me.get(f"{base}/{before.public_id}.pdf")
    assert "Northwind Atelier GmbH" in page.text
    change(
        me, bill_group, company_name="Nordwind <Holding> SE", vat_number="DE136695976", po_number="PO-77",
        address_line1="Salzstraße 9", postcode="21335", city="Lüneburg", country="DE",
    )  # fmt: skip
    with database.session(Scope.bill_group(bill_group.tenant_id, bill_group.id), write=False) as db:
        group = db.get_one(BillGroup, bill_group.id)
        assert (group.company, group.po_number) == ("Nordwind <Holding> SE", "PO-77")
    after = books.invoice(po_number=group.po_number)
    assert (after.buyer["name"], after.buyer["vat_number"]) == ("Nordwind <Holding> SE", "DE136695976")
    shown = me.get(f"{base}/{after.public_id}").text
    for text in ("Nordwind &lt;Holding&gt; SE", "DE136695976", "PO-77", "Lüneburg"):
        assert text in shown
    text = words(me.get(f"{base}/{after.public_id}.pdf"))
    for expected in ("Nordwind <Holding> SE", "DE136695976", "PO-77", "21335 Lüneburg"):
        assert expected in text
    again = me.get(f"{base}/{before.public_id}")
    assert "Northwind Atelier GmbH" in again.text and "DE136695976" not in again.html.select_one("main").text
    assert me.get(f"{base}/{before.public_id}.pdf").body == paper.body


def test_without_a_company_name_it_is_the_legal_name(me: Any, books: Any, bill_group: Any) -> None:
    change(me, bill_group, company_name="Nordwind SE")
    change(me, bill_group, company_name="")
    assert books.invoice().buyer["name"] == "Northwind Atelier GmbH"
