"""Recurring jobs: one per tenant and slot, whoever asks and however often."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from riskportal.db.guard import Scope
from riskportal.jobs.declarations import JOBS
from riskportal.jobs.models import DONE, JobRow
from riskportal.jobs.scheduler import schedule, slot_start
from riskportal.jobs.worker import Worker, contexts
from riskportal.plug.declarations import Job
from riskportal.tenancy.models import TenantModule


def nothing(ctx):
    pass


HOURLY = {"test.hourly": Job("test.hourly", run=nothing, every=timedelta(hours=1))}


def jobs_of(database, tenant):
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        return db.scalars(select(JobRow).order_by(JobRow.id)).all()


def test_one_job_per_tenant_and_slot(database, tenant, other_tenant, clock):
    assert [schedule(database, HOURLY), schedule(database, HOURLY)] == [2, 0]
    clock.advance(minutes=59)
    assert schedule(database, HOURLY) == 0
    clock.advance(minutes=1)
    assert schedule(database, HOURLY) == 2
    keys = [job.key for job in jobs_of(database, tenant)]
    assert keys == ["every 2027-04-20T09:00:00", "every 2027-04-20T10:00:00"]


def test_slots_missed_while_nothing_ran_are_not_made_up_for(database, tenant, clock):
    schedule(database, HOURLY)
    clock.advance(days=3)
    assert schedule(database, HOURLY) == 1


def test_a_clock_that_goes_back_schedules_nothing_again(database, tenant, clock):
    schedule(database, HOURLY)
    clock.advance(hours=1)
    schedule(database, HOURLY)
    clock.advance(hours=-1)
    assert schedule(database, HOURLY) == 0


def test_a_module_that_is_off_gets_no_jobs(database, tenant, other_tenant):
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        db.add(TenantModule(module="test", enabled=False))
    assert schedule(database, HOURLY) == 1
    assert jobs_of(database, tenant) == []


def test_done_jobs_are_forgotten_after_their_time(database, tenant, clock):
    named = {job.name: job for job in JOBS}
    work = Worker(database, named, contexts(database, {}, {}))
    work.schedule()
    work.run_due()
    assert [job.state for job in jobs_of(database, tenant)] == [DONE]
    clock.advance(days=100)
    work.schedule()
    work.run_due()
    assert [job.key for job in jobs_of(database, tenant)] == ["every 2027-07-29T00:00:00"]


def test_slots_tile_time():
    every = timedelta(minutes=15)
    at = datetime(2027, 3, 28, 0, 59, 59, tzinfo=UTC)
    assert slot_start(at, every) == datetime(2027, 3, 28, 0, 45, tzinfo=UTC)
    assert slot_start(slot_start(at, every), every) == slot_start(at, every)
