"""The job moves passed renewals on, from the anchor day."""

from datetime import UTC, date, datetime

import pytest
from services_builders import TODAY, area, product, service
from sqlalchemy import select

from riskportal.db.guard import Scope
from riskportal_services.models import Service
from riskportal_services.services import terms


@pytest.fixture
def hosting(db):
    return product(db, area(db))


def renewing(db, hosting, renews_on, months=1, anchor=date(2027, 1, 31), **kw):
    return service(db, hosting, renews_on=renews_on, term_months=months, term_anchor_on=anchor, **kw)


def test_passed_renewals_move_to_the_next_one(db, hosting):
    monthly = renewing(db, hosting, date(2027, 1, 31))
    yearly = renewing(db, hosting, date(2025, 2, 28), 12, date(2024, 2, 29))
    today = renewing(db, hosting, TODAY, 1, TODAY)
    assert terms.roll_terms(db, TODAY) == 2
    assert (monthly.renews_on, yearly.renews_on, today.renews_on) == (date(2027, 4, 30), date(2028, 2, 29), TODAY)
    assert terms.roll_terms(db, TODAY) == 0


@pytest.mark.parametrize("values", [{"state": "suspended"}, {"auto_renew": False}])
def test_what_does_not_renew_by_itself_stays(db, hosting, values):
    kept = renewing(db, hosting, date(2027, 1, 31), **values)
    without_term = service(db, hosting, renews_on=date(2027, 1, 31))
    assert terms.roll_terms(db, TODAY) == 0
    assert kept.renews_on == without_term.renews_on == date(2027, 1, 31)


def test_in_batches(db, hosting, monkeypatch, sql_count):
    monkeypatch.setattr(terms, "BATCH", 3)
    for _ in range(7):
        renewing(db, hosting, date(2027, 3, 31))
    with sql_count() as counted:
        assert terms.roll_terms(db, TODAY) == 7
    # Three batches, each one select and one update.
    assert len(counted) <= 6
    assert {row.renews_on for row in db.query(Service)} == {date(2027, 4, 30)}


def test_yesterdays_renewal_moves_on_in_the_hour_after_the_tenants_midnight(make, database, clock, run_jobs):
    tenant = make.tenant("west.test", time_zone="America/Los_Angeles")
    group = make.bill_group(make.customer(tenant))

    def renews_on():
        with database.session(Scope.bill_group(tenant.id, group.id), write=False) as db:
            return db.scalars(select(Service.renews_on)).one()

    with database.session(Scope.bill_group(tenant.id, group.id)) as db:
        renewing(db, product(db, area(db)), date(2027, 4, 20), 1, date(2027, 1, 20))
    clock.at = datetime(2027, 4, 21, 6, 59, tzinfo=UTC)
    run_jobs(recurring=True)
    assert renews_on() == date(2027, 4, 20)
    clock.at = datetime(2027, 4, 21, 7, 1, tzinfo=UTC)
    run_jobs(recurring=True)
    assert renews_on() == date(2027, 5, 20)
