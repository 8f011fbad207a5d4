"""A module that fails costs its own part of a page: on both databases, whatever it has done to the session."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from riskportal.db.guard import Scope
from riskportal.identity.models import User

Package = Callable[..., str]

GOOD = """
@hookimpl
def dashboard_cards(request):
    yield Card("good.card", "active", "good:card.jinja2", {"who": request.user.email})

@hookimpl
def attention(request):
    yield Attention("good.wait", "Good waits", request.customer.name, "Look", "/look")

@hookimpl
def search(request, query):
    yield SearchHit("good", f"Good {query}", request.bill_group.name, "/hit")
"""
CARD = "<p>{{ who }} of {{ request.bill_group.name }} at {{ request.tenant.name }}</p>"
BROKEN_SQL = "request.db.execute(text('SELECT * FROM nothing_like_this'))"
WAYS = {
    "raises": "raise RuntimeError('boom')",
    "sql": BROKEN_SQL,
    "writes": "request.user.name = 'Eve'; request.db.flush()",
    "other scope": "request.db.scalars(select(Contact).where(Contact.nothing == 1))",
    "wrong type": "return [{'id': 'bad.card'}]",
    "half": "return half(request)",
    "no list": "return 3",
}
BAD = """
from sqlalchemy import text, select
from riskportal.customers.models import Contact

def half(request):
    yield Card("bad.card", "active", "bad:card.jinja2", {})
    yield Attention("bad.wait", "Bad waits", "", "Look", "/look")
    raise RuntimeError("boom")

@hookimpl
def dashboard_cards(request):
    WAY

@hookimpl
def attention(request):
    WAY

@hookimpl
def search(request):
    WAY
"""


@pytest.fixture
def page(
    package: Package, make_app: Any, browser: Any, signed_in: Any, user: Any, bill_group: Any
) -> Callable[..., Any]:
    """`page("/", bad="...")`: a page of the portal with the modules bad and good, in this order."""

    def get(path: str, bad: str, card: str = "<p>bad card</p>") -> Any:
        package("bad", bad, title="'Bad module'", card=card)
        package("good", GOOD, card=CARD)
        testapp = signed_in(browser(app=make_app(modules=["bad", "good"])), user)
        return testapp.get(f"/g/{bill_group.public_id}{path}")

    return get


@pytest.mark.parametrize("way", WAYS)
def test_the_home_page_goes_on(page: Callable[..., Any], way: str, caplog: pytest.LogCaptureFixture) -> None:
    home = page("/", BAD.replace("WAY", WAYS[way]))
    assert "<p>ada@customer.test of Northwind Atelier at Alder Hosting</p>" in home.text
    assert "Good waits" in home.text
    assert "bad card" not in home.text
    assert "Bad waits" not in home.text
    assert "Bad module" in home.text
    failures = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.name for record in failures] == ["riskportal.plug"] * 2
    assert "module bad failed in dashboard_cards (request " in failures[0].getMessage()
    assert home.headers["X-Request-Id"] in failures[0].getMessage()


@pytest.mark.parametrize("way", ["raises", "sql", "wrong type"])
def test_the_search_page_goes_on(page: Callable[..., Any], way: str) -> None:
    found = page("/search?q=lamp", BAD.replace("WAY", WAYS[way]))
    assert "Good lamp" in found.text
    assert "Bad module" in found.text


def test_a_card_that_breaks_in_its_template(page: Callable[..., Any]) -> None:
    bad = f"""
    from sqlalchemy import text
    @hookimpl
    def dashboard_cards(request):
        yield Card("bad.one", "active", "bad:card.jinja2", {{"x": lambda: {BROKEN_SQL}}}, title="First card")
        yield Card("bad.two", "active", "bad:missing.jinja2", {{}}, title="Second card")
        yield Card("bad.three", "lead", "bad:card.jinja2", {{}}, title="Third card")
    """
    home = page("/", bad, card="{{ x() }}")
    assert "of Northwind Atelier at Alder Hosting" in home.text
    for title in ("First card", "Second card", "Third card"):
        assert title in home.text


BADGE = """
from sqlalchemy import text

def broken(request):
    {}

@hookimpl
def permissions():
    yield Permission("bad.see", "See", "portal", ("owner",))

@hookimpl
def includeme(config):
    config.add_portal_route("bad.list", "/list", permission="bad.see")
    config.add_view(lambda request: {{}}, route_name="bad.list", renderer="bad:card.jinja2")

@hookimpl
def nav_entries():
    yield NavEntry("bad.nav", "portal", "Bad entry", "bad.list", "bad.see", "home", badge=broken)
"""


@pytest.mark.parametrize("way", ["raise RuntimeError('boom')", BROKEN_SQL])
def test_a_badge_must_not_cost_the_page(page: Callable[..., Any], way: str) -> None:
    home = page("/", BADGE.format(way))
    assert "Bad entry" in home.text
    assert "of Northwind Atelier at Alder Hosting" in home.text


def test_a_write_survives_a_hook_that_fails_after_it(
    package: Package, make_app: Any, browser: Any, signed_in: Any, user: Any, bill_group: Any, database: Any
) -> None:
    """In a POST the failing hook gets a savepoint: what was written before stays, and is committed."""
    package(
        "bad",
        f"""
        from sqlalchemy import text
        from pyramid.httpexceptions import HTTPSeeOther

        @hookimpl
        def permissions():
            yield Permission("bad.see", "See", "portal", ("owner",))

        @hookimpl
        def includeme(config):
            config.add_portal_route("bad.do", "/do", permission="bad.see")
            config.add_view(do, route_name="bad.do", request_method="POST", require_csrf=False)

        def do(request):
            request.user.name = "Written"
            request.record_panels(RecordRef("bad.thing", "x"))
            return HTTPSeeOther("/")

        @hookimpl
        def record_panels(request, ref):
            request.user.name = "Half done"
            {BROKEN_SQL}
        """,
    )
    testapp = signed_in(browser(app=make_app(modules=["bad"])), user)
    testapp.post(f"/g/{bill_group.public_id}/bad/do", status=303)
    with database.session(Scope.tenant_wide(user.tenant_id), write=False) as db:
        assert db.get(User, user.id).name == "Written"


def test_a_module_that_is_off_isnt_asked(
    package: Package, make_app: Any, browser: Any, signed_in: Any, user: Any, bill_group: Any, make: Any, tenant: Any
) -> None:
    package("bad", BAD.replace("WAY", WAYS["raises"]), title="'Bad module'")
    package("good", GOOD, card=CARD)
    make.switch_off(tenant, "bad")
    testapp = signed_in(browser(app=make_app(modules=["bad", "good"])), user)
    assert "Bad module" not in testapp.get(f"/g/{bill_group.public_id}/").text
