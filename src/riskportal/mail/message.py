"""A stored mail as an RFC 5322 message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from riskportal.mail.addresses import check_address, check_name
from riskportal.mail.attachments import Attachment
from riskportal.mail.models import OutgoingMail
from riskportal.mail.rendering import MailError, Rendered


def build(mail: OutgoingMail, parts: Rendered, at: datetime, files: Sequence[Attachment] = ()) -> EmailMessage:
    """The message as sent at `at` (UTC). Its Message-ID is the mail's own, the same at every attempt.

    Names of files beyond ASCII are written by RFC 2231.
    MailError when sender or recipient isn't one plain address.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(mail.sender_address, check_name(mail.sender_name))
    message["To"] = _address(mail.to_address)
    message["Subject"] = parts.subject
    message["Date"] = at
    message["Message-ID"] = mail.message_id
    # RFC 3834 and its Microsoft cousin: no holiday notes in reply to a machine.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if [address.addr_spec for address in message["To"].addresses] != [mail.to_address]:
        raise MailError("the recipient can't be written into a header exactly as stored")
    message.set_content(parts.text, cte="quoted-printable")
    message.add_alternative(parts.html, subtype="html", cte="quoted-printable")
    for file in files:
        main, _slash, sub = file.media_type.partition("/")
        message.add_attachment(file.data, maintype=main, subtype=sub, filename=file.name)
    # Last, because making alternatives moves every Content- header into the first part.
    message["Content-Language"] = mail.language
    return message


def _address(address: str, name: str = "") -> Address:
    # By its parts: parsing the whole refuses letters beyond ASCII, which RFC 6531 allows.
    user, _at, domain = check_address(address).rpartition("@")
    return Address(name, user, domain)
