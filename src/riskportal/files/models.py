"""The table of stored files; the bytes lie in the blob store under their SHA-256."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from riskportal.db.base import Base
from riskportal.db.mixins import BillGroupOptional, PublicId, Timestamps


class StoredFile(PublicId, BillGroupOptional, Timestamps, Base):
    """A file of a tenant, or of one of its bill groups when `bill_group_id` is set.

    `sha256` is lower-case hex, `size` is in bytes, `name` is what the uploader called it.
    Several rows, also of different tenants, may share one blob.
    """

    __tablename__ = "stored_files"
    __table_args__ = (
        CheckConstraint("size >= 0", name="size"),
        Index("ix_stored_files_bill_group", "tenant_id", "bill_group_id", "id"),
        Index("ix_stored_files_sha256", "sha256"),
    )

    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(255))
