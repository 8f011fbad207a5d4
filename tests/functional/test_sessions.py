"""Sessions: they die idle and old, are listed, and end at once; nobody ends another's."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from riskportal.audit.models import AuditEntry
from riskportal.db.guard import Scope
from riskportal.identity.models import UserSession
from riskportal.identity.sessions import revoke_others

pytestmark = pytest.mark.usefixtures("user")


def test_sessions_die_idle_and_old(testapp: Any, signed_in: Any, user: Any, clock: Any, bill_group: Any) -> None:
    home = f"/g/{bill_group.public_id}/"
    signed_in(testapp, user)
    for _ in range(4):
        clock.advance(days=6)
        assert testapp.get(home).status_int == 200
    clock.advance(days=6.5)
    assert testapp.get(home).status_int == 303  # 30 days since sign-in
    signed_in(testapp, user)
    clock.advance(days=7.1)
    assert testapp.get(home).status_int == 303  # idle for more than 7 days


def test_sessions_are_listed_and_ended(
    testapp: Any, browser: Any, signed_in: Any, user: Any, bill_group: Any, database: Any
) -> None:
    page_url = f"/g/{bill_group.public_id}/account/security"
    phone = signed_in(browser(), user)
    signed_in(testapp, user)
    page = testapp.get(page_url)
    assert page.text.count("This one") == 1
    form = next(form for form in page.forms.values() if form.action.endswith("/revoke") and "others" not in form.text)
    form.submit("session").follow()
    assert phone.get(page_url).status_int == 303
    signed_in(phone, user)
    form = next(form for form in testapp.get(page_url).forms.values() if "others" in form.text)
    assert "1 session ended." in form.submit("session").follow().text
    assert phone.get(page_url).status_int == 303
    assert testapp.get(page_url).status_int == 200


def test_nobody_ends_anothers_session(
    testapp: Any, browser: Any, signed_in: Any, user: Any, make: Any, bill_group: Any, database: Any
) -> None:
    eve = make.member(bill_group, "eve@customer.test")
    victim = signed_in(browser(), user)
    with database.session(Scope.system_wide("test"), write=False) as db:
        session = db.scalars(select(UserSession)).one().public_id
    signed_in(testapp, eve)
    page = testapp.get(f"/g/{bill_group.public_id}/account/security")
    assert session not in page.text
    token = page.forms[0]["csrf_token"].value
    testapp.post(
        f"/g/{bill_group.public_id}/account/security/revoke", {"csrf_token": token, "session": session}, status=404
    )
    assert victim.get(f"/g/{bill_group.public_id}/").status_int == 200
    with database.session(Scope.tenant(user.tenant_id)) as db:
        assert revoke_others(db, user, 0, database.clock.now()) == 1


def test_a_session_that_was_over_is_not_there(
    testapp: Any, browser: Any, signed_in: Any, user: Any, bill_group: Any, database: Any, clock: Any
) -> None:
    """A page that stood open since then; nothing ends, and nothing is written down."""
    path = f"/g/{bill_group.public_id}/account/security/revoke"
    signed_in(browser(), user)
    with database.session(Scope.system_wide("test"), write=False) as db:
        over = db.scalars(select(UserSession)).one().public_id
    clock.advance(days=31)
    page = signed_in(testapp, user).get(f"/g/{bill_group.public_id}/account/security")
    sent = {"csrf_token": page.forms[0]["csrf_token"].value}
    testapp.post(path, {**sent, "session": over}, status=404)
    assert "No other session was open." in testapp.post(path, {**sent, "session": "others"}).follow()
    with database.session(Scope.system_wide("test"), write=False) as db:
        assert [row.code for row in db.scalars(select(AuditEntry))] == []
        assert [row.revoked_at for row in db.scalars(select(UserSession))] == [None, None]


@pytest.mark.parametrize(
    ("hours", "words"), [("168", "after 7 days"), ("24", "after 1 day "), ("36", "after 36 hours")]
)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_page_says_when_a_session_ends(
    make_app: Any, browser: Any, signed_in: Any, user: Any, bill_group: Any, hours: str, words: str
) -> None:
    visitor = signed_in(browser(app=make_app(**{"riskportal.session_idle_hours": hours})), user)
    assert words in visitor.get(f"/g/{bill_group.public_id}/account/security").text
