"""The preview: staff look at a portal as its customer; when it ends, what it refuses, and who may open it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import webtest
from sqlalchemy import select

from riskportal.audit.models import AuditEntry
from riskportal.customers.models import BillGroup
from riskportal.db.guard import Scope
from riskportal.identity.models import AccessRule, Membership, Passkey, PreviewSession, StaffMember, User, UserSession
from riskportal.security.cookies import PREVIEW, SESSION, STAFF
from riskportal.tenancy.models import RolePermission, Tenant

HOST = {"Host": "portal.test"}
REFUSED, OVER = "This is a preview", "This preview has ended"


@pytest.fixture
def clerk(make: Any, tenant: Any) -> Any:
    """Somebody of the tenant's billing staff."""
    return make.staff(tenant, "bea@alder.test", role="billing", name="Bea Clerk")


@pytest.fixture
def console(testapp: Any, signed_in: Any, clerk: Any) -> webtest.TestApp:
    """The clerk's browser, in the console."""
    return signed_in(testapp, clerk, kind="staff")


@pytest.fixture
def page(bill_group: Any) -> str:
    """Where a preview is opened."""
    return f"/staff/bill-groups/{bill_group.public_id}/preview"


@pytest.fixture
def home(bill_group: Any) -> str:
    return f"/g/{bill_group.public_id}/"


def open_as(console: webtest.TestApp, page: str, viewer: str = "owner", **kw: Any) -> Any:
    """Open a preview by its form; the answer to it."""
    form = console.get(page).forms["preview"]
    form["view_as"].force_value(viewer)
    return form.submit("open", **kw)


def names(page: Any) -> list[str]:
    """The lines of the navigation."""
    return [link.find("span").text for link in page.html.find("nav", class_="nav").find_all("a")]


def change(database: Any, work: Callable[[Any], Any]) -> None:
    with database.session(Scope.system_wide("test")) as db:
        work(db)


def test_a_preview_shows_the_portal_of_a_role(
    console: Any, page: str, home: str, bill_group: Any, database: Any, clerk: Any
) -> None:
    answer = open_as(console, page, "viewer", status=303)
    assert answer.location == f"http://portal.test{home}"
    cookie = next(text for text in answer.headers.getall("Set-Cookie") if text.startswith(PREVIEW))
    assert "Max-Age=900" in cookie
    assert "HttpOnly" in cookie
    bar = answer.follow().html.find("section", class_="preview-bar")
    assert "Bea Clerk looks as Viewer." in bar.text
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
    assert "Bea Clerk looks as new@customer.test." in shown.text
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
    assert "looks as Viewer." in open_as(console, page, "viewer").follow().text
    with database.session(Scope.system_wide("test"), write=False) as db:
        rows = db.scalars(select(PreviewSession).order_by(PreviewSession.id)).all()
        assert [row.ended_at is None for row in rows] == [False, True]


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
    assert "looks as Viewer." in console.get(other).text
    assert "looks as ada@customer.test." in console.get(home).text
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
