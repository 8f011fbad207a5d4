"""The worker: runs due jobs, each at least once, and never one job in two places at the same time.

A job's effect and its "done" commit in one transaction, so an effect within the database happens
exactly once. An effect outside (a mail, a call) may repeat when a worker dies between the effect
and the commit; handlers make that harmless.
"""

from __future__ import annotations

import inspect
import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from riskportal.db.guard import Scope
from riskportal.db.session import Database
from riskportal.jobs.claims import Claim, LeaseLost, anything_due, bury, claim_next, finish, keep, put_back
from riskportal.jobs.context import GiveUp, Handler, JobContext
from riskportal.jobs.errors import describe, redact
from riskportal.jobs.scheduler import schedule
from riskportal.jobs.wake import new_bell
from riskportal.plug.declarations import Job

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
POLL_SECONDS = 1.0
SCHEDULE_SECONDS = 30.0
TROUBLE_SECONDS = 5.0

ContextFactory = Callable[[Session, Claim], JobContext]


def contexts(database: Database, settings: Mapping[str, Any], services: Mapping[str, Any]) -> ContextFactory:
    """The usual context factory; `services` are what handlers look up by name (mailer, transport ...)."""

    def make(db: Session, claim: Claim) -> JobContext:
        return JobContext(
            db=db,
            database=database,
            tenant_id=claim.tenant_id,
            clock=database.clock,
            settings=settings,
            services=services,
            job_id=claim.id,
            name=claim.name,
            attempt=claim.attempt,
            bill_group_id=claim.bill_group_id,
        )

    return make


class Worker:
    """Runs the jobs of one database; several workers, threads or processes, may share it.

    `lease` says how long a job stays with a worker that has gone silent; a living worker prolongs it.
    """

    def __init__(
        self,
        database: Database,
        jobs: Mapping[str, Job],
        context_factory: ContextFactory,
        *,
        lease: timedelta = LEASE,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._context = context_factory
        self._lease = lease

    def run_due(self, limit: int = 1000, stop: threading.Event | None = None) -> int:
        """Run what is due now, at most `limit` jobs, until `stop` is set; returns how many were started."""
        for count in range(limit):
            if (stop is not None and stop.is_set()) or not anything_due(self._database):
                return count
            claim = claim_next(self._database, self._lease)
            if claim is None:
                return count
            self._run(claim)
        return limit

    def run_forever(self, stop: threading.Event) -> None:
        """Run due jobs and recurring ones until `stop` is set; the job in hand is finished first.

        Trouble outside of jobs, such as a lost database, is logged and waited out.
        """
        bell = new_bell()
        scheduled = -SCHEDULE_SECONDS
        while not stop.is_set():
            bell.clear()
            try:
                if time.monotonic() - scheduled >= SCHEDULE_SECONDS:
                    schedule(self._database, self._jobs)
                    scheduled = time.monotonic()
                self.run_due(stop=stop)
            except Exception as error:  # the thread must outlive whatever happens, such as a lost database
                log.warning("the worker failed outside of a job, next try soon: %s", describe(error))
                stop.wait(TROUBLE_SECONDS)
            bell.wait(POLL_SECONDS)

    def schedule(self) -> int:
        """Enqueue what recurs, once per tenant and interval; returns how many jobs were new."""
        return schedule(self._database, self._jobs)

    def _run(self, claim: Claim) -> None:
        """Run one claimed job and record how it ended."""
        try:
            job = self._fitting_job(claim)
            with self._kept(claim), self._session(claim) as db:
                job.run(self._context(db, claim), **claim.payload)
                finish(db, claim, self._database.clock.now())
        except LeaseLost as lost:
            log.warning("%s", lost)
        except GiveUp as given_up:
            self._record_death(claim, redact(str(given_up)))
        except (Exception, SystemExit) as error:
            self._record_failure(claim, error)

    def _fitting_job(self, claim: Claim) -> Job:
        """The declaration for a claim; GiveUp when no attempt can help."""
        job = self._jobs.get(claim.name)
        if job is None:
            raise GiveUp(f"no module that is loaded declares the job {claim.name!r}; load it, then retry")
        if claim.attempt > _max_attempts(job, claim):
            raise GiveUp(f"the worker vanished while running it, {claim.attempt - 1} times")
        target = job.run.run if isinstance(job.run, Handler) else job.run
        try:
            inspect.signature(target).bind(None, **claim.payload)
        except TypeError as error:
            raise GiveUp(f"the payload doesn't fit the job {claim.name!r}: {error}") from None
        return job

    @contextmanager
    def _session(self, claim: Claim) -> Iterator[Session]:
        with self._database.session(Scope.tenant_wide(claim.tenant_id)) as db:
            yield db

    @contextmanager
    def _kept(self, claim: Claim) -> Iterator[None]:
        """Prolong the lease from a thread of its own while the job runs."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(self._lease.total_seconds() / 3):
                try:
                    if not keep(self._database, claim, self._lease):
                        return
                except SQLAlchemyError as error:
                    # On SQLite the job itself may hold the write lock; nobody else can claim then either.
                    log.debug("lease of job %s not prolonged: %s", claim.id, describe(error))

        thread = threading.Thread(target=beat, name=f"lease-{claim.id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _record_failure(self, claim: Claim, error: BaseException) -> None:
        reason = describe(error)
        # Source lines only: the error's own text may hold personal data.
        where = "".join(traceback.format_tb(error.__traceback__))
        log.warning("job %s %s failed, attempt %s: %s\n%s", claim.id, claim.name, claim.attempt, reason, where)
        if claim.attempt >= _max_attempts(self._jobs[claim.name], claim):
            self._record_death(claim, reason)
            return
        with self._session(claim) as db:
            put_back(db, claim, self._database.clock.now(), reason)

    def _record_death(self, claim: Claim, reason: str) -> None:
        """Mark the job dead, together with what its handler does about it."""
        log.error("job %s %s is dead: %s", claim.id, claim.name, reason)
        job = self._jobs.get(claim.name)
        now = self._database.clock.now()
        if job is not None and isinstance(job.run, Handler):
            try:
                with self._session(claim) as db:
                    if bury(db, claim, now, reason):
                        job.run.when_dead(self._context(db, claim), reason, **claim.payload)
                return
            except Exception as error:
                log.exception("the last words of job %s %s failed", claim.id, claim.name)
                reason = f"{reason}; then: {describe(error)}"
        with self._session(claim) as db:
            bury(db, claim, now, reason)


def _max_attempts(job: Job, claim: Claim) -> int:
    return claim.max_attempts or job.max_attempts
