"""Composing mails, and reading what was sent."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import escape
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from riskportal.db.mixins import new_public_id
from riskportal.jobs.services import enqueue
from riskportal.mail.addresses import ascii_domain, check_address, check_name
from riskportal.mail.models import FAILED, SENT, OutgoingMail
from riskportal.mail.rendering import MailRenderer, MailTexts, Rendered, one_line
from riskportal.mail.sealing import Seal
from riskportal.plug.declarations import Email
from riskportal.tenancy.models import Tenant

DELIVER = "mail.deliver"

# Plain letters and a hyphen: escaping for HTML or for an address leaves a marker as it is.
_MARKER = re.compile(r"hidden-[2-9b-df-hj-np-tv-xz]{20}")


class Mailer:
    """Composes mails of the declared kinds; one per process.

    `secret` is the installation's secret, needed only for kinds that have secrets.
    """

    def __init__(self, emails: Mapping[str, Email], texts: MailTexts, secret: str) -> None:
        self._emails = emails
        self._renderer = MailRenderer(texts)
        self._secret = secret

    def compose(
        self,
        db: Session,
        tenant: Tenant,
        name: str,
        *,
        to: str,
        values: Mapping[str, Any],
        language: str | None = None,
        bill_group_id: int | None = None,
    ) -> OutgoingMail:
        """Store a mail of kind `name` to one address and enqueue its delivery, in the caller's transaction.

        `values` are exactly the placeholders of the kind; secret ones are texts ready for display.
        `language` is the tenant's first unless given. MailError says which rule a caller broke.
        """
        email = self._kind(name)
        language = language or (tenant.languages[0] if tenant.languages else "en")
        public_id = new_public_id()
        message_id = f"<{public_id}@{ascii_domain(tenant.sender_address)}>"
        secrets = [placeholder for placeholder in email.secrets if placeholder in values]
        markers = {placeholder: f"hidden-{new_public_id()}" for placeholder in secrets}
        rendered = self._renderer.render(email, tenant, language, {**values, **markers})
        hidden = {markers[placeholder]: str(values[placeholder]) for placeholder in secrets}
        mail = OutgoingMail(
            public_id=public_id,
            bill_group_id=bill_group_id,
            kind=email.name,
            to_address=check_address(to),
            language=language,
            sender_name=check_name(tenant.sender_name),
            sender_address=check_address(tenant.sender_address),
            message_id=message_id,
            subject=rendered.subject,
            text=rendered.text,
            html=rendered.html,
            secrets_sealed=Seal(self._secret).seal(message_id, hidden) if hidden else None,
        )
        db.add(mail)
        enqueue(db, DELIVER, {"mail": public_id}, bill_group_id=mail.bill_group_id)
        return mail

    def preview(self, name: str, tenant: Tenant, language: str) -> Rendered:
        """The mail kind with its sample values, for tests and for staff."""
        email = self._kind(name)
        samples = {placeholder: email.sample[placeholder] for placeholder in email.placeholders}
        return self._renderer.render(email, tenant, language, samples)

    def lacks_secrets(self, mail: OutgoingMail) -> bool:
        """Whether the mail's secrets were erased, so that it can't be delivered any more."""
        email = self._emails.get(mail.kind)
        return email is not None and bool(email.secrets) and mail.secrets_sealed is None

    def reveal(self, mail: OutgoingMail) -> Rendered:
        """The mail as it goes out, secrets in place; SealBroken when they can't be opened."""
        if mail.secrets_sealed is None:
            return Rendered(mail.subject, mail.text, mail.html)
        secrets = Seal(self._secret).open(mail.message_id, mail.secrets_sealed)
        escaped = {marker: str(escape(value)) for marker, value in secrets.items()}
        return Rendered(
            one_line(_replace(mail.subject, secrets)),
            _replace(mail.text, secrets),
            _replace(mail.html, escaped),
        )

    def _kind(self, name: str) -> Email:
        try:
            return self._emails[name]
        except KeyError:
            raise LookupError(f"no mail kind {name!r}: declare it in a module's emails() hook") from None


def shown(text: str) -> str:
    """A stored part of a mail as people may read it later: secrets read [hidden]."""
    return _MARKER.sub("[hidden]", text)


def sent_to(
    db: Session, *, bill_group_id: int | None = None, to: str | None = None, limit: int = 50
) -> Sequence[OutgoingMail]:
    """Mails that the session may see, newest first: a portal session sees its bill group's only."""
    query = select(OutgoingMail)
    if bill_group_id is not None:
        query = query.where(OutgoingMail.bill_group_id == bill_group_id)
    if to is not None:
        query = query.where(OutgoingMail.to_address == to)
    newest = query.order_by(OutgoingMail.created_at.desc(), OutgoingMail.id.desc())
    return db.scalars(newest.limit(limit)).all()


def find(db: Session, public_id: str) -> OutgoingMail | None:
    """The mail, or None when the session may not see it."""
    return db.scalars(select(OutgoingMail).where(OutgoingMail.public_id == public_id)).one_or_none()


def mark_sent(db: Session, mail: OutgoingMail) -> None:
    """Note that the mail has left, and erase its secrets."""
    now = db.info["clock"].now()
    _end(db, mail.public_id, state=SENT, sent_at=now, failure=None)


def mark_failed(db: Session, public_id: str, reason: str) -> None:
    """Note that the mail will not be sent, and erase its secrets; a mail that was sent stays sent."""
    _end(db, public_id, state=FAILED, failure=reason)


def _end(db: Session, public_id: str, **values: Any) -> None:
    db.execute(
        update(OutgoingMail)
        .where(OutgoingMail.public_id == public_id, OutgoingMail.state != SENT)
        .values(secrets_sealed=None, updated_at=db.info["clock"].now(), **values)
        .execution_options(synchronize_session=False)
    )


def _replace(text: str, values: Mapping[str, str]) -> str:
    return _MARKER.sub(lambda match: values.get(match[0], match[0]), text)
