"""What the home page, billing and attention ask about a bill group: asked once, computed from rows.

At most five statements for the whole home page, whatever the data size: counts, the handful of
services that it shows, the care plan, the active projects, and the cycle's milestones. Each
is asked only when somebody wants to know.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property

from sqlalchemy import Select, bindparam, select, union_all
from sqlalchemy.orm import Session

from riskportal.contracts.records import RecordRef
from riskportal.contracts.subscriptions import Renewal
from riskportal_services.dates import Term, calendar_year, term_containing
from riskportal_services.models import (
    CYCLES,
    ONCE,
    TROUBLED_STATES,
    CarePlan,
    CarePlanItem,
    Product,
    Project,
    Service,
    ServiceArea,
)
from riskportal_services.services import catalogue
from riskportal_services.services.catalogue import AnyRow, AnySelect, CarePlanView, Count

# How many rows the home page shows of each; more stand behind a link.
ACTIVE_ROWS = 8
TROUBLED_ROWS = 5


def _renewing() -> Select[int]:
    coming = select(Service.id).where(Service.state == "active", Service.renews_on >= bindparam("today"))
    return coming.order_by(Service.renews_on, Service.id).limit(1)


def _covering() -> Select[int]:
    return (
        select(Service.id)
        .join(CarePlan, CarePlan.product_id == Service.product_id)
        .where(Service.state == "active")
        .order_by(Service.renews_on.is_(None), Service.renews_on, Service.id)
        .limit(1)
    )


def _troubled() -> Select[int]:
    return _in_order().where(Service.state.in_(TROUBLED_STATES)).limit(TROUBLED_ROWS)


def _active() -> Select[int]:
    return _in_order().where(Service.state == "active").limit(ACTIVE_ROWS)


def _in_order() -> Select[int]:
    return (
        select(Service.id)
        .join(Product, Product.id == Service.product_id)
        .join(ServiceArea, ServiceArea.id == Product.area_id)
        .order_by(*catalogue.SERVICE_ORDER)
    )


def _ids(query: Select[int]) -> Select[int]:
    # A part of a union may only have its own order and limit inside a subquery.
    return select(query.subquery().c.id)


# Built once, see catalogue.
_SHOWN: AnySelect = (
    catalogue.SERVICES.add_columns(CarePlan.id.label("care_plan_id"), CarePlan.note)
    .outerjoin(CarePlan, CarePlan.product_id == Product.id)
    .where(Service.id.in_(union_all(*map(_ids, (_renewing(), _covering(), _troubled(), _active())))))
)
_COVERED = (
    select(CarePlanItem).where(CarePlanItem.care_plan_id == bindparam("care_plan_id")).order_by(CarePlanItem.position)
)
_ACTIVE_PROJECTS: AnySelect = (
    catalogue.PROJECTS.where(Project.state == "active")
    .order_by(ServiceArea.weight, ServiceArea.name, Project.name, Project.id)
    .limit(ACTIVE_ROWS)
)


class Overview:
    """Answers for the bill group of the session; `today` is the tenant's local date."""

    def __init__(self, db: Session, today: date) -> None:
        self._db = db
        self.today = today

    @cached_property
    def counts(self) -> list[Count]:
        """Counts by area, state and cycle."""
        return catalogue.counts(self._db)

    @property
    def active_areas(self) -> int:
        """How many areas have an active service or an active project."""
        return len({count.area_id for count in self.counts if count.state == "active"})

    @property
    def active_number(self) -> int:
        """How many services and projects are active."""
        return sum(count.number for count in self.counts if count.state == "active")

    @property
    def active_services_number(self) -> int:
        """How many services are active."""
        return sum(count.number for count in self._active_services)

    @property
    def troubled_number(self) -> int:
        """How many services failed to be set up or are suspended."""
        return sum(c.number for c in self.counts if c.kind == "service" and c.state in TROUBLED_STATES)

    @property
    def cycles(self) -> tuple[str, ...]:
        """The cycles in which active services are billed again, shortest first."""
        used = {count.cycle for count in self._active_services}
        return tuple(cycle for cycle in CYCLES if cycle in used and cycle != ONCE)

    @property
    def next_billing_date(self) -> date | None:
        """The earliest date on which an active service is billed again."""
        return min((c.next_due_on for c in self._active_services if c.next_due_on is not None), default=None)

    @property
    def _active_services(self) -> list[Count]:
        return [count for count in self.counts if count.kind == "service" and count.state == "active"]

    @cached_property
    def _shown(self) -> Sequence[AnyRow]:
        """The services that the home page speaks of, whichever way they were picked, in one statement."""
        return self._db.execute(_SHOWN, {"today": self.today}).all()

    @property
    def renewing(self) -> AnyRow | None:
        """The active service that renews next, today included."""
        coming = [r for r in self._active_rows if r.renews_on is not None and r.renews_on >= self.today]
        return min(coming, key=lambda row: (row.renews_on, row.id), default=None)

    def next_renewal(self) -> Renewal | None:
        """The earliest contract renewal of an active service, today included."""
        row = self.renewing
        if row is None:
            return None
        return Renewal(row.name, row.renews_on, RecordRef("services.service", row.public_id))

    @property
    def covering(self) -> AnyRow | None:
        """The active service with a care plan; of several the one that renews first."""
        covered = [row for row in self._active_rows if row.care_plan_id is not None]
        return min(covered, key=lambda r: (r.renews_on is None, r.renews_on or date.max, r.id), default=None)

    @cached_property
    def care_plan(self) -> CarePlanView | None:
        """What the care plan covers, None without one."""
        row = self.covering
        if row is None:
            return None
        items = self._db.scalars(_COVERED, {"care_plan_id": row.care_plan_id}).all()
        return CarePlanView(row.note, items)

    @property
    def cycle(self) -> Term:
        """This cycle: the care plan's contract term that contains today, without one the calendar year."""
        row = self.covering
        if row is None or row.term_months is None:
            return calendar_year(self.today)
        return term_containing(self.today, row.term_anchor_on, row.term_months)

    @cached_property
    def milestones(self) -> tuple[int, int]:
        """How many milestones of this cycle are paid, and how many it has."""
        return catalogue.paid_in_cycle(self._db, self.cycle)

    @property
    def active_services(self) -> Sequence[AnyRow]:
        """The first active services in the list's order."""
        return self._active_rows[:ACTIVE_ROWS]

    @property
    def troubled(self) -> Sequence[AnyRow]:
        """The first services that failed to be set up or are suspended."""
        return [row for row in self._shown if row.state in TROUBLED_STATES][:TROUBLED_ROWS]

    @property
    def _active_rows(self) -> list[AnyRow]:
        return [row for row in self._shown if row.state == "active"]

    @cached_property
    def active_projects(self) -> Sequence[AnyRow]:
        """The first active projects with their progress, in the areas' order."""
        return self._db.execute(_ACTIVE_PROJECTS).all()


class Subscriptions:
    """ISubscriptions over an overview."""

    def __init__(self, overview: Overview) -> None:
        self._overview = overview

    def next_renewal(self) -> Renewal | None:
        """See ISubscriptions."""
        return self._overview.next_renewal()

    def next_billing_date(self) -> date | None:
        """See ISubscriptions."""
        return self._overview.next_billing_date

    def cycles(self) -> tuple[str, ...]:
        """See ISubscriptions."""
        return self._overview.cycles
