"""Proving again who one is before a risky act: who is asked, by which proof, and the way back."""

from __future__ import annotations

from typing import Any

import pytest
import webtest
from door_steps import PASSWORD, SECURE_URL, Proofs, audit_codes, sessions, token
from signin_steps import CODE
from sqlalchemy import select

from riskportal.db.guard import Scope
from riskportal.identity.models import User, UserSession
from riskportal.identity.sessions import open_session
from riskportal.testing.factories import Factory


@pytest.fixture
def tenant(make: Factory) -> Any:
    return make.tenant(base_url=SECURE_URL)


@pytest.fixture
def browser(app: Any) -> Any:
    def open_browser() -> webtest.TestApp:
        return webtest.TestApp(
            app, extra_environ={"HTTP_HOST": "portal.test", "REMOTE_ADDR": "192.0.2.1", "wsgi.url_scheme": "https"}
        )

    return open_browser


@pytest.fixture
def proofs(database: Any, clock: Any) -> Proofs:
    return Proofs(database, clock)


@pytest.fixture
def enter(testapp: Any, portal: Any, clock: Any) -> Any:
    """`enter(user, kind)`: a browser whose session is open and whose proof is an hour old."""

    def do(user: User, kind: str = "portal") -> webtest.TestApp:
        with portal.database.session(Scope.tenant_wide(user.tenant_id)) as db:
            made = open_session(db, user, kind, clock.now(), portal.session_lifetime, "192.0.2.1", "tests")[1]
        clock.advance(hours=1)
        testapp.set_cookie("__Host-rp_staff" if kind == "staff" else "__Host-rp_session", made)
        return testapp

    return do


def proved(database: Any, clock: Any) -> bool:
    return sessions(database)[-1].proved_at == clock.now()


@pytest.fixture
def at(bill_group: Any) -> str:
    return f"/g/{bill_group.public_id}/account/confirm"


def send(page: Any, form: str, **values: str) -> Any:
    filled = page.forms[form]
    for name, value in values.items():
        filled[name] = value
    return filled.submit(status="*")


def test_a_password_proves_and_leads_back(
    enter: Any, user: Any, proofs: Proofs, database: Any, clock: Any, at: str, bill_group: Any
) -> None:
    proofs.password(user)
    testapp, back = enter(user), f"/g/{bill_group.public_id}/account/security"
    page = testapp.get(at, {"next": back})
    assert page.html.find("form", attrs={"data-passkey": "get"}) is None, "no passkey, no button"
    before = token(page)
    answer = send(page, "prove-password", password="wrong password here")
    assert answer.status_int == 400
    assert "not right" in answer.text
    assert not proved(database, clock)
    assert audit_codes(database)[-1] == "core.proof_failed"
    answer = send(answer, "prove-password", password=PASSWORD)
    assert answer.location == f"https://portal.test{back}"
    assert proved(database, clock)
    assert "core.proved" in audit_codes(database)
    # A form that waits in another tab can still be sent.
    testapp.post("/language", {"csrf_token": before, "language": "en", "return_to": "/"}, status=303)


def test_with_an_app_its_code_belongs_to_the_password(
    enter: Any, user: Any, proofs: Proofs, database: Any, clock: Any, at: str
) -> None:
    proofs.password(user)
    testapp = enter(user)
    proofs.app(user)
    codes = proofs.codes(user)
    page = testapp.get(at)
    assert send(page, "prove-password", password=PASSWORD, code="000000").status_int == 400
    assert send(page, "prove-password", password="wrong password here", code=proofs.code()).status_int == 400
    assert not proved(database, clock)
    assert send(page, "prove-password", password=PASSWORD, code=proofs.code()).status_int == 303
    assert proved(database, clock)
    assert send(page, "prove-password", password=PASSWORD, code=proofs.code()).status_int == 400, "used"
    assert send(page, "prove-password", password=PASSWORD, code=codes[0]).status_int == 303


def mailed_code(outbox: Any, run_jobs: Any) -> str:
    run_jobs()
    return CODE.search(outbox()[-1].get_body(("plain",)).get_content())[1]  # type: ignore[index]


def test_a_fresh_code_by_mail(
    enter: Any, user: Any, database: Any, clock: Any, at: str, outbox: Any, run_jobs: Any, bill_group: Any
) -> None:
    testapp = enter(user)
    page = testapp.get(at, {"next": f"/g/{bill_group.public_id}/account/security"})
    assert "prove-code" not in page.forms
    posted = {"csrf_token": token(page), "next": f"/g/{bill_group.public_id}/account/security"}
    page = testapp.post(f"{at}/code", posted).follow()
    code = mailed_code(outbox, run_jobs)
    assert str(outbox()[-1]["To"]) == user.email
    assert "A code is on its way" in page.text
    assert send(page, "prove-code", mailed="22222222").status_int == 400
    answer = send(page, "prove-code", mailed=code.lower())
    assert answer.location.endswith("/account/security")
    assert proved(database, clock)
    late = send(page, "prove-code", mailed=code)
    assert late.status_int == 400, "used"
    assert "That code is over" in late.html.find(id="prove-code-mailed-problem").text
    assert "Send a new code" in late.text


def test_one_primary_action_is_left(enter: Any, user: Any, proofs: Proofs, at: str) -> None:
    proofs.password(user)
    page = enter(user).get(at)
    primary = "main .btn.primary"
    assert [button.find_parent("form")["id"] for button in page.html.select(primary)] == ["prove-password"]
    mail = next(form for form in page.forms.values() if form.action.endswith("/confirm/code"))
    page = mail.submit().follow()
    assert [button.find_parent("form")["id"] for button in page.html.select(primary)] == ["prove-code"]
    assert "A code is on its way" in page.html.select_one(".panel .flashes").text


def test_a_code_that_came_too_late_says_so_and_offers_a_new_one(
    enter: Any, user: Any, proofs: Proofs, database: Any, clock: Any, at: str, outbox: Any, run_jobs: Any
) -> None:
    testapp = enter(user)
    proofs.app(user)
    page = testapp.post(f"{at}/code", {"csrf_token": token(testapp.get(at))}).follow()
    code = mailed_code(outbox, run_jobs)
    clock.advance(minutes=10)
    app_code = proofs.code()
    late = send(page, "prove-code", mailed=code, code=app_code)
    assert late.status_int == 400
    assert "That code is over" in late.html.find(id="prove-code-mailed-problem").text
    assert not proved(database, clock)
    # The button of the very page sends another, and the code of the app is still good for it.
    again = next(form for form in late.forms.values() if form.action.endswith("/code")).submit().follow()
    code = mailed_code(outbox, run_jobs)
    assert send(again, "prove-code", mailed=code, code=app_code).status_int == 303
    assert proved(database, clock)


def test_the_fifth_wrong_code_says_that_a_new_one_is_needed(
    enter: Any, user: Any, at: str, outbox: Any, run_jobs: Any
) -> None:
    testapp = enter(user)
    page = testapp.post(f"{at}/code", {"csrf_token": token(testapp.get(at))}).follow()
    code = mailed_code(outbox, run_jobs)
    answers = [send(page, "prove-code", mailed="22222222") for _try in range(5)]
    assert ["That code is over" in answer.text for answer in answers] == [False] * 4 + [True]
    assert "That code is over" in send(page, "prove-code", mailed=code).text


def test_a_code_by_mail_and_the_app(
    enter: Any, user: Any, proofs: Proofs, database: Any, clock: Any, at: str, outbox: Any, run_jobs: Any
) -> None:
    """A mailbox alone doesn't replace the app."""
    testapp = enter(user)
    proofs.app(user)
    page = testapp.post(f"{at}/code", {"csrf_token": token(testapp.get(at))}).follow()
    code = mailed_code(outbox, run_jobs)
    assert send(page, "prove-code", mailed=code, code="000000").status_int == 400
    assert send(page, "prove-code", mailed=code, code=proofs.code()).status_int == 303
    assert proved(database, clock)


def test_mails_are_limited(enter: Any, user: Any, at: str, outbox: Any, run_jobs: Any) -> None:
    testapp = enter(user)
    posted = {"csrf_token": token(testapp.get(at))}
    statuses = [testapp.post(f"{at}/code", posted, status="*").status_int for _ in range(5)]
    assert statuses == [303] * 3 + [429] * 2
    run_jobs()
    assert len(outbox()) == 3


def test_tries_are_limited(enter: Any, user: Any, proofs: Proofs, at: str) -> None:
    proofs.password(user)
    page = enter(user).get(at)
    statuses = [send(page, "prove-password", password=f"wrong {n}").status_int for n in range(12)]
    assert statuses == [400] * 10 + [429] * 2


def touch(testapp: Any, page: Any, device: Any, **lies: Any) -> Any:
    form = page.html.find("form", attrs={"data-passkey": "get"})
    posted = {"csrf_token": token(page)}
    options = testapp.post(form["data-options"], posted).json
    assert len(options["allowCredentials"]) == 1
    target = form.find("input", attrs={"name": "next"})["value"]
    posted |= {"next": target, "credential": device.sign(options, **lies)}
    return testapp.post(form["action"], posted, status="*")


def test_a_passkey_proves(
    enter: Any, user: Any, proofs: Proofs, make: Any, bill_group: Any, database: Any, clock: Any, at: str
) -> None:
    device = proofs.passkey(user)
    others = proofs.passkey(make.member(bill_group, "grace@customer.test"))
    testapp = enter(user)
    page = testapp.get(at, {"next": f"/g/{bill_group.public_id}/"})
    for wrong, lies in ((others, {}), (device, {"verified": False}), (device, {"origin": "https://evil.test"})):
        answer = touch(testapp, page, wrong, **lies)
        assert answer.location.startswith(f"https://portal.test{at}?next=")
        assert "notice bad" in answer.follow().text
        assert not proved(database, clock)
    assert touch(testapp, page, device).location == f"https://portal.test/g/{bill_group.public_id}/"
    assert proved(database, clock)


def test_the_console_takes_passkey_or_password_with_app(
    enter: Any, make: Any, tenant: Any, proofs: Proofs, database: Any, clock: Any
) -> None:
    staff = make.staff(tenant)
    proofs.password(staff)
    testapp = enter(staff, "staff")
    page = testapp.get("/staff/confirm", {"next": "/staff/x"})
    assert not page.forms.get("prove-password"), "a password alone proves nothing here"
    assert "There is no way to confirm this" in page.text
    proofs.app(staff)
    page = testapp.get("/staff/confirm", {"next": "/staff/x"})
    assert "by mail" not in page.text
    answer = send(page, "prove-password", password=PASSWORD, code=proofs.code())
    assert answer.location == "https://portal.test/staff/x"
    assert proved(database, clock)
    clock.advance(hours=1)
    device = proofs.passkey(staff)
    page = testapp.get("/staff/confirm")
    assert touch(testapp, page, device).location == "https://portal.test/staff"
    assert proved(database, clock)


def test_forms_that_the_page_does_not_have(enter: Any, user: Any, at: str, database: Any, clock: Any) -> None:
    testapp = enter(user)
    posted = {"csrf_token": token(testapp.get(at))}
    for form in ("prove-password", "prove-code", "", "x", "prove-password\r\n"):
        testapp.post(at, posted | {"__formid__": form, "password": PASSWORD}, status=404)
    testapp.post(at, posted | {"credential": "junk"}, status=303)
    assert not proved(database, clock)


@pytest.mark.parametrize("target", ["//e.test", "https://e.test", "/\\e.test", "javascript:alert(1)", "x" * 600])
def test_a10_no_open_redirect(enter: Any, user: Any, proofs: Proofs, at: str, bill_group: Any, target: str) -> None:
    proofs.password(user)
    testapp, home = enter(user), f"https://portal.test/g/{bill_group.public_id}/"
    page = testapp.get(at, {"next": target})
    assert page.forms["prove-password"]["next"].value == f"/g/{bill_group.public_id}/"
    page.forms["prove-password"]["next"].value = target
    assert send(page, "prove-password", password=PASSWORD).location == home


def test_proving_is_for_those_who_are_signed_in(testapp: Any, user: Any, at: str) -> None:
    assert testapp.get(at).location.startswith("https://portal.test/sign-in?next=")
    assert testapp.get("/staff/confirm").location.startswith("https://portal.test/staff/sign-in?next=")
    testapp.post(at, status=303)


def test_a_session_proves_for_itself_alone(
    enter: Any, user: Any, proofs: Proofs, database: Any, clock: Any, at: str, portal: Any
) -> None:
    proofs.password(user)
    enter(user)
    testapp = enter(user)
    send(testapp.get(at), "prove-password", password=PASSWORD)
    with database.session(Scope.system_wide("test"), write=False) as db:
        times = [row.proved_at for row in db.scalars(select(UserSession).order_by(UserSession.id))]
    assert times[0] < times[1] == clock.now()
