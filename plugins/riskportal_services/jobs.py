"""Background work of the module."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from riskportal.clock import local_date
from riskportal.plug import Job
from riskportal_services.services import terms


def roll_terms(ctx: Any) -> None:
    """Move passed contract renewals of the tenant to the next one."""
    terms.roll_terms(ctx.db, local_date(ctx.now(), ctx.tenant.time_zone))


# Hourly, because some tenant's local midnight falls on every hour of UTC: once a day would leave renewals of
# yesterday standing for most of a day in half of the world.
JOBS = (Job("services.roll_terms", roll_terms, every=timedelta(hours=1)),)
