"""The console's e-mails: all of them, those of a bill group, and sending one again to where it went."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from webtest import TestApp

from riskportal.audit.models import AuditEntry
from riskportal.db.guard import Scope
from riskportal.mail.attachments import Attachment
from riskportal.tenancy.models import Tenant

PDF = Attachment("a.pdf", "application/pdf", b"%PDF-1.7 x")
LIST = "/staff/emails"


def subjects(page: Any) -> list[str]:
    return [cell.get_text() for cell in page.html.select(".rows tbody td:first-child strong")]


@pytest.fixture
def sign_in_mail(portal: Any, tenant: Any) -> Any:
    """A mail that belongs to a login."""
    with portal.database.session(Scope.tenant_wide(tenant.id)) as db:
        return portal.mailer.compose(
            db,
            db.get_one(Tenant, tenant.id),
            "core.sign_in",
            to="ada@customer.test",
            values={"link": "https://portal.test/secret-token", "code": "K7QP-3MXD", "minutes": 10},
        )


def test_all_mails_of_the_tenant(
    sam: TestApp, write: Any, bill_group: Any, other_bill_group: Any, other_tenant: Any, make: Any, sign_in_mail: Any
) -> None:
    write(make.bill_group(make.customer(other_tenant)), what="Foreign")
    write(bill_group, what="Mine")
    write(other_bill_group, what="Theirs", state="failed", files=[PDF])
    page = sam.get(LIST)
    assert subjects(page) == ["Theirs", "Mine", "Sign in to Alder Hosting"]
    rows = page.html.select(".rows tbody tr")
    assert "Southwind Studio" in rows[0].get_text() and "with files" in rows[0].get_text()
    assert "Northwind Atelier" in rows[1].get_text() and "Somebody's own" in rows[2].get_text()
    assert subjects(sam.get(LIST, {"state": "failed"})) == ["Theirs"]
    assert subjects(sam.get(LIST, {"about": "security"})) == ["Sign in to Alder Hosting"]
    assert subjects(sam.get(LIST, {"q": "mine"})) == ["Mine"]


def test_an_address_is_looked_up_whole(sam: TestApp, write: Any, bill_group: Any, sql_count: Any) -> None:
    write(bill_group, what="One", to="grace@customer.test")
    write(bill_group, what="Two", to="not-grace@customer.test")
    with sql_count() as sql:
        assert subjects(sam.get(LIST, {"q": "Grace@Customer.test"})) == ["One"]
    (listed,) = [text for text in sql.statements if "FROM outgoing_mails" in text and "count" not in text.lower()]
    assert "outgoing_mails.to_address = " in listed and "LIKE" not in listed
    assert subjects(sam.get(LIST, {"q": "grace@"})) == ["Two", "One"]


@pytest.mark.parametrize(
    "query", ["q=%", "state=x", "about=x", "at=junk", "sort=x", "size=7", "q=" + "x" * 5000, "at="]
)
def test_odd_addresses_of_the_list_work(sam: TestApp, write: Any, bill_group: Any, query: str) -> None:
    write(bill_group)
    sam.get(f"{LIST}?{query}", status=200)


def test_the_tab_of_a_bill_group(sam: TestApp, write: Any, bill_group: Any, other_bill_group: Any) -> None:
    write(other_bill_group, what="Theirs")
    for number in range(30):
        write(bill_group, what=f"Letter {number}", text="needle" if number == 3 else "")
    address = f"/staff/bill-groups/{bill_group.public_id}?tab=core.emails"
    page = sam.get(address)
    assert subjects(page)[0] == "Letter 29" and "Theirs" not in page.text
    older = page.click("Next page")
    assert subjects(older)[-1] == "Letter 0" and "tab=core.emails" in older.request.url
    assert subjects(sam.get(f"{address}&q=needle")) == ["Letter 3"]
    # Another tab's parameters are none of its business.
    sam.get(f"/staff/bill-groups/{bill_group.public_id}?tab=core.overview&at=junk&state=failed")


def test_staff_read_what_the_server_answered(sam: TestApp, write: Any, bill_group: Any) -> None:
    mail = write(bill_group, state="failed", to="gone@customer.test")
    page = sam.get(f"{LIST}/{mail.public_id}")
    assert "550 5.1.1" in page and "letters.plain" in page and "Northwind Atelier" in page
    content = sam.get(page.html.find("iframe")["src"])
    assert (
        content.headers["X-Frame-Options"] == "SAMEORIGIN" and "sandbox" in content.headers["Content-Security-Policy"]
    )


def test_staff_send_again_to_the_same_address_only(
    sam: TestApp, write: Any, bill_group: Any, run_jobs: Any, outbox: Any, database: Any
) -> None:
    mail = write(bill_group, to="grace@customer.test", files=[PDF])
    address = f"{LIST}/{mail.public_id}"
    button = sam.get(address).html.select_one("#again button")
    assert button.get_text() == "To the same address, grace@customer.test"
    sam.get(address).forms["again"].submit("send").follow()
    token = sam.get(address).html.find("input", {"name": "csrf_token"})["value"]
    sam.post(f"{address}/again", {"csrf_token": token, "to": "me"}, status=400)
    sam.post(f"{address}/again", {"csrf_token": token, "to": "eve@evil.test"}, status=400)
    run_jobs()
    assert [copy["To"] for copy in outbox() if copy["Subject"].startswith("Copy")] == ["grace@customer.test"]
    with database.session(Scope.tenant_wide(bill_group.tenant_id), write=False) as db:
        (entry,) = db.scalars(select(AuditEntry).where(AuditEntry.code == "core.mail_sent_again"))
    assert (entry.actor_kind, entry.bill_group_id) == ("staff", bill_group.id)


def test_sign_in_mails_keep_their_secrets(sam: TestApp, sign_in_mail: Any, run_jobs: Any) -> None:
    for _delivered in range(2):
        page = sam.get(f"{LIST}/{sign_in_mail.public_id}")
        everything = page.text + sam.get(page.html.find("iframe")["src"]).text
        assert "[hidden]" in everything and "secret-token" not in everything and "K7QP" not in everything
        assert "again" not in page.forms and "worked once" in page
        run_jobs()


def test_files_and_foreign_mails(sam: TestApp, write: Any, bill_group: Any, other_tenant: Any, make: Any) -> None:
    mail = write(bill_group, files=[PDF])
    assert sam.get(f"{LIST}/{mail.public_id}/files/1").body == PDF.data
    foreign = write(make.bill_group(make.customer(other_tenant)), files=[PDF])
    for end in ("", "/content", "/files/1"):
        sam.get(f"{LIST}/{foreign.public_id}{end}", status=404)


@pytest.mark.parametrize(("role", "sees"), [("owner", True), ("billing", True), ("support", False)])
def test_mails_about_what_a_role_may_not_read(
    testapp: TestApp, signed_in: Any, make: Any, tenant: Any, write: Any, bill_group: Any, role: str, sees: bool
) -> None:
    bill = write(bill_group, kind="letters.bill", what="Bill", files=[PDF])
    signed_in(testapp, make.staff(tenant, role=role), kind="staff")
    tab = f"/staff/bill-groups/{bill_group.public_id}?tab=core.emails"
    for page in (testapp.get(LIST), testapp.get(LIST, {"q": "Bill"}), testapp.get(tab)):
        assert (bill.public_id in page.text) is sees
    for end in ("", "/content", "/files/1"):
        testapp.get(f"{LIST}/{bill.public_id}{end}", status=200 if sees else 404)


def test_sending_again_is_a_right_of_its_own(
    testapp: TestApp, signed_in: Any, make: Any, tenant: Any, write: Any, bill_group: Any
) -> None:
    mail = write(bill_group)
    signed_in(testapp, make.staff(tenant, role="read_only"), kind="staff")
    page = testapp.get(f"{LIST}/{mail.public_id}")
    assert "again" not in page.forms and "Send it again" not in page.text
    token = page.html.find("input", {"name": "csrf_token"})["value"]
    testapp.post(f"{LIST}/{mail.public_id}/again", {"csrf_token": token, "to": "original"}, status=403)


@pytest.mark.parametrize(("role", "texts"), [("owner", 200), ("billing", 403), ("support", 403), ("read_only", 403)])
def test_who_may_do_what(testapp: TestApp, signed_in: Any, make: Any, tenant: Any, role: str, texts: int) -> None:
    signed_in(testapp, make.staff(tenant, role=role), kind="staff")
    page = testapp.get(LIST)
    testapp.get("/staff/settings/mail-texts", status=texts)
    assert ("/staff/settings/mail-texts" in page.text) is (texts == 200)
