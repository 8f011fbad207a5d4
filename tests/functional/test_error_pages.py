"""Error pages: neutral words, the way back, nothing of what happened inside."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
import webtest
from pyramid import httpexceptions
from sqlalchemy.exc import OperationalError

from riskportal import make_app as assemble
from riskportal import shell
from riskportal.app import Portal
from riskportal.db.guard import Scope
from riskportal.identity.models import User
from riskportal.security.limits import TooMany

SECRETS = ("hunter2", "Traceback", "RuntimeError", "src/riskportal", "SELECT", "sqlite", "psycopg", ".py")


def crash(request: Any) -> Any:
    raise RuntimeError("password=hunter2")


def broken_sql(request: Any) -> Any:
    request.db.add(User(email="ada@customer.test"))
    request.db.flush()


def late(request: Any) -> Any:
    """The error comes with the commit, after the view has answered."""
    request.db.add(User(email="ada@customer.test"))
    return httpexceptions.HTTPSeeOther("/")


def writes(request: Any) -> Any:
    request.user.name = "Eve"
    raise httpexceptions.HTTPConflict()


VIEWS: dict[str, Callable[[Any], Any]] = {
    "crash": crash,
    "sql": broken_sql,
    "late": late,
    "writes": writes,
    **{
        str(status): lambda request, status=status: (_ for _ in ()).throw(
            httpexceptions.status_map[status]("hunter2")
        )
        for status in (400, 403, 404, 405, 409, 410, 413, 429, 500, 501, 503)
    },
    "wait": lambda request: (_ for _ in ()).throw(TooMany(17)),
}


@pytest.fixture
def app(portal: Portal, portal_settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The application, with pages at /broken/<how> that fail in that way."""
    original = shell.includeme

    def more(config: Any) -> None:
        original(config)
        for name, view in VIEWS.items():
            config.add_public_route(f"core.broken_{name}", f"/broken/{name}")
            config.add_view(view, route_name=f"core.broken_{name}", require_csrf=False, renderer="json")

    monkeypatch.setattr(shell, "includeme", more)
    return assemble(portal, portal_settings)


def neutral(page: Any, tenant_name: str | None = "Alder Hosting") -> None:
    """A whole designed page that tells nothing."""
    assert page.content_type == "text/html"
    assert page.headers["Cache-Control"] == "private, no-store"
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert page.html.find("h1").text
    for secret in SECRETS:
        assert secret not in page.text
    if tenant_name:
        assert tenant_name in page.html.find("title").text
        assert page.html.find("a", class_="primary")["href"] == "/"
    else:
        assert page.html.find("a", class_="primary") is None


TITLES = {
    400: "This request can't be read", 403: "You can't open this", 404: "Nothing is here",
    405: "This can't be done here", 409: "This request can't be read", 410: "This link is no longer valid",
    413: "This is too large", 429: "Too many tries", 500: "Something went wrong on our side",
    501: "Something went wrong on our side", 503: "Something went wrong on our side",
}  # fmt: skip


@pytest.mark.parametrize("status", TITLES)
def test_every_status_has_its_page(testapp: webtest.TestApp, status: int) -> None:
    page = testapp.get(f"/broken/{status}", status=status)
    neutral(page)
    assert page.html.find("h1").text == TITLES[status]
    assert (page.headers["X-Request-Id"] in page.text) == (status >= 500)


def test_too_many_says_when(testapp: webtest.TestApp) -> None:
    assert testapp.get("/broken/wait", status=429).headers["Retry-After"] == "17"


@pytest.mark.parametrize("how", ["crash", "sql"])
def test_a_crash(testapp: webtest.TestApp, user: Any, how: str, caplog: pytest.LogCaptureFixture) -> None:
    page = testapp.post(f"/broken/{how}", {"password": "hunter3", "csrf_token": "hunter3"}, status=500)
    neutral(page)
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.getMessage() == f"request {page.headers['X-Request-Id']} failed"
    assert record.exc_info
    assert "hunter3" not in caplog.text
    assert "ada@customer.test" not in caplog.text


def test_an_error_at_the_commit(testapp: webtest.TestApp, user: Any, caplog: pytest.LogCaptureFixture) -> None:
    page = testapp.post("/broken/late", status=500)
    neutral(page)
    assert "Location" not in page.headers
    assert page.headers["X-Request-Id"] in caplog.text
    assert testapp.get("/sign-in").status_int == 200


def test_nothing_is_kept_of_a_request_that_failed(
    testapp: webtest.TestApp, signed_in: Any, user: Any, database: Any
) -> None:
    signed_in(testapp, user).post("/broken/writes", status=409)
    with database.session(Scope.tenant_wide(user.tenant_id), write=False) as db:
        assert db.get_one(User, user.id).name == "Ada Lovelace"


def test_a_database_that_is_gone(
    testapp: webtest.TestApp, portal: Portal, monkeypatch: pytest.MonkeyPatch, user: Any, signed_in: Any
) -> None:
    signed_in(testapp, user)

    def gone(*_args: Any, **_kw: Any) -> Any:
        raise OperationalError("SELECT 1", {}, Exception("connection refused"))

    monkeypatch.setattr(portal.database.engine.pool, "connect", gone)
    for path in ("/", "/sign-in", "/nothing-here", "/g/x/"):
        page = testapp.get(path, status=500)
        neutral(page, None)
        assert page.headers["X-Request-Id"] in page.text
    assert testapp.get("/healthz").text == "ok"
    monkeypatch.undo()
    assert testapp.get("/sign-in").status_int == 200


@pytest.mark.parametrize("path", ["/nothing-here", "/g", "/static/x/y.css", "/sign-out", "/sign-in/nothing"])
def test_a_path_that_nobody_knows(testapp: webtest.TestApp, path: str) -> None:
    page = testapp.get(path, status=404)
    if not path.startswith(("/static", "/sign-out")):
        neutral(page)


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/nothing-here", "/g/x/", "/brand.css", "/brand/logo", "/sign-in/demo"]
)
def test_an_unknown_host_learns_nothing(browser: Any, tenant: Any, other_tenant: Any, path: str) -> None:
    page = browser(host="evil.test").get(path, status=404)
    neutral(page, None)
    for row in (tenant, other_tenant):
        for word in (row.name, row.accent, row.base_url, row.sender_address, row.public_id):
            assert word not in page.text
    assert "Set-Cookie" not in page.headers
    assert "brand.css" not in page.text


def test_too_large(testapp: webtest.TestApp) -> None:
    neutral(testapp.post("/sign-in", b"a=1", headers={"Content-Length": str(13 * 1024 * 1024)}, status=413), None)


@pytest.mark.parametrize(("status", "title"), [(404, "Hier ist nichts"), (500, "Bei uns ist etwas schiefgegangen")])
def test_in_german(testapp: webtest.TestApp, status: int, title: str) -> None:
    for headers in ({"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}, {"Cookie": "rp_language=de"}):
        page = testapp.get(f"/broken/{status}", headers=headers, status=status)
        assert page.html.find("h1").text == title
        assert page.html.find("html")["lang"] == "de"
        assert "Zur Startseite" in page.text


def test_the_api_answers_in_json(testapp: webtest.TestApp) -> None:
    page = testapp.get("/api/v1/nothing", status=404)
    assert page.json == {"error": "Nothing is here", "request_id": page.headers["X-Request-Id"]}


def test_an_error_page_needs_no_statement(testapp: webtest.TestApp, sql_count: Any) -> None:
    with sql_count() as sql:
        testapp.get("/nothing-here", status=404)
    assert len(sql) <= 1, str(sql)  # the tenant, for its brand


def test_pages_that_need_a_slash_get_one(testapp: webtest.TestApp) -> None:
    answer = testapp.get("/g/abc?x=1")
    assert re.fullmatch(r"http://portal\.test/g/abc/\?x=1", answer.location)
    for evil in ("//evil.test/g/x", "//evil.test", "/\\evil.test/g/x", "/g//evil.test"):
        answer = testapp.get(evil, status="*")
        assert answer.status_int == 404 or answer.location.startswith("http://portal.test/")
