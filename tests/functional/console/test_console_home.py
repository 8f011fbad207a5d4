"""The console's start and its search; the frame around all pages of the console."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from console_steps import HOSTILE, submit

from riskportal.db.guard import Scope
from riskportal.tenancy.models import Tenant
from riskportal.tenancy.services import set_role_permission
from riskportal_billing.models import Invoice
from riskportal_services.models import Product, Service, ServiceArea


@pytest.fixture
def invoice(make: Any) -> Any:
    """`invoice(bill_group, "R-1", minor=36000, due_on=...)`: an issued, unpaid invoice."""

    def save(group: Any, number: str, minor: int = 36_000, **values: Any) -> Any:
        party = {"name": "x", "address": [], "country": "DE"}
        given = {
            "document_state": "draft", "payment_state": "unpaid", "issued_on": date(2027, 4, 1),
            "due_on": date(2027, 4, 15), "currency": "EUR", "language": "en", "net_minor": minor, "tax_minor": 0,
            "total_minor": minor, "open_minor": minor, "seller": party, "buyer": party, "search_text": number,
            **values,
        }  # fmt: skip
        owner = {"tenant_id": group.tenant_id, "bill_group_id": group.id}
        row = make.save(Invoice(**owner, number=number, **given))
        row.document_state = "issued"
        return make.save(row)

    return save


@pytest.fixture
def service(make: Any, tenant: Any) -> Any:
    """`service(bill_group, label="northwind.example", state="pending")`."""
    area = make.save(ServiceArea(tenant_id=tenant.id, name="Hosting"))
    product = make.save(Product(tenant_id=tenant.id, area_id=area.id, name="Managed hosting"))

    def save(group: Any, **values: Any) -> Any:
        given = {
            "name": "Managed hosting", "state": "active", "price_minor": 4900, "currency": "EUR", "cycle": "monthly",
            "registered_on": date(2026, 1, 1), **values,
        }  # fmt: skip
        owner = {"tenant_id": group.tenant_id, "bill_group_id": group.id}
        return make.save(Service(**owner, product_id=product.id, **given))

    return save


def work(page: Any) -> list[str]:
    return [item.find("strong").text for item in page.html.select(".needs > li")]


def test_with_nothing_to_do_it_says_so(colleague: Any) -> None:
    page = colleague().get("/staff")
    assert "No work is waiting" in page.text
    assert "Nothing changed in two weeks" in page.text
    assert "Nobody signed in for two weeks" in page.text


def test_work_by_module_most_urgent_first(
    colleague: Any, bill_group: Any, other_bill_group: Any, invoice: Any, service: Any
) -> None:
    service(bill_group, state="suspended")
    service(other_bill_group, state="pending")
    service(other_bill_group, state="failed_setup")
    invoice(bill_group, "R-1")
    invoice(other_bill_group, "R-2", 1_000, due_on=date(2027, 4, 18))
    invoice(other_bill_group, "R-3", 5_000, due_on=date(2027, 4, 20))
    page = colleague().get("/staff")
    assert [title.text for title in page.html.select(".card > header > h2")][:2] == ["Services", "Billing"]
    assert work(page) == [
        "1 service could not be set up",
        "1 service is being set up",
        "1 service is suspended",
        "2 invoices are overdue",
    ]
    assert "€370.00 open" in page.text
    assert "since 15 Apr" in page.text
    rows = page.click("View", href="/staff/billing")
    assert [link.text for link in rows.html.select("tbody a[data-open]")] == ["R-1", "R-2"]
    assert "2 of 2" in rows.text
    assert rows.click("R-1").html.find("h1").text == "Invoice R-1"


def test_work_of_others_stays_theirs(stranger: Any, bill_group: Any, invoice: Any, service: Any) -> None:
    invoice(bill_group, "R-1")
    service(bill_group, state="pending")
    assert "No work is waiting" in stranger.get("/staff").text


def test_what_customers_changed_and_who_came_in(
    colleague: Any, user: Any, bill_group: Any, testapp: Any, signed_in: Any, run_jobs: Any, outbox: Any
) -> None:
    visitor = signed_in(testapp, user)
    page = visitor.get(f"/g/{bill_group.public_id}/account/details/edit", status="*")
    assert page.status_int == 200
    form = next(form for form in page.forms.values() if "po_number" in form.fields)
    form["po_number"] = "PO-<77>"
    form.submit("save", status=303)
    home = colleague("support").get("/staff")
    changed = home.html.find(id="changes")
    assert "PO number" in changed.text
    assert changed.find("a", string=bill_group.name)["href"] == f"/staff/bill-groups/{bill_group.public_id}"


def test_home_costs_few_statements(colleague: Any, bill_group: Any, invoice: Any, sql_count: Any) -> None:
    invoice(bill_group, "R-1")
    browser = colleague()
    browser.get("/staff")
    with sql_count() as sql:
        browser.get("/staff")
    assert len(sql) <= 9, f"{len(sql)}\n{sql}"


def hits(page: Any) -> list[str]:
    return [link.text for link in page.html.select("#hits tbody a")]


def test_search_finds_everything_there_is(
    colleague: Any, bill_group: Any, customer: Any, user: Any, invoice: Any, service: Any, make: Any
) -> None:
    invoice(bill_group, "R-2027-118")
    service(bill_group, label="shop.northwind.example")
    make.bill_group(customer, name="Workshop", email="office@atelier.example", vat_number="DK12345674")
    browser = colleague()

    def search(text: str) -> list[str]:
        return hits(browser.get("/staff/search", {"q": text}))

    assert search("northwind")[0] == customer.name
    assert {customer.name, bill_group.name, "Managed hosting, shop.northwind.example"} <= set(search("northwind"))
    assert search(customer.number)[0] == customer.name
    assert search("ada@customer.test") == [user.email]
    assert search("lovelace") == [user.email]
    assert search("DK12345674") == ["Workshop"]
    assert search("office@atelier") == ["Workshop"]
    assert search("r-2027-118") == ["Invoice R-2027-118, €360.00"]
    assert search("2027-118") == ["Invoice R-2027-118, €360.00"]
    assert search("shop.northwind") == ["Managed hosting, shop.northwind.example"]
    page = browser.get("/staff/search", {"q": "r-2027-118"}).click("Invoice R")
    assert page.html.find("h1").text == "Invoice R-2027-118"
    assert (
        "Services"
        in browser.get("/staff/search", {"q": "shop.north"})
        .click("Managed")
        .html.select_one(".sections [aria-current]")
        .text
    )


@pytest.mark.parametrize("text", ["%", "_", "\\", "''", *HOSTILE, "x" * 10_000, " ", "\u0301"])
def test_hostile_searches_find_nothing_and_break_nothing(
    colleague: Any, bill_group: Any, invoice: Any, service: Any, text: str
) -> None:
    invoice(bill_group, "R-1")
    service(bill_group)
    page = colleague().get("/staff/search", {"q": text})
    assert "<script>alert" not in page.text
    assert hits(page) in ([], ["owner@alder.test"])


def test_search_goes_as_far_as_the_reader_may(
    colleague: Any, tenant: Any, database: Any, bill_group: Any, customer: Any, user: Any, invoice: Any, portal: Any
) -> None:
    invoice(bill_group, "R-1")
    names = ("core.customer.read", "core.user.read", "billing.invoice.staff_read")
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        for name in names:
            set_role_permission(db, db.get_one(Tenant, tenant.id), "support", portal.seam.permissions[name], False)
    browser = colleague("support")
    for text in (customer.name, user.email, "R-1"):
        assert hits(browser.get("/staff/search", {"q": text})) == []
    page = browser.get("/staff")
    assert "Customers" not in page.html.find("nav", class_="nav").text
    assert (page.html.find(id="changes"), page.html.find(id="sign-ins")) == (None, None)
    for path in ("/staff/customers", "/staff/users", "/staff/billing"):
        browser.get(path, status=403)


def test_another_providers_things_are_not_found(
    stranger: Any, bill_group: Any, customer: Any, user: Any, invoice: Any, service: Any
) -> None:
    found = invoice(bill_group, "R-1")
    service(bill_group, label="shop.example")
    for text in (customer.name, customer.number, bill_group.name, user.email, "R-1", "shop.example"):
        assert hits(stranger.get("/staff/search", {"q": text})) == []
    absent = stranger.get(f"/staff/billing/invoices/{'z' * 20}", status=404)
    assert stranger.get(f"/staff/billing/invoices/{found.public_id}", status=404).html.h1 == absent.html.h1
    stranger.get(f"/staff/billing/invoices/{found.public_id}.pdf", status=404)


def test_modules_stand_on_the_pages_of_customers_and_bill_groups(
    colleague: Any, bill_group: Any, other_bill_group: Any, customer: Any, invoice: Any, service: Any
) -> None:
    invoice(bill_group, "R-1", 36_000)
    invoice(bill_group, "R-2", 92_000, due_on=date(2027, 5, 1), currency="CHF")
    invoice(bill_group, "R-3", 5_000, payment_state="paid", open_minor=0, paid_on=date(2027, 4, 2))
    invoice(other_bill_group, "R-9")
    service(bill_group, label="northwind.example")
    service(other_bill_group, label="southwind.example")
    browser = colleague("billing")
    for address in (f"/staff/bill-groups/{bill_group.public_id}", f"/staff/customers/{customer.public_id}"):
        page = browser.get(f"{address}?tab=billing.invoices")
        tab = page.html.select_one(".sections [aria-current]")
        assert " ".join(tab.text.split()) == "Invoices 2"
        sums = page.html.find(id="sums").get_text(" ", strip=True)
        assert "Overdue €360.00 1 invoice" in sums
        assert "Open, not due yet CHF\xa0920.00 1 invoice" in sums
        assert "Paid €50.00 1 invoice" in sums
        assert "R-9" not in page.html.main.text
        assert [link.text for link in page.html.select("tbody a")] == ["R-3", "R-2", "R-1"]
        # Filters and heads stay on the tab.
        assert "tab=billing.invoices" in page.click("Overdue", href="state=overdue").request.url
        assert [a.text for a in page.click("Due").html.select("tbody a")] == ["R-1", "R-3", "R-2"]
        services = browser.get(f"{address}?tab=services.services").html.main.text
        assert "northwind.example" in services
        assert "southwind.example" not in services


def test_the_frame_says_where_one_is(colleague: Any) -> None:
    page = colleague("support").get("/staff/customers")
    assert page.html.find("span", class_="console-mark").text == "Console"
    side = page.html.find("aside")
    assert "Sam Support" in side.text
    assert "Support" in side.find(class_="person").text
    assert side.find("a", attrs={"aria-current": "page"}).text.strip() == "Customers"
    assert page.html.find("form", class_="search")["action"] == "/staff/search"
    assert any(form.action == "/staff/sign-out" for form in page.forms.values())


def test_a_page_below_keeps_its_line_of_the_navigation(
    colleague: Any, bill_group: Any, customer: Any, user: Any
) -> None:
    browser = colleague()
    for path, line in (
        ("/staff", "Home"),
        (f"/staff/customers/{customer.public_id}/edit", "Customers"),
        (f"/staff/bill-groups/{bill_group.public_id}", "Customers"),
        (f"/staff/users/{user.public_id}", "Users"),
        ("/staff/billing", "Invoices"),
    ):
        nav = browser.get(path).html.find("nav", class_="nav")
        assert [link.text.strip() for link in nav.find_all("a", attrs={"aria-current": "page"})] == [line], path


def test_the_language_is_changed_in_the_console_itself(colleague: Any) -> None:
    browser = colleague()
    page = browser.get("/staff/customers")
    form = next(form for form in page.forms.values() if form.action == "/staff/language")
    after = form.submit("language", value="de").follow()
    assert after.html.find("html")["lang"] == "de"
    assert after.request.path == "/staff/customers"


def test_the_portal_is_not_the_console(user: Any, testapp: Any, signed_in: Any, bill_group: Any) -> None:
    page = signed_in(testapp, user).get(f"/g/{bill_group.public_id}/")
    assert page.html.find("span", class_="console-mark") is None
    assert "console" not in page.html.body["class"]


def test_staff_sessions_end_at_the_consoles_door(testapp: Any, user: Any, signed_in: Any) -> None:
    for visitor in (testapp, signed_in(testapp, user)):
        answer = visitor.get("/staff/customers?q=x", status=303)
        assert answer.location.startswith("http://portal.test/staff/sign-in?next=")


def test_the_account_line(
    make: Any, customer: Any, tenant: Any, browser: Any, signed_in: Any, invoice: Any, service: Any
) -> None:
    group = make.bill_group(
        customer, name="Main", company_name="Northwind Holding ApS", address_line1="Kanalgade 4", postcode="8000",
        city="Aarhus", email="office@northwind.example",
    )  # fmt: skip
    member = make.member(group, "mara@northwind.example")
    invoice(group, "R-1")
    service(group)
    service(group, state="suspended")
    page = signed_in(browser(), member).get(f"/g/{group.public_id}/account/security")
    line = page.html.find("aside").find(class_="me")
    for text in (customer.name, "Northwind Holding ApS", "Kanalgade 4", "8000 Aarhus", "office@northwind.example"):
        assert text in line.text
    assert "mara@northwind.example" in line.find(class_="person").text
    figures = {item.find("dt").text: item.find("dd").text for item in line.select(".figures > div")}
    assert figures == {"Active services": "1", "Open invoices": "1"}
    assert "state=open" in line.find("a", string="Open invoices")["href"]
    # Somebody who may not see invoices is told none.
    technical = make.member(group, "tom@northwind.example", role="technical")
    line = signed_in(browser(), technical).get(f"/g/{group.public_id}/").html.find(class_="me")
    assert [item.text for item in line.select(".figures dt")] == ["Active services"]


def test_saved_and_said(colleague: Any) -> None:
    """A note of one page stands on the next, in the console as well."""
    browser = colleague()
    page = submit(browser.get("/staff/customers/new"), "customer", name="Lantern").follow()
    assert "Lantern is added" in page.html.find(class_="flashes").text
    assert browser.get("/staff").html.find(class_="flashes") is None
