"""One-time links, codes by mail, known browsers, and invitations that are taken up."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from riskportal.db.guard import Scope
from riskportal.identity import devices, links, mail_codes
from riskportal.identity.arrivals import note_arrival
from riskportal.identity.models import KnownDevice, Membership, OneTimeLink, User
from riskportal.identity.sessions import Lifetime, open_session
from riskportal.testing.fixtures import NOW
from riskportal.testing.web import SECRET

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
LAPTOP, PHONE = "l" * 43, "p" * 43


def make_setup(db: Any, user: Any, **options: Any) -> str:
    return links.make_link(db, user, links.STAFF_SETUP, NOW, **options)


def test_a_link_is_kept_as_a_hash_and_spent_once(staff_db: Any, user: Any) -> None:
    token = make_setup(staff_db, user, data={"email": "new@customer.test"})
    link = links.open_link(staff_db, token, links.STAFF_SETUP, NOW)
    assert (link.user.email, link.data) == (user.email, {"email": "new@customer.test"})
    assert token not in repr(vars(link))
    assert links.open_link(staff_db, token, links.STAFF_SETUP, NOW) is not None, "looking spends nothing"
    assert links.spend(staff_db, link, NOW)
    assert not links.spend(staff_db, link, NOW)
    assert links.open_link(staff_db, token, links.STAFF_SETUP, NOW) is None


@pytest.mark.parametrize(("later", "open_"), [(timedelta(hours=23.9), True), (DAY, False)])
def test_a_link_lives_a_day(staff_db: Any, user: Any, later: Any, open_: bool) -> None:
    token = make_setup(staff_db, user)
    link = links.open_link(staff_db, token, links.STAFF_SETUP, NOW)
    assert (links.open_link(staff_db, token, links.STAFF_SETUP, NOW + later) is not None) is open_
    assert links.spend(staff_db, link, NOW + later) is open_


def test_a_link_opens_nothing_else(staff_db: Any, user: Any, make: Any, tenant: Any) -> None:
    token = make_setup(staff_db, user)
    assert links.open_link(staff_db, token, links.EMAIL_CHANGE, NOW) is None
    assert links.open_link(staff_db, token + "x", links.STAFF_SETUP, NOW) is None
    staff_db.get_one(User, user.id).disabled_at = NOW
    staff_db.flush()
    assert links.open_link(staff_db, token, links.STAFF_SETUP, NOW) is None


def test_a_newer_link_ends_the_older_of_its_purpose(staff_db: Any, user: Any) -> None:
    other_purpose = links.make_link(staff_db, user, links.EMAIL_CHANGE, NOW)
    first, second = make_setup(staff_db, user), make_setup(staff_db, user)
    assert links.open_link(staff_db, first, links.STAFF_SETUP, NOW) is None
    assert links.open_link(staff_db, second, links.STAFF_SETUP, NOW) is not None
    assert links.open_link(staff_db, other_purpose, links.EMAIL_CHANGE, NOW) is not None


def test_another_tenants_link_is_none(database: Any, user: Any, tenant: Any, other_tenant: Any) -> None:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        token = make_setup(db, user)
    with database.session(Scope.tenant_wide(other_tenant.id)) as db:
        assert links.open_link(db, token, links.STAFF_SETUP, NOW) is None


def parallel(database: Any, tenant: Any, act: Any, times: int = 8) -> list[Any]:
    """The answers of parallel transactions."""

    def one(number: int) -> Any:
        with database.session(Scope.tenant_wide(tenant.id)) as db:
            return act(db, number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def test_two_windows_spend_one_link(database: Any, user: Any, tenant: Any) -> None:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        link = links.open_link(db, make_setup(db, user), links.STAFF_SETUP, NOW)
    assert parallel(database, tenant, lambda db, _n: links.spend(db, link, NOW)).count(True) == 1


def test_of_links_made_at_the_same_moment_one_lives(database: Any, user: Any, tenant: Any) -> None:
    tokens = parallel(database, tenant, lambda db, _n: make_setup(db, user))
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        assert sum(links.open_link(db, token, links.STAFF_SETUP, NOW) is not None for token in tokens) == 1


def test_old_links_are_forgotten(staff_db: Any, user: Any) -> None:
    make_setup(staff_db, user)
    assert links.purge(staff_db, NOW + 30 * DAY) == 0
    assert links.purge(staff_db, NOW + 32 * DAY) == 1


@pytest.fixture
def session(database: Any, user: Any, tenant: Any) -> Any:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        return open_session(db, user, "portal", NOW, Lifetime(DAY, DAY), None, None)[0]


def test_a_code_by_mail_proves_once(staff_db: Any, user: Any, session: Any) -> None:
    assert not mail_codes.is_waiting(staff_db, user, session, NOW)
    code = mail_codes.make_code(staff_db, user, session, SECRET, NOW)
    assert mail_codes.is_waiting(staff_db, user, session, NOW)
    assert code not in repr(staff_db.scalars(select(OneTimeLink.data)).all())
    assert mail_codes.try_code(staff_db, user, session, code.lower().replace("-", " "), SECRET, NOW)
    assert not mail_codes.try_code(staff_db, user, session, code, SECRET, NOW)
    assert not mail_codes.is_waiting(staff_db, user, session, NOW)


def test_a_code_by_mail_has_five_tries_and_ten_minutes(staff_db: Any, user: Any, session: Any) -> None:
    code = mail_codes.make_code(staff_db, user, session, SECRET, NOW)
    assert not mail_codes.try_code(staff_db, user, session, code, SECRET, NOW + 10 * MINUTE)
    for _ in range(5):
        assert not mail_codes.try_code(staff_db, user, session, "22222222", SECRET, NOW)
    assert not mail_codes.try_code(staff_db, user, session, code, SECRET, NOW)
    assert not mail_codes.is_waiting(staff_db, user, session, NOW)


def test_a_code_by_mail_is_for_its_session_and_the_newest_counts(
    database: Any, user: Any, session: Any, tenant: Any
) -> None:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        other = open_session(db, user, "portal", NOW, Lifetime(DAY, DAY), None, None)[0]
        old = mail_codes.make_code(db, user, session, SECRET, NOW)
        code = mail_codes.make_code(db, user, session, SECRET, NOW)
        assert not mail_codes.try_code(db, user, other, code, SECRET, NOW)
        assert not mail_codes.try_code(db, user, session, old, SECRET, NOW)
        assert mail_codes.try_code(db, user, session, code, SECRET, NOW)


def test_parallel_tries_of_a_code_by_mail(database: Any, user: Any, session: Any, tenant: Any) -> None:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        code = mail_codes.make_code(db, user, session, SECRET, NOW)
    right = parallel(database, tenant, lambda db, _n: mail_codes.try_code(db, user, session, code, SECRET, NOW))
    assert right.count(True) == 1
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        code = mail_codes.make_code(db, user, session, SECRET, NOW)
    parallel(database, tenant, lambda db, _n: mail_codes.try_code(db, user, session, "22222222", SECRET, NOW), 5)
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        assert not mail_codes.try_code(db, user, session, code, SECRET, NOW), "five wrong ones were all counted"


def test_only_a_second_browser_is_worth_a_mail(staff_db: Any, user: Any) -> None:
    assert not devices.is_known(staff_db, user.id, LAPTOP)
    assert not devices.greet(staff_db, user, LAPTOP, NOW), "the very first one"
    assert not devices.greet(staff_db, user, LAPTOP, NOW + DAY)
    assert devices.greet(staff_db, user, PHONE, NOW + DAY)
    assert not devices.greet(staff_db, user, PHONE, NOW + 2 * DAY)
    assert devices.is_known(staff_db, user.id, PHONE)
    seen = {row.last_seen_at for row in staff_db.scalars(select(KnownDevice))}
    assert seen == {NOW + DAY, NOW + 2 * DAY}
    assert LAPTOP not in {row.device_hash for row in staff_db.scalars(select(KnownDevice))}


def test_browsers_are_forgotten_after_a_year_but_the_last_one(
    staff_db: Any, user: Any, make: Any, tenant: Any
) -> None:
    """Without any known browser the next one, whoever sits there, would be nobody's news."""
    other = make.user(tenant, "grace@customer.test")
    devices.greet(staff_db, user, LAPTOP, NOW)
    devices.greet(staff_db, user, PHONE, NOW + DAY)
    devices.greet(staff_db, other, LAPTOP, NOW)
    devices.greet(staff_db, other, PHONE, NOW)
    assert devices.purge(staff_db, NOW + 365 * DAY) == 0
    assert devices.purge(staff_db, NOW + 366 * DAY) == 2
    assert not devices.is_known(staff_db, user.id, LAPTOP)
    assert devices.purge(staff_db, NOW + 999 * DAY) == 0
    assert devices.is_known(staff_db, user.id, PHONE)
    assert devices.greet(staff_db, user, LAPTOP, NOW + 1000 * DAY), "news"
    assert devices.greet(staff_db, other, "x" * 43, NOW + 1000 * DAY), "news"


def test_a_browser_is_known_for_its_user_alone(staff_db: Any, make: Any, tenant: Any, bill_group: Any) -> None:
    user, other = make.user(tenant, "ada@customer.test"), make.user(tenant, "grace@customer.test")
    devices.greet(staff_db, user, LAPTOP, NOW)
    assert not devices.is_known(staff_db, other.id, LAPTOP)
    assert not devices.greet(staff_db, other, LAPTOP, NOW), "another person's first sign-in"


def test_one_browser_twice_at_the_same_moment(database: Any, user: Any, tenant: Any) -> None:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        devices.greet(db, user, LAPTOP, NOW)
    told = parallel(database, tenant, lambda db, _n: devices.greet(db, user, PHONE, NOW))
    assert told.count(True) == 1


def test_invitations_are_taken_up_at_the_first_sign_in(staff_db: Any, user: Any, make: Any, customer: Any) -> None:
    rows = {}
    for name, values in {
        "living": {},
        "until later": {"expires_at": NOW + DAY},
        "over": {"expires_at": NOW},
        "revoked": {"revoked_at": NOW},
        "joined": {"joined_at": NOW - DAY},
        "somebody else's": {"email": "grace@customer.test"},
    }.items():
        group = make.bill_group(customer)
        row = Membership(
            **{
                "tenant_id": group.tenant_id,
                "bill_group_id": group.id,
                "email": user.email,
                "role": "owner",
                **values,
            }
        )
        rows[name] = make.save(row)
    note_arrival(staff_db, user, NOW)
    joined = {name: staff_db.get_one(Membership, row.id).joined_at for name, row in rows.items()}
    assert joined == {
        "living": NOW,
        "until later": NOW,
        "over": None,
        "revoked": None,
        "joined": NOW - DAY,
        "somebody else's": None,
    }
