"""Contract terms move on: a service that renews by itself gets its next renewal date."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from riskportal_services.dates import first_on_or_after
from riskportal_services.models import Service

BATCH = 500


def roll_terms(db: Session, today: date) -> int:
    """Move every passed renewal of active, automatically renewing services to the next one on or after
    `today` (the tenant's local date); returns how many were moved.

    Counted from the term's anchor, in batches of locked rows; running it again changes nothing.
    """
    moved, last_id = 0, 0
    while True:
        batch = db.scalars(_passed(today).where(Service.id > last_id).limit(BATCH)).all()
        for service in batch:
            assert service.term_anchor_on is not None and service.term_months is not None
            service.renews_on = first_on_or_after(today, service.term_anchor_on, service.term_months)
        db.flush()
        moved += len(batch)
        if len(batch) < BATCH:
            return moved
        last_id = batch[-1].id


def _passed(today: date) -> Select[Service]:
    return (
        select(Service)
        .where(
            Service.state == "active",
            Service.auto_renew.is_(True),
            Service.renews_on < today,
            Service.term_months.is_not(None),
        )
        .order_by(Service.id)
        .with_for_update()
    )
