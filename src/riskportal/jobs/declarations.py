"""The queue's own jobs."""

from __future__ import annotations

from datetime import timedelta

from riskportal.jobs.context import JobContext
from riskportal.jobs.services import KEPT, prune
from riskportal.plug.declarations import Job


def forget_done(ctx: JobContext) -> None:
    """Delete the tenant's jobs that were done long ago."""
    prune(ctx.db, ctx.now() - KEPT)


JOBS = (Job("jobs.forget_done", run=forget_done, every=timedelta(days=1)),)
