"""Who may change a login where, with which proof, and what stays; and the verdict over all of it."""

from __future__ import annotations

from typing import Any

from own_steps import GOOD, rows, set_up_app
from sqlalchemy import select

from riskportal.db.guard import Scope
from riskportal.identity.models import (
    Passkey,
    PasskeyChallenge,
    Password,
    RecoveryCode,
    StaffMember,
    Totp,
    User,
    UserSession,
)


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


def test_a_disabled_login_is_out_at_once(visitor: Any, person: Any, at: Any, database: Any, clock: Any) -> None:
    form = visitor.get(at("/password")).forms["password"]
    form["password"] = form["again"] = GOOD
    with database.session(Scope.tenant(person.tenant_id)) as db:
        db.get_one(User, person.id).disabled_at = clock.now()
    assert "sign-in" in visitor.get(at(), status=303).location
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
