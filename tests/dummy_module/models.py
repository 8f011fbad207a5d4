"""One table."""

from __future__ import annotations

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from riskportal.db.base import Base
from riskportal.db.mixins import BillGroupOwned, PublicId, Timestamps

TEXT_LENGTH = 500


class Note(PublicId, BillGroupOwned, Timestamps, Base):
    """A note of a bill group; `about_kind` and `about_id` are a RecordRef to another module's record."""

    __tablename__ = "dummy_notes"
    __table_args__ = (Index("ix_dummy_notes_bill_group", "tenant_id", "bill_group_id", "id"),)

    author: Mapped[str] = mapped_column(String(254))
    text: Mapped[str] = mapped_column(String(TEXT_LENGTH))
    answer: Mapped[str | None] = mapped_column(String(TEXT_LENGTH))
    about_kind: Mapped[str | None] = mapped_column(String(100))
    about_id: Mapped[str | None] = mapped_column(String(20))
