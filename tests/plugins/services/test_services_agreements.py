"""Which bill groups have a contract."""

from __future__ import annotations

import pytest
from services_builders import area, product, project, service

from riskportal_services.models import PROJECT_STATES, SERVICE_STATES
from riskportal_services.services.agreements import Agreements

PAST = ("cancelled", "terminated", "completed")


@pytest.mark.parametrize("state", SERVICE_STATES)
def test_a_service_that_is_not_past_is_a_contract(db, bill_group, state):
    assert not Agreements(db).has_active(bill_group.id)
    service(db, product(db, area(db)), state=state)
    assert Agreements(db).has_active(bill_group.id) is (state not in PAST)


@pytest.mark.parametrize("state", PROJECT_STATES)
def test_a_project_that_is_not_past_is_a_contract(db, bill_group, state):
    project(db, area(db), state=state)
    assert Agreements(db).has_active(bill_group.id) is (state not in PAST)


def test_another_bill_groups_contract_is_none_here(staff_db, bill_group, other_bill_group):
    service(staff_db, product(staff_db, area(staff_db)), bill_group_id=other_bill_group.id)
    assert not Agreements(staff_db).has_active(bill_group.id)
    assert Agreements(staff_db).has_active(other_bill_group.id)
