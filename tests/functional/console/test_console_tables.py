"""Tables of the console: sorted, filtered, paged, kept as views, in the address alone."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from console_steps import HOSTILE, cells, press, submit
from sqlalchemy import func, select

from riskportal.db.guard import Scope
from riskportal.identity.models import SavedView


@pytest.fixture
def many(make: Any, tenant: Any, clock: Any) -> list[Any]:
    """Sixty customers, added on sixty days, the last ten archived."""
    found = []
    for number in range(60):
        clock.advance(days=1)
        archived = clock.now() if number >= 50 else None
        name, mixed = f"Firm {number:02}", f"K-{(number * 7) % 60:03}"
        found.append(make.customer(tenant, name=name, legal_name=name, number=mixed, archived_at=archived))
    return found


def heads(page: Any) -> dict[str, Any]:
    return {head.get_text(strip=True): head for head in page.html.find("thead").find_all("th")}


def test_sorted_by_its_heads(colleague: Any, many: Any) -> None:
    page = colleague().get("/staff/customers")
    assert cells(page)[:2] == ["Firm 00", "Firm 01"]
    assert heads(page)["Name"]["aria-sort"] == "ascending"
    assert not heads(page)["Number"].get("aria-sort")
    assert heads(page)["Bill groups"].find("a") is None
    down = page.click("Name", href="sort")
    assert cells(down)[0] == "Firm 49"
    assert heads(down)["Name"]["aria-sort"] == "descending"
    assert cells(page.click("Number", href="sort=number"), 1)[:3] == ["K-000", "K-001", "K-002"]
    # Dates open with the newest.
    assert cells(page.click("Added"))[:2] == ["Firm 49", "Firm 48"]
    assert cells(page.click("Added").click("Added"))[0] == "Firm 00"


def test_pages_lead_on_and_back(colleague: Any, many: Any) -> None:
    page = colleague().get("/staff/customers")
    foot = page.html.find(class_="table-foot")
    assert "1 to 25 of 50" in foot.text
    assert foot.find("a", rel="prev") is None
    second = page.click("Next page")
    assert (cells(second)[0], cells(second)[-1]) == ("Firm 25", "Firm 49")
    assert "26 to 50 of 50" in second.html.find(class_="table-foot").text
    assert second.html.find("a", rel="next") is None
    assert cells(second.click("Previous page")) == cells(page)
    # Another order begins at its first page.
    assert "1 to 25" in second.click("Number", href="sort").html.find(class_="table-foot").text


def test_an_empty_choice_says_what_there_is_none_of(colleague: Any, tenant: Any) -> None:
    browser = colleague()
    said = {
        "/staff/customers?state=archived": "No archived customers",
        "/staff/users?state=disabled": "No disabled users",
        "/staff/services?show=past": "Nothing under “Past”",
        "/staff/customers?q=nobody": "Nothing matches",
    }
    for path, title in said.items():
        assert browser.get(path).html.select_one(".empty strong").text == title


def test_page_sizes(colleague: Any, many: Any) -> None:
    page = colleague().get("/staff/customers?state=all")
    larger = page.click("^100$")
    assert len(cells(larger)) == 60
    assert larger.html.find(class_="sizes").find("a", attrs={"aria-current": "true"}).text == "100"
    assert "state=all" in larger.request.url


def test_filters_and_text(colleague: Any, many: Any) -> None:
    page = colleague().get("/staff/customers")
    assert cells(page.click("Archived"))[0] == "Firm 50"
    form = next(form for form in page.forms.values() if form.action == "/staff/customers")
    form["q"] = "  firm   4 "
    found = form.submit()
    wanted = [row.name for row in many if row.archived_at is None and ("4" in row.name or "4" in row.number)]
    assert cells(found) == wanted[:25]
    # What was typed stays, also in another order and through the other filter.
    assert "q=firm+4" in found.click("Number", href="sort").request.url
    assert "q=firm+4" in found.click("All").request.url
    form["q"] = "nobody"
    nothing = form.submit()
    assert "Nothing matches" in nothing.text
    assert cells(nothing.click("Show all"))[0] == "Firm 00"


def test_accents_and_case_do_not_matter(colleague: Any, make: Any, tenant: Any) -> None:
    make.customer(tenant, name="Sørensen Ärzte-Haus", number="K-1")
    make.customer(tenant, name="apple", number="K-2")
    make.customer(tenant, name="Zebra", number="K-3")
    browser = colleague()
    assert cells(browser.get("/staff/customers")) == ["apple", "Sørensen Ärzte-Haus", "Zebra"]
    for typed in ("ARZTE", "ärzte", "søren haus", "k-1"):
        assert cells(browser.get("/staff/customers", {"q": typed})) == ["Sørensen Ärzte-Haus"]


@pytest.mark.parametrize("text", ["%", "_", "\\", "%%", "a%", "' OR 1=1 --", *HOSTILE, "x" * 10_000])
def test_hostile_words_find_nothing_and_break_nothing(colleague: Any, many: Any, text: str) -> None:
    page = colleague().get("/staff/customers", {"q": text})
    assert "Nothing matches" in page.text
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "query",
    [
        "sort=secret",
        "sort=--name",
        "size=7",
        "size=1e3",
        "size=%D9%A3",
        "state=x",
        "at=junk",
        "at=%00x",
        "at=" + "A" * 5000,
        "x=y",
    ],
)
def test_parameters_that_mean_nothing_change_nothing(colleague: Any, many: Any, query: str) -> None:
    page = colleague().get(f"/staff/customers?{query}", status="*")
    if "%00" in query:
        assert page.status_int == 400
        return
    assert cells(page)[:2] == ["Firm 00", "Firm 01"]


def test_a_list_costs_few_statements(colleague: Any, many: Any, sql_count: Any) -> None:
    browser = colleague()
    browser.get("/staff/customers")
    for path in ("/staff/customers", browser.get("/staff/customers").click("Next page").request.path_qs):
        with sql_count() as sql:
            browser.get(path)
        assert len(sql) <= 6, str(sql)  # tenant, session, staff, page, count, saved views


def test_rows_can_be_walked_by_keyboard(colleague: Any, many: Any) -> None:
    """What static/js/table.js goes by; tests/browser presses the keys."""
    table = colleague().get("/staff/customers").html.find("table", attrs={"data-rows": True})
    assert all(len(row.find_all("a", attrs={"data-open": True})) == 1 for row in table.find("tbody").find_all("tr"))
    assert colleague("support").get("/staff/customers").html.find("input", attrs={"data-filter": True})


def keep(page: Any, name: str, **kw: Any) -> Any:
    form = next(form for form in page.forms.values() if form.action == "/staff/views")
    form["name"] = name
    return form.submit(**kw)


def views(page: Any) -> dict[str, str]:
    found = page.html.select(".views .choice a")
    return {link.get_text(strip=True): link["href"] for link in found}


def test_a_view_is_kept_chosen_and_deleted(colleague: Any, many: Any) -> None:
    browser = colleague()
    assert browser.get("/staff/customers").html.find(class_="views") is None
    page = browser.get("/staff/customers?state=archived&sort=-created&size=50")
    after = keep(page, "Old  ones").follow()
    assert "The view is saved as Old  ones." in after.text
    assert after.request.path_qs == page.request.path_qs
    link = views(browser.get("/staff/customers"))["Old  ones"]
    assert parse_qs(urlsplit(link).query) == {"state": ["archived"], "sort": ["-created"], "size": ["50"]}
    chosen = browser.get(link)
    assert cells(chosen)[0] == "Firm 59"
    assert chosen.html.select_one(".views summary").get_text(strip=True) == "Old  ones"
    assert not [form for form in chosen.forms.values() if form.action == "/staff/views"]
    gone = press(chosen, "/delete").follow()
    assert "is deleted" in gone.text
    assert views(gone) == {}


def test_a_view_of_the_same_name_is_replaced(colleague: Any, many: Any, database: Any) -> None:
    browser = colleague()
    keep(browser.get("/staff/customers?state=archived"), "Mine")
    keep(browser.get("/staff/customers?state=all"), "Mine")
    assert parse_qs(urlsplit(views(browser.get("/staff/customers"))["Mine"]).query) == {"state": ["all"]}
    with database.session(Scope.system_wide("test"), write=False) as db:
        assert db.scalar(select(func.count()).select_from(SavedView)) == 1


def test_views_are_ones_own(colleague: Any, many: Any, stranger: Any) -> None:
    mine, theirs = colleague(), colleague("support")
    keep(mine.get("/staff/customers?state=all"), "Mine")
    page = mine.get("/staff/customers")
    assert views(theirs.get("/staff/customers")) == {}
    address = next(form.action for form in page.forms.values() if form.action.endswith("/delete"))
    for visitor in (theirs, stranger):
        token = visitor.get("/staff").html.find("input", attrs={"name": "csrf_token"})["value"]
        visitor.post(address, {"csrf_token": token}, status=404)
    assert views(mine.get("/staff/customers")) != {}


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\u202eb", "a\nb"])
def test_a_view_needs_a_name_that_can_be_read(colleague: Any, many: Any, name: str) -> None:
    page = keep(colleague().get("/staff/customers?state=all"), name, status=400)
    assert "aria-invalid" in page.text
    assert page.forms["view"]["query"].value == "state=all"
    again = submit(page, "view", name="Everybody")
    assert again.location.endswith("/staff/customers?state=all")


def test_a_list_has_room_for_thirty_views(colleague: Any, many: Any) -> None:
    browser = colleague()
    page = browser.get("/staff/customers?state=all")
    for number in range(30):
        keep(page, f"View {number}")
    refused = keep(page, "One more", status=400)
    assert "as many saved views" in refused.text
    assert len(views(browser.get("/staff/customers"))) == 30


@pytest.mark.parametrize("back", ["//evil.test", "https://evil.test/", "javascript:alert(1)", "/\\evil.test"])
def test_a_view_leads_nowhere_else(colleague: Any, back: str) -> None:
    browser = colleague()
    token = browser.get("/staff").html.find("input", attrs={"name": "csrf_token"})["value"]
    form = {"csrf_token": token, "name": "x", "page": "core.staff_customers", "query": "state=all", "back": back}
    assert browser.post("/staff/views", form).location == "http://portal.test/staff"


def test_a_hostile_name_is_only_text(colleague: Any, many: Any) -> None:
    browser = colleague()
    keep(browser.get("/staff/customers?state=all"), HOSTILE[0])
    page = browser.get("/staff/customers")
    assert "<script>alert" not in page.text
    assert HOSTILE[0] in views(page)
