"""Apps, recovery codes and the second step: what counts, how often, for how long, and who wins a race."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from riskportal.db.guard import Scope
from riskportal.identity import recovery, second_step, totp
from riskportal.identity.models import PendingSignIn, RecoveryCode, Totp, UserSession
from riskportal.identity.proofs import ConsoleOnly, ways_of
from riskportal.testing.fixtures import NOW
from riskportal.testing.web import SECRET

SHARED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
BROWSER, OTHER_BROWSER = "b" * 43, "c" * 43
MINUTE = timedelta(minutes=1)


def code(now: Any = NOW, steps: int = 0) -> str:
    """What any other program makes of the secret: pyotp's own reckoning from the time."""
    return pyotp.TOTP(SHARED).at(now + timedelta(seconds=30 * steps))


@pytest.fixture
def app(database: Any, user: Any, tenant: Any) -> None:
    """The user's app, turned on ten minutes ago."""
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        then = NOW - 10 * MINUTE
        assert totp.enroll(db, user, SHARED, code(then), SECRET, then, via=None)


def test_an_app_counts_after_its_first_right_code(staff_db: Any, user: Any) -> None:
    assert not totp.enroll(staff_db, user, SHARED, "000000", SECRET, NOW, via=None)
    assert not totp.is_on(staff_db, user)
    assert totp.enroll(staff_db, user, SHARED, code(), SECRET, NOW, via=None)
    assert totp.is_on(staff_db, user)
    assert not totp.verify(staff_db, user, code(), SECRET, NOW), "the first code is used up"
    assert totp.remove(staff_db, user, via=None)
    assert not totp.remove(staff_db, user, via=None)
    assert not totp.verify(staff_db, user, code(steps=1), SECRET, NOW)


@pytest.mark.usefixtures("app")
def test_a_wrong_code_of_a_new_app_leaves_the_old_one(staff_db: Any, user: Any) -> None:
    other = "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"
    assert not totp.enroll(staff_db, user, other, "000000", SECRET, NOW, via=None)
    assert totp.verify(staff_db, user, code(), SECRET, NOW)
    assert totp.enroll(staff_db, user, other, pyotp.TOTP(other).at(NOW), SECRET, NOW, via=None)
    assert not totp.verify(staff_db, user, code(NOW + MINUTE), SECRET, NOW + MINUTE)


WINDOW = [(-3, False), (-2, False), (-1, True), (0, True), (1, True), (2, False)]


@pytest.mark.parametrize(("steps", "right"), WINDOW)
@pytest.mark.usefixtures("app")
def test_a_clock_may_be_one_step_off(staff_db: Any, user: Any, steps: int, right: bool) -> None:
    assert totp.verify(staff_db, user, code(steps=steps), SECRET, NOW) is right


@pytest.mark.usefixtures("app")
def test_codes_count_once_and_in_their_order(staff_db: Any, user: Any) -> None:
    assert totp.verify(staff_db, user, code(), SECRET, NOW)
    assert not totp.verify(staff_db, user, code(), SECRET, NOW)
    assert not totp.verify(staff_db, user, code(steps=-1), SECRET, NOW), "older than the last one used"
    assert totp.verify(staff_db, user, code(steps=1), SECRET, NOW)


@pytest.mark.parametrize("typed", ["", " ", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "x" * 5000, "\0", "\ud800"])
@pytest.mark.usefixtures("app")
def test_what_is_no_code(staff_db: Any, user: Any, typed: str) -> None:
    assert not totp.verify(staff_db, user, typed, SECRET, NOW)


@pytest.mark.usefixtures("app")
def test_spaces_in_a_code_do_not_matter(staff_db: Any, user: Any) -> None:
    assert totp.verify(staff_db, user, f" {code()[:3]} {code()[3:]} ", SECRET, NOW)


@pytest.mark.usefixtures("app")
def test_the_secret_is_sealed_for_its_user(staff_db: Any, user: Any, make: Any, caplog: Any) -> None:
    row = staff_db.scalar(select(Totp))
    assert SHARED not in row.secret_sealed
    assert not totp.verify(staff_db, user, code(), "another-installation-secret-" + "0" * 20, NOW)
    assert "can't be checked" in caplog.text
    row.secret_sealed = "junk"
    staff_db.flush()
    assert not totp.verify(staff_db, user, code(), SECRET, NOW)


def test_a_set_up_page_proposes_its_own_secret(user: Any) -> None:
    nonce = totp.new_nonce()
    secret = totp.proposed(SECRET, "session-hash", nonce)
    assert len(secret) == 32
    assert secret == totp.proposed(SECRET, "session-hash", nonce)
    others = {
        totp.proposed(SECRET, "session-hash", totp.new_nonce()),
        totp.proposed(SECRET, "other-session", nonce),
        totp.proposed("another-installation", "session-hash", nonce),
    }
    assert len(others | {secret}) == 4
    address = totp.address(secret, "ada+1@customer.test", "Alder & Söhne: Hosting")
    parsed = pyotp.parse_uri(address)
    assert (parsed.secret, parsed.name) == (secret, "ada+1@customer.test")


@pytest.mark.usefixtures("app")
def test_what_the_demo_shows_is_a_code_that_counts(staff_db: Any, user: Any) -> None:
    for _ in range(2):
        step = totp.unused_step(staff_db, user, NOW)
        assert totp.verify(staff_db, user, totp.code_at(SHARED, step), SECRET, NOW)
    assert totp.unused_step(staff_db, user, NOW) is None


def test_ten_recovery_codes_each_once(staff_db: Any, user: Any) -> None:
    codes = recovery.renew(staff_db, user, SECRET, NOW, via=None)
    assert len(set(codes)) == 10
    assert all(len(c) == 11 and c[5] == "-" for c in codes)
    stored = set(staff_db.scalars(select(RecoveryCode.code_hash)))
    assert not stored & {c.replace("-", "") for c in codes}
    assert recovery.use(staff_db, user, codes[0].lower().replace("-", " "), SECRET, NOW)
    assert not recovery.use(staff_db, user, codes[0], SECRET, NOW)
    assert recovery.left(staff_db, user) == ways_of(staff_db, user).recovery_left == 9
    assert not recovery.use(staff_db, user, "AAAAA-AAAAA", SECRET, NOW)
    assert not recovery.use(staff_db, user, "", SECRET, NOW)


def test_new_codes_end_the_old_ones_and_nobody_elses_count(
    staff_db: Any, make: Any, tenant: Any, bill_group: Any
) -> None:
    user, other = make.user(tenant, "ada@customer.test"), make.user(tenant, "grace@customer.test")
    old = recovery.renew(staff_db, user, SECRET, NOW, via=None)
    new = recovery.renew(staff_db, user, SECRET, NOW, via=None)
    assert not recovery.use(staff_db, user, old[0], SECRET, NOW)
    assert not recovery.use(staff_db, other, new[0], SECRET, NOW)
    recovery.remove(staff_db, user, via=None)
    assert not recovery.use(staff_db, user, new[0], SECRET, NOW)


def test_staff_change_theirs_in_the_console_only(staff_db: Any, make: Any, tenant: Any) -> None:
    staff, portal, console = make.staff(tenant), UserSession(kind="portal"), UserSession(kind="staff")
    for change in (
        lambda via: totp.enroll(staff_db, staff, SHARED, code(), SECRET, NOW, via=via),
        lambda via: recovery.renew(staff_db, staff, SECRET, NOW, via=via),
        lambda via: recovery.remove(staff_db, staff, via=via),
        lambda via: totp.remove(staff_db, staff, via=via),
    ):
        with pytest.raises(ConsoleOnly):
            change(portal)
        change(console)


def begin(db: Any, user: Any, browser: str = BROWSER, kind: str = "portal") -> PendingSignIn:
    return second_step.begin(db, user, kind, "password", browser, "/g/x/", NOW)


@pytest.mark.usefixtures("app")
def test_the_second_step_from_begin_to_end(staff_db: Any, user: Any) -> None:
    begin(staff_db, user)
    pending = second_step.pending_of(staff_db, BROWSER, "portal", NOW)
    assert (pending.user.email, pending.method, pending.next_path) == (user.email, "password", "/g/x/")
    assert second_step.try_code(staff_db, pending, "000000", SECRET, NOW) is None
    assert second_step.try_code(staff_db, pending, code(), SECRET, NOW) == "totp"
    assert second_step.finish(staff_db, pending, NOW).id == user.id
    assert second_step.finish(staff_db, pending, NOW) is None
    staff_db.refresh(pending)
    assert second_step.pending_of(staff_db, BROWSER, "portal", NOW) is None


@pytest.mark.usefixtures("app")
def test_a_recovery_code_serves_as_well(staff_db: Any, user: Any) -> None:
    codes = recovery.renew(staff_db, user, SECRET, NOW, via=None)
    pending = begin(staff_db, user)
    assert second_step.try_code(staff_db, pending, codes[3], SECRET, NOW) == "recovery"
    assert second_step.try_code(staff_db, pending, codes[3], SECRET, NOW) is None


@pytest.mark.usefixtures("app")
def test_five_tries_right_code_or_not(staff_db: Any, user: Any) -> None:
    pending = begin(staff_db, user)
    for _ in range(5):
        assert second_step.try_code(staff_db, pending, "000000", SECRET, NOW) is None
    assert second_step.try_code(staff_db, pending, code(), SECRET, NOW) is None
    staff_db.refresh(pending)
    assert second_step.pending_of(staff_db, BROWSER, "portal", NOW) is None
    assert totp.verify(staff_db, user, code(), SECRET, NOW), "the sixth try was not even looked at"


@pytest.mark.parametrize(
    ("browser", "kind", "later", "found"),
    [
        (BROWSER, "portal", 0, True),
        (BROWSER, "portal", 4.9, True),
        (BROWSER, "portal", 5, False),
        (OTHER_BROWSER, "portal", 0, False),
        (BROWSER, "staff", 0, False),
    ],
)
def test_it_is_for_one_browser_one_area_and_five_minutes(
    staff_db: Any, user: Any, browser: str, kind: str, later: float, found: bool
) -> None:
    begin(staff_db, user)
    assert (second_step.pending_of(staff_db, browser, kind, NOW + later * MINUTE) is not None) is found


def test_a_newer_one_ends_the_older(staff_db: Any, user: Any) -> None:
    first, second = begin(staff_db, user), begin(staff_db, user)
    assert second_step.pending_of(staff_db, BROWSER, "portal", NOW).id == second.id
    assert second_step.finish(staff_db, first, NOW) is None
    assert second_step.finish(staff_db, second, NOW) is not None


def test_who_may_not_enter_any_more_does_not_finish(staff_db: Any, make: Any, tenant: Any, bill_group: Any) -> None:
    stranger = make.user(tenant, "gone@customer.test")
    staff = make.staff(tenant)
    disabled = make.member(bill_group, "off@customer.test", disabled_at=NOW)
    assert second_step.finish(staff_db, begin(staff_db, stranger), NOW) is None
    assert second_step.finish(staff_db, begin(staff_db, stranger, kind="staff"), NOW) is None
    assert second_step.finish(staff_db, begin(staff_db, disabled), NOW) is None
    assert second_step.finish(staff_db, begin(staff_db, staff), NOW) is None, "staff are no customers"
    assert second_step.finish(staff_db, begin(staff_db, staff, kind="staff"), NOW) is not None


def race(database: Any, tenant: Any, act: Any, tries: int = 8) -> int:
    """How many of parallel transactions succeed."""

    def one(_number: int) -> bool:
        with database.session(Scope.tenant_wide(tenant.id)) as db:
            return bool(act(db))

    with ThreadPoolExecutor(tries) as pool:
        return list(pool.map(one, range(tries))).count(True)


@pytest.mark.usefixtures("app")
def test_two_tabs_with_one_app_code(database: Any, user: Any, tenant: Any) -> None:
    assert race(database, tenant, lambda db: totp.verify(db, user, code(), SECRET, NOW)) == 1


def test_two_tabs_with_one_recovery_code(database: Any, user: Any, tenant: Any) -> None:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        codes = recovery.renew(db, user, SECRET, NOW, via=None)
    assert race(database, tenant, lambda db: recovery.use(db, user, codes[0], SECRET, NOW)) == 1


def test_two_tabs_finish_one_sign_in_and_share_five_tries(database: Any, user: Any, tenant: Any) -> None:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        codes = recovery.renew(db, user, SECRET, NOW, via=None)
        begin(db, user)

    def finish(db: Any) -> bool:
        pending = db.scalar(select(PendingSignIn).options(joinedload(PendingSignIn.user)))
        return second_step.finish(db, pending, NOW) is not None

    def guess(db: Any) -> bool:
        pending = db.scalar(select(PendingSignIn).options(joinedload(PendingSignIn.user)))
        return second_step.try_code(db, pending, codes.pop(), SECRET, NOW) is not None

    assert race(database, tenant, guess) == 5
    assert race(database, tenant, finish) == 1


def test_two_set_an_app_up_at_once(database: Any, user: Any, tenant: Any) -> None:
    assert race(database, tenant, lambda db: totp.enroll(db, user, SHARED, code(), SECRET, NOW, via=None), 4) == 4
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        assert len(db.scalars(select(Totp)).all()) == 1


def test_old_ones_are_forgotten(staff_db: Any, user: Any) -> None:
    begin(staff_db, user)
    assert second_step.purge(staff_db, NOW + timedelta(hours=24)) == 0
    assert second_step.purge(staff_db, NOW + timedelta(hours=25)) == 1
