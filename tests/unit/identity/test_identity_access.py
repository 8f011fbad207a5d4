"""Which bill groups an address reaches: a model of the rules against the statements, and single cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskportal.customers.models import BillGroup
from riskportal.db.guard import Scope
from riskportal.identity.access import bill_group_of_portal_link, grant_for, may_sign_in, reachable
from riskportal.identity.models import AccessRule

ADDRESSES = (
    "ada@a.test", "bob@a.test", "info@a.test", "info+x@a.test", "ada@b.test", "billing@b.test", "ada@sub.a.test"
)  # fmt: skip
DOMAINS = ("a.test", "b.test", "sub.a.test", "test")
ROLES = ("owner", "billing", "technical", "viewer")
SHARED = ("info@a.test", "info+x@a.test", "billing@b.test")


@dataclass(frozen=True)
class Rule:
    """A rule as a reader of the design would write it; `hours` until it ends, None for never."""

    group: int
    kind: str
    value: str
    role: str
    hours: int | None

    def fits(self, email: str) -> bool:
        if self.hours is not None and self.hours <= 0:
            return False
        if self.kind == "email":
            return self.value == email
        return email.split("@")[1] == self.value and email not in SHARED


RULES = st.builds(
    lambda group, kind_value, role, hours: Rule(group, *kind_value, role, hours),
    st.integers(0, 4),
    st.one_of(
        st.tuples(st.just("email"), st.sampled_from(ADDRESSES)),
        st.tuples(st.just("domain"), st.sampled_from(DOMAINS)),
    ),
    st.sampled_from(ROLES),
    st.sampled_from((None, None, -1, 0, 1)),
)
RULE_SETS = st.lists(RULES, max_size=8, unique_by=lambda rule: (rule.group, rule.kind, rule.value))


@pytest.fixture
def groups(make: Any, tenant: Any, other_tenant: Any) -> list[BillGroup]:
    """Open, open, portal off, closed, and another tenant's open one."""
    one, two = make.customer(tenant), make.customer(tenant)
    return [
        make.bill_group(one),
        make.bill_group(two),
        make.bill_group(two, portal_enabled=False),
        make.bill_group(two, state="closed"),
        make.bill_group(make.customer(other_tenant)),
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rules=RULE_SETS)
def test_reach_is_what_the_rules_say(database: Any, groups: list[BillGroup], rules: list[Rule]) -> None:
    now = database.clock.now()
    with database.transaction() as together:
        together.dry_run = True
        db = together.session(Scope.system_wide("test"))
        for rule in rules:
            group = groups[rule.group]
            until = None if rule.hours is None else now + timedelta(hours=rule.hours)
            db.add(
                AccessRule(tenant_id=group.tenant_id, bill_group_id=group.id, kind=rule.kind, value=rule.value,
                           role=rule.role, expires_at=until)
            )  # fmt: skip
        db.flush()
        for tenant_id, mine in ((groups[0].tenant_id, (0, 1)), (groups[4].tenant_id, (4,))):
            own = together.session(Scope.tenant(tenant_id))
            for email in ADDRESSES:
                check_reach(own, groups, rules, mine, email, now)


def check_reach(db: Any, groups: list[BillGroup], rules: list[Rule], mine: Any, email: str, now: Any) -> None:
    roles = {i: {rule.role for rule in rules if rule.group == i and rule.fits(email)} for i in mine}
    wanted = {groups[i].public_id for i in mine if roles[i]}
    found = reachable(db, email, now, 50)
    assert len(found) == len({group.public_id for group in found})
    assert {group.public_id for group in found} == wanted
    assert may_sign_in(db, email, now) == bool(wanted)
    for number, group in enumerate(groups):
        grant = grant_for(db, email, group.public_id, now)
        assert (grant.roles if grant else set()) == roles.get(number, set())
        assert grant is None or grant.elsewhere == (len(wanted) > 1)


@pytest.fixture
def reach(database: Any, tenant: Any) -> Any:
    """`reach("ada@a.test")`: names of the bill groups that the address reaches now."""

    def ask(email: str, limit: int = 50) -> list[str]:
        with database.session(Scope.tenant(tenant.id), write=False) as db:
            return [group.name for group in reachable(db, email, database.clock.now(), limit)]

    return ask


def test_roles_of_all_matching_rules_together(make: Any, database: Any, bill_group: BillGroup) -> None:
    make.rule(bill_group, "ada@a.test", role="technical")
    make.rule(bill_group, "a.test", role="viewer", kind="domain")
    with database.session(Scope.tenant(bill_group.tenant_id), write=False) as db:
        grant = grant_for(db, "ada@a.test", bill_group.public_id, database.clock.now())
        assert grant.roles == {"technical", "viewer"}
        assert grant.bill_group.customer.name == "Northwind Atelier"
        assert grant_for(db, "bob@a.test", bill_group.public_id, database.clock.now()).roles == {"viewer"}


def test_a_shared_mailbox_needs_its_own_rule(make: Any, bill_group: BillGroup, reach: Any) -> None:
    make.rule(bill_group, "a.test", kind="domain")
    assert reach("ada@a.test")
    for shared in ("info@a.test", "info+ada@a.test", "billing@a.test", "no-reply@a.test"):
        assert not reach(shared)
    make.rule(bill_group, "info@a.test")
    assert reach("info@a.test")
    assert not reach("info+ada@a.test")


def test_a_rule_ends_at_its_instant(make: Any, bill_group: BillGroup, reach: Any, clock: Any) -> None:
    make.rule(bill_group, "ada@a.test", until=clock.now() + timedelta(minutes=1))
    assert reach("ada@a.test")
    clock.advance(seconds=59)
    assert reach("ada@a.test")
    clock.advance(seconds=1)
    assert not reach("ada@a.test")


@pytest.mark.parametrize("state", [{"portal_enabled": False}, {"state": "closed"}])
def test_a_closed_door(make: Any, customer: Any, database: Any, reach: Any, state: dict[str, Any]) -> None:
    group = make.bill_group(customer, **state)
    make.rule(group, "ada@a.test")
    assert not reach("ada@a.test")
    with database.session(Scope.tenant(group.tenant_id), write=False) as db:
        assert bill_group_of_portal_link(db, group.portal_token) is None


def test_the_switcher_is_in_order_and_limited(make: Any, tenant: Any, reach: Any) -> None:
    for customer, name in (("Zeta", "A"), ("Alpha", "Second"), ("Alpha", "First")):
        make.rule(make.bill_group(make.customer(tenant, name=customer), name=name), "ada@a.test")
    assert reach("ada@a.test") == ["First", "Second", "A"]
    assert reach("ada@a.test", limit=2) == ["First", "Second"]


def test_a_portal_link(make: Any, database: Any, bill_group: BillGroup, other_tenant: Any) -> None:
    with database.session(Scope.tenant(bill_group.tenant_id), write=False) as db:
        assert bill_group_of_portal_link(db, bill_group.portal_token).id == bill_group.id
        assert bill_group_of_portal_link(db, "") is None
    with database.session(Scope.tenant(other_tenant.id), write=False) as db:
        assert bill_group_of_portal_link(db, bill_group.portal_token) is None


def test_subdomains_and_look_alikes_are_others(make: Any, bill_group: BillGroup, reach: Any) -> None:
    make.rule(bill_group, "a.test", kind="domain")
    make.rule(bill_group, "a.test", kind="email")
    for other in ("ada@sub.a.test", "ada@xa.test", "ada@a.test.evil", "a.test@b.test", "ada@a_test", "%@a%"):
        assert not reach(other)
