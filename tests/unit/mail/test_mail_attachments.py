"""Files of mails, over real SMTP: whole, named safely, bounded, and gone with a rollback."""

import socket
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from mail_support import CODE, LINK, new_mailer, new_worker
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from riskportal.db.guard import Scope
from riskportal.files.blobs import LocalBlobStore
from riskportal.jobs.models import DEAD, JobRow
from riskportal.mail import attachments
from riskportal.mail.attachments import Attachment
from riskportal.mail.models import FAILED, MailAttachment, OutgoingMail
from riskportal.mail.rendering import MailError
from riskportal.mail.transports import transport_from_setting

VALUES = {"name": "Ada", "link": LINK, "code": CODE}
PDF = b"%PDF-1.7\n\x00\xff binary \r\n.\r\n" * 2000


class Inbox:
    def __init__(self):
        self.taken = []

    async def handle_DATA(self, server, session, envelope):
        self.taken.append(envelope.content)
        return "250 OK"


@pytest.fixture
def blobs(tmp_path):
    return LocalBlobStore(tmp_path / "files")


@pytest.fixture
def deliver(database, blobs):
    """Hands what is due to an SMTP server on the loopback and returns the messages that it took."""
    inbox = Inbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()

    def run():
        transport = transport_from_setting(f"smtp://127.0.0.1:{port}?tls=none")
        new_worker(database, transport, new_mailer(blobs=blobs)).run_due()
        return [message_from_bytes(content, policy=policy.default) for content in inbox.taken]

    yield run
    controller.stop()


def compose(database, tenant, blobs, *files, **options):
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        mailer = new_mailer(blobs=blobs)
        return mailer.compose(
            db, tenant, "test.plain", to="ada@customer.test", values=VALUES, attachments=files, **options
        )


def test_files_arrive_byte_for_byte_beside_text_and_html(database, tenant, bill_group, blobs, deliver):
    files = (Attachment("Invoice R-1.pdf", "application/pdf", PDF), Attachment("a.txt", "text/plain", "ä\n".encode()))
    mail = compose(database, tenant, blobs, *files, bill_group_id=bill_group.id)
    (message,) = deliver()
    assert message.get_content_type() == "multipart/mixed"
    assert message["Content-Language"] == "en"
    assert CODE in message.get_body(("plain",)).get_content() and CODE in message.get_body(("html",)).get_content()
    got = [(part.get_filename(), part.get_content_type()) for part in message.iter_attachments()]
    assert got == [("Invoice R-1.pdf", "application/pdf"), ("a.txt", "text/plain")]
    pdf, text = message.iter_attachments()
    assert pdf.get_payload(decode=True) == PDF and text.get_payload(decode=True) == "ä\n".encode()
    assert [part.get_content_disposition() for part in (pdf, text)] == ["attachment"] * 2
    with database.session(Scope.bill_group(tenant.id, bill_group.id), write=False) as db:
        rows = db.scalars(select(MailAttachment).order_by(MailAttachment.position)).all()
        assert [(row.mail_id, row.position, row.size) for row in rows] == [(mail.id, 1, len(PDF)), (mail.id, 2, 3)]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Rechnung für Müller & Söhne.pdf", "Rechnung für Müller & Söhne.pdf"),
        ("請求書.pdf", "請求書.pdf"),
        ('a"; filename="evil.exe', 'a"; filename="evil.exe'),
        ("x.pdf\r\nBcc: eve@evil.test\r\n\r\nhello", "x.pdfBcc: eve@evil.testhello"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\invoice.pdf", "invoice.pdf"),
        ("cod.\u202efdp.exe", "cod.fdp.exe"),
        ("", "file"),
        ("n" * 500 + ".pdf", "n" * 146 + ".pdf"),
        ("half \ud800 pair.pdf", "half ? pair.pdf"),
    ],
)
def test_names_are_made_safe_and_survive_the_way(database, tenant, blobs, deliver, name, kept):
    compose(database, tenant, blobs, Attachment(name, "application/pdf", b"x"))
    (message,) = deliver()
    assert message["Bcc"] is None
    (part,) = message.iter_attachments()
    assert part.get_filename() == kept


@pytest.mark.parametrize(
    ("claimed", "sent"),
    [
        ("application/pdf; x=1", "application/pdf"),
        ("text/html", "text/html"),
        ("message/rfc822", "application/octet-stream"),
        ("multipart/mixed", "application/octet-stream"),
        ("nonsense", "application/octet-stream"),
        ("application/pdf\r\nX-Evil: 1", "application/octet-stream"),
    ],
)
def test_types_cannot_break_the_message(database, tenant, blobs, deliver, claimed, sent):
    compose(database, tenant, blobs, Attachment("file", claimed, b"From: a\n\nb"))
    (message,) = deliver()
    (part,) = message.iter_attachments()
    assert (part.get_content_type(), part.get_payload(decode=True)) == (sent, b"From: a\n\nb")
    assert message["X-Evil"] is None


def test_too_much_is_refused_before_anything_is_written(database, tenant, blobs, monkeypatch):
    monkeypatch.setattr(attachments, "LARGEST_TOTAL", 100)
    half = Attachment("half", "text/plain", b"x" * 50)
    compose(database, tenant, blobs, half, half)
    for files in ((half, half, Attachment("one", "text/plain", b"x")), (half,) * 11):
        with pytest.raises(MailError, match=r"100 bytes together|at most 10 files"):
            compose(database, tenant, blobs, *files)
    with pytest.raises(MailError, match="no blob store"):
        compose(database, tenant, None, half)
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        assert db.scalar(select(func.count()).select_from(OutgoingMail)) == 1
        assert db.scalar(select(func.count()).select_from(MailAttachment)) == 2


def test_mail_files_and_job_stand_or_fall_together(database, tenant, blobs):
    with pytest.raises(RuntimeError), database.session(Scope.tenant_wide(tenant.id)) as db:
        new_mailer(blobs=blobs).compose(
            db, tenant, "test.plain", to="a@b.test", values=VALUES, attachments=[Attachment("a", "text/plain", b"a")]
        )
        db.flush()
        raise RuntimeError("business failed")
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        for model in (OutgoingMail, MailAttachment, JobRow):
            assert db.scalar(select(func.count()).select_from(model)) == 0


def test_a_lost_file_ends_the_delivery_visibly(database, tenant, blobs, deliver):
    mail = compose(database, tenant, blobs, Attachment("a.pdf", "application/pdf", PDF))
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        blobs.delete(db.scalars(select(MailAttachment.sha256)).one())
    assert deliver() == []
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        stored = db.get_one(OutgoingMail, mail.id)
        assert (stored.state, db.scalars(select(JobRow)).one().state) == (FAILED, DEAD)
        assert stored.failure == "the attachment 'a.pdf' is no longer in the blob store"


def test_a_copy_has_the_same_files_and_says_what_it_is(database, tenant, bill_group, blobs, deliver):
    original = compose(
        database, tenant, blobs, Attachment("a.pdf", "application/pdf", PDF), bill_group_id=bill_group.id
    )
    deliver()
    with database.session(Scope.bill_group(tenant.id, bill_group.id)) as db:
        found = db.scalars(select(OutgoingMail).options(selectinload(OutgoingMail.attachments))).one()
        copy = new_mailer(blobs=blobs).again(db, tenant, found, "grace@customer.test")
    assert (copy.kind, copy.bill_group_id, copy.message_id != original.message_id) == (
        "test.plain",
        bill_group.id,
        True,
    )
    _first, second = deliver()
    assert second["To"] == "grace@customer.test"
    assert second["Subject"] == "Copy: Sign in, Ada"
    note = "This is a copy. The original went to ada@customer.test"
    for kind in ("plain", "html"):
        assert note in second.get_body((kind,)).get_content()
    (part,) = second.iter_attachments()
    assert part.get_payload(decode=True) == PDF
