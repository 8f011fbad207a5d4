"""The job that delivers mails."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from riskportal.jobs.context import GiveUp, Handler, JobContext
from riskportal.mail.message import build
from riskportal.mail.models import SENT, OutgoingMail
from riskportal.mail.rendering import MailError
from riskportal.mail.sealing import SealBroken
from riskportal.mail.services import DELIVER, Mailer, mark_failed, mark_sent
from riskportal.mail.transports import MailRefused, Transport
from riskportal.plug.declarations import Job

# Names under which the worker's services hold what delivery needs.
MAILER, TRANSPORT = "mailer", "transport"

# With the queue's delays, a mail server may be down for about a day.
ATTEMPTS = 30


def deliver(ctx: JobContext, mail: str) -> None:
    """Hand a stored mail to the transport; a mail that was sent already is left alone.

    A worker that dies between the server's "taken" and the commit sends twice, with the same Message-ID.
    """
    mailer: Mailer = ctx.services[MAILER]
    transport: Transport = ctx.services[TRANSPORT]
    with ctx.reading() as db:
        found = select(OutgoingMail).where(OutgoingMail.public_id == mail)
        row = db.scalars(found.options(selectinload(OutgoingMail.attachments))).one_or_none()
    if row is None:
        raise GiveUp("the mail is gone")
    if row.state == SENT:
        return
    if mailer.lacks_secrets(row):
        raise GiveUp("its secrets were erased when it failed; have a new mail made instead")
    try:
        message = build(row, mailer.reveal(row), ctx.now(), mailer.files_of(row))
        transport.send(message, row.sender_address, row.to_address)
    except (MailRefused, MailError, SealBroken) as error:
        raise GiveUp(str(error)) from error
    mark_sent(ctx.db, row)


def abandon(ctx: JobContext, reason: str, mail: str) -> None:
    """The delivery has died: note why, and erase the secrets."""
    mark_failed(ctx.db, mail, reason)


JOBS = (Job(DELIVER, run=Handler(deliver, when_dead=abandon), max_attempts=ATTEMPTS),)
