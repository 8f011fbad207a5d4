"""The customer's e-mails: found, read as sent in a frame that can do nothing, downloaded, sent again."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select
from webtest import TestApp

from riskportal.audit.models import AuditEntry
from riskportal.db.guard import Scope
from riskportal.identity.models import Membership
from riskportal.mail.attachments import Attachment
from riskportal.mail.models import OutgoingMail

PDF = Attachment("Rechnung für Müller.pdf", "application/pdf", b"%PDF-1.7 x")


def subjects(page: Any) -> list[str]:
    return [cell.get_text() for cell in page.html.select(".rows tbody td:first-child strong")]


def test_every_mail_of_the_bill_group_and_no_other(
    ada: TestApp, here: str, bill_group: Any, other_bill_group: Any, write: Any
) -> None:
    write(other_bill_group, what="Foreign")
    for number in range(30):
        write(bill_group, what=f"Change {number}")
    page = ada.get(here)
    assert subjects(page) == [f"Change {n}" for n in range(29, 4, -1)]
    older = page.click("Older")
    assert subjects(older) == [f"Change {n}" for n in range(4, -1, -1)]
    assert subjects(older.click("Newer")) == subjects(page)
    assert "Foreign" not in page.text + older.text
    assert "belong to that person" in page.text


def test_words_categories_and_states(ada: TestApp, here: str, bill_group: Any, write: Any) -> None:
    write(bill_group, what="Grüße 100% under_score", to="grace@customer.test", text="ÄNDERUNG")
    write(bill_group, what="Plain", state="failed")
    write(bill_group, what="Third", state="queued")

    def found(**query: str) -> list[str]:
        return subjects(ada.get(here, query))

    grusse = "Grüße 100% under_score"
    for text in ("grüße", "GRÜ", "100%", "under_score", "grace@", "änderung", "grüße  100"):
        assert found(q=text) == ([grusse]), text
    for text in ("%", "_"):
        assert found(q=text) == [grusse]
    for text in ("100_", "gr%e", "nowhere", "'; DROP TABLE outgoing_mails; --", "\\", "hidden"):
        assert found(q=text) == []
    assert found(state="failed") == ["Plain"] and found(state="queued") == ["Third"]
    assert found(about="account") == ["Third", "Plain", grusse] and found(about="billing") == []
    assert "No e-mail matches" in ada.get(here, {"q": "nowhere"})
    # A search keeps the filter and a filter keeps the search.
    page = ada.get(here, {"q": "plain", "state": "failed"})
    assert page.html.find("input", {"name": "state"})["value"] == "failed"
    assert "q=plain" in page.html.find("a", string="Account")["href"]


@pytest.mark.parametrize(
    "query",
    [
        "state=gone",
        "about=security",
        "about=x",
        "at=junk",
        "at=WzFd",
        "at=" + "A" * 9000,
        "q=" + "x" * 201,
        "state=sent%00",
    ],
)
def test_junk_in_the_address(ada: TestApp, here: str, query: str) -> None:
    ada.get(f"{here}?{query}", status=400)


def test_an_account_without_mails(ada: TestApp, here: str) -> None:
    assert "No e-mails yet" in ada.get(here)


def test_one_mail_as_it_was_sent(ada: TestApp, here: str, bill_group: Any, write: Any) -> None:
    mail = write(bill_group, what="<script>alert(1)</script> \u202ex", files=[PDF])
    page = ada.get(f"{here}/{mail.public_id}")
    assert "<script>alert" not in page.text
    frame = page.html.find("iframe")
    assert frame["sandbox"] == ["allow-popups", "allow-popups-to-escape-sandbox"]
    assert page.headers["Content-Security-Policy"].endswith("; frame-src 'self'")
    assert "body of the mail" in page.html.find("pre").get_text()
    content = ada.get(frame["src"])
    assert content.headers["X-Frame-Options"] == "SAMEORIGIN"
    policy = content.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-") and "script" not in policy
    assert "sandbox" in policy and "frame-ancestors 'self'" in policy
    assert "&lt;script&gt;alert(1)" in content.text and "<script" not in content.text
    assert not re.search(r"\sstyle=", content.text)
    # Only this page may show frames, and only the frame may be framed.
    assert "frame-src" not in ada.get(here).headers["Content-Security-Policy"]
    assert ada.get(here).headers["X-Frame-Options"] == "DENY"


def test_files_are_downloads(ada: TestApp, here: str, bill_group: Any, write: Any) -> None:
    evil = Attachment('x".html\r\nX: 1', "text/html", b"<script>alert(1)</script>")
    mail = write(bill_group, files=[PDF, evil])
    page = ada.get(f"{here}/{mail.public_id}")
    assert [item.get_text(" ", strip=True) for item in page.html.select(".files li")] == [
        "Rechnung für Müller.pdf 10 B",
        'x".htmlX: 1 25 B',
    ]
    first, second = (ada.get(link["href"]) for link in page.html.select(".files a"))
    assert first.body == PDF.data and first.content_type == "application/pdf"
    assert first.headers["Content-Disposition"].startswith("attachment; ")
    assert "filename*=UTF-8''Rechnung%20f%C3%BCr%20M%C3%BCller.pdf" in first.headers["Content-Disposition"]
    assert second.content_type == "application/octet-stream"
    for answer in (first, second):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["Cache-Control"] == "private, no-store"
    for position in ("0", "3", "01", "-1", "x"):
        ada.get(f"{here}/{mail.public_id}/files/{position}", status=404)


def test_a_copy_goes_to_the_reader_or_where_it_went(
    ada: TestApp,
    here: str,
    bill_group: Any,
    write: Any,
    run_jobs: Any,
    outbox: Any,
    database: Any,
    user: Any,
    clock: Any,
) -> None:
    mail = write(bill_group, to="grace@customer.test", files=[PDF])
    run_jobs()
    clock.advance(minutes=1)
    page = ada.get(f"{here}/{mail.public_id}")
    form = page.forms["again"]
    assert [option for option, *_rest in form["again-to"].options] == ["me", "original"]
    assert "A copy is on its way to ada@customer.test" in form.submit("send").follow()
    form["again-to"] = "original"
    form.submit("send").follow()
    run_jobs()
    copies = outbox()[-2:]
    assert [copy["To"] for copy in copies] == ["ada@customer.test", "grace@customer.test"]
    for copy in copies:
        assert copy["Subject"] == "Copy: Letter"
        assert "The original went to grace@customer.test" in copy.get_body(("plain",)).get_content()
        assert [part.get_filename() for part in copy.iter_attachments()] == [PDF.name]
    assert subjects(ada.get(here)) == ["Copy: Letter"] * 2 + ["Letter"]
    with database.session(Scope.bill_group(bill_group.tenant_id, bill_group.id), write=False) as db:
        entry = db.scalars(select(AuditEntry)).all()[-1]
    assert (entry.code, entry.record_id, entry.actor_id) == ("core.mail_sent_again", mail.public_id, user.id)
    assert entry.data == {"subject": "Letter", "address": "grace@customer.test"}


def test_a_failed_mail_says_so_and_can_be_sent_again(ada: TestApp, here: str, bill_group: Any, write: Any) -> None:
    mail = write(bill_group, to="gone@customer.test", state="failed")
    page = ada.get(f"{here}/{mail.public_id}")
    assert "The mail server of customer.test did not accept it" in page
    # What the server said is for staff.
    assert "5.1.1" not in page.text
    page.forms["again"].submit("send").follow()


def test_waiting_mails_and_secrets_are_not_sent_again(ada: TestApp, here: str, bill_group: Any, write: Any) -> None:
    for mail, words in (
        (write(bill_group, state="queued"), "still waiting"),
        (
            write(
                bill_group,
                kind="letters.secret",
            ),
            "worked once",
        ),
    ):
        page = ada.get(f"{here}/{mail.public_id}")
        assert words in page.text and "again" not in page.forms
        token = page.html.find("input", {"name": "csrf_token"})["value"]
        refused = ada.post(f"{here}/{mail.public_id}/again", {"csrf_token": token, "to": "me"}, status=400)
        assert words in refused.text
        everything = page.text + ada.get(page.html.find("iframe")["src"]).text + ada.get(here).text
        assert "secret-token" not in everything and "K7QP" not in everything
    assert "[hidden]" in everything


def test_wrong_answers_to_the_form(ada: TestApp, here: str, bill_group: Any, write: Any, database: Any) -> None:
    mail = write(bill_group, to="grace@customer.test")
    address = f"{here}/{mail.public_id}"
    token = ada.get(address).html.find("input", {"name": "csrf_token"})["value"]
    for to in ("eve@evil.test", "", "me\r\nBcc: x", "<script>alert(1)</script>"):
        form = ada.get(address).forms["again"]
        form["again-to"].force_value(to)
        page = form.submit("send", status=400)
        assert "Please check what you entered" in page and "<script>alert" not in page.text
        assert page.html.find("iframe") is not None
    # Not the form's shape at all.
    ada.post(f"{address}/again", {"csrf_token": token, "to": "me", "extra": "x"}, status=400)
    ada.post(f"{address}/again", {"to": "me"}, status=400)
    with database.session(Scope.bill_group(bill_group.tenant_id, bill_group.id), write=False) as db:
        assert len(db.scalars(select(OutgoingMail)).all()) == 1


def test_copies_are_rationed(ada: TestApp, here: str, bill_group: Any, write: Any) -> None:
    mail = write(bill_group)
    form = ada.get(f"{here}/{mail.public_id}").forms["again"]
    for _try in range(10):
        form.submit("send", status=303)
    assert int(form.submit("send", status=429).headers["Retry-After"]) > 0


def test_others_mails_answer_like_absent_ones(
    ada: TestApp,
    here: str,
    bill_group: Any,
    other_bill_group: Any,
    other_tenant: Any,
    make: Any,
    write: Any,
    portal: Any,
    tenant: Any,
) -> None:
    absent = ada.get(f"{here}/{'z' * 20}", status=404)
    foreign = make.bill_group(make.customer(other_tenant))
    with portal.database.session(Scope.tenant_wide(tenant.id)) as db:
        nobodys = portal.mailer.compose(
            db,
            db.merge(tenant),
            "core.sign_in",
            to="ada@customer.test",
            values={"link": "https://x", "code": "y", "minutes": 10},
        )
    for mail in (write(other_bill_group, files=[PDF]), write(foreign, files=[PDF]), nobodys):
        for end in ("", "/content", "/files/1"):
            answer = ada.get(f"{here}/{mail.public_id}{end}", status=404)
            assert answer.html.find("h1").get_text() == absent.html.find("h1").get_text()
        token = ada.get(here).html.find("input", {"name": "csrf_token"})["value"]
        ada.post(f"{here}/{mail.public_id}/again", {"csrf_token": token, "to": "me"}, status=404)


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("billing", 200), ("technical", 403), ("viewer", 403)])
def test_who_may_read(
    make: Any, testapp: TestApp, signed_in: Any, bill_group: Any, here: str, role: str, status: int, write: Any
) -> None:
    mail = write(bill_group)
    signed_in(testapp, make.member(bill_group, f"{role}@customer.test", role))
    for end in ("", f"/{mail.public_id}", f"/{mail.public_id}/content"):
        testapp.get(here + end, status=status)
    home = testapp.get(f"/g/{bill_group.public_id}/")
    assert (f'href="{here}"' in home.text) is (status == 200)


@pytest.mark.parametrize("rights", [{"role": "billing"}, {"permissions": ["core.mail.read"]}])
def test_what_one_may_not_read_is_not_read_in_a_mail_either(
    make: Any, testapp: TestApp, signed_in: Any, bill_group: Any, tenant: Any, here: str, write: Any, rights: Any
) -> None:
    """B19."""
    bill, letter = write(bill_group, kind="letters.bill", what="Bill", files=[PDF]), write(bill_group, what="Letter")
    reader = make.user(tenant, "rita@customer.test")
    make.save(Membership(tenant_id=tenant.id, bill_group_id=bill_group.id, email=reader.email, **rights))
    signed_in(testapp, reader)
    assert subjects(testapp.get(here)) == ["Letter"] and subjects(testapp.get(here, {"q": "Bill"})) == []
    for end in ("", "/content", "/files/1"):
        testapp.get(f"{here}/{bill.public_id}{end}", status=404)
    token = testapp.get(f"{here}/{letter.public_id}").html.find("input", {"name": "csrf_token"})["value"]
    testapp.post(f"{here}/{bill.public_id}/again", {"csrf_token": token, "to": "me"}, status=404)


def test_who_is_limited_to_single_records_reads_no_mails(
    make: Any, testapp: TestApp, signed_in: Any, bill_group: Any, tenant: Any, here: str, clock: Any
) -> None:
    limited = make.user(tenant, "lim@customer.test")
    make.save(
        Membership(
            tenant_id=tenant.id,
            bill_group_id=bill_group.id,
            email=limited.email,
            role="owner",
            limited_to=[["services.service", "x" * 20]],
        )
    )
    signed_in(testapp, limited)
    testapp.get(here, status=403)


def test_a_page_costs_a_handful_of_statements(
    ada: TestApp, here: str, bill_group: Any, write: Any, sql_count: Any
) -> None:
    mails = [write(bill_group, files=[PDF]) for _number in range(12)]
    ada.get(here)
    with sql_count() as few:
        ada.get(here)
    with sql_count() as one:
        ada.get(f"{here}/{mails[0].public_id}")
    for _number in range(12):
        write(bill_group, files=[PDF])
    ada.get(here)
    with sql_count() as many:
        ada.get(here)
    assert len(many) == len(few) <= 8 and len(one) <= 9
    # No bodies in a list.
    (listed,) = [text for text in few.statements if "FROM outgoing_mails" in text]
    assert "outgoing_mails.html" not in listed and "outgoing_mails.text" not in listed
