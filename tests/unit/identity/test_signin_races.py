"""Many at once: one address, one link, one code, on both databases (security.md A4, A6)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select

from riskportal.db.guard import Scope
from riskportal.db.session import Database
from riskportal.identity import recovery, second_step, signin
from riskportal.identity.models import SignInRequest, User
from riskportal.identity.users import user_of
from riskportal.tenancy.models import Tenant

SECRET = "a-secret-of-the-tests-that-is-long-enough-000"
BROWSER = "b" * 43


def at_once(count: int, work: Callable[[], Any]) -> list[Any]:
    """What `work` gives when `count` threads start it at the same moment."""
    gate = Barrier(count)

    def run() -> Any:
        gate.wait()
        return work()

    with ThreadPoolExecutor(count) as pool:
        return [future.result() for future in [pool.submit(run) for _ in range(count)]]


@pytest.mark.parametrize("backend", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_two_that_point_at_a_user_change_their_proofs_one_after_the_other(
    database: Database, tenant: Tenant, user: User
) -> None:
    """Each holds its own new row's key lock on the user; a full lock would wait for the other's, for ever.

    SQLite has one writer: there nothing happens at once.
    """
    gate, now = Barrier(2), database.clock.now()

    def one(browser: str) -> int:
        with database.session(Scope.tenant(tenant.id)) as db:
            row = db.get_one(User, user.id)
            second_step.begin(db, row, "portal", "link", browser * 43, None, now)
            gate.wait()
            return len(recovery.renew(db, row, SECRET, now, via=None))

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(one, "bc")) == [recovery.CODES] * 2


def test_a_first_sign_in_and_being_hired_at_once_make_one_login(database: Database, tenant: Tenant) -> None:
    def meet() -> int:
        with database.session(Scope.tenant(tenant.id)) as db:
            return user_of(db, "new@customer.test").id

    for _turn in range(3):
        assert len(set(at_once(8, meet))) == 1
        with database.session(Scope.tenant(tenant.id)) as db:
            db.delete(db.scalars(select(User)).one())


@pytest.fixture
def ask(database: Database, tenant: Tenant, user: User) -> Callable[[], int]:
    def ask_once() -> int:
        with database.session(Scope.tenant(tenant.id)) as db:
            return signin.ask(db, user.email, BROWSER, "en", None, database.clock.now()).id

    return ask_once


def test_only_the_newest_of_requests_asked_at_once_counts(
    database: Database, tenant: Tenant, ask: Callable[[], int]
) -> None:
    """On PostgreSQL they don't see each other, so none can void the others; each would bring five more tries."""
    ids = at_once(8, ask)
    now = database.clock.now()
    with database.session(Scope.tenant(tenant.id)) as db:
        issued = [request_id for request_id in ids if signin.issue(db, request_id, SECRET, now) is not None]
    assert issued == [max(ids)]


def test_the_older_of_two_living_requests_opens_nothing(database: Database, tenant: Tenant, ask: Any) -> None:
    """As if both were asked at once, and the older one's mail was already out when the newer one committed."""
    now = database.clock.now()
    first = ask()
    with database.session(Scope.tenant(tenant.id)) as db:
        issued = signin.issue(db, first, SECRET, now)
        assert issued is not None
        assert signin.by_token(db, issued[1].token, now) is not None
    ask()
    with database.session(Scope.tenant(tenant.id)) as db:
        older = db.get_one(SignInRequest, first)
        older.voided_at = None
        db.flush()
        assert signin.by_token(db, issued[1].token, now) is None
        assert signin.use(db, older, now) is None


def test_five_tries_are_five_tries_for_fifty_at_once(database: Database, tenant: Tenant, ask: Any) -> None:
    now, request_id = database.clock.now(), ask()
    with database.session(Scope.tenant(tenant.id)) as db:
        issued = signin.issue(db, request_id, SECRET, now)
        assert issued is not None

    def guess() -> bool:
        with database.session(Scope.tenant(tenant.id)) as db:
            return signin.try_code(db, db.get_one(SignInRequest, request_id), "WRONG234", SECRET)

    assert not any(at_once(50, guess))
    with database.session(Scope.tenant(tenant.id)) as db:
        request = db.get_one(SignInRequest, request_id)
        assert request.code_tries == signin.CODE_TRIES
        assert not signin.try_code(db, request, issued[1].code, SECRET)
