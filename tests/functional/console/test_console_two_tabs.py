"""Two who change the same customer or bill group: nothing is overwritten unseen, nothing that was typed is lost."""

from __future__ import annotations

from typing import Any

import pytest
from console_steps import HOSTILE, audited, stored, submit


def test_two_tabs_nobody_takes_a_new_legal_name_back_unseen(
    colleague: Any, customer: Any, database: Any, tenant: Any
) -> None:
    """The legal name stands on invoices."""
    path = f"/staff/customers/{customer.public_id}/edit"
    one, two = colleague("support").get(path), colleague("billing").get(path)
    submit(one, "customer", legal_name="Northwind Works GmbH", name="Northwind Works")
    refused = submit(two, "customer", 400, name="Northwind", number="N-9")
    assert "Somebody else has changed this" in refused.text
    assert "it was: Northwind Atelier GmbH" in refused.html.find(id="customer-legal_name-problem").text
    assert "Somebody else wrote: Northwind Works" in refused.html.find(id="customer-name-problem").text
    assert refused.html.find(id="customer-number-problem") is None
    # What was typed stays, what was left alone is up to date.
    shown = {"name": "Northwind", "number": "N-9", "legal_name": "Northwind Works GmbH"}
    assert {name: refused.forms["customer"][name].value for name in shown} == shown
    assert stored(database, customer).name == "Northwind Works"
    submit(refused, "customer")
    row = stored(database, customer)
    assert {name: getattr(row, name) for name in shown} == shown
    fields = [data["fields"] for data in audited(database, tenant, "core.customer_changed")]
    assert fields == [["name", "legal_name"], ["name", "number"]]


def test_two_tabs_an_empty_legal_name_stays_empty(colleague: Any, customer: Any, database: Any) -> None:
    """Left out, the legal name is the name: that is what was typed, whatever it was before."""
    path = f"/staff/customers/{customer.public_id}/edit"
    one, two = colleague("support").get(path), colleague("billing").get(path)
    submit(one, "customer", legal_name="Northwind Works GmbH")
    refused = submit(two, "customer", 400, name="Northwind", legal_name="")
    assert "wrote: Northwind Works GmbH" in refused.html.find(id="customer-legal_name-problem").text
    assert refused.forms["customer"]["legal_name"].value == ""
    submit(refused, "customer")
    assert stored(database, customer).legal_name == "Northwind"


@pytest.mark.parametrize("seen", ["", "x" * 5000, "--", "\u202e", *HOSTILE[:2]])
def test_a_form_without_its_mark_overwrites_nothing(colleague: Any, customer: Any, database: Any, seen: str) -> None:
    page = colleague().get(f"/staff/customers/{customer.public_id}/edit")
    page.forms["customer"]["seen"].force_value(seen)
    refused = submit(page, "customer", 400, name="Northwind")
    assert refused.forms["customer"]["name"].value == "Northwind"
    assert f"Somebody else wrote: {customer.name}" in refused.html.find(id="customer-name-problem").text
    assert stored(database, customer).name == customer.name
    submit(refused, "customer")
    assert stored(database, customer).name == "Northwind"


def test_a_customers_change_sent_twice_is_one_change(
    colleague: Any, customer: Any, database: Any, tenant: Any
) -> None:
    page = colleague().get(f"/staff/customers/{customer.public_id}/edit")
    first, second = submit(page, "customer", name="Once"), submit(page, "customer", name="Once")
    assert first.location == second.location
    assert len(audited(database, tenant, "core.customer_changed")) == 1


def test_two_tabs_no_detail_is_overwritten_unseen(colleague: Any, bill_group: Any, database: Any) -> None:
    path = f"/staff/bill-groups/{bill_group.public_id}/edit"
    one, two = colleague("support").get(path), colleague("billing").get(path)
    submit(one, "bill-group", po_number="PO-1")
    submit(two, "bill-group", 400, po_number="PO-2")
    assert stored(database, bill_group).po_number == "PO-1"


def test_two_tabs_name_and_language_are_no_exception(
    colleague: Any, bill_group: Any, database: Any, tenant: Any
) -> None:
    path = f"/staff/bill-groups/{bill_group.public_id}/edit"
    one, two = colleague("support").get(path), colleague("billing").get(path)
    submit(one, "bill-group", name="Works", language="de")
    refused = submit(two, "bill-group", 400, name="Studio", po_number="PO-2")
    assert "Somebody else wrote: Works" in refused.html.find(id="bill-group-name-problem").text
    assert "it was: English" in refused.html.find(id="bill-group-language-problem").text
    shown = {"name": "Studio", "language": "de", "po_number": "PO-2"}
    assert {name: refused.forms["bill-group"][name].value for name in shown} == shown
    row = stored(database, bill_group)
    assert (row.name, row.language, row.po_number) == ("Works", "de", None)
    submit(refused, "bill-group")
    row = stored(database, bill_group)
    assert {name: getattr(row, name) for name in shown} == shown
    assert audited(database, tenant, "core.bill_group_changed") == [
        {"name": "Works", "fields": ["name", "language"]},
        {"name": "Studio", "fields": ["name"]},
    ]


def test_a_bill_groups_change_sent_twice_is_one_change(
    colleague: Any, bill_group: Any, database: Any, tenant: Any
) -> None:
    page = colleague().get(f"/staff/bill-groups/{bill_group.public_id}/edit")
    first, second = (submit(page, "bill-group", name="Once", po_number="PO-1") for _ in range(2))
    assert first.location == second.location
    assert len(audited(database, tenant, "core.bill_group_changed")) == 1
    assert len(audited(database, tenant, "core.details_changed")) == 1
