"""The preview: staff look at a portal as its customer; when it ends, what it refuses, and who may open it."""

from __future__ import annotations

from typing import Any

import pytest
from preview_steps import HOST, OVER, REFUSED, change, names, open_as
from sqlalchemy import select

from riskportal.audit.models import AuditEntry
from riskportal.db.guard import Scope
from riskportal.identity.models import Membership, Passkey, PreviewSession, User, UserSession
from riskportal.security.cookies import PREVIEW, SESSION
from riskportal.tenancy.models import RolePermission, Tenant


def test_a_preview_shows_the_portal_of_a_role(
    console: Any, page: str, home: str, bill_group: Any, database: Any, clerk: Any
) -> None:
    answer = open_as(console, page, "viewer", status=303)
    assert answer.location == f"http://portal.test{home}"
    cookie = next(text for text in answer.headers.getall("Set-Cookie") if text.startswith(PREVIEW))
    assert "Max-Age=900" in cookie
    assert "HttpOnly" in cookie
    bar = answer.follow().html.find("section", class_="preview-bar")
    assert "You see this as somebody with the role Viewer would." in bar.text
    assert "15 minutes left" in bar.text
    with database.session(Scope.system_wide("test"), write=False) as db:
        entry = db.scalars(select(AuditEntry)).one()
        assert (entry.code, entry.actor_kind, entry.actor_id) == ("core.preview_opened", "staff", clerk.id)
        assert entry.data == {"staff": "bea@alder.test", "viewer": "viewer", "bill_group": "Northwind Atelier"}
        assert entry.bill_group_id == bill_group.id
        assert db.scalars(select(PreviewSession)).one().token_hash not in cookie


def test_neither_a_rule_nor_an_open_portal_is_needed(
    console: Any, make: Any, customer: Any, tenant: Any, database: Any
) -> None:
    """A preview is for looking before sharing."""
    group = make.bill_group(customer, name="To be", portal_enabled=False)
    page = f"/staff/bill-groups/{group.public_id}/preview"
    assert "switched off" in console.get(page).text
    assert open_as(console, page, "owner").follow().status_int == 200
    make.save(
        Membership(
            tenant_id=tenant.id, bill_group_id=group.id, email="new@customer.test", role="viewer", name="Nia New"
        )
    )
    shown = open_as(console, page, "new@customer.test").follow()
    assert "You see this as new@customer.test would." in shown.text
    with database.session(Scope.system_wide("test"), write=False) as db:
        assert db.scalar(select(User).where(User.email == "new@customer.test")) is None


def test_a_closed_bill_group_has_no_preview(console: Any, make: Any, customer: Any, home: str, page: str) -> None:
    closed = make.bill_group(customer, name="Over", state="closed")
    console.get(f"/staff/bill-groups/{closed.public_id}/preview", status=404)
    console.get("/staff/bill-groups/zzzzzzzzzzzzzzzzzzzz/preview", status=404)


def test_a_role_as_the_tenant_has_edited_it(
    console: Any, page: str, home: str, make: Any, tenant: Any, database: Any
) -> None:
    assert "Services" in names(open_as(console, page, "technical").follow())
    make.save(
        RolePermission(
            tenant_id=tenant.id, area="portal", role="technical", permission="services.service.read", granted=False
        )
    )
    change(database, lambda db: setattr(db.get_one(Tenant, tenant.id), "config_version", 7))
    assert "Services" not in names(console.get(home))
    console.get(f"{home}services", status=403)


def test_one_person_with_single_permissions_and_limits(
    console: Any, page: str, home: str, make: Any, tenant: Any, bill_group: Any
) -> None:
    make.save(
        Membership(
            tenant_id=tenant.id,
            bill_group_id=bill_group.id,
            email="kit@customer.test",
            permissions=["services.service.read", "billing.invoice.read"],
            limited_to=[["services.service", "bbbbbbbbbbbbbbbbbbbb"]],
        )
    )
    shown = open_as(console, page, "kit@customer.test").follow()
    assert "Services" in names(shown)
    assert "Billing" not in names(shown)
    console.get(f"{home}services", status=200)
    console.get(f"{home}billing", status=403)


def test_somebody_of_a_domain(console: Any, page: str, make: Any, tenant: Any, bill_group: Any) -> None:
    make.rule(bill_group, "studio.test", role="viewer", kind="domain")
    make.user(tenant, "ira@studio.test", name="Ira Studio", language="de")
    form = console.get(page).forms["preview"]
    assert ("ira@studio.test", False, "Ira Studio (ira@studio.test)") in form["view_as"].options
    shown = open_as(console, page, "ira@studio.test").follow()
    assert shown.html.find("html")["lang"] == "de"  # as the person has it
    assert "ira@studio.test" in shown.html.find("aside").text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_sent(console: Any, page: str, home: str, method: str) -> None:
    """B15: every non-safe method, on pages that take it, on others and on none, before any view runs."""
    open_as(console, page)
    token = console.get(f"{home}account/security").html.find("input", attrs={"name": "csrf_token"})["value"]
    for path in (home, f"{home}account/security/revoke", f"{home}billing/invoices", f"{home}nothing/here"):
        answer = console.request(
            path, method=method, body=f"csrf_token={token}&session=others".encode(), status=403,
            content_type="application/x-www-form-urlencoded", headers={**HOST, "Referer": f"http://portal.test{home}billing?a=b"},
        )  # fmt: skip
        assert answer.html.find("h1").text == REFUSED
        assert answer.html.find("a", string="Back to the page")["href"] == f"{home}billing?a=b"
        assert "Set-Cookie" not in answer.headers
    ended = answer.form.submit()
    assert ended.location.endswith(page)
    assert OVER not in console.get(home, status=303).text


def test_looking_leaves_no_trace(
    console: Any, page: str, home: str, database: Any, clock: Any, clerk: Any, signed_in: Any, user: Any
) -> None:
    """B15: no last use is noted, of the staff session or of a customer session in the same browser."""
    signed_in(console, user)
    open_as(console, page, "ada@customer.test")

    def rows() -> list[Any]:
        with database.session(Scope.system_wide("test"), write=False) as db:
            return [(row.id, row.seen_at) for row in db.scalars(select(UserSession).order_by(UserSession.id))]

    before = rows()
    clock.advance(minutes=14)
    assert console.get(home).html.find("section", class_="preview-bar") is not None
    assert rows() == before


def test_nothing_of_a_persons_own_login(
    console: Any, browser: Any, page: str, home: str, signed_in: Any, user: Any, make: Any, clock: Any
) -> None:
    """Where they are signed in, and by which keys, is not for the provider's eyes."""
    theirs = signed_in(browser(), user)
    make.save(
        Passkey(
            tenant_id=user.tenant_id, user_id=user.id, name="Ada\'s blue key", credential_id="x", public_key="x",
            sign_count=0, transports=[], backed_up=False, created_at=clock.now(),
        )
    )  # fmt: skip
    assert "blue key" in theirs.get(f"{home}account/security").text
    open_as(console, page, "ada@customer.test")
    shown = console.get(f"{home}account/security")
    assert "blue key" not in shown.text
    assert "192.0.2.1" not in shown.text


def test_it_opens_one_bill_group(
    console: Any, page: str, home: str, make: Any, customer: Any, signed_in: Any, user: Any
) -> None:
    """The cookie names its bill group: another one is another preview, or whatever the browser holds else."""
    second = make.bill_group(customer, name="Workshop")
    make.rule(second, "ada@customer.test", role="viewer")
    open_as(console, page, "ada@customer.test")
    assert console.get(home).html.find("details", class_="switcher") is None
    other = f"/g/{second.public_id}/"
    assert console.get(other).location.startswith("http://portal.test/sign-in")
    open_as(console, f"/staff/bill-groups/{second.public_id}/preview", "viewer")
    assert "You see this as somebody with the role Viewer would." in console.get(other).text
    assert "You see this as ada@customer.test would." in console.get(home).text
    # Its token doesn't open the other one.
    for cookie in console.cookiejar:
        if cookie.name == PREVIEW + second.public_id:
            token = cookie.value
    console.set_cookie(PREVIEW + bill_group_of(home), token)
    assert console.get(home, status=403).html.find("h1").text == OVER


def bill_group_of(home: str) -> str:
    return home.split("/")[2]


def test_its_cookie_opens_nothing_else(console: Any, browser: Any, page: str, home: str) -> None:
    """B16: no console, no API, no page outside the bill group; and nothing at all without the staff session."""
    open_as(console, page)
    thief = browser()
    for cookie in console.cookiejar:
        if cookie.name.startswith(PREVIEW):
            thief.set_cookie(cookie.name, cookie.value)
            thief.set_cookie(SESSION, cookie.value)
    assert thief.get(page).location.startswith("http://portal.test/staff/sign-in")
    assert thief.get("/").location.startswith("http://portal.test/sign-in")
    thief.get("/api/v1/nothing", status=404)
    assert thief.get(home, status=403).html.find("h1").text == OVER


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("billing", 200), ("support", 200), ("read_only", 403)])
def test_who_may_open_one(
    browser: Any, signed_in: Any, make: Any, tenant: Any, page: str, role: str, status: int
) -> None:
    staff = signed_in(browser(), make.staff(tenant, "s@alder.test", role=role), kind="staff")
    staff.get(page, status=status)


def test_other_tenants_and_customers_see_no_such_page(
    browser: Any, signed_in: Any, make: Any, other_tenant: Any, page: str, user: Any, home: str
) -> None:
    """B17: staff of another tenant; B18: a customer."""
    foreign = signed_in(browser(host="other.test"), make.staff(other_tenant, "s@birch.test"), kind="staff")
    own = make.bill_group(make.customer(other_tenant))
    token = foreign.get(f"/staff/bill-groups/{own.public_id}/preview").forms["preview"]["csrf_token"].value
    foreign.get(page, status=404)
    for path in (page, f"{page}/end"):
        foreign.post(path, {"csrf_token": token, "view_as": "owner"}, status=404)
    customer = signed_in(browser(), user)
    assert customer.get(page, status=303).location.startswith("http://portal.test/staff/sign-in")


@pytest.mark.parametrize(
    "viewer",
    [
        "",
        "admin",
        "Owner",
        "eve@nowhere.test",
        "ada@customer.test\nx",
        "a@b@c",
        "x" * 300,
        "<script>",
        "owner,viewer",
    ],
)
def test_nobody_in_particular(console: Any, page: str, home: str, user: Any, viewer: str, database: Any) -> None:
    answer = open_as(console, page, viewer, status=400)
    assert answer.html.find(id="preview-view_as")["aria-invalid"] == "true"
    assert "<script>alert" not in answer.text
    with database.session(Scope.system_wide("test"), write=False) as db:
        assert db.scalar(select(PreviewSession)) is None


@pytest.mark.parametrize("field", ["role", "email", "staff_user_id", "expires_at"])
def test_a_field_that_the_form_has_not(console: Any, page: str, field: str) -> None:
    token = console.get(page).forms["preview"]["csrf_token"].value
    console.post(page, {"csrf_token": token, "view_as": "owner", field: "1"}, status=400)


def test_those_who_are_out_are_not_offered(
    console: Any, page: str, make: Any, tenant: Any, bill_group: Any, user: Any, clock: Any
) -> None:
    own = {"tenant_id": tenant.id, "bill_group_id": bill_group.id, "role": "owner"}
    make.save(Membership(**own, email="gone@customer.test", revoked_at=clock.now()))
    make.save(Membership(**own, email="late@customer.test", expires_at=clock.now()))
    make.rule(bill_group, "off@customer.test")
    make.user(tenant, "off@customer.test", disabled_at=clock.now())
    form = console.get(f"{page}?as=gone@customer.test").forms["preview"]
    assert [value for value, _chosen, _label in form["view_as"].options] == [
        "owner", "billing", "technical", "viewer", "ada@customer.test"
    ]  # fmt: skip
    for email in ("gone@customer.test", "late@customer.test", "off@customer.test"):
        open_as(console, page, email, status=400)
    assert console.get(f"{page}?as=ada@customer.test").forms["preview"]["view_as"].value == "ada@customer.test"


def test_a_preview_costs_hardly_more_than_the_page(
    console: Any, browser: Any, signed_in: Any, page: str, home: str, sql_count: Any, user: Any
) -> None:
    """A role's preview saves the grant; a person's asks for the person and theirs."""

    def statements(visitor: Any) -> int:
        visitor.get(f"{home}search")
        with sql_count() as sql:
            visitor.get(f"{home}search")
        return len(sql)

    theirs = statements(signed_in(browser(), user))
    open_as(console, page)
    assert statements(console) <= theirs
    open_as(console, page, "ada@customer.test")
    assert statements(console) <= theirs + 1


def test_a_preview_offers_no_choice_that_would_be_kept(console: Any, page: str, tenant: Any) -> None:
    """The language is the staff member's own, and its form leads out of the preview."""
    shown = open_as(console, page, "viewer").follow()
    assert not any("language" in (form.action or "") for form in shown.forms.values())


def test_people_to_look_as_are_named_to_those_who_may_see_them(
    make: Any, tenant: Any, bill_group: Any, browser: Any, signed_in: Any, page: str
) -> None:
    make.member(bill_group, "ada@customer.test")
    row = {"tenant_id": tenant.id, "area": "staff", "role": "support", "permission": "core.access.read"}
    make.save(RolePermission(granted=False, **row))
    visitor = signed_in(browser(), make.staff(tenant, "sue@alder.test", role="support"), kind="staff")
    assert "ada@customer.test" not in visitor.get(page).text
