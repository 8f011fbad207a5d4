"""A preview ends by time, by its button, and with the access of whoever opened it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from preview_steps import HOST, OVER, change, open_as
from sqlalchemy import select

from riskportal.customers.models import BillGroup
from riskportal.db.guard import Scope
from riskportal.identity.models import AccessRule, PreviewSession, StaffMember, User, UserSession
from riskportal.security.cookies import PREVIEW, STAFF


def expire(console: Any, database: Any, clerk: Any, clock: Any) -> None:
    clock.advance(minutes=15)


def end(console: Any, database: Any, clerk: Any, clock: Any) -> None:
    change(database, lambda db: setattr(db.scalars(select(PreviewSession)).one(), "ended_at", clock.now()))


def revoke(console: Any, database: Any, clerk: Any, clock: Any) -> None:
    change(database, lambda db: setattr(db.scalars(select(UserSession)).first(), "revoked_at", clock.now()))


def sign_out(console: Any, database: Any, clerk: Any, clock: Any) -> None:
    console.cookiejar.clear("portal.test", "/", STAFF)


def disable(console: Any, database: Any, clerk: Any, clock: Any) -> None:
    change(database, lambda db: setattr(db.get_one(User, clerk.id), "disabled_at", clock.now()))


def dismiss(console: Any, database: Any, clerk: Any, clock: Any) -> None:
    change(database, lambda db: db.delete(db.scalars(select(StaffMember)).one()))


def demote(console: Any, database: Any, clerk: Any, clock: Any) -> None:
    change(database, lambda db: setattr(db.scalars(select(StaffMember)).one(), "role", "read_only"))


def shut(console: Any, database: Any, clerk: Any, clock: Any) -> None:
    change(database, lambda db: setattr(db.scalars(select(BillGroup)).one(), "state", "closed"))


def forge(console: Any, database: Any, clerk: Any, clock: Any) -> None:
    for cookie in console.cookiejar:
        if cookie.name.startswith(PREVIEW):
            cookie.value = "x" * 43


def garble(console: Any, database: Any, clerk: Any, clock: Any) -> None:
    for cookie in console.cookiejar:
        if cookie.name.startswith(PREVIEW):
            cookie.value = "no-token"


ENDS = [expire, end, revoke, sign_out, disable, dismiss, demote, shut, forge, garble]


@pytest.mark.parametrize("over", ENDS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_preview_that_is_over_says_so(
    console: Any, page: str, home: str, signed_in: Any, user: Any, clerk: Any, database: Any, clock: Any,
    over: Callable[..., None], method: str, bill_group: Any,
) -> None:  # fmt: skip
    """It never falls through to the customer session that the same browser holds."""
    open_as(console, page)
    assert console.get(home).html.find("section", class_="preview-bar") is not None
    over(console, database, clerk, clock)
    signed_in(console, user)
    answer = console.request(f"{home}account/security", method=method, status=403, headers=HOST)
    assert answer.html.find("h1").text == OVER
    assert answer.html.find("a", string="Back to the console")["href"] == page
    assert "ada@customer.test" not in answer.text
    assert f"{PREVIEW}{bill_group.public_id}" not in console.cookies
    if over is not shut:
        assert console.get(home).html.find("section", class_="preview-bar") is None


def test_somebody_who_is_kept_out_by_now_ends_it(
    console: Any, page: str, home: str, user: Any, database: Any
) -> None:
    open_as(console, page, "ada@customer.test")
    change(database, lambda db: db.delete(db.scalars(select(AccessRule)).one()))
    assert console.get(home, status=403).html.find("h1").text == OVER


def test_its_end_leads_back(console: Any, page: str, home: str, database: Any, clock: Any) -> None:
    shown = open_as(console, page).follow()
    clock.advance(minutes=13, seconds=1)
    shown = console.get(f"{home}account/security")
    assert "2 minutes left" in shown.text
    form = next(form for form in shown.forms.values() if form.action.endswith("/preview/end"))
    back = form.submit()
    assert back.location == f"http://portal.test{page}"
    assert "The preview has ended." in back.follow().text
    assert console.get(home).location.startswith("http://portal.test/sign-in")
    with database.session(Scope.system_wide("test"), write=False) as db:
        assert db.scalars(select(PreviewSession)).one().ended_at == clock.now()


def test_opening_another_one_ends_the_first(console: Any, page: str, home: str, database: Any) -> None:
    open_as(console, page, "owner")
    assert "You see this as somebody with the role Viewer would." in open_as(console, page, "viewer").follow().text
    with database.session(Scope.system_wide("test"), write=False) as db:
        rows = db.scalars(select(PreviewSession).order_by(PreviewSession.id)).all()
        assert [row.ended_at is None for row in rows] == [False, True]


def test_old_previews_are_forgotten(console: Any, page: str, database: Any, clock: Any, run_jobs: Any) -> None:
    open_as(console, page)
    for days, left in ((30, 1), (1, 0)):
        clock.advance(days=days)
        run_jobs(recurring=True)
        with database.session(Scope.system_wide("test"), write=False) as db:
            assert len(db.scalars(select(PreviewSession)).all()) == left
