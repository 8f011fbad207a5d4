"""Signed-in readers who are lost keep their navigation; nobody learns from the page what exists elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
import webtest
from pyramid import httpexceptions
from sqlalchemy.exc import IntegrityError

from riskportal import make_app as assemble
from riskportal import shell
from riskportal.app import Portal
from riskportal.identity.models import User
from riskportal.shell.permissions import VIEW
from riskportal.web import layout


def doubled(request: Any) -> Any:
    """A view that runs into the database's rules and answers as if there were nothing: the transaction is dead."""
    try:
        request.db.add(User(email="ada@customer.test"))
        request.db.flush()
    except IntegrityError:
        raise httpexceptions.HTTPNotFound() from None


def half_done(request: Any) -> Any:
    """A view that leaves something unwritten behind."""
    request.db.add(User(email="ada@customer.test"))
    raise httpexceptions.HTTPNotFound()


VIEWS = {"doubled": doubled, "half_done": half_done}


@pytest.fixture
def app(portal: Portal, portal_settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    original = shell.includeme

    def more(config: Any) -> None:
        original(config)
        for name, view in VIEWS.items():
            config.add_portal_route(f"core.broken_{name}", f"/broken/{name}", permission=VIEW)
            config.add_view(view, route_name=f"core.broken_{name}", require_csrf=False, renderer="json")

    monkeypatch.setattr(shell, "includeme", more)
    return assemble(portal, portal_settings)


@pytest.fixture
def ada(testapp: webtest.TestApp, signed_in: Any, user: Any) -> webtest.TestApp:
    return signed_in(testapp, user)


def has_way_out(page: Any, home: str) -> bool:
    """Navigation, who is signed in, and a button home."""
    html = page.html
    assert html.find("h1").text == "Nothing is here" or html.find("h1").text == "You can't open this"
    found = [html.select_one("aside nav a"), html.select_one("form[action*='sign-out']")]
    button = html.select_one("main a.primary")
    return all(found) and button is not None and button["href"] == home


def inside(page: Any) -> bool:
    return page.html.select_one("aside nav") is not None


def test_a_customer_finds_on(ada: Any, bill_group: Any, make: Any, signed_in: Any, browser: Any) -> None:
    home = f"/g/{bill_group.public_id}/"
    for path in ("billing/invoices/zzzzzzzzzzzzzzzzzzzz", "services/zzzzzzzzzzzzzzzzzzzz"):
        page = ada.get(home + path, status=404)
        assert inside(page)
        assert page.html.select_one("form[action*='sign-out']")
    viewer = make.member(bill_group, "viewer@customer.test", "viewer")
    page = signed_in(browser(), viewer).get(home + "account/people", status="*")
    if page.status_int == 403:
        assert inside(page) and page.html.find("h1").text == "You can't open this"


def test_staff_find_on(make: Any, tenant: Any, signed_in: Any, browser: Any) -> None:
    reader = signed_in(browser(), make.staff(tenant, "r@alder.test", "read_only"), kind="staff")
    assert has_way_out(reader.get("/staff/team/zzzzzzzzzzzzzzzzzzzz", status=404), "/staff")
    assert has_way_out(reader.get("/staff/team/add", status=403), "/staff")
    assert has_way_out(reader.get("/staff/settings/of/acme", status="*"), "/staff")


def test_elsewhere_looks_like_nowhere(ada: Any, other_bill_group: Any, bill_group: Any, make: Any) -> None:
    """Neither another customer's bill group nor an absent one shows whose it might be."""
    for path in ("", "billing", "account/security"):
        absent = ada.get(f"/g/{'z' * 20}/{path}", status=404)
        assert ada.get(f"/g/{other_bill_group.public_id}/{path}", status=404).body == absent.body
        assert not inside(absent)


def test_strangers_get_no_navigation(testapp: Any, bill_group: Any, make: Any, tenant: Any) -> None:
    for path in ("/nothing-here", "/staff/nothing", f"/g/{bill_group.public_id}/nothing"):
        assert not inside(testapp.get(path, status=404))


@pytest.mark.parametrize("how", VIEWS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_dead_transaction_is_left_alone(
    ada: Any, bill_group: Any, how: str, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the database refuses further statements, the page comes without navigation instead of failing."""
    path = f"/g/{bill_group.public_id}/broken/{how}"
    page = ada.get(path, status="*") if method == "GET" else ada.post(path, status="*")
    if method == "GET" and how == "doubled":
        assert page.status_int == 500  # reading sessions refuse to write at all
        return
    assert page.status_int == 404
    assert "Nothing is here" in page
    assert ada.get(f"/g/{bill_group.public_id}/").status_int == 200


def test_a_navigation_that_fails_costs_the_navigation_only(
    ada: Any, bill_group: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: Any) -> Any:
        raise RuntimeError("hunter2")

    monkeypatch.setattr(layout, "_nav", broken)
    page = ada.get(f"/g/{bill_group.public_id}/services/zzzzzzzzzzzzzzzzzzzz", status=404)
    assert not inside(page)
    assert "Nothing is here" in page and "hunter2" not in page


def test_the_language_leads_back_to_a_page_that_is_there(ada: Any, bill_group: Any) -> None:
    page = ada.get(f"/g/{bill_group.public_id}/services/zzzzzzzzzzzzzzzzzzzz?x=1", status=404)
    assert {field["value"] for field in page.html.select("input[name=return_to]")} == {"/"}
    page = ada.get(f"/g/{bill_group.public_id}/?x=1")
    assert {field["value"] for field in page.html.select("input[name=return_to]")} == {
        f"/g/{bill_group.public_id}/?x=1"
    }
