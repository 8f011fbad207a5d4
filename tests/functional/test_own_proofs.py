"""Passkeys, password, authenticator app and recovery codes of one's own login, for customers and for staff."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from sqlalchemy import select

from riskportal.audit.models import AuditEntry
from riskportal.db.guard import Scope
from riskportal.identity import passwords, recovery, totp
from riskportal.identity.models import (
    Passkey,
    PasskeyChallenge,
    Password,
    RecoveryCode,
    StaffMember,
    Totp,
    UserSession,
)
from riskportal.tenancy.models import Tenant
from riskportal.testing.web import SECRET

GOOD = "correct horse battery staple"
HOSTILE_CODES = ["", "000000", "12345", "abcdef", "1" * 41, "１２３４５６", "<b>", "0x1234"]


@pytest.fixture(params=["portal", "staff"])
def area(request: Any) -> str:
    return str(request.param)


@pytest.fixture
def person(area: str, user: Any, make: Any, tenant: Any) -> Any:
    return make.staff(tenant, role="read_only") if area == "staff" else user


@pytest.fixture
def visitor(testapp: Any, signed_in: Any, person: Any, area: str) -> Any:
    return signed_in(testapp, person, kind=area)


@pytest.fixture
def at(area: str, bill_group: Any) -> Any:
    """`at("/password")`: the address of a page of one's own login."""

    def address(below: str = "") -> str:
        start = "/staff" if area == "staff" else f"/g/{bill_group.public_id}"
        return f"{start}/account/security{below}"

    return address


@pytest.fixture
def add_passkey(make: Any, clock: Any) -> Any:
    """`add_passkey(user, "Laptop")`: a passkey as if a browser had made it."""

    def add(user: Any, name: str = "Laptop") -> Passkey:
        return make.save(
            Passkey(
                tenant_id=user.tenant_id, user_id=user.id, name=name, credential_id=f"id-{make.number()}",
                public_key="a2V5", sign_count=0, transports=[], backed_up=False, created_at=clock.now(),
            )
        )  # fmt: skip

    return add


def rows(database: Any, model: Any) -> list[Any]:
    with database.session(Scope.system_wide("test"), write=False) as db:
        return list(db.scalars(select(model).order_by(model.id)))


def told(run_jobs: Any, outbox: Any) -> list[str]:
    """The first line of every mail about a change, in alphabetical order."""
    run_jobs()
    return sorted(mail.get_body(("plain",)).get_content().splitlines()[0] for mail in outbox())


def codes_of(database: Any) -> list[str]:
    return [entry.code for entry in rows(database, AuditEntry)]


def set_up_app(visitor: Any, at: Any, clock: Any) -> tuple[Any, str]:
    """Turn an app on as a person does; gives the answer and the secret."""
    page = visitor.get(at("/app"))
    shared = page.html.select_one("code.mono").text.replace(" ", "")
    form = page.forms["app"]
    form["code"] = totp.code_at(shared, totp.step_at(clock.now()))
    return form.submit("on"), shared


def press(page: Any, ending: str, **kw: Any) -> Any:
    return next(form for form in page.forms.values() if form.action.endswith(ending)).submit(**kw)


def test_a_password_is_set_changed_and_removed(
    visitor: Any, person: Any, at: Any, add_passkey: Any, database: Any, run_jobs: Any, outbox: Any
) -> None:
    add_passkey(person)
    form = visitor.get(at("/password")).forms["password"]
    form["password"] = form["again"] = f"  {GOOD} "  # taken exactly as typed
    page = form.submit("save").follow()
    assert "Your password is set." in page.text
    with database.session(Scope.tenant(person.tenant_id)) as db:
        assert passwords.verify(db, person, f"  {GOOD} ") and not passwords.verify(db, person, GOOD)
    page = visitor.get(at("/password"))
    assert GOOD not in page.text and "Change password" in page.text
    form = page.forms["password"]
    form["password"] = form["again"] = GOOD * 2
    form.submit("save", status=303)
    page = press(visitor.get(at("/password")), "/remove").follow()
    assert "You have no password any more." in page.text
    assert rows(database, Password) == []
    assert told(run_jobs, outbox) == [
        "A password was set for your login.",
        "A password was set for your login.",
        "The password of your login was removed.",
    ]
    assert codes_of(database) == ["core.password_set"] * 2 + ["core.password_removed"]


def test_removing_twice_tells_once(visitor: Any, person: Any, at: Any, add_passkey: Any, database: Any) -> None:
    add_passkey(person)
    form = visitor.get(at("/password")).forms["password"]
    form["password"] = form["again"] = GOOD
    form.submit("save")
    removal = next(f for f in visitor.get(at("/password")).forms.values() if f.action.endswith("/remove"))
    for _ in range(2):
        removal.submit(status=303)
    assert codes_of(database).count("core.password_removed") == 1


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "at least 12"),
        ("aaaaaaaaaaaaaaaa", "Repeats"),
        ("passwordpassword", "Repeats"),
        ("qwertyuiopasdf", "tried first"),
        ("adacustomertest", "your name|at least"),
        ("x" * 5000, "at most|longer"),
        ("", "fill this in"),
    ],
)
def test_weak_passwords_are_refused_beside_the_field(
    testapp: Any, signed_in: Any, user: Any, bill_group: Any, database: Any, password: str, why: str
) -> None:
    visitor = signed_in(testapp, user)
    form = visitor.get(f"/g/{bill_group.public_id}/account/security/password").forms["password"]
    form["password"] = form["again"] = password
    answer = form.submit("save", status=400)
    problem = answer.html.find(id="password-password-problem")
    assert problem is not None and re.search(why, problem.text), problem
    assert answer.html.find(attrs={"data-errors": True}) is not None
    assert password in ("", "short") or password not in answer.text
    form["password"], form["again"] = GOOD, GOOD + "!"
    assert form.submit("save", status=400).html.find(id="password-again-problem") is not None
    assert rows(database, Password) == []


def test_the_meter_judges_as_the_form_does(visitor: Any, at: Any, person: Any) -> None:
    token = visitor.get(at("/password")).forms["password"]["csrf_token"].value
    scores = {}
    for typed in ("a", "alder hosting staff", GOOD, "x" * 5000, "ẞ€\u202e" * 9, " "):
        answer = visitor.post(at("/password/strength"), {"csrf_token": token, "password": typed})
        assert answer.headers["Cache-Control"] == "private, no-store"
        scores[typed] = answer.json["score"]
        assert bool(answer.json["hint"]) == (answer.json["score"] < 3)
    assert scores["a"] == 0 and scores[GOOD] >= 3 and scores["x" * 5000] < 3
    visitor.post(at("/password/strength"), {"password": GOOD}, status=400)
    for _ in range(90):
        answer = visitor.post(at("/password/strength"), {"csrf_token": token, "password": "a"}, status=[200, 429])
    assert answer.status_int == 429


def test_an_app_is_set_up_with_its_recovery_codes(
    visitor: Any, person: Any, at: Any, clock: Any, database: Any, run_jobs: Any, outbox: Any
) -> None:
    page = visitor.get(at("/app"))
    picture = visitor.get(page.html.select_one(".scan img")["src"])
    assert picture.content_type == "image/svg+xml" and picture.headers["Cache-Control"] == "private, no-store"
    assert rows(database, Totp) == []  # looking keeps nothing
    answer, shared = set_up_app(visitor, at, clock)
    codes = [item.text for item in answer.html.select("ol.codes li")]
    assert len(codes) == 10 == len(set(codes))
    with database.session(Scope.tenant(person.tenant_id)) as db:
        assert totp.is_on(db, person)
        assert recovery.use(db, person, codes[0], SECRET, clock.now())
        # The first code was used up by the set-up itself.
        assert not totp.verify(db, person, totp.code_at(shared, totp.step_at(clock.now())), SECRET, clock.now())
    assert codes[1] not in visitor.get(at("/recovery-codes")).text
    file = press(answer, "/file")
    assert file.content_type == "text/plain" and "attachment" in file.headers["Content-Disposition"]
    assert all(code in file.text for code in codes)
    assert told(run_jobs, outbox) == [
        "An authenticator app was set up for your login.",
        "New recovery codes were made for your login.",
    ]
    assert "9 left" in visitor.get(at()).text


def test_wrong_codes_keep_the_page_and_its_picture(visitor: Any, at: Any, clock: Any, database: Any) -> None:
    page = visitor.get(at("/app"))
    nonce = page.forms["app"]["nonce"].value
    shared = page.html.select_one("code.mono").text
    for code in HOSTILE_CODES:
        form = page.forms["app"]
        form["code"] = code
        answer = form.submit("on", status=400)
        assert answer.html.find(id="app-code-problem") is not None
        assert answer.forms["app"]["nonce"].value == nonce and shared in answer.text
    assert rows(database, Totp) == []
    token = page.forms["app"]["csrf_token"].value
    for nonce in ("", "x", "../" * 20, "x" * 44, "\u202e" * 43):
        visitor.post(at("/app"), {"csrf_token": token, "code": "123456", "nonce": nonce}, status=400)
        visitor.get(at("/app/code.svg"), {"n": nonce}, status=404)


def test_an_apps_secret_belongs_to_one_session(
    visitor: Any, browser: Any, signed_in: Any, person: Any, area: str, at: Any, clock: Any, database: Any
) -> None:
    """A set-up page that somebody else has seen, or left open in another session, turns nothing on here."""
    page = visitor.get(at("/app"))
    shared = page.html.select_one("code.mono").text.replace(" ", "")
    other = signed_in(browser(), person, kind=area)
    form = other.get(at("/app")).forms["app"]
    form["nonce"].force_value(page.forms["app"]["nonce"].value)
    form["code"] = totp.code_at(shared, totp.step_at(clock.now()))
    form.submit("on", status=400)
    assert rows(database, Totp) == []


def test_a_new_phone_replaces_the_old_one_and_keeps_the_codes(
    visitor: Any, at: Any, clock: Any, database: Any
) -> None:
    set_up_app(visitor, at, clock)
    kept = [row.code_hash for row in rows(database, RecoveryCode)]
    clock.advance(minutes=2)
    answer, _shared = set_up_app(visitor, at, clock)
    assert answer.status_int == 303
    assert [row.code_hash for row in rows(database, RecoveryCode)] == kept
    assert len(rows(database, Totp)) == 1


def test_an_app_and_its_codes_go_together(
    visitor: Any, person: Any, at: Any, clock: Any, database: Any, add_passkey: Any
) -> None:
    add_passkey(person)
    set_up_app(visitor, at, clock)
    page = visitor.get(at("/app"))
    removal = next(form for form in page.forms.values() if form.action.endswith("/remove"))
    assert "Your authenticator app is off." in removal.submit().follow().text
    removal.submit(status=303)
    assert rows(database, Totp) == rows(database, RecoveryCode) == []
    assert codes_of(database).count("core.app_removed") == 1
    # Without an app there is nothing that codes would be for.
    assert visitor.get(at("/recovery-codes")).location.endswith("/app")


def test_new_codes_end_the_old_ones(
    visitor: Any, person: Any, at: Any, clock: Any, database: Any, run_jobs: Any, outbox: Any
) -> None:
    first, _shared = set_up_app(visitor, at, clock)
    old = [item.text for item in first.html.select("ol.codes li")]
    page = visitor.get(at("/recovery-codes"))
    assert "You have 10 codes left" in page.text
    answer = press(page, "/recovery-codes")
    new = [item.text for item in answer.html.select("ol.codes li")]
    assert len(new) == 10 and not set(old) & set(new)
    with database.session(Scope.tenant(person.tenant_id)) as db:
        assert not recovery.use(db, person, old[0], SECRET, clock.now())
        assert recovery.use(db, person, new[0], SECRET, clock.now())
    token = page.forms[0]["csrf_token"].value
    for codes in (
        "",
        "x" * 5000,
        "ABCDE-FGHJK; rm",
        "<script>",
        "ABCDE-FGHJK\r\nX: y",
        " ".join(["ABCDE-FGHJK"] * 21),
    ):
        visitor.post(at("/recovery-codes/file"), {"csrf_token": token, "codes": codes}, status=400)


def test_passkeys_are_renamed_and_removed(
    visitor: Any, person: Any, at: Any, add_passkey: Any, database: Any, run_jobs: Any, outbox: Any
) -> None:
    first, second = add_passkey(person, "Laptop"), add_passkey(person, "Phone")
    page = visitor.get(at())
    assert "Laptop" in page.text and "2 passkeys" in page.text
    form = visitor.get(at(f"/passkeys/{first.public_id}")).forms["passkey"]
    form["name"] = " <b>Büro</b> "
    page = form.submit("save").follow()
    assert "&lt;b&gt;Büro&lt;/b&gt;" in page.text and "<b>Büro" not in page.text
    for name in ("", "x" * 81, "a\u202eb", "\u200b"):
        form["name"] = name
        answer = form.submit("save", status=400)
        assert answer.html.find(id="passkey-name-problem") is not None, name
    page = visitor.get(at(f"/passkeys/{second.public_id}"))
    removal = next(form for form in page.forms.values() if form.action.endswith("/remove"))
    removal.submit(status=303)
    removal.submit(status=404)
    assert [row.name for row in rows(database, Passkey)] == ["<b>Büro</b>"]
    assert told(run_jobs, outbox) == [
        "A passkey was removed: Phone.",
        "A passkey was renamed: Laptop is now <b>Büro</b>.",
    ]


def test_anothers_passkey_answers_as_an_absent_one(
    visitor: Any, at: Any, add_passkey: Any, make: Any, tenant: Any, bill_group: Any, database: Any, other_tenant: Any
) -> None:
    eve = make.member(bill_group, "eve@customer.test")
    make.save(StaffMember(tenant_id=tenant.id, user_id=eve.id, role="owner"))
    stranger = make.user(other_tenant, "eve@customer.test")
    token = visitor.get(at()).forms[0]["csrf_token"].value
    for passkey in (add_passkey(eve, "Hers"), add_passkey(stranger, "Far")):
        for wanted in (passkey.public_id, passkey.public_id.upper(), str(passkey.id)):
            visitor.get(at(f"/passkeys/{wanted}"), status=404)
            posted = {"csrf_token": token, "__formid__": "passkey", "name": "Mine", "save": "save"}
            visitor.post(at(f"/passkeys/{wanted}"), posted, status=404)
            visitor.post(at(f"/passkeys/{wanted}/remove"), {"csrf_token": token}, status=404)
    assert [row.name for row in rows(database, Passkey)] == ["Hers", "Far"]


def test_only_the_browsers_own_answer_makes_a_passkey(visitor: Any, at: Any, database: Any, tenant: Any) -> None:
    page = visitor.get(at("/passkeys/add"))
    assert "need an address with a name and https" in page.text  # http://portal.test is none
    token = page.forms[0]["csrf_token"].value
    visitor.post(at("/passkeys/add/options"), {"csrf_token": token}, status=404)
    with database.session(Scope.system_wide("test")) as db:
        db.get_one(Tenant, tenant.id).base_url = "http://portal.localhost"
    page = visitor.get(at("/passkeys/add"))
    assert page.html.select_one("main a[href^='http://portal.localhost/']") is not None
    options = visitor.post(at("/passkeys/add/options"), {"csrf_token": token}).json
    assert options["rp"]["id"] == "portal.localhost" and options["excludeCredentials"] == []
    for answer in (
        "",
        "{}",
        "[]",
        "null",
        "x" * 9000,
        json.dumps({"response": {"clientDataJSON": "AAAA"}}),
        "[" * 2500,
    ):
        posted = {"csrf_token": token, "credential": answer, "name": "Evil"}
        landed = visitor.post(at("/passkeys/add"), posted, status=303)
        assert landed.location.endswith("/passkeys/add")
        assert "bad" in landed.follow().html.select_one(".flashes .notice")["class"]
    assert rows(database, Passkey) == []


def test_staff_never_remove_their_last_way_in(
    browser: Any, signed_in: Any, make: Any, tenant: Any, add_passkey: Any, database: Any, clock: Any
) -> None:
    """A passkey, or a password with an app: one of them stays, whichever page is asked and however."""
    colleague = make.staff(tenant, "lee@alder.test")
    visitor = signed_in(browser(), colleague, kind="staff")

    def at(below: str) -> str:
        return f"/staff/account/security{below}"

    only = add_passkey(colleague)
    page = visitor.get(at(f"/passkeys/{only.public_id}"))
    assert "last way into the console" in page.text
    assert not any(form.action.endswith("/remove") for form in page.forms.values())
    token = page.forms["passkey"]["csrf_token"].value
    answer = visitor.post(at(f"/passkeys/{only.public_id}/remove"), {"csrf_token": token}, status=303).follow()
    assert "Not removed" in answer.text and len(rows(database, Passkey)) == 1
    # A password alone is no way in; with an app it is.
    form = visitor.get(at("/password")).forms["password"]
    form["password"] = form["again"] = GOOD
    form.submit("save")
    assert (
        "Not removed" in visitor.post(at(f"/passkeys/{only.public_id}/remove"), {"csrf_token": token}).follow().text
    )
    set_up_app(visitor, at, clock)
    visitor.post(at(f"/passkeys/{only.public_id}/remove"), {"csrf_token": token}, status=303)
    assert rows(database, Passkey) == []
    for page in ("/password", "/app"):
        assert "last way into the console" in visitor.get(at(page)).text
        assert "Not removed" in visitor.post(at(f"{page}/remove"), {"csrf_token": token}).follow().text
    assert len(rows(database, Password)) == len(rows(database, Totp)) == 1


def test_staff_change_their_proofs_in_the_console_only(
    testapp: Any, signed_in: Any, make: Any, tenant: Any, user: Any, bill_group: Any, add_passkey: Any, database: Any
) -> None:
    """The portal opens to whoever reads a mailbox; a passkey that is added there would open the console as well."""
    make.save(StaffMember(tenant_id=tenant.id, user_id=user.id, role="support"))
    passkey, visitor = add_passkey(user), signed_in(testapp, user)
    start = f"/g/{bill_group.public_id}/account/security"
    page = visitor.get(start)
    assert "You work here" in page.text
    assert not page.html.select("main a[href*='/passkeys'], main a[href*='/password'], main a[href*='/app']")
    token = page.forms[0]["csrf_token"].value
    shown = ["/password", "/app", "/recovery-codes", "/passkeys/add", "/email", f"/passkeys/{passkey.public_id}"]
    for below in shown:
        assert visitor.get(start + below, status=303).location.endswith("/account/security"), below
    posted = {"csrf_token": token, "password": GOOD, "again": GOOD, "__formid__": "password", "save": "save"}
    visitor.post(f"{start}/password", posted, status=303)
    for below in (
        "/password/remove",
        "/app/remove",
        f"/passkeys/{passkey.public_id}/remove",
        "/passkeys/add/options",
    ):
        visitor.post(start + below, {"csrf_token": token}, status=303)
    assert rows(database, Password) == rows(database, PasskeyChallenge) == []
    assert len(rows(database, Passkey)) == 1


def test_risky_pages_want_a_recent_proof(
    visitor: Any, person: Any, area: str, at: Any, clock: Any, add_passkey: Any, database: Any
) -> None:
    passkey = add_passkey(person)
    token = visitor.get(at()).forms[0]["csrf_token"].value
    clock.advance(minutes=31)
    door = "/staff/confirm" if area == "staff" else "/account/confirm"
    one = f"/passkeys/{passkey.public_id}"
    for below in ("/password", "/app", "/app/code.svg", "/recovery-codes", "/passkeys/add", "/email", one):
        assert door in visitor.get(at(below), status=303).location, below
    acts = ["/password", "/password/remove", "/app", "/app/remove", "/recovery-codes", "/passkeys/add", "/email"]
    for below in [*acts, "/passkeys/add/options", one, f"{one}/remove"]:
        assert door in visitor.post(at(below), {"csrf_token": token}, status=303).location, below
    assert len(rows(database, Passkey)) == 1 and rows(database, Password) == []
    assert visitor.get(at()).status_int == 200  # looking at the overview asks for nothing


def test_a_revoked_session_changes_nothing(visitor: Any, at: Any, database: Any, clock: Any) -> None:
    form = visitor.get(at("/password")).forms["password"]
    form["password"] = form["again"] = GOOD
    with database.session(Scope.system_wide("test")) as db:
        for row in db.scalars(select(UserSession)):
            row.revoked_at = clock.now()
    assert "sign-in" in form.submit("save", status=303).location
    assert rows(database, Password) == []


def test_the_verdict_says_the_most_important_thing_first(
    visitor: Any, person: Any, area: str, at: Any, add_passkey: Any, clock: Any, database: Any
) -> None:
    def verdict() -> str:
        return visitor.get(at()).html.select_one(".verdict").get_text(" ", strip=True)

    if area == "portal":
        assert verdict().startswith("Whoever reads your mailbox can sign in")
        add_passkey(person)
        assert verdict().startswith("A passkey protects your sign-in")
    else:
        add_passkey(person)
        assert verdict().startswith("Well protected, by one passkey alone")
    add_passkey(person, "Second")
    set_up_app(visitor, at, clock)
    assert verdict().startswith("This login is well protected")
    with database.session(Scope.tenant(person.tenant_id)) as db:
        for row in db.scalars(select(RecoveryCode)):
            row.used_at = clock.now()
    assert verdict().startswith("Well protected, but without a spare key")
    assert visitor.get(at()).html.select_one(".verdict a")["href"].endswith("/recovery-codes")
