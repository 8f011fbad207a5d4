"""Services and projects of the session's bill group: lists in pages, one with everything around it, counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    CompoundSelect,
    Row,
    Select,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session, joinedload

from riskportal.db.lookup import by_public_id
from riskportal_services.dates import Term
from riskportal_services.models import (
    MILESTONE_STATES,
    PROJECT_STATES,
    SERVICE_STATES,
    CarePlan,
    CarePlanItem,
    Milestone,
    Product,
    Project,
    Service,
    ServiceArea,
    State,
)

PAGE = 50
CYCLE_ROWS = 200
SHOWS = ("active", "all", "past")

# Columns instead of entities: a list needs no more, and nothing can be loaded behind its back.
AREA_COLUMNS = (ServiceArea.id.label("area_id"), ServiceArea.name.label("area"), ServiceArea.icon, ServiceArea.weight)
SERVICE_COLUMNS = (
    Service.id,
    Service.public_id,
    Service.name,
    Service.label,
    Service.state,
    Service.price_minor,
    Service.currency,
    Service.cycle,
    Service.next_due_on,
    Service.renews_on,
    Service.term_months,
    Service.term_anchor_on,
    Service.auto_renew,
    *AREA_COLUMNS,
)
# The one order of services everywhere; `id` makes it total, so that paging never skips or repeats.
SERVICE_ORDER = (ServiceArea.weight, ServiceArea.name, ServiceArea.id, Service.name, Service.id)
_SORTED_BY = ("weight", "area", "area_id", "name", "id")

AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Count:
    """How many services or projects (`kind`) of an area are in a state and billed in a cycle."""

    kind: str
    area_id: int
    state: str
    cycle: str | None
    number: int
    next_due_on: date | None


@dataclass(frozen=True)
class Page:
    """Some rows of a list, and the public id after which the next page begins, None on the last."""

    rows: Sequence[AnyRow]
    after: str | None


@dataclass(frozen=True)
class CarePlanView:
    """What a care plan covers, in order, and what its note says."""

    note: str | None
    items: Sequence[CarePlanItem]


def states_of(states: dict[str, State], show: str) -> tuple[str, ...]:
    """The states behind a filter: `active` is everything that isn't past."""
    return tuple(name for name, state in states.items() if show == "all" or state.past is (show == "past"))


# Statements that many requests run are built once: putting one together costs more than running it.
_COUNTS: CompoundSelect[*tuple[Any, ...]] = union_all(
    select(
        literal("service"),
        Product.area_id,
        Service.state,
        Service.cycle,
        func.count(),
        func.min(Service.next_due_on),
    )
    .join(Product, Product.id == Service.product_id)
    .group_by(Product.area_id, Service.state, Service.cycle),
    select(literal("project"), Project.area_id, Project.state, null(), func.count(), null()).group_by(
        Project.area_id, Project.state
    ),
)


def counts(db: Session) -> list[Count]:
    """Counts of services and projects by area, state and cycle: one statement, few rows."""
    rows: Sequence[AnyRow] = db.execute(_COUNTS).all()
    return [Count(*row) for row in rows]


def number_by_show(found: Sequence[Count], kind: str, states: dict[str, State]) -> dict[str, int]:
    """How many of a kind each filter shows."""
    return {
        show: sum(count.number for count in found if count.kind == kind and count.state in states_of(states, show))
        for show in SHOWS
    }


# All services of the bill group with their area, in the one order.
SERVICES: AnySelect = (
    select(*SERVICE_COLUMNS)
    .join(Product, Product.id == Service.product_id)
    .join(ServiceArea, ServiceArea.id == Product.area_id)
    .order_by(*SERVICE_ORDER)
)


@cache
def _services_shown(show: str) -> AnySelect:
    return SERVICES.where(Service.state.in_(states_of(SERVICE_STATES, show))).limit(PAGE + 1)


def services_page(db: Session, show: str, after: str | None = None) -> Page:
    """A page of services; `after` is the public id of the last one seen (an unknown one starts over)."""
    query = _services_shown(show)
    if after is not None:
        last = db.execute(SERVICES.where(Service.public_id == after)).first()
        if last is not None:
            values = [getattr(last, name) for name in _SORTED_BY]
            query = query.where(tuple_(*SERVICE_ORDER) > tuple_(*map(literal, values)))
    return _page(db.execute(query).all())


def _page(rows: Sequence[AnyRow]) -> Page:
    shown = rows[:PAGE]
    return Page(shown, shown[-1].public_id if len(rows) > PAGE else None)


_PAID = case((Milestone.state == "paid", 1), else_=0)
_DONE = case((Milestone.state != "planned", 1), else_=0)
# Milestones of more than one currency have no sum; the page then shows none.
PROGRESS_COLUMNS = (
    func.count(Milestone.id).label("milestones"),
    func.coalesce(func.sum(_DONE), 0).label("done"),
    func.coalesce(func.sum(_PAID), 0).label("paid"),
    # PostgreSQL adds up 64-bit numbers to a NUMERIC; minor units are whole numbers.
    cast(func.coalesce(func.sum(Milestone.amount_minor), 0), BigInteger).label("amount_minor"),
    case((func.min(Milestone.currency) == func.max(Milestone.currency), func.min(Milestone.currency))).label(
        "currency"
    ),
)


# All projects of the bill group with their area and what their milestones add up to.
PROJECTS: AnySelect = (
    select(
        Project.id,
        Project.public_id,
        Project.name,
        Project.state,
        Project.started_on,
        Project.finished_on,
        *AREA_COLUMNS,
        *PROGRESS_COLUMNS,
    )
    .join(ServiceArea, ServiceArea.id == Project.area_id)
    .outerjoin(Milestone, Milestone.project_id == Project.id)
    .group_by(Project.id, ServiceArea.id)
)


@cache
def _projects_shown(show: str) -> AnySelect:
    return PROJECTS.where(Project.state.in_(states_of(PROJECT_STATES, show)))


@cache
def _projects_by_name(show: str) -> AnySelect:
    return _projects_shown(show).order_by(Project.name, Project.id).limit(PAGE)


def projects_page(db: Session, show: str, after: str | None = None) -> Page:
    """A page of projects, the newest first; `after` as in `services_page`."""
    query = _projects_shown(show)
    if after is not None:
        last = select(Project.id).where(Project.public_id == after).scalar_subquery()
        query = query.where(Project.id < last)
    return _page(db.execute(query.order_by(Project.id.desc()).limit(PAGE + 1)).all())


def projects_beside_services(db: Session, show: str) -> Sequence[AnyRow]:
    """The first projects under the same filter, for the list of services."""
    return db.execute(_projects_by_name(show)).all()


_BY_PUBLIC_ID: BindParameter[str] = bindparam("public_id")
_SERVICE = (
    select(Service)
    .options(joinedload(Service.product).joinedload(Product.area))
    .where(Service.public_id == _BY_PUBLIC_ID)
)
_PROJECT = select(Project).options(joinedload(Project.area)).where(Project.public_id == _BY_PUBLIC_ID)
_MILESTONE = select(Milestone).options(joinedload(Milestone.project)).where(Milestone.public_id == _BY_PUBLIC_ID)
_CARE_PLAN = (
    select(CarePlan, CarePlanItem)
    .outerjoin(CarePlanItem, CarePlanItem.care_plan_id == CarePlan.id)
    .where(CarePlan.product_id == bindparam("product_id"))
    .order_by(CarePlanItem.position)
)
_MILESTONES = (
    select(Milestone)
    .where(Milestone.project_id == bindparam("project_id"))
    .order_by(Milestone.position, Milestone.id)
)


def limitable_services(db: Session, limit: int) -> Sequence[Service]:
    """The first services of the session's bill group that aren't past, by name: what access can be limited to."""
    current = [name for name, state in SERVICE_STATES.items() if not state.past]
    query = select(Service).where(Service.state.in_(current)).order_by(Service.name, Service.id)
    return db.scalars(query.limit(limit)).all()


def limitable_projects(db: Session, limit: int) -> Sequence[Project]:
    """The first projects of the session's bill group, by name: what access can be limited to."""
    return db.scalars(select(Project).order_by(Project.name, Project.id).limit(limit)).all()


def load_service(db: Session, public_id: str) -> Service | None:
    """A service with its product and area, in one statement."""
    return db.scalar(_SERVICE, {"public_id": public_id})


def load_project(db: Session, public_id: str) -> Project | None:
    """A project with its area, in one statement."""
    return db.scalar(_PROJECT, {"public_id": public_id})


# Several at once, with no more than a title needs.
load_services, load_projects = by_public_id(Service), by_public_id(Project)


def load_milestone(db: Session, public_id: str) -> Milestone | None:
    """A milestone with its project, in one statement."""
    return db.scalar(_MILESTONE, {"public_id": public_id})


def care_plan_of(db: Session, product_id: int) -> CarePlanView | None:
    """The care plan of a product in one statement, None when it has none."""
    rows = db.execute(_CARE_PLAN, {"product_id": product_id}).all()
    return CarePlanView(rows[0][0].note, [item for _, item in rows if item is not None]) if rows else None


def milestones_of(db: Session, project_id: int) -> Sequence[Milestone]:
    """The milestones of a project, in order."""
    return db.scalars(_MILESTONES, {"project_id": project_id}).all()


# The milestones that a cycle is about: those paid in it, and those of active projects that still wait
# and aren't due after it. One definition for the figure and for the list behind it.
_IN_CYCLE = or_(
    and_(
        Milestone.state == "paid",
        Milestone.paid_on >= bindparam("cycle_start"),
        Milestone.paid_on < bindparam("cycle_end"),
    ),
    and_(
        Milestone.state.in_([state for state in MILESTONE_STATES if state != "paid"]),
        Project.state == "active",
        or_(Milestone.due_on.is_(None), Milestone.due_on < bindparam("cycle_end")),
    ),
)
_CYCLE_ROWS: AnySelect = (
    select(
        Milestone.public_id,
        Milestone.name,
        Milestone.state,
        Milestone.amount_minor,
        Milestone.currency,
        Milestone.due_on,
        Milestone.done_on,
        Milestone.paid_on,
        Project.name.label("project"),
        Project.public_id.label("project_public_id"),
        # Of all rows, also of those behind the limit.
        func.sum(_PAID).over().label("all_paid"),
        func.count().over().label("all_rows"),
    )
    .join(Project, Project.id == Milestone.project_id)
    .where(_IN_CYCLE)
    .order_by(Milestone.paid_on.is_(None), Milestone.paid_on, Milestone.due_on, Project.name, Milestone.position)
    .limit(CYCLE_ROWS)
)
_CYCLE_FIGURE = (
    select(func.coalesce(func.sum(_PAID), 0), func.count(Milestone.id))
    .join(Project, Project.id == Milestone.project_id)
    .where(_IN_CYCLE)
)


def milestones_in_cycle(db: Session, term: Term) -> Sequence[AnyRow]:
    """The rows behind "paid milestones this cycle", paid ones first, at most CYCLE_ROWS."""
    return db.execute(_CYCLE_ROWS, {"cycle_start": term.start, "cycle_end": term.end}).all()


def paid_in_cycle(db: Session, term: Term) -> tuple[int, int]:
    """How many of the cycle's milestones are paid, and how many there are."""
    paid, total = db.execute(_CYCLE_FIGURE, {"cycle_start": term.start, "cycle_end": term.end}).one()
    return int(paid), total
