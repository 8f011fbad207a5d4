"""An authenticator app for one's login, and its recovery codes."""

from __future__ import annotations

from typing import Any

from own_steps import HOSTILE_CODES, codes_of, press, rows, set_up_app, told

from riskportal.db.guard import Scope
from riskportal.identity import recovery, totp
from riskportal.identity.models import RecoveryCode, Totp
from riskportal.testing.web import SECRET


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
