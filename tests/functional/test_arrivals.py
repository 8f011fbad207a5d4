"""What a sign-in leaves behind: a mail about a new browser, invitations taken up, audit entries under a name."""

from __future__ import annotations

from typing import Any

import pytest
from door_steps import Proofs, type_code, type_password
from sqlalchemy import select

from riskportal.audit.models import AuditEntry
from riskportal.db.guard import Scope
from riskportal.identity.models import KnownDevice, Membership, User
from riskportal.security import cookies

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def proofs(database: Any, clock: Any, user: Any) -> Proofs:
    made = Proofs(database, clock)
    made.password(user)
    return made


@pytest.fixture
def told(outbox: Any, run_jobs: Any) -> Any:
    """The mails about new browsers so far."""

    def read() -> list[Any]:
        run_jobs()
        return [mail for mail in outbox() if "New sign-in" in str(mail["Subject"])]

    return read


def test_a_new_browser_is_told_by_mail_but_not_the_first(
    browser: Any, user: Any, proofs: Proofs, told: Any, database: Any
) -> None:
    laptop, phone = browser(), browser()
    type_password(laptop, user.email)
    assert told() == []
    phone.extra_environ["HTTP_USER_AGENT"] = FIREFOX
    type_password(phone, user.email)
    (mail,) = told()
    text = mail.get_body(("plain",)).get_content()
    assert str(mail["To"]) == user.email
    assert "Firefox on Windows" in text
    assert "192.0.2.1" in text
    assert "http://portal.test/" in text
    for known in (laptop, phone):
        type_password(known, user.email)
    assert len(told()) == 1
    assert len(laptop.cookies[cookies.DEVICE].strip('"')) == 43


def test_the_time_of_a_new_browser_names_the_users_own_zone(
    browser: Any, user: Any, proofs: Proofs, told: Any, database: Any
) -> None:
    with database.session(Scope.tenant_wide(user.tenant_id)) as db:
        db.get_one(User, user.id).time_zone = "America/New_York"
    for _ in range(2):
        type_password(browser(), user.email)
    for kind in ("plain", "html"):
        text = told()[-1].get_body((kind,)).get_content()
        # 09:00 UTC; nobody is signed in while the mail is written.
        assert "20 Apr 2027, 05:00, New York (UTC-4)" in text.replace("−", "-")


def test_a_browser_stays_known_after_sign_out(
    testapp: Any, user: Any, proofs: Proofs, told: Any, browser: Any
) -> None:
    type_password(testapp, user.email)
    page = testapp.get("/").follow()
    next(form for form in page.forms.values() if form.action == "/sign-out").submit()
    assert cookies.DEVICE in testapp.cookies
    type_password(testapp, user.email)
    assert told() == []


def test_the_mail_is_in_the_users_language(
    browser: Any, user: Any, proofs: Proofs, run_jobs: Any, outbox: Any, database: Any
) -> None:
    with database.session(Scope.tenant_wide(user.tenant_id)) as db:
        db.get_one(User, user.id).language = "de"
    for _ in range(2):
        type_password(browser(), user.email)
    run_jobs()
    assert outbox()[-1]["Content-Language"] in (None, "de")
    assert "Alder Hosting" in str(outbox()[-1]["Subject"])


def test_a_second_step_that_is_still_to_come_tells_nothing(
    browser: Any, user: Any, proofs: Proofs, told: Any, database: Any
) -> None:
    proofs.app(user)
    mine = browser()
    type_password(mine, user.email)
    type_code(mine, proofs.code())
    type_password(browser(), user.email)
    assert told() == []
    with database.session(Scope.tenant_wide(user.tenant_id)) as db:
        assert len(db.scalars(select(KnownDevice)).all()) == 1


def test_invitations_are_taken_up(
    testapp: Any, make: Any, tenant: Any, bill_group: Any, clock: Any, proofs: Proofs, database: Any
) -> None:
    email = "invited@customer.test"
    row = make.save(
        Membership(
            tenant_id=tenant.id, bill_group_id=bill_group.id, email=email, role="viewer", invited_at=clock.now()
        )
    )
    guest = make.user(tenant, email)
    proofs.password(guest)
    type_password(testapp, email)
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        assert db.get_one(Membership, row.id).joined_at == clock.now()
    testapp.get(f"/g/{bill_group.public_id}/", status=200)


def test_sign_ins_are_noted_under_the_users_name(testapp: Any, user: Any, proofs: Proofs, database: Any) -> None:
    type_password(testapp, user.email)
    with database.session(Scope.tenant_wide(user.tenant_id)) as db:
        entry = db.scalars(select(AuditEntry)).one()
    assert (entry.code, entry.actor_kind, entry.actor_id) == ("core.signed_in", "user", user.id)
    assert (entry.actor_name, entry.ip, entry.data) == ("Ada Lovelace", "192.0.2.1", {"email": user.email})
