"""The tables of outgoing mails (also what customers read as "e-mails we sent you") and of tenants' own texts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from riskportal.db.base import Base
from riskportal.db.mixins import BillGroupOptional, Identified, PublicId, TenantOwned, Timestamps
from riskportal.db.types import BigId

QUEUED, SENT, FAILED = "queued", "sent", "failed"


class OutgoingMail(PublicId, BillGroupOptional, Timestamps, Base):
    """One mail to one address. States: `queued`, `sent` (`sent_at` set), `failed` (`failure` says why).

    `subject`, `text` and `html` hold markers where secrets stand (`services.shown` hides them);
    `secrets_sealed` holds the secrets encrypted and is None when there are none or they were erased.
    `message_id` stays the same however often delivery is tried.
    """

    __tablename__ = "outgoing_mails"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'sent', 'failed')", name="state"),
        # The console's list; with the columns that it is filtered by, so that rare ones are found in the index.
        Index("ix_outgoing_mails_newest", "tenant_id", "created_at", "public_id", "state", "kind"),
        # The order in which rows lie, for reading all of a tenant's.
        Index("ix_outgoing_mails_tenant", "tenant_id", "id"),
        Index("ix_outgoing_mails_bill_group_newest", "tenant_id", "bill_group_id", "created_at", "public_id"),
        Index("ix_outgoing_mails_to_address", "tenant_id", "to_address", "created_at", "public_id"),
    )

    kind: Mapped[str] = mapped_column(String(100))
    to_address: Mapped[str] = mapped_column(String(320))
    language: Mapped[str] = mapped_column(String(20))
    sender_name: Mapped[str] = mapped_column(String(200))
    sender_address: Mapped[str] = mapped_column(String(320))
    message_id: Mapped[str] = mapped_column(String(400), unique=True)
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    secrets_sealed: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default=QUEUED)
    sent_at: Mapped[datetime | None]
    failure: Mapped[str | None] = mapped_column(Text)

    attachments: Mapped[list[MailAttachment]] = relationship(
        order_by="MailAttachment.position", lazy="raise", passive_deletes="all"
    )


class MailAttachment(Identified, BillGroupOptional, Base):
    """A file of a mail; its bytes lie in the blob store under `sha256`. `size` in bytes; `position` starts at 1."""

    __tablename__ = "mail_attachments"
    __table_args__ = (Index("ix_mail_attachments_mail", "mail_id", "position"),)

    mail_id: Mapped[int] = mapped_column(BigId, ForeignKey("outgoing_mails.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]


class MailText(Identified, TenantOwned, Timestamps, Base):
    """A tenant's own words for a mail kind in one language: plain text with {placeholders}, no template language."""

    __tablename__ = "mail_texts"
    __table_args__ = (UniqueConstraint("tenant_id", "kind", "language"),)

    kind: Mapped[str] = mapped_column(String(100))
    language: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
