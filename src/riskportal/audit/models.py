"""The audit table. The triggers in `riskportal.audit.triggers` hold it append-only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from riskportal.db.base import Base
from riskportal.db.mixins import BillGroupOptional, PublicId
from riskportal.db.types import BigId

ACTOR_KINDS = ("user", "staff", "program", "system", "job")


class AuditEntry(PublicId, BillGroupOptional, Base):
    """One act. `bill_group_id` is None for acts on the tenant itself; `at` is UTC.

    `code` names a declared AuditEvent, `data` holds the values of its sentence. `record_kind` and
    `record_id` are a RecordRef. `actor_id` is the id of a user, or of a program's API token, without a
    foreign key, because the entry outlives them; `actor_name` is empty and `ip` is None once personal data
    has been erased.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        CheckConstraint("actor_kind IN ('user', 'staff', 'program', 'system', 'job')", name="actor_kind"),
        Index("ix_audit_entries_newest", "tenant_id", "at", "id"),
        Index("ix_audit_entries_bill_group_newest", "tenant_id", "bill_group_id", "at", "id"),
        Index("ix_audit_entries_record_newest", "tenant_id", "record_kind", "record_id", "at", "id"),
        Index("ix_audit_entries_actor_newest", "tenant_id", "actor_id", "at", "id"),
        Index("ix_audit_entries_code_newest", "tenant_id", "code", "at", "id"),
    )

    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[int | None] = mapped_column(BigId)
    actor_name: Mapped[str] = mapped_column(String(200), default="")
    code: Mapped[str] = mapped_column(String(100))
    record_kind: Mapped[str | None] = mapped_column(String(100))
    record_id: Mapped[str | None] = mapped_column(String(64))
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    ip: Mapped[str | None] = mapped_column(String(45))
    request_id: Mapped[str | None] = mapped_column(String(64))
