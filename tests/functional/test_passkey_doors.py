"""Passkeys at the doors of portal and console, by pages: A15 once more, and when the button is there at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
import webtest
from door_steps import SECURE_URL, Proofs, audit_codes, sessions, token, touch
from signin_steps import count

from riskportal.db.guard import Scope
from riskportal.identity import passkeys
from riskportal.identity.links import STAFF_SETUP, make_link
from riskportal.identity.models import Passkey, PasskeyChallenge
from riskportal.identity.proofs import Ways, ways_of
from riskportal.security import cookies
from riskportal.testing.authenticator import Authenticator
from riskportal.testing.factories import Factory


@pytest.fixture
def tenant(make: Factory) -> Any:
    """With an address that passkeys can be tied to."""
    return make.tenant(base_url=SECURE_URL)


@pytest.fixture
def browser(app: Any) -> Any:
    """Browsers that come by https, as passkeys want it."""

    def open_browser() -> webtest.TestApp:
        return webtest.TestApp(
            app, extra_environ={"HTTP_HOST": "portal.test", "REMOTE_ADDR": "192.0.2.1", "wsgi.url_scheme": "https"}
        )

    return open_browser


@pytest.fixture
def proofs(database: Any, clock: Any) -> Proofs:
    return Proofs(database, clock)


def test_into_the_portal_in_one_step_app_or_not(
    testapp: Any, user: Any, proofs: Proofs, database: Any, bill_group: Any
) -> None:
    device = proofs.passkey(user)
    proofs.app(user)
    home = f"/g/{bill_group.public_id}/"
    answer = touch(testapp, device, next_path=home)
    assert answer.location == f"https://portal.test{home}"
    assert [(s.kind, s.method) for s in sessions(database)] == [("portal", "passkey")]
    assert testapp.cookies[f"__Host-{cookies.SESSION}"]
    testapp.get(home, status=200)


def test_into_the_console(testapp: Any, make: Any, tenant: Any, proofs: Proofs, database: Any) -> None:
    staff = make.staff(tenant)
    answer = touch(testapp, proofs.passkey(staff), "/staff/sign-in")
    assert answer.location == "https://portal.test/staff"
    assert [(s.kind, s.method) for s in sessions(database)] == [("staff", "passkey")]
    assert f"__Host-{cookies.SESSION}" not in testapp.cookies, "the console has a cookie of its own"


LIES = [{"rp_id": "evil.test"}, {"origin": "https://evil.test"}, {"verified": False}, {"challenge": "A" * 86}]


@pytest.mark.parametrize("door", ["/sign-in", "/staff/sign-in"])
@pytest.mark.parametrize("lies", LIES)
def test_a15_lies_lead_back_to_the_door(
    testapp: Any, make: Any, bill_group: Any, tenant: Any, proofs: Proofs, database: Any, door: str, lies: Any
) -> None:
    user = make.staff(tenant) if door.startswith("/staff") else make.member(bill_group)
    answer = touch(testapp, proofs.passkey(user), door, next_path="/staff/x", **lies)
    assert answer.location == f"https://portal.test{door}?next=%2Fstaff%2Fx"
    assert sessions(database) == []
    assert "notice bad" in answer.follow().text


def test_a15_a_replayed_answer_and_one_from_another_browser(
    testapp: Any, browser: Any, user: Any, proofs: Proofs, database: Any
) -> None:
    device, thief = proofs.passkey(user), browser()
    page = testapp.get("/sign-in")
    options = testapp.post("/sign-in/passkey/options", {"csrf_token": token(page)}).json
    stolen = {"credential": device.sign(options), "next": ""}
    thief.post("/sign-in/passkey", stolen | {"csrf_token": token(thief.get("/sign-in"))}, status=303)
    assert sessions(database) == []
    testapp.post("/sign-in/passkey", stolen | {"csrf_token": token(page)}, status=303)
    assert len(sessions(database)) == 1
    again = {"csrf_token": token(testapp.get("/sign-in"))}
    testapp.post("/sign-in/passkey", stolen | again, status=303)
    assert len(sessions(database)) == 1


def test_a15_a_copied_passkey_is_refused_and_noted(
    testapp: Any, user: Any, proofs: Proofs, database: Any, tenant: Any
) -> None:
    device = proofs.passkey(user)
    device.credentials[0].count = 7
    assert touch(testapp, device).status_int == 303
    answer = touch(testapp, device, count=8)
    assert "copied" in answer.follow().text
    assert len(sessions(database)) == 1
    assert audit_codes(database)[-1] == "core.passkey_copied"
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        assert db.query(Passkey).one().sign_count == 8


def test_a_passkey_of_somebody_who_may_not_enter(
    testapp: Any, user: Any, make: Any, tenant: Any, proofs: Proofs, database: Any
) -> None:
    stranger = make.user(tenant, "gone@customer.test")
    answer = touch(testapp, proofs.passkey(stranger))
    assert "no account lets you in" in answer.follow().text
    answer = touch(testapp, proofs.passkey(user), "/staff/sign-in")
    assert "you don&#39;t work here" in answer.follow().text
    staff = make.staff(tenant)
    assert "no account lets you in" in touch(testapp, proofs.passkey(staff)).follow().text
    assert sessions(database) == []


def test_a_passkey_that_nobody_knows(testapp: Any, user: Any, database: Any) -> None:
    device = Authenticator(SECURE_URL)
    page = testapp.get("/sign-in")
    options = testapp.post("/sign-in/passkey/options", {"csrf_token": token(page)}).json
    device.make({"user": {"id": "AAAA"}, "challenge": options["challenge"]})
    posted = {"csrf_token": token(page), "credential": device.sign(options)}
    assert "isn&#39;t known here" in testapp.post("/sign-in/passkey", posted).follow().text
    for junk in ("", "{", "[]", "x" * 9000):
        testapp.post("/sign-in/passkey", posted | {"credential": junk}, status=303)
    testapp.post("/sign-in/passkey", {"csrf_token": token(page)}, status=303)
    assert sessions(database) == []


# 3000 opening brackets; a longer body would lie in a file that only the collector closes.
NESTED = json.dumps({"id": "x", "response": {"clientDataJSON": "W1tb" * 1000}})


@pytest.mark.parametrize("door", ["/sign-in", "/staff/sign-in"])
def test_anonymous_junk_leads_back_to_the_door(
    testapp: Any, user: Any, proofs: Proofs, database: Any, door: str
) -> None:
    device = proofs.passkey(user)
    page = testapp.get(door)
    for change in (None, {"id": "\ud800"}, {"id": "\0"}, {"id": "x\0"}, {"id": []}):
        options = testapp.post(f"{door}/passkey/options", {"csrf_token": token(page)}).json
        junk = NESTED if change is None else json.dumps(json.loads(device.sign(options)) | change)
        answer = testapp.post(f"{door}/passkey", {"csrf_token": token(page), "credential": junk}, status=303)
        assert "notice bad" in answer.follow().text
    assert sessions(database) == []


def test_h7_a_passkey_by_set_up_link_ends_every_other_proof(
    testapp: Any, browser: Any, make: Any, tenant: Any, proofs: Proofs, database: Any, clock: Any, monkeypatch: Any
) -> None:
    """Twenty lost passkeys are no obstacle either: they go. The device may hold one that is replaced."""
    staff = make.staff(tenant)
    lost = proofs.passkey(staff)
    proofs.password(staff)
    proofs.app(staff)
    proofs.codes(staff)
    monkeypatch.setattr(passkeys, "MOST", 1)
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        path = f"/staff/set-up/{make_link(db, staff, STAFF_SETUP, clock.now())}"
    page = testapp.get(path)
    assert "set up before stop working at once" in page.text
    posted = {"csrf_token": token(page), "name": "New laptop"}
    options = testapp.post(f"{path}/passkey/options", posted).json
    assert not options.get("excludeCredentials")
    fresh = Authenticator(SECURE_URL)
    answer = testapp.post(f"{path}/passkey", posted | {"credential": fresh.make(options)}, status=303)
    assert answer.location == "https://portal.test/staff"
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        assert ways_of(db, staff) == Ways(password=False, totp=False, passkeys=1, recovery_left=0)
    assert "isn&#39;t known here" in touch(browser(), lost, "/staff/sign-in").follow().text
    assert touch(browser(), fresh, "/staff/sign-in").location == "https://portal.test/staff"
    assert "core.staff_proofs_ended" in audit_codes(database)


def test_a_refused_passkey_leaves_link_and_earlier_proofs(
    testapp: Any, make: Any, tenant: Any, proofs: Proofs, database: Any, clock: Any
) -> None:
    staff = make.staff(tenant)
    known = proofs.passkey(staff)
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        path = f"/staff/set-up/{make_link(db, staff, STAFF_SETUP, clock.now())}"
    posted = {"csrf_token": token(testapp.get(path))}
    options = testapp.post(f"{path}/passkey/options", posted).json
    lie = Authenticator(SECURE_URL).make(options, verified=False)
    testapp.post(f"{path}/passkey", posted | {"credential": lie}, status=303)
    assert sessions(database) == []
    assert touch(testapp, known, "/staff/sign-in").location == "https://portal.test/staff"
    testapp.get(path, status=200)


def test_a11_the_challenge_names_nobody(testapp: Any, browser: Any, user: Any, proofs: Proofs) -> None:
    def options() -> Any:
        visitor = browser()
        answer = visitor.post("/sign-in/passkey/options", {"csrf_token": token(visitor.get("/sign-in"))}).json
        assert len(answer.pop("challenge")) >= 86
        return answer

    before = options()
    proofs.passkey(user)
    assert options() == before


def test_a12_challenges_are_limited(testapp: Any, user: Any, database: Any) -> None:
    posted = {"csrf_token": token(testapp.get("/sign-in"))}
    statuses = [testapp.post("/sign-in/passkey/options", posted, status="*").status_int for _ in range(122)]
    assert statuses == [200] * 120 + [429] * 2
    assert count(database, PasskeyChallenge) == 120


def test_challenges_need_a_form_token(testapp: Any, tenant: Any) -> None:
    for path in ("/sign-in/passkey/options", "/staff/sign-in/passkey/options", "/sign-in/passkey"):
        testapp.post(path, status=400)
        posted = {"csrf_token": token(testapp.get("/sign-in"))}
        testapp.post(path, posted, headers={"Sec-Fetch-Site": "cross-site"}, status=403)


PLACES = [
    ("https://portal.test", "portal.test", "https", None),
    ("https://portal.test", "portal.test:443", "https", None),
    # A proxy that ends https may speak http to us.
    ("https://portal.test", "portal.test", "http", None),
    ("http://portal.test", "portal.test", "http", "need an address with a name and https"),
    ("https://main.test", "portal.test", "https", "https://main.test/sign-in"),
    ("https://192.0.2.7", "portal.test", "https", "need an address with a name and https"),
    ("http://127.0.0.1:6543", "portal.test", "http", "http://localhost:6543/sign-in"),
]


@pytest.mark.parametrize(("base_url", "host", "scheme", "note"), PLACES)
def test_the_button_is_there_where_passkeys_work_and_else_the_page_says_why(
    make: Any, app: Any, base_url: str, host: str, scheme: str, note: str | None
) -> None:

    make.tenant(base_url=base_url)
    visitor = webtest.TestApp(app, extra_environ={"HTTP_HOST": host, "wsgi.url_scheme": scheme})
    for door in ("/sign-in", "/staff/sign-in"):
        page = visitor.get(door)
        form = page.html.find("form", attrs={"data-passkey": "get"})
        assert (form is not None) is (note is None)
        assert note is None or note.replace("/sign-in", door) in page.text
        if form is not None:
            assert form.has_attr("hidden"), "shown by script alone"
            assert "need JavaScript" in page.text


def test_without_a_place_for_passkeys_there_is_no_challenge(make: Any, app: Any) -> None:

    make.tenant(base_url="http://portal.test")
    visitor = webtest.TestApp(app, extra_environ={"HTTP_HOST": "portal.test"})
    posted = {"csrf_token": token(visitor.get("/sign-in"))}
    visitor.post("/sign-in/passkey/options", posted, status=404)
    visitor.post("/sign-in/passkey", posted, status=404)
