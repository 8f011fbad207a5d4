"""What a job's `run(ctx, **payload)` gets, and how it may end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from riskportal.clock import Clock
from riskportal.db.guard import Scope
from riskportal.db.session import Database
from riskportal.jobs.services import enqueue
from riskportal.tenancy.models import Tenant


class GiveUp(Exception):
    """Trying again is pointless: the job goes to the dead-letter list at once. The message is shown to staff."""


@dataclass(frozen=True)
class Handler:
    """A job's `run` that also wants to know when the job has died: `when_dead(ctx, reason, **payload)`
    runs in the transaction that marks it dead, with a text that says why."""

    run: Callable[..., None]
    when_dead: Callable[..., None]

    def __call__(self, ctx: JobContext, **payload: Any) -> None:
        self.run(ctx, **payload)


@dataclass(frozen=True)
class JobContext:
    """A job's session of its tenant, and what it needs from outside.

    What is written through `db` commits together with "this job is done". The transaction begins at
    the first use of `db`, and on SQLite it then holds the only write lock: so a job that talks to
    another system first reads through `reading()`, then talks, and uses `db` last.
    """

    db: Session
    database: Database
    tenant_id: int
    clock: Clock
    settings: Mapping[str, Any]
    services: Mapping[str, Any] = field(repr=False)
    job_id: int
    name: str
    attempt: int
    bill_group_id: int | None = None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A short session of its own that only reads."""
        with self.database.session(Scope.tenant_wide(self.tenant_id), write=False) as db:
            yield db

    @cached_property
    def tenant(self) -> Tenant:
        """The tenant, detached: for reading its columns."""
        with self.reading() as db:
            tenant = db.get_one(Tenant, self.tenant_id)
            db.expunge(tenant)
        return tenant

    def now(self) -> datetime:
        """The current instant (UTC) by the injected clock."""
        return self.clock.now()

    def enqueue(self, name: str, key: str | None = None, run_at: datetime | None = None, **payload: Any) -> bool:
        """Enqueue another job in this job's transaction, for the same bill group; see `services.enqueue`."""
        return enqueue(self.db, name, payload, key=key, run_at=run_at, bill_group_id=self.bill_group_id)
