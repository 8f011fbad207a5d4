"""The module's pages as a browser gets them."""

from datetime import date

import pytest
from services_builders import TODAY, area, care_plan, milestone, product, project, service

from riskportal.db.guard import Scope
from riskportal_services.models import MILESTONE_STATES, PROJECT_STATES, SERVICE_STATES
from riskportal_services.services import catalogue

LONG = "Überlänge & <Sonderzeichen> „Anführung“ 日本語 " * 4


@pytest.fixture
def fill(database, tenant, bill_group):
    """`fill(function)`: run it with a session of the bill group and commit."""

    def run(function, group=bill_group):
        with database.session(Scope.bill_group(tenant.id, group.id)) as db:
            return function(db)

    return run


@pytest.fixture
def page(testapp, signed_in, user, bill_group):
    """`page("/services")`: a page of the bill group, as its owner sees it."""
    signed_in(testapp, user)
    return lambda path="/", **kw: testapp.get(f"/g/{bill_group.public_id}{path}", **kw)


def northwind(db):
    hosting = product(db, area(db, "Hosting", weight=10), description="20 GB of space\nDaily backups")
    care = product(db, area(db, "Care", weight=20), "Care plan Plus")
    care_plan(db, care, kinds=("hosting", "updates", "backups", "monitoring"))
    rows = {
        "hosting": service(db, hosting, label="northwind.example", next_due_on=date(2027, 5, 1)),
        "care": service(
            db,
            care,
            price_minor=36000,
            cycle="quarterly",
            next_due_on=date(2027, 5, 12),
            renews_on=date(2027, 5, 12),
            term_months=12,
            term_anchor_on=date(2024, 5, 12),
        ),
        "project": project(db, area(db, "Projects", weight=40), started_on=date(2026, 6, 1), description="New shop"),
    }
    rows["milestones"] = [
        milestone(db, rows["project"], n, "paid", paid_on=date(2026, 7 + n // 2, 20)) for n in range(7)
    ] + [milestone(db, rows["project"], 7, "invoiced", due_on=date(2027, 4, 17)), milestone(db, rows["project"], 8)]
    return rows


def text_of(response):
    return " ".join(response.html.select_one("main").get_text(" ").split())


def test_home_shows_the_facts_and_leads_to_their_rows(page, fill):
    fill(northwind)
    home = page("/")
    text = text_of(home)
    assert "Next renewal 12 May Care plan Plus" in text
    assert "Paid milestones this cycle 7 of 9 12 May 2026 to 11 May 2027" in text
    assert "Billed Monthly and quarterly Next on 1 May" in text
    assert (
        "Covered by Care plan Plus Hosting Updates Backups Monitoring Change requests are quoted separately" in text
    )
    assert "3 active service areas" in text
    assert "€360.00 / quarter" in text
    assert "7 of 9 milestones paid" in text
    behind = home.click("7 of 9$", linkid=None)
    assert "7 of 9 milestones paid" in text_of(behind)
    assert len(behind.html.select("table.rows tbody tr:has(td)")) == 9
    assert "Care plan Plus" in text_of(home.click("12 May$"))
    assert len(home.click("All services").html.select("table.rows tbody tr:has(td)")) == 3


def test_home_of_a_bill_group_without_anything(page):
    text = text_of(page("/"))
    assert "0 active service areas" not in text
    assert "No active services" in text
    assert "Next renewal" not in text


def test_what_went_wrong_needs_the_customer(page, fill):
    def troubled(db):
        hosting = product(db, area(db))
        service(db, hosting, name="Shop", state="suspended")
        service(db, hosting, name="Blog", state="failed_setup")

    fill(troubled)
    home = page("/")
    text = text_of(home)
    assert "Blog could not be set up" in text
    assert "Shop is suspended" in text
    opened = home.click(description="View", index=1)
    assert "Suspended" in text_of(opened)
    assert "does not run until the suspension is lifted" in text_of(opened)


def test_many_troubled_services_end_in_one_line(page, fill):
    def troubled(db):
        hosting = product(db, area(db))
        for number in range(7):
            service(db, hosting, name=f"Shop {number}", state="suspended")

    fill(troubled)
    text = text_of(page("/"))
    assert text.count("is suspended") == 5
    assert "and 2 more services that do not run" in text


def test_list_by_area_and_filter(page, fill):
    def several(db):
        rows = northwind(db)
        old = product(db, area(db, "Old things", weight=90))
        service(db, old, name="Old shop", state="terminated", ended_on=date(2025, 3, 3))
        return rows

    fill(several)
    active = page("/services")
    assert [h.get_text() for h in active.html.select("main tbody th")] == ["Hosting", "Care", "Projects"]
    assert [" ".join(a.get_text().split()) for a in active.html.select(".segments a")] == [
        "Active 3",
        "All 4",
        "Past 1",
    ]
    past = active.click("Past")
    assert [h.get_text() for h in past.html.select("main tbody th")] == ["Old things"]
    assert "Ended" in text_of(past)
    assert len(page("/services?show=all").html.select("table.rows tbody tr:has(td)")) == 4
    assert (
        page("/services?show=nonsense")
        .html.select(".segments [aria-current=true]")[0]
        .get_text()
        .startswith("Active")
    )


@pytest.mark.parametrize("path", ["/services", "/services?show=all", "/services?show=past", "/services/projects"])
def test_empty_lists_say_what_comes(page, path):
    assert page(path).html.select_one("main .empty strong").get_text()


def test_service_page(page, fill):
    rows = fill(northwind)
    detail = page(f"/services/{rows['care'].public_id}")
    text = text_of(detail)
    for words in (
        "Price €360.00 / quarter",
        "Next bill 12 May 2027 in 22 days",
        "Renews 12 May 2027 in 22 days, automatically for 12 months",
        "With us since 12 May 2024",
        "What the care plan covers Hosting Included Updates Included Backups Included",
        "Change requests are quoted separately",
    ):
        assert words in text
    assert "20 GB of space" in text_of(page(f"/services/{rows['hosting'].public_id}"))


def test_project_page(page, fill):
    rows = fill(northwind)
    project_page = page(f"/services/projects/{rows['project'].public_id}")
    text = text_of(project_page)
    assert "8 of 9 done" in text
    assert "Total €8,280.00 €6,440.00 of it paid" in text
    assert "Paid milestones 7 of 9" in text
    last = rows["milestones"][-1]
    moved = page(f"/services/milestones/{last.public_id}", status=302)
    assert moved.location.endswith(f"/services/projects/{rows['project'].public_id}#m-{last.public_id}")
    assert project_page.html.select_one(f"#m-{last.public_id}") is not None


def test_projects_list(page, fill):
    fill(northwind)
    projects = page("/services").click("Projects and milestones")
    assert "Webshop relaunch 7 of 9 milestones paid" in text_of(projects)
    assert "No past projects" in text_of(projects.click("Past"))
    assert "No milestones this cycle" not in text_of(projects.click("Milestones this cycle"))


def every_state(db):
    somewhere = area(db, LONG[:200])
    thing = product(db, somewhere, LONG[:200], description=LONG)
    plan = care_plan(db, thing, note=LONG[:500])
    assert plan.id
    services = [
        service(
            db,
            thing,
            name=LONG[:200],
            label="x" * 253,
            state=state,
            price_minor=10**14,
            currency="JPY",
            cycle=cycle,
            next_due_on=TODAY,
            renews_on=TODAY,
            auto_renew=cycle == "once",
            ended_on=TODAY if SERVICE_STATES[state].past else None,
        )
        for state in SERVICE_STATES
        for cycle in ("once", "triennially")
    ]
    projects = [
        project(db, somewhere, LONG[:200], state=state, description=f"{LONG}\n{LONG}") for state in PROJECT_STATES
    ]
    for number, state in enumerate(MILESTONE_STATES):
        paid_on = TODAY if state == "paid" else None
        milestone(
            db, projects[1], number, state, name=LONG[:200], paid_on=paid_on, currency="EUR" if number else "USD"
        )
    return services, projects


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_state_long_names_both_languages(page, fill, testapp, language):
    services, projects = fill(every_state)
    testapp.extra_environ["HTTP_ACCEPT_LANGUAGE"] = language
    paths = ["/", "/services?show=all", "/services/projects?show=all", "/services/projects?cycle=this"]
    paths += [f"/services/{row.public_id}" for row in services]
    paths += [f"/services/projects/{row.public_id}" for row in projects]
    for path in paths:
        found = page(path)
        assert found.html.html["lang"] == language
        assert "Überlänge" in found.text
        assert "<Sonderzeichen>" not in found.text


def test_german(page, fill, testapp):
    rows = fill(northwind)
    testapp.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "de"
    home = text_of(page("/"))
    assert "Nächste Verlängerung 12. Mai Care plan Plus" in home
    assert "Bezahlte Meilensteine in diesem Zeitraum 7 von 9" in home
    assert "Monatlich und vierteljährlich" in home
    assert "3 aktive Leistungsbereiche" in home
    assert "in 22 Tagen" in text_of(page(f"/services/{rows['care'].public_id}"))


def test_search_finds_services_and_projects(page, fill):
    fill(northwind)
    hits = page("/search?q=northwind")
    assert "Managed hosting, northwind.example" in text_of(hits)
    assert "Service in Hosting: Active" in text_of(hits)
    assert "Project in Projects: Active" in text_of(page("/search?q=relaunch"))


def test_pages_of_a_long_list(page, fill):
    def many(db):
        hosting = product(db, area(db))
        for number in range(catalogue.PAGE + 5):
            service(db, hosting, name=f"Site {number:03}")
            project(db, area(db, "Projects"), f"Project {number:03}")

    fill(many)
    second = page("/services").click("Next page")
    assert len(second.html.select("table.rows tbody tr:has(td)")) == 5
    assert "Site 054" in text_of(second)
    assert "Site 000" in text_of(second.click("First page"))
    older = page("/services/projects").click("Next page")
    assert len(older.html.select("table.rows tbody tr:has(td)")) == 5


def test_foreign_and_absent_records_answer_the_same(page, fill, other_bill_group):
    theirs = fill(northwind, other_bill_group)
    for kind, public_id in (
        ("", theirs["care"].public_id),
        ("projects/", theirs["project"].public_id),
        ("milestones/", theirs["milestones"][0].public_id),
        ("", "nothing"),
    ):
        page(f"/services/{kind}{public_id}", status=404)


def test_statements_per_page(page, fill, sql_count):
    """The module's own statements; the core's (tenant, session, access ...) are counted by its own tests."""
    rows = fill(northwind)
    limits = {
        "/": 5,
        "/services": 3,
        "/services?show=all": 3,
        # One of them counts the active services for the account line.
        f"/services/{rows['care'].public_id}": 3,
        "/services/projects": 2,
        "/services/projects?cycle=this": 3,
        f"/services/projects/{rows['project'].public_id}": 3,
    }
    for _ in range(2):
        for path, limit in limits.items():
            with sql_count() as counted:
                page(path)
            own = [statement for statement in counted.statements if "services_" in statement]
            assert len(own) <= limit, f"{path}: {len(own)}\n" + "\n".join(own)
        fill(every_state)


def test_a_module_that_is_off_has_no_pages(page, make, tenant):
    make.switch_off(tenant, "services")
    page("/services", status=404)
    assert "active service area" not in page("/").text


def test_nobody_gets_nothing(testapp, bill_group):
    answer = testapp.get(f"/g/{bill_group.public_id}/services", expect_errors=True)
    assert answer.status_int in (302, 303, 401, 403)


def test_the_job_moves_passed_renewals_on(fill, run_jobs, database, tenant, bill_group):
    def passed(db):
        hosting = product(db, area(db))
        return service(db, hosting, renews_on=date(2027, 3, 31), term_months=1, term_anchor_on=date(2027, 1, 31))

    before = fill(passed)
    run_jobs(recurring=True)
    after = fill(lambda db: catalogue.load_service(db, before.public_id))
    assert after.renews_on == date(2027, 4, 30)
