"""The hooks of the account line and of the staff console, used by a module that the house doesn't know."""

from __future__ import annotations

import pytest


@pytest.fixture
def staff(browser, make, tenant, signed_in):
    """`staff("support")`: a browser of a colleague in that role."""

    def open_one(role="owner"):
        user = make.staff(tenant, f"{role}@alder.test", role=role)
        return signed_in(browser(), user, kind="staff")

    return open_one


def figures(page):
    found = page.html.find("dl", class_="figures")
    return {line.find("dt").text: line.find("dd").text for line in found.find_all("div")} if found else {}


def test_hook_account_figures(visitor, here, bill_group, other_bill_group, write):
    write(bill_group, "one")
    write(bill_group, "two")
    write(other_bill_group, "theirs")
    page = visitor.get(f"{here}/")
    assert figures(page)["Notes"] == "2"
    assert page.html.find("dl", class_="figures").find("a", string="Notes")["href"] == f"{here}/dummy"


def test_hook_account_figures_for_those_who_may_see_them(make, bill_group, testapp, signed_in, here, write):
    write(bill_group, "one")
    viewer = make.member(bill_group, "viewer@customer.test", role="viewer")
    assert "Notes" not in figures(signed_in(testapp, viewer).get(f"{here}/"))


def test_a_figure_that_fails_costs_only_itself(visitor, here, bill_group, write):
    write(bill_group, "broken figure")
    page = visitor.get(f"{here}/", status=200)
    assert "Notes" not in figures(page)
    assert "Active services" in figures(page)


def test_hook_staff_work(staff, bill_group, other_bill_group, write):
    write(bill_group, "one")
    write(other_bill_group, "two")
    write(other_bill_group, "three", answer="yes")
    page = staff().get("/staff")
    card = page.html.find("section", attrs={"aria-labelledby": "work-1-title"})
    assert card.find("h2").text == "Notebook"
    assert "2 notes wait for an answer" in card.text
    assert card.find("a", string="View")["href"] == "/staff/dummy"
    assert "No work is waiting" in staff("read_only").get("/staff").text


def test_work_that_fails_costs_only_itself(staff, bill_group, write):
    write(bill_group, "broken work")
    page = staff().get("/staff", status=200)
    assert "Notebook could not be loaded." in " ".join(page.html.main.text.split())


def test_hook_staff_search(staff, bill_group, other_bill_group, write):
    write(bill_group, "needle in our haystack")
    write(other_bill_group, "needle in theirs")
    found = staff().get("/staff/search", {"q": "needle"})
    assert "needle in our haystack" in found.text
    assert "needle in theirs" in found.text
    assert "haystack" not in staff("billing").get("/staff/search", {"q": "needle"}).html.main.text


def test_hook_staff_tabs(staff, bill_group, other_bill_group, write):
    write(bill_group, "ours <b>alone</b>")
    write(other_bill_group, "theirs")
    browser = staff()
    page = browser.get(f"/staff/bill-groups/{bill_group.public_id}")
    tabs = page.html.find("nav", class_="sections").find_all("a")
    (link,) = [tab for tab in tabs if "Notes of customers" in tab.text]
    assert "1" in link.text
    assert "ours" not in page.html.main.text
    opened = browser.get(link["href"])
    assert "ours &lt;b&gt;alone&lt;/b&gt;" in opened.text
    assert "theirs" not in opened.html.main.text
    assert (
        "Notes of customers" not in staff("billing").get(f"/staff/bill-groups/{bill_group.public_id}").html.main.text
    )


def test_a_tab_that_fails_costs_only_itself(staff, bill_group, write):
    write(bill_group, "broken tab")
    page = staff().get(f"/staff/bill-groups/{bill_group.public_id}?tab=dummy.notes", status=200)
    assert "could not be loaded" in page.html.main.text
    assert page.html.find("h1").text == bill_group.name


def test_a_module_that_is_off_is_silent(staff, bill_group, write, make, tenant, visitor, here):
    write(bill_group, "one")
    make.switch_off(tenant, "dummy")
    browser = staff()
    assert "Notebook" not in browser.get("/staff").html.main.text
    assert "Notes of customers" not in browser.get(f"/staff/bill-groups/{bill_group.public_id}").html.main.text
    assert "Notes" not in figures(visitor.get(f"{here}/"))
