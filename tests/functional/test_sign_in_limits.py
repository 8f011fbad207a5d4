"""Sign-in requests: how many are taken, and what counts as an address. Rows A12 to A14 of the attack list."""

from __future__ import annotations

from typing import Any

import pytest
from signin_steps import EMAIL, ask, count
from sqlalchemy import select

from riskportal.db.guard import Scope
from riskportal.identity.models import SignInRequest

pytestmark = pytest.mark.usefixtures("user")


def test_a12_one_address_three_times_in_a_quarter_hour(testapp: Any, browser: Any) -> None:
    for _ in range(3):
        assert ask(testapp).status_int == 303
    answer = ask(browser(), status=429)
    assert int(answer.headers["Retry-After"]) > 0
    assert "Too many tries" in answer.text


def test_a12_one_network_many_addresses(browser: Any, app: Any) -> None:
    statuses = []
    for number in range(25):
        visitor = browser()
        visitor.extra_environ["REMOTE_ADDR"] = f"2001:db8:0:1::{number:x}"
        statuses.append(ask(visitor, f"u{number}@customer.test", status="*").status_int)
    assert statuses.count(303) == 20
    assert set(statuses[20:]) == {429}


def test_a12_one_region_does_not_use_up_what_all_share(browser: Any, app: Any) -> None:
    """One customer of a provider has a whole /48, which is 65,536 networks."""
    statuses = []
    for number in range(130):
        visitor = browser()
        visitor.extra_environ["REMOTE_ADDR"] = f"2001:db8:5:{number:x}::1"
        statuses.append(ask(visitor, f"u{number}@customer.test", status="*").status_int)
    assert (statuses.count(303), set(statuses[120:])) == (120, {429})
    ask(browser(), "elsewhere@customer.test", status=303)


def test_a12_links_and_codes_are_limited_per_network(browser: Any, tenant: Any) -> None:
    statuses = [browser().get(f"/sign-in/confirm/{'x' * 43}", status="*").status_int for _ in range(31)]
    assert (set(statuses[:30]), statuses[30]) == ({410}, 429)
    visitor = browser()
    token = visitor.get("/sign-in").html.find("input", attrs={"name": "csrf_token"})["value"]
    answer = visitor.post("/sign-in/check", {"code": "K7QP-3MXD", "csrf_token": token}, status=429)
    assert int(answer.headers["Retry-After"]) > 0


def test_a12_all_addresses_together_are_limited(testapp: Any, tenant: Any, app: Any, database: Any) -> None:
    for _ in range(300):
        assert app.registry.portal.limits.hit("sign_in.global", f"{tenant.id}:all") == 0
    assert int(ask(testapp, status=429).headers["Retry-After"]) > 0
    with database.session(Scope.tenant(tenant.id), write=False) as db:
        assert db.scalars(select(SignInRequest)).all() == []


BAD_ADDRESSES = [
    "a@x.de,b@x.de", "a@x.de\nBcc: b@x.de", '"a"@x <b@y.de>', "a\x00@x.de", "a@x%00@y.de", "mıke@x.de",
    "ＭＩＫＥ@x.de", "", "a" * 300 + "@x.de",
]  # fmt: skip


@pytest.mark.parametrize("typed", BAD_ADDRESSES)
def test_a13_a14_only_one_plain_address(testapp: Any, database: Any, typed: str) -> None:
    token = testapp.get("/sign-in").forms["sign-in"]["csrf_token"].value
    answer = testapp.post("/sign-in", {"email": typed, "next": "", "csrf_token": token}, status=400)
    assert count(database, SignInRequest) == 0
    if "\x00" not in typed:
        assert "aria-invalid" in answer.text


def test_a13_two_address_fields_are_refused(testapp: Any, database: Any) -> None:
    token = testapp.get("/sign-in").forms["sign-in"]["csrf_token"].value
    for fields in (
        [("email[]", EMAIL), ("email[]", "eve@evil.test")],
        [("email", EMAIL), ("email", "eve@evil.test")],
        [("email", EMAIL), ("role", "owner")],
    ):
        testapp.post("/sign-in", [*fields, ("csrf_token", token)], status="*")
    with database.session(Scope.system_wide("test"), write=False) as db:
        asked = db.scalars(select(SignInRequest.email)).all()
    assert len(asked) <= 1


def test_a13_the_mail_goes_to_the_stored_form(testapp: Any, run_jobs: Any, outbox: Any) -> None:
    ask(testapp, " ADA@Customer.TEST ")
    run_jobs()
    assert [str(mail["To"]) for mail in outbox()] == [EMAIL]
