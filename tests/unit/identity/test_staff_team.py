"""Who may change the team, and the owner who always stays."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from riskportal.audit.services import Actor
from riskportal.db.guard import Scope
from riskportal.identity.links import EMAIL_CHANGE, STAFF_SETUP, make_link, open_link
from riskportal.identity.mail_codes import PURPOSE
from riskportal.identity.models import StaffMember, User
from riskportal.identity.passwords import set_password
from riskportal.identity.proofs import ways_of
from riskportal.identity.sessions import find_session, open_session
from riskportal.identity.staff import (
    Chief,
    TeamRefused,
    add_colleague,
    appoint,
    change_role,
    check_touch,
    colleague,
    end_console,
    remove_colleague,
    team,
)
from riskportal.tenancy.models import Tenant
from riskportal.tenancy.services import set_role_permission

TEAM_WRITE = "core.team.write"
SHELL = Actor("system", name="tests")


@pytest.fixture
def office(database, tenant, portal):
    """`office()`: a session of the tenant's staff; `office.chief(user)` whoever changes the team."""

    class Office:
        def __call__(self):
            return database.session(Scope.tenant_wide(tenant.id))

        def chief(self, user):
            return Chief(user.id, portal.configs, TEAM_WRITE)

        def roles(self):
            with self() as db:
                rows = db.execute(
                    select(User.email, StaffMember.role).join(StaffMember, StaffMember.user_id == User.id)
                )
                return {email: role for email, role in rows}  # noqa: C416

        def allow(self, role, *names):
            with self() as db:
                for name in names:
                    set_role_permission(
                        db, db.get_one(Tenant, tenant.id), role, portal.seam.permissions[name], granted=True
                    )

    return Office()


@pytest.fixture
def boss(make, tenant):
    return make.staff(tenant, "boss@alder.test")


def refused(code, act, *arguments):
    with pytest.raises(TeamRefused) as error:
        act(*arguments)
    assert error.value.code == code


def test_the_team_with_what_they_sign_in_by(office, boss, make, tenant, portal, clock):
    make.staff(tenant, "ann@alder.test", "support", name="Ann")
    make.staff(make.tenant("other.test"), "eve@other.test")
    clock.advance(days=1)
    with office() as db:
        open_session(db, boss, "staff", clock.now(), portal.session_lifetime, None, None)
        open_session(db, boss, "portal", clock.now(), portal.session_lifetime, None, None)
    with office() as db:
        people = team(db)
        assert [(one.user.email, one.member.role) for one in people] == [
            ("ann@alder.test", "support"),
            ("boss@alder.test", "owner"),
        ]
        assert [one.seen_at for one in people] == [None, clock.now()]
        assert not people[0].ways.staff_ready
        assert colleague(db, boss.public_id).user.email == "boss@alder.test"
        assert colleague(db, "absent") is None


def test_add_change_and_remove(office, boss, portal, clock):
    with office() as db:
        user = add_colleague(db, office.chief(boss), "ann@alder.test", "support", "Ann", clock.now())
        assert user.name == "Ann"
    with office() as db:
        assert change_role(db, office.chief(boss), user, "billing") == "support"
        _row, token = open_session(db, user, "staff", clock.now(), portal.session_lifetime, None, None)
        _row, portal_token = open_session(db, user, "portal", clock.now(), portal.session_lifetime, None, None)
        link = make_link(db, user, STAFF_SETUP, clock.now())
    assert office.roles() == {"boss@alder.test": "owner", "ann@alder.test": "billing"}
    with office() as db:
        assert remove_colleague(db, office.chief(boss), user, clock.now()) == "billing"
    with office() as db:
        assert colleague(db, user.public_id) is None
        assert find_session(db, token, clock.now(), portal.session_lifetime) is None
        assert open_link(db, link, STAFF_SETUP, clock.now()) is None
        # As a customer the same person stays signed in.
        assert find_session(db, portal_token, clock.now(), portal.session_lifetime) is not None
        refused("gone", remove_colleague, db, office.chief(boss), user, clock.now())


def hire(db, chief, user, now, by):
    """Let a user work here, by a colleague or by the command line."""
    if by == "colleague":
        add_colleague(db, chief, user.email, "support", None, now)
    else:
        appoint(db, user.email, "support", None, SHELL, now)


@pytest.mark.parametrize("by", ["colleague", "command"])
def test_proofs_from_before_somebody_worked_here_open_no_console(office, boss, make, tenant, clock, by):
    """Whoever read a customer's mails could have added a passkey in the portal and waited."""
    eve = make.user(tenant, "eve@alder.test")
    with office() as db:
        set_password(db, eve, "velvet otter paints clouds", clock.now(), known=(), via=None)
    with office() as db:
        hire(db, office.chief(boss), eve, clock.now(), by)
    with office() as db:
        assert not ways_of(db, eve).any


@pytest.mark.parametrize("by", ["colleague", "command"])
@pytest.mark.parametrize("purpose", [EMAIL_CHANGE, STAFF_SETUP, PURPOSE])
def test_links_from_before_somebody_worked_here_do_nothing(office, boss, make, tenant, clock, by, purpose):
    """Whoever asked in the portal to move this login would get the colleague's set-up links."""
    eve = make.user(tenant, "eve@alder.test")
    with office() as db:
        link = make_link(db, eve, purpose, clock.now())
    clock.advance(minutes=1)
    with office() as db:
        hire(db, office.chief(boss), eve, clock.now(), by)
    with office() as db:
        assert open_link(db, link, purpose, clock.now()) is None


def test_whoever_may_not_sign_in_is_not_appointed(office, boss, make, tenant, clock):
    """Their set-up link would open nothing, and what they sign in with would be gone."""
    out = make.user(tenant, "out@alder.test", name="Olga", disabled_at=clock.now())
    make.staff(tenant, "former@alder.test", "support", disabled_at=clock.now())
    with office() as db:
        set_password(db, out, "velvet otter paints clouds", clock.now(), known=(), via=None)
    for email in ("out@alder.test", "former@alder.test"):
        with pytest.raises(TeamRefused) as error, office() as db:
            appoint(db, email, "owner", "Otto", SHELL, clock.now())
        assert error.value.code == "disabled"
    assert office.roles() == {"boss@alder.test": "owner", "former@alder.test": "support"}
    with office() as db:
        assert ways_of(db, out).password
        assert db.get_one(User, out.id).name == "Olga"


def test_sessions_that_were_over_are_not_counted(office, boss, make, tenant, clock, portal):
    ann = make.staff(tenant, "ann@alder.test", "support")
    with office() as db:
        open_session(db, ann, "staff", clock.now(), portal.session_lifetime, None, None)
        clock.advance(days=31)
        open_session(db, ann, "staff", clock.now(), portal.session_lifetime, None, None)
        open_session(db, ann, "portal", clock.now(), portal.session_lifetime, None, None)
    with office() as db:
        assert end_console(db, ann, clock.now()) == 1
        assert end_console(db, ann, clock.now()) == 0


def test_somebody_who_works_here_or_may_not_sign_in(office, boss, make, tenant, clock):
    make.staff(tenant, "ann@alder.test", "support")
    make.user(tenant, "out@alder.test", disabled_at=clock.now())
    with office() as db:
        refused("member", add_colleague, db, office.chief(boss), "ann@alder.test", "billing", None, clock.now())
        refused("disabled", add_colleague, db, office.chief(boss), "out@alder.test", "billing", None, clock.now())
    assert office.roles()["ann@alder.test"] == "support"


def test_nobody_touches_their_own_role(office, boss, make, tenant, clock):
    make.staff(tenant, "second@alder.test")
    with office() as db:
        chief = office.chief(boss)
        refused("own", change_role, db, chief, boss, "support")
        refused("own", remove_colleague, db, chief, boss, clock.now())
        refused("own", check_touch, db, chief, boss)


def test_nobody_gives_or_touches_what_goes_beyond_their_own_role(office, boss, make, tenant, clock):
    """H2: a clerk who may look after the team still makes nobody an owner, and removes none."""
    clerk = make.staff(tenant, "clerk@alder.test", "support")
    peer = make.staff(tenant, "peer@alder.test", "support")
    make.staff(tenant, "reader@alder.test", "read_only")
    with office() as db:
        refused("gone", add_colleague, db, office.chief(clerk), "new@alder.test", "support", None, clock.now())
    office.allow("support", TEAM_WRITE)
    office.allow("billing", "core.brand.write")
    with office() as db:
        chief = office.chief(clerk)
        for role in ("owner", "billing"):
            refused("beyond", add_colleague, db, chief, "new@alder.test", role, None, clock.now())
            refused("beyond", change_role, db, chief, peer, role)
        refused("beyond", change_role, db, chief, boss, "read_only")
        refused("beyond", remove_colleague, db, chief, boss, clock.now())
        refused("beyond", check_touch, db, chief, boss)
        assert change_role(db, chief, peer, "read_only") == "support"


def test_the_last_owner_stays(office, boss, make, tenant, clock, database):
    """H7, also from the command line and when the other owner's login is switched off."""
    with office() as db:
        refused("last_owner", appoint, db, "boss@alder.test", "support", None, SHELL, clock.now())
    make.staff(tenant, "out@alder.test", disabled_at=clock.now())
    with office() as db:
        refused("last_owner", appoint, db, "boss@alder.test", "support", None, SHELL, clock.now())
    second = make.staff(tenant, "second@alder.test")
    with office() as db:
        assert remove_colleague(db, office.chief(boss), second, clock.now()) == "owner"
    with office() as db:
        refused("last_owner", appoint, db, "boss@alder.test", "read_only", None, SHELL, clock.now())
        assert appoint(db, "third@alder.test", "owner", "Third", SHELL, clock.now())
        assert appoint(db, "boss@alder.test", "read_only", None, SHELL, clock.now())
        assert not appoint(db, "boss@alder.test", "read_only", None, SHELL, clock.now())


def test_another_tenants_people_are_nobody_here(office, boss, make, clock):
    stranger = make.staff(make.tenant("other.test"), "eve@other.test")
    with office() as db:
        chief = office.chief(boss)
        refused("gone", change_role, db, chief, stranger, "support")
        refused("gone", remove_colleague, db, chief, stranger, clock.now())


@pytest.mark.parametrize("act", ["demote", "remove", "mixed"])
def test_two_owners_can_not_end_each_other(office, boss, make, tenant, clock, act):
    """Both ask at the same moment; one is refused, whichever it is, and an owner stays."""
    for _turn in range(5):
        other = make.staff(tenant, f"other{make.number()}@alder.test")
        barrier = Barrier(2)

        def end(by, whom, how, barrier=barrier):
            with office() as db:
                chief = office.chief(by)
                db.scalars(select(StaffMember)).all()  # what a request has read before
                barrier.wait(10) if db.get_bind().dialect.name == "postgresql" else None
                if how == "demote":
                    change_role(db, chief, whom, "support")
                else:
                    remove_colleague(db, chief, whom, clock.now())

        ways = {"demote": ("demote", "demote"), "remove": ("remove", "remove"), "mixed": ("demote", "remove")}[act]
        with ThreadPoolExecutor(2) as pool:
            tries = [pool.submit(end, boss, other, ways[0]), pool.submit(end, other, boss, ways[1])]
        errors = [attempt.exception() for attempt in tries]
        assert sum(error is None for error in errors) == 1, errors
        refusal = next(error for error in errors if error is not None)
        assert isinstance(refusal, TeamRefused) and refusal.code in ("gone", "last_owner", "beyond")
        assert list(office.roles().values()).count("owner") == 1
        with office() as db:  # again
            left = db.scalars(select(StaffMember).where(StaffMember.role == "owner")).one()
            boss = db.get_one(User, left.user_id)
