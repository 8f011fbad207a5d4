"""The proof of a load: the file's figures against the database's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import func, select

from riskportal.contracts.money import Money
from riskportal.portfolio.base import LoadContext, ProofRow, Record, batches
from riskportal_services.importers.load import milestones_of
from riskportal_services.importers.schemas import AREAS, MILESTONES, PRODUCTS, PROJECTS, SERVICES
from riskportal_services.models import CarePlan, Milestone, Product, Project, Service, ServiceArea


def prove_areas(ctx: LoadContext, records: Sequence[Record]) -> Iterable[ProofRow]:
    """How many areas."""
    yield ctx.count(AREAS, records, ServiceArea)


def prove_products(ctx: LoadContext, records: Sequence[Record]) -> Iterable[ProofRow]:
    """How many products, and how many care plans they have."""
    yield ctx.count(PRODUCTS, records, Product)
    ids = ctx.ids_of(PRODUCTS, records)
    plans = sum(
        ctx.db.scalar(select(func.count()).select_from(CarePlan).where(CarePlan.product_id.in_(batch))) or 0
        for batch in batches(ids)
    )
    in_file = sum(record.data["care_plan"] is not None for record in records)
    yield ProofRow(PRODUCTS, "with care plan", in_file, plans)


def prove_services(ctx: LoadContext, records: Sequence[Record]) -> Iterable[ProofRow]:
    """How many services, and their prices by state and currency."""
    yield ctx.count(SERVICES, records, Service)
    counts: Counter[tuple[str, ...]] = Counter()
    prices: Counter[tuple[str, ...]] = Counter()
    for record in records:
        key = (record.data["state"], record.data["currency"])
        counts[key] += 1
        prices[key] += Money.parse(record.data["price"], key[1]).minor
    ids = ctx.ids_of(SERVICES, records)
    yield from _sums(ctx, SERVICES, Service, Service.price_minor, "price", ids, counts, prices)


def prove_projects(ctx: LoadContext, records: Sequence[Record]) -> Iterable[ProofRow]:
    """How many projects by state, how many milestones, and their amounts by state and currency."""
    yield ctx.count(PROJECTS, records, Project)
    states = Counter(record.data["state"] for record in records)
    found: Counter[str] = Counter()
    for ids in batches(ctx.ids_of(PROJECTS, records)):
        query = select(Project.state, func.count()).where(Project.id.in_(ids)).group_by(Project.state)
        found.update(dict(iter(ctx.db.execute(query))))
    for state in sorted(states | found):
        yield ProofRow(PROJECTS, state, states[state], found[state])
    milestones = [milestone for record in records for milestone in milestones_of(record)]
    counts: Counter[tuple[str, ...]] = Counter()
    amounts: Counter[tuple[str, ...]] = Counter()
    for milestone in milestones:
        key = (milestone.data["state"], milestone.data["currency"])
        counts[key] += 1
        amounts[key] += Money.parse(milestone.data["amount"], key[1]).minor
    yield ctx.count(MILESTONES, milestones, Milestone)
    ids = ctx.ids_of(MILESTONES, milestones)
    yield from _sums(ctx, MILESTONES, Milestone, Milestone.amount_minor, "amount", ids, counts, amounts)


def _sums(
    ctx: LoadContext,
    section: str,
    model: Any,
    amount: Any,
    what: str,
    ids: Sequence[int],
    counts: Counter[tuple[str, ...]],
    amounts: Counter[tuple[str, ...]],
) -> Iterator[ProofRow]:
    """Counts and sums per state and currency, of the file (given) and of the rows with these ids."""
    found: Counter[tuple[str, ...]] = Counter()
    summed: Counter[tuple[str, ...]] = Counter()
    query = select(model.state, model.currency, func.count(), func.sum(amount)).group_by(model.state, model.currency)
    for batch in batches(ids):
        for state, currency, number, total in ctx.db.execute(query.where(model.id.in_(batch))):
            found[state, currency] += number
            summed[state, currency] += int(total)
    for key in sorted(counts.keys() | found.keys()):
        state, currency = key
        yield ProofRow(section, f"{state}, {currency}", counts[key], found[key])
        yield ProofRow(section, f"{state}, {what}", amounts[key], summed[key], currency)
