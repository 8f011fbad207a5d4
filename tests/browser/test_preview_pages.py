"""The preview in Chromium: opened from a bill group's page, harmless while it lasts, and back again."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

SIZES = [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")]


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_staff_look_at_a_portal_and_come_back(visit, width, scheme):
    visitor = visit(width=width, scheme=scheme)
    page = visitor.page
    visitor.go("/staff/sign-in")
    page.locator("button[value='sam@riskito.example']").click()
    page.wait_for_url("**/staff")
    visitor.go("/staff/customers?q=Northwind")
    page.get_by_role("link", name="Northwind Atelier").first.click()
    page.locator("main table a[href*='/staff/bill-groups/']").first.click()
    page.get_by_role("link", name="Preview portal").click()
    visitor.judge("preview-form")
    page.get_by_label("Look as").select_option(label="Billing")
    page.get_by_role("button", name="Open the preview").click()
    page.wait_for_url("**/g/*/")
    bar, first = page.locator(".preview-bar"), page.locator(".topbar")
    expect(bar).to_contain_text("You see this as somebody with the role Billing would.")
    expect(bar).to_contain_text("15 minutes left")
    # It stands above the page, over nothing.
    assert bar.bounding_box()["y"] + bar.bounding_box()["height"] <= first.bounding_box()["y"] + 1
    visitor.judge("preview-home")
    home = page.url
    visitor.go(f"{home}account/language")
    page.locator("main form button[type=submit]").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This is a preview")
    visitor.trouble.clear()  # the refusal is a 403
    visitor.judge("preview-refused")
    page.get_by_role("link", name="Back to the page").click()
    page.wait_for_url("**/account/language")
    page.get_by_role("button", name="End preview").click()
    page.wait_for_url("**/staff/bill-groups/*/preview")
    expect(page.locator(".flashes")).to_contain_text("The preview has ended.")
