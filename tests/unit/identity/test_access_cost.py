"""What deciding permissions costs: one statement, and none that reads all rules of a tenant (see bench/access.py)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, event

from riskportal.customers.models import BillGroup
from riskportal.db.guard import Scope, set_scope
from riskportal.identity.access import grant_for, may_sign_in, preview_grant, reachable
from riskportal.identity.models import Membership

EMAIL = "ada@customer.test"


@pytest.fixture
def groups(make: Any, customer: Any) -> dict[str, BillGroup]:
    """Bill groups by what lets the user in."""
    found = {name: make.bill_group(customer, name=name) for name in ("email", "domain", "member", "single")}
    make.rule(found["email"], EMAIL, "billing")
    make.rule(found["domain"], "customer.test", "viewer", kind="domain")
    own = {"tenant_id": customer.tenant_id, "email": EMAIL}
    make.save(Membership(**own, bill_group_id=found["member"].id, role="technical"))
    single = {"permissions": ["billing.invoice.read"], "limited_to": [["services.service", "b" * 20]]}
    make.save(Membership(**own, bill_group_id=found["single"].id, **single))
    return found


def test_a_grant_is_one_statement(database: Any, groups: dict[str, BillGroup], sql_count: Any) -> None:
    for decide in (grant_for, preview_grant):
        for name, group in groups.items():
            with database.new_session(write=False) as db, sql_count() as sql:
                set_scope(db, Scope.tenant(group.tenant_id))
                grant = decide(db, EMAIL, group.public_id, database.clock.now())
                assert grant.elsewhere
                assert grant.bill_group.customer.name  # loaded with it
            assert len(sql) == 1, (name, str(sql))


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_rules_are_found_by_their_index(database: Any, groups: dict[str, BillGroup]) -> None:
    """Without the hint in `_fits` the OR of its kinds makes SQLite read every rule of the tenant."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if "access_rules" in statement:
            asked.append((statement, parameters))

    tenant_id, public_id, now = groups["email"].tenant_id, groups["email"].public_id, database.clock.now()
    event.listen(Engine, "before_cursor_execute", note)
    try:
        with database.new_session(write=False) as db:
            set_scope(db, Scope.tenant(tenant_id))
            grant_for(db, EMAIL, public_id, now)
            may_sign_in(db, EMAIL, now)
            reachable(db, EMAIL, now, 10)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(asked) == 3
    with database.engine.connect() as connection:
        for statement, parameters in asked:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            steps = [step for step in plan if "access_rules" in step]
            assert steps
            assert all("value=?" in step for step in steps), plan
