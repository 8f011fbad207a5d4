"""People of an account: who is listed, and who is invited."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from people_steps import edit, member, press, rows, services, texts
from sqlalchemy import select

from riskportal.audit.models import AuditEntry
from riskportal.customers.models import BillGroup
from riskportal.db.guard import Scope
from riskportal.db.session import Database
from riskportal.identity.models import Membership, User
from riskportal.shell.access import forms, places
from riskportal.shell.access.places import INVITE_SETTING
from riskportal.tenancy.models import Tenant
from riskportal.tenancy.services import set_role_permission, set_setting


def test_who_has_access_and_why(
    ada: Any, url: str, make: Any, bill_group: BillGroup, tenant: Any, clock: Any
) -> None:
    make.rule(bill_group, "d.test", "billing", kind="domain")
    make.user(tenant, "dan@d.test", name="Dan")
    member(make, bill_group, "bob@b.test", name="Bob", invited_by="Ada Lovelace", invited_at=clock.now())
    member(make, bill_group, "old@b.test", revoked_at=clock.now())
    found = texts(ada.get(url), "#people tbody tr")
    assert len(found) == 3
    assert "Ada Lovelace (you) ada@customer.test Owner By your provider" in found[0]
    assert "Bob bob@b.test Viewer Invited by Ada Lovelace Never Invited Change" in found[1]
    assert "Dan dan@d.test Billing By your provider, like everybody at d.test" in found[2]
    assert texts(ada.get(f"{url}?show=gone"), "#people tbody strong") == ["old@b.test"]
    assert texts(ada.get(f"{url}?who=dan"), "#people tbody strong") == ["Dan"]
    for query in (
        "?who=%25",
        "?who=<script>",
        "?show=x",
        "?after=zzz",
        "?after=%C3%A4",
        f"?who={'x' * 999}",
    ):
        ada.get(url + query, status=200)


def test_the_list_goes_on(ada: Any, url: str, make: Any, bill_group: BillGroup) -> None:
    for number in range(60):
        member(make, bill_group, f"u{number:02}@b.test")
    page = ada.get(url)
    first = texts(page, "#people tbody strong")
    page = page.click("Next")
    assert "u49@b.test" not in page.request.path_qs
    second = texts(page, "#people tbody strong")
    assert (len(first), len(second)) == (50, 11)
    assert not set(first) & set(second)


def test_an_invitation(
    ada: Any,
    url: str,
    bill_group: BillGroup,
    database: Database,
    run_jobs: Callable[..., int],
    outbox: Callable[[], list[Any]],
) -> None:
    form = edit("technical", email=" Bob@B.test ", name="Bob", language="de", until="2027-12-31")(
        ada.get(url).click("Invite somebody").forms["person"]
    )
    page = form.submit(status=303).follow()
    assert "bob@b.test was invited. The mail is on its way." in page
    assert "Technical" in texts(page, "#people tbody tr")[1]
    (found,) = rows(database, bill_group, Membership)
    assert (found.email, found.name, found.role, found.invited_by) == (
        "bob@b.test",
        "Bob",
        "technical",
        "Ada Lovelace",
    )
    assert found.expires_at.isoformat() == "2027-12-31T23:00:00+00:00"
    assert [entry.code for entry in rows(database, bill_group, AuditEntry)] == ["core.person_invited"]
    run_jobs()
    mails = {mail["To"]: mail.get_body(("plain",)).get_content() for mail in outbox()}
    assert set(mails) == {"bob@b.test", "ada@customer.test"}
    assert f"http://portal.test/g/{bill_group.public_id}/" in mails["bob@b.test"]
    assert "31.12.2027" in mails["bob@b.test"]
    assert "bob@b.test was invited: Technical" in mails["ada@customer.test"]
    assert "Ada Lovelace (ada@customer.test)" in mails["ada@customer.test"]


def test_whoever_is_invited_comes_in_by_the_mail(
    ada: Any, url: str, bill_group: BillGroup, browser: Any, run_jobs: Callable[..., int], outbox: Any, database: Any
) -> None:
    edit("technical", email="bob@b.test", name="Bob")(ada.get(f"{url}/invite").forms["person"]).submit(status=303)
    run_jobs()
    (invitation,) = [mail for mail in outbox() if mail["To"] == "bob@b.test"]
    link = re.search(r"http://portal\.test(/g/\S+)", invitation.get_body(("plain",)).get_content())
    bob = browser()
    form = bob.get(link[1], status=303).follow().forms["sign-in"]
    form["email"] = "Bob@B.test"
    form.submit(status=303)
    run_jobs()
    link = re.search(r"http://portal\.test(/sign-in/confirm/\S+)", outbox()[-1].get_body(("plain",)).get_content())
    page = bob.get(link[1]).forms[0].submit()
    while page.status_int == 303:
        page = page.follow()
    assert page.request.path == f"/g/{bill_group.public_id}/"
    bob.get(url, status=403)
    assert "Bob bob@b.test Technical" in texts(ada.get(url), "#people tbody tr")[1]
    # The name by which they were invited is theirs until they choose another.
    assert [user.name for user in rows(database, bill_group, User) if user.email == "bob@b.test"] == ["Bob"]
    assert "Has access" in texts(ada.get(url), "#people tbody tr")[1]


def test_single_permissions(ada: Any, url: str, visitor: Any, bill_group: BillGroup, database: Database) -> None:
    """WHMCS's sub-user keys are the model: each permission by itself."""
    form = ada.get(f"{url}/invite").forms["person"]
    labels = texts(ada.get(f"{url}/invite"), "#person-permissions legend")
    labels = [label.removesuffix(" optional") for label in labels]
    assert (labels[0], sorted(labels[1:-1]), labels[-1]) == ("Single permissions", ["Billing", "Services"], "Account")
    edit(permissions=("billing.invoice.read",), email="bob@b.test")(form).submit(status=303)
    (found,) = rows(database, bill_group, Membership)
    assert (found.role, found.permissions) == (None, ["billing.invoice.read"])


@pytest.mark.parametrize(
    ("fields", "word", "field"),
    [
        ({"email": "nobody"}, "one e-mail address", "person-email"),
        ({"email": "a@b.de,c@d.de"}, "one e-mail address", "person-email"),
        ({"email": "a@b.de\r\nBcc: c@d.de"}, "one e-mail address", "person-email"),
        ({"email": ""}, "fill this in", "person-email"),
        ({"email": "ada@customer.test"}, "has access already", "person-email"),
        ({"email": "out@b.test"}, "restore", "person-email"),
        ({"email": "x@b.test", "name": "x" * 201}, "at most 200", "person-name"),
        ({"email": "x@b.test", "name": "a\u202eb"}, "can't be used", "person-name"),
        ({"email": "x@b.test", "until": "2020-01-01"}, "later day", "person-until"),
        ({"email": "x@b.test", "until": "soon"}, "Choose a date", "person-until"),
        ({"email": "x@b.test", "person-role": "own"}, "at least one thing", "person-permissions"),
        ({"email": "x@b.test", "person-role": "boss"}, "one of the options", "person-role"),
        ({"email": "x@b.test", "language": "xx"}, "one of the options", "person-language"),
    ],
)  # fmt: skip
def test_bad_input_stands_beside_its_field(
    ada: Any,
    url: str,
    make: Any,
    bill_group: BillGroup,
    clock: Any,
    fields: dict[str, str],
    word: str,
    field: str,
    database: Database,
) -> None:
    member(make, bill_group, "out@b.test", revoked_at=clock.now())
    form = ada.get(f"{url}/invite").forms["person"]
    form["name"] = "Bob <b>"
    for name, value in fields.items():
        form[name].force_value(value)
    page = form.submit(status=400)
    (link,) = page.html.select(".summary a")
    assert link["href"] == f"#{field}"
    assert word in link.get_text()
    assert page.html.select(f"#{field}")
    if "name" not in fields:
        assert page.forms["person"]["name"].value == "Bob <b>"
    assert len(rows(database, bill_group, Membership)) == 1


def test_limits_to_single_records(ada: Any, url: str, make: Any, bill_group: BillGroup, database: Database) -> None:
    first, second = services(make, bill_group, 2)
    page = ada.get(f"{url}/invite")
    assert "They then see what is chosen below and their own login, and nothing else" in page
    form = edit("viewer", ("x",), email="bob@b.test", limited=True)(page.forms["person"])
    page = form.submit(status=400)
    assert "Choose at least one" in texts(page, ".summary")[0]
    edit("viewer", (first.public_id,), email="bob@b.test", limited=True)(page.forms["person"]).submit(status=303)
    (found,) = rows(database, bill_group, Membership)
    assert found.limited_to == [["services.service", first.public_id]]
    page = ada.get(f"{url}/{found.public_id}")
    assert "Service 1" in texts(page, "#now")[0] and "Service 2" not in texts(page, "#now")[0]
    assert texts(page, "#now .points li") == ["See services, prices and renewals"]
    # What a limit leaves of invoices is nothing.
    form = edit(permissions=("billing.invoice.read", second.public_id), email="x@b.test", limited=True)
    page = form(ada.get(f"{url}/invite").forms["person"]).submit(status=400)
    assert "would see nothing" in texts(page, ".summary")[0]


def test_a_form_offers_some_records_and_says_that_there_are_more(
    ada: Any, url: str, make: Any, bill_group: BillGroup, monkeypatch: pytest.MonkeyPatch, sql_count: Any
) -> None:
    every = services(make, bill_group, 5)
    last = member(
        make, bill_group, "bob@b.test", role="viewer", limited_to=[["services.service", every[4].public_id]]
    )
    assert "There are more" not in ada.get(f"{url}/invite")
    for module in (places, forms):
        monkeypatch.setattr(module, "MOST_RECORDS", 2)
    with sql_count() as sql:
        page = ada.get(f"{url}/invite")
    assert "There are more: these are the first 2 by name." in page
    values = [box._value for box in page.forms["person"].fields["checkbox"]]
    assert [row.public_id in values for row in every] == [True, True, False, False, False]
    assert any("FROM services_services" in text and "LIMIT" in text for text in sql.statements), "no more are read"
    # What somebody is limited to stays on their form.
    page = ada.get(f"{url}/{last.public_id}")
    assert every[4].public_id in [box._value for box in page.forms["person"].fields["checkbox"] if box.checked]


def test_records_of_others_can_not_be_chosen(
    ada: Any, url: str, make: Any, bill_group: BillGroup, other_bill_group: BillGroup, database: Database
) -> None:
    services(make, bill_group, 1)
    (foreign,) = services(make, other_bill_group, 1)
    form = edit("viewer", email="bob@b.test", limited=True)(ada.get(f"{url}/invite").forms["person"])
    fields = form.submit_fields()
    at = fields.index(("__start__", "services_service:sequence"))
    forged = [*fields[: at + 1], ("checkbox", foreign.public_id), *fields[at + 1 :]]
    ada.post(f"{url}/invite", forged, status=400)
    assert not rows(database, bill_group, Membership)


def test_an_invitation_is_sent_again_but_not_often(
    ada: Any, url: str, make: Any, bill_group: BillGroup, run_jobs: Any, outbox: Any
) -> None:
    there = member(make, bill_group, "bob@b.test", invited_by="Ada")
    for _try in range(2):
        assert "goes out to bob@b.test again" in press(ada.get(f"{url}/{there.public_id}"), "resend")
    page = press(ada.get(f"{url}/{there.public_id}"), "resend")
    assert "Please wait" in texts(page, ".flashes .bad")[0]
    run_jobs()
    assert [mail["To"] for mail in outbox()] == ["bob@b.test"] * 2


def test_many_invitations_at_once_have_to_wait(ada: Any, url: str, database: Database, bill_group: BillGroup) -> None:
    form = ada.get(f"{url}/invite").forms["person"]
    for number in range(30):
        form["email"] = f"u{number}@b.test"
        form.submit(status=303)
    form["email"] = "more@b.test"
    assert "many invitations" in texts(form.submit(status=400), ".summary")[0]
    assert len(rows(database, bill_group, Membership)) == 30


def test_the_provider_may_add_people_alone(ada: Any, url: str, database: Database, portal: Any, tenant: Any) -> None:
    form = ada.get(f"{url}/invite").forms["person"]
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        row = db.get_one(Tenant, tenant.id)
        set_setting(db, row, portal.seam.settings[INVITE_SETTING], False)
    page = ada.get(url)
    assert "Invite somebody" not in page
    assert "New people are added by your provider." in page
    ada.get(f"{url}/invite", status=303)
    form["email"] = "bob@b.test"
    form.submit(status=303)
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        assert db.scalar(select(Membership)) is None


def test_an_edited_role_is_told_as_it_is(ada: Any, url: str, database: Database, portal: Any, tenant: Any) -> None:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        row = db.get_one(Tenant, tenant.id)
        set_role_permission(db, row, "technical", portal.seam.permissions["billing.payment.read"], True)
    (rights,) = [text for text in texts(ada.get(f"{url}/invite"), ".exactly") if "Technical" in text]
    assert "See payments" in rights


def test_nobody_is_invited_into_a_closed_portal(
    make: Any, tenant: Any, testapp: Any, signed_in: Any, customer: Any
) -> None:
    staff = signed_in(testapp, make.staff(tenant), kind="staff")
    group = make.bill_group(customer, portal_enabled=False)
    form = staff.get(f"/staff/bill-groups/{group.public_id}/access/people/invite").forms["person"]
    page = edit("owner", email="bob@b.test")(form).submit(status=400)
    assert "Switch it on first" in texts(page, ".summary")[0]
