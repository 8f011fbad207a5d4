"""A bill group's portal: opened with a reason, closed, its link made anew."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from riskportal.customers.models import BillGroup
from riskportal.db.guard import Scope
from riskportal.identity.access import bill_group_of_portal_link, grant_for
from riskportal.identity.portal_link import PortalRefused, close_portal, open_portal, rotate_link, why_not_open


@pytest.mark.parametrize(
    ("state", "contract", "why"),
    [
        ("active", True, None),
        ("active", None, None),
        ("active", False, "no_contract"),
        ("closed", True, "closed"),
        ("closed", False, "closed"),
    ],
)
def test_only_a_bill_group_with_a_contract_is_opened(
    staff_db: Session, make: Any, customer: Any, state: str, contract: bool | None, why: str | None
) -> None:
    group = staff_db.get_one(BillGroup, make.bill_group(customer, state=state, portal_enabled=False).id)
    assert why_not_open(group, contract) == why
    if why is None:
        assert open_portal(staff_db, group, contract)
        assert group.portal_enabled
    else:
        with pytest.raises(PortalRefused) as refused:
            open_portal(staff_db, group, contract)
        assert refused.value.code == why
        assert not group.portal_enabled


def test_an_open_portal_stays_open_whatever_its_contracts(staff_db: Session, bill_group: BillGroup) -> None:
    """Whoever has left still finds their invoices, until staff close the portal."""
    group = staff_db.get_one(BillGroup, bill_group.id)
    assert not open_portal(staff_db, group, has_contract=False)
    assert close_portal(group)
    assert not close_portal(group)


@pytest.mark.parametrize("backend", ["postgres"], indirect=True)
def test_a_bill_group_that_was_closed_meanwhile_is_not_opened(
    database: Any, make: Any, customer: Any, bill_group: BillGroup
) -> None:
    """What the page has read may be old: the row decides, once it is held."""
    tenant = Scope.tenant_wide(bill_group.tenant_id)
    waiting = make.bill_group(customer, portal_enabled=False)
    with database.session(tenant) as db:
        group = db.get_one(BillGroup, waiting.id)
        assert group.state == "active"
        with database.session(tenant) as other:
            other.get_one(BillGroup, waiting.id).state = "closed"
        with pytest.raises(PortalRefused):
            open_portal(db, group, has_contract=True)


def test_a_closed_portal_lets_nobody_in(make: Any, bill_group: BillGroup, database: Any, clock: Any) -> None:
    user = make.member(bill_group)

    def reached() -> bool:
        with database.session(Scope.tenant(bill_group.tenant_id), write=False) as db:
            return grant_for(db, user.email, bill_group.public_id, clock.now()) is not None

    assert reached()
    with database.session(Scope.tenant_wide(bill_group.tenant_id)) as db:
        close_portal(db.get_one(BillGroup, bill_group.id))
    assert not reached()


def test_a_new_link_kills_the_old_one(bill_group: BillGroup, database: Any) -> None:
    old = bill_group.portal_token
    with database.session(Scope.tenant_wide(bill_group.tenant_id)) as db:
        group = db.get_one(BillGroup, bill_group.id)
        rotate_link(db, group)
        new = group.portal_token
    with database.session(Scope.tenant(bill_group.tenant_id), write=False) as db:
        assert bill_group_of_portal_link(db, old) is None
        found = bill_group_of_portal_link(db, new)
        assert found is not None and found.id == bill_group.id
