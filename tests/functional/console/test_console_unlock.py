"""A customer who lost phone and recovery codes: staff take the second step away, and the person is told."""

from __future__ import annotations

from typing import Any

import pytest
from console_steps import audited, press
from sqlalchemy import select

from riskportal.db.guard import Scope
from riskportal.identity import passwords, recovery, second_step, totp, way_back
from riskportal.identity.directory import WorksHere
from riskportal.identity.links import EMAIL_CHANGE, make_link, open_link
from riskportal.identity.models import PendingSignIn, User
from riskportal.identity.proofs import Ways, ways_of
from riskportal.testing.web import SECRET

APP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def protect(database: Any, clock: Any) -> Any:
    """`protect(user)`: a password, an app and ten recovery codes."""

    def do(user: User) -> None:
        now = clock.now()
        with database.session(Scope.tenant_wide(user.tenant_id)) as db:
            passwords.set_password(db, user, "velvet otter paints clouds", now, known=(), via=None)
            assert totp.enroll(db, user, APP, totp.code_at(APP, totp.step_at(now)), SECRET, now, via=None)
            recovery.renew(db, user, SECRET, now, via=None)

    return do


@pytest.fixture
def path(user: Any) -> str:
    return f"/staff/users/{user.public_id}"


def ways(database: Any, user: User) -> Ways:
    with database.session(Scope.tenant_wide(user.tenant_id), write=False) as db:
        return ways_of(db, user)


def test_the_second_step_is_taken_away(
    colleague: Any, user: Any, path: str, protect: Any, testapp: Any, signed_in: Any, bill_group: Any, database: Any,
    tenant: Any, run_jobs: Any, outbox: Any,
) -> None:  # fmt: skip
    protect(user)
    visitor, home = signed_in(testapp, user), f"/g/{bill_group.public_id}/"
    visitor.get(home, status=200)
    support = colleague("support")
    page = support.get(path).click("Phone and codes are lost")
    told = page.html.main.get_text(" ", strip=True)
    for words in ("stop working at once", "signed out everywhere", "A mail tells them at once"):
        assert words in told
    assert ways(database, user).totp, "asking takes nothing"
    done = press(page, "/second-step").follow()
    assert "signs in without a second step now" in done.text
    assert "Phone and codes are lost" not in done.text
    assert ways(database, user) == Ways(password=True, totp=False, passkeys=0, recovery_left=0)
    assert "/sign-in" in visitor.get(home, status=303).location
    assert audited(database, tenant, "core.user_second_step_taken") == [{"email": user.email}]
    run_jobs()
    (mail,) = outbox()
    text = mail.get_body(("plain",)).get_content()
    assert str(mail["To"]) == user.email
    assert "Alder Hosting has taken the authenticator app and the recovery codes of your login away" in text
    assert "You did not ask for it?" in text
    assert "192.0.2.1" not in text, "where the colleague sits is nothing of the customer's"
    assert "http://portal.test/" in text.splitlines()
    assert "192.0.2.1" not in mail.get_body(("html",)).get_content()
    # A second press finds none and tells nobody.
    assert "has no second step" in press(page, "/second-step").follow().text
    run_jobs()
    assert len(outbox()) == 1


def test_somebody_without_one_is_not_offered_it(colleague: Any, path: str) -> None:
    support = colleague("support")
    assert "Phone and codes are lost" not in support.get(path).text
    assert "has no second step" in support.get(f"{path}/second-step").follow().text


def test_colleagues_come_back_by_their_set_up_link_alone(
    colleague: Any, make: Any, tenant: Any, protect: Any, database: Any
) -> None:
    """Or support could strip the owner's login, which the set-up link of the team's rules forbids."""
    boss = make.staff(tenant, "boss@alder.test", role="read_only")
    protect(boss)
    owner, path = colleague("owner"), f"/staff/users/{boss.public_id}"
    page = owner.get(path)
    assert "Phone and codes are lost" not in page.text
    token = page.html.find("input", attrs={"name": "csrf_token"})["value"]
    assert "works here" in owner.get(f"{path}/second-step").follow().text
    assert "works here" in owner.post(f"{path}/second-step", {"csrf_token": token}).follow().text
    assert ways(database, boss).totp
    with database.session(Scope.tenant_wide(tenant.id)) as db, pytest.raises(WorksHere):
        way_back.take_second_step(db, boss, database.clock.now())


@pytest.mark.parametrize("role", ["billing", "read_only"])
def test_it_takes_a_permission_of_its_own(colleague: Any, path: str, user: Any, protect: Any, role: str) -> None:
    protect(user)
    browser = colleague(role)
    page = browser.get(path)
    assert "Phone and codes are lost" not in page.text
    browser.get(f"{path}/second-step", status=403)
    token = page.html.find("input", attrs={"name": "csrf_token"})["value"]
    browser.post(f"{path}/second-step", {"csrf_token": token}, status=403)


def test_an_old_proof_leads_to_a_new_one_first(
    colleague: Any, path: str, user: Any, protect: Any, clock: Any, database: Any
) -> None:
    protect(user)
    support = colleague("support")
    page = support.get(f"{path}/second-step")
    clock.advance(minutes=31)
    assert "/staff/confirm?next=" in support.get(f"{path}/second-step", status=303).location
    assert "/staff/confirm?next=" in press(page, "/second-step", status=303).location
    assert ways(database, user).totp


def test_what_was_under_way_ends_too(user: Any, protect: Any, database: Any, clock: Any) -> None:
    protect(user)
    now, scope = clock.now(), Scope.tenant_wide(user.tenant_id)
    with database.session(scope) as db:
        row = db.get_one(User, user.id)
        second_step.begin(db, row, "portal", "password", "b" * 43, None, now)
        key = make_link(db, row, EMAIL_CHANGE, now, {"email": "thief@evil.test", "old": row.email})
        assert way_back.take_second_step(db, row, now)
        assert not way_back.take_second_step(db, row, now)
    with database.session(scope, write=False) as db:
        assert open_link(db, key, EMAIL_CHANGE, now) is None
        assert db.scalars(select(PendingSignIn)).one().used_at == now
