"""The demo through the front door: the figures that stand on the home page, and what its pages cost in SQL."""

from __future__ import annotations

import pytest

MARA = "mara@northwind.example"


def home_of(browser):
    """The home page of the only bill group."""
    return browser.get("/").maybe_follow()


def words(page):
    return " ".join(page.html.main.get_text(" ").split())


def test_home_shows_the_headline_figures(demo_visit):
    text = words(home_of(demo_visit(MARA)))
    for figure in ("€1,280.00", "View 2 open invoices", "12 May", "4 active service areas", "7 of 9"):
        assert figure in text, figure


def rows(page):
    """The cells of a page's table, row by row."""
    return [
        [cell.get_text(" ", strip=True) for cell in row.select("td")] for row in page.html.select("main tbody tr")
    ]


def test_every_figure_leads_to_its_rows(demo_visit):
    """Behind each figure stand exactly the rows that make it up."""
    browser = demo_visit(MARA)
    home = home_of(browser)

    def behind(text):
        (address,) = {link["href"] for link in home.html.main.select("a") if link.get_text(strip=True) == text}
        return browser.get(address)

    assert [row[3] for row in rows(behind("€1,280.00"))] == ["€360.00", "€920.00"]
    assert rows(behind("View 2 open invoices")) == rows(behind("€1,280.00"))
    milestones = [row[-1] for row in rows(behind("7 of 9"))]
    assert (len(milestones), milestones.count("Paid")) == (9, 7)
    assert "Renews 12 May 2027" in words(behind("12 May"))
    assert "Billed Quarterly" in words(behind("12 May"))
    services = behind("All services")
    assert len(services.html.select("main th[scope=colgroup]")) == 4
    cycles = {price.split(" / ")[1] for price in (row[1] for row in rows(services) if row) if " / " in price}
    assert (home.html.main.find("a", string="Monthly and quarterly")["href"], cycles) == (
        services.request.path,
        {"month", "quarter"},
    )
    assert "Auto-pay Off" in words(behind("Off"))


@pytest.mark.parametrize(
    ("path", "most"),
    [("/", 14), ("/billing", 10), ("/billing/invoices", 8), ("/billing/payments", 8), ("/services", 8)],
)
def test_pages_cost_few_statements(demo_visit, sql_count, path, most):
    browser = demo_visit(MARA)
    home = home_of(browser).request.path.rstrip("/")
    browser.get(home + path)
    with sql_count() as sql:
        browser.get(home + path, status=200)
    assert len(sql) <= most, f"{len(sql)} statements:\n{sql}"


def test_a_second_customer_reaches_two_bill_groups_through_the_chooser(demo_visit):
    """Whoever reaches several bill groups chooses one first; whoever reaches one is there at once."""
    page = demo_visit("petra@sorensen-toechter.example").get("/").maybe_follow()
    assert len({link["href"] for link in page.html.select("main a[href^='/g/']")}) >= 2
