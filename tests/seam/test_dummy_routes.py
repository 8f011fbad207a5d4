"""The four route directives, as a module from outside uses them."""

from __future__ import annotations

import pytest
from pyramid.interfaces import IRoutesMapper

from riskportal.db.guard import Scope
from riskportal.identity.models import ApiToken
from riskportal.identity.tokens import hashed
from riskportal.plug.declarations import RESERVED


@pytest.fixture
def token(make, tenant):
    """An API token with the module's permission."""
    secret = "t" * 43
    make.save(
        ApiToken(tenant_id=tenant.id, name="tests", token_hash=hashed(secret), permissions=["dummy.note.export"])
    )
    return secret


def test_public_route(testapp, other_tenant, browser):
    assert testapp.get("/dummy/about").text == "Alder Hosting has a notebook."
    assert browser("other.test").get("/dummy/about").text == "Birch Web has a notebook."
    browser("nobody.test").get("/dummy/about", status=404)


def test_portal_route_needs_sign_in_and_membership(testapp, here, other_bill_group, user, signed_in):
    answer = testapp.get(f"{here}/dummy")
    assert answer.status_int in (302, 303)
    assert "/sign-in" in answer.location
    signed_in(testapp, user).get(f"{here}/dummy", status=200)
    testapp.get(f"/g/{other_bill_group.public_id}/dummy", status=404)


def test_portal_route_of_another_tenant(other_tenant, make, browser, user, signed_in, here):
    """A session of one tenant is nothing under another's host name."""
    other = browser("other.test")
    signed_in(other, user)
    assert "/sign-in" in other.get(f"{here}/dummy").location


def test_staff_route(make, tenant, testapp, signed_in, bill_group, other_bill_group, write, user, database):
    note = write(bill_group, "from ada")
    write(other_bill_group, "from others")
    desk = signed_in(testapp, make.staff(tenant, role="support"), kind="staff").get("/staff/dummy")
    assert "from ada" in desk.text
    assert "from others" in desk.text
    token = desk.html.find("input", attrs={"name": "csrf_token"})["value"]
    testapp.post(f"/staff/dummy/{note.public_id}", {"text": "done", "csrf_token": token}, status=303)
    with database.session(Scope.bill_group(bill_group.tenant_id, bill_group.id)) as db:
        assert db.get(type(note), note.id).answer == "done"


def test_staff_route_is_closed_to_customers_and_to_other_roles(make, tenant, testapp, browser, signed_in, user):
    assert "/sign-in" in signed_in(testapp, user).get("/staff/dummy").location
    billing = signed_in(browser(), make.staff(tenant, "books@alder.test", role="billing"), kind="staff")
    billing.get("/staff/dummy", status=403)


def test_api_route(testapp, token, bill_group, other_tenant, make, write, browser):
    write(bill_group, "by program")
    head = {"Authorization": f"Bearer {token}"}
    assert [note["text"] for note in testapp.get("/api/v1/dummy/notes", headers=head).json["notes"]] == ["by program"]
    testapp.get("/api/v1/dummy/notes", status=401)
    testapp.get("/api/v1/dummy/notes", headers={"Authorization": "Bearer " + "u" * 43}, status=401)
    browser("other.test").get("/api/v1/dummy/notes", headers=head, status=401)


def test_api_route_takes_no_cookie(testapp, user, signed_in):
    signed_in(testapp, user).get("/api/v1/dummy/notes", status=401)


def test_a_module_that_is_off_is_not_there(make, tenant, testapp, user, signed_in, here, bill_group, write, token):
    note = write(bill_group, "zebra", answer="zebra too")
    signed_in(testapp, user).get(f"{here}/dummy", status=200)
    make.switch_off(tenant, "dummy")
    for address in (f"{here}/dummy", f"{here}/dummy/{note.public_id}", "/dummy/about", "/staff/dummy"):
        testapp.get(address, status=404)
    testapp.get("/api/v1/dummy/notes", headers={"Authorization": f"Bearer {token}"}, status=404)
    home = testapp.get(f"{here}/")
    assert "zebra" not in home.text
    assert home.html.find("a", href=f"{here}/dummy") is None
    assert "zebra too" not in testapp.get(f"{here}/search", {"q": "zebra"}).text


def test_another_modules_contract_is_none_when_it_is_off(make, tenant, visitor, here):
    make.switch_off(tenant, "services")
    assert "Services are not known" in visitor.get(f"{here}/dummy").text


def test_a_form_without_token_changes_nothing(visitor, here, database, tenant):
    visitor.post(f"{here}/dummy/write", {"text": "forged"}, status=400)
    visitor.post(f"{here}/dummy/write", {"text": "forged"}, headers={"Sec-Fetch-Site": "cross-site"}, status=403)


def test_too_much_text_comes_back_with_a_message(visitor, here):
    form = visitor.get(f"{here}/dummy/write").forms["form"]
    form["text"] = "x" * 501
    answer = form.submit("save", status=400)
    assert "x" * 501 in answer.text


def test_the_app_runs_without_the_module(make_app, browser, tenant):
    """The core doesn't need it, nor anything of it."""
    bare = browser(app=make_app(modules=[]))
    bare.get("/sign-in", status=200)
    bare.get("/dummy/about", status=404)


def test_no_module_can_stand_where_the_core_has_pages(app):
    """Pyramid would give such an address to whoever came first, without a word."""
    routes = app.registry.getUtility(IRoutesMapper).get_routes()
    core = [route for route in routes if route.name in ("healthz", "readyz") or route.name.startswith("core.")]
    paths = [route.pattern for route in core]
    # Modules stand at the same place in every area.
    for area in ("/g/{bill_group}", "/staff", "/api/v1"):
        paths += [path.removeprefix(area) for path in paths]
    words = {path.strip("/").split("/")[0] for path in paths}
    names = {word for word in words if word.isidentifier()}
    assert len(names) > 5
    assert names <= set(RESERVED)
