"""The pages of one's own login in Chromium: with a virtual authenticator, at every size, with and without script."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from riskportal.identity import totp

SIZES = [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")]
GOOD = "four cloudy otters knitting"


def come_in(visitor: Any, who: str) -> str:
    """One click on the demo's sign-in page; gives the address of the security page."""
    staff = who.endswith("@riskito.example")
    visitor.go("/staff/sign-in" if staff else "/sign-in")
    visitor.page.locator(f"button[value='{who}']").click()
    visitor.page.wait_for_url("**/staff" if staff else "**/g/**")
    return f"{visitor.page.url.rstrip('/')}/account/security"


def set_up_app(visitor: Any, start: str) -> None:
    """Scan, type, turn on."""
    visitor.go(f"{start}/app")
    shared = visitor.page.locator("code.mono").inner_text().replace(" ", "")
    code = totp.code_at(shared, totp.step_at(visitor.server.portal.clock.now()))
    visitor.page.get_by_label("Code that the app shows").fill(code)
    visitor.page.get_by_role("button", name="Turn on").click()


def add_passkey(visitor: Any, start: str, name: str) -> None:
    visitor.go(f"{start}/passkeys/add")
    visitor.page.get_by_label("Name of this passkey").fill(name)
    visitor.page.get_by_role("button", name="Make the passkey").click()
    visitor.page.wait_for_url(start)


@pytest.mark.parametrize(("width", "scheme"), SIZES)
@pytest.mark.parametrize("who", ["mara@northwind.example", "sam@riskito.example"])
def test_every_page_of_ones_own_login(at_localhost, who, width, scheme):
    visitor = at_localhost(width=width, scheme=scheme)
    start, page = come_in(visitor, who), visitor.page
    area = "own-staff" if "riskito" in who else "own"
    visitor.go(start)
    visitor.judge(f"{area}-security")
    add_passkey(visitor, start, "Work laptop")
    expect(page.locator("#passkeys")).to_contain_text("Work laptop")
    visitor.judge(f"{area}-security-passkey")
    for name in ("email", "password", "app", "recovery-codes", "passkeys/add", "sign-ins"):
        visitor.go(f"{start}/{name}")
        visitor.judge(f"{area}-{name.replace('/', '-')}")
    visitor.go(start)
    page.get_by_label("Rename or remove Work laptop").click()
    visitor.judge(f"{area}-passkey")
    visitor.go(start.replace("security", "language"))
    visitor.judge(f"{area}-preferences")
    page.get_by_label("Time zone").select_option("Asia/Kolkata")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".flashes")).to_contain_text("Saved.")
    assert visitor.trouble == []


def test_the_password_meter_speaks_while_one_types(at_localhost):
    visitor = at_localhost()
    start, page = come_in(visitor, "mara@northwind.example"), visitor.page
    visitor.go(f"{start}/password")
    field, line = page.get_by_label("New password"), page.locator(".strength")
    expect(line).to_be_hidden()
    field.fill("northwind atelier")
    expect(line).to_contain_text("tried first")
    visitor.judge("own-password-weak")
    field.fill(GOOD)
    expect(line).to_contain_text("strong")
    visitor.judge("own-password-strong")
    page.get_by_label("The same password again").fill(GOOD + "!")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[data-errors]")).to_be_focused()
    visitor.trouble.clear()  # the answer to a form with a mistake is 400
    visitor.judge("own-password-mistake")
    page.get_by_label("New password").fill(GOOD)
    page.get_by_label("The same password again").fill(GOOD)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(start)
    expect(page.locator("#ways")).to_contain_text("Set on")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_app_recovery_codes_and_the_file(at_localhost, width, scheme):
    visitor = at_localhost(width=width, scheme=scheme)
    start, page = come_in(visitor, "mara@northwind.example"), visitor.page
    set_up_app(visitor, start)
    codes = page.locator("ol.codes li").all_inner_texts()
    assert len(codes) == 10
    visitor.judge("own-codes")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as text").click()
    text = download.value.path().read_text()
    assert download.value.suggested_filename == "recovery-codes.txt" and all(code in text for code in codes)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.locator(".verdict")).to_contain_text("This login is well protected")


def test_a_passkey_that_was_added_here_signs_in(at_localhost):
    """From the page that adds it to the door that asks for it, and the history that tells of both."""
    visitor = at_localhost()
    start, page = come_in(visitor, "mara@northwind.example"), visitor.page
    add_passkey(visitor, start, "Work laptop")
    page.get_by_role("button", name="Sign out").last.click()
    page.wait_for_url("**/sign-in")
    # The newest stands first: of one instant either may.
    visitor.server.portal.clock.advance(minutes=1)
    page.get_by_role("button", name="passkey").click()
    page.wait_for_url("**/g/**")
    visitor.go(f"{start}/sign-ins")
    rows = page.locator("#sign-ins tbody tr")
    expect(rows.first).to_contain_text("Passkey")
    expect(rows.nth(1)).to_contain_text("Signed out")
    visitor.judge("own-sign-ins-two")


def test_without_script_everything_but_passkeys_works(at_localhost):
    visitor = at_localhost(java_script_enabled=False)
    start, page = come_in(visitor, "mara@northwind.example"), visitor.page
    visitor.go(f"{start}/passkeys/add")
    expect(page.locator("noscript p")).to_be_visible()
    expect(page.get_by_role("button", name="Make the passkey")).to_be_hidden()
    set_up_app(visitor, start)
    expect(page.locator("ol.codes li")).to_have_count(10)
    visitor.go(f"{start}/password")
    page.get_by_label("New password").fill(GOOD)
    page.get_by_label("The same password again").fill(GOOD)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(start)


def test_a_new_address_from_the_form_to_the_button(at_localhost):
    """Ida is let in by an e-mail rule, so the new address has to be let in first: said in her words."""
    visitor = at_localhost(width=360)
    start, page = come_in(visitor, "ida@lund-regnskab.example"), visitor.page
    visitor.go(f"{start}/email")
    page.get_by_label("New e-mail address").fill("ida@new.example")
    page.get_by_role("button", name="Send the link").click()
    expect(page.locator("[data-errors]")).to_contain_text("has no access to")
    visitor.trouble.clear()
    visitor.judge("own-email-mistake")
