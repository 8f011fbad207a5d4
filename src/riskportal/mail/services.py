"""Composing mails, and reading what was sent."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import escape
from sqlalchemy import update
from sqlalchemy.orm import Session

from riskportal.db.guard import scope_of
from riskportal.db.mixins import new_public_id
from riskportal.files.blobs import BlobStore
from riskportal.jobs.services import enqueue
from riskportal.mail.addresses import ascii_domain, check_address, check_name
from riskportal.mail.attachments import Attachment, copied, kept, opened
from riskportal.mail.categories import ALWAYS
from riskportal.mail.copies import CopyRefused, as_copy
from riskportal.mail.models import FAILED, QUEUED, SENT, OutgoingMail
from riskportal.mail.own import OwnText, problems
from riskportal.mail.rendering import MailError, MailRenderer, MailTexts, Rendered, one_line
from riskportal.mail.sealing import Seal
from riskportal.mail.texts import own_text
from riskportal.plug.declarations import Email
from riskportal.plug.messages import _
from riskportal.tenancy.models import Tenant

log = logging.getLogger("riskportal.mail")

DELIVER = "mail.deliver"

# Plain letters and a hyphen: escaping for HTML or for an address leaves a marker as it is.
_MARKER = re.compile(r"hidden-[2-9b-df-hj-np-tv-xz]{20}")


class Mailer:
    """Composes mails of the declared kinds; one per process.

    `secret` is the installation's secret, needed only for kinds that have secrets; `blobs` keeps attachments.
    """

    def __init__(
        self, emails: Mapping[str, Email], texts: MailTexts, secret: str, blobs: BlobStore | None = None
    ) -> None:
        self._emails = emails
        self._texts = texts
        self._renderer = MailRenderer(texts)
        self._secret = secret
        self._blobs = blobs

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
        attachments: Sequence[Attachment] = (),
    ) -> OutgoingMail:
        """Store a mail of kind `name` to one address and enqueue its delivery, in the caller's transaction.

        `values` are exactly the placeholders of the kind; secret ones are texts ready for display. The words are
        the tenant's own where it wrote some. `language` is the tenant's first unless given. A mail of the category
        security belongs to a person, never to a bill group. MailError says which rule a caller broke.
        """
        email = self._kind(name)
        language = language or (tenant.languages[0] if tenant.languages else "en")
        if email.category == ALWAYS:
            _check_nobodys(db, email)
            bill_group_id = None
        secrets = [placeholder for placeholder in email.secrets if placeholder in values]
        markers = {placeholder: f"hidden-{new_public_id()}" for placeholder in secrets}
        rendered = self._render(db, tenant, email, language, {**values, **markers})
        mail = self._store(db, tenant, email.name, to, language, rendered, bill_group_id)
        hidden = {markers[placeholder]: str(values[placeholder]) for placeholder in secrets}
        if hidden:
            mail.secrets_sealed = Seal(self._secret).seal(mail.message_id, hidden)
        mail.attachments = kept(self._blobs, attachments, bill_group_id)
        return mail

    def again(self, db: Session, tenant: Tenant, mail: OutgoingMail, to: str) -> OutgoingMail:
        """Store a copy of a mail, which says that it is one, for delivery to `to`; needs `attachments` loaded.

        CopyRefused when the mail held secrets or hasn't left yet.
        """
        if has_secrets(mail):
            raise CopyRefused("its secrets were erased")
        if mail.state == QUEUED:
            raise CopyRefused("it is still waiting to be sent")
        fmt = self._texts.formatter(mail.language, tenant)
        copy = as_copy(mail, fmt, lambda message: self._texts.translate(message, mail.language))
        stored = self._store(db, tenant, mail.kind, to, mail.language, copy, mail.bill_group_id)
        stored.attachments = copied(mail.attachments)
        return stored

    def send_test(
        self, db: Session, tenant: Tenant, name: str, *, to: str, language: str, own: OwnText | None
    ) -> OutgoingMail:
        """Store the kind with its sample values for delivery to `to`; the subject says that it is a test."""
        parts = self.preview(name, tenant, language, own)
        subject = self._texts.translate(_("Test: {subject}", subject=parts.subject), language)
        return self._store(db, tenant, name, to, language, Rendered(subject, parts.text, parts.html), None)

    def preview(self, name: str, tenant: Tenant, language: str, own: OwnText | None = None) -> Rendered:
        """The mail kind with its sample values, for tests and for staff; BadText when `own` can't be filled."""
        email = self._kind(name)
        samples = {placeholder: email.sample[placeholder] for placeholder in email.placeholders}
        if own is not None:
            return self._renderer.render_own(email, tenant, language, samples, own)
        return self._renderer.render(email, tenant, language, samples)

    def original(self, name: str, tenant: Tenant, language: str) -> OwnText | None:
        """Our words as a tenant would write them, to begin with; None when no plain text says the same."""
        return self._renderer.original(self._kind(name), tenant, language)

    def category_of(self, name: str) -> str:
        """The category of a kind."""
        return self._kind(name).category

    def files_of(self, mail: OutgoingMail) -> list[Attachment]:
        """The mail's files with their bytes; needs `attachments` loaded. MailError when one is gone."""
        return opened(self._blobs, mail.attachments)

    def lacks_secrets(self, mail: OutgoingMail) -> bool:
        """Whether the mail's secrets were erased, so that it can't be delivered any more."""
        email = self._emails.get(mail.kind)
        return email is not None and bool(email.secrets) and mail.secrets_sealed is None and has_secrets(mail)

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

    def _render(
        self, db: Session, tenant: Tenant, email: Email, language: str, values: Mapping[str, Any]
    ) -> Rendered:
        """In the tenant's words, or in ours when there are none or a newer module no longer fits them."""
        own = own_text(db, email.name, language)
        if own is not None and not problems(email, own):
            return self._renderer.render_own(email, tenant, language, values, own)
        if own is not None:
            log.warning(
                "tenant %s: its text of %s (%s) fits no longer, ours is sent", tenant.id, email.name, language
            )
        return self._renderer.render(email, tenant, language, values)

    def _store(
        self,
        db: Session,
        tenant: Tenant,
        kind: str,
        to: str,
        language: str,
        parts: Rendered,
        bill_group_id: int | None,
    ) -> OutgoingMail:
        """Write the row and the job that delivers it."""
        public_id = new_public_id()
        mail = OutgoingMail(
            public_id=public_id,
            bill_group_id=bill_group_id,
            kind=kind,
            to_address=check_address(to),
            language=language,
            sender_name=check_name(tenant.sender_name),
            sender_address=check_address(tenant.sender_address),
            message_id=f"<{public_id}@{ascii_domain(tenant.sender_address)}>",
            subject=parts.subject,
            text=parts.text,
            html=parts.html,
        )
        db.add(mail)
        enqueue(db, DELIVER, {"mail": public_id}, bill_group_id=bill_group_id)
        return mail


def _check_nobodys(db: Session, email: Email) -> None:
    """A bill group's session would make the mail the bill group's."""
    scope = scope_of(db)
    if scope is not None and scope.bill_group_id is not None:
        raise MailError(
            f"mail {email.name} is about somebody's login and belongs to no bill group: send it by "
            "request.send_mail, or compose it in a session of the tenant"
        )


def has_secrets(mail: OutgoingMail) -> bool:
    """Whether secrets stood in the mail; they are hidden now and most likely spent."""
    return mail.secrets_sealed is not None or bool(_MARKER.search(f"{mail.subject}\n{mail.text}\n{mail.html}"))


def shown(text: str) -> str:
    """A stored part of a mail as people may read it later: secrets read [hidden]."""
    return _MARKER.sub("[hidden]", text)


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
