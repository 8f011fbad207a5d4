"""Which record of the caller's became which row of ours, so that loading again changes nothing twice."""

from __future__ import annotations

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from riskportal.db.base import Base
from riskportal.db.mixins import Identified, TenantOwned


class ImportedRecord(Identified, TenantOwned, Base):
    """`ref` is the caller's stable name within a section; `digest` tells whether the record changed since.

    `record_id` and `public_id` are those of our row; a row without a public id leaves the latter None.
    """

    __tablename__ = "imported_records"
    __table_args__ = (UniqueConstraint("tenant_id", "section", "ref"),)

    section: Mapped[str] = mapped_column(String(60))
    ref: Mapped[str] = mapped_column(String(200))
    record_id: Mapped[int]
    public_id: Mapped[str | None] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64))
