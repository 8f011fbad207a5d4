"""The account's contacts: one for invoices, one for parcels, any others; without a login, told to the owners."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from riskportal.audit.models import AuditEntry
from riskportal.customers import contacts
from riskportal.customers.models import Contact
from riskportal.db.guard import Scope


@pytest.fixture
def list_url(bill_group: Any) -> str:
    return f"/g/{bill_group.public_id}/account/contacts"


@pytest.fixture
def me(testapp: Any, signed_in: Any, user: Any) -> Any:
    """The owner's browser."""
    return signed_in(testapp, user)


@pytest.fixture
def stored(database: Any, tenant: Any) -> Any:
    """`stored(Contact)`: the rows of the tenant, oldest first."""

    def read(model: Any) -> list[Any]:
        with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
            return list(db.scalars(select(model).order_by(model.id)))

    return read


def fill(page: Any, status: int = 303, **values: str) -> Any:
    form = page.forms["form"]
    for name, value in values.items():
        form[name] = value
    return form.submit("save", status=status)


def test_without_contacts_it_is_the_account_itself(me: Any, list_url: str) -> None:
    page = me.get(list_url)
    assert "Invoices are meant for the account itself." in page.text
    assert "Parcels and papers go to the account itself." in page.text
    assert "The account itself" in me.get(list_url.replace("contacts", "details")).text


def test_a_billing_contact_comes_changes_and_goes(
    me: Any, list_url: str, stored: Any, run_jobs: Any, outbox: Any
) -> None:
    page = me.get(list_url).click("Name somebody else", index=0)
    page = fill(page, name="Ida Lund", email="IDA@Lund.example", phone="+45 8612 3456").follow()
    assert "Ida Lund was added." in page.text and "ida@lund.example" in page.text
    page = fill(page.click("Change"), name="Ida Holm", city="Aarhus", address_line1="Kai 1", country="DK").follow()
    assert "Denmark" in page.text
    ask = page.click("Remove")
    assert "Remove Ida Holm?" in ask.text and "meant for the account itself again" in ask.text
    page = next(form for form in ask.forms.values() if form.action.endswith("/remove")).submit().follow()
    assert "Ida Holm was removed." in page.text and stored(Contact) == []
    codes = [(entry.code, entry.data.get("field"), entry.data["name"]) for entry in stored(AuditEntry)]
    assert codes == [
        ("core.contact_added", None, "Ida Lund"),
        ("core.contact_changed", "name", "Ida Holm"),
        ("core.contact_changed", "address_line1", "Ida Holm"),
        ("core.contact_changed", "city", "Ida Holm"),
        ("core.contact_changed", "country", "Ida Holm"),
        ("core.contact_removed", None, "Ida Holm"),
    ]
    run_jobs()
    texts = [mail.get_body(("plain",)).get_content() for mail in outbox()]
    assert ["Billing contact added: Ida Lund" in texts[0], "Name: Ida Lund → Ida Holm" in texts[1]] == [True, True]
    assert len(texts) == 3 and "Billing contact removed: Ida Holm" in texts[2]


def test_one_billing_contact_is_enough(me: Any, list_url: str, stored: Any) -> None:
    first, second = me.get(f"{list_url}/add/billing"), me.get(f"{list_url}/add/billing")
    fill(first, name="Ida Lund")
    refused = fill(second, status=400, name="Otto Lund", phone="+45 8612 3456")
    assert "There is one already" in refused.text and refused.forms["form"]["name"].value == "Otto Lund"
    assert [row.name for row in stored(Contact)] == ["Ida Lund"]


def test_two_tabs_with_a_contact(me: Any, list_url: str, make: Any, bill_group: Any, stored: Any) -> None:
    contact = make.contact(bill_group, kind="shipping", name="Back door")
    url = f"{list_url}/{contact.public_id}"
    first, second, third = me.get(url), me.get(url), me.get(f"{url}/remove")
    fill(first, name="Front door")
    refused = fill(second, status=400, name="Side door")
    assert "Somebody else wrote: Front door" in refused.text and refused.forms["form"]["name"].value == "Side door"
    fill(refused, name="Side door")
    assert [row.name for row in stored(Contact)] == ["Side door"]
    form = next(form for form in third.forms.values() if form.action.endswith("/remove"))
    form.submit()
    form.submit(status=404)  # the second of two who remove it
    fill(refused, status=404, name="x")


def test_bad_values_stand_beside_their_fields(me: Any, list_url: str, stored: Any) -> None:
    typed = {"name": "  ", "email": "a@b@c", "phone": "123", "city": "Aarhus"}
    page = fill(me.get(f"{list_url}/add/other"), status=400, **typed)
    assert {name: page.forms["form"][name].value for name in typed} == {**typed, "name": ""}
    assert len(page.html.select("[data-errors] li")) == 5  # three, and the street and country that are missing
    assert stored(Contact) == []


@pytest.mark.parametrize(
    "name", ["x" * 10_000, "a\r\nBcc: b@c.test", "\u202egnp", "<b>x</b>", "=1+1", "شركة", "O’Neill"]
)
def test_hostile_names(me: Any, list_url: str, name: str, run_jobs: Any, outbox: Any) -> None:
    form = me.get(f"{list_url}/add/other").forms["form"]
    form["name"].force_value(name)
    saved = form.submit("save", status="*")
    saved.request.environ["wsgi.input"].close()
    if saved.status_int == 400:
        assert len(name) > 200 or "\u202e" in name or "\n" in name
        return
    page = saved.follow()
    assert "<b>x" not in page.text
    run_jobs()
    (mail,) = outbox()
    assert mail["Bcc"] is None and "<b>x" not in mail.get_body(("html",)).get_content()


def test_unknown_kinds_and_foreign_contacts(me: Any, list_url: str, make: Any, other_bill_group: Any) -> None:
    me.get(f"{list_url}/add/secret", status=404)
    me.get(f"{list_url}/{'2' * 20}", status=404)
    foreign = make.contact(other_bill_group, kind="billing", name="Nobody of ours")
    for path in (foreign.public_id, f"{foreign.public_id}/remove"):
        me.get(f"{list_url}/{path}", status=404)
    me.get(f"/g/{other_bill_group.public_id}/account/contacts", status=404)


def test_readers_read(signed_in: Any, browser: Any, make: Any, bill_group: Any, list_url: str) -> None:
    contact = make.contact(bill_group, kind="billing", name="Ida Lund")
    for role, may_write in (("billing", True), ("technical", False), ("viewer", False)):
        theirs = signed_in(browser(), make.member(bill_group, f"{role}@customer.test", role=role))
        page = theirs.get(list_url)
        assert "Ida Lund" in page.text and ("Change" in page.html.select_one("main").text) == may_write
        token = {"csrf_token": page.html.select_one("input[name=csrf_token]")["value"]}
        for path in ("add/other", contact.public_id, f"{contact.public_id}/remove"):
            theirs.get(f"{list_url}/{path}", status=200 if may_write else 403)
            if not may_write:
                theirs.post(f"{list_url}/{path}", token, status=403)


def test_contacts_end_somewhere(
    me: Any, list_url: str, make: Any, bill_group: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = me.get(f"{list_url}/add/other")
    monkeypatch.setattr(contacts, "MOST_CONTACTS", 1)
    make.contact(bill_group, kind="billing", name="Ida Lund")
    refused = fill(late, status=400, name="One too many")
    assert "Remove one that isn" in refused.text


def test_a_contact_that_is_sent_twice_is_one(me: Any, list_url: str, stored: Any, run_jobs: Any, outbox: Any) -> None:
    form = me.get(f"{list_url}/add/other").forms["form"]
    form["name"] = "Grace"
    for _press in range(2):
        form.submit("save", status=303)
    assert [row.name for row in stored(Contact)] == ["Grace"]
    run_jobs()
    assert len(outbox()) == 1


def test_staff_name_contacts_on_the_phone(
    browser: Any, signed_in: Any, make: Any, tenant: Any, bill_group: Any, other_bill_group: Any, stored: Any,
    user: Any, run_jobs: Any, outbox: Any,
) -> None:  # fmt: skip
    """The same pages, audited and told to the owners as what a customer changes."""
    console = signed_in(browser(), make.staff(tenant, role="support"), kind="staff")
    overview = f"/staff/bill-groups/{bill_group.public_id}"
    page = fill(console.get(overview).click("Add a billing contact"), name="Ida Lund", email="ida@lund.example")
    assert page.location.endswith(f"{overview}#contacts")
    page = console.get(overview)
    assert "ida@lund.example" in page.text and "Add a billing contact" not in page.text
    fill(page.click("Change", href="/contacts/"), name="Ida Holm")
    (contact,) = stored(Contact)
    assert contact.name == "Ida Holm"
    foreign = make.contact(other_bill_group)
    for path in ("", "/remove"):
        console.get(f"{overview}/contacts/{foreign.public_id}{path}", status=404)
    page = console.get(overview).click("Remove", href="/contacts/")
    next(form for form in page.forms.values() if form.action.endswith("/remove")).submit(status=303)
    assert [row.name for row in stored(Contact)] == [foreign.name]
    run_jobs()
    texts = [mail.get_body(("plain",)).get_content() for mail in outbox()]
    assert len(texts) == 3 and all("Sam Staff of Alder Hosting" in text for text in texts)
    reader = signed_in(browser(), make.staff(tenant, "rea@alder.test", role="read_only"), kind="staff")
    assert "Add a billing contact" not in reader.get(overview).text
    reader.get(f"{overview}/contacts/add/billing", status=403)
