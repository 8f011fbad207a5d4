"""An invoice by mail: its frozen PDF, to the reader or a billing contact, over real SMTP."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from billing_books import TODAY
from sqlalchemy import select
from webtest import TestApp

from riskportal.audit.models import AuditEntry
from riskportal.db.guard import Scope
from riskportal.mail.models import OutgoingMail
from riskportal.mail.transports import transport_from_setting
from riskportal_billing.pdf import PdfError


class Inbox:
    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 OK"


@pytest.fixture
def deliver(portal: Any) -> Iterator[Any]:
    """Runs the jobs over an SMTP server on the loopback; returns what it took."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()

    def run() -> list[EmailMessage]:
        replace(portal, transport=transport_from_setting(f"smtp://127.0.0.1:{port}?tls=none")).worker().run_due()
        return inbox.taken

    yield run
    controller.stop()


@pytest.fixture
def ada(testapp: TestApp, signed_in: Any, user: Any) -> TestApp:
    return signed_in(testapp, user)


def address(bill_group: Any, invoice: Any, end: str = "") -> str:
    return f"/g/{bill_group.public_id}/billing/invoices/{invoice.public_id}{end}"


def test_it_goes_to_the_reader_with_the_pdf(
    ada: TestApp, bill_group: Any, books: Any, deliver: Any, database: Any, user: Any, tenant: Any
) -> None:
    invoice = books.invoice(due=TODAY)
    page = ada.get(address(bill_group, invoice))
    # Nobody else to choose: one button that says where it goes.
    assert page.html.select_one("#send button").get_text() == "To me, ada@customer.test"
    page = page.forms["send"].submit("send").follow()
    assert "The invoice is on its way to ada@customer.test" in page
    (mail,) = deliver()
    assert (mail["To"], mail["Subject"]) == ("ada@customer.test", f"Invoice {invoice.number} from Alder Hosting")
    text = mail.get_body(("plain",)).get_content()
    assert "Please pay €119.00 by 20 Apr 2027." in text
    assert f"{tenant.base_url}{address(bill_group, invoice)}" in text
    (part,) = mail.iter_attachments()
    assert part.get_filename() == f"Invoice {invoice.number}.pdf"
    assert part.get_payload(decode=True) == ada.get(address(bill_group, invoice, ".pdf")).body
    with database.session(Scope.bill_group(bill_group.tenant_id, bill_group.id), write=False) as db:
        stored = db.scalars(select(OutgoingMail)).one()
        entry = db.scalars(select(AuditEntry).where(AuditEntry.code == "billing.invoice_sent")).one()
    assert (stored.kind, stored.bill_group_id, stored.state) == ("billing.invoice", bill_group.id, "sent")
    assert entry.data == {"number": invoice.number, "address": "ada@customer.test"}
    listed = ada.get(f"/g/{bill_group.public_id}/account/emails?about=billing")
    assert f"Invoice {invoice.number} from Alder Hosting" in listed and "with files" in listed


def test_a_billing_contact_gets_it_in_the_accounts_language(
    ada: TestApp, make: Any, customer: Any, books: Any, deliver: Any, bill_group: Any, database: Any
) -> None:
    with database.session(Scope.tenant_wide(bill_group.tenant_id)) as db:
        db.merge(bill_group).language = "de"
    contact = make.contact(bill_group, name="Grace Hopper", email="grace@customer.test")
    make.contact(bill_group, kind="other", email="other@customer.test")
    make.contact(bill_group, email=None)
    make.contact(bill_group, email="ada@customer.test")
    invoice = books.invoice(due=TODAY.replace(day=1))
    form = ada.get(address(bill_group, invoice)).forms["send"]
    assert [value for value, *_rest in form["send-to"].options] == ["me", contact.public_id]
    form["send-to"] = contact.public_id
    form.submit("send").follow()
    (mail,) = deliver()
    assert (mail["To"], mail["Content-Language"]) == ("grace@customer.test", "de")
    assert mail["Subject"] == f"Rechnung {invoice.number} von Alder Hosting"
    assert "war am 01.04.2027 fällig" in mail.get_body(("plain",)).get_content()


@pytest.mark.parametrize("to", ["eve@evil.test", "", "other", "me\r\nBcc: eve@evil.test"])
def test_nobody_else_can_be_written_to(
    ada: TestApp, make: Any, bill_group: Any, books: Any, to: str, database: Any
) -> None:
    make.contact(bill_group)
    form = ada.get(address(bill_group, books.invoice())).forms["send"]
    form["send-to"].force_value(to)
    page = form.submit("send", status=400)
    assert "Please check what you entered" in page and "Billed to" in page.text
    with database.session(Scope.tenant_wide(bill_group.tenant_id), write=False) as db:
        assert db.scalars(select(OutgoingMail)).all() == []


def test_without_a_pdf_nothing_is_sent(
    ada: TestApp, bill_group: Any, books: Any, monkeypatch: pytest.MonkeyPatch, database: Any
) -> None:
    def fail(*_arguments: Any) -> Any:
        raise PdfError("no")

    monkeypatch.setattr("riskportal_billing.views.papers.pdf.render", fail)
    page = ada.get(address(bill_group, books.invoice())).forms["send"].submit("send", status=400)
    assert "The PDF could not be made just now" in page
    with database.session(Scope.tenant_wide(bill_group.tenant_id), write=False) as db:
        assert db.scalars(select(OutgoingMail)).all() == []


def test_sending_is_rationed(ada: TestApp, bill_group: Any, books: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    form = ada.get(address(bill_group, books.invoice())).forms["send"]
    for _try in range(10):
        form.submit("send", status=303)
    form.submit("send", status=429)


def test_who_may_send(
    testapp: TestApp, signed_in: Any, make: Any, bill_group: Any, other_books: Any, other_bill_group: Any, books: Any
) -> None:
    invoice, theirs = books.invoice(), other_books.invoice()
    signed_in(testapp, make.member(bill_group, "tech@customer.test", "technical"))
    token = testapp.get(f"/g/{bill_group.public_id}/").html.find("input", {"name": "csrf_token"})["value"]
    testapp.post(address(bill_group, invoice, "/send"), {"csrf_token": token, "to": "me"}, status=403)
    signed_in(testapp, make.member(bill_group, "view@customer.test", "viewer"))
    token = testapp.get(f"/g/{bill_group.public_id}/").html.find("input", {"name": "csrf_token"})["value"]
    testapp.post(address(bill_group, invoice, "/send"), {"csrf_token": token, "to": "me"}, status=303)
    testapp.post(address(bill_group, theirs, "/send"), {"csrf_token": token, "to": "me"}, status=404)
    testapp.post(address(other_bill_group, theirs, "/send"), {"csrf_token": token, "to": "me"}, status=404)


@pytest.mark.parametrize(
    ("state", "words"),
    [("cancelled", "nothing is to be paid"), ("paid", "It is paid. Thank you."), ("free", "It is paid")],
)
def test_what_is_to_be_done_is_said_truly(
    ada: TestApp, bill_group: Any, books: Any, deliver: Any, state: str, words: str
) -> None:
    invoice = books.invoice(state="cancelled" if state == "cancelled" else "issued")
    if state != "cancelled":
        books.pay(invoice)
    ada.get(address(bill_group, invoice)).forms["send"].submit("send")
    (mail,) = deliver()
    assert words in mail.get_body(("plain",)).get_content()
