"""The door of the console: password and app together, never a mail; set-up links; first owners by command alone."""

from __future__ import annotations

import re
from threading import BoundedSemaphore
from typing import Any

import pyotp
import pytest
from door_steps import APP, PASSWORD, Proofs, audit_codes, sessions, token, type_code, type_password
from signin_steps import EMAIL, ask, count
from sqlalchemy import select

from riskportal.db.guard import Scope
from riskportal.identity import passwords
from riskportal.identity.links import EMAIL_CHANGE, STAFF_SETUP, make_link
from riskportal.identity.models import OneTimeLink, RecoveryCode, StaffMember, User
from riskportal.identity.proofs import Ways, ways_of
from riskportal.security import cookies

SETUP = re.compile(r"/staff/set-up/[\w-]+")
STRONG = "copper violin meadow rain"


@pytest.fixture
def proofs(database: Any, clock: Any) -> Proofs:
    return Proofs(database, clock)


@pytest.fixture
def staff(make: Any, tenant: Any) -> User:
    return make.staff(tenant)


@pytest.fixture
def setup_path(database: Any, clock: Any, staff: User) -> str:
    with database.session(Scope.tenant_wide(staff.tenant_id)) as db:
        return f"/staff/set-up/{make_link(db, staff, STAFF_SETUP, clock.now())}"


def ways(database: Any, user: User) -> Any:
    with database.session(Scope.tenant_wide(user.tenant_id), write=False) as db:
        return ways_of(db, user)


def test_password_then_app(testapp: Any, staff: User, proofs: Proofs, database: Any) -> None:
    proofs.password(staff)
    proofs.app(staff)
    assert testapp.get("/staff").location == "http://portal.test/staff/sign-in?next=%2Fstaff"
    answer = type_password(testapp, staff.email, path="/staff/sign-in")
    assert answer.location == "http://portal.test/staff/sign-in/code"
    assert sessions(database) == []
    answer = type_code(testapp, proofs.code(), "/staff/sign-in/code")
    assert answer.location == "http://portal.test/staff"
    assert [(s.kind, s.method) for s in sessions(database)] == [("staff", "password")]
    assert cookies.SESSION not in testapp.cookies
    testapp.get("/staff", status=200)


def test_a_recovery_code_replaces_the_app_not_the_password(
    testapp: Any, staff: User, proofs: Proofs, database: Any
) -> None:
    proofs.password(staff)
    proofs.app(staff)
    codes = proofs.codes(staff)
    assert type_password(testapp, staff.email, codes[0], "/staff/sign-in").status_int == 400
    type_password(testapp, staff.email, path="/staff/sign-in")
    assert type_code(testapp, codes[0], "/staff/sign-in/code").location == "http://portal.test/staff"


def test_neither_half_is_enough(testapp: Any, browser: Any, staff: User, proofs: Proofs, database: Any) -> None:
    proofs.password(staff)
    alone = type_password(testapp, staff.email, path="/staff/sign-in")
    wrong = type_password(browser(), staff.email, "wrong password here", "/staff/sign-in")
    assert (alone.status_int, wrong.status_int) == (400, 400)
    assert re.sub(r'value="[0-9a-f]{64}"', "", alone.text) == re.sub(r'value="[0-9a-f]{64}"', "", wrong.text)
    testapp.get("/staff/sign-in/code", status=200)
    assert "Please start again" in testapp.get("/staff/sign-in/code").text
    assert sessions(database) == []


def test_the_second_step_of_the_portal_is_none_of_the_console(
    testapp: Any, make: Any, bill_group: Any, tenant: Any, proofs: Proofs, database: Any
) -> None:
    both = make.member(bill_group, "both@alder.test")
    make.save(StaffMember(tenant_id=tenant.id, user_id=both.id, role="support"))
    proofs.password(both)
    proofs.app(both)
    type_password(testapp, both.email)
    assert "Please start again" in testapp.get("/staff/sign-in/code").text
    type_code(testapp, proofs.code())
    assert [s.kind for s in sessions(database)] == ["portal"]
    assert testapp.get("/staff").location.startswith("http://portal.test/staff/sign-in")


def test_no_mail_opens_the_console(
    testapp: Any, staff: User, make: Any, bill_group: Any, run_jobs: Any, outbox: Any, database: Any
) -> None:
    """Staff without access to a bill group get no link at all, and with access one into the portal alone."""
    ask(testapp, staff.email)
    run_jobs()
    assert outbox() == []
    page = testapp.get("/staff/sign-in")
    assert "sign-in" not in page.forms
    testapp.post("/sign-in", {"csrf_token": token(page), "email": staff.email, "next": "/staff"}, status=303)
    assert sessions(database) == []


def test_signing_out_of_the_console(
    testapp: Any, signed_in: Any, staff: User, make: Any, bill_group: Any, database: Any, browser: Any
) -> None:
    signed_in(testapp, staff, kind="staff")
    signed_in(testapp, make.member(bill_group))
    stolen = testapp.cookies[cookies.STAFF]
    answer = testapp.post("/staff/sign-out", {"csrf_token": token(testapp.get("/staff"))})
    assert answer.location == "http://portal.test/staff/sign-in"
    thief = browser()
    thief.set_cookie(cookies.STAFF, stolen)
    assert thief.get("/staff").status_int == 303
    testapp.get(f"/g/{bill_group.public_id}/", status=200)
    revoked = [s.revoked_at is not None for s in sessions(database)]
    assert revoked == [True, False]
    assert "core.signed_out" in audit_codes(database)


def test_the_consoles_form_tokens_serve_outside_it(testapp: Any, signed_in: Any, staff: User) -> None:
    """The language menu of a page below /staff posts to an address that is not."""
    signed_in(testapp, staff, kind="staff")
    testapp.set_cookie(cookies.SESSION, "s" * 43)
    page = testapp.get("/staff")
    testapp.post("/language", {"csrf_token": token(page), "language": "de", "return_to": "/staff"}, status=303)


# The set-up link.


@pytest.fixture
def fill(clock: Any) -> Any:
    def do(page: Any, **values: Any) -> Any:
        key = page.html.find("code").text.replace(" ", "")
        values.setdefault("code", pyotp.TOTP(key).at(clock.now()))
        values.setdefault("password", STRONG)
        values.setdefault("again", values["password"])
        form = page.forms["set-up"]
        for name, value in values.items():
            form[name] = value
        return form.submit(status="*")

    return do


def test_password_and_app_are_set_up_in_one_go(
    testapp: Any, setup_path: str, staff: User, database: Any, fill: Any, clock: Any, browser: Any
) -> None:
    page = testapp.get(setup_path)
    assert page.headers["Referrer-Policy"] == "strict-origin"
    assert staff.email in page.text
    page = page.click("Choose password and app")
    picture = testapp.get(page.html.find("img", src=re.compile("app.svg"))["src"])
    assert picture.content_type == "image/svg+xml"
    assert b"<svg" in picture.body
    assert not ways(database, staff).totp, "looking keeps nothing"
    done = fill(page)
    codes = [item.text for item in done.html.find("ol", class_="codes").find_all("li")]
    assert len(codes) == count(database, RecoveryCode) == 10
    assert done.html.find("form") is None, "the form tokens of this page are old by now"
    assert ways(database, staff).staff_ready
    assert [(s.kind, s.method) for s in sessions(database)] == [("staff", "setup")]
    done.click("I have kept them").maybe_follow(status=200)
    testapp.get(setup_path, status=410)
    # And what was set up works.
    clock.advance(minutes=1)
    other = browser()
    type_password(other, staff.email, STRONG, "/staff/sign-in")
    assert type_code(other, codes[0], "/staff/sign-in/code").location == "http://portal.test/staff"


WRONG = [
    ({"password": "short"}, "at least 12"),
    ({"password": "password1234"}, "tried first"),
    ({"password": "alder hosting 1"}, "your name"),
    ({"again": "something else here"}, "not the same"),
    ({"code": "000000"}, "not right"),
    ({"code": ""}, "Please check"),
    ({"password": "x" * 5000}, "Please check"),
]


@pytest.mark.parametrize(("values", "word"), WRONG)
def test_what_is_wrong_stands_beside_its_field_and_spends_nothing(
    testapp: Any, setup_path: str, staff: User, database: Any, fill: Any, values: Any, word: str
) -> None:
    page = testapp.get(f"{setup_path}/password")
    key = page.html.find("code").text
    answer = fill(page, **values)
    assert answer.status_int == 400
    assert word in answer.text
    assert answer.html.find("code").text == key, "the same key: the app knows it by now"
    assert ways(database, staff).password is False
    assert sessions(database) == []
    assert fill(answer).status_int == 200


def test_a_link_is_spent_once_and_looking_spends_nothing(
    testapp: Any, browser: Any, setup_path: str, database: Any, fill: Any
) -> None:
    for _ in range(3):
        scanner = browser()
        assert scanner.get(setup_path).status_int == 200
        assert scanner.head(setup_path).status_int == 200
        scanner.get(f"{setup_path}/password", status=200)
    second = browser()
    waiting = second.get(f"{setup_path}/password")
    fill(testapp.get(f"{setup_path}/password"))
    assert fill(waiting).status_int == 410
    assert len(sessions(database)) == 1
    second.post(f"{setup_path}/passkey/options", {"csrf_token": token(second.get("/sign-in"))}, status=410)


def test_a_day_then_it_is_over(testapp: Any, setup_path: str, clock: Any) -> None:
    clock.advance(hours=24)
    page = testapp.get(setup_path, status=410)
    assert "Set-up links work once and for a day" in page.text
    for path in ("/password", "/app.svg?n=" + "n" * 43):
        testapp.get(setup_path + path, status=410)


def test_who_does_not_work_here_any_more_sets_nothing_up(
    testapp: Any, setup_path: str, staff: User, database: Any
) -> None:
    with database.session(Scope.tenant_wide(staff.tenant_id)) as db:
        db.delete(db.scalar(select(StaffMember)))
    testapp.get(setup_path, status=410)


@pytest.mark.parametrize("nonce", ["", "short", "n" * 44, "ü" * 43])
def test_a_nonce_that_is_none(testapp: Any, setup_path: str, nonce: str) -> None:
    testapp.get(f"{setup_path}/app.svg", {"n": nonce}, status=404)
    posted = {"csrf_token": token(testapp.get(f"{setup_path}/password")), "nonce": nonce}
    testapp.post(f"{setup_path}/password", posted, status=400)


def test_h7_a_new_link_replaces_the_lost_app_and_ends_every_session(
    testapp: Any, browser: Any, signed_in: Any, setup_path: str, staff: User, proofs: Proofs, database: Any, fill: Any
) -> None:
    proofs.password(staff)
    proofs.app(staff)
    old_codes = proofs.codes(staff)
    thief = signed_in(browser(), staff, kind="staff")
    fill(testapp.get(f"{setup_path}/password"))
    assert thief.get("/staff").status_int == 303
    other = browser()
    assert type_password(other, staff.email, PASSWORD, "/staff/sign-in").status_int == 400
    type_password(other, staff.email, STRONG, "/staff/sign-in")
    for gone in (pyotp.TOTP(APP).at(proofs._clock.now()), old_codes[0]):
        assert type_code(other, gone, "/staff/sign-in/code").status_int == 400
    assert "core.staff_set_up" in audit_codes(database)


def test_a_crowd_of_passwords_means_try_again_soon(
    testapp: Any, setup_path: str, staff: User, database: Any, fill: Any, monkeypatch: Any
) -> None:
    page = testapp.get(f"{setup_path}/password")
    with monkeypatch.context() as crowd:
        crowd.setattr(passwords, "_places", BoundedSemaphore(1))
        crowd.setattr(passwords, "PATIENCE", 0.0)
        with passwords._a_place():
            busy = fill(page)
    assert busy.status_int == 429
    assert busy.headers["Retry-After"] == str(passwords.SOON)
    assert not ways(database, staff).any
    assert fill(page).status_int == 200, "the link is still good"


def test_h7_a_new_link_ends_every_earlier_proof_of_the_console(
    testapp: Any, browser: Any, make: Any, setup_path: str, staff: User, proofs: Proofs, database: Any, fill: Any,
    run_jobs: Any, outbox: Any,
) -> None:  # fmt: skip
    """The lost laptop holds a passkey: a password that was set up by link must not leave it working."""
    assert "stop working at once" not in testapp.get(setup_path).text, "nothing is set up yet"
    proofs.passkey(staff)
    proofs.passkey(staff, name="Key ring")
    proofs.codes(staff)
    page = testapp.get(setup_path)
    for shown in (page, page.click("Choose password and app")):
        assert "set up before stop working at once" in shown.text
    half_way = browser()
    proofs.password(staff)
    proofs.app(staff)
    type_password(half_way, staff.email, path="/staff/sign-in")
    fill(testapp.get(f"{setup_path}/password"))
    assert ways(database, staff) == Ways(password=True, totp=True, passkeys=0, recovery_left=10)
    assert "Please start again" in half_way.get("/staff/sign-in/code").text
    assert "core.staff_proofs_ended" in audit_codes(database)
    run_jobs()
    (mail,) = [mail for mail in outbox() if "has changed" in str(mail["Subject"])]
    assert mail["To"] == staff.email
    assert "What you signed in with before has ended." in mail.get_body(("plain",)).get_content()


def test_a_first_set_up_ends_nothing_and_says_nothing_of_it(
    testapp: Any, setup_path: str, database: Any, fill: Any, run_jobs: Any, outbox: Any
) -> None:
    fill(testapp.get(f"{setup_path}/password"))
    assert "core.staff_proofs_ended" not in audit_codes(database)
    run_jobs()
    assert outbox() == []


def test_a_change_of_address_that_was_under_way_ends_with_the_link(
    testapp: Any, setup_path: str, staff: User, database: Any, clock: Any, fill: Any
) -> None:
    """Or whoever asked for it in a stolen session would carry the login off afterwards."""
    with database.session(Scope.tenant_wide(staff.tenant_id)) as db:
        data = {"email": "thief@evil.test", "old": staff.email}
        key = make_link(db, staff, EMAIL_CHANGE, clock.now(), data)
    testapp.get(f"/confirm-email/{key}", status=200)
    fill(testapp.get(f"{setup_path}/password"))
    testapp.get(f"/confirm-email/{key}", status=410)


def test_a12_links_cannot_be_guessed_in_bulk(testapp: Any, tenant: Any) -> None:
    statuses = [testapp.get(f"/staff/set-up/{'x' * 40}{n:03}", status="*").status_int for n in range(62)]
    assert statuses == [410] * 60 + [429] * 2


def test_links_are_hashes_in_the_database(setup_path: str, database: Any, tenant: Any) -> None:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        (row,) = db.scalars(select(OneTimeLink)).all()
    assert setup_path.rpartition("/")[2] not in repr(vars(row))


def test_a22_no_address_makes_a_first_owner(testapp: Any, tenant: Any, database: Any) -> None:
    for path in ("/staff/set-up", "/staff/set-up/", "/staff/sign-up", "/staff/first"):
        assert testapp.get(path, status="*").status_int in (303, 404)
    posted = {"csrf_token": token(testapp.get("/staff/sign-in")), "password": STRONG, "email": EMAIL}
    testapp.post("/staff/set-up/x/password", posted, status=410)
    assert count(database, StaffMember) == 0
