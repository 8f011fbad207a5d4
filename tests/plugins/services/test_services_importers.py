"""The sections of the portfolio file: what is refused, what is written, what loading again changes."""

import copy
from datetime import date

import pytest
from services_builders import TODAY
from sqlalchemy import func, select

from riskportal.portfolio.base import LoadContext, Record, Tally, digest_of
from riskportal_services.importers import (
    AREA_EXAMPLE,
    IMPORTERS,
    PRODUCT_EXAMPLE,
    PROJECT_EXAMPLE,
    SERVICE_EXAMPLE,
)
from riskportal_services.models import CarePlan, CarePlanItem, Milestone, Project, Service

SECTIONS = {importer.section: importer for importer in IMPORTERS}


def checked(section, raw):
    data = SECTIONS[section].schema().deserialize(raw)
    check = SECTIONS[section].check
    return data, list(check(data)) if check else []


def problems(section, raw):
    return checked(section, raw)[1]


def changed(example, **values):
    raw = copy.deepcopy(example)
    raw.update(values)
    return raw


@pytest.fixture
def context(staff_db, tenant, bill_group, clock):
    context = LoadContext(staff_db, tenant, clock, TODAY)
    context.adopt("bill_groups", "northwind-main", bill_group)
    return context


def load(context, section, *raws):
    records = []
    for position, raw in enumerate(raws):
        data, found = checked(section, raw)
        assert found == []
        records.append(Record(f"{section}[{position}]", data["ref"], data, digest_of(raw)))
    return SECTIONS[section].load(context, records), records


def prove(context, section, records):
    return list(SECTIONS[section].proof(context, records))


def load_all(context, service=SERVICE_EXAMPLE, project=PROJECT_EXAMPLE, product=PRODUCT_EXAMPLE):
    return [
        load(context, section, raw)
        for section, raw in zip(SECTIONS, (AREA_EXAMPLE, product, service, project), strict=True)
    ]


def test_examples_are_right():
    for importer in IMPORTERS:
        assert problems(importer.section, importer.example) == []


@pytest.mark.parametrize(
    ("values", "where", "message"),
    [
        ({"price": "1.005"}, "price", "EUR has 2 digits behind the point"),
        ({"price": "1.5", "currency": "JPY"}, "price", "JPY has 0 digits"),
        ({"price": "-1.00"}, "price", "zero or more"),
        ({"next_due_on": "2020-01-01"}, "next_due_on", "on or after registered_on (2024-05-12)"),
        ({"ended_on": "2026-01-01"}, "ended_on", "none for a service that is active"),
        ({"term_months": None, "term_anchor_on": "2024-05-12"}, "term_months", "is missing"),
        ({"renews_on": None}, "term_anchor_on", "is missing"),
        ({"term_anchor_on": "2024-05-13"}, "renews_on", "(2027-05-13), not 2027-05-12"),
        ({"term_anchor_on": "9999-05-13", "renews_on": None}, "term_months", "before the year 10000"),
    ],
)
def test_a_service_that_makes_no_sense(values, where, message):
    [(path, text)] = problems("services", changed(SERVICE_EXAMPLE, **values))
    assert path == where
    assert message in text


@pytest.mark.parametrize(
    ("values", "where", "message"),
    [
        ({"state": "paid", "paid_on": None}, "milestones[0].paid_on", "is missing"),
        ({"state": "invoiced"}, "milestones[0].paid_on", "none for a milestone that is invoiced"),
        ({"state": "planned", "paid_on": None}, "milestones[0].done_on", "none for a milestone that is planned"),
        ({"amount": "0.001"}, "milestones[0].amount", "EUR has 2 digits"),
    ],
)
def test_a_milestone_that_makes_no_sense(values, where, message):
    raw = changed(PROJECT_EXAMPLE)
    raw["milestones"][0].update(values)
    [(path, text)] = problems("projects", raw)
    assert path == where
    assert message in text


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"finished_on": "2026-02-01", "started_on": "2026-03-01", "state": "completed"}, "finished_on"),
        ({"state": "completed"}, "finished_on"),
        ({"finished_on": "2026-09-01"}, "finished_on"),
    ],
)
def test_a_project_that_makes_no_sense(values, where):
    assert [path for path, _ in problems("projects", changed(PROJECT_EXAMPLE, **values))] == [where]


def test_everything_is_written_and_proven(context):
    results = load_all(context)
    assert [tally for tally, _ in results] == [Tally(created=1)] * 4
    service = context.db.scalar(select(Service))
    assert (service.price_minor, service.state, service.auto_renew) == (36000, "active", True)
    assert (service.term_anchor_on, service.renews_on) == (date(2027, 5, 12), date(2027, 5, 12))
    assert context.db.scalars(select(CarePlanItem.kind).order_by(CarePlanItem.position)).all() == [
        "updates",
        "backups",
    ]
    milestone = context.db.scalar(select(Milestone))
    assert (milestone.amount_minor, milestone.paid_on) == (92000, date(2026, 2, 14))
    assert context.public_id_of("milestones", "northwind-relaunch-1") == milestone.public_id
    for section, (_, records) in zip(SECTIONS, results, strict=True):
        for row in prove(context, section, records):
            assert row.file == row.database, row
    measures = {row.measure: (row.file, row.currency) for row in prove(context, "services", results[2][1])}
    assert measures == {"records": (1, None), "active, EUR": (1, None), "active, price": (36000, "EUR")}
    amounts = [row for row in prove(context, "projects", results[3][1]) if row.measure == "paid, amount"]
    assert [(row.section, row.file, row.currency) for row in amounts] == [("milestones", 92000, "EUR")]


def test_loading_again_changes_nothing(context):
    load_all(context)
    assert [tally for tally, _ in load_all(context)] == [Tally(unchanged=1)] * 4
    assert context.db.scalar(select(func.count()).select_from(CarePlan)) == 1


def test_a_changed_product_gets_its_care_plan_anew(context):
    load_all(context)
    without = changed(PRODUCT_EXAMPLE, care_plan=None)
    tally, records = load(context, "products", without)
    assert tally == Tally(updated=1)
    assert context.db.scalar(select(func.count()).select_from(CarePlanItem)) == 0
    assert all(row.file == row.database for row in prove(context, "products", records))


def test_a_term_without_a_renewal_ends_at_the_next_one(context):
    load_all(context, changed(SERVICE_EXAMPLE, renews_on=None, term_anchor_on="2024-05-31", term_months=1))
    assert context.db.scalar(select(Service.renews_on)) == date(2027, 4, 30)


def test_a_term_that_does_not_renew_ends_once(context):
    raw = changed(SERVICE_EXAMPLE, renews_on=None, term_anchor_on="2024-05-31", term_months=24, auto_renew=False)
    load_all(context, raw)
    assert context.db.scalar(select(Service.renews_on)) == date(2026, 5, 31)


def two_milestones(state="planned", paid_on=None):
    raw = changed(PROJECT_EXAMPLE)
    second = {"ref": "northwind-relaunch-2", "name": "Build", "amount": "1.00", "state": state, "paid_on": paid_on}
    raw["milestones"].append(second)
    return raw


def test_a_milestone_that_the_project_no_longer_names_goes(context):
    load_all(context, project=two_milestones())
    tally, records = load(context, "projects", PROJECT_EXAMPLE)
    assert tally == Tally(updated=1)
    assert context.db.scalars(select(Milestone.name)).all() == ["Concept"]
    assert context.problems == []
    assert all(row.file == row.database for row in prove(context, "projects", records))


def test_a_paid_milestone_must_stay(context):
    load_all(context, project=two_milestones("paid", "2026-03-01"))
    load(context, "projects", PROJECT_EXAMPLE)
    assert [str(problem) for problem in context.problems] == [
        'projects[0].milestones: the milestone "northwind-relaunch-2" is paid and must stay in the file'
    ]


def test_nothing_moves_to_another_bill_group(other_bill_group, context):
    load_all(context)
    context.adopt("bill_groups", "fabrikam", other_bill_group)
    load(context, "services", changed(SERVICE_EXAMPLE, bill_group="fabrikam"))
    load(context, "projects", changed(PROJECT_EXAMPLE, bill_group="fabrikam"))
    assert [problem.path for problem in context.problems] == ["services[0].bill_group", "projects[0].bill_group"]
    assert context.db.scalar(select(Project.bill_group_id)) != other_bill_group.id
