"""Staff add a service to a bill group: the form, its refusals, and what comes of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from services_builders import TODAY, area, product
from sqlalchemy import select

from riskportal.audit.models import AuditEntry
from riskportal.contracts.money import CurrencyMismatch, Money
from riskportal.db.guard import Scope
from riskportal_services.models import Service
from riskportal_services.services.sale import Sale, add_service

ID = "bcdfghjkmnpqrstvwxz2"


@pytest.fixture
def care(database, tenant):
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        return product(db, area(db), "Care plan Plus")


@pytest.fixture
def staff(make, tenant, testapp, signed_in):
    return signed_in(testapp, make.staff(tenant, role="billing"), kind="staff")


def form(staff, bill_group):
    return staff.get(f"/staff/services/add/{bill_group.public_id}").forms["sale"]


def services(database, tenant) -> list[Service]:
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        return list(db.scalars(select(Service).order_by(Service.id)))


def test_a_service_is_added_and_stands_in_the_portal(
    staff, care, database, tenant, bill_group, browser, signed_in, user
):
    page = form(staff, bill_group)
    page["product"] = care.public_id
    page["label"] = "customer.test"
    page["price"] = "49,50"
    page["cycle"] = "quarterly"
    page["starts_on"] = "2027-01-31"
    page["term"] = "12"
    answer = page.submit("add").follow()
    assert "Care plan Plus is added." in answer
    (row,) = services(database, tenant)
    assert (row.name, row.label, row.price_minor, row.currency) == ("Care plan Plus", "customer.test", 4950, "EUR")
    assert (row.registered_on, row.next_due_on) == (date(2027, 1, 31), date(2027, 1, 31))
    assert (row.term_anchor_on, row.renews_on, row.auto_renew) == (date(2027, 1, 31), date(2028, 1, 31), True)
    assert row.bill_group_id == bill_group.id
    assert "Care plan Plus" in signed_in(browser(), user).get(f"/g/{bill_group.public_id}/services")
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        entry = db.scalars(select(AuditEntry).where(AuditEntry.code == "services.service_added")).one()
        assert (entry.bill_group_id, entry.data) == (bill_group.id, {"name": "Care plan Plus"})


def test_two_clicks_add_one(staff, care, database, tenant, bill_group):
    page = form(staff, bill_group)
    page["product"], page["price"] = care.public_id, "1"
    page.submit("add", status=303)
    page.submit("add", status=303)
    assert len(services(database, tenant)) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", "-1"), ("price", "1e9"), ("price", "ten"), ("price", ""), ("price", "99999999999999999"),
        ("starts_on", "0001-01-01"), ("starts_on", "tomorrow"), ("starts_on", "9999-12-31"),
        ("name", "x" * 201), ("name", "a\u202eb"), ("label", "x" * 254), ("cycle", "weekly"), ("term", "7"),
        ("state", "terminated"), ("product", ID), ("once", "../../etc/passwd"), ("once", ""),
    ],
)  # fmt: skip
def test_what_is_refused_stays_typed(staff, care, database, tenant, bill_group, field: str, value: str):
    page = form(staff, bill_group)
    page["product"], page["price"], page["name"] = care.public_id, "12.30", "Kept"
    page[field].force_value(value)
    answer = page.submit("add", status=400)
    assert answer.html.select_one("form [data-errors]") is not None
    if field != "name":
        assert answer.forms["sale"]["name"].value == "Kept"
    assert services(database, tenant) == []


def test_without_products_the_page_says_what_to_do(staff, bill_group):
    answer = staff.get(f"/staff/services/add/{bill_group.public_id}")
    assert "You offer no products yet" in answer
    assert "sale" not in answer.forms


def test_the_button_to_add_stands_once(staff, bill_group):
    page = staff.get(f"/staff/bill-groups/{bill_group.public_id}?tab=services.services")
    assert [link.parent["class"] for link in page.html.select("a[href*='/staff/services/add/']")] == [["empty"]]
    past = staff.get(f"/staff/bill-groups/{bill_group.public_id}?tab=services.services&show=past")
    assert [link.parent["class"] for link in past.html.select("a[href*='/staff/services/add/']")] == [["bar"]]


def test_readers_add_nothing(make, tenant, browser, signed_in, bill_group):
    reader = signed_in(browser(), make.staff(tenant, "reads@alder.test", role="read_only"), kind="staff")
    reader.get(f"/staff/services/add/{bill_group.public_id}", status=403)
    assert "Add a service" not in reader.get(f"/staff/bill-groups/{bill_group.public_id}?tab=services.services")


def sale(thing: Any, **changes: Any) -> Sale:
    given: dict[str, Any] = {
        "product": thing, "name": "Care", "label": None, "price": Money(100, "EUR"), "cycle": "monthly",
        "state": "active", "starts_on": TODAY, "term_months": None, "auto_renew": False, **changes,
    }  # fmt: skip
    return Sale(**given)


def test_the_price_is_in_the_currency_of_the_bill_group(database, tenant, bill_group, care):
    with database.session(Scope.tenant_wide(tenant.id)) as db, pytest.raises(CurrencyMismatch):
        add_service(db, bill_group, sale(care, price=Money(100, "CHF")), public_id=ID, today=TODAY)


def test_no_service_begins_cancelled(database, tenant, bill_group, care):
    with database.session(Scope.tenant_wide(tenant.id)) as db, pytest.raises(ValueError, match="begins as"):
        add_service(db, bill_group, sale(care, state="cancelled"), public_id=ID, today=TODAY)


def test_a_contract_without_term_never_renews(database, tenant, bill_group, care):
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        assert add_service(db, bill_group, sale(care), public_id=ID, today=TODAY)
    (row,) = services(database, tenant)
    assert (row.term_anchor_on, row.renews_on, row.auto_renew) == (None, None, False)
