"""Own rights of single people: who may give, change, take and restore what (security.md H2)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from riskportal.customers.models import BillGroup
from riskportal.db.guard import Scope
from riskportal.db.session import Database
from riskportal.identity import memberships
from riskportal.identity.access import grant_for
from riskportal.identity.memberships import MANAGE, Manager, PeopleRefused
from riskportal.identity.models import AccessRule, Membership
from riskportal.identity.people import person_of
from riskportal.identity.rights import Powers, Rights
from riskportal.plug.declarations import PORTAL_ROLES, Permission
from riskportal.tenancy.services import TenantConfig

DECLARED = {
    p.name: p
    for p in (
        Permission("core.portal.view", "", "portal", PORTAL_ROLES, personal=True),
        Permission(MANAGE, "", "portal", ("owner",)),
        Permission("billing.invoice.read", "", "portal", ("owner", "billing")),
        Permission("services.service.read", "", "portal", PORTAL_ROLES, "services.service"),
        Permission("core.console.view", "", "staff", ("owner",), personal=True),
    )
}
ROLES = {
    ("portal", role): frozenset(p.name for p in DECLARED.values() if p.area == "portal" and role in p.default_roles)
    for role in PORTAL_ROLES
}
POWERS = Powers(TenantConfig(1, frozenset(), {}, {}, ROLES), DECLARED)
STAFF = Manager(None, "Alder Hosting", POWERS, None)
ADA = "ada@customer.test"


def manager(email: str = ADA) -> Manager:
    return Manager(email, "Ada", POWERS, frozenset())


class World:
    """A bill group, and each act on it in a transaction of its own."""

    def __init__(self, database: Database, group: BillGroup, clock: Any) -> None:
        self.database, self.group, self.clock = database, group, clock

    @contextmanager
    def session(self) -> Any:
        with self.database.session(Scope.tenant_wide(self.group.tenant_id)) as db:
            yield db, db.get_one(BillGroup, self.group.id)

    def do(self, act: Callable[..., Any], email: str, *given: Any, by: Manager | None = None, **values: Any) -> Any:
        with self.session() as (db, group):
            return act(db, group, email, *given, manager=by or manager(), now=self.clock.now(), **values)

    def invite(self, email: str, rights: Rights, **values: Any) -> Membership:
        return self.do(memberships.invite, email, rights, name=None, **values)

    def refused(self, act: Callable[..., Any], *given: Any, **values: Any) -> str:
        with pytest.raises(PeopleRefused) as refused:
            self.do(act, *given, **values)
        return refused.value.code

    def refused_invite(self, email: str, rights: Rights, **values: Any) -> str:
        return self.refused(memberships.invite, email, rights, name=None, **values)

    def state(self, email: str) -> tuple[str, list[str]] | None:
        with self.session() as (db, group):
            person = person_of(db, group, email, self.clock.now())
        return None if person is None else (person.state, sorted(person.roles))

    def reaches(self, email: str) -> bool:
        with self.session() as (db, group):
            return grant_for(db, email, group.public_id, self.clock.now()) is not None


@pytest.fixture
def world(database: Database, bill_group: BillGroup, user: Any, clock: Any) -> World:
    """`user` is ada, owner by an e-mail rule."""
    return World(database, bill_group, clock)


def test_somebody_new_is_invited(world: World) -> None:
    member = world.invite("bob@b.test", Rights("technical"))
    assert (member.role, member.permissions, member.limited_to, member.invited_by) == ("technical", None, None, "Ada")
    assert world.state("bob@b.test") == ("invited", ["technical"])
    assert world.reaches("bob@b.test")


def test_single_permissions_limits_and_an_end(world: World) -> None:
    limits = frozenset({("services.service", "x"), ("services.service", "a")})
    end = world.clock.now() + timedelta(days=1)
    member = world.invite("bob@b.test", Rights(None, frozenset({"services.service.read"}), limits, end))
    assert (member.role, member.permissions) == (None, ["services.service.read"])
    assert member.limited_to == [["services.service", "a"], ["services.service", "x"]]
    assert world.reaches("bob@b.test")
    world.clock.advance(days=1)
    assert not world.reaches("bob@b.test")
    assert world.refused_invite("bob@b.test", Rights("viewer")) == "over"


def test_rights_that_come_to_nothing_are_refused(world: World) -> None:
    service = frozenset({("services.service", "x")})
    cases = {
        "nothing": [
            Rights(None),
            Rights("boss"),
            Rights(None, frozenset({"core.portal.view"})),
            Rights(None, frozenset({"core.console.view"})),
        ],
        "empty": [
            Rights(None, frozenset({"billing.invoice.read"}), service),
            Rights("viewer", limited_to=frozenset()),
            Rights("owner", limited_to=frozenset({("billing.invoice", "x")})),
        ],
        "past": [Rights("viewer", expires_at=world.clock.now())],
    }
    for code, several in cases.items():
        for rights in several:
            assert world.refused_invite("bob@b.test", rights) == code
    assert world.state("bob@b.test") is None


def test_nobody_gives_what_they_lack(world: World, make: Any) -> None:
    """H2."""
    make.user(_tenant(world.group), "mia@customer.test")
    world.invite("mia@customer.test", Rights(None, frozenset({MANAGE, "services.service.read"})))
    mia = manager("mia@customer.test")
    lacking = (
        Rights("owner"),
        Rights("billing"),
        Rights(None, frozenset({"billing.invoice.read"})),
        # A limit makes less of it, until somebody lifts the limit.
        Rights("owner", limited_to=frozenset({("services.service", "x")})),
    )
    for rights in lacking:
        assert world.refused_invite("bob@b.test", rights, by=mia) == "lacking"
    world.invite("bob@b.test", Rights("viewer"), by=mia)
    assert world.refused(memberships.set_rights, "bob@b.test", Rights("owner"), by=mia) == "lacking"
    # She may not touch who holds more than she does.
    for act, given in (
        (memberships.set_rights, [Rights("viewer")]),
        (memberships.revoke, []),
        (memberships.restore, []),
    ):
        assert world.refused(act, ADA, *given, by=mia) == "beyond"
    world.invite("carl@b.test", Rights("billing"))
    world.do(memberships.revoke, "carl@b.test")
    assert world.refused(memberships.restore, "carl@b.test", by=mia) == "beyond"


def test_who_lost_the_right_to_manage_meanwhile(world: World) -> None:
    world.invite("mia@customer.test", Rights("owner"))
    mia = Manager("mia@customer.test", "Mia", POWERS, ROLES["portal", "owner"])
    world.do(memberships.set_rights, mia.email, Rights("viewer"))
    assert world.refused_invite("bob@b.test", Rights("viewer"), by=mia) == "out"
    world.do(memberships.revoke, mia.email)
    assert world.refused(memberships.revoke, ADA, by=mia) == "out"


def test_nobody_changes_themselves(world: World) -> None:
    world.invite("mia@customer.test", Rights("owner"))
    given = {memberships.set_rights: [Rights("viewer")], memberships.revoke: [], memberships.restore: []}
    for act, values in {**given, memberships.follow_rules: []}.items():
        assert world.refused(act, ADA, *values) == "yourself"
    assert world.refused_invite(ADA, Rights("viewer")) == "here"


def test_the_last_owner_stays(world: World, make: Any) -> None:
    make.user(_tenant(world.group), "mia@customer.test")
    everything = frozenset(ROLES["portal", "owner"])
    world.invite("mia@customer.test", Rights(None, everything - {"core.portal.view"}))
    mia = manager("mia@customer.test")
    less = Rights("owner", limited_to=frozenset({("services.service", "x")}))
    for rights in (Rights("viewer"), less):
        assert world.refused(memberships.set_rights, ADA, rights, by=mia) == "last_owner"
    assert world.refused(memberships.revoke, ADA, by=mia) == "last_owner"
    # An owner who has never been here looks after nothing.
    world.invite("new@b.test", Rights("owner"))
    assert world.refused(memberships.revoke, ADA, by=mia) == "last_owner"
    make.user(_tenant(world.group), "new@b.test")
    world.do(memberships.revoke, ADA, by=mia)
    assert not world.reaches(ADA)


def test_an_owner_for_a_time_cannot_outlive_the_lasting_one(world: World, make: Any) -> None:
    friday = world.clock.now() + timedelta(days=4)
    make.user(_tenant(world.group), "tim@b.test")
    world.invite("tim@b.test", Rights("owner", expires_at=friday))
    tim = manager("tim@b.test")
    sooner = Rights("owner", expires_at=friday - timedelta(days=1))
    assert world.refused(memberships.set_rights, ADA, sooner, by=tim) == "last_owner"
    world.do(memberships.set_rights, ADA, sooner, by=STAFF)


def test_a_rule_gives_nothing_for_longer_than_who_lets_it_decide(world: World, make: Any) -> None:
    make.rule(world.group, "d.test", "viewer", kind="domain")
    soon = world.clock.now() + timedelta(days=3)
    for name in ("tim@b.test", "dan@d.test", "eva@d.test"):
        make.user(_tenant(world.group), name)
    world.invite("tim@b.test", Rights("owner", expires_at=soon))
    tim = manager("tim@b.test")
    for email in ("dan@d.test", "eva@d.test"):
        world.do(memberships.set_rights, email, Rights("billing"))
    world.do(memberships.revoke, "dan@d.test")
    assert world.refused(memberships.restore, "dan@d.test", by=tim) == "longer"
    assert world.refused(memberships.follow_rules, "dan@d.test", by=tim) == "longer"
    assert not world.reaches("dan@d.test")
    # Less than she has, and for as long: that gives her nothing.
    world.do(memberships.set_rights, "eva@d.test", Rights("owner"))
    world.do(memberships.follow_rules, "eva@d.test", by=tim)
    assert world.state("eva@d.test") == ("active", ["viewer"])


def test_an_owner_follows_no_rule_that_ends_sooner_unless_another_stays(world: World, make: Any) -> None:
    world.do(memberships.set_rights, ADA, Rights("owner"), by=STAFF)
    with world.session() as (db, group):
        for rule in db.scalars(select(AccessRule).where(AccessRule.bill_group_id == group.id)):
            rule.expires_at = world.clock.now() + timedelta(days=1)
    make.user(_tenant(world.group), "tim@b.test")
    world.invite("tim@b.test", Rights("owner", expires_at=world.clock.now() + timedelta(days=9)), by=STAFF)
    assert world.refused(memberships.follow_rules, ADA, by=manager("tim@b.test")) == "last_owner"
    world.do(memberships.follow_rules, ADA, by=STAFF)


def test_staff_may_do_all_of_it(world: World) -> None:
    world.do(memberships.revoke, ADA, by=STAFF)
    assert world.state(ADA) == ("revoked", ["owner"])
    world.do(memberships.restore, ADA, by=STAFF)
    world.do(memberships.set_rights, ADA, Rights("viewer"), by=STAFF)
    assert world.state(ADA) == ("active", ["viewer"])


def test_a_revoked_person_is_out_in_spite_of_rules_and_comes_back(world: World, make: Any) -> None:
    make.rule(world.group, "d.test", "billing", kind="domain")
    make.user(_tenant(world.group), "dan@d.test")
    assert world.do(memberships.revoke, "dan@d.test")
    assert not world.do(memberships.revoke, "dan@d.test")
    assert world.state("dan@d.test") == ("revoked", ["billing"])
    assert not world.reaches("dan@d.test")
    assert world.refused_invite("dan@d.test", Rights("viewer")) == "revoked"
    assert world.refused(memberships.set_rights, "dan@d.test", Rights("viewer")) == "revoked"
    assert world.do(memberships.restore, "dan@d.test")
    assert not world.do(memberships.restore, "dan@d.test")
    assert world.reaches("dan@d.test")


def test_own_rights_outrank_the_rule_until_they_are_forgotten(world: World, make: Any) -> None:
    make.rule(world.group, "d.test", "billing", kind="domain")
    make.user(_tenant(world.group), "dan@d.test")
    world.do(memberships.set_rights, "dan@d.test", Rights("viewer"))
    assert world.state("dan@d.test") == ("active", ["viewer"])
    world.do(memberships.follow_rules, "dan@d.test")
    assert world.state("dan@d.test") == ("active", ["billing"])
    assert world.refused(memberships.follow_rules, "dan@d.test") == "gone"
    world.invite("bob@b.test", Rights("viewer"))
    assert world.refused(memberships.follow_rules, "bob@b.test") == "no_rule"
    assert world.reaches("bob@b.test")


def test_whom_only_a_domain_rule_would_let_in_can_be_invited(world: World, make: Any) -> None:
    make.rule(world.group, "d.test", "billing", kind="domain")
    make.rule(world.group, "single@e.test", "viewer")
    world.invite("new@d.test", Rights("viewer"))
    assert world.state("new@d.test") == ("invited", ["viewer"])
    assert world.refused_invite("single@e.test", Rights("viewer")) == "here"
    assert world.refused_invite("new@d.test", Rights("viewer")) == "here"
    make.user(_tenant(world.group), "seen@d.test")
    assert world.refused_invite("seen@d.test", Rights("viewer")) == "here"


def test_an_end_that_has_passed_may_stay_or_move(world: World) -> None:
    end = world.clock.now() + timedelta(days=1)
    world.invite("bob@b.test", Rights("viewer", expires_at=end))
    world.clock.advance(days=2)
    world.do(memberships.set_rights, "bob@b.test", Rights("billing", expires_at=end))
    assert world.state("bob@b.test") == ("expired", ["billing"])
    other = Rights("billing", expires_at=end + timedelta(hours=1))
    assert world.refused(memberships.set_rights, "bob@b.test", other) == "past"
    world.do(memberships.set_rights, "bob@b.test", Rights("billing"))
    assert world.reaches("bob@b.test")


def test_two_owners_cannot_take_each_other_away(world: World, make: Any) -> None:
    """At the same moment; the second one finds that they are no owner any more."""
    make.user(_tenant(world.group), "mia@customer.test")
    world.invite("mia@customer.test", Rights("owner"))
    gate, pairs = Barrier(2), ((ADA, "mia@customer.test"), ("mia@customer.test", ADA))

    def run(pair: tuple[str, str]) -> str:
        gate.wait()
        try:
            world.do(memberships.revoke, pair[1], by=manager(pair[0]))
        except PeopleRefused as refused:
            return refused.code
        return ""

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(run, pairs)) == ["", "out"]


def test_two_invitations_of_one_person(world: World) -> None:
    gate = Barrier(4)

    def run(_number: int) -> str:
        gate.wait()
        try:
            world.invite("bob@b.test", Rights("viewer"))
        except PeopleRefused as refused:
            return refused.code
        return ""

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(run, range(4))) == ["", "here", "here", "here"]


def _tenant(group: BillGroup) -> Any:
    return SimpleNamespace(id=group.tenant_id)
