"""Where one is signed in and who came in lately: the same page for customers and for staff."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from riskportal.db.guard import Scope
from riskportal.identity.models import KnownDevice, StaffMember, UserSession
from riskportal.identity.sessions import Lifetime, open_session, revoke

HOSTILE = ["", "others'--", "\u202e" * 30, "x" * 5000, "<script>", "%00", "-1", "1"]


def page_of(area: str, group: Any, below: str = "") -> str:
    return f"/staff/account/security{below}" if area == "staff" else f"/g/{group.public_id}/account/security{below}"


def session_ids(database: Any, user: Any) -> list[str]:
    with database.session(Scope.tenant(user.tenant_id), write=False) as db:
        found = db.scalars(select(UserSession).where(UserSession.user_id == user.id).order_by(UserSession.id))
        return [row.public_id for row in found]


def test_one_session_ends_at_once(
    visitor: Any, browser: Any, signed_in: Any, person: Any, area: str, bill_group: Any
) -> None:
    phone = signed_in(browser(), person, kind=area)
    here = page_of(area, bill_group)
    page = visitor.get(here)
    assert page.text.count("This one") == 1
    form = next(form for form in page.forms.values() if form.action.endswith("/revoke") and "others" not in form.text)
    assert "1 session ended." in form.submit("session").follow().text
    assert phone.get(here).status_int == 303
    assert visitor.get(here).status_int == 200
    # The same form again, from a tab that was left open: that session is gone.
    form.submit("session", status=404)


def test_all_other_sessions_end_and_the_cookie_stays_dead(
    visitor: Any, browser: Any, signed_in: Any, person: Any, area: str, bill_group: Any, database: Any
) -> None:
    phone, tablet = (signed_in(browser(), person, kind=area) for _ in range(2))
    here = page_of(area, bill_group)
    form = next(form for form in visitor.get(here).forms.values() if "others" in form.text)
    assert "2 sessions ended." in form.submit("session").follow().text
    for other in (phone, tablet):
        assert other.get(here).status_int == 303
        assert other.get(here).status_int == 303
    # Two tabs: the second press finds nothing to end and says so.
    assert "No other session was open." in form.submit("session").follow().text


def test_sessions_that_are_over_are_not_counted(
    visitor: Any, person: Any, area: str, bill_group: Any, portal: Any
) -> None:
    past = Lifetime(portal.session_lifetime.idle, -portal.session_lifetime.idle)
    with portal.database.session(Scope.tenant(person.tenant_id)) as db:
        open_session(db, person, area, portal.clock.now(), past, None, None)
    page = visitor.get(page_of(area, bill_group))
    assert "Sign out everywhere else" not in page.text
    token = page.forms[0]["csrf_token"].value
    answer = visitor.post(page_of(area, bill_group, "/revoke"), {"csrf_token": token, "session": "others"})
    assert "No other session was open." in answer.follow().text


def test_anothers_session_answers_as_an_absent_one(
    visitor: Any, browser: Any, signed_in: Any, make: Any, tenant: Any, bill_group: Any, area: str, database: Any
) -> None:
    eve = make.member(bill_group, "eve@customer.test")
    make.save(StaffMember(tenant_id=tenant.id, user_id=eve.id, role="owner"))
    hers = signed_in(browser(), eve, kind=area)
    page = visitor.get(page_of(area, bill_group))
    token = page.forms[0]["csrf_token"].value
    for wanted in [*session_ids(database, eve), *HOSTILE]:
        if wanted == "others":
            continue
        visitor.post(page_of(area, bill_group, "/revoke"), {"csrf_token": token, "session": wanted}, status=404)
    assert hers.get(page_of(area, bill_group)).status_int == 200


def test_history_says_when_how_where_and_how_it_ended(
    visitor: Any, person: Any, area: str, bill_group: Any, portal: Any, clock: Any
) -> None:
    clock.advance(days=1)
    lifetime, here = portal.session_lifetime, page_of(area, bill_group, "/sign-ins")
    agent = "Mozilla/5.0 (Windows NT 10.0) Firefox/130"
    with portal.database.session(Scope.tenant(person.tenant_id)) as db:
        row, _token = open_session(db, person, area, clock.now(), lifetime, "198.51.100.7", agent, "passkey")
        for at, name in ((clock.now() - lifetime.idle, "a"), (clock.now(), "b")):
            db.add(KnownDevice(user_id=person.id, device_hash=name * 64, first_seen_at=at, last_seen_at=at))
    clock.advance(minutes=30)
    with portal.database.session(Scope.tenant(person.tenant_id)) as db:
        assert revoke(db, person, row.public_id, clock.now())
    text = " ".join(visitor.get(here).html.find("table").get_text(" ", strip=True).split())
    assert "21 Apr 2027, 11:00 Passkey" in text and "Firefox on Windows New browser 198.51.100.7" in text
    assert "21 Apr 2027, 11:30 Signed out" in text
    assert text.count("New browser") == 1


def test_sessions_end_by_themselves_in_the_history(
    visitor: Any, person: Any, signed_in: Any, browser: Any, area: str, bill_group: Any, portal: Any, clock: Any
) -> None:
    clock.advance(days=8)
    visitor = signed_in(browser(), person, kind=area)
    assert "Ended unused" in visitor.get(page_of(area, bill_group, "/sign-ins")).text
    # Ending what is over by then changes nothing about how it ended.
    with portal.database.session(Scope.tenant(person.tenant_id)) as db:
        db.execute(update(UserSession).where(UserSession.seen_at < clock.now()).values(revoked_at=clock.now()))
    assert "Ended unused" in visitor.get(page_of(area, bill_group, "/sign-ins")).text
    clock.advance(days=90)
    visitor = signed_in(browser(), person, kind=area)
    assert "Ended unused" not in visitor.get(page_of(area, bill_group, "/sign-ins")).text


def test_history_is_read_page_by_page(
    visitor: Any, person: Any, area: str, bill_group: Any, portal: Any, clock: Any
) -> None:
    with portal.database.session(Scope.tenant(person.tenant_id)) as db:
        for number in range(60):
            # One after the other: of the same instant any may stand first.
            clock.advance(seconds=1)
            open_session(db, person, area, portal.clock.now(), portal.session_lifetime, f"192.0.2.{number}", None)
    page, seen = visitor.get(page_of(area, bill_group, "/sign-ins")), []
    while True:
        seen += [cell.get_text(strip=True) for cell in page.html.select("td span.mono")]
        older = page.html.find("a", rel="next")
        if older is None:
            break
        page = visitor.get(older["href"])
    assert page.html.find("a", rel="prev")["href"]
    assert len(seen) == len(set(seen) | {"192.0.2.1"}) + 1 == 61  # its own session has the address of number 1
    for after in HOSTILE:
        answer = visitor.get(page_of(area, bill_group, "/sign-ins"), {"at": after}, status=[200, 400])
        assert answer.status_int == 400 or "192.0.2.59" in answer.text


def test_the_overview_costs_few_statements(visitor: Any, area: str, bill_group: Any, sql_count: Any) -> None:
    visitor.get(page_of(area, bill_group))
    with sql_count() as sql:
        visitor.get(page_of(area, bill_group))
    assert len(sql.statements) <= 14, "\n".join(sql.statements)


def test_sign_ins_are_forgotten_after_ninety_days(
    visitor: Any, person: Any, area: str, portal: Any, clock: Any, run_jobs: Any, database: Any
) -> None:
    with portal.database.session(Scope.tenant(person.tenant_id)) as db:
        long = Lifetime(portal.session_lifetime.idle, portal.session_lifetime.absolute * 12)
        open_session(db, person, area, clock.now(), long, "198.51.100.9", None)
    clock.advance(days=91)
    run_jobs(recurring=True)
    # What is still open, however old, stays: it can only be ended where it is seen.
    assert len(session_ids(database, person)) == 1
    clock.advance(days=365)
    run_jobs(recurring=True)
    assert session_ids(database, person) == []
