"""Recurring jobs: `Job.every` cuts time into slots, and each tenant gets one job per slot."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from riskportal.db.session import Database
from riskportal.jobs.claims import SYSTEM_SCOPE
from riskportal.jobs.models import JobRow
from riskportal.jobs.services import insert_job
from riskportal.plug.declarations import Job
from riskportal.tenancy.models import Tenant, TenantModule

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def slot_start(now: datetime, every: timedelta) -> datetime:
    """The start (UTC) of the slot that `now` lies in; slots tile time from 1970 on."""
    return now - (now - _EPOCH) % every


def schedule(database: Database, jobs: Mapping[str, Job]) -> int:
    """Enqueue each recurring job for each tenant unless the current slot has one; returns how many.

    The slot is the job's key, so any number of workers may do this at once. Slots that passed while
    no worker ran aren't made up for: a recurring job looks at what is overdue, not at the time it runs.
    A module that a tenant has switched off gets no new jobs.
    """
    now = database.clock.now()
    slots = {job.name: slot_start(now, job.every) for job in jobs.values() if job.every is not None}
    missing = _missing(database, slots)
    if not missing:
        return 0
    with database.session(SYSTEM_SCOPE) as db:
        return sum(insert_job(db, tenant_id, name, {}, _key(slots[name]), slots[name]) for tenant_id, name in missing)


def _missing(database: Database, slots: Mapping[str, datetime]) -> list[tuple[int, str]]:
    """(tenant, job name) without a job in the current slot; reads only, so that it disturbs nobody."""
    if not slots:
        return []
    keys = {_key(start) for start in slots.values()}
    with database.session(SYSTEM_SCOPE, write=False) as db:
        tenants = db.scalars(select(Tenant.id)).all()
        off = select(TenantModule.tenant_id, TenantModule.module).where(TenantModule.enabled.is_(False))
        switched_off = {tuple(row) for row in db.execute(off)}
        there = select(JobRow.tenant_id, JobRow.name, JobRow.key)
        known = {tuple(row) for row in db.execute(there.where(JobRow.name.in_(slots), JobRow.key.in_(keys)))}
    return [
        (tenant_id, name)
        for tenant_id in sorted(tenants)
        for name, start in slots.items()
        if (tenant_id, name, _key(start)) not in known and (tenant_id, name.partition(".")[0]) not in switched_off
    ]


def _key(start: datetime) -> str:
    return f"every {start:%Y-%m-%dT%H:%M:%S}"
