"""kill -9 of a real worker process at every point of a job: nothing lost, nothing doubled."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select

import riskportal
from riskportal.audit.models import AuditEntry
from riskportal.audit.services import SYSTEM, record
from riskportal.db.guard import Scope
from riskportal.jobs.models import DONE, RUNNING, JobRow
from riskportal.jobs.services import enqueue
from riskportal.jobs.worker import Worker, contexts
from riskportal.plug.declarations import Job

WAIT_SECONDS = 30


def write_effect(ctx, number):
    record(ctx.db, "test.effect", actor=SYSTEM, data={"number": number})


def look(database, tenant):
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        return db.scalars(select(JobRow)).one(), [entry.data for entry in db.scalars(select(AuditEntry))]


@pytest.mark.parametrize("where", ["before the effect", "before the flush", "after the flush", "before the commit"])
def test_kill_9(database, tenant, clock, tmp_path, where):
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        enqueue(db, "test.effect", {"number": 1})
    mark = tmp_path / "reached"
    script = Path(__file__).with_name("crashing_worker.py")
    url = database.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, script, url, clock.now().isoformat(), mark, where],
        env={**os.environ, "PYTHONPATH": str(Path(riskportal.__file__).parents[1])},
    )
    deadline = time.monotonic() + WAIT_SECONDS
    while not mark.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert mark.exists(), "the worker never reached the point where it is killed"
    process.kill()
    process.wait()

    job, effects = look(database, tenant)
    assert (job.state, job.attempts, effects) == (RUNNING, 1, [])
    jobs = {"test.effect": Job("test.effect", run=write_effect)}
    work = Worker(database, jobs, contexts(database, {}, {}))
    assert work.run_due() == 0, "the lease of the dead worker still runs"
    clock.advance(minutes=3)
    assert work.run_due() == 1
    job, effects = look(database, tenant)
    assert (job.state, job.attempts, effects) == (DONE, 2, [{"number": 1}])
