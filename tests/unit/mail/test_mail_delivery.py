"""Delivery over real SMTP on the loopback: once, to one, again after a failure, never with a secret left."""

import socket
import ssl
import stat
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from mail_support import CODE, LINK, new_mailer, new_worker
from sqlalchemy import select

from riskportal.db.guard import Scope
from riskportal.jobs.models import DEAD, DONE, JobRow
from riskportal.jobs.services import dead_letters, retry_dead
from riskportal.mail.models import FAILED, QUEUED, SENT, OutgoingMail
from riskportal.mail.transports import MailDeferred, SmtpTransport, transport_from_setting

VALUES = {"name": "Ådä", "link": LINK, "code": CODE}


class Inbox:
    """An SMTP handler that keeps what it took; `answers` are given first, one per mail."""

    def __init__(self):
        self.taken, self.answers, self.recipient_answers = [], [], []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.recipient_answers:
            return self.recipient_answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.answers:
            return self.answers.pop(0)
        self.taken.append(envelope)
        return "250 OK"


@pytest.fixture
def inbox():
    return Inbox()


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def server(inbox, port):
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def smtp(port):
    return transport_from_setting(f"smtp://127.0.0.1:{port}?tls=none")


def compose(database, tenant, to="ada@customer.test", kind="test.link"):
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        return new_mailer().compose(db, tenant, kind, to=to, values=VALUES)


def now_stored(database, tenant):
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        return db.scalars(select(OutgoingMail)).one(), db.scalars(select(JobRow)).one()


def test_a_mail_goes_out_as_composed(database, tenant, clock, inbox, server, smtp):
    mail = compose(database, tenant)
    assert new_worker(database, smtp).run_due() == 1
    envelope = inbox.taken[0]
    assert (envelope.mail_from, envelope.rcpt_tos) == (tenant.sender_address, ["ada@customer.test"])
    message = message_from_bytes(envelope.content, policy=policy.default)
    assert message["From"].addresses[0].display_name == tenant.sender_name
    assert message["To"] == "ada@customer.test"
    assert message["Subject"] == "Sign in, Ådä"
    assert message["Message-ID"] == mail.message_id
    assert message["Date"].datetime == clock.now()
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "en"
    text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert LINK in text and CODE in text and "Hello Ådä" in text
    assert "Sign in" in html and CODE in html
    stored, job = now_stored(database, tenant)
    assert (stored.state, stored.sent_at, stored.secrets_sealed) == (SENT, clock.now(), None)
    assert job.state == DONE


def test_a_mail_that_was_sent_is_not_sent_again(database, tenant, inbox, server, smtp):
    compose(database, tenant)
    work = new_worker(database, smtp)
    work.run_due()
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        db.scalars(select(JobRow)).one().state = "queued"
    assert work.run_due() == 1
    assert len(inbox.taken) == 1


def test_a_server_that_is_down_gets_it_once_when_it_is_back(database, tenant, clock, inbox, port, smtp):
    compose(database, tenant)
    work = new_worker(database, smtp)
    for _ in range(3):
        work.run_due()
        clock.advance(minutes=5)
    stored, job = now_stored(database, tenant)
    assert (stored.state, job.attempts) == (QUEUED, 3)
    assert stored.secrets_sealed is not None
    assert job.last_error.startswith("MailDeferred: no connection to the mail server")
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        for _ in range(3):
            work.run_due()
            clock.advance(hours=2)
    finally:
        controller.stop()
    assert len(inbox.taken) == 1
    assert now_stored(database, tenant)[0].state == SENT


def test_a_temporary_answer_is_tried_again_with_the_same_message_id(database, tenant, clock, inbox, server, smtp):
    mail = compose(database, tenant)
    inbox.recipient_answers = ["450 4.2.0 <ada@customer.test> greylisted"]
    inbox.answers = ["451 4.3.0 try later"]
    work = new_worker(database, smtp)
    reasons = []
    for _ in range(3):
        work.run_due()
        reasons.append(now_stored(database, tenant)[1].last_error)
        clock.advance(hours=2)
    assert reasons == [
        "MailDeferred: the mail server answered 450 4.2.0 <***@***> greylisted",
        "MailDeferred: the mail server answered 451 4.3.0 try later",
        None,
    ]
    assert [message_from_bytes(taken.content)["Message-ID"] for taken in inbox.taken] == [mail.message_id]


@pytest.mark.parametrize("where", ["recipient_answers", "answers"])
def test_a_refusal_is_dead_at_once_and_erases_the_secrets(database, tenant, inbox, server, smtp, where):
    compose(database, tenant)
    setattr(inbox, where, ["550 5.1.1 no such mailbox"])
    work = new_worker(database, smtp)
    assert work.run_due() == 1
    stored, job = now_stored(database, tenant)
    assert (stored.state, stored.secrets_sealed, job.state) == (FAILED, None, DEAD)
    assert stored.failure == "the mail server answered 550 5.1.1 no such mailbox"

    with database.session(Scope.tenant_wide(tenant.id)) as db:
        retry_dead(db, dead_letters(db)[0].id)
    work.run_due()
    stored, job = now_stored(database, tenant)
    assert (stored.state, job.state, inbox.taken) == (FAILED, DEAD, [])
    assert "secrets were erased" in job.last_error


def test_a_dead_mail_without_secrets_can_be_retried(database, tenant, inbox, server, smtp):
    compose(database, tenant, kind="test.plain")
    inbox.answers = ["554 5.7.1 not today"]
    work = new_worker(database, smtp)
    work.run_due()
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        retry_dead(db, dead_letters(db)[0].id)
    work.run_due()
    stored, _job = now_stored(database, tenant)
    assert (stored.state, stored.failure, len(inbox.taken)) == (SENT, None, 1)


def test_out_of_attempts_erases_the_secrets(database, tenant, clock, smtp):
    compose(database, tenant)
    work = new_worker(database, smtp)
    for _ in range(31):
        work.run_due()
        clock.advance(hours=2)
    stored, job = now_stored(database, tenant)
    assert (stored.state, stored.secrets_sealed, job.state, job.attempts) == (FAILED, None, DEAD, 30)


def test_another_installation_secret_is_dead_at_once(database, tenant, inbox, server, smtp):
    compose(database, tenant)
    new_worker(database, smtp, new_mailer("another secret, also long enough for it")).run_due()
    stored, job = now_stored(database, tenant)
    assert (stored.state, job.state) == (FAILED, DEAD)
    assert "another riskportal.secret" in stored.failure


def test_no_lock_is_held_while_the_server_is_slow(database, tenant, inbox, server, smtp):
    """SQLite has one write lock: a worker that waits for a mail server must not keep it."""
    written = []

    class Slow:
        def send(self, message, sender, recipient):
            with database.session(Scope.tenant_wide(tenant.id)) as db:
                new_mailer().compose(db, tenant, "test.plain", to="other@customer.test", values=VALUES)
            written.append(recipient)

    compose(database, tenant)
    new_worker(database, Slow()).run_due(limit=1)
    assert written == ["ada@customer.test"]


def test_an_address_beyond_ascii_goes_as_it_is(database, tenant, inbox, port, smtp):
    controller = Controller(inbox, hostname="127.0.0.1", port=port, enable_SMTPUTF8=True)
    controller.start()
    try:
        compose(database, tenant, to="jürgen@customer.test")
        new_worker(database, smtp).run_due()
    finally:
        controller.stop()
    assert inbox.taken[0].rcpt_tos == ["jürgen@customer.test"]
    assert "To: jürgen@customer.test" in inbox.taken[0].content.decode()


def test_files_are_whole_private_and_sorted(database, tenant, tmp_path, clock):
    transport = transport_from_setting(f"file:{tmp_path}/mail")
    for to in ("a@customer.test", "b@customer.test", "jürgen@customer.test"):
        compose(database, tenant, to=to)
    assert new_worker(database, transport).run_due() == 3
    files = sorted((tmp_path / "mail").iterdir())
    assert [file.suffix for file in files] == [".eml"] * 3
    messages = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    assert [message["To"] for message in messages] == [
        "a@customer.test",
        "b@customer.test",
        "jürgen@customer.test",
    ]
    assert CODE in messages[0].get_body(("plain",)).get_content()
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def certificate(folder):
    """A certificate for 127.0.0.1 that signs itself, and its key, as one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    start = datetime(2020, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_starttls_and_password(tmp_path, port, inbox, monkeypatch):
    pem = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)

    def check(server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login, data.password) == (b"bob", b"pa:ss/w"), handled=False)

    options = {"tls_context": context, "require_starttls": True, "authenticator": check}
    controller = Controller(inbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    setting = f"smtp://bob:pa%3Ass%2Fw@localhost:{port}?tls=starttls"
    try:
        with pytest.raises(MailDeferred, match="certificate can't be trusted"):
            transport_from_setting(setting).check()
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        assert transport_from_setting(setting).check() == f"the mail server localhost:{port} answers"
        with pytest.raises(MailDeferred, match="doesn't accept the user name and password"):
            transport_from_setting(setting.replace("bob", "eve")).check()
    finally:
        controller.stop()


def test_a_password_never_travels_in_the_clear_unasked(server, port):
    for setting in (f"smtp://bob:x@127.0.0.1:{port}", f"smtp://127.0.0.1:{port}?tls=starttls"):
        with pytest.raises(MailDeferred, match="offers no STARTTLS"):
            transport_from_setting(setting).check()
    assert "answers" in transport_from_setting(f"smtp://127.0.0.1:{port}").check()


def test_settings():
    assert transport_from_setting("smtps://u:p@mx.test") == SmtpTransport("mx.test", 465, "u", "p", "implicit")
    assert transport_from_setting("smtp://mx.test") == SmtpTransport("mx.test", 25)
    assert "p4ss" not in repr(transport_from_setting("smtp://u:p4ss@mx.test"))
    for wrong in (
        "",
        "file:",
        "http://mx.test",
        "smtp://",
        "smtp://mx.test:port",
        "smtp://mx.test?tls=maybe",
        "smtp://mx.test?x=1",
        "smtps://mx.test?tls=none",
        "smtp://u:p4ss@mx.test:port",
    ):
        with pytest.raises(ValueError, match="expected file:FOLDER") as caught:
            transport_from_setting(wrong)
        assert "p4ss" not in str(caught.value)


def test_a_mail_folder_that_cannot_be_made_is_said_so(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(MailDeferred, match="can't create the mail folder"):
        transport_from_setting(f"file:{tmp_path}/file/mail").check()
    assert "mails are written to" in transport_from_setting(f"file:{tmp_path}/mail").check()
