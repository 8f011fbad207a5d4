"""A new customer, from the provider's first click to the customer's first sign-in, with real SMTP in between."""

from __future__ import annotations

import email
import email.policy
import re
import socket
from dataclasses import replace

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import expect

from riskportal.mail.transports import transport_from_setting

HELGA = "helga@fenwick.example"


class Inbox:
    """What a mail server took."""

    def __init__(self):
        self.envelopes = []

    async def handle_DATA(self, server, session, envelope):
        self.envelopes.append(envelope)
        return "250 OK"

    def newest_to(self, address):
        """The plain text of the newest mail that was handed over for this address alone."""
        mine = [envelope for envelope in self.envelopes if envelope.rcpt_tos == [address]]
        assert mine, f"no mail to {address}"
        message = email.message_from_bytes(mine[-1].content, policy=email.policy.default)
        return message.get_body(("plain",)).get_content()


@pytest.fixture
def inbox():
    return Inbox()


@pytest.fixture
def smtp_port(inbox):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield port
    controller.stop()


@pytest.fixture
def loaded_demo(loaded_demo, smtp_port):
    """The demo, handing its mails to a mail server instead of writing files."""
    return replace(loaded_demo, transport=transport_from_setting(f"smtp://127.0.0.1:{smtp_port}?tls=none"))


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def new_customer(staff):
    """A customer with a bill group and a service; returns the address of the bill group's page."""
    page = staff.page
    staff.go("/staff/customers/new")
    page.get_by_label("Name", exact=True).fill("Fenwick Pottery")
    press(page, "Add the customer")
    page.wait_for_url("**/bill-groups")
    for label, text in (("Street and number", "4 Kiln Lane"), ("Postcode", "BA1 1AA"), ("City", "Bath")):
        page.get_by_label(label).fill(text)
    page.get_by_label("Country").select_option("GB")
    staff.judge("onboarding-1-bill-group")
    press(page, "Add the bill group")
    page.wait_for_url(re.compile(r"/staff/bill-groups/[a-z0-9]{20}$"))
    return page.url


def add_service(staff, home):
    page = staff.page
    staff.go(f"{home}?tab=services.services")
    page.get_by_role("link", name="Add a service").first.click()
    page.wait_for_url("**/services/add/**")
    page.get_by_label("For what").fill("fenwick.example")
    page.get_by_label("Price per cycle").fill("19")
    staff.judge("onboarding-3-service")
    press(page, "Add the service")
    page.wait_for_url("**/bill-groups/**")
    expect(page.locator("main")).to_contain_text("fenwick.example")


def let_in(staff, home):
    """The rule, the open portal, and the link to share."""
    page = staff.page
    staff.go(f"{home}/access")
    field = page.get_by_label("Domain or e-mail address")
    field.fill("fenwick.example, potters.example")
    press(page, "Add")
    expect(page.locator("main")).to_contain_text("one by one")
    expect(field).to_have_value("fenwick.example, potters.example")
    staff.trouble.clear()  # The refusal answers 400, which the browser's console notes.
    field.fill("fenwick.example")
    page.get_by_label("Owner").check()
    press(page, "Add")
    expect(page.locator("main")).to_contain_text("fenwick.example")
    press(page, "Switch on")
    expect(page.locator("main")).to_contain_text("/join/")
    staff.judge("onboarding-4-access")
    return re.search(r"https?://\S+/join/[\w-]+", page.locator("main").inner_text())[0]


def look_first(staff, home):
    """The preview shows the customer's portal, and nothing can be done there."""
    page = staff.page
    press(page, "Open the preview")
    page.wait_for_url("**/g/*/")
    expect(page.locator("body")).to_contain_text("Preview")
    expect(page.locator("main")).to_contain_text("fenwick.example")
    staff.judge("onboarding-5-preview")
    press(page, "End preview")
    page.wait_for_url("**/staff/**")
    assert home in page.url or "/staff/" in page.url


def test_from_the_first_click_to_the_customers_first_sign_in(visit, inbox):
    staff = visit()
    staff.go("/staff/sign-in")
    staff.page.get_by_role("button", name="Sam Keller").click()
    staff.page.wait_for_url("**/staff")
    home = new_customer(staff)
    staff.go(f"{home}/access")
    expect(staff.page.locator("main")).to_contain_text("no active contract")
    expect(staff.page.get_by_role("button", name="Switch on", exact=True)).to_have_count(0)
    staff.judge("onboarding-2-no-contract")
    add_service(staff, home)
    link = let_in(staff, home)
    look_first(staff, home)

    customer = visit(width=360)
    customer.go(link)
    customer.page.get_by_label("E-mail address").fill(HELGA)
    press(customer.page, "Send the link")
    customer.page.wait_for_url("**/sign-in/check")
    customer.run_jobs()
    customer.go(re.search(r"https?://\S+/sign-in/confirm/\S+", inbox.newest_to(HELGA))[0])
    press(customer.page, "Sign in")
    customer.page.wait_for_url("**/g/**")
    expect(customer.page.locator("main")).to_contain_text("fenwick.example")
    customer.judge("onboarding-6-first-visit")
    assert customer.trouble == staff.trouble == []
