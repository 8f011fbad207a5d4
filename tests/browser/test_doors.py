"""Through every door in Chromium: passkeys by a virtual authenticator, passwords, apps, set-up and proving again."""

from __future__ import annotations

import re

import pytest
from doors import app_code, give_password, setup_link
from playwright.sync_api import expect

from riskportal.demo.users import DEMO_STAFF

MARA, SAM = "mara@northwind.example", DEMO_STAFF[0]
PASSWORD, APP = "velvet otter paints clouds", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SIZES = [(1280, "light"), (360, "dark")]


def open_console(visitor):
    visitor.page.wait_for_url("**/staff")
    expect(visitor.page.locator("h1")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_staff_set_up_a_passkey_and_come_back_with_it(at_localhost, loaded_demo, width, scheme):
    visitor = at_localhost(width=width, scheme=scheme)
    page, passkeys = visitor.page, visitor.passkeys
    visitor.go(setup_link(loaded_demo, SAM.email))
    visitor.judge("door-set-up")
    page.get_by_label("Name of this passkey").fill("Work laptop")
    page.get_by_role("button", name="Make a passkey and sign in").click()
    open_console(visitor)
    (made,) = passkeys.all()
    assert (made["rpId"], made["isResidentCredential"]) == ("localhost", True)

    visitor.context.clear_cookies()
    visitor.go("/staff/sign-in")
    visitor.judge("door-staff")
    page.get_by_role("button", name="Sign in with a passkey").click()
    open_console(visitor)
    assert passkeys.all()[0]["signCount"] > made["signCount"]
    assert visitor.trouble == []


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_staff_set_up_password_and_app_and_come_back_with_both(visit, loaded_demo, width, scheme):
    visitor = visit(width=width, scheme=scheme)
    page = visitor.page
    visitor.go(setup_link(loaded_demo, SAM.email))
    page.get_by_role("link", name="Choose password and app").click()
    picture = page.get_by_role("img", name=re.compile("QR code"))
    expect(picture).to_be_visible()
    assert picture.evaluate("async image => (await image.decode(), image.naturalWidth > 100)")
    visitor.judge("door-set-up-app")
    key = page.locator("code").inner_text()
    page.get_by_label("New password").fill("short")
    page.get_by_label("The same password again").fill("short")
    page.get_by_label("Code from your authenticator app").fill(app_code(loaded_demo, key))
    page.get_by_role("button", name="Turn on and sign in").click()
    summary = page.locator("[data-errors]")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("at least 12")
    visitor.trouble.clear()  # the browser notes the 400
    visitor.judge("door-set-up-wrong")
    assert page.locator("code").inner_text() == key
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_label("Code from your authenticator app").fill(app_code(loaded_demo, key))
    page.get_by_role("button", name="Turn on and sign in").click()
    expect(page.locator("ol.codes li")).to_have_count(10)
    visitor.judge("door-codes")
    codes = page.locator("ol.codes li").all_inner_texts()
    page.get_by_role("link", name="I have kept them").click()
    open_console(visitor)

    loaded_demo.clock.advance(minutes=1)
    visitor.context.clear_cookies()
    visitor.go("/staff/sign-in")
    form = page.locator("form#password")
    form.get_by_label("E-mail address").fill(SAM.email)
    form.get_by_label("Password").fill(PASSWORD)
    form.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/staff/sign-in/code")
    visitor.judge("door-second")
    page.get_by_label("Code from your authenticator app").fill(codes[0])
    page.get_by_label("Code from your authenticator app").press("Enter")
    open_console(visitor)
    assert visitor.trouble == []


def test_a_customer_comes_in_with_a_passkey(at_localhost):
    """Made on the page of one's own login, used at the door, and once more to prove who one is."""
    visitor = at_localhost()
    page = visitor.page
    visitor.go("/sign-in")
    page.get_by_role("button", name="Mara Lindqvist").click()
    page.wait_for_url("**/g/**")
    home = page.url
    visitor.go(f"{home}account/security/passkeys/add")
    page.get_by_role("button", name="Make the passkey").click()
    page.wait_for_url(f"{home}account/security")
    assert len(visitor.passkeys.all()) == 1
    visitor.context.clear_cookies()
    visitor.go("/sign-in")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/g/**")
    expect(page.locator("main")).to_contain_text("€1,280.00")
    visitor.go(f"{home}account/confirm")
    visitor.judge("door-prove-passkey")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(home)
    assert visitor.trouble == []


def test_a_passkey_that_is_not_there_leaves_a_word_and_the_focus(at_localhost):
    visitor = at_localhost(verified=False)
    page = visitor.page
    visitor.go("/sign-in")
    button = page.get_by_role("button", name="Use a passkey")
    button.click()
    problem = page.locator("[data-passkey-problem]")
    expect(problem).to_be_visible(timeout=20_000)
    expect(problem).to_contain_text("another way")
    expect(button).to_be_enabled()
    expect(button).to_be_focused()
    visitor.judge("door-passkey-refused")


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_a_customer_comes_in_with_a_password_and_an_app(visit, loaded_demo, width, scheme):
    give_password(loaded_demo, MARA, PASSWORD, APP)
    visitor = visit(width=width, scheme=scheme)
    page = visitor.page
    visitor.go("/sign-in")
    visitor.judge("door-sign-in")
    page.get_by_role("link", name="Use my password").click()
    visitor.judge("door-password")
    page.get_by_label("E-mail address").fill(MARA)
    page.get_by_label("Password").fill("not the right one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("[data-errors]")).to_be_focused()
    visitor.trouble.clear()
    visitor.judge("door-password-wrong")
    expect(page.get_by_label("E-mail address")).to_have_value(MARA)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")
    page.wait_for_url("**/sign-in/second")
    page.get_by_label("Code from your authenticator app").fill(app_code(loaded_demo, APP))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/g/**")
    assert visitor.trouble == []


def test_at_an_address_without_passkeys_the_page_says_where_they_are(visit):
    visitor = visit()
    visitor.go("/staff/sign-in")
    assert visitor.page.get_by_role("button", name="Sign in with a passkey").count() == 0
    link = visitor.page.get_by_role("link", name=re.compile("localhost"))
    expect(link).to_have_attribute("href", visitor.server.url.replace("127.0.0.1", "localhost") + "/staff/sign-in")


def test_without_script_password_and_app_still_open_the_door(at_localhost):
    visitor = at_localhost(java_script_enabled=False)
    page = visitor.page
    visitor.go("/staff/sign-in")
    assert page.get_by_role("button", name="Sign in with a passkey").count() == 0
    expect(page.locator("noscript p").first).to_be_visible()
    page.get_by_role("button", name="Sam Keller").click()
    page.wait_for_url("**/staff")


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_proving_again_with_a_code_by_mail(visit, width, scheme):
    visitor = visit(width=width, scheme=scheme)
    page = visitor.page
    visitor.go("/sign-in")
    page.get_by_role("button", name="Mara Lindqvist").click()
    page.wait_for_url("**/g/**")
    home = page.url
    visitor.go(home + "account/confirm")
    visitor.judge("door-prove")
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_label("Code from the mail")).to_be_visible()
    visitor.judge("door-prove-code")
    visitor.run_jobs()
    page.get_by_label("Code from the mail").fill(visitor.code_from_mail(MARA))
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(home)
    assert visitor.trouble == []


def test_the_address_field_offers_the_passkey(at_localhost):
    """Conditional mediation: no button, only the field that people go to anyway."""
    visitor = at_localhost()
    page = visitor.page
    visitor.go("/sign-in")
    page.get_by_role("button", name="Mara Lindqvist").click()
    page.wait_for_url("**/g/**")
    home = page.url
    visitor.go(f"{home}account/security/passkeys/add")
    page.get_by_role("button", name="Make the passkey").click()
    page.wait_for_url(f"{home}account/security")
    visitor.context.clear_cookies()
    visitor.go("/sign-in")
    page.get_by_label("E-mail address").click()
    page.wait_for_url("**/g/**")
    assert visitor.trouble == []


def test_the_button_takes_over_from_the_address_field(at_localhost):
    """A suggestion that nobody took doesn't stand in the button's way."""
    visitor = at_localhost(verified=False)
    page = visitor.page
    visitor.go("/sign-in")
    with page.expect_response("**/passkey/options"):
        page.get_by_label("E-mail address").click()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.locator("[data-passkey-problem]")).to_be_visible(timeout=20_000)
    page.get_by_label("E-mail address").fill("mara@northwind.example")
    page.get_by_role("button", name="Send the link").click()
    page.wait_for_url("**/sign-in/check")
    assert visitor.trouble == []
