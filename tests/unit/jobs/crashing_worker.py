"""A worker process for the kill -9 tests: `crashing_worker.py DATABASE_URL INSTANT MARK_FILE WHERE`.

Its job writes an effect and then, at WHERE, touches MARK_FILE and waits for its death.
"""

import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path

# Every table must be known, or foreign keys can't be resolved.
import riskportal.customers.models
import riskportal.identity.models  # noqa: F401
from riskportal.audit.services import SYSTEM, record
from riskportal.clock import FixedClock
from riskportal.db.session import Database
from riskportal.jobs import worker as worker_module
from riskportal.jobs.worker import Worker, contexts
from riskportal.plug.declarations import Job

url, instant, mark, where = sys.argv[1:]


def wait_for_death():
    Path(mark).touch()
    threading.Event().wait(60)


def effect(ctx, number):
    if where == "before the effect":
        wait_for_death()
    record(ctx.db, "test.effect", actor=SYSTEM, data={"number": number})
    if where == "before the flush":
        wait_for_death()
    ctx.db.flush()
    if where == "after the flush":
        wait_for_death()


real_finish = worker_module.finish


def finish(db, claim, at):
    real_finish(db, claim, at)
    if where == "before the commit":
        wait_for_death()


worker_module.finish = finish

database = Database(url, FixedClock(datetime.fromisoformat(instant)))
jobs = {"test.effect": Job("test.effect", run=effect, max_attempts=3)}
Worker(database, jobs, contexts(database, {}, {}), lease=timedelta(minutes=2)).run_due()
