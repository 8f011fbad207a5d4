"""The console in Chromium: every page judged at both sizes and in both schemes, by keyboard, and without script."""

from __future__ import annotations

import pytest
from doors import user_of
from playwright.sync_api import expect
from sqlalchemy import select

from riskportal.customers.models import BillGroup, Customer
from riskportal.db.guard import Scope
from riskportal.demo.users import DEMO_STAFF
from riskportal.identity.models import User
from riskportal.identity.sessions import open_session

SAM = DEMO_STAFF[0].email
SIZES = [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")]
PAGES = {
    "home": "/staff",
    "search": "/staff/search?q=north",
    "search-empty": "/staff/search?q=zzzz",
    "customers": "/staff/customers",
    "customers-nothing": "/staff/customers?q=zzzz",
    "customer-new": "/staff/customers/new",
    "customer": "/staff/customers/{customer}",
    "customer-notes": "/staff/customers/{customer}?tab=core.notes",
    "customer-history": "/staff/customers/{customer}?tab=core.history",
    "customer-invoices": "/staff/customers/{customer}?tab=billing.invoices",
    "customer-edit": "/staff/customers/{customer}/edit",
    "group-new": "/staff/customers/{customer}/bill-groups",
    "group": "/staff/bill-groups/{group}",
    "group-invoices": "/staff/bill-groups/{group}?tab=billing.invoices",
    "group-services": "/staff/bill-groups/{group}?tab=services.services",
    "group-edit": "/staff/bill-groups/{group}/edit",
    "users": "/staff/users",
    "user": "/staff/users/{user}",
    "invoices": "/staff/billing",
    "services": "/staff/services",
}


@pytest.fixture
def office(visit, loaded_demo):
    """`office(width=360)`: Sam, the demo's owner, in the console."""

    def enter(**options):
        visitor = visit(**options)
        user = user_of(loaded_demo, SAM)
        with loaded_demo.database.session(Scope.tenant_wide(user.tenant_id)) as db:
            now = loaded_demo.clock.now()
            _row, token = open_session(db, user, "staff", now, loaded_demo.session_lifetime, None, "Firefox Linux")
        visitor.context.add_cookies([{"name": "rp_staff", "value": token, "url": visitor.server.url}])
        return visitor

    return enter


@pytest.fixture
def ids(loaded_demo):
    """Public ids of Northwind, its bill group and its owner."""
    tenant = user_of(loaded_demo, SAM).tenant_id
    with loaded_demo.database.session(Scope.tenant_wide(tenant), write=False) as db:
        customer = db.scalars(select(Customer).where(Customer.name == "Northwind Atelier")).one()
        group = db.scalars(select(BillGroup).where(BillGroup.customer_id == customer.id)).first()
        user = db.scalars(select(User).where(User.email == "mara@northwind.example")).one()
        return {"customer": customer.public_id, "group": group.public_id, "user": user.public_id}


@pytest.fixture
def many(loaded_demo):
    """Sixty more customers."""
    tenant = user_of(loaded_demo, SAM).tenant_id
    with loaded_demo.database.session(Scope.tenant_wide(tenant)) as db:
        for number in range(60):
            name = f"Firm {number:02}"
            db.add(Customer(number=f"F-{number:02}", name=name, legal_name=f"{name} GmbH"))


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_every_page(office, ids, width, scheme):
    visitor = office(width=width, scheme=scheme)
    for name, path in PAGES.items():
        visitor.go(path.format(**ids))
        visitor.judge(f"console-{name}")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_open_menus_and_problems(office, ids, many, width, scheme):
    visitor = office(width=width, scheme=scheme)
    page = visitor.page
    visitor.go("/staff/customers?state=all&sort=-created")
    page.locator(".views summary").click()
    page.get_by_label("Keep this filter and order as").fill("Newest first")
    visitor.judge("console-views")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_load_state()
    page.locator(".views summary").click()
    visitor.judge("console-views-saved")
    visitor.go(f"/staff/bill-groups/{ids['group']}")
    page.get_by_text("Close bill group", exact=True).first.click()
    visitor.judge("console-sure")
    visitor.go(f"/staff/customers/{ids['customer']}?tab=core.notes")
    page.get_by_label("New note").fill("Likes to be called early.\nNever before nine.")
    page.get_by_label("Keep on top").check()
    page.get_by_role("button", name="Save the note").click()
    page.wait_for_load_state()
    visitor.judge("console-note")
    visitor.go("/staff/customers/new")
    page.get_by_role("button", name="Add the customer").click()
    page.wait_for_selector("[data-errors]")
    visitor.trouble.clear()  # The refusal answers 400, which the browser's console notes.
    visitor.judge("console-problem")


def focused(page):
    return page.evaluate("document.activeElement.textContent.trim() || document.activeElement.name")


def test_worked_by_keyboard(office, many):
    """From the list to a customer and back without a mouse: /, j, k, the arrows, Home, End, Enter."""
    visitor = office()
    page = visitor.page
    visitor.go("/staff/customers")
    page.keyboard.press("/")
    assert focused(page) == "q"
    page.keyboard.type("firm 0")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=firm+0*")
    page.keyboard.press("j")
    assert focused(page) == "Firm 00"
    for key, name in (
        ("j", "Firm 01"), ("ArrowDown", "Firm 02"), ("k", "Firm 01"), ("ArrowUp", "Firm 00"), ("k", "Firm 00"),
        ("End", "Firm 50"), ("j", "Firm 50"), ("Home", "Firm 00"),
    ):  # fmt: skip
        page.keyboard.press(key)
        assert focused(page) == name, key
    # The row that has the focus can be told by its ground, and by the link's outline.
    row = page.locator("tbody tr").first
    other = page.locator("tbody tr").nth(1)
    ground = "e => getComputedStyle(e).backgroundColor"
    assert row.evaluate(ground) != other.evaluate(ground)
    page.keyboard.press("Enter")
    page.wait_for_url("**/staff/customers/*")
    expect(page.locator("h1")).to_have_text("Firm 00")
    page.go_back()
    page.wait_for_url("**q=firm+0*")
    # Keys typed into a field are letters.
    page.keyboard.press("/")
    page.keyboard.type("jk")
    expect(page.locator("[data-filter]")).to_have_value("jk")
    # Where there is no filter, / goes to the search over everything.
    visitor.go("/staff")
    page.keyboard.press("/")
    assert focused(page) == "q"
    page.keyboard.type("northwind")
    page.keyboard.press("Enter")
    page.wait_for_url("**/staff/search?q=northwind")
    page.keyboard.press("j")
    assert focused(page) == "Northwind Atelier"
    assert visitor.trouble == []


def test_sorted_with_tab_and_enter(office, many):
    visitor = office()
    page = visitor.page
    visitor.go("/staff/customers")
    page.get_by_role("link", name="Number").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**sort=number*")
    expect(page.get_by_role("columnheader", name="Number")).to_have_attribute("aria-sort", "ascending")


def test_without_script(office, ids, many):
    visitor = office(java_script_enabled=False)
    page = visitor.page
    visitor.go("/staff/customers")
    page.locator("[data-filter]").fill("firm 1")
    page.get_by_role("button", name="Filter").click()
    page.wait_for_url("**q=firm+1*")
    page.get_by_role("link", name="Added").click()
    page.locator(".views summary").click()
    page.get_by_label("Keep this filter and order as").fill("Ones")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".flashes")).to_contain_text("The view is saved as Ones.")
    visitor.go(f"/staff/bill-groups/{ids['group']}")
    page.locator("summary", has_text="Close").click()
    page.get_by_role("button", name="Close Main account").click()
    expect(page.locator(".flashes")).to_contain_text("Nobody reaches its portal any more.")


@pytest.mark.parametrize("width", [1280, 360])
def test_the_account_line(visit, loaded_demo, width):
    """Whose account this is, on a desk beside every page, on a phone in the sheet."""
    visitor = visit(width=width)
    user = user_of(loaded_demo, "mara@northwind.example")
    with loaded_demo.database.session(Scope.tenant_wide(user.tenant_id)) as db:
        now = loaded_demo.clock.now()
        _row, token = open_session(db, user, "portal", now, loaded_demo.session_lifetime, None, None)
    visitor.context.add_cookies([{"name": "rp_session", "value": token, "url": visitor.server.url}])
    visitor.go("/")
    page = visitor.page
    if width == 360:
        page.get_by_role("button", name="More").click()
    line = page.locator(".me")
    expect(line).to_be_visible()
    for text in ("Northwind Atelier ApS", "Kanalgade 4", "8000 Aarhus", "Active services", "Open invoices"):
        expect(line).to_contain_text(text)
    visitor.judge("account-line")
