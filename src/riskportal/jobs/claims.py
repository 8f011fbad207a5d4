"""The worker's own bookkeeping on the jobs table: claim, keep, finish, fail. Works above tenants."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from riskportal.db.guard import Scope
from riskportal.db.session import Database
from riskportal.jobs.models import DEAD, DONE, QUEUED, RUNNING, JobRow

SYSTEM_SCOPE = Scope.system_wide("jobs")
FIRST_DELAY = timedelta(seconds=10)
LONGEST_DELAY = timedelta(hours=1)

_random = SystemRandom()


class LeaseLost(Exception):
    """Another worker has taken the job over; what this one did is rolled back."""


@dataclass(frozen=True)
class Claim:
    """A job that this worker holds until its lease ends; `attempt` counts from 1."""

    id: int
    tenant_id: int
    bill_group_id: int | None
    name: str
    payload: Any
    attempt: int
    max_attempts: int | None
    token: str


def anything_due(database: Database) -> bool:
    """Whether a job waits; a read that takes no lock, so that an idle worker disturbs nobody."""
    with database.session(SYSTEM_SCOPE, write=False) as db:
        queries = _due(select(JobRow.id), database.clock.now())
        return any(db.scalar(query) is not None for query in queries)


def claim_next(database: Database, lease: timedelta) -> Claim | None:
    """Take the job that has waited longest, in one short transaction; None when none is due.

    One at a time: a claimed job never waits behind a slow one while another worker is idle, and a job
    that kills its worker costs no other job an attempt. PostgreSQL skips rows that another worker is
    claiming; on SQLite BEGIN IMMEDIATE lets one worker claim at a time.
    """
    now = database.clock.now()
    with database.session(SYSTEM_SCOPE) as db:
        queries = (query.with_for_update(skip_locked=True) for query in _due(select(JobRow), now))
        row = next(filter(None, map(db.scalar, queries)), None)
        if row is None:
            return None
        row.state = RUNNING
        row.attempts += 1
        row.leased_until = now + lease
        row.lease_token = secrets.token_hex(16)
        return Claim(
            row.id,
            row.tenant_id,
            row.bill_group_id,
            row.name,
            row.payload,
            row.attempts,
            row.max_attempts,
            row.lease_token,
        )


def keep(database: Database, claim: Claim, lease: timedelta) -> bool:
    """Prolong the lease; False when the job is no longer ours."""
    with database.session(SYSTEM_SCOPE) as db:
        return _update(db, claim, leased_until=database.clock.now() + lease)


def finish(db: Session, claim: Claim, at: datetime) -> None:
    """Mark the job done in the session that holds its effect; LeaseLost when it is no longer ours."""
    done = {"state": DONE, "finished_at": at, "leased_until": None, "lease_token": None, "last_error": None}
    if not _update(db, claim, **done):
        raise LeaseLost(f"job {claim.id}: another worker has taken over")


def put_back(db: Session, claim: Claim, at: datetime, error: str) -> bool:
    """Queue a failed job again, later each time; False when it is no longer ours."""
    again = at + delay_after(claim.attempt)
    return _update(db, claim, state=QUEUED, run_at=again, last_error=error, leased_until=None, lease_token=None)


def bury(db: Session, claim: Claim, at: datetime, error: str) -> bool:
    """Move a job to the dead-letter list; False when it is no longer ours."""
    return _update(db, claim, state=DEAD, finished_at=at, last_error=error, leased_until=None, lease_token=None)


def delay_after(attempt: int) -> timedelta:
    """How long to wait after a failed attempt (from 1): 10 s, doubled each time, at most 1 h, plus or
    minus a quarter so that many that failed together don't come back together."""
    # The exponent is capped because 2**1000 seconds is no timedelta.
    full: timedelta = min(FIRST_DELAY * 2 ** min(attempt - 1, 20), LONGEST_DELAY)
    return full * _random.uniform(0.75, 1.25)


def _due(query: Select[Any], now: datetime) -> tuple[Select[Any], Select[Any]]:
    """Queries for one job: first one whose worker has vanished, then the one that has waited longest.

    Two, because a single one with OR would sort the whole backlog for each claim.
    """
    abandoned = query.where(JobRow.state == RUNNING, JobRow.leased_until <= now)
    waiting = query.where(JobRow.state == QUEUED, JobRow.run_at <= now)
    return abandoned.limit(1), waiting.order_by(JobRow.run_at, JobRow.id).limit(1)


def _update(db: Session, claim: Claim, **values: Any) -> bool:
    """Change the row if this worker still holds it."""
    values["updated_at"] = db.info["clock"].now()
    result = db.execute(
        update(JobRow)
        .where(JobRow.id == claim.id, JobRow.state == RUNNING, JobRow.lease_token == claim.token)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount) == 1  # type: ignore[attr-defined]
