"""The account's details: read, changed, told to the owners; two tabs, hostile values, who may."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sqlalchemy import select

from riskportal.audit.models import AuditEntry
from riskportal.customers.details import FIELDS
from riskportal.customers.models import BillGroup
from riskportal.db.guard import Scope

ADDRESS = {"address_line1": "Salzstraße 9", "postcode": "21335", "city": "Lüneburg", "country": "DE"}


@pytest.fixture
def page_url(bill_group: Any) -> str:
    return f"/g/{bill_group.public_id}/account/details"


@pytest.fixture
def me(testapp: Any, signed_in: Any, user: Any) -> Any:
    """The owner's browser."""
    return signed_in(testapp, user)


@pytest.fixture
def row(database: Any, bill_group: Any) -> Any:
    """`row()`: the bill group as it is stored now."""

    def read() -> BillGroup:
        with database.session(Scope.bill_group(bill_group.tenant_id, bill_group.id), write=False) as db:
            return db.get_one(BillGroup, bill_group.id)

    return read


@pytest.fixture
def entries(database: Any, tenant: Any) -> Any:
    """`entries()`: (code, actor, data) of the audit log, oldest first."""

    def read() -> list[tuple[str, str, dict[str, Any]]]:
        with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
            rows = db.scalars(select(AuditEntry).order_by(AuditEntry.id))
            return [(entry.code, entry.actor_name, entry.data) for entry in rows]

    return read


def save(page: Any, status: int = 303, **values: str) -> Any:
    form = page.forms["form"]
    for name, value in values.items():
        form[name] = value
    return form.submit("save", status=status)


def test_details_are_shown_and_changed(me: Any, page_url: str, row: Any) -> None:
    page = me.get(page_url)
    assert page.text.count("Not given") == 6 and "Northwind Atelier GmbH" in page.text
    form = page.click("Change details")
    values = {
        **ADDRESS,
        "email": "Office@Northwind.EXAMPLE",
        "phone": "0049 (0)4131/98-76-54",
        "po_number": "4500-88",
    }
    saved = save(form, **values, vat_number="136 695 976", registration_number="HRB 1234", company_name="Nordwind")
    assert saved.location.endswith(page_url)
    page = saved.follow()
    assert "Saved." in page.text
    for text in ("Nordwind", "21335 Lüneburg", "Germany", "+49 4131 98 76 54", "DE136695976", "HRB 1234", "4500-88"):
        assert text in page.text
    stored = row()
    assert {name: getattr(stored, name) for name in FIELDS} == {
        **ADDRESS,
        "address_line2": None,
        "company_name": "Nordwind",
        "email": "office@northwind.example",
        "phone": "+49 4131 98 76 54",
        "vat_number": "DE136695976",
        "registration_number": "HRB 1234",
        "po_number": "4500-88",
    }


def test_in_german_the_countries_are_german(me: Any, page_url: str, user: Any, make: Any) -> None:
    me.set_cookie("rp_language", "de")
    options = [text for _value, _selected, text in me.get(f"{page_url}/edit").forms["form"]["country"].options]
    assert "Deutschland" in options and "Germany" not in options
    assert options.index("Oman") < options.index("Österreich") < options.index("Pakistan")


def test_every_change_is_noted_and_mailed_to_the_owners(
    me: Any, page_url: str, entries: Any, make: Any, bill_group: Any, run_jobs: Any, outbox: Any
) -> None:
    make.member(bill_group, "otto@customer.test", language="de")
    make.member(bill_group, "vera@customer.test", role="viewer")
    save(me.get(f"{page_url}/edit"), **ADDRESS)
    assert entries() == [
        ("core.details_changed", "Ada Lovelace", {"field": field, "old": None, "new": value})
        for field, value in ADDRESS.items()
    ]
    save(me.get(f"{page_url}/edit"), status=400, country="DK", city="")  # an address needs a city
    save(me.get(f"{page_url}/edit"), country="DK", postcode="")
    run_jobs()
    mails = [mail for mail in outbox() if "details" in mail["Subject"].lower() or "Angaben" in mail["Subject"]]
    assert sorted(mail["To"] for mail in mails) == ["ada@customer.test"] * 2 + ["otto@customer.test"] * 2
    text = [mail for mail in mails if mail["To"] == "ada@customer.test"][-1].get_body(("plain",)).get_content()
    assert "Country: Germany → Denmark" in text and "Postcode: 21335 (removed)" in text
    assert "Ada Lovelace (ada@customer.test)" in text and page_url in text


def test_nothing_changed_nothing_told(me: Any, page_url: str, entries: Any, run_jobs: Any, outbox: Any) -> None:
    page = save(me.get(f"{page_url}/edit")).follow()
    assert "Nothing has changed." in page.text
    run_jobs()
    assert entries() == [] and outbox() == []


def test_a_changed_vat_number_is_told_even_to_those_who_want_no_mails(
    me: Any, page_url: str, user: Any, make: Any, run_jobs: Any, outbox: Any
) -> None:
    from riskportal.identity.models import NotificationChoice

    make.save(NotificationChoice(tenant_id=user.tenant_id, user_id=user.id, category="account", wanted=False))
    save(me.get(f"{page_url}/edit"), phone="+49 4131 987654")
    run_jobs()
    assert outbox() == []
    save(me.get(f"{page_url}/edit"), vat_number="DE136695976")
    run_jobs()
    assert [mail["To"] for mail in outbox()] == ["ada@customer.test"]


def test_two_tabs(me: Any, page_url: str, row: Any) -> None:
    save(me.get(f"{page_url}/edit"), **ADDRESS, phone="+49 4131 1234567")
    first, second = me.get(f"{page_url}/edit"), me.get(f"{page_url}/edit")
    save(first, city="Uelzen", phone="+49 4131 987654", email="office@northwind.example")
    refused = save(second, status=400, city="Hamburg", po_number="77")
    assert "Somebody else has changed this" in refused.text
    for text in ("Somebody else wrote: Uelzen", "it was: +49 4131 1234567", "Added by somebody else"):
        assert refused.text.count(text) == 2, text  # beside the field and in the summary
    form = refused.forms["form"]
    # One's own words stay, what one left alone is up to date, and one's own news are no conflict.
    shown = {"city": "Hamburg", "po_number": "77", "phone": "+49 4131 987654", "email": "office@northwind.example"}
    assert {name: form[name].value for name in shown} == shown
    assert not refused.html.select("#form-numbers-po_number-problem")
    assert row().city == "Uelzen"
    form.submit("save", status=303)
    stored = row()
    assert {name: getattr(stored, name) for name in shown} == shown


def test_a_form_without_its_mark_is_compared_with_everything(me: Any, page_url: str, row: Any) -> None:
    save(me.get(f"{page_url}/edit"), **ADDRESS)
    for seen in ("", "x" * 5000, "-" * 10, "\u202e"):
        form = me.get(f"{page_url}/edit").forms["form"]
        form["seen"].force_value(seen)
        form["city"] = "Hamburg"
        refused = form.submit("save", status=400)
        assert "Somebody else wrote: Lüneburg" in refused.text and refused.forms["form"]["city"].value == "Hamburg"
    assert row().city == "Lüneburg"


def test_all_problems_at_once_and_nothing_lost(me: Any, page_url: str, row: Any) -> None:
    typed = {
        "company_name": "A\u202eB", "city": "Lüneburg", "postcode": "2" * 21, "email": "nobody", "phone": "04131 1",
        "vat_number": "DE136695978", "po_number": "x" * 61,
    }  # fmt: skip
    page = save(me.get(f"{page_url}/edit"), status=400, **typed)
    form = page.forms["form"]
    for name, value in typed.items():
        assert form[name].value == value, name
        if name == "city":
            continue
        assert f'aria-describedby="{form[name].id}' in page.text and f'id="{form[name].id}-problem"' in page.text
    summary = page.html.select("[data-errors] li")
    assert len(summary) == len(typed) + 1  # not the city, but the street and the country that the address lacks
    assert "digits don&#39;t fit together" in page.text and "with the country code" in page.text
    assert row().company_name is None


def test_an_address_is_whole_or_empty(me: Any, page_url: str, row: Any) -> None:
    page = save(me.get(f"{page_url}/edit"), status=400, postcode="21335")
    assert page.text.count("or leave the whole address empty.") == 3 * 2
    save(me.get(f"{page_url}/edit"), **ADDRESS)
    save(me.get(f"{page_url}/edit"), **dict.fromkeys(ADDRESS, ""))
    assert row().country is None


@pytest.mark.parametrize(
    "value",
    [
        "x" * 10_000, "a\x00b", "a\r\nBcc: b@c.test", "\u202egnp.exe", "‏שלום", "\u200bzero", "\ufeff", "\ud7ff",
        "<script>alert(1)</script>", "=HYPERLINK(\"http://x\")", "{{7*7}}", "${7*7}", "%s%n", "' OR 1=1 --",
        "😀" * 50, "__end__", "A" * 100_000,
    ],
)  # fmt: skip
def test_hostile_values_in_every_field(me: Any, page_url: str, value: str, row: Any) -> None:
    began = time.perf_counter()
    form = me.get(f"{page_url}/edit").forms["form"]
    for field in FIELDS:
        form[field].force_value(value)
        saved = form.submit("save", status="*")
        saved.request.environ["wsgi.input"].close()  # a temporary file for a long body
        assert saved.status_int in (303, 400), field
        form[field].force_value("")
        if saved.status_int == 303:
            form = me.get(f"{page_url}/edit").forms["form"]
            shown = saved.follow()
            assert "<script>alert" not in shown.text and "\n49" not in shown.text
            stored = getattr(row(), field)
            assert stored is None or all(ord(char) >= 32 for char in stored)
    assert time.perf_counter() - began < 20


def test_a_country_mismatch_is_a_hint_only(me: Any, page_url: str) -> None:
    page = save(me.get(f"{page_url}/edit"), **ADDRESS, vat_number="FR40303265045").follow()
    assert "Two countries: France for the VAT number, Germany for the address." in page.text


def test_who_may(me: Any, signed_in: Any, browser: Any, make: Any, bill_group: Any, page_url: str) -> None:
    save(me.get(f"{page_url}/edit"), po_number="77")
    for role, may_write in (("owner", True), ("billing", True), ("technical", False), ("viewer", False)):
        theirs = signed_in(browser(), make.member(bill_group, f"{role}@customer.test", role=role))
        page = theirs.get(page_url)
        assert ("Change details" in page.text) == may_write
        theirs.get(f"{page_url}/edit", status=200 if may_write else 403)
        token = page.html.select_one("input[name=csrf_token]")["value"]
        reply = theirs.post(f"{page_url}/edit", {"csrf_token": token, "save": "save"}, status="*")
        assert reply.status_int == (400 if may_write else 403)  # half a form is refused
        reply = theirs.post(f"{page_url}/check-vat", {"csrf_token": token}, status="*")
        assert reply.status_int == (303 if may_write else 403)


def test_other_accounts_and_strangers(
    me: Any, testapp: Any, browser: Any, other_bill_group: Any, page_url: str
) -> None:
    foreign = f"/g/{other_bill_group.public_id}/account/details"
    for path in (foreign, f"{foreign}/edit"):
        me.get(path, status=404)
    browser().get(page_url, status=303)


def test_without_its_token_a_form_changes_nothing(me: Any, page_url: str, row: Any) -> None:
    me.post(f"{page_url}/edit", {"po_number": "1"}, status=400)
    assert row().po_number is None


def test_what_staff_change_is_told_to_the_owners_too(
    me: Any, browser: Any, signed_in: Any, make: Any, tenant: Any, bill_group: Any, run_jobs: Any, outbox: Any,
    entries: Any, page_url: str,
) -> None:  # fmt: skip
    """security.md C22: a clerk who turns invoices into somebody else's."""
    console = signed_in(browser(), make.staff(tenant), kind="staff")
    url = f"/staff/bill-groups/{bill_group.public_id}/edit"
    late, form = console.get(url).forms["bill-group"], console.get(url).forms["bill-group"]
    form["vat_number"] = "DE136695976"
    form.submit("save", status=303)
    change = {"field": "vat_number", "old": None, "new": "DE136695976"}
    assert entries() == [("core.details_changed", "Sam Staff", change)]
    run_jobs()
    (mail,) = outbox()
    text = mail.get_body(("plain",)).get_content()
    assert mail["To"] == "ada@customer.test" and "VAT number: DE136695976" in text
    assert "Sam Staff of Alder Hosting" in text and page_url in text
    late["vat_number"] = "DK13585628"
    refused = late.submit("save", status=400)
    assert "Somebody else wrote: DE136695976" in refused.text
    assert refused.forms["bill-group"]["vat_number"].value == "DK13585628"
    page = console.get(url.removesuffix("/edit"))
    assert "DE136695976" in page.text and "Format checked" in page.text


def test_a_page_costs_few_statements(me: Any, page_url: str, sql_count: Any) -> None:
    me.get(page_url)
    with sql_count() as sql:
        me.get(page_url)
    assert len(sql.statements) <= 6, str(sql)


def test_a_portal_that_is_off_concerns_nobody(
    browser: Any, signed_in: Any, make: Any, tenant: Any, customer: Any, run_jobs: Any, outbox: Any
) -> None:
    """Staff prepare a new customer: a mail with a link that leads nowhere would be the first they hear of it."""
    group = make.bill_group(customer, name="To be", portal_enabled=False)
    make.rule(group, "eve@new.test")
    console = signed_in(browser(), make.staff(tenant), kind="staff")
    form = console.get(f"/staff/bill-groups/{group.public_id}/edit").forms["bill-group"]
    form["vat_number"] = "DE136695976"
    form.submit("save", status=303)
    run_jobs()
    assert outbox() == []
