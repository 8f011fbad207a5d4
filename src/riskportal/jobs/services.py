"""Putting work into the queue, and the dead-letter list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from riskportal.db.guard import ScopeMissing, scope_of
from riskportal.jobs.models import DEAD, DONE, QUEUED, JobRow
from riskportal.jobs.wake import ring_after_commit

# How long a finished job and its key are remembered.
KEPT = timedelta(days=90)


class NotDead(LookupError):
    """A retry was asked for a job that isn't in the dead-letter list."""


def enqueue(
    db: Session,
    name: str,
    payload: dict[str, Any] | None = None,
    *,
    key: str | None = None,
    run_at: datetime | None = None,
    bill_group_id: int | None = None,
    max_attempts: int | None = None,
) -> bool:
    """Put a job into the queue within the caller's transaction: it runs only if that commits.

    `payload` is JSON. `run_at` (UTC) is now unless given. With a `key` the work is asked for once:
    while a row with the same tenant, name and key is kept (waiting, running, dead, or done less than
    90 days ago) a second call changes nothing and returns False; a key therefore names the business
    fact ("invoice 17 reminder 2"), not the kind of work. Safe against two callers at the same moment.
    """
    scope = scope_of(db)
    if scope is None or scope.tenant_id is None:
        raise ScopeMissing("a job belongs to a tenant: enqueue it in a session of one")
    group = scope.bill_group_id if bill_group_id is None else bill_group_id
    return insert_job(db, scope.tenant_id, name, payload or {}, key, run_at, group, max_attempts)


def insert_job(
    db: Session,
    tenant_id: int,
    name: str,
    payload: dict[str, Any],
    key: str | None,
    run_at: datetime | None = None,
    bill_group_id: int | None = None,
    max_attempts: int | None = None,
) -> bool:
    """`enqueue` for the scheduler, which works above tenants; False when the key is taken."""
    now = db.info["clock"].now()
    values = {
        "tenant_id": tenant_id,
        "bill_group_id": bill_group_id,
        "name": name,
        "payload": payload,
        "key": key,
        "run_at": run_at or now,
        "max_attempts": max_attempts,
    }
    ring_after_commit(db)
    if key is None:
        db.add(JobRow(**values))
        return True
    insert = postgresql.insert if db.get_bind().dialect.name == "postgresql" else sqlite.insert
    # The database decides between two that ask at once: the second waits for the first and then does nothing.
    statement = insert(JobRow).on_conflict_do_nothing(index_elements=["tenant_id", "name", "key"])
    values |= {"state": QUEUED, "attempts": 0, "created_at": now, "updated_at": now}
    return db.execute(statement.returning(JobRow.id), values).first() is not None


def dead_letters(db: Session, *, limit: int = 100) -> Sequence[JobRow]:
    """Jobs that gave up, newest first: each waits for a person to retry it."""
    query = select(JobRow).where(JobRow.state == DEAD)
    return db.scalars(query.order_by(JobRow.id.desc()).limit(limit)).all()


def retry_dead(db: Session, job_id: int) -> None:
    """Put a dead job back into the queue with fresh attempts; NotDead when it isn't (or no longer) dead."""
    now = db.info["clock"].now()
    result = db.execute(
        update(JobRow)
        .where(JobRow.id == job_id, JobRow.state == DEAD)
        .values(state=QUEUED, run_at=now, attempts=0, finished_at=None, updated_at=now)
    )
    if result.rowcount != 1:  # type: ignore[attr-defined]
        raise NotDead(f"job {job_id} isn't in the dead-letter list")
    ring_after_commit(db)


def prune(db: Session, before: datetime) -> int:
    """Forget jobs that were done before an instant (UTC); dead ones stay. Returns how many."""
    result = db.execute(delete(JobRow).where(JobRow.state == DONE, JobRow.finished_at < before))
    return int(result.rowcount)  # type: ignore[attr-defined]
