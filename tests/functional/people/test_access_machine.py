"""A machine that adds, changes and takes away access at random, against the model of who may see what.

What somebody sees is asked through the real decisions: the grant, the permissions that it comes to, and
selects in a session of that scope. `by` is whoever acts: None for staff, or one of the people themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from access_model import Group, Model, Own, Rule
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, select

from riskportal.customers.models import BillGroup
from riskportal.db.guard import Scope
from riskportal.identity import memberships, rules
from riskportal.identity.access import Grant, grant_for, may_sign_in, reachable
from riskportal.identity.memberships import Manager, PeopleRefused
from riskportal.identity.portal_link import close_portal, open_portal
from riskportal.identity.rights import Powers, Rights
from riskportal.plug.declarations import PORTAL_ROLES
from riskportal.security.contexts import granted_permissions
from riskportal.tenancy.models import RolePermission, Tenant
from riskportal.tenancy.services import set_role_permission, tenant_config
from riskportal_services.models import Product, Project, Service, ServiceArea

# Who has signed in before; ada begins as the owner of both bill groups.
KNOWN = ("ada@o.test", "mia@o.test", "info@a.test", "bob@a.test")
MANAGER = KNOWN[1]
EMAILS = (*KNOWN, "new@a.test", "bob+x@a.test")
DOMAIN = "a.test"
SINGLE = ("services.service.read", "services.project.read", "billing.invoice.read", memberships.MANAGE)

# Most happens in one bill group; the other one shows that nothing crosses over.
groups = st.sampled_from((0, 0, 0, 1))
emails = st.sampled_from(EMAILS)
roles = st.sampled_from(PORTAL_ROLES)
# Hours until something ends; the clock moves in steps of an hour.
hours = st.one_of(st.none(), st.none(), st.integers(0, 5))
actors = st.sampled_from((None, None, *KNOWN[:2]))
whoms = st.one_of(emails.map(lambda email: ("email", email)), st.just(("domain", DOMAIN)))
# A role or single permissions; which records of the bill group a limit names, by number; when they end.
rights = st.tuples(
    st.one_of(roles, st.sets(st.sampled_from(SINGLE)).map(frozenset)),
    st.one_of(st.none(), st.none(), st.sets(st.integers(0, 2), max_size=2).map(frozenset)),
    hours,
)


class Access(RuleBasedStateMachine):
    """Two bill groups of one customer, six people, and everything that can happen to their access."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    @initialize(domains_role=roles)
    def begin(self, domains_role: str) -> None:
        """New bill groups for each run; roles as they are declared."""
        self.ids, records = self.world.new_groups()
        self.records = [sorted(found) for found in records]
        self.model = Model(self.world.declared, [Group(found) for found in records], frozenset(KNOWN), self.world.now)
        for number in (0, 1):
            self.add_rule(number, ("email", KNOWN[0]), "owner", None)
        self.add_rule(0, ("domain", DOMAIN), domains_role, None)
        # Somebody who manages people without being an owner: what they may do to others is the hard part.
        self.invite(0, MANAGER, (frozenset(SINGLE[:1] + SINGLE[3:]), None, None), None)

    @rule(hour=st.integers(1, 4))
    def time_passes(self, hour: int) -> None:
        self.world.clock.advance(hours=hour)
        self.model.now = self.world.now

    @rule(number=groups)
    def switch_the_portal(self, number: int) -> None:
        group = self.model.groups[number]
        self.act(number, lambda db, row: close_portal(row) if group.open else open_portal(db, row, has_contract=True))
        group.open = not group.open

    @rule(role=st.sampled_from(PORTAL_ROLES[1:]), name=st.sampled_from(SINGLE), granted=st.booleans())
    def edit_a_role(self, role: str, name: str, granted: bool) -> None:
        with self.world.session() as db:
            tenant = db.get_one(Tenant, self.world.tenant_id)
            set_role_permission(db, tenant, role, self.world.declared[name], granted)
        self.model.edits[role, name] = granted

    @rule(number=groups, whom=whoms, role=roles, hour=hours)
    def add_rule(self, number: int, whom: tuple[str, str], role: str, hour: int | None) -> None:
        kind, value = whom
        end = self.end(hour)
        refused = self.model.rule_refused(number, kind, value) or self.model.over(end)
        self.expect(
            refused,
            lambda: self.act(
                number, lambda db, row: rules.add_rule(db, row, value, role, now=self.world.now, expires_at=end)
            ),
        )
        if not refused:
            self.model.groups[number].rules[value] = Rule(kind, value, role, end)

    @rule(number=groups, whom=whoms, role=roles, hour=hours)
    def change_rule(self, number: int, whom: tuple[str, str], role: str, hour: int | None) -> None:
        known, end = self.model.groups[number].rules.get(whom[1]), self.end(hour)
        if known is None:
            return
        refused = self.model.over(end) and end != known.end
        self.expect(
            refused,
            lambda: self.on_rule(
                number,
                whom[1],
                lambda db, row: rules.change_rule(db, row, role=role, expires_at=end, now=self.world.now),
            ),
        )
        if not refused:
            self.model.groups[number].rules[whom[1]] = Rule(known.kind, known.value, role, end)

    @rule(number=groups, whom=whoms)
    def remove_rule(self, number: int, whom: tuple[str, str]) -> None:
        if self.model.groups[number].rules.pop(whom[1], None) is not None:
            self.on_rule(number, whom[1], rules.remove_rule)

    @rule(number=groups, email=emails, given=rights, by=actors)
    def invite(self, number: int, email: str, given: Any, by: str | None) -> None:
        own, wanted = self.rights(number, given)
        refused = self.model.invitation_refused(email, number, own, by)
        self.expect(refused, lambda: self.on_person(memberships.invite, number, email, by, wanted, name=None))
        if not refused:
            self.model.groups[number].own[email] = own

    @rule(number=groups, email=emails, given=rights, by=actors)
    def change(self, number: int, email: str, given: Any, by: str | None) -> None:
        own, wanted = self.rights(number, given)
        refused = self.model.change_refused(email, number, own, by)
        self.expect(refused, lambda: self.on_person(memberships.set_rights, number, email, by, wanted))
        if not refused:
            self.model.groups[number].own[email] = own

    @rule(number=groups, email=emails, by=actors)
    def revoke(self, number: int, email: str, by: str | None) -> None:
        refused = self.model.revocation_refused(email, number, by)
        self.expect(refused, lambda: self.on_person(memberships.revoke, number, email, by))
        if not refused:
            self.model.revoke(email, number)

    @rule(number=groups, email=emails, by=actors)
    def restore(self, number: int, email: str, by: str | None) -> None:
        own = self.model.groups[number].own.get(email)
        person = self.model.person(email, number)
        refused = person is None or self.model.beyond(person, number, by) or email == by
        if own is not None and own.revoked and not refused:
            # Roles may have been edited meanwhile; who is let in again is given what they had.
            refused = self.model.rights_refused(own, number, by, may_be_over=True)
        self.expect(refused, lambda: self.on_person(memberships.restore, number, email, by))
        if own is not None and not refused:
            self.model.groups[number].own[email] = Own(own.role, own.permissions, own.limits, own.end)

    @rule(number=groups, email=emails, by=actors)
    def follow_rules(self, number: int, email: str, by: str | None) -> None:
        refused = self.model.following_refused(email, number, by)
        self.expect(refused, lambda: self.on_person(memberships.follow_rules, number, email, by))
        if not refused:
            del self.model.groups[number].own[email]

    @invariant()
    def everybody_sees_what_they_may(self) -> None:
        if not hasattr(self, "model"):
            return
        grants = self.world.grants(EMAILS, self.ids)
        for (email, number), grant in grants.items():
            wanted = self.model.seen(email, number)
            found = None if grant is None else self.world.seen(self.ids[number][0], grant)
            assert found == (None if wanted is None else (wanted.permissions, wanted.records)), (email, number)

    def end(self, hour: int | None) -> datetime | None:
        return None if hour is None else self.world.now + timedelta(hours=hour)

    def rights(self, number: int, given: Any) -> tuple[Own, Rights]:
        """Random rights as the model and as the service take them."""
        what, numbers, hour = given
        role, single = (what, frozenset()) if isinstance(what, str) else (None, what)
        limits = None if numbers is None else frozenset(self.records[number][n] for n in numbers)
        return Own(role, single, limits, self.end(hour)), Rights(role, single, limits, self.end(hour))

    def expect(self, refused: bool, act: Callable[[], Any]) -> None:
        """Act, and find it refused exactly when the model refuses it."""
        try:
            act()
        except (PeopleRefused, rules.RuleRefused) as error:
            assert refused, f"the model allows this, the service says {error.code}"
        else:
            assert not refused, "the model refuses this"

    def act(self, number: int, work: Callable[[Any, BillGroup], Any]) -> Any:
        with self.world.session() as db:
            return work(db, db.get_one(BillGroup, self.ids[number][0]))

    def on_rule(self, number: int, value: str, work: Callable[[Any, Any], Any]) -> None:
        def find(db: Any, row: BillGroup) -> None:
            work(db, next(known for known in rules.rules_of(db, row) if known.value == value))

        self.act(number, find)

    def on_person(self, work: Any, number: int, email: str, by: str | None, *given: Any, **named: Any) -> None:
        manager = Manager(by, "Somebody", self.world.powers(), None if by is None else frozenset())
        self.act(number, lambda db, row: work(db, row, email, *given, manager=manager, now=self.world.now, **named))


class World:
    """The database behind the machine."""

    def __init__(self, database: Any, make: Any, tenant: Any, declared: Any) -> None:
        self.database, self.clock, self.declared, self.make = database, database.clock, declared, make
        self.tenant_id, self.tenant = tenant.id, tenant
        for email in KNOWN:
            make.user(tenant, email)
        own = {"tenant_id": tenant.id}
        self.area = make.save(ServiceArea(name="Hosting", **own))
        self.product = make.save(Product(area_id=self.area.id, name="Hosting", **own))

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @contextmanager
    def session(self, scope: Scope | None = None, *, write: bool = True) -> Any:
        with self.database.session(scope or Scope.tenant_wide(self.tenant_id), write=write) as db:
            yield db

    def new_groups(self) -> tuple[list[tuple[int, str]], list[frozenset[tuple[str, str]]]]:
        """Two bill groups with two services and a project each: their ids, and their records."""
        with self.session() as db:
            db.execute(delete(RolePermission))
            db.get_one(Tenant, self.tenant_id).config_version += 1
        customer = self.make.customer(self.tenant)
        made = [self.make.bill_group(customer) for _number in range(2)]
        return [(group.id, group.public_id) for group in made], [self._fill(group) for group in made]

    def _fill(self, group: BillGroup) -> frozenset[tuple[str, str]]:
        own = {"tenant_id": self.tenant_id, "bill_group_id": group.id, "state": "active"}
        price = {"price_minor": 100, "currency": "EUR", "cycle": "monthly", "registered_on": date(2024, 5, 12)}
        found = [
            self.make.save(Service(product_id=self.product.id, name=f"Service {number}", **price, **own))
            for number in range(2)
        ]
        project = self.make.save(Project(area_id=self.area.id, name="Project", **own))
        records = {("services.service", service.public_id) for service in found}
        return frozenset(records | {("services.project", project.public_id)})

    def config(self) -> Any:
        with self.session(Scope.tenant(self.tenant_id), write=False) as db:
            return tenant_config(db, db.get_one(Tenant, self.tenant_id), {}, self.declared)

    def powers(self) -> Powers:
        return Powers(self.config(), self.declared)

    def grants(self, emails: Sequence[str], ids: list[tuple[int, str]]) -> dict[tuple[str, int], Grant | None]:
        """What everybody holds in each bill group of this run; sign-in and switcher must know the same."""
        found = {}
        ours = {public_id for _id, public_id in ids}
        with self.session(Scope.tenant(self.tenant_id), write=False) as db:
            for email in emails:
                known = {group.public_id for group in reachable(db, email, self.now, 10_000)}
                assert may_sign_in(db, email, self.now) == bool(known)
                for number, (_id, public_id) in enumerate(ids):
                    found[email, number] = grant_for(db, email, public_id, self.now)
                reached = {ids[number][1] for number in (0, 1) if found[email, number] is not None}
                assert known & ours == reached, email
            self.seen_config = tenant_config(db, db.get_one(Tenant, self.tenant_id), {}, self.declared)
        return found

    def seen(self, group_id: int, grant: Grant) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
        """What a request with this grant may do, and the records that its session sees."""
        seam = SimpleNamespace(permissions=self.declared)
        registry = SimpleNamespace(portal=SimpleNamespace(seam=seam))
        request = SimpleNamespace(tenant_config=self.seen_config, registry=registry)
        scope = Scope.bill_group(self.tenant_id, group_id, grant.limited_to)
        with self.session(scope, write=False) as db:
            records = {("services.service", found) for found in db.scalars(select(Service.public_id))}
            records |= {("services.project", found) for found in db.scalars(select(Project.public_id))}
        return granted_permissions(request, grant), frozenset(records)


@pytest.fixture
def world(database: Any, make: Any, tenant: Any, portal: Any) -> World:
    return World(database, make, tenant, portal.seam.permissions)


def test_access_is_what_the_model_says(world: World) -> None:
    run_state_machine_as_test(
        lambda: Access(world),
        settings=settings(
            max_examples=20,
            stateful_step_count=24,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
