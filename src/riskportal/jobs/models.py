"""The jobs table: queue, retry state and dead-letter list in one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from riskportal.db.base import Base
from riskportal.db.mixins import BillGroupOptional, Identified, Timestamps

QUEUED, RUNNING, DONE, DEAD = "queued", "running", "done", "dead"


class JobRow(Identified, BillGroupOptional, Timestamps, Base):
    """One piece of work of one tenant.

    States: `queued` (runs when `run_at` has come), `running` (a worker holds it until `leased_until`;
    `lease_token` says which), `done`, `dead` (gave up; waits for a person). `attempts` counts starts,
    so that a job which kills its worker also ends as dead. `max_attempts` None: as the job declares.
    `key` makes a second enqueue of the same work a no-op. `last_error` is safe to show to staff.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'dead')", name="state"),
        UniqueConstraint("tenant_id", "name", "key"),
        Index("ix_jobs_due", "state", "run_at", "id"),
        Index("ix_jobs_tenant_state", "tenant_id", "state", "id"),
    )

    name: Mapped[str] = mapped_column(String(100))
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    key: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10), default=QUEUED)
    run_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    max_attempts: Mapped[int | None] = mapped_column(Integer)
    leased_until: Mapped[datetime | None]
    lease_token: Mapped[str | None] = mapped_column(String(64))
    last_error: Mapped[str | None] = mapped_column(Text)
    finished_at: Mapped[datetime | None]
