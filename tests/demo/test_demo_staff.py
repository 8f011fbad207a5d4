"""The staff of the demo: one click by the real steps, credentials that can be typed, and nothing outside a demo."""

from __future__ import annotations

from typing import Any

import pytest
import webtest
from sqlalchemy import delete, select

from riskportal.cli.demo import prepare, welcome
from riskportal.cli.serving import Address
from riskportal.db.guard import Scope
from riskportal.demo.users import DEMO_STAFF
from riskportal.identity.models import Password, StaffMember, User, UserSession
from riskportal.identity.passwords import objection

SAM = DEMO_STAFF[0]


@pytest.fixture
def browser(demo_app: Any) -> Any:
    def open_browser(host: str = "127.0.0.1") -> webtest.TestApp:
        return webtest.TestApp(demo_app, extra_environ={"HTTP_HOST": host, "REMOTE_ADDR": "192.0.2.1"})

    return open_browser


def press(browser: webtest.TestApp, email: str, status: int = 303) -> Any:
    page = browser.get("/staff/sign-in")
    token = page.html.find("input", attrs={"name": "csrf_token"})["value"]
    return browser.post("/staff/sign-in/demo", {"email": email, "csrf_token": token}, status=status)


def opened(portal: Any) -> list[tuple[str, str]]:
    with portal.database.session(Scope.system_wide("test"), write=False) as db:
        return [(row.kind, row.method) for row in db.scalars(select(UserSession).order_by(UserSession.id))]


def test_the_customers_door_leads_to_the_consoles(browser: Any) -> None:
    page = browser().get("/sign-in").click("The provider.s side")
    assert page.request.path == "/staff/sign-in"
    assert "Sam Keller" in page.text
    assert SAM.password in page.text
    assert "Aoife" not in page.text
    assert "Aoife" in browser("harbour.localhost").get("/staff/sign-in").text


@pytest.mark.parametrize("person", DEMO_STAFF, ids=lambda person: person.email)
def test_one_click_however_often(browser: Any, loaded_demo: Any, person: Any) -> None:
    """More often than an app has codes, without the clock moving on."""
    for _ in range(5):
        visitor = browser(person.hosts[0])
        assert press(visitor, person.email).location.endswith("/staff")
        visitor.get("/staff", status=200)
    assert opened(loaded_demo) == [("staff", "password")] * 5


def test_the_credentials_can_be_typed(browser: Any, loaded_demo: Any) -> None:
    visitor = browser()
    form = visitor.get("/staff/sign-in").forms["password"]
    form["email"], form["password"] = SAM.email, SAM.password
    page = form.submit().follow()
    code = page.html.find(string=lambda text: "the app shows" in text).split()[-2]
    form = page.forms["second"]
    form["code"] = code
    assert form.submit().location.endswith("/staff")


def test_strangers_are_not_offered(browser: Any, loaded_demo: Any) -> None:
    for email in ("aoife@harbour-hosting.example", "mara@northwind.example", "", "x"):
        press(browser(), email, status=404)
    assert opened(loaded_demo) == []


def test_preparing_again_changes_nothing(loaded_demo: Any) -> None:
    def rows() -> Any:
        with loaded_demo.database.session(Scope.system_wide("test"), write=False) as db:
            members = db.scalars(select(StaffMember).order_by(StaffMember.id))
            return [row.role for row in members], list(db.scalars(select(Password.hash).order_by(Password.id)))

    before = rows()
    prepare(loaded_demo, Address("127.0.0.1", 80))
    assert rows() == before
    assert before[0] == ["owner", "support", "owner"]


def test_preparing_again_leaves_a_login_that_is_off(loaded_demo: Any) -> None:
    with loaded_demo.database.session(Scope.system_wide("test")) as db:
        sam = db.scalars(select(User).where(User.email == SAM.email)).one()
        sam.disabled_at = loaded_demo.clock.now()
        db.execute(delete(Password).where(Password.user_id == sam.id))
    prepare(loaded_demo, Address("127.0.0.1", 80))
    with loaded_demo.database.session(Scope.system_wide("test"), write=False) as db:
        assert db.scalar(select(Password).where(Password.user_id == sam.id)) is None


def test_the_demo_says_where_staff_come_in(loaded_demo: Any) -> None:
    text = "\n".join(welcome(loaded_demo, Address("127.0.0.1", 6543)))
    assert "http://127.0.0.1:6543/staff/sign-in" in text
    assert SAM.email in text


def test_the_demos_passwords_are_good_examples() -> None:
    for person in DEMO_STAFF:
        assert objection(person.password, [person.email, *person.name.lower().split()]) is None


def test_outside_a_demo_nothing_of_it_is_there(make_app: Any, tenant: Any) -> None:
    visitor = webtest.TestApp(make_app(), extra_environ={"HTTP_HOST": "portal.test"})
    page = visitor.get("/staff/sign-in")
    assert SAM.password not in page.text
    token = page.html.find("input", attrs={"name": "csrf_token"})["value"]
    visitor.post("/staff/sign-in/demo", {"email": SAM.email, "csrf_token": token}, status=404)
