"""Lists, details, search and what the home page asks, on rows; and how many statements that costs."""

from datetime import date, timedelta

import pytest
from services_builders import TODAY, area, care_plan, milestone, product, project, service

from riskportal.db.guard import Scope, ScopeMissing
from riskportal_services.dates import Term
from riskportal_services.models import PROJECT_STATES, SERVICE_STATES
from riskportal_services.services import catalogue, search
from riskportal_services.services.overview import ACTIVE_ROWS, TROUBLED_ROWS, Overview, Subscriptions


@pytest.fixture
def northwind(db):
    """Four active areas: hosting, care, mail, and a project with 7 of 9 milestones paid in the care plan's term."""
    hosting = product(db, area(db, "Hosting", weight=10))
    care = product(db, area(db, "Care", weight=20), "Care plan Plus")
    mail = product(db, area(db, "E-mail", weight=30), "Newsletter")
    care_plan(db, care)
    service(db, hosting, label="northwind.example", next_due_on=date(2027, 5, 1), renews_on=date(2028, 1, 1))
    service(
        db,
        care,
        price_minor=36000,
        cycle="quarterly",
        next_due_on=date(2027, 5, 12),
        renews_on=date(2027, 5, 12),
        term_months=12,
        term_anchor_on=date(2024, 5, 12),
    )
    service(db, mail, price_minor=1900, next_due_on=date(2027, 5, 3))
    work = project(db, area(db, "Projects", weight=40), started_on=date(2026, 6, 1))
    for position in range(7):
        milestone(db, work, position, "paid", paid_on=date(2026, 6 + position // 2, 20))
    milestone(db, work, 7, "invoiced", due_on=date(2027, 4, 17))
    milestone(db, work, 8, due_on=date(2027, 5, 11))
    return work


def test_the_overview_of_a_bill_group(db, northwind):
    overview = Overview(db, TODAY)
    assert (overview.active_areas, overview.active_number, overview.troubled_number) == (4, 4, 0)
    assert overview.next_billing_date == date(2027, 5, 1)
    assert overview.cycles == ("monthly", "quarterly")
    assert (overview.next_renewal().name, overview.next_renewal().on) == ("Care plan Plus", date(2027, 5, 12))
    assert overview.cycle == Term(date(2026, 5, 12), date(2027, 5, 12))
    assert overview.milestones == (7, 9)
    assert [item.kind for item in overview.care_plan.items] == ["hosting", "updates", "backups"]
    assert overview.care_plan.note == "Change requests are quoted separately"
    assert [row.name for row in overview.active_services] == ["Managed hosting", "Care plan Plus", "Newsletter"]
    [work] = overview.active_projects
    assert (work.milestones, work.done, work.paid, work.amount_minor, work.currency) == (9, 8, 7, 9 * 92000, "EUR")
    assert type(work.amount_minor) is int


def test_the_rows_behind_the_paid_milestones(db, northwind):
    rows = catalogue.milestones_in_cycle(db, Overview(db, TODAY).cycle)
    assert [row.state for row in rows] == ["paid"] * 7 + ["invoiced", "planned"]


def test_a_bill_group_without_anything(db):
    overview = Overview(db, TODAY)
    assert (overview.active_areas, overview.next_billing_date, overview.cycles) == (0, None, ())
    assert (overview.next_renewal(), overview.care_plan, overview.milestones) == (None, None, (0, 0))
    assert overview.cycle == Term(date(2027, 1, 1), date(2028, 1, 1))
    assert (list(overview.active_services), list(overview.active_projects), list(overview.troubled)) == ([], [], [])


def test_contract_answers_from_the_same_overview(db, northwind):
    subscriptions = Subscriptions(Overview(db, TODAY))
    assert subscriptions.next_billing_date() == date(2027, 5, 1)
    assert subscriptions.cycles() == ("monthly", "quarterly")
    assert subscriptions.next_renewal().ref.kind == "services.service"


def test_only_active_services_count_and_once_is_no_frequency(db):
    hosting = product(db, area(db))
    soon = {"next_due_on": TODAY, "renews_on": TODAY}
    for state in SERVICE_STATES:
        if state != "active":
            service(db, hosting, state=state, **soon)
    service(db, hosting, cycle="once", renews_on=TODAY - timedelta(1))
    overview = Overview(db, TODAY)
    assert (overview.next_renewal(), overview.next_billing_date, overview.cycles) == (None, None, ())
    assert overview.active_areas == 1


def test_a_renewal_today_is_the_next_one_and_begins_a_cycle(db):
    care = product(db, area(db))
    care_plan(db, care)
    service(db, care, renews_on=TODAY, term_months=1, term_anchor_on=date(2027, 3, 20))
    overview = Overview(db, TODAY)
    assert overview.next_renewal().on == TODAY
    assert overview.cycle == Term(TODAY, date(2027, 5, 20))


def test_a_milestone_that_is_due_after_the_cycle_does_not_count(db):
    work, planned = project(db, area(db)), project(db, area(db), state="planned")
    milestone(db, work, 0, "paid", paid_on=date(2026, 12, 31))
    milestone(db, work, 1, "paid", paid_on=date(2027, 1, 1))
    milestone(db, work, 2, due_on=date(2028, 1, 1))
    milestone(db, work, 3)
    milestone(db, planned, 0)
    assert Overview(db, TODAY).milestones == (1, 2)


def test_troubled_services_and_the_first_active_ones(db):
    hosting = product(db, area(db))
    for number in range(ACTIVE_ROWS + 4):
        service(db, hosting, name=f"Site {number:02}", renews_on=TODAY + timedelta(99 - number))
    for number in range(TROUBLED_ROWS + 2):
        service(db, hosting, name=f"Bad {number}", state="suspended" if number % 2 else "failed_setup")
    overview = Overview(db, TODAY)
    assert [row.name for row in overview.active_services] == [f"Site {n:02}" for n in range(ACTIVE_ROWS)]
    assert [row.name for row in overview.troubled] == [f"Bad {n}" for n in range(TROUBLED_ROWS)]
    assert overview.troubled_number == TROUBLED_ROWS + 2
    assert overview.next_renewal().name == f"Site {ACTIVE_ROWS + 3:02}"


def everything(db):
    overview = Overview(db, TODAY)
    return [
        overview.active_areas,
        overview.next_renewal(),
        overview.next_billing_date,
        overview.cycles,
        overview.care_plan,
        overview.milestones,
        list(overview.active_services),
        list(overview.active_projects),
        list(overview.troubled),
    ]


def test_home_costs_five_statements_whatever_the_data_size(db, northwind, sql_count):
    with sql_count() as few:
        everything(db)
    hosting, work = product(db, area(db)), project(db, area(db))
    for number in range(60):
        service(db, hosting, name=f"Site {number}", state=list(SERVICE_STATES)[number % 6])
        milestone(db, project(db, area(db)), 0)
        milestone(db, work, number)
    db.expire_all()
    with sql_count() as many:
        everything(db)
    assert (len(few), len(many)) == (5, 5), str(many)


def test_nothing_of_another_bill_group_or_tenant_shows(make, database, tenant, other_tenant, other_bill_group, db):
    foreign = make.bill_group(make.customer(other_tenant))
    ids = []
    for owner, group in ((tenant, other_bill_group), (other_tenant, foreign)):
        with database.session(Scope.bill_group(owner.id, group.id)) as theirs:
            care = product(theirs, area(theirs))
            care_plan(theirs, care)
            work = project(theirs, area(theirs))
            paid = milestone(theirs, work, state="paid", paid_on=TODAY)
            ids.append((service(theirs, care, renews_on=TODAY, next_due_on=TODAY), work, paid))
    assert everything(db) == [0, None, None, (), None, (0, 0), [], [], []]
    assert list(search.find_services(db, "hosting", 5)) == []
    assert catalogue.milestones_in_cycle(db, Term(date(2027, 1, 1), date(2028, 1, 1))) == []
    for theirs, work, paid in ids:
        assert catalogue.load_service(db, theirs.public_id) is None
        assert catalogue.load_project(db, work.public_id) is None
        assert catalogue.load_milestone(db, paid.public_id) is None
        assert catalogue.services_page(db, "all", theirs.public_id).rows == []


def test_a_session_of_the_tenant_alone_refuses(database, tenant):
    with database.session(Scope.tenant(tenant.id), write=False) as db:
        for ask in (lambda: Overview(db, TODAY).active_areas, lambda: Overview(db, TODAY).milestones):
            with pytest.raises(Exception, match="no bill group") as caught:
                ask()
            assert isinstance(caught.value, ScopeMissing) or isinstance(caught.value.__cause__, ScopeMissing)


def test_filters_divide_the_states():
    for states in (SERVICE_STATES, PROJECT_STATES):
        active, past = (catalogue.states_of(states, show) for show in ("active", "past"))
        assert sorted((*active, *past)) == sorted(catalogue.states_of(states, "all")) == sorted(states)
    assert catalogue.states_of(SERVICE_STATES, "past") == ("cancelled", "terminated")


def test_counts_by_filter(db, northwind):
    found = catalogue.counts(db)
    assert catalogue.number_by_show(found, "service", SERVICE_STATES) == {"active": 3, "all": 3, "past": 0}
    assert catalogue.number_by_show(found, "project", PROJECT_STATES) == {"active": 1, "all": 1, "past": 0}


def test_paging_shows_each_service_once_in_order(db, sql_count):
    for weight in (2, 1):
        hosting = product(db, area(db, f"Area {weight}", weight=weight))
        for number in range(catalogue.PAGE):
            service(db, hosting, name=f"Same name {number // 3}")
    seen, after = [], None
    while True:
        with sql_count() as counted:
            page = catalogue.services_page(db, "active", after)
        assert len(counted) <= 2
        seen += page.rows
        after = page.after
        if after is None:
            break
    assert len(seen) == len({row.public_id for row in seen}) == 2 * catalogue.PAGE
    assert [row.area for row in seen] == ["Area 1"] * catalogue.PAGE + ["Area 2"] * catalogue.PAGE
    assert catalogue.services_page(db, "past").rows == []
    assert len(catalogue.services_page(db, "all", "unknown").rows) == catalogue.PAGE


def test_projects_page_by_page(db):
    hosting = area(db)
    made = [project(db, hosting, f"Project {number}").public_id for number in range(catalogue.PAGE + 1)]
    first = catalogue.projects_page(db, "active")
    second = catalogue.projects_page(db, "active", first.after)
    assert [row.public_id for row in (*first.rows, *second.rows)] == made[::-1]
    assert second.after is None


def test_a_project_in_two_currencies_has_no_sum(db):
    work = project(db, area(db))
    milestone(db, work, 0)
    milestone(db, work, 1, currency="DKK")
    assert catalogue.projects_page(db, "all").rows[0].currency is None


def test_one_service_one_statement(db, northwind, sql_count):
    public_id = Overview(db, TODAY).next_renewal().ref.public_id
    db.expunge_all()
    with sql_count() as counted:
        found = catalogue.load_service(db, public_id)
        assert (found.product.name, found.product.area.name) == ("Care plan Plus", "Care")
        assert catalogue.care_plan_of(db, found.product_id).items
    assert len(counted) == 2
    assert catalogue.load_service(db, "nothing") is None


@pytest.mark.parametrize(
    ("text", "found"),
    [("NORTHWIND", 1), ("hosting", 1), ("newsletter", 1), ("über", 1), ("ÜBER", 1), ("100%", 1), ("%", 1), ("_", 0)],
)
def test_search(db, northwind, text, found):
    service(db, product(db, area(db), "Über uns"), name="Landing page", label="100% Ökostrom")
    assert len(search.find_services(db, text, 10)) == found


def test_search_for_projects(db, northwind):
    assert [row.name for row in search.find_projects(db, "relaunch", 5)] == ["Webshop relaunch"]
    assert search.find_projects(db, "nothing", 5) == []


def test_scores_order_hits():
    scores = [search.score("care", *names) for names in (("Care",), ("Care plan",), ("My care", None), ("Scared",))]
    assert scores == [1.0, 0.8, 0.6, 0.4]
    assert search.score("care", None) == 0.4
