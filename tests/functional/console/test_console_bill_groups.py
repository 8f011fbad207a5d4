"""Bill groups in the console: added with the portal off, changed, closed, opened again."""

from __future__ import annotations

from typing import Any

import pytest
from console_steps import HOSTILE, audited, press, stored, submit
from sqlalchemy import func, select

from riskportal.customers.models import BillGroup
from riskportal.db.guard import Scope

READERS, WRITERS = ("billing", "support", "read_only", "owner"), ("billing", "support", "owner")


def count(database: Any) -> int:
    with database.session(Scope.system_wide("test"), write=False) as db:
        return db.scalar(select(func.count()).select_from(BillGroup)) or 0


def fresh(database: Any) -> Any:
    with database.session(Scope.system_wide("test"), write=False) as db:
        return db.scalars(select(BillGroup).order_by(BillGroup.id.desc()).limit(1)).one()


def new_form(colleague: Any, customer: Any, role: str = "owner") -> Any:
    return colleague(role).get(f"/staff/customers/{customer.public_id}/bill-groups")


def test_a_new_one_is_closed_to_everybody(
    colleague: Any, customer: Any, database: Any, tenant: Any, make: Any, testapp: Any, signed_in: Any
) -> None:
    page = new_form(colleague, customer, "billing")
    form = page.forms["bill-group"]
    assert (form["name"].value, form["currency"].value, form["language"].value) == (customer.name, "EUR", "en")
    form["name"], form["currency"] = "Workshop", "CHF"
    form["address_line1"], form["postcode"], form["city"], form["country"] = "Kanalgade 4", "8000", "Aarhus", "DK"
    form["email"] = "Office@Northwind.example"
    after = form.submit("save").follow()
    assert "Say who gets in and switch its portal on" in after.text
    assert "Portal is off" in after.html.find(class_="page-head").text
    row = fresh(database)
    assert (row.portal_enabled, row.state, row.currency, row.email) == (
        False,
        "active",
        "CHF",
        "office@northwind.example",
    )
    # Even a rule lets nobody in as long as the portal is off.
    user = make.member(row, "eve@northwind.example")
    signed_in(testapp, user).get(f"/g/{row.public_id}/", status=404)
    assert audited(database, tenant, "core.bill_group_added") == [{"name": "Workshop"}]


def test_its_page_shows_what_is_known(colleague: Any, make: Any, customer: Any) -> None:
    group = make.bill_group(
        customer, name="Main", company_name="Northwind Holding <ApS>", address_line1="Kanalgade 4", postcode="8000",
        city="Aarhus", country="DK", phone="+45 5550 1042", vat_number="DK12345674", po_number="4500-88",
    )  # fmt: skip
    make.contact(group, name="Ida Lund", email="ida@lund.example")
    page = colleague("read_only").get(f"/staff/bill-groups/{group.public_id}")
    text = " ".join(page.html.main.text.split())
    for part in (
        "Northwind Holding <ApS>",
        "Kanalgade 4",
        "8000 Aarhus",
        "Denmark",
        "DK12345674",
        "4500-88",
        "Ida Lund",
    ):
        assert part in text
    assert "Edit" not in text
    assert page.html.find("nav", class_="crumbs").find_all("a")[1].text == customer.name


def test_customers_with_one_group_see_the_next_step(colleague: Any, customer: Any, bill_group: Any) -> None:
    page = colleague().get(f"/staff/customers/{customer.public_id}")
    assert (
        page.html.find(id="bill-groups").find("a", attrs={"data-open": True})["href"].endswith(bill_group.public_id)
    )
    # The second group isn't called like the customer.
    assert new_form(colleague, customer).forms["bill-group"]["name"].value == ""


def test_a_form_sent_twice_adds_one(colleague: Any, customer: Any, database: Any, tenant: Any) -> None:
    page = new_form(colleague, customer)
    first, second = submit(page, "bill-group"), submit(page, "bill-group")
    assert (first.location, count(database)) == (second.location, 1)
    assert len(audited(database, tenant, "core.bill_group_added")) == 1


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [
        ("name", "", "name"),
        ("name", "x" * 9_000, "name"),
        ("email", "two@a.example, b@a.example", "reach-email"),
        ("vat_number", "DE123", "numbers-vat_number"),
        ("city", "Aarhus", "address-address_line1"),
        ("phone", "call me", "reach-phone"),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_what_is_wrong_stands_beside_the_field(
    colleague: Any, customer: Any, database: Any, field: str, value: str, where: str
) -> None:
    page = new_form(colleague, customer)
    again = submit(page, "bill-group", 400, **{"po_number": "PO-1", field: value})
    assert again.html.find(id=f"bill-group-{where}-problem"), again.text
    assert again.forms["bill-group"][field].value == value
    assert again.forms["bill-group"]["po_number"].value == "PO-1"
    assert count(database) == 0


@pytest.mark.parametrize(
    ("field", "value"), [("currency", "XXX"), ("currency", ""), ("language", "xx"), ("language", "../de")]
)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_only_what_is_offered_can_be_chosen(
    colleague: Any, customer: Any, database: Any, field: str, value: str
) -> None:
    page = new_form(colleague, customer)
    page.forms["bill-group"][field].force_value(value)
    again = page.forms["bill-group"].submit("save", status=400)
    assert again.html.find(id=f"bill-group-{field}-problem")
    assert count(database) == 0


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_text(colleague: Any, customer: Any, text: str, database: Any) -> None:
    page = submit(
        new_form(colleague, customer), "bill-group", name=text, company_name=text, po_number=text[:60]
    ).follow()
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    path = f"/staff/bill-groups/{fresh(database).public_id}"
    for address in (f"{path}/edit", f"{path}?tab=core.history", f"/staff/customers/{customer.public_id}", "/staff"):
        assert "<script>alert" not in colleague().get(address).text


def test_changes_are_noted_in_the_account(
    colleague: Any, bill_group: Any, customer: Any, database: Any, tenant: Any
) -> None:
    path = f"/staff/bill-groups/{bill_group.public_id}"
    page = colleague().get(f"{path}/edit")
    assert "currency" not in page.forms["bill-group"].fields
    after = submit(page, "bill-group", name="Northwind Works", language="de", po_number="PO-9").follow()
    assert "The changes are saved." in after.text
    row = stored(database, bill_group)
    assert (row.name, row.language, row.po_number) == ("Northwind Works", "de", "PO-9")
    # Both the group's history and its customer's tell it.
    for address in (f"{path}?tab=core.history", f"/staff/customers/{customer.public_id}?tab=core.history"):
        assert "Northwind Works was changed: Name" in colleague().get(address).html.main.text


def test_closed_at_once_and_active_again_with_its_portal_off(
    colleague: Any, bill_group: Any, user: Any, testapp: Any, signed_in: Any, database: Any, tenant: Any
) -> None:
    visitor, home = signed_in(testapp, user), f"/g/{bill_group.public_id}/"
    visitor.get(home, status=200)
    page = colleague().get(f"/staff/bill-groups/{bill_group.public_id}")
    assert "you can open it again" in page.text
    closed = press(page, "/close").follow()
    assert "Nobody reaches its portal any more." in closed.text
    visitor.get(home, status=404)
    press(page, "/close")
    assert "Its portal is off until you switch it on." in press(closed, "/reopen").follow().text
    # Whether its portal opens again is decided on its own page, with a look at the contract.
    visitor.get(home, status=404)
    assert [len(audited(database, tenant, f"core.bill_group_{what}")) for what in ("closed", "reopened")] == [1, 1]


def test_nothing_opens_below_an_archived_customer(
    colleague: Any, customer: Any, bill_group: Any, database: Any
) -> None:
    browser, path = colleague(), f"/staff/bill-groups/{bill_group.public_id}"
    closed = press(browser.get(path), "/close").follow()
    press(browser.get(f"/staff/customers/{customer.public_id}"), "/archive")
    assert "The customer is archived." in press(closed, "/reopen").follow().text
    assert stored(database, bill_group).state == "closed"


@pytest.mark.parametrize("role", READERS)
def test_who_may_do_what(colleague: Any, bill_group: Any, role: str) -> None:
    browser, path = colleague(role), f"/staff/bill-groups/{bill_group.public_id}"
    may = role in WRITERS
    page = browser.get(path)
    assert ("Close" in page.html.main.text) == may
    token = page.html.find("input", attrs={"name": "csrf_token"})["value"]
    for what in ("edit", "close", "reopen", "notes"):
        answer = browser.post(f"{path}/{what}", {"csrf_token": token}, status="*")
        assert (answer.status_int == 403) == (not may), what


def test_another_providers_bill_groups_are_not_there(stranger: Any, bill_group: Any, database: Any) -> None:
    path = f"/staff/bill-groups/{bill_group.public_id}"
    absent = stranger.get(f"/staff/bill-groups/{'z' * 20}", status=404)
    assert stranger.get(path, status=404).html.h1 == absent.html.h1
    token = stranger.get("/staff").html.find("input", attrs={"name": "csrf_token"})["value"]
    for what in ("close", "reopen", "edit", "notes"):
        stranger.post(f"{path}/{what}", {"csrf_token": token}, status=404)
    assert stored(database, bill_group).state == "active"


def test_the_page_costs_few_statements(colleague: Any, bill_group: Any, sql_count: Any) -> None:
    browser, path = colleague(), f"/staff/bill-groups/{bill_group.public_id}"
    browser.get(path)
    # tenant, session, staff, record, count of notes, counts of two modules, contacts, notes.
    with sql_count() as sql:
        browser.get(path)
    assert len(sql) <= 10, f"{len(sql)}\n{sql}"
