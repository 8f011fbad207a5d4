"""Writing: which record becomes which row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select

from riskportal.contracts.money import Money
from riskportal.portfolio.base import LoadContext, Problem, Record, Tally, batches, digest_of
from riskportal.portfolio.models import ImportedRecord
from riskportal_services.dates import first_renewal
from riskportal_services.importers.schemas import AREAS, MILESTONES, PRODUCTS, PROJECTS, SERVICES
from riskportal_services.models import (
    CarePlan,
    CarePlanItem,
    Milestone,
    Product,
    Project,
    Service,
    ServiceArea,
)

Data = Mapping[str, Any]


def load_areas(ctx: LoadContext, records: Sequence[Record]) -> Tally:
    """Write service areas."""
    return ctx.write_all(
        AREAS,
        records,
        ServiceArea,
        lambda _, data: {name: data[name] for name in ("name", "icon", "weight")},
    )


def load_products(ctx: LoadContext, records: Sequence[Record]) -> Tally:
    """Write products; a changed product's care plan is written anew."""
    ctx.remember(PRODUCTS, (record.ref for record in records))
    touched = [record for record in records if _differs(ctx, PRODUCTS, record)]
    tally = ctx.write_all(PRODUCTS, records, Product, _product)
    for batch in batches(touched):
        _replace_care_plans(ctx, batch)
    return tally


def _product(ctx: LoadContext, data: Data) -> dict[str, Any]:
    return {
        "area_id": ctx.id_of(AREAS, data["area"]),
        "name": data["name"],
        "description": data["description"],
    }


def _replace_care_plans(ctx: LoadContext, records: Sequence[Record]) -> None:
    ids = ctx.ids_of(PRODUCTS, records)
    old = select(CarePlan.id).where(CarePlan.product_id.in_(ids))
    ctx.db.execute(delete(CarePlanItem).where(CarePlanItem.care_plan_id.in_(old)))
    ctx.db.execute(delete(CarePlan).where(CarePlan.product_id.in_(ids)))
    plans = [
        (CarePlan(product_id=product_id, note=record.data["care_plan"]["note"]), record.data["care_plan"]["items"])
        for product_id, record in zip(ids, records, strict=True)
        if record.data["care_plan"] is not None
    ]
    ctx.db.add_all(plan for plan, _ in plans)
    ctx.db.flush()
    ctx.db.add_all(
        CarePlanItem(care_plan_id=plan.id, position=position, **item)
        for plan, items in plans
        for position, item in enumerate(items)
    )
    ctx.db.flush()


def load_services(ctx: LoadContext, records: Sequence[Record]) -> Tally:
    """Write services."""
    return ctx.write_all(SERVICES, _staying(ctx, SERVICES, records, Service), Service, _service)


def _service(ctx: LoadContext, data: Data) -> dict[str, Any]:
    months = data["term_months"]
    anchor = (data["term_anchor_on"] or data["renews_on"]) if months else None
    renews = data["renews_on"]
    if renews is None and anchor is not None:
        renews = first_renewal(ctx.today, anchor, months, data["auto_renew"])
    return {
        "bill_group_id": ctx.id_of("bill_groups", data["bill_group"]),
        "product_id": ctx.id_of(PRODUCTS, data["product"]),
        "price_minor": Money.parse(data["price"], data["currency"]).minor,
        "term_months": months,
        "term_anchor_on": anchor,
        "renews_on": renews,
        **{name: data[name] for name in ("name", "label", "state", "currency", "cycle", "auto_renew")},
        **{name: data[name] for name in ("registered_on", "next_due_on", "ended_on")},
    }


def load_projects(ctx: LoadContext, records: Sequence[Record]) -> Tally:
    """Write projects, then their milestones under their own refs."""
    ctx.remember(PROJECTS, (record.ref for record in records))
    staying = _staying(ctx, PROJECTS, records, Project)
    changed = [
        record for record in staying if (PROJECTS, record.ref) in ctx.known and _differs(ctx, PROJECTS, record)
    ]
    tally = ctx.write_all(PROJECTS, staying, Project, _project)
    milestones = [milestone for record in staying for milestone in milestones_of(record)]
    ctx.write_all(MILESTONES, _staying(ctx, MILESTONES, milestones, Milestone), Milestone, _milestone)
    _drop_milestones(ctx, changed)
    return tally


def _project(ctx: LoadContext, data: Data) -> dict[str, Any]:
    return {
        "bill_group_id": ctx.id_of("bill_groups", data["bill_group"]),
        "area_id": ctx.id_of(AREAS, data["area"]),
        **{name: data[name] for name in ("name", "description", "state", "started_on", "finished_on")},
    }


def milestones_of(record: Record) -> Iterator[Record]:
    """The milestones of a project as records of their own."""
    project = {name: record.data[name] for name in ("bill_group", "currency")}
    for position, part in enumerate(record.data["milestones"]):
        data = {**part, **project, "project": record.ref, "position": position}
        digest = digest_of({name: str(value) for name, value in data.items()})
        yield Record(f"{record.path}.milestones[{position}]", part["ref"], data, digest)


def _milestone(ctx: LoadContext, data: Data) -> dict[str, Any]:
    return {
        "bill_group_id": ctx.id_of("bill_groups", data["bill_group"]),
        "project_id": ctx.id_of(PROJECTS, data["project"]),
        "amount_minor": Money.parse(data["amount"], data["currency"]).minor,
        **{name: data[name] for name in ("position", "name", "currency", "state", "due_on", "done_on", "paid_on")},
    }


def _drop_milestones(ctx: LoadContext, projects: Sequence[Record]) -> None:
    """Remove milestones that a changed project doesn't name any more, unless money hangs on them."""
    paths = {ctx.id_of(PROJECTS, record.ref): record.path for record in projects}
    named = {part["ref"] for record in projects for part in record.data["milestones"]}
    for ids in batches(list(paths)):
        found = ctx.db.execute(
            select(Milestone, ImportedRecord)
            .join(ImportedRecord, ImportedRecord.record_id == Milestone.id)
            .where(ImportedRecord.section == MILESTONES, Milestone.project_id.in_(ids))
        ).all()
        for milestone, entry in found:
            if entry.ref in named:
                continue
            if milestone.state in ("invoiced", "paid"):
                message = f'the milestone "{entry.ref}" is {milestone.state} and must stay in the file'
                ctx.problems.append(Problem(f"{paths[milestone.project_id]}.milestones", message))
                continue
            ctx.db.delete(milestone)
            ctx.db.delete(entry)
            ctx.known.pop((MILESTONES, entry.ref), None)
    ctx.db.flush()


def _differs(ctx: LoadContext, section: str, record: Record) -> bool:
    known = ctx.known.get((section, record.ref))
    return known is None or known.digest != record.digest


def _staying(ctx: LoadContext, section: str, records: Sequence[Record], model: Any) -> list[Record]:
    """The records without those that would move to another bill group, each of which is a problem."""
    ctx.remember(section, (record.ref for record in records))
    known = {ctx.known[section, r.ref].record_id: r for r in records if (section, r.ref) in ctx.known}
    moved = set()
    for ids in batches([row_id for row_id, record in known.items() if _differs(ctx, section, record)]):
        for row_id, bill_group_id in ctx.db.execute(select(model.id, model.bill_group_id).where(model.id.in_(ids))):
            record = known[row_id]
            if bill_group_id != ctx.id_of("bill_groups", record.data["bill_group"]):
                message = "can't move to another bill group; end it there and load it under a new ref here"
                ctx.problems.append(Problem(f"{record.path}.bill_group", message))
                moved.add(record.ref)
    return [record for record in records if record.ref not in moved]
