"""Users in the console: what they reach and why, their sessions, kept out and let in; their secrets stay theirs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from console_steps import HOSTILE, audited, cells, press, stored

from riskportal.identity.models import Membership, Passkey, Password, RecoveryCode, Totp

READERS, WRITERS = ("billing", "support", "read_only", "owner"), ("support", "owner")


@pytest.fixture
def path(user: Any) -> str:
    return f"/staff/users/{user.public_id}"


def reached(page: Any) -> dict[str, tuple[str, str]]:
    """Bill group: (why, state)."""
    rows = page.html.find(id="reached").find("tbody").find_all("tr")
    found = [[cell.get_text(" ", strip=True) for cell in row.find_all("td")] for row in rows]
    return {row[0]: (row[1], row[3]) for row in found}


def test_listed_found_and_opened(colleague: Any, user: Any, make: Any, tenant: Any) -> None:
    make.user(tenant, "zoe@other.example", name="Zoë Øst")
    browser = colleague("read_only")
    page = browser.get("/staff/users")
    assert cells(page) == ["ada@customer.test", "read_only@alder.test", "zoe@other.example"]
    assert cells(browser.get("/staff/users?state=staff")) == ["read_only@alder.test"]
    assert cells(browser.get("/staff/users", {"q": "ADA"})) == [user.email]
    assert cells(browser.get("/staff/users?sort=-email"))[0] == "zoe@other.example"
    assert "Ada Lovelace" in page.click("ada@").text


@pytest.mark.parametrize("text", ["%", "_", "\\", *HOSTILE])
def test_hostile_words_find_nobody(colleague: Any, user: Any, text: str) -> None:
    page = colleague().get("/staff/users", {"q": text})
    assert "<script>alert" not in page.text
    # An underscore is in the colleague's own address only where it is one.
    assert user.email not in cells(page) if page.html.find("tbody") else True


def test_what_somebody_reaches_and_why(
    colleague: Any, user: Any, path: str, bill_group: Any, customer: Any, make: Any, clock: Any
) -> None:
    groups = {
        name: make.bill_group(customer, name=name, **values)
        for name, values in {
            "By domain": {},
            "Expired": {},
            "Off": {"portal_enabled": False},
            "Closed": {"state": "closed"},
            "Revoked": {},
            "Own": {},
        }.items()
    }
    make.rule(groups["By domain"], "customer.test", "viewer", kind="domain")
    make.rule(groups["Expired"], user.email, until=clock.now() - timedelta(hours=1))
    make.rule(groups["Off"], user.email, "billing")
    make.rule(groups["Closed"], user.email)
    make.rule(groups["Own"], "customer.test", "owner", kind="domain")
    common = {"tenant_id": user.tenant_id, "email": user.email}
    make.save(Membership(**common, bill_group_id=groups["Revoked"].id, role="owner", revoked_at=clock.now()))
    limited = [["services.service", "b" * 20]]
    make.save(
        Membership(
            **common, bill_group_id=groups["Own"].id, permissions=["services.service.read"], limited_to=limited
        )
    )
    make.rule(make.bill_group(customer, name="Elsewhere"), "eve@customer.test")
    page = colleague().get(path)
    found = {name.split(" Northwind")[0]: value for name, value in reached(page).items()}
    assert found["Northwind Atelier"] == ("Rule for this address: Owner", "Has access")
    assert found["By domain"] == ("Rule for everybody at customer.test: Viewer", "Has access")
    assert found["Expired"][1] == "Expired"
    assert found["Off"] == ("Rule for this address: Billing", "Portal is off")
    assert found["Closed"][1] == "Bill group is closed"
    assert found["Revoked"] == ("Own rights: Owner", "Revoked")
    assert "Elsewhere" not in page.html.main.text
    own = [value for name, value in _rows(page) if name.startswith("Own")]
    assert own == [
        ("Own rights: 1 single permission, for 1 record only", "Has access"),
        ("Rule for everybody at customer.test: Owner", "Their own rights count"),
    ]


def _rows(page: Any) -> list[tuple[str, tuple[str, str]]]:
    rows = page.html.find(id="reached").find("tbody").find_all("tr")
    found = [[cell.get_text(" ", strip=True) for cell in row.find_all("td")] for row in rows]
    return [(row[0], (row[1], row[3])) for row in found]


def test_a_shared_mailbox_is_reached_by_no_domain_rule(
    colleague: Any, make: Any, tenant: Any, bill_group: Any
) -> None:
    make.rule(bill_group, "customer.test", kind="domain")
    info = make.user(tenant, "info@customer.test")
    assert "They reach no bill group" in colleague().get(f"/staff/users/{info.public_id}").text


def test_a_tag_of_somebody_who_was_taken_out_reaches_nothing(
    colleague: Any, make: Any, tenant: Any, bill_group: Any, clock: Any
) -> None:
    make.rule(bill_group, "customer.test", kind="domain")
    own = {"tenant_id": tenant.id, "bill_group_id": bill_group.id, "role": "viewer"}
    make.save(Membership(**own, email="bob@customer.test", revoked_at=clock.now()))
    bob = make.user(tenant, "bob+x@customer.test")
    assert "They reach no bill group" in colleague().get(f"/staff/users/{bob.public_id}").text


def test_how_somebody_signs_in_without_any_secret(
    colleague: Any, user: Any, path: str, make: Any, clock: Any
) -> None:
    own = {"tenant_id": user.tenant_id, "user_id": user.id}
    make.save(Password(**own, hash="$argon2id$SECRET-HASH", changed_at=clock.now()))
    make.save(
        Passkey(
            **own, name="Blue <key>", credential_id="SECRET-CREDENTIAL", public_key="SECRET-KEY", sign_count=3,
            transports=[], backed_up=False, created_at=clock.now(),
        )
    )  # fmt: skip
    make.save(Totp(**own, secret_sealed="SECRET-SEED", created_at=clock.now()))
    make.save(RecoveryCode(**own, code_hash="SECRET-CODE", created_at=clock.now()))
    page = colleague().get(path)
    proofs = page.html.find(id="proofs").get_text(" ", strip=True)
    assert "Password Since 20 Apr 2027" in proofs
    assert "Passkeys 1 Blue <key>" in proofs
    assert "Recovery codes left 1 of 1" in proofs
    assert "SECRET" not in page.text
    # Nothing on the page takes a password or another address.
    names = {field.get("name") for field in page.html.main.find_all(["input", "select", "textarea", "button"])}
    assert names <= {"csrf_token", "session", None}


def test_no_route_of_the_console_sets_a_password_or_an_address_of_others(app: Any) -> None:
    routes = [info.name for info in app.registry.portal_routes.values() if info.area == "staff"]
    others = [name for name in routes if name.startswith("core.staff_user")]
    assert sorted(others) == [
        "core.staff_user", "core.staff_user_disable", "core.staff_user_enable", "core.staff_user_second_step",
        "core.staff_user_sessions", "core.staff_users",
    ]  # fmt: skip


def test_disabled_everywhere_at_once(
    colleague: Any, user: Any, path: str, testapp: Any, signed_in: Any, bill_group: Any, database: Any, tenant: Any,
    run_jobs: Any, outbox: Any, browser: Any,
) -> None:  # fmt: skip
    visitor, home = signed_in(testapp, user), f"/g/{bill_group.public_id}/"
    visitor.get(home, status=200)
    page = colleague("support").get(path)
    assert "can't sign in until you let them in again" in page.html.main.text
    out = press(page, "/disable").follow()
    assert "Disabled" in out.html.find(class_="page-head").text
    assert "/sign-in" in visitor.get(home, status=303).location
    # Asking for a link gives the usual answer, and no mail.
    door = browser()
    form = door.get("/sign-in").forms["sign-in"]
    form["email"] = user.email
    form.submit("send", status=303)
    run_jobs()
    assert outbox() == []
    back = press(out, "/enable").follow()
    assert "can sign in again" in back.text
    assert stored(database, user).disabled_at is None
    # The old session stays dead.
    assert "/sign-in" in visitor.get(home, status=303).location
    for code in ("core.user_disabled", "core.user_enabled"):
        assert audited(database, tenant, code) == [{"email": user.email}]


def test_one_session_ends_or_all(
    colleague: Any, user: Any, path: str, browser: Any, signed_in: Any, bill_group: Any, database: Any, tenant: Any
) -> None:
    first, second, home = signed_in(browser(), user), signed_in(browser(), user), f"/g/{bill_group.public_id}/"
    page = colleague().get(path)
    assert page.html.find(id="sessions").text.count("Portal") == 2
    newest = page.html.find(id="sessions").find("button", attrs={"name": "session"})["value"]
    form = next(f for f in page.forms.values() if f.action.endswith("/sessions"))
    assert "1 session ended." in form.submit("session", value=newest).follow().text
    assert sorted(visitor.get(home, status="*").status_int for visitor in (first, second)) == [200, 303]
    signed_in(first, user)
    again = colleague().get(path)
    every = next(f for f in again.forms.values() if f.action.endswith("/sessions") and "all" in _values(f))
    assert "2 sessions ended." in every.submit("session", value="all").follow().text
    assert [visitor.get(home, status="*").status_int for visitor in (first, second)] == [303, 303]
    assert [data["count"] for data in audited(database, tenant, "core.user_sessions_ended")] == [1, 2]


def _values(form: Any) -> list[str]:
    return [field.value_if_submitted() for field in form.fields.get("session", [])]


@pytest.mark.parametrize("session", ["", "x", "b" * 20, HOSTILE[0]])
def test_a_session_that_is_not_theirs_is_not_there(colleague: Any, path: str, session: str, make: Any) -> None:
    browser = colleague()
    token = browser.get(path).html.find("input", attrs={"name": "csrf_token"})["value"]
    browser.post(f"{path}/sessions", {"csrf_token": token, "session": session}, status=404)


def test_colleagues_are_the_teams_concern(colleague: Any, make: Any, tenant: Any, database: Any) -> None:
    """Or support could lock the owner out."""
    owner = make.staff(tenant, "boss@alder.test")
    browser, path = colleague("support"), f"/staff/users/{owner.public_id}"
    page = browser.get(path)
    assert "Works here: Owner" in page.text
    assert not [form for form in page.forms.values() if owner.public_id in form.action]
    token = page.html.find("input", attrs={"name": "csrf_token"})["value"]
    for what in ("disable", "sessions"):
        answer = browser.post(f"{path}/{what}", {"csrf_token": token, "session": "all"}).follow()
        assert "works here. Change that under Team." in answer.text
    assert stored(database, owner).disabled_at is None


@pytest.mark.parametrize("role", READERS)
def test_who_may_do_what(colleague: Any, path: str, role: str) -> None:
    browser, may = colleague(role), role in WRITERS
    page = browser.get(path)
    assert ("Disable" in page.html.main.text) == may
    token = page.html.find("input", attrs={"name": "csrf_token"})["value"]
    for what in ("disable", "enable", "sessions"):
        answer = browser.post(f"{path}/{what}", {"csrf_token": token}, status="*")
        assert (answer.status_int == 403) == (not may), what


def test_another_providers_users_are_not_there(stranger: Any, user: Any, path: str, database: Any) -> None:
    absent = stranger.get(f"/staff/users/{'z' * 20}", status=404)
    assert stranger.get(path, status=404).html.h1 == absent.html.h1
    token = stranger.get("/staff").html.find("input", attrs={"name": "csrf_token"})["value"]
    for what in ("disable", "enable", "sessions"):
        stranger.post(f"{path}/{what}", {"csrf_token": token, "session": "all"}, status=404)
    assert cells(stranger.get("/staff/users")) == ["eve@other.test"]
    assert stored(database, user).disabled_at is None


def test_the_page_costs_few_statements(colleague: Any, path: str, sql_count: Any) -> None:
    browser = colleague()
    browser.get(path)
    with sql_count() as sql:
        browser.get(path)
    # tenant, session, staff, user, works here, two of what they reach, sessions, two of how they sign in.
    assert len(sql) <= 10, f"{len(sql)}\n{sql}"
