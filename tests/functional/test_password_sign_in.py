"""Sign-in to the portal with a password, and the second step: A11, A12, A16 and what stands around them."""

from __future__ import annotations

import gc
import re
import warnings
from typing import Any

import pytest
from door_steps import PASSWORD, Proofs, audit_codes, sessions, token, type_code, type_password
from signin_steps import EMAIL, ask, count, link_and_code, press

from riskportal.audit.models import AuditEntry
from riskportal.db.guard import Scope
from riskportal.identity.models import PendingSignIn, User
from riskportal.jobs.models import JobRow
from riskportal.security import cookies


@pytest.fixture
def proofs(database: Any, clock: Any) -> Proofs:
    return Proofs(database, clock)


def test_the_way_in(testapp: Any, user: Any, proofs: Proofs, database: Any, bill_group: Any) -> None:
    proofs.password(user)
    page = testapp.get("/sign-in", {"next": f"/g/{bill_group.public_id}/account/security"})
    page = page.click("Use my password")
    form = page.forms["password"]
    form["email"], form["password"] = "Ada@Customer.test ", PASSWORD
    answer = form.submit()
    assert answer.location == f"http://portal.test/g/{bill_group.public_id}/account/security"
    (session,) = sessions(database)
    assert (session.kind, session.method, session.proved_at) == ("portal", "password", session.created_at)
    testapp.get(answer.location, status=200)


def test_a11_wrong_is_wrong_for_everybody(
    browser: Any, user: Any, proofs: Proofs, make: Any, tenant: Any, bill_group: Any, database: Any, run_jobs: Any
) -> None:
    proofs.password(user)
    without = make.member(bill_group, "without@customer.test")
    outside = make.user(tenant, "outside@customer.test")
    proofs.password(outside)
    disabled = make.member(bill_group, "disabled@customer.test")
    proofs.password(disabled)
    with database.session(Scope.system_wide("test")) as db:
        db.get_one(User, disabled.id).disabled_at = database.clock.now()
    cases = [
        (user.email, "wrong password here"),
        (without.email, PASSWORD),
        (outside.email, PASSWORD),
        (disabled.email, PASSWORD),
        ("nobody@customer.test", PASSWORD),
    ]
    answers = []
    for email, password in cases:
        answer = type_password(browser(), email, password)
        text = re.sub(r'value="[0-9a-f]{64}"', "", answer.text.replace(email, "@"))
        own = ("X-Request-Id", "Set-Cookie", "Content-Length")
        headers = {name: value for name, value in answer.headers.items() if name not in own}
        answers.append((answer.status_int, text, headers))
        assert "fit together" in answer.text
    assert answers[0][0] == 400
    assert [answers[0]] * 4 == answers[1:]
    assert sessions(database) == []
    # Each left one job, and only what the job finds tells known from unknown.
    assert count(database, JobRow) == len(cases)
    assert count(database, AuditEntry) == 0
    run_jobs()
    assert audit_codes(database) == ["core.sign_in_failed"] * 4


def test_a_wrong_password_keeps_what_was_typed_and_points_at_the_field(
    testapp: Any, user: Any, proofs: Proofs
) -> None:
    proofs.password(user)
    page = type_password(testapp, user.email, "wrong password here")
    form = page.forms["password"]
    assert form["email"].value == user.email
    assert "wrong password here" not in page.text
    assert page.html.find(attrs={"data-errors": True}).find("a")["href"] == "#password-password"
    assert page.html.find("input", id="password-password")["aria-invalid"] == "true"
    assert "X-Tm" not in page.headers


@pytest.mark.parametrize("email", ["", "x", "a@b", "a@b.test,c@d.test", "<script>@x.test", "a" * 300 + "@x.test"])
def test_addresses_that_are_none(testapp: Any, tenant: Any, email: str) -> None:
    page = type_password(testapp, email)
    assert page.status_int == 400
    assert "<script>@" not in page.text


@pytest.mark.parametrize("password", [" " + PASSWORD, PASSWORD + " ", PASSWORD.upper(), "x" * 4097])
def test_a16_nothing_is_trimmed_or_cut(testapp: Any, user: Any, proofs: Proofs, database: Any, password: str) -> None:
    proofs.password(user)
    assert type_password(testapp, user.email, password).status_int == 400
    assert sessions(database) == []


def test_a16_a_million_characters(testapp: Any, user: Any, proofs: Proofs, database: Any) -> None:
    proofs.password(user)
    with warnings.catch_warnings():
        # WebOb keeps a large body in a file that only the collector closes.
        warnings.simplefilter("ignore", ResourceWarning)
        assert type_password(testapp, user.email, "x" * 1_000_000).status_int == 400
        gc.collect()
    assert sessions(database) == []


def test_a16_blanks_at_both_ends_belong_to_it(testapp: Any, user: Any, proofs: Proofs) -> None:
    proofs.password(user, "  otters paint with blanks  ")
    assert type_password(testapp, user.email, "otters paint with blanks").status_int == 400
    assert type_password(testapp, user.email, "  otters paint with blanks  ").status_int == 303


def test_a16_a_nul_is_no_text(testapp: Any, user: Any, proofs: Proofs, database: Any) -> None:
    proofs.password(user)
    posted = {"csrf_token": token(testapp.get("/sign-in/password")), "email": user.email}
    testapp.post("/sign-in/password", posted | {"password": PASSWORD + "\0x"}, status=400)
    testapp.post("/sign-in/password", posted | {"password": PASSWORD, "admin": "1"}, status=400)
    assert sessions(database) == []


def test_a12_ten_tries_for_an_address_then_a_wait(browser: Any, user: Any, proofs: Proofs) -> None:
    proofs.password(user)
    for number in range(10):
        assert type_password(browser(), user.email, f"wrong password {number}").status_int == 400
    for password in ("wrong again and again", PASSWORD):
        answer = type_password(browser(), user.email, password)
        assert answer.status_int == 429
        assert int(answer.headers["Retry-After"]) > 0
    assert type_password(browser(), "nobody@customer.test", PASSWORD).status_int == 400


def test_a12_an_unknown_address_is_limited_alike(browser: Any, tenant: Any) -> None:
    statuses = [type_password(browser(), "nobody@customer.test", "wrong").status_int for _ in range(12)]
    assert statuses == [400] * 10 + [429] * 2


def test_failing_elsewhere_does_not_lock_out_a_known_browser(browser: Any, user: Any, proofs: Proofs) -> None:
    proofs.password(user)
    mine = browser()
    assert type_password(mine, user.email).status_int == 303
    for number in range(11):
        type_password(browser(), user.email, f"wrong password {number}")
    assert type_password(browser(), user.email).status_int == 429
    assert type_password(mine, user.email).status_int == 303


def test_asking_for_mails_elsewhere_does_not_lock_out_a_known_browser(
    browser: Any, user: Any, proofs: Proofs
) -> None:
    """Ten asks from anywhere use up an address's day; the browser that its owner came in from counts by itself."""
    proofs.password(user)
    mine = browser()
    assert type_password(mine, user.email).status_int == 303
    for _number in range(3):
        ask(browser(), user.email, status=303)
    ask(browser(), user.email, status=429)
    ask(mine, user.email, status=303)


def test_a8_a_password_renews_session_browser_and_form_tokens(testapp: Any, user: Any, proofs: Proofs) -> None:
    proofs.password(user)
    before = token(testapp.get("/sign-in/password"))
    planted = "x" * 43
    testapp.set_cookie(cookies.SESSION, planted)
    browser_before = testapp.cookies[cookies.BROWSER]
    type_password(testapp, user.email)
    assert testapp.cookies[cookies.SESSION].strip('"') != planted
    assert testapp.cookies[cookies.BROWSER] != browser_before
    testapp.post("/sign-out", {"csrf_token": before}, status=400)


@pytest.mark.parametrize("target", ["//e.test", "https://e.test", "/\\e.test"])
def test_a10_no_open_redirect(testapp: Any, user: Any, proofs: Proofs, target: str) -> None:
    proofs.password(user)
    form = testapp.get("/sign-in/password", {"next": target}).forms["password"]
    assert form["next"].value == ""
    form["email"], form["password"], form["next"].value = user.email, PASSWORD, target
    assert form.submit().location == "http://portal.test/"


def test_a_portal_password_is_no_way_into_the_console(testapp: Any, user: Any, proofs: Proofs, database: Any) -> None:
    proofs.password(user)
    proofs.app(user)
    assert type_password(testapp, user.email, path="/staff/sign-in").status_int == 400
    assert sessions(database) == []


# The second step.


def test_with_an_app_a_password_needs_its_code(
    testapp: Any, user: Any, proofs: Proofs, database: Any, bill_group: Any
) -> None:
    proofs.password(user)
    proofs.app(user)
    form = testapp.get("/sign-in/password", {"next": f"/g/{bill_group.public_id}/"}).forms["password"]
    form["email"], form["password"] = user.email, PASSWORD
    answer = form.submit()
    assert answer.location == "http://portal.test/sign-in/second"
    assert sessions(database) == []
    assert cookies.SESSION not in testapp.cookies
    page = answer.follow()
    assert f"Signing in as {user.email}." in page.text
    answer = type_code(testapp, proofs.code())
    assert answer.location == f"http://portal.test/g/{bill_group.public_id}/"
    assert [session.method for session in sessions(database)] == ["password"]
    assert "Please start again" in testapp.get("/sign-in/second").text


def test_with_an_app_a_link_and_a_code_need_it_as_well(
    testapp: Any, user: Any, proofs: Proofs, database: Any, run_jobs: Any, outbox: Any, clock: Any
) -> None:
    proofs.app(user)
    for way in ("link", "code"):
        ask(testapp, EMAIL)
        run_jobs()
        path, mailed = link_and_code(outbox()[-1])
        if way == "link":
            answer = press(testapp, path)
        else:
            form = testapp.get("/sign-in/check").forms["code"]
            form["code"] = mailed
            answer = form.submit()
        assert answer.location.endswith("/sign-in/second")
        assert len(sessions(database)) == (0 if way == "link" else 1)
        assert type_code(testapp, proofs.code()).status_int == 303
        assert sessions(database)[-1].method == way
        clock.advance(minutes=1)


def test_a_wrong_code_counts_and_five_end_it(testapp: Any, user: Any, proofs: Proofs, database: Any) -> None:
    proofs.password(user)
    proofs.app(user)
    type_password(testapp, user.email)
    for left in range(4, -1, -1):
        answer = type_code(testapp, "000000")
        assert answer.status_int == 400
        assert ("second" in answer.forms) is (left > 0)
    assert "Please start again" in testapp.get("/sign-in/second").text
    answer = testapp.post("/sign-in/second", {"csrf_token": token(testapp.get("/sign-in")), "code": proofs.code()})
    assert answer.location.endswith("/sign-in/second")
    assert sessions(database) == []
    assert audit_codes(database).count("core.sign_in_failed") == 5


def test_a12_codes_are_limited_over_all_second_steps(browser: Any, user: Any, proofs: Proofs) -> None:
    """Who knows the password can begin anew for ever; the codes of the user are limited all the same."""
    proofs.password(user)
    proofs.app(user)
    statuses = []
    for _ in range(3):
        visitor = browser()
        type_password(visitor, user.email)
        statuses += [type_code(visitor, "000000").status_int for _ in range(4)]
    assert statuses == [400] * 10 + [429] * 2


def test_the_second_step_belongs_to_the_browser_that_did_the_first(
    testapp: Any, browser: Any, user: Any, proofs: Proofs, database: Any
) -> None:
    proofs.password(user)
    proofs.app(user)
    type_password(testapp, user.email)
    thief = browser()
    assert "Please start again" in thief.get("/sign-in/second").text
    thief.post("/sign-in/second", {"csrf_token": token(thief.get("/sign-in")), "code": proofs.code()}, status=303)
    assert sessions(database) == []
    assert type_code(testapp, proofs.code()).status_int == 303


def test_five_minutes_for_the_second_step(testapp: Any, user: Any, proofs: Proofs, clock: Any) -> None:
    proofs.password(user)
    proofs.app(user)
    type_password(testapp, user.email)
    clock.advance(minutes=5)
    assert "Please start again" in testapp.get("/sign-in/second").text


def test_a_code_serves_one_sign_in(testapp: Any, browser: Any, user: Any, proofs: Proofs) -> None:
    proofs.password(user)
    proofs.app(user)
    code = proofs.code()
    for visitor, status in ((testapp, 303), (browser(), 400)):
        type_password(visitor, user.email)
        assert type_code(visitor, code).status_int == status


def test_a_recovery_code_comes_in_once_and_says_how_many_are_left(
    testapp: Any, browser: Any, user: Any, proofs: Proofs, database: Any, bill_group: Any
) -> None:
    proofs.password(user)
    proofs.app(user)
    codes = proofs.codes(user)
    type_password(testapp, user.email)
    type_code(testapp, codes[0].lower())
    assert "9 are left" in testapp.get(f"/g/{bill_group.public_id}/").text
    assert "core.recovery_code_used" in audit_codes(database)
    other = browser()
    type_password(other, user.email)
    assert type_code(other, codes[0]).status_int == 400


def test_who_lost_access_meanwhile_does_not_come_in(
    testapp: Any, user: Any, proofs: Proofs, database: Any, make: Any
) -> None:
    proofs.password(user)
    proofs.app(user)
    type_password(testapp, user.email)
    with database.session(Scope.system_wide("test")) as db:
        db.get_one(User, user.id).disabled_at = database.clock.now()
    type_code(testapp, proofs.code())
    assert sessions(database) == []


@pytest.mark.parametrize("code", ["", "x" * 41, "<b>", "0" * 5000])
def test_codes_that_are_none(testapp: Any, user: Any, proofs: Proofs, code: str) -> None:
    proofs.password(user)
    proofs.app(user)
    type_password(testapp, user.email)
    page = type_code(testapp, code)
    assert page.status_int == 400
    assert page.html.find(attrs={"data-errors": True}) is not None


def test_nothing_is_left_behind(
    testapp: Any, user: Any, proofs: Proofs, database: Any, run_jobs: Any, clock: Any
) -> None:
    proofs.password(user)
    proofs.app(user)
    type_password(testapp, user.email)
    clock.advance(days=2)
    run_jobs(recurring=True)
    assert count(database, PendingSignIn) == 0
